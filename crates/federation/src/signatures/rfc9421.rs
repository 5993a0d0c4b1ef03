//! HTTP message signatures (RFC 9421), in one small profile: one signature over a request, without parameters of
//! components, after `rsa-v1_5-sha256` or `ed25519`.

use http::{HeaderName, Method, header};
use url::Url;

use super::{
    SignatureError,
    key::Scheme,
    structured::{self, Item, Parameters, Value},
    verify::{Incoming, SIGNATURE, SIGNATURE_INPUT, Unverified, check_host, header_value, only_line, single},
};
use crate::digest;

/// Both schemes that the registry has for the keys we know (RFC 9421, 6.2.2).
const SCHEMES: &[Scheme] = &[Scheme::RsaSha256, Scheme::Ed25519];

/// Everything that can be checked of a request without the key.
pub(super) fn parse(request: &Incoming<'_>) -> Result<Unverified, SignatureError> {
    let headers = request.headers;
    let input = structured::dictionary(only_line(headers, &SIGNATURE_INPUT)?)?;
    let signatures = structured::dictionary(only_line(headers, &SIGNATURE)?)?;
    // Of several, each reader would choose another one.
    let ([input], [signature]) = (input.as_slice(), signatures.as_slice()) else {
        return Err(SignatureError::Several);
    };
    if input.key != signature.key {
        return Err(SignatureError::MissingParameter);
    }
    let (Value::List(components), Value::Item(Item::Bytes(signature))) = (&input.value, &signature.value)
    else {
        return Err(SignatureError::Malformed);
    };
    let facts = Facts::read(&input.parameters)?;
    check_times(&facts, request)?;

    let names = names(components)?;
    check_cover(&names, request)?;
    check_host(single(headers, &header::HOST)?, request.hosts)?;
    if has_body(request) {
        digest::check_content(headers, request.body.unwrap_or_default())?;
    }

    Ok(Unverified {
        key_id: facts.key_id,
        signature: signature.clone(),
        strings: vec![signature_base(&names, &input.parameters, request)?],
        schemes: facts.schemes,
    })
}

/// The text that is signed (RFC 9421, 2.5).
pub(super) fn signature_base(
    names: &[String],
    parameters: &Parameters,
    request: &Incoming<'_>,
) -> Result<String, SignatureError> {
    let mut lines = Vec::with_capacity(names.len() + 1);
    for name in names {
        lines.push(format!("\"{name}\": {}", value_of(name, request)?));
    }
    lines.push(format!("\"@signature-params\": {}", signed_parameters(names, parameters)));
    Ok(lines.join("\n"))
}

/// `("@method" "@path");created=1;keyid="…"`
pub(super) fn signed_parameters(names: &[String], parameters: &Parameters) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let mut out = format!("({})", quoted.join(" "));
    structured::write_parameters(parameters, &mut out);
    out
}

/// What the parameters of a signature say.
struct Facts {
    key_id: Url,
    /// Seconds since 1970.
    created: i64,
    expires: Option<i64>,
    schemes: &'static [Scheme],
}

impl Facts {
    fn read(parameters: &Parameters) -> Result<Self, SignatureError> {
        let (mut key_id, mut created, mut expires, mut schemes) = (None, None, None, SCHEMES);
        for (name, value) in parameters {
            match (name.as_str(), value) {
                ("keyid", Item::Text(text)) => {
                    key_id = Some(crate::wire::http_url(text).ok_or(SignatureError::KeyId)?);
                }
                ("created", Item::Integer(seconds)) => created = Some(*seconds),
                ("expires", Item::Integer(seconds)) => expires = Some(*seconds),
                // A hint only: the key decides, and must not be contradicted.
                ("alg", Item::Text(text)) => {
                    schemes = match text.as_str() {
                        "rsa-v1_5-sha256" => &[Scheme::RsaSha256],
                        "ed25519" => &[Scheme::Ed25519],
                        _ => return Err(SignatureError::Algorithm),
                    };
                }
                // Of what comes twice nothing is applied twice, whatever its nonce; and there is but one application.
                ("nonce" | "tag", Item::Text(_)) => {}
                ("keyid" | "created" | "expires" | "alg" | "nonce" | "tag", _) => {
                    return Err(SignatureError::Malformed);
                }
                _ => return Err(SignatureError::UnknownParameter),
            }
        }
        Ok(Self {
            key_id: key_id.ok_or(SignatureError::MissingParameter)?,
            created: created.ok_or(SignatureError::TimeNotCovered)?,
            expires,
            schemes,
        })
    }
}

