//! The places: every route of every door, read as text, because these tests use no crate of the program.

use super::scene::{Kind, Scene, Secret};

const API: &str = include_str!("../../../../crates/api/src/routes.rs");
const FEDERATION: &str = include_str!("../../../../crates/federation/src/serve/mod.rs");
const PAGES: &str = include_str!("../../../../crates/web/src/lib.rs");

/// Places that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("/api/v1/streaming", "never ends; streaming has tests of its own"),
    ("/oauth/", "speaks of apps and tokens"),
    ("/api/v1/apps", "speaks of apps"),
    ("/auth/sign_out", "would end what looks"),
    ("/assets/{name}", "the same for everybody, always"),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    Api,
    Federation,
    Pages,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A route.
pub struct Place {
    pub door: Door,
    pub method: Method,
    template: String,
}

impl Place {
    pub fn route(&self) -> String {
        format!("{} {}", self.method.as_str(), self.template)
    }

    pub fn is_api(&self) -> bool {
        self.door == Door::Api
    }

    /// Whether a status' id stands in the path.
    pub fn names_status(&self) -> bool {
        self.template.contains("/statuses/{id}") || self.template == "/@{name}/{id}"
    }

    /// Whether whoever may see a status must find it here. The pages are the same for everybody.
    pub fn shows_status(&self, kind: Kind) -> bool {
        let here = match self.template.as_str() {
            "/api/v1/statuses/{id}" | "/users/{name}/statuses/{id}" => true,
            "/@{name}/{id}" => kind == Kind::Public,
            _ => false,
        };
        here && self.method == Method::Get
    }

    /// The paths that look for a secret here; several where a query decides what is shown.
    pub fn fill(&self, scene: &Scene, secret: &Secret) -> Vec<String> {
        let account = &scene.author.id;
        let name = &scene.author.username;
        let status = &secret.id;
        let mut path = self.template.clone();
        let id = match path.as_str() {
            p if p.contains("/statuses/{id}") || p == "/@{name}/{id}" => status.as_str(),
            p if p.contains("/accounts/{id}") || p.contains("/follow_requests/{id}") => account.as_str(),
            p if p.contains("/media/{id}") => secret.media.as_str(),
            p if p.contains("/notifications/{id}") => secret.notification.as_str(),
            p if p.contains("/polls/{id}") => secret.poll.as_str(),
            // Whatever else has an id of its own can at least not be asked for by this one.
            _ => status.as_str(),
        };
        let tag = if ["/tags/{name}", "/tag/{name}"].iter().any(|end| path.ends_with(end)) {
            secret.tag.as_str()
        } else {
            name
        };
        for (parameter, value) in [("{id}", id), ("{name}", tag), ("{quoting_status_id}", status)] {
            path = path.replace(parameter, value);
        }
        assert!(!path.contains('{'), "{}: nothing is known to fill {path} with", self.route());
        let more: &[String] = &match self.template.as_str() {
            "/api/v2/search" => {
                let queries = [secret.uri.as_str(), secret.word.as_str(), secret.tag.as_str(), name.as_str()];
                queries.map(|query| format!("?q={}", encoded(query))).to_vec()
            }
            "/api/v1/accounts/{id}/statuses" => {
                ["", "&pinned=true", "&only_media=true", "&exclude_replies=true"]
                    .map(|filter| format!("?limit=40{filter}"))
                    .to_vec()
            }
            "/api/v1/statuses" | "/api/v1/accounts" => vec![format!("?id[]={status}")],
            "/api/v1/accounts/lookup" => vec![format!("?acct={name}")],
            "/api/v1/accounts/search" => vec![format!("?q={name}")],
            "/api/v1/accounts/relationships" => vec![format!("?id[]={account}")],
            "/api/v1/timelines/public" => {
                vec!["?limit=40".into(), "?local=true".into(), "?only_media=true".into()]
            }
            "/api/v1/markers" => vec!["?timeline[]=home".into()],
            "/.well-known/webfinger" => vec![
                format!("?resource={}", encoded(&secret.uri)),
                format!("?resource=acct:{}", scene.author.handle()),
            ],
            "/users/{name}/outbox" | "/users/{name}/followers" | "/users/{name}/following" => {
                vec![String::new(), "?page=true".into(), "?page=1".into()]
            }
            "/users/{name}/statuses/{id}/replies" => vec![String::new(), "?page=true".into()],
            _ => vec![String::new()],
        };
        more.iter().map(|query| format!("{path}{query}")).collect()
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Every place there is.
pub fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for line in API.lines() {
        let Some((verb, rest)) = line.trim().split_once("(\"") else { continue };
        let Some((path, _)) = rest.split_once('"') else { continue };
        let method = match verb {
            "get" => Method::Get,
            "post" => Method::Post,
            "put" | "patch" => Method::Put,
            "delete" => Method::Delete,
            _ => continue,
        };
        places.push(Place { door: Door::Api, method, template: path.to_owned() });
    }
    assert!(places.len() > 70, "the API's table was read: {}", places.len());
    for (source, door, at_least) in [(FEDERATION, Door::Federation, 15), (PAGES, Door::Pages, 10)] {
        let before = places.len();
        for (_, rest) in
            source.match_indices(".route(\"").map(|(at, found)| source.split_at(at + found.len()))
        {
            let Some((path, handler)) = rest.split_once('"') else { continue };
            let handler = handler.split(".route(").next().unwrap_or_default();
            if handler.contains("get(") {
                places.push(Place { door, method: Method::Get, template: path.to_owned() });
            }
        }
        assert!(places.len() - before >= at_least, "{door:?}: the table was read");
    }
    places.retain(|place| !LEFT_OUT.iter().any(|(path, _)| place.template.starts_with(path)));
    // An act without a status in its path would change the scene for those who look later.
    places.retain(|place| {
        place.method == Method::Get || place.names_status() || place.template.contains("/media/{id}")
    });
    places
}

#[test]
fn what_is_left_out_is_counted() {
    assert_eq!(LEFT_OUT.len(), 5);
    let all = [API, FEDERATION, PAGES].concat();
    for (path, why) in LEFT_OUT {
        assert!(all.contains(&format!("\"{path}")), "stale: {path} ({why})");
    }
}
