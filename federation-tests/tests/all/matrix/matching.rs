//! Whether what is seen has what is expected in it.

use serde_json::Value;

/// Where `found` lacks something of `expected`. Objects may have more fields, arrays may not have more items. An object
/// with names that begin with `$` is a rule:
///
/// | Rule | Holds for |
/// |---|---|
/// | `{"$contains": TEXT or [TEXT, …]}` | a text with all of these in it |
/// | `{"$without": TEXT or [TEXT, …]}` | a text with none of these in it |
/// | `{"$count": N}` | an array or a text of this length |
/// | `{"$has": ITEM}` | an array with such an item |
/// | `{"$not": VALUE}` | everything else |
pub fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare(expected, found, "", &mut all);
    all
}

fn compare(expected: &Value, found: &Value, path: &str, all: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(rules), _) if rules.keys().any(|key| key.starts_with('$')) => {
            for (rule, value) in rules {
                if !holds(rule, value, found) {
                    all.push(format!("{path}: {rule} {value}, not {}", short(found)));
                }
            }
        }
        (Value::Object(wanted), Value::Object(_)) => {
            for (key, value) in wanted {
                compare(value, found.get(key).unwrap_or(&Value::Null), &format!("{path}/{key}"), all);
            }
        }
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            for (index, (value, item)) in wanted.iter().zip(items).enumerate() {
                compare(value, item, &format!("{path}/{index}"), all);
            }
        }
        _ if expected == found => {}
        _ => all.push(format!("{path}: {}, not {}", short(expected), short(found))),
    }
}

fn holds(rule: &str, value: &Value, found: &Value) -> bool {
    let texts = || match value {
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    };
    let text = found.as_str();
    match rule {
        "$contains" => text.is_some_and(|text| texts().iter().all(|part| text.contains(part))),
        "$without" => text.is_none_or(|text| !texts().iter().any(|part| text.contains(part))),
        "$count" => {
            let length = found.as_array().map(Vec::len).or(text.map(str::len));
            length.is_some_and(|length| value.as_u64() == u64::try_from(length).ok())
        }
        "$has" => {
            found.as_array().is_some_and(|items| items.iter().any(|item| differences(value, item).is_empty()))
        }
        "$not" => !differences(value, found).is_empty(),
        _ => panic!("no such rule: {rule}"),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 300 {
        format!("{}…", text.chars().take(300).collect::<String>())
    } else {
        text
    }
}

#[test]
fn a_subset_is_found_and_a_difference_is_named() {
    use serde_json::json;
    let found = json!({"content": "<p>one two</p>", "tags": [{"name": "a", "url": "x"}, {"name": "b"}], "poll": null});
    let fits = json!({
        "content": {"$contains": ["one", "two"], "$without": "three"},
        "tags": {"$count": 2, "$has": {"name": "b"}},
        "poll": null,
    });
    assert_eq!(differences(&fits, &found), [] as [String; 0]);
    assert_eq!(differences(&json!({"tags": [{"name": "a"}, {"name": "b"}]}), &found), [] as [String; 0]);
    for wrong in [
        json!({"content": {"$contains": "three"}}),
        json!({"content": {"$without": "one"}}),
        json!({"tags": [{"name": "a"}]}),
        json!({"tags": {"$has": {"name": "c"}}}),
        json!({"tags": {"$count": 3}}),
        json!({"poll": {"id": "1"}}),
        json!({"card": 1}),
        json!({"poll": {"$not": null}}),
    ] {
        assert_eq!(differences(&wrong, &found).len(), 1, "{wrong}");
    }
}