fn check_times(facts: &Facts, request: &Incoming<'_>) -> Result<(), SignatureError> {
    let created = facts.created.saturating_mul(1000);
    if created < request.now.0.saturating_sub(request.window.past_millis) {
        return Err(SignatureError::TooOld);
    }
    if created > request.now.0.saturating_add(request.window.future_millis) {
        return Err(SignatureError::TooNew);
    }
    match facts.expires {
        Some(expires) if expires.saturating_mul(1000) <= request.now.0 => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}

/// The names of the components, each once. What a parameter would make of one is left out of this profile.
fn names(components: &[(Item, Parameters)]) -> Result<Vec<String>, SignatureError> {
    let mut names: Vec<String> = Vec::with_capacity(components.len());
    for (item, parameters) in components {
        let Item::Text(name) = item else { return Err(SignatureError::Covered) };
        let known = if name.starts_with('@') {
            matches!(
                name.as_str(),
                "@method" | "@target-uri" | "@authority" | "@scheme" | "@request-target" | "@path" | "@query"
            )
        } else {
            HeaderName::from_bytes(name.as_bytes()).is_ok_and(|header| header.as_str() == name)
        };
        if !known || !parameters.is_empty() || names.contains(name) {
            return Err(SignatureError::Covered);
        }
        names.push(name.clone());
    }
    Ok(names)
}

fn has_body(request: &Incoming<'_>) -> bool {
    request.body.is_some() || *request.method == Method::POST
}

/// The method, the whole target and, if there is a body, its digest. Where nothing is changed the query may be left out, as
/// with the older signatures.
fn check_cover(names: &[String], request: &Incoming<'_>) -> Result<(), SignatureError> {
    let covers = |name: &str| names.iter().any(|covered| covered == name);
    let host = covers("@authority") || covers("host");
    let query = covers("@query") || *request.method == Method::GET || !request.path_and_query.contains('?');
    let target = covers("@request-target") || (covers("@path") && query);
    if !covers("@method") || !(covers("@target-uri") || target) {
        return Err(SignatureError::TargetNotCovered);
    }
    if !(covers("@target-uri") || host) {
        return Err(SignatureError::HostNotCovered);
    }
    if has_body(request) && !covers("content-digest") {
        return Err(SignatureError::DigestNotCovered);
    }
    Ok(())
}

/// The value of a component (RFC 9421, 2.1 and 2.2). The scheme is ours: who carries a request to us may have changed it.
fn value_of(name: &str, request: &Incoming<'_>) -> Result<String, SignatureError> {
    let target = request.path_and_query;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let authority = || {
        let host = single(request.headers, &header::HOST)?.to_ascii_lowercase();
        let port = if request.scheme == "https" { ":443" } else { ":80" };
        Ok(host.strip_suffix(port).map(str::to_owned).unwrap_or(host))
    };
    Ok(match name {
        "@method" => request.method.as_str().to_owned(),
        "@target-uri" => format!("{}://{}{target}", request.scheme, authority()?),
        "@authority" => authority()?,
        "@scheme" => request.scheme.to_owned(),
        "@request-target" => target.to_owned(),
        "@path" => path.to_owned(),
        "@query" => format!("?{query}"),
        header => header_value(header, request.headers)?,
    })
}
