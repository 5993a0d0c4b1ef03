//! What a case is answered with.

use super::Seen;
use serde_json::Value;

/// The expected answer.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// An inbox: one of these statuses and a reason, as JSON (`{"error": …}`).
    Refusal(&'static [u16]),
    /// The client API: this status and `{"error": sentence}`.
    Error(u16),
    /// OAuth: this status and the code of RFC 6749 §5.2.
    OAuth(u16, &'static str),
    /// A page for people.
    Page(u16),
    /// Nothing was found, as if there were nothing: what a search says about what it can't reach.
    Nothing,
}

impl Wanted {
    /// What is wrong with an answer.
    pub fn check(self, seen: &Seen) -> Result<(), String> {
        let json: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let error = json["error"].as_str().unwrap_or_default();
        let is_json = seen.content_type.starts_with("application/json");
        let (statuses, shape): (Vec<u16>, bool) = match self {
            Self::Refusal(statuses) => (statuses.to_vec(), is_json && !error.is_empty()),
            Self::Error(status) => (vec![status], is_json && !error.is_empty()),
            Self::OAuth(status, code) => {
                let described = json["error_description"].as_str().is_some_and(|text| !text.is_empty());
                (vec![status], is_json && error == code && described)
            }
            Self::Page(status) => (vec![status], seen.content_type.starts_with("text/html")),
            Self::Nothing => {
                (vec![200], json["accounts"] == json["statuses"] && json["accounts"] == Value::Array(vec![]))
            }
        };
        if !statuses.contains(&seen.status) {
            return Err(format!("{} instead of {statuses:?}", seen.status));
        }
        if shape { Ok(()) } else { Err("an answer of another shape".to_owned()) }
    }
}
