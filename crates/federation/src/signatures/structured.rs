//! Structured fields (RFC 8941), as far as signatures need them: dictionaries whose members are lists of strings, byte
//! sequences or plain items, with parameters.
//!
//! Where the RFC lets the last of two count, both are refused: two readers shall not find two meanings.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::SignatureError;
use crate::limits;

/// A bare item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Integer(i64),
    Text(String),
    Token(String),
    Bytes(Vec<u8>),
    Flag(bool),
}

/// Names and values behind semicolons, each name once.
pub(crate) type Parameters = Vec<(String, Item)>;

/// What a member of a dictionary is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Item(Item),
    /// In parentheses; each of its items with its own parameters.
    List(Vec<(Item, Parameters)>),
}

/// A member of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub key: String,
    pub value: Value,
    pub parameters: Parameters,
}

/// Reads a dictionary (RFC 8941, 4.2.2).
///
/// # Errors
/// [`SignatureError::TooLong`], [`SignatureError::DuplicateParameter`] or [`SignatureError::Malformed`].
pub(crate) fn dictionary(text: &str) -> Result<Vec<Member>, SignatureError> {
    if text.len() > limits::get().signature_header_bytes {
        return Err(SignatureError::TooLong);
    }
    let mut input = Input { rest: text.trim_matches(' ') };
    let mut members: Vec<Member> = Vec::new();
    while !input.rest.is_empty() {
        let key = input.key()?;
        if members.iter().any(|member| member.key == key) {
            return Err(SignatureError::DuplicateParameter);
        }
        let value = if input.take('=') {
            if input.take('(') { Value::List(input.list()?) } else { Value::Item(input.item()?) }
        } else {
            Value::Item(Item::Flag(true))
        };
        let parameters = input.parameters()?;
        members.push(Member { key, value, parameters });
        input.blanks();
        if input.rest.is_empty() {
            return Ok(members);
        }
        if !input.take(',') {
            return Err(SignatureError::Malformed);
        }
        input.blanks();
        if input.rest.is_empty() {
            return Err(SignatureError::Malformed);
        }
    }
    Ok(members)
}

/// Writes parameters (RFC 8941, 4.1.1.2).
pub(crate) fn write_parameters(parameters: &Parameters, out: &mut String) {
    for (name, value) in parameters {
        out.push(';');
        out.push_str(name);
        if *value != Item::Flag(true) {
            out.push('=');
            write_item(value, out);
        }
    }
}

