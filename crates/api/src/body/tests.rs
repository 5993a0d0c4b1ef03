use axum::{
    Json, Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{Request, header},
    routing,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;
use tower::ServiceExt;

use super::*;
use crate::{
    lenient::{Flag, Focus, Int, Many, Text},
    tests::body_of,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    name: Text,
    value: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Poll {
    options: Many<Text>,
    expires_in: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    status: Text,
    sensitive: Flag,
    media_ids: Many<Text>,
    fields_attributes: Many<Row>,
    poll: Option<Poll>,
    focus: Focus,
}

impl Form {
    /// What was understood, in a form that a table can hold.
    fn seen(self) -> Value {
        let rows = self.fields_attributes.list().into_iter();
        let rows: Vec<Value> = rows.map(|row| json!([row.name.given(), row.value.given()])).collect();
        json!({
            "status": self.status.raw(),
            "sensitive": self.sensitive.given(),
            "media_ids": self.media_ids.given().map(|ids| ids.into_iter().filter_map(Text::given).collect::<Vec<_>>()),
            "rows": rows,
            "poll": self.poll.map(|poll| json!([poll.options.texts(), poll.expires_in.given()])),
            "focus": self.focus.given(),
        })
    }
}

/// What an empty form would show, but for what is given here.
fn seen(given: Value) -> Value {
    let mut all = Form::default().seen();
    if let (Value::Object(all), Value::Object(given)) = (&mut all, given) {
        all.extend(given);
    }
    all
}

async fn echo(AnyBody(form): AnyBody<Form>) -> Json<Value> {
    Json(form.seen())
}

async fn query_only(AnyQuery(form): AnyQuery<Form>) -> Json<Value> {
    Json(form.seen())
}

async fn upload(AnyUpload { form, mut files }: AnyUpload<Form>) -> Result<Json<Value>, ApiError> {
    let file = files.need("file")?;
    Ok(Json(json!({
        "status": form.status.given(), "name": file.file_name, "type": file.content_type, "length": file.bytes.len(),
        "other": files.take("thumbnail").is_some(),
    })))
}

async fn oauth(OAuthBody(form): OAuthBody<Form>) -> Json<Value> {
    Json(form.seen())
}

async fn send(method: &str, uri: &str, kind: Option<&str>, body: impl Into<Body>) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    answer(request.body(body.into()).unwrap()).await
}

async fn answer(request: Request<Body>) -> (u16, Value) {
    let router: Router = Router::new()
        .route("/", routing::any(echo))
        .route("/query", routing::any(query_only))
        .route("/upload", routing::any(upload))
        .route("/oauth", routing::any(oauth))
        .layer(DefaultBodyLimit::max(3 << 20));
    body_of(router.oneshot(request).await.unwrap()).await
}

const JSON: &str = "application/json; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// Parts as `name=value` → a multipart body.
fn multipart(parts: &str) -> String {
    let mut body = String::new();
    for pair in parts.split('&') {
        let (name, value) = pair.split_once('=').unwrap();
        let head = "--b\r\nContent-Disposition: form-data; name=";
        body.extend([head, "\"", name, "\"\r\n\r\n", value, "\r\n"]);
    }
    body + "--b--\r\n"
}

#[tokio::test]
async fn three_encodings_and_a_query_mean_the_same() {
    let table = [
        (
            r#"{"status":"hi","sensitive":true,"media_ids":["1","2"]}"#,
            "status=hi&sensitive=true&media_ids[]=1&media_ids[]=2",
            json!({ "status": "hi", "sensitive": true, "media_ids": ["1", "2"] }),
        ),
        (
            r#"{"media_ids":7,"sensitive":"0","status":"","focus":"0.5,-1"}"#,
            "media_ids=7&sensitive=off&status=&focus=0.5,-1",
            json!({ "status": "", "sensitive": false, "media_ids": ["7"], "focus": [0.5, -1.0] }),
        ),
        (r#"{"media_ids":{"0":"1","1":"2"}}"#, "media_ids=1&media_ids=2", json!({ "media_ids": ["1", "2"] })),
        (r#"{"media_ids":[]}"#, "media_ids[]=", json!({ "media_ids": [] })),
        (
            r#"{"fields_attributes":[{"name":"a","value":"1"},{"name":"b","value":"2"}]}"#,
            "fields_attributes[0][name]=a&fields_attributes[0][value]=1&fields_attributes[1][name]=b&\
             fields_attributes[1][value]=2",
            json!({ "rows": [["a", "1"], ["b", "2"]] }),
        ),
        (
            r#"{"fields_attributes":{"1":{"name":"b","value":"2"},"0":{"name":"a","value":"1"}}}"#,
            "fields_attributes[][name]=a&fields_attributes[][value]=1&fields_attributes[][name]=b&\
             fields_attributes[][value]=2",
            json!({ "rows": [["a", "1"], ["b", "2"]] }),
        ),
        (
            r#"{"poll":{"options":["x","y"],"expires_in":"300"},"unknown":{"a":[1]}}"#,
            "poll[options][]=x&poll[options][]=y&poll[expires_in]=300&unknown[a][]=1",
            json!({ "poll": [["x", "y"], 300] }),
        ),
        (
            r#"{"media_ids":["1","2","3","4","5","6","7","8","9","10","11"]}"#,
            "media_ids[0]=1&media_ids[1]=2&media_ids[2]=3&media_ids[3]=4&media_ids[4]=5&media_ids[5]=6&\
             media_ids[6]=7&media_ids[7]=8&media_ids[8]=9&media_ids[9]=10&media_ids[10]=11",
            json!({ "media_ids": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"] }),
        ),
    ];
    for (as_json, as_form, wanted) in table {
        let wanted = (200, seen(wanted));
        assert_eq!(send("POST", "/", Some(JSON), as_json).await, wanted, "{as_json}");
        assert_eq!(send("POST", "/", None, as_json).await, wanted, "{as_json} without a type");
        assert_eq!(send("POST", "/", Some(FORM), as_form).await, wanted, "{as_form}");
        assert_eq!(send("DELETE", "/", Some(FORM), as_form).await, wanted, "{as_form} by DELETE");
        assert_eq!(send("PUT", "/", Some(MULTIPART), multipart(as_form)).await, wanted, "{as_form} in parts");
        assert_eq!(send("GET", &format!("/query?{as_form}"), None, "").await, wanted, "{as_form} as a query");
        assert_eq!(send("DELETE", &format!("/?{as_form}"), None, "").await, wanted, "{as_form} as a query");
        let escaped = as_form.replace('[', "%5B").replace(']', "%5d");
        assert_eq!(send("POST", "/", Some(FORM), escaped).await, wanted, "{as_form} escaped");
    }
}

#[tokio::test]
async fn no_body_is_an_empty_form() {
    let nothing = (200, Form::default().seen());
    for kind in [None, Some(JSON), Some(FORM), Some("text/plain")] {
        assert_eq!(send("POST", "/", kind, "").await, nothing, "{kind:?}");
    }
    assert_eq!(send("DELETE", "/", Some(JSON), "{}").await, nothing);
    assert_eq!(send("POST", "/", Some(JSON), "null").await, nothing);
}

#[tokio::test]
async fn the_body_overrides_the_query() {
    let (_, form) = send("POST", "/?status=a&sensitive=1", Some(FORM), "status=b+c%20d").await;
    assert_eq!((&form["status"], &form["sensitive"]), (&json!("b c d"), &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_reason() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
    let very_deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = "a[]=1&".repeat(5000);
    let bracket_deep = format!("a{}=1", "[b]".repeat(40));
    let table: Vec<(&str, Vec<u8>, u16)> = vec![
        (JSON, b"{\"status\":".to_vec(), 400),
        (JSON, b"[1]".to_vec(), 400),
        (JSON, b"\"text\"".to_vec(), 400),
        (JSON, br#"{"sensitive":"perhaps"}"#.to_vec(), 400),
        (JSON, br#"{"status":{"a":1}}"#.to_vec(), 400),
        (JSON, br#"{"status":"a\u0000b"}"#.to_vec(), 400),
        (JSON, deep.into_bytes(), 400),
        (JSON, very_deep.into_bytes(), 400),
        (JSON, format!("{{\"a\":[{}1]}}", "1,".repeat(5000)).into_bytes(), 400),
        (FORM, many.into_bytes(), 400),
        (FORM, bracket_deep.into_bytes(), 400),
        (FORM, b"status=%ff".to_vec(), 400),
        (FORM, b"status=a%00b".to_vec(), 400),
        (FORM, b"a=1&a[b]=2".to_vec(), 400),
        (FORM, b"a[]=1&a[b]=2".to_vec(), 400),
        (FORM, vec![b'x'; MAX_PARAMETERS + 1], 413),
        (JSON, vec![b' '; MAX_PARAMETERS + 1], 413),
        ("multipart/form-data", b"--b".to_vec(), 400),
        (MULTIPART, b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nunfinished".to_vec(), 400),
        (MULTIPART, multipart(&format!("status={}", "x".repeat(MAX_PARAMETERS + 1))).into_bytes(), 413),
        ("text/plain", b"status=hi".to_vec(), 415),
        ("application/xml", b"<a/>".to_vec(), 415),
    ];
    for (kind, body, status) in table {
        let name = format!("{kind}: {}", String::from_utf8_lossy(body.get(..60).unwrap_or(&body)));
        let (got, answer) = send("POST", "/", Some(kind), body.clone()).await;
        assert_eq!(got, status, "{name}");
        assert!(!answer["error"].as_str().unwrap().is_empty(), "{name}");
    }
    let (status, answer) = send("POST", "/oauth", Some(JSON), "{").await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn compressed_bodies_are_not_read() {
    for (coding, status) in [("gzip", 415), ("deflate, identity", 415), ("identity", 200)] {
        let request = Request::post("/")
            .header(header::CONTENT_ENCODING, coding)
            .header(header::CONTENT_TYPE, JSON)
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(answer(request).await.0, status, "{coding}");
    }
}

fn with_file(disposition: &str, kind: Option<&str>, length: usize) -> Vec<u8> {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhi\r\n--b\r\n".to_vec();
    body.extend(format!("Content-Disposition: form-data; name=\"file\"{disposition}\r\n").bytes());
    if let Some(kind) = kind {
        body.extend(format!("Content-Type: {kind}\r\n").bytes());
    }
    body.extend(b"\r\n");
    body.extend(vec![0xff; length]);
    body.extend(b"\r\n--b--\r\n");
    body
}

#[tokio::test]
async fn files_are_kept_aside() {
    let seen = |name: Value, kind: Value, length: usize| {
        (200, json!({ "status": "hi", "name": name, "type": kind, "length": length, "other": false }))
    };
    let picture = "image/jpeg";
    let missing = (400, json!({ "error": "param is missing or the value is empty: file" }));
    let table = [
        ("; filename=\"a.jpg\"", Some(picture), 1000, seen(json!("a.jpg"), json!(picture), 1000)),
        ("; filename=\"\"", Some(picture), 3, seen(Value::Null, json!(picture), 3)),
        ("", Some(picture), 3, seen(Value::Null, json!(picture), 3)),
        ("; filename=\"a\"", None, 0, seen(json!("a"), Value::Null, 0)),
        ("; filename=\"\"", Some(picture), 0, missing.clone()),
    ];
    for (disposition, kind, length, wanted) in table {
        let got = send("POST", "/upload", Some(MULTIPART), with_file(disposition, kind, length)).await;
        assert_eq!(got, wanted, "{disposition}");
    }
    assert_eq!(send("POST", "/upload", Some(JSON), r#"{"file":"x"}"#).await, missing);

    let too_large = with_file("; filename=\"a\"", None, 4 << 20);
    assert_eq!(send("POST", "/upload", Some(MULTIPART), too_large).await.0, 413);
    let skipped = with_file("; filename=\"a\"", None, 2 << 20);
    let (status, form) = send("POST", "/", Some(MULTIPART), skipped).await;
    assert_eq!((status, &form["status"]), (200, &json!("hi")), "a route without files reads past them");
}

proptest! {
    #[test]
    fn names_with_brackets_never_panic(pairs in prop::collection::vec(("[a-b\\[\\]]{0,12}", ".{0,4}"), 0..20)) {
        let mut tree = tree::Tree::default();
        for (name, value) in pairs {
            // A refusal is fine.
            let _ = tree.add(&name, value);
        }
        let _ = shape::<Form>(tree.done());
    }

    #[test]
    fn urlencoded_never_panics(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut tree = tree::Tree::default();
        let _ = tree.read_urlencoded(&text);
        let _ = shape::<Form>(tree.done());
    }

    #[test]
    fn json_never_panics(text in r#"[\[\]{}":,0-9a-z\\.eE+-]{0,60}"#) {
        if let Ok(tree) = tree::from_json(text.as_bytes()) {
            let _ = shape::<Form>(tree);
        }
    }

    #[test]
    fn what_was_encoded_is_decoded(text in "\\PC{0,40}") {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        prop_assert_eq!(decode(encoded.as_bytes()), Some(text));
    }

    #[test]
    fn any_bytes_in_any_encoding_get_an_answer(
        body in prop::collection::vec(any::<u8>(), 0..300),
        kind in prop::sample::select(vec![JSON, FORM, MULTIPART, "", "multipart/form-data; boundary="]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (status, _) = runtime.block_on(send("POST", "/", Some(kind), body));
        prop_assert!([200, 400, 413, 415].contains(&status));
    }
}
