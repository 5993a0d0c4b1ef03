//! How others find us: WebFinger, NodeInfo, host-meta.

use std::fmt::Write as _;

use serde::Serialize;

/// A WebFinger document (RFC 7033, `application/jrd+json`). The library's own writes `null` for what a link doesn't
/// have, which the RFC does not allow.
#[derive(Debug, Clone, Serialize)]
pub struct Jrd {
    /// `acct:alice@local.example`
    pub subject: String,
    pub aliases: Vec<String>,
    pub links: Vec<JrdLink>,
}

/// A link of a [`Jrd`].
#[derive(Debug, Clone, Default, Serialize)]
pub struct JrdLink {
    pub rel: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Jrd {
    /// The document for an account: its actor and its page. The instance actor has no page.
    pub fn account(handle: &str, actor: &str, page: Option<&str>) -> Self {
        let link = |rel: &str, kind: Option<&str>, href: &str| JrdLink {
            rel: rel.to_owned(),
            media_type: kind.map(str::to_owned),
            href: Some(href.to_owned()),
            template: None,
        };
        let mut aliases = vec![actor.to_owned()];
        let mut links = vec![link("self", Some(crate::signatures::ACTIVITY_JSON), actor)];
        if let Some(page) = page {
            aliases.insert(0, page.to_owned());
            links.insert(0, link("http://webfinger.net/rel/profile-page", Some("text/html"), page));
        }
        Self { subject: format!("acct:{handle}"), aliases, links }
    }
}

/// `/.well-known/nodeinfo`.
#[derive(Debug, Clone, Serialize)]
pub struct NodeInfoIndex {
    pub links: Vec<NodeInfoLink>,
}

/// A link of the index.
#[derive(Debug, Clone, Serialize)]
pub struct NodeInfoLink {
    pub rel: String,
    pub href: String,
}

impl NodeInfoIndex {
    /// Both versions, below `base` (`https://local.example`): `/nodeinfo/2.0` and `/nodeinfo/2.1`. Clients take the
    /// first they know, and most know 2.0.
    pub fn new(base: &str) -> Self {
        let link = |version: &str| NodeInfoLink {
            rel: format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            href: format!("{base}/nodeinfo/{version}"),
        };
        Self { links: vec![link("2.0"), link("2.1")] }
    }
}

/// The version of the schema (<https://nodeinfo.diaspora.software/schema.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NodeInfoVersion {
    #[serde(rename = "2.0")]
    V2_0,
    /// Also names the source's place.
    #[serde(rename = "2.1")]
    V2_1,
}

/// What kind of server this is, and how large.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    pub version: NodeInfoVersion,
    pub software: Software,
    pub protocols: Vec<String>,
    pub services: Services,
    pub open_registrations: bool,
    pub usage: Usage,
    /// Free; `nodeName` and `nodeDescription` are usual.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// The program. The schema wants a name in lower-case letters, digits and hyphens.
#[derive(Debug, Clone, Serialize)]
pub struct Software {
    pub name: String,
    pub version: String,
    /// Version 2.1 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// Third-party services; there are none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Services {
    pub inbound: Vec<String>,
    pub outbound: Vec<String>,
}

/// How large.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub users: Users,
    pub local_posts: u64,
}

/// How many.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    pub total: u64,
    pub active_month: u64,
    pub active_halfyear: u64,
}

impl NodeInfo {
    /// `repository` is left out of version 2.0, which doesn't know it.
    pub fn new(
        version: NodeInfoVersion,
        software_version: &str,
        repository: Option<&str>,
        open_registrations: bool,
        usage: Usage,
        metadata: serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let repository = repository.filter(|_| version == NodeInfoVersion::V2_1);
        Self {
            version,
            software: Software {
                name: "tintype".to_owned(),
                version: software_version.to_owned(),
                repository: repository.map(str::to_owned),
            },
            protocols: vec!["activitypub".to_owned()],
            services: Services::default(),
            open_registrations,
            usage,
            metadata,
        }
    }
}

/// The XRD of `/.well-known/host-meta` (RFC 6415, `application/xrd+xml`): where WebFinger is, below `base`.
pub fn host_meta(base: &str) -> String {
    let mut escaped = String::with_capacity(base.len());
    for c in base.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String can't fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push(c),
        }
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Link rel="lrdd" type="application/jrd+json" template="{escaped}/.well-known/webfinger?resource={{uri}}"/>
</XRD>
"#
    )
}
