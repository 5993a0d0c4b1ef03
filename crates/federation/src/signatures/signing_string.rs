//! The text that is signed (draft-cavage-http-signatures-12, 2.3), for both directions.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use http_signature_normalization::verify::ParsedHeader;

use super::SignatureError;

/// Longer than any date a header can hold is ago. The library would compare with the wall clock; times are
/// checked by us, against the clock we are given.
const NO_EXPIRY: Duration = Duration::from_secs(1_000_000_000_000);

/// The signing string over `covered`, names in lower case and in their order; `(request-target)` is made of
/// `method` and `target`, all others, `(created)` and `(expires)` included, take the value given.
///
/// The library is handed a header of our own making instead of the peer's: it adds a peer's `created` to the
/// epoch without a check, and panics on a large one.
pub(super) fn signing_string(
    method: &str,
    target: &str,
    covered: &[(String, String)],
) -> Result<String, SignatureError> {
    let names: Vec<&str> = covered.iter().map(|(name, _)| name.as_str()).collect();
    let header: ParsedHeader = format!(r#"keyId="-",headers="{}",signature="-""#, names.join(" "))
        .parse()
        .map_err(|_| SignatureError::Covered)?;
    let mut values: BTreeMap<String, String> = covered.iter().cloned().collect();
    let unverified = header
        .into_unvalidated(method, target, &mut values, HashSet::new())
        .map_err(|_| SignatureError::HeaderMissing)?
        .validate(NO_EXPIRY)
        .map_err(|_| SignatureError::Time)?;
    Ok(unverified.signing_string().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_values() {
        let covered = [
            ("host", "remote.example"),
            ("(request-target)", ""),
            ("(created)", "99999999999999999999"),
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("digest", "SHA-256=a, SHA-512=b=="),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            signing_string("POST", "/inbox?a=b", &covered).unwrap(),
            "host: remote.example\n(request-target): post /inbox?a=b\n(created): 99999999999999999999\n\
             date: Sun, 06 Nov 1994 08:49:37 GMT\ndigest: SHA-256=a, SHA-512=b=="
        );
    }
}
