//! Types for the fields of forms. They take what clients really send for a text, a number, a truth or a list, and
//! tell "not given" from "given and empty". A form is a struct of these, `#[derive(Default, Deserialize)]` with
//! `#[serde(default)]`, so that any field may be missing.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::Value;

use crate::ApiError;

/// A text. Numbers and truths count as their spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Option<String>);

impl Text {
    /// The text, if there is any: an empty one counts as not given.
    pub fn given(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty())
    }

    /// The text as it came: an empty one clears what it is for.
    pub fn raw(self) -> Option<String> {
        self.0
    }

    /// The text, or the 400 of a missing parameter.
    pub fn need(self, name: &'static str) -> Result<String, ApiError> {
        self.given().ok_or(ApiError::MissingParam(name))
    }

    /// The text read as something else, a word of a closed vocabulary or an id; what can't be read is a 422.
    pub fn given_as<T: FromStr>(self, name: &str) -> Result<Option<T>, ApiError> {
        self.given()
            .map(|text| {
                text.trim().parse().map_err(|_| ApiError::invalid(format_args!("{name} is not valid")))
            })
            .transpose()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match scalar(Value::deserialize(from)?) {
            Value::Null => None,
            Value::String(text) => Some(text),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Number(number) => Some(number.to_string()),
            other => return Err(wrong("a text", &other)),
        }))
    }
}

/// A truth: `true`, `1`, `"on"`, `"t"`, `"yes"` and their opposites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flag(Option<bool>);

impl Flag {
    /// The truth, if one was given.
    pub fn given(self) -> Option<bool> {
        self.0
    }

    /// Whether it was given and true.
    pub fn on(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = scalar(Value::deserialize(from)?);
        let word = match &value {
            Value::Null => return Ok(Self(None)),
            Value::Bool(truth) => return Ok(Self(Some(*truth))),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_ascii_lowercase(),
            other => return Err(wrong("true or false", other)),
        };
        Ok(Self(match word.as_str() {
            "" | "null" | "undefined" => None,
            "true" | "t" | "1" | "on" | "yes" | "y" => Some(true),
            "false" | "f" | "0" | "off" | "no" | "n" => Some(false),
            _ => return Err(wrong("true or false", &value)),
        }))
    }
}

/// A whole number, also as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Int(Option<i64>);

impl Int {
    /// The number, if one was given.
    pub fn given(self) -> Option<i64> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = scalar(Value::deserialize(from)?);
        let number = match &value {
            Value::Null => return Ok(Self(None)),
            Value::String(text) if text.trim().is_empty() => return Ok(Self(None)),
            Value::Number(number) => number.as_i64().or_else(|| {
                // Languages that know one kind of number write 20.0.
                number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) => Ok(Self(Some(number))),
            None => Err(wrong("a whole number", &value)),
        }
    }
}

/// A list: `[…]`, an object keyed by index (`{"0": …}`), or one member alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many<T>(Option<Vec<T>>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Many<T> {
    /// The list, if one was given, even an empty one.
    pub fn given(self) -> Option<Vec<T>> {
        self.0
    }

    /// The list; empty when none was given.
    pub fn list(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }
}

impl Many<Text> {
    /// The texts that aren't empty.
    pub fn texts(self) -> Vec<String> {
        self.list().into_iter().filter_map(Text::given).collect()
    }

    /// The texts read as something else, such as ids; what can't be read is a 422.
    pub fn all_as<I: FromStr>(self, name: &str) -> Result<Vec<I>, ApiError> {
        self.list().into_iter().filter_map(|text| text.given_as(name).transpose()).collect()
    }

    /// As [`Many::all_as`]; `None` when no list was given.
    pub fn given_as<I: FromStr>(self, name: &str) -> Result<Option<Vec<I>>, ApiError> {
        if self.0.is_none() { Ok(None) } else { self.all_as(name).map(Some) }
    }

    /// As [`Many::known_as`], each once; more than `most` texts are a 422.
    pub fn some_as<I: FromStr + PartialEq>(self, most: usize) -> Result<Vec<I>, ApiError> {
        let texts = self.texts();
        if texts.len() > most {
            return Err(ApiError::invalid(format_args!("Too many ids (maximum is {most})")));
        }
        let mut known: Vec<I> = Vec::new();
        for id in texts.iter().filter_map(|text| text.parse().ok()) {
            if !known.contains(&id) {
                known.push(id);
            }
        }
        Ok(known)
    }

    /// The texts that can be read as something else; the others are left out, as ids of nothing are.
    pub fn known_as<I: FromStr>(self) -> Vec<I> {
        self.texts().iter().filter_map(|text| text.parse().ok()).collect()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let members = match Value::deserialize(from)? {
            Value::Null => return Ok(Self(None)),
            Value::Array(list) => list,
            Value::Object(map) if map.is_empty() => Vec::new(),
            Value::Object(map) => {
                let numbered: Option<Vec<(u64, &String)>> =
                    map.keys().map(|key| Some((key.parse().ok()?, key))).collect();
                match numbered {
                    Some(mut numbered) => {
                        numbered.sort_unstable();
                        numbered.into_iter().filter_map(|(_, key)| map.get(key).cloned()).collect()
                    }
                    None => vec![Value::Object(map)],
                }
            }
            // `media_ids=` and `media_ids[]=` give an empty list.
            Value::String(text) if text.is_empty() => Vec::new(),
            one => vec![one],
        };
        let members = members.into_iter().filter(|member| !matches!(member, Value::Null));
        let members: Result<Vec<T>, _> = members
            .filter(|member| member.as_str() != Some(""))
            .map(|member| serde_json::from_value(member).map_err(D::Error::custom))
            .collect();
        Ok(Self(Some(members?)))
    }
}

