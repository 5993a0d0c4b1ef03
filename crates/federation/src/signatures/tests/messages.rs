//! RFC 9421, against bases built by hand.

use super::*;
use aws_lc_rs::signature::UnparsedPublicKey;

const COMPONENTS: &[&str] = &["@method", "@target-uri", "content-digest"];
const URI: &str = "https://local.example/inbox";

fn message() -> Peer {
    let mut peer = Peer::post();
    peer.headers.remove("digest");
    peer.set("content-digest", &digest::content_of(BODY));
    peer
}

fn parameters() -> String {
    format!(r#";created={};keyid="{KEY_ID}""#, NOW.seconds())
}

impl Peer {
    /// Signs components by hand; `@target-uri` is `uri`.
    fn sign_message(mut self, uri: &str, components: &[&str], parameters: &str) -> Self {
        let (_, rest) = uri.split_once("://").unwrap();
        let (authority, target) = rest.split_at(rest.find('/').unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut base = Vec::new();
        for name in components {
            let value = match *name {
                "@method" => self.method.as_str().to_owned(),
                "@target-uri" => uri.to_owned(),
                "@authority" => authority.to_owned(),
                "@scheme" => "https".to_owned(),
                "@request-target" => target.to_owned(),
                "@path" => path.to_owned(),
                "@query" => format!("?{query}"),
                header => self.headers.get(header).map_or("", |v| v.to_str().unwrap()).to_owned(),
            };
            base.push(format!("\"{name}\": {value}"));
        }
        let quoted: Vec<String> = components.iter().map(|name| format!("\"{name}\"")).collect();
        let input = format!("({}){parameters}", quoted.join(" "));
        base.push(format!("\"@signature-params\": {input}"));
        let signature = signed(&base.join("\n"));
        self.set("signature-input", &format!("sig1={input}"));
        self.set("signature", &format!("sig1=:{signature}:"));
        self
    }
}

#[test]
fn what_we_sign_is_what_we_accept() {
    let url = Url::parse("https://local.example/users/alice/inbox?x=%20y#part").unwrap();
    let headers =
        sign_request(&ours(), SignatureKind::Rfc9421, &Method::POST, &url, Some(BODY), NOW).unwrap();
    assert_eq!(
        headers["signature-input"],
        format!(
            r#"sig1=("@method" "@target-uri" "@authority" "content-type" "content-digest");created={};keyid="{KEY_ID}";alg="rsa-v1_5-sha256""#,
            NOW.seconds()
        )
    );
    assert_eq!(
        (&headers["date"], &headers["host"]),
        (&DATE.parse().unwrap(), &"local.example".parse().unwrap())
    );
    assert!(!headers.contains_key("digest"));
    let peer = Peer { target: "/users/alice/inbox?x=%20y".into(), headers, ..Peer::post() };
    assert!(peer.accepted());
    assert_eq!(peer.parse().unwrap().key_id().as_str(), KEY_ID);
    let url = Url::parse("https://local.example/").unwrap();
    let headers = sign_request(&ours(), SignatureKind::Rfc9421, &Method::GET, &url, None, NOW).unwrap();
    assert!(!headers.contains_key("content-digest") && !headers.contains_key("content-type"));
    assert!(Peer { headers, ..Peer::get("/") }.accepted());
}

#[test]
fn shapes_of_known_servers() {
    for components in [
        COMPONENTS,
        // @fedify/fedify
        &["@method", "@target-uri", "@authority", "host", "date", "content-digest"],
        // Mastodon
        &["@method", "@target-uri", "content-digest", "content-type"],
        &["content-digest", "@path", "@authority", "@method"],
        &["@method", "@scheme", "@authority", "@path", "@query", "content-digest"],
        &["@method", "@request-target", "host", "content-digest"],
    ] {
        assert!(message().sign_message(URI, components, &parameters()).accepted(), "{components:?}");
    }
    for further in [
        ";alg=\"rsa-v1_5-sha256\"",
        &format!(";expires={};nonce=\"b3k2pp5k7z-50gnwp.yemd\";tag=\"fediverse\"", NOW.seconds() + 1),
    ] {
        let parameters = format!("{}{further}", parameters());
        assert!(message().sign_message(URI, COMPONENTS, &parameters).accepted(), "{further}");
    }
    // Another label, other blanks, and both kinds at once: the newer counts.
    let mut peer = message().sign_message(URI, COMPONENTS, &parameters());
    for name in ["signature-input", "signature"] {
        let line = peer.headers[name].to_str().unwrap().replace("sig1=", "*a-b=").replace("\" \"", "\"  \"");
        peer.set(name, &line);
    }
    peer.set("digest", &digest::of(b"{}"));
    assert!(peer.accepted());
}

#[test]
fn a_get_may_be_signed_without_its_query() {
    let target = "/users/alice/outbox?page=1";
    let uri = format!("https://local.example{target}");
    for components in [
        &["@method", "@target-uri"][..],
        &["@method", "@authority", "@path", "@query"],
        &["@method", "@authority", "@path"],
    ] {
        assert!(Peer::get(target).sign_message(&uri, components, &parameters()).accepted(), "{components:?}");
    }
    let post = Peer { target: target.into(), ..message() };
    let post = post.sign_message(&uri, &["@method", "@authority", "@path", "content-digest"], &parameters());
    assert_eq!(post.parse().err(), Some(SignatureError::TargetNotCovered));
}

/// Ed25519, and what `alg` must not contradict.
#[test]
fn the_key_decides() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let multibase =
        format!("z{}", bs58::encode([&[0xed, 1], pair.public_key().as_ref()].concat()).into_string());
    let key = VerifyingKey::from_pem(&ed25519_pem(&multibase).unwrap()).unwrap();
    for (alg, fits) in [("", true), (";alg=\"ed25519\"", true), (";alg=\"rsa-v1_5-sha256\"", false)] {
        let input = format!("(\"@method\" \"@target-uri\" \"content-digest\"){}{alg}", parameters());
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": {URI}\n\"content-digest\": {}\n\"@signature-params\": {input}",
            digest::content_of(BODY)
        );
        let mut peer = message();
        peer.set("signature-input", &format!("s={input}"));
        peer.set("signature", &format!("s=:{}:", STANDARD.encode(pair.sign(base.as_bytes()))));
        let request = peer.parse().unwrap();
        assert_eq!((request.verify(&key), request.verify(&public())), (fits, false), "{alg}");
    }
}