/// Writes a bare item (RFC 8941, 4.1.3.1).
pub(crate) fn write_item(item: &Item, out: &mut String) {
    match item {
        Item::Integer(number) => out.push_str(&number.to_string()),
        Item::Token(token) => out.push_str(token),
        Item::Text(text) => {
            out.push('"');
            for c in text.chars() {
                if matches!(c, '"' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
        Item::Bytes(bytes) => {
            out.push(':');
            out.push_str(&STANDARD.encode(bytes));
            out.push(':');
        }
        Item::Flag(true) => out.push_str("?1"),
        Item::Flag(false) => out.push_str("?0"),
    }
}

/// What is left to read.
struct Input<'a> {
    rest: &'a str,
}

impl<'a> Input<'a> {
    fn take(&mut self, c: char) -> bool {
        let taken = self.rest.strip_prefix(c);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// As many characters as fit.
    fn run(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }

    fn key(&mut self) -> Result<String, SignatureError> {
        let fits =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*');
        let key = self.run(fits);
        if !key.starts_with(|c: char| c.is_ascii_lowercase() || c == '*') {
            return Err(SignatureError::Malformed);
        }
        Ok(key.to_owned())
    }

    fn parameters(&mut self) -> Result<Parameters, SignatureError> {
        let mut parameters = Parameters::new();
        while self.take(';') {
            self.rest = self.rest.trim_start_matches(' ');
            let name = self.key()?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(SignatureError::DuplicateParameter);
            }
            let value = if self.take('=') { self.item()? } else { Item::Flag(true) };
            parameters.push((name, value));
        }
        Ok(parameters)
    }

    /// What follows an opening parenthesis.
    fn list(&mut self) -> Result<Vec<(Item, Parameters)>, SignatureError> {
        let mut items = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(' ');
            if self.take(')') {
                return Ok(items);
            }
            if items.len() >= limits::get().signature_covered {
                return Err(SignatureError::Covered);
            }
            let item = self.item()?;
            items.push((item, self.parameters()?));
            if !self.rest.starts_with([' ', ')']) {
                return Err(SignatureError::Malformed);
            }
        }
    }

    fn item(&mut self) -> Result<Item, SignatureError> {
        let malformed = SignatureError::Malformed;
        match self.rest.chars().next().ok_or(malformed)? {
            '"' => self.text(),
            ':' => {
                let (encoded, rest) =
                    self.rest.strip_prefix(':').and_then(|rest| rest.split_once(':')).ok_or(malformed)?;
                self.rest = rest;
                STANDARD.decode(encoded).map(Item::Bytes).map_err(|_| malformed)
            }
            '?' => {
                let flag = match self.rest.get(..2) {
                    Some("?1") => true,
                    Some("?0") => false,
                    _ => return Err(malformed),
                };
                self.rest = self.rest.get(2..).unwrap_or_default();
                Ok(Item::Flag(flag))
            }
            c if c == '-' || c.is_ascii_digit() => {
                let sign = if self.take('-') { -1 } else { 1 };
                let digits = self.run(|c| c.is_ascii_digit());
                // A decimal is nothing that a signature has.
                if digits.is_empty() || digits.len() > 15 || self.rest.starts_with('.') {
                    return Err(malformed);
                }
                digits.parse::<i64>().map(|number| Item::Integer(sign * number)).map_err(|_| malformed)
            }
            c if c.is_ascii_alphabetic() || c == '*' => {
                let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c);
                Ok(Item::Token(self.run(fits).to_owned()))
            }
            _ => Err(malformed),
        }
    }

    fn text(&mut self) -> Result<Item, SignatureError> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(Item::Text(text));
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    _ => return Err(SignatureError::Malformed),
                },
                ' '..='~' => text.push(c),
                _ => return Err(SignatureError::Malformed),
            }
        }
        Err(SignatureError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn only(text: &str) -> Member {
        let mut members = dictionary(text).unwrap();
        assert_eq!(members.len(), 1, "{text}");
        members.remove(0)
    }

    #[test]
    fn what_signatures_have() {
        let member = only(
            r#"sig1=("@method" "@path";req "date");created=1618884475; keyid="a\"b\\c";alg=x-y;on;n=-7"#,
        );
        let Value::List(items) = member.value else { panic!("a list") };
        let names: Vec<_> = items.iter().map(|(item, _)| item.clone()).collect();
        assert_eq!(names, ["@method", "@path", "date"].map(|name| Item::Text(name.to_owned())));
        assert_eq!(items[1].1, [("req".to_owned(), Item::Flag(true))]);
        let mut written = String::new();
        write_parameters(&member.parameters, &mut written);
        assert_eq!(written, r#";created=1618884475;keyid="a\"b\\c";alg=x-y;on;n=-7"#);
        assert_eq!(only("sig1=:AAE=:").value, Value::Item(Item::Bytes(vec![0, 1])));
        assert_eq!(only("*a=?0").value, Value::Item(Item::Flag(false)));
        assert_eq!(only("a").value, Value::Item(Item::Flag(true)));
        assert_eq!(only("  a=()  ").value, Value::List(Vec::new()));
        assert_eq!(dictionary("a=1,\t b=2").unwrap().len(), 2);
        assert_eq!(dictionary(""), Ok(Vec::new()));
    }

    #[test]
    fn what_two_readers_could_read_differently() {
        use SignatureError::{Covered, DuplicateParameter, Malformed, TooLong};
        let long = format!("a=\"{}\"", "x".repeat(limits::get().signature_header_bytes));
        let many = format!("a=({})", "\"x\" ".repeat(limits::get().signature_covered + 1));
        for (text, error) in [
            ("a=1,a=2", DuplicateParameter),
            ("a=();x=1;x=1", DuplicateParameter),
            ("a=(\"b\";x;x)", DuplicateParameter),
            ("A=1", Malformed),
            ("1=1", Malformed),
            ("a=", Malformed),
            ("a=1,", Malformed),
            ("a=1 b=2", Malformed),
            ("a=1;;b", Malformed),
            ("a=(\"b\"\"c\")", Malformed),
            ("a=(\"b\"", Malformed),
            ("a=(\"b\t\")", Malformed),
            ("a=\"b", Malformed),
            ("a=\"\\x\"", Malformed),
            ("a=\"\u{e9}\"", Malformed),
            ("a=:AAE:", Malformed),
            ("a=:AAE=", Malformed),
            ("a=1.5", Malformed),
            ("a=-", Malformed),
            ("a=1234567890123456", Malformed),
            ("a=?2", Malformed),
            ("a=?", Malformed),
            ("=1", Malformed),
            (&long, TooLong),
            (&many, Covered),
        ] {
            assert_eq!(dictionary(text).err(), Some(error), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn reading_never_panics(text in r#"([a-z]=)?[(":;=,?a-z0-9 \\)é-]{0,60}"#) {
            let _ = dictionary(&text);
        }

        #[test]
        fn anything_never_panics(text in any::<String>()) {
            let _ = dictionary(&text);
        }
    }
}