/// A point of a picture that stays visible when it is cropped: `x,y`, each from −1 to 1, y upwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Focus(Option<(f64, f64)>);

impl Focus {
    /// The point, if one was given.
    pub fn given(self) -> Option<(f64, f64)> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Focus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Some(text) = Text::deserialize(from)?.given() else { return Ok(Self(None)) };
        let point = text.split_once(',').and_then(|(x, y)| {
            let (x, y): (f64, f64) = (x.trim().parse().ok()?, y.trim().parse().ok()?);
            (x.is_finite() && y.is_finite()).then_some((x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)))
        });
        match point {
            Some(point) => Ok(Self(Some(point))),
            None => Err(wrong("two numbers such as 0.5,-0.5", &Value::String(text))),
        }
    }
}

/// Where one value is wanted, the last of several counts.
fn scalar(value: Value) -> Value {
    match value {
        Value::Array(mut list) => list.pop().unwrap_or(Value::Null),
        other => other,
    }
}

fn wrong<E: Error>(wanted: &str, got: &Value) -> E {
    let got: &dyn fmt::Display = match got {
        Value::Array(_) => &"a list",
        Value::Object(_) => &"a group",
        Value::String(text) if text.chars().count() > 40 => &"a long text",
        other => other,
    };
    E::custom(format_args!("expected {wanted}, got {got}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn flags() {
        for yes in
            [json!(true), json!(1), json!("1"), json!("true"), json!("T"), json!("on"), json!(["0", "1"])]
        {
            assert_eq!(from_value::<Flag>(yes.clone()).unwrap().given(), Some(true), "{yes}");
        }
        for no in [json!(false), json!(0), json!("0"), json!("FALSE"), json!("f"), json!("off")] {
            assert_eq!(from_value::<Flag>(no.clone()).unwrap().given(), Some(false), "{no}");
        }
        for none in [json!(null), json!(""), json!([])] {
            assert_eq!(from_value::<Flag>(none.clone()).unwrap().given(), None, "{none}");
        }
        for bad in [json!("perhaps"), json!(2), json!({ "a": 1 })] {
            assert!(from_value::<Flag>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers() {
        for (value, number) in [
            (json!(20), Some(20)),
            (json!("20"), Some(20)),
            (json!(" -3 "), Some(-3)),
            (json!(20.0), Some(20)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(from_value::<Int>(value.clone()).unwrap().given(), number, "{value}");
        }
        for bad in [json!("x"), json!(1.5), json!(true), json!("99999999999999999999"), json!({})] {
            assert!(from_value::<Int>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_tell_empty_from_absent() {
        assert_eq!(from_value::<Text>(json!("")).unwrap().raw(), Some(String::new()));
        assert_eq!(from_value::<Text>(json!("")).unwrap().given(), None);
        assert_eq!(from_value::<Text>(json!(null)).unwrap().raw(), None);
        assert_eq!(from_value::<Text>(json!(12)).unwrap().given().unwrap(), "12");
        assert_eq!(from_value::<Text>(json!(["a", "b"])).unwrap().given().unwrap(), "b");
        assert_eq!(Text::default().need("q"), Err(ApiError::MissingParam("q")));
        assert_eq!(
            from_value::<Text>(json!("loud")).unwrap().given_as::<tintype_model::Visibility>("visibility"),
            Err(ApiError::Validation("Validation failed: visibility is not valid".to_owned()))
        );
    }

    #[test]
    fn lists() {
        for (value, list) in [
            (json!(["a", "b"]), Some(vec!["a", "b"])),
            (json!("a"), Some(vec!["a"])),
            (json!(7), Some(vec!["7"])),
            (json!({ "10": "c", "2": "b", "0": "a" }), Some(vec!["a", "b", "c"])),
            (json!([null, "", "a"]), Some(vec!["a"])),
            (json!(""), Some(vec![])),
            (json!([]), Some(vec![])),
            (json!({}), Some(vec![])),
            (json!(null), None),
        ] {
            let many = from_value::<Many<Text>>(value.clone()).unwrap();
            let texts = many.given().map(|l| l.into_iter().filter_map(Text::given).collect::<Vec<_>>());
            assert_eq!(texts, list.map(|l| l.into_iter().map(str::to_owned).collect()), "{value}");
        }
        let ids = from_value::<Many<Text>>(json!(["1", "x", 3])).unwrap();
        assert_eq!(ids.clone().known_as::<tintype_model::StatusId>().len(), 2);
        assert!(ids.clone().all_as::<tintype_model::StatusId>("media_ids").is_err());
        assert!(ids.clone().given_as::<tintype_model::StatusId>("media_ids").is_err());
        assert_eq!(Many::<Text>::default().given_as::<tintype_model::StatusId>("media_ids"), Ok(None));
        assert_eq!(ids.clone().some_as::<tintype_model::StatusId>(3).unwrap().len(), 2);
        assert!(ids.some_as::<tintype_model::StatusId>(2).is_err(), "what is no id counts too");
        let twice = from_value::<Many<Text>>(json!(["1", "1"])).unwrap();
        assert_eq!(twice.some_as::<tintype_model::StatusId>(2).unwrap().len(), 1);
    }

    #[test]
    fn points() {
        assert_eq!(from_value::<Focus>(json!("0.5,-2")).unwrap().given(), Some((0.5, -1.0)));
        assert_eq!(from_value::<Focus>(json!("")).unwrap().given(), None);
        for bad in ["1", "a,b", "NaN,0", "inf,0"] {
            assert!(from_value::<Focus>(json!(bad)).is_err(), "{bad}");
        }
    }
}
