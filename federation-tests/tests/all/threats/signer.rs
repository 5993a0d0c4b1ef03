//! HTTP signatures as draft-cavage has them, with any part of them wrong.

use std::fmt::Write as _;

use tintype_testkit::peer::{Actor, SignOptions, SignedRequest};

use super::stage::Stage;

/// What good servers cover.
pub const ALL: [&str; 4] = ["(request-target)", "host", "date", "digest"];

/// A request to Alice's inbox with all headers but a signature.
pub fn unsigned(stage: &Stage, actor: &Actor, body: &serde_json::Value) -> SignedRequest {
    let body = body.to_string().into_bytes();
    stage.peer.post_request(actor, &stage.inbox(), body, &SignOptions::unsigned())
}

/// What a signature over these parts of the request is made of. `extra` are parameters as `name="value"`, `(created)` and
/// `(expires)` among them.
pub fn signing_string(request: &SignedRequest, covered: &[&str], extra: &[(&str, &str)]) -> String {
    let line = |part: &&str| {
        let value = match *part {
            "(request-target)" => {
                let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
                let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("/");
                format!("{} {path}", request.method.as_str().to_lowercase())
            }
            "(created)" | "(expires)" => {
                let name = part.trim_matches(['(', ')']);
                extra
                    .iter()
                    .find(|(other, _)| *other == name)
                    .map(|(_, value)| *value)
                    .unwrap_or_default()
                    .to_owned()
            }
            header => request.header(header),
        };
        format!("{part}: {value}")
    };
    covered.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The request with a signature by the actor over these parts.
pub fn signed(
    request: SignedRequest,
    actor: &Actor,
    covered: &[&str],
    extra: &[(&str, &str)],
) -> SignedRequest {
    let signature = actor.key.sign(signing_string(&request, covered, extra).as_bytes());
    let header = header(&actor.key_id, covered, extra, &signature);
    request.with("signature", &header)
}

/// The text of a `Signature` header.
pub fn header(key_id: &str, covered: &[&str], extra: &[(&str, &str)], signature: &str) -> String {
    let mut text = format!("keyId=\"{key_id}\",headers=\"{}\",signature=\"{signature}\"", covered.join(" "));
    for (name, value) in extra {
        let quote = if ["created", "expires"].contains(name) { "" } else { "\"" };
        let _ = write!(text, ",{name}={quote}{value}{quote}");
    }
    text
}