#[test]
fn the_wrong_key_or_text_is_not_accepted() {
    let peer = message().sign_message(URI, COMPONENTS, &parameters());
    assert!(peer.accepted());
    for spoil in [
        |peer: &mut Peer| peer.method = Method::PUT,
        |peer: &mut Peer| peer.target = "/users/alice/inbox".into(),
        |peer: &mut Peer| peer.set("host", "127.0.0.1:3000"),
        |peer: &mut Peer| {
            peer.body = Some(b"{}".into());
            peer.set("content-digest", &digest::content_of(b"{}"));
        },
        |peer: &mut Peer| {
            let line = peer.headers["signature-input"]
                .to_str()
                .unwrap()
                .replace("created=7841117", "created=7841118");
            peer.set("signature-input", &line);
        },
    ] {
        let mut peer = peer.clone();
        spoil(&mut peer);
        assert!(!peer.accepted());
    }
}

/// T006, T007, T008, T040, T102
#[test]
fn refusals() {
    type Spoil = fn(&mut Peer);
    fn edit(peer: &mut Peer, from: &str, to: &str) {
        let line = peer.headers["signature-input"].to_str().unwrap();
        assert!(line.contains(from), "{line}");
        let line = line.replace(from, to);
        peer.set("signature-input", &line);
    }
    fn double(peer: &mut Peer, name: &'static str) {
        let line = peer.headers[name].to_str().unwrap().to_owned();
        peer.add(name, &line);
    }
    fn again(peer: &mut Peer, name: &'static str, label: &str) {
        let line = peer.headers[name].to_str().unwrap();
        let line = format!("{line}, {}", line.replace("sig1", label));
        peer.set(name, &line);
    }
    let cases: &[(SignatureError, Spoil)] = &[
        (SignatureError::Missing, |p| {
            p.headers.remove("signature");
        }),
        (SignatureError::Several, |p| double(p, "signature")),
        (SignatureError::Several, |p| double(p, "signature-input")),
        (SignatureError::Several, |p| again(p, "signature", "sig2")),
        (SignatureError::Several, |p| again(p, "signature-input", "sig2")),
        (SignatureError::Several, |p| {
            again(p, "signature", "sig2");
            again(p, "signature-input", "sig2");
        }),
        (SignatureError::Several, |p| p.set("signature-input", "")),
        (SignatureError::DuplicateParameter, |p| again(p, "signature", "sig1")),
        (SignatureError::DuplicateParameter, |p| edit(p, ";keyid=", r#";keyid="x";keyid="#)),
        (SignatureError::DuplicateParameter, |p| edit(p, ";created=", ";created=1;created=")),
        (SignatureError::MissingParameter, |p| p.set("signature", "sig2=:AAAA:")),
        (SignatureError::MissingParameter, |p| edit(p, ";keyid=", ";tag=")),
        (SignatureError::Malformed, |p| p.set("signature", "sig1=AAAA")),
        (SignatureError::Malformed, |p| p.set("signature", "sig1=:AAA%:")),
        (SignatureError::Malformed, |p| p.set("signature", r#"keyId="x",headers="date",signature="AAAA""#)),
        (SignatureError::Malformed, |p| edit(p, "sig1=(", "sig1=((")),
        (SignatureError::Malformed, |p| edit(p, ";created=", ";created=\"1\";x=")),
        (SignatureError::Malformed, |p| edit(p, r#";keyid=""#, r#";keyid=x;tag=""#)),
        (SignatureError::UnknownParameter, |p| edit(p, ";created=", ";seen=1;created=")),
        (SignatureError::Algorithm, |p| edit(p, ";created=", r#";alg="hmac-sha256";created="#)),
        (SignatureError::Algorithm, |p| edit(p, ";created=", r#";alg="rsa-pss-sha512";created="#)),
        (SignatureError::KeyId, |p| edit(p, "https://remote", "acct://remote")),
        (SignatureError::KeyId, |p| edit(p, "https://", "")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\" \"@method\"")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\" \"@status\"")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\" \"Date\"")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\" date")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\";req")),
        (SignatureError::Covered, |p| edit(p, "\"@method\"", "\"@method\" \"@query-param\";name=\"x\"")),
        (SignatureError::TargetNotCovered, |p| edit(p, "\"@method\" ", "")),
        (SignatureError::TargetNotCovered, |p| edit(p, " \"@target-uri\"", "")),
        (SignatureError::TargetNotCovered, |p| edit(p, "\"@target-uri\"", "\"@authority\"")),
        (SignatureError::HostNotCovered, |p| edit(p, "\"@target-uri\"", "\"@path\"")),
        (SignatureError::DigestNotCovered, |p| edit(p, " \"content-digest\"", "")),
        (SignatureError::DigestNotCovered, |p| {
            edit(p, " \"content-digest\"", "");
            p.body = None; // a POST has a body, though it be empty
        }),
        (SignatureError::TimeNotCovered, |p| edit(p, ";created=", ";expires=")),
        (SignatureError::HeaderMissing, |p| edit(p, "\"@method\"", "\"@method\" \"x-missing\"")),
        (SignatureError::HeaderMissing, |p| {
            p.headers.remove("host");
        }),
        (SignatureError::HeaderAmbiguous, |p| p.add("host", "local.example")),
        (SignatureError::Host, |p| p.set("host", "remote.example")),
        (SignatureError::TooOld, |p| p.now = Millis(NOW.0 + 12 * 3_600_000 + 1)),
        (SignatureError::TooNew, |p| p.now = Millis(NOW.0 - 3_600_000 - 1)),
        (SignatureError::TooOld, |p| edit(p, ";created=784111777", ";created=-999999999999999")),
        (SignatureError::TooNew, |p| edit(p, ";created=784111777", ";created=999999999999999")),
        (SignatureError::Expired, |p| edit(p, ";created=", ";expires=784111777;created=")),
        (SignatureError::DigestMissing, |p| {
            p.headers.remove("content-digest");
        }),
        (SignatureError::DigestMissing, |p| p.set("content-digest", "md5=:AAAA:")),
        (SignatureError::DigestMalformed, |p| p.set("content-digest", "SHA-256=AAAA")),
        (SignatureError::DigestMismatch, |p| p.body = Some(b"{}".into())),
        (SignatureError::DigestMismatch, |p| p.body = None),
    ];
    for (number, (expected, spoil)) in cases.iter().enumerate() {
        let mut peer = message().sign_message(URI, COMPONENTS, &parameters());
        assert!(peer.accepted());
        spoil(&mut peer);
        assert_eq!(peer.parse().err(), Some(*expected), "case {number}");
    }
}

/// RFC 9421, B.2.6: Ed25519 over a request's date, method, path, authority and types.
#[test]
fn the_vector_of_the_rfc() {
    let mut peer = Peer::post();
    peer.target = "/foo?param=Value&Pet=dog".into();
    for (name, value) in [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    ] {
        peer.set(name, value);
    }
    let input = r#"("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
    let members = structured::dictionary(&format!("sig-b26={input}")).unwrap();
    let structured::Value::List(components) = &members[0].value else { panic!("no list") };
    let names: Vec<String> = components
        .iter()
        .map(|(item, _)| match item {
            structured::Item::Text(name) => name.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rfc9421::signed_parameters(&names, &members[0].parameters), input);
    let incoming = Incoming {
        method: &peer.method,
        scheme: "https",
        path_and_query: &peer.target,
        headers: &peer.headers,
        body: None,
        hosts: &["example.com"],
        now: NOW,
        window: Window::default(),
    };
    let base = rfc9421::signature_base(&names, &members[0].parameters, &incoming).unwrap();
    let signature =
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    let key = STANDARD.decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=").unwrap();
    let key = UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, key);
    assert!(key.verify(base.as_bytes(), &STANDARD.decode(signature).unwrap()).is_ok(), "{base}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn parsing_never_panics(
        input in r#"(sig1=)?[(";=@a-z0-9 :)]{0,80}"#,
        signature in r"(sig1=)?[ -~]{0,40}",
        target in r"/[ -~]{0,32}",
        created in any::<i64>(),
        now in any::<i64>(),
    ) {
        let mut peer = Peer { target, now: Millis(now), ..message() };
        peer.set("signature-input", &input);
        peer.set("signature", &signature);
        let _ = peer.parse();
        let input = format!(r#"sig1=("@method" "@target-uri" "content-digest");created={created};keyid="{KEY_ID}""#);
        peer.set("signature-input", &input);
        peer.set("signature", "sig1=:AA==:");
        let _ = peer.parse();
    }
}
