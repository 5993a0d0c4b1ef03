use super::*;
use serde_json::json;

fn account() -> Value {
    json!({
        "id": "1", "username": "alice", "acct": "alice", "display_name": "Alice", "locked": false, "bot": false,
        "group": false, "indexable": false, "discoverable": null, "created_at": "2026-01-02T00:00:00.000Z", "note": "",
        "url": "http://alpha.localhost:1/@alice", "uri": "http://alpha.localhost:1/users/alice",
        "avatar": "http://alpha.localhost:1/a.png", "avatar_static": "http://alpha.localhost:1/a.png",
        "header": "http://alpha.localhost:1/h.png", "header_static": "http://alpha.localhost:1/h.png",
        "followers_count": 0, "following_count": 0, "statuses_count": 1, "last_status_at": "2026-01-02",
        "emojis": [], "fields": [],
    })
}

fn status() -> Value {
    json!({
        "id": "2", "created_at": "2026-01-02T03:04:05.678Z", "in_reply_to_id": null, "in_reply_to_account_id": null,
        "sensitive": false, "spoiler_text": "", "visibility": "public", "language": "en", "edited_at": null,
        "uri": "http://alpha.localhost:1/users/alice/statuses/2", "url": "http://alpha.localhost:1/@alice/2",
        "replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "content": "<p>Hello</p>", "reblog": null,
        "account": account(), "mentions": [], "tags": [], "emojis": [], "card": null, "poll": null, "quote": null,
        "media_attachments": [{
            "id": "3", "type": "image", "url": "http://alpha.localhost:1/m.jpg", "remote_url": null,
            "preview_url": "http://alpha.localhost:1/s.jpg", "description": "a cat", "blurhash": "UBL_:rOpGG-o",
            "meta": {"original": {"width": 4, "height": 3, "size": "4x3", "aspect": 1.33}},
        }],
    })
}

fn wrong(method: &str, path: &str, code: u16, body: &Value) -> Vec<String> {
    check(method, path, code, body).expect_err("differences")
}

#[test]
fn a_right_answer_names_its_route() {
    let route = |method: &str, path: &str, body: Value| check(method, path, 200, &body);
    assert_eq!(
        route("GET", "/api/v1/statuses/2", status()),
        Ok(Checked::Route("GET /api/v1/statuses/{id}".into()))
    );
    assert_eq!(
        route("GET", "/api/v1/timelines/home/?limit=2", json!([status()])),
        Ok(Checked::Route("GET /api/v1/timelines/home".into()))
    );
    // A literal segment beats a parameter.
    assert_eq!(
        route("GET", "/api/v1/accounts/lookup?acct=alice", account()),
        Ok(Checked::Route("GET /api/v1/accounts/lookup".into()))
    );
    assert_eq!(route("GET", "/api/v9/new", json!(7)), Ok(Checked::Unknown("GET /api/v9/new".into())));
}

#[test]
fn differences_are_named_by_their_path() {
    let cases: &[(&str, Value, &str)] = &[
        ("/id", json!(2), ".id: expected string, got 2"),
        ("/media_attachments/0/url", json!(7), ".media_attachments[0].url: expected string or null, got 7"),
        (
            "/media_attachments/0/type",
            json!("picture"),
            ".media_attachments[0].type: \"picture\" is not one of",
        ),
        ("/visibility", json!("secret"), ".visibility: \"secret\" is not one of"),
        (
            "/created_at",
            json!("2026-01-02T03:04:05Z"),
            ".created_at: \"2026-01-02T03:04:05Z\" is no date-time",
        ),
        ("/created_at", json!("2026-01-02T03:04:05.678+00:00"), "is no date-time"),
        ("/account/last_status_at", json!("2026-01-02T03:04:05.678Z"), ".account.last_status_at"),
        ("/mentions", Value::Null, ".mentions: expected array, got null"),
        ("/url", json!("no url"), ".url: \"no url\" is no uri"),
        ("/favourites_count", json!(1.5), ".favourites_count: expected integer, got 1.5"),
        ("/reblog", json!({"id": "9"}), ".reblog.account: missing"),
        ("/language", json!(""), ".language"),
    ];
    for (pointer, value, expected) in cases {
        let mut body = status();
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let differences = wrong("GET", "/api/v1/statuses/2", 200, &body);
        assert!(differences.iter().any(|d| d.contains(expected)), "{pointer}: {differences:?}");
    }
}

