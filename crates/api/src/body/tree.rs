//! Names with brackets → a tree of values. `a=1`, `a[]=1`, `a[0]=1`, `a[b]=1`, `a[0][b]=1`, `a[][b]=1`.

use serde_json::{Map, Value};

use crate::ApiError;

/// The most values in one request.
const MAX_VALUES: usize = 4096;
/// The deepest nesting.
const MAX_DEPTH: usize = 12;

/// A tree being filled. Numbered members (`a[0]`) stay objects with numbered keys, as some clients send them in JSON
/// too; [`crate::lenient::Many`] reads both.
#[derive(Debug, Default)]
pub struct Tree {
    root: Map<String, Value>,
    values: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    /// `[]`
    Next,
    /// `[name]`
    Member(&'a str),
}

impl Tree {
    /// Adds all pairs of a query string or form.
    pub fn read_urlencoded(&mut self, text: &[u8]) -> Result<(), ApiError> {
        for pair in text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let name = decode(name).ok_or_else(not_utf8)?;
            let value = decode(value.strip_prefix(b"=").unwrap_or(value)).ok_or_else(not_utf8)?;
            self.add(&name, value)?;
        }
        Ok(())
    }

    /// Adds one pair.
    pub fn add(&mut self, name: &str, value: String) -> Result<(), ApiError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(too_many());
        }
        no_nul(name)?;
        no_nul(&value)?;
        let (first, steps) = steps(name);
        if steps.len() >= MAX_DEPTH {
            return Err(too_deep());
        }
        put(self.root.entry(first).or_insert(Value::Null), &steps, value).map_err(|Clash| {
            ApiError::BadRequest(format!("The parameter {first} is given in two different forms"))
        })
    }

    /// The finished tree.
    pub fn done(self) -> Map<String, Value> {
        self.root
    }
}

/// The tree of a JSON body: an object, or `null` for nothing.
pub fn from_json(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let value = serde_json::from_slice(bytes)
        .map_err(|_| ApiError::BadRequest("The request body is not valid JSON".to_owned()))?;
    let mut values = 0;
    check(&value, 0, &mut values)?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(ApiError::BadRequest("The request body is not a JSON object".to_owned())),
    }
}

/// Undoes the urlencoding of a name or value; `None` when it isn't UTF-8. A percent sign that begins no escape stays.
pub fn decode(text: &[u8]) -> Option<String> {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        out.push(match first {
            b'+' => b' ',
            b'%' => match (hex(after.first()), hex(after.get(1))) {
                (Some(high), Some(low)) => {
                    rest = after.get(2..).unwrap_or_default();
                    high << 4 | low
                }
                _ => b'%',
            },
            other => *other,
        });
    }
    String::from_utf8(out).ok()
}

/// `a[b][]` → `a` and its steps. A name whose brackets don't pair is taken literally.
fn steps(name: &str) -> (&str, Vec<Step<'_>>) {
    let Some(at) = name.find('[').filter(|at| *at > 0) else { return (name, Vec::new()) };
    let (first, mut rest) = name.split_at(at);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let Some((inner, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) else {
            return (name, Vec::new());
        };
        steps.push(if inner.is_empty() { Step::Next } else { Step::Member(inner) });
        rest = after;
    }
    (first, steps)
}

/// The same name as a value and as a group, or as a list and as a group.
struct Clash;

fn put(node: &mut Value, steps: &[Step<'_>], value: String) -> Result<(), Clash> {
    let Some((step, rest)) = steps.split_first() else {
        match node {
            Value::Null => *node = Value::String(value),
            // `id=1&id=2`: some clients leave the brackets out.
            Value::Array(list) => list.push(Value::String(value)),
            Value::Object(_) => return Err(Clash),
            _ => *node = Value::Array(vec![node.take(), Value::String(value)]),
        }
        return Ok(());
    };
    match step {
        Step::Member(member) => {
            if node.is_null() {
                *node = Value::Object(Map::new());
            }
            let Value::Object(map) = node else { return Err(Clash) };
            put(map.entry(*member).or_insert(Value::Null), rest, value)
        }
        Step::Next => {
            match node {
                Value::Null => *node = Value::Array(Vec::new()),
                Value::String(_) => *node = Value::Array(vec![node.take()]),
                _ => {}
            }
            let Value::Array(list) = node else { return Err(Clash) };
            // `a[][b]=1&a[][c]=2&a[][b]=3`: a new member begins where a name comes again.
            match list.last_mut() {
                Some(last @ Value::Object(_)) if starts_with_member(rest) && !holds(last, rest) => {
                    put(last, rest, value)
                }
                _ => {
                    let mut fresh = Value::Null;
                    put(&mut fresh, rest, value)?;
                    list.push(fresh);
                    Ok(())
                }
            }
        }
    }
}

fn starts_with_member(steps: &[Step<'_>]) -> bool {
    matches!(steps.first(), Some(Step::Member(_)))
}

/// Whether the path leads to something already. A list at its end always takes one more.
fn holds(node: &Value, steps: &[Step<'_>]) -> bool {
    match steps.split_first() {
        None => true,
        Some((Step::Next, _)) => false,
        Some((Step::Member(member), rest)) => node.get(member).is_some_and(|inner| holds(inner, rest)),
    }
}

fn check(value: &Value, depth: usize, values: &mut usize) -> Result<(), ApiError> {
    *values += 1;
    if *values > MAX_VALUES {
        return Err(too_many());
    }
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    match value {
        Value::String(text) => no_nul(text),
        Value::Array(list) => list.iter().try_for_each(|inner| check(inner, depth + 1, values)),
        Value::Object(map) => map.iter().try_for_each(|(name, inner)| {
            no_nul(name)?;
            check(inner, depth + 1, values)
        }),
        _ => Ok(()),
    }
}

/// PostgreSQL's text has no NUL, so no parameter has one.
fn no_nul(text: &str) -> Result<(), ApiError> {
    if text.contains('\0') {
        return Err(ApiError::BadRequest("A parameter contains a null byte".to_owned()));
    }
    Ok(())
}

fn not_utf8() -> ApiError {
    ApiError::BadRequest("A parameter is not valid UTF-8".to_owned())
}

fn too_many() -> ApiError {
    ApiError::BadRequest("There are too many parameters".to_owned())
}

fn too_deep() -> ApiError {
    ApiError::BadRequest("The parameters are nested too deeply".to_owned())
}
