//! Does an answer of the client API have the shape that Mastodon documents?
//!
//! The reference (`crates/testkit/reference/`) is data: entities and, for each operation, the shape of its answers.
//! [`exceptions`] lists where we deliberately ask for less, or for more, than the documentation.

pub mod exceptions;
mod schema;

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const SHAPES: &str = include_str!("../reference/shapes.json");
const ENDPOINTS: &str = include_str!("../reference/endpoints.tsv");

/// What an answer was held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A documented route, `GET /api/v1/statuses/{id}`.
    Route(String),
    /// The reference knows no such route; only errors were checked. `METHOD /path` as requested.
    Unknown(String),
}

/// A row of `reference/endpoints.tsv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    pub method: &'static str,
    /// With `:name` segments, `/api/v1/statuses/:id`.
    pub path: &'static str,
    /// 1 everyday, 2 the rest of the user API, 3 administration, 0 withdrawn by Mastodon.
    pub tier: u8,
    /// `none`, `optional`, `app` or `user`.
    pub auth: &'static str,
    /// Separated by spaces; any one of them suffices.
    pub scopes: &'static str,
    /// `Status`, `Array of Status`, `Empty`, …
    pub entity: &'static str,
}

/// Every endpoint of the reference.
pub fn endpoints() -> Vec<Endpoint> {
    ENDPOINTS
        .lines()
        .skip(1)
        .map(|line| {
            let row: Vec<&'static str> = line.split('\t').collect();
            let [method, path, tier, auth, scopes, entity] = row[..] else { panic!("endpoints.tsv: {line}") };
            let tier = tier.parse().unwrap_or_else(|_| panic!("endpoints.tsv: tier of {line}"));
            Endpoint { method, path, tier, auth, scopes, entity }
        })
        .collect()
}

/// Holds one answer against the reference. `path` is the path as requested (a query and a trailing slash are ignored).
///
/// A 2xx that is not documented by its number has the shape of the 200. Every 4xx and 5xx has the shape `Error`.
///
/// # Errors
/// Each difference, as `.media_attachments[0].url: expected string, got number`.
pub fn check(method: &str, path: &str, status: u16, body: &Value) -> Result<Checked, Vec<String>> {
    let reference = Reference::get();
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let route = reference.route(method, path);
    let shape = match (status, &route) {
        (400.., _) => Some(&reference.error),
        (200..=299, Some(route)) => reference.answer(route, status),
        _ => None,
    };
    let mut differences = Vec::new();
    if let Some(shape) = shape {
        schema::Checker::new(&reference.schemas).check(shape, body, "", &mut differences);
    }
    if !differences.is_empty() {
        return Err(differences);
    }
    Ok(match route {
        Some(route) => Checked::Route(route.to_owned()),
        None => Checked::Unknown(format!("{method} {path}")),
    })
}

/// Holds a value against one entity by its name (`Status`), for what arrives in other ways than as an answer.
///
/// # Errors
/// As [`check`].
pub fn check_entity(entity: &str, value: &Value) -> Result<(), Vec<String>> {
    let reference = Reference::get();
    let shape =
        reference.schemas.get(entity).unwrap_or_else(|| panic!("the reference has no entity {entity}"));
    let mut differences = Vec::new();
    schema::Checker::new(&reference.schemas).check(shape, value, "", &mut differences);
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

struct Reference {
    schemas: Map<String, Value>,
    /// `GET /api/v1/statuses/{id}` → status code → shape.
    operations: BTreeMap<String, Map<String, Value>>,
    error: Value,
}

impl Reference {
    fn get() -> &'static Self {
        static REFERENCE: OnceLock<Reference> = OnceLock::new();
        REFERENCE.get_or_init(|| {
            let mut document = Self::document();
            for exception in exceptions::EXCEPTIONS {
                (exception.apply)(&mut document);
            }
            exceptions::demand_more(&mut document);
            let operations = object(&document, "operations")
                .iter()
                .map(|(route, operation)| (route.clone(), object(operation, "responses").clone()))
                .collect();
            let schemas = object(&document, "schemas").clone();
            Self { schemas, operations, error: serde_json::json!({"$ref": "ValidationError"}) }
        })
    }

    /// The data file as it is, before exceptions.
    fn document() -> Value {
        serde_json::from_str(SHAPES).unwrap_or_else(|error| panic!("shapes.json: {error}"))
    }

    /// The documented route of a request: a literal segment beats a parameter.
    fn route(&self, method: &str, path: &str) -> Option<&str> {
        let asked: Vec<&str> = path.split('/').collect();
        self.operations
            .keys()
            .filter_map(|route| {
                let template = route.strip_prefix(method)?.strip_prefix(' ')?;
                let parts: Vec<&str> = template.split('/').collect();
                let fits = parts.len() == asked.len()
                    && parts.iter().zip(&asked).all(|(part, segment)| part == segment || is_parameter(part));
                fits.then(|| (parts.iter().filter(|part| is_parameter(part)).count(), route.as_str()))
            })
            .min()
            .map(|(_, route)| route)
    }

    fn answer(&self, route: &str, status: u16) -> Option<&Value> {
        let answers = self.operations.get(route)?;
        answers.get(&status.to_string()).or_else(|| answers.get("200"))
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn object<'a>(value: &'a Value, key: &str) -> &'a Map<String, Value> {
    value.get(key).and_then(Value::as_object).unwrap_or_else(|| panic!("shapes.json: {key} is no object"))
}

#[cfg(test)]
mod tests;