#[test]
fn keys_that_clients_need_are_demanded() {
    for key in ["in_reply_to_id", "reblog", "card", "url", "spoiler_text"] {
        let mut body = status();
        body.as_object_mut().unwrap().remove(key);
        assert_eq!(wrong("GET", "/api/v1/statuses/2", 200, &body), [format!(".{key}: missing")]);
    }
}

#[test]
fn errors_have_one_shape_on_every_route() {
    for path in ["/api/v1/statuses/2", "/api/v9/new"] {
        assert!(check("GET", path, 404, &json!({"error": "Record not found"})).is_ok());
        assert_eq!(wrong("GET", path, 404, &json!({"message": "no"})), [".error: missing"]);
        assert_eq!(wrong("GET", path, 500, &json!("no")), ["the body: expected object, got \"no\""]);
    }
}

#[test]
fn a_2xx_without_a_shape_of_its_own_is_held_against_the_200() {
    let attachment = json!({"id": "3", "type": "image"});
    assert!(!wrong("GET", "/api/v1/media/3", 206, &attachment).is_empty());
}

#[test]
fn a_deleted_status_has_no_content() {
    let mut body = status();
    body.as_object_mut().unwrap().remove("content");
    assert!(check("DELETE", "/api/v1/statuses/2", 200, &body).is_ok());
    assert_eq!(wrong("GET", "/api/v1/statuses/2", 200, &body), [".content: missing"]);
}

#[test]
fn nullable_references_allow_null() {
    let mut scheduled = json!({
        "id": "1", "scheduled_at": "2026-01-02T03:04:05.678Z", "media_attachments": [],
        "params": {"application_id": 1, "text": "later", "visibility": null, "with_rate_limit": false,
            "quote_approval_policy": null},
    });
    assert!(check("GET", "/api/v1/scheduled_statuses/1", 200, &scheduled).is_ok());
    scheduled["params"]["visibility"] = json!("secret");
    assert!(check("GET", "/api/v1/scheduled_statuses/1", 200, &scheduled).is_err());
}

#[test]
fn exceptions_are_counted_and_alive() {
    assert_eq!(exceptions::EXCEPTIONS.len(), 5);
    assert_eq!(exceptions::PRESENT.iter().map(|(_, keys)| keys.len()).sum::<usize>(), 16);
    let original = Reference::document();
    for exception in exceptions::EXCEPTIONS {
        let mut document = original.clone();
        assert!(document.pointer(exception.place).is_some(), "{}", exception.place);
        (exception.apply)(&mut document);
        assert_ne!(document, original, "stale: {}", exception.place);
    }
    for (entity, keys) in exceptions::PRESENT {
        for key in *keys {
            let known = original.pointer(&format!("/schemas/{entity}/properties/{key}"));
            assert!(known.is_some(), "{entity} has no {key}");
        }
    }
}

#[test]
fn the_reference_uses_only_what_the_checker_understands() {
    fn walk(shape: &Value) {
        for (keyword, value) in shape.as_object().expect("a shape") {
            assert!(schema::KEYWORDS.contains(&keyword.as_str()), "unknown keyword {keyword}");
            match (keyword.as_str(), value) {
                ("properties", Value::Object(shapes)) => shapes.values().for_each(walk),
                ("oneOf", Value::Array(shapes)) => shapes.iter().for_each(walk),
                ("items" | "additionalProperties", shape) => walk(shape),
                _ => {}
            }
        }
    }
    let reference = Reference::get();
    reference.schemas.values().for_each(walk);
    reference.operations.values().flat_map(Map::values).for_each(walk);
    assert_eq!((reference.schemas.len(), reference.operations.len()), (111, 210));
}

#[test]
fn endpoints_are_rows() {
    let all = endpoints();
    assert_eq!(all.len(), 298);
    let home = all.iter().find(|e| e.path == "/api/v1/timelines/home").unwrap();
    assert_eq!((home.method, home.auth, home.entity), ("GET", "user", "Array of Status"));
}
