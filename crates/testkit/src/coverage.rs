//! Which routes a test has really seen.

use crate::shapes::Checked;
use serde_json::Value;
use std::collections::BTreeSet;

/// Routes by what was seen of them, as `GET /api/v1/statuses/{id}`.
#[derive(Debug, Default, Clone)]
pub struct Coverage {
    covered: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl Coverage {
    /// Notes a checked answer. A route counts as covered once a 200 with data in it was checked.
    pub fn record(&mut self, checked: &Checked, status: u16, body: &Value) {
        match checked {
            Checked::Route(route) if status == 200 && has_data(body) => {
                self.covered.insert(route.clone());
            }
            Checked::Route(_) => {}
            Checked::Unknown(route) => {
                self.unknown.insert(route.clone());
            }
        }
    }

    /// Routes that answered 200 with data.
    pub fn covered(&self) -> &BTreeSet<String> {
        &self.covered
    }

    /// Requests to which the reference knows no route, whatever they answered.
    pub fn unknown(&self) -> &BTreeSet<String> {
        &self.unknown
    }
}

/// Lists and objects of empty lists (a search without results) prove nothing about the entities in them.
fn has_data(body: &Value) -> bool {
    match body {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => fields.values().any(has_data),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_data_covers_a_route() {
        let mut coverage = Coverage::default();
        let search = Checked::Route("GET /api/v2/search".into());
        coverage.record(&search, 200, &json!({"accounts": [], "statuses": [], "hashtags": []}));
        coverage.record(&search, 404, &json!({"error": "no"}));
        coverage.record(&Checked::Unknown("GET /api/v9/new".into()), 200, &json!({}));
        assert!(coverage.covered().is_empty());
        assert_eq!(coverage.unknown().len(), 1);
        coverage.record(&search, 200, &json!({"accounts": [{"id": "1"}], "statuses": [], "hashtags": []}));
        assert_eq!(coverage.covered().iter().collect::<Vec<_>>(), ["GET /api/v2/search"]);
    }
}
