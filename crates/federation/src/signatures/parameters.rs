//! The parameters of a `Signature` header, read so that no two readers could disagree about them: nothing twice,
//! nothing unknown, nothing left open.

use super::SignatureError;
use crate::limits;

/// The six parameters of draft-cavage-http-signatures-12, 2.1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters<'a> {
    pub key_id: &'a str,
    pub signature: &'a str,
    /// As written; split by the caller.
    pub headers: &'a str,
    pub algorithm: Option<&'a str>,
    /// Seconds since 1970, as written: the very text is part of what is signed.
    pub created: Option<&'a str>,
    pub expires: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    /// `name="value"`, or `name=123` for the two times, separated by commas.
    pub fn parse(text: &'a str) -> Result<Self, SignatureError> {
        if text.len() > limits::get().signature_header_bytes {
            return Err(SignatureError::TooLong);
        }
        let (mut key_id, mut signature, mut headers) = (None, None, None);
        let (mut algorithm, mut created, mut expires) = (None, None, None);
        let mut rest = text.trim();
        loop {
            let (name, after) = rest.split_once('=').ok_or(SignatureError::Malformed)?;
            let name = name.trim();
            let (value, after) = value(after.trim_start())?;
            let slot = match name {
                "keyId" => &mut key_id,
                "signature" => &mut signature,
                "headers" => &mut headers,
                "algorithm" => &mut algorithm,
                "created" => &mut created,
                "expires" => &mut expires,
                _ => return Err(SignatureError::UnknownParameter),
            };
            if slot.replace(value).is_some() {
                return Err(SignatureError::DuplicateParameter);
            }
            let after = after.trim_start();
            if after.is_empty() {
                break;
            }
            rest = after.strip_prefix(',').ok_or(SignatureError::Malformed)?.trim_start();
        }
        match (key_id, signature, headers) {
            (Some(key_id), Some(signature), Some(headers)) => {
                Ok(Self { key_id, signature, headers, algorithm, created, expires })
            }
            _ => Err(SignatureError::MissingParameter),
        }
    }
}

/// One value and what follows it. Nothing that belongs into a value needs a backslash, so an escape is refused
/// rather than interpreted.
fn value(text: &str) -> Result<(&str, &str), SignatureError> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) = quoted.split_once('"').ok_or(SignatureError::Malformed)?;
        if value.contains('\\') {
            return Err(SignatureError::Malformed);
        }
        return Ok((value, after));
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 {
        return Err(SignatureError::Malformed);
    }
    Ok(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_servers_send() {
        let all = r#"keyId="k",algorithm="hs2019",created=1402170695,expires="1402170699",headers="(created) host",signature="c2ln""#;
        assert_eq!(
            Parameters::parse(all),
            Ok(Parameters {
                key_id: "k",
                signature: "c2ln",
                headers: "(created) host",
                algorithm: Some("hs2019"),
                created: Some("1402170695"),
                expires: Some("1402170699"),
            })
        );
        let spaced = r#" keyId = "k" , headers="date", signature="c2ln=" "#;
        assert_eq!(
            Parameters::parse(spaced),
            Ok(Parameters { key_id: "k", signature: "c2ln=", headers: "date", ..Parameters::default() })
        );
    }

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        use SignatureError::{DuplicateParameter, Malformed, MissingParameter, UnknownParameter};
        let cases = [
            ("", Malformed),
            ("keyId", Malformed),
            (r#"keyId="a"#, Malformed),
            (r#"keyId="a",headers="date",signature="x"#, Malformed),
            (r#"keyId="a",headers="date",signature="x","#, Malformed),
            (r#"keyId="a" headers="date",signature="x""#, Malformed),
            (r#"keyId=a,headers="date",signature="x""#, Malformed),
            (r#"keyId="a\"b",headers="date",signature="x""#, Malformed),
            (r#"keyId="a",,headers="date",signature="x""#, UnknownParameter),
            (r#"keyId="a",keyId="b",headers="date",signature="x""#, DuplicateParameter),
            (r#"keyId="a",keyId="a",headers="date",signature="x""#, DuplicateParameter),
            (r#"keyId="a",headers="date",headers="date host",signature="x""#, DuplicateParameter),
            (r#"keyId="a",headers="date",signature="x",signature="y""#, DuplicateParameter),
            (r#"keyid="a",headers="date",signature="x""#, UnknownParameter),
            (r#"keyId="a",KeyId="b",headers="date",signature="x""#, UnknownParameter),
            (r#"Signature keyId="a",headers="date",signature="x""#, UnknownParameter),
            (r#"keyId="a",opaque="z",headers="date",signature="x""#, UnknownParameter),
            (r#"keyId="a",headers="date""#, MissingParameter),
            (r#"keyId="a",signature="x""#, MissingParameter),
            (r#"headers="date",signature="x""#, MissingParameter),
            (r#"keyId="a",created=,headers="date",signature="x""#, Malformed),
            (r#"keyId="a",created=-1,headers="date",signature="x""#, Malformed),
            (r#"keyId="a",created=1.5,headers="date",signature="x""#, Malformed),
        ];
        for (text, expected) in cases {
            assert_eq!(Parameters::parse(text), Err(expected), "{text}");
        }
        assert_eq!(
            Parameters::parse(&"x".repeat(limits::get().signature_header_bytes + 1)),
            Err(SignatureError::TooLong)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn never_panics(text in r#"[ ,="\\a-zA-Z0-9é()]{0,80}"#) {
            let _ = Parameters::parse(&text);
        }

        #[test]
        fn never_panics_near_the_real_thing(tail in r#"(,| |(keyId|headers|signature|created)(=|"|x|9)*){0,12}"#) {
            let _ = Parameters::parse(&format!(r#"keyId="k",headers="date"{tail}"#));
        }
    }
}
