//! How others find people here, and what kind of server this is. Open to everybody, as far
//! as there is federation at all.

use axum::{extract::State, response::Response};
use http::{HeaderValue, header};
use serde::Serialize;
use tintype_model::Handle;
use tintype_service::{Registrations, instance};

use super::Ask;
use crate::{
    Federation, compose,
    rejection::Rejection,
    wire::out::{self, Jrd, NodeInfo, NodeInfoIndex, NodeInfoVersion, Usage, Users},
};

/// `GET /.well-known/webfinger?resource=` with `acct:alice@here`, an actor's URL or a profile page's.
pub(super) async fn webfinger(State(federation): State<Federation>, ask: Ask) -> Result<Response, Rejection> {
    let resource = ask.query("resource").ok_or(Rejection::Malformed("the resource is missing"))?;
    let site = &federation.ctx().site;
    let instance = &federation.0.instance;
    let instance_handle = format!("{}@{}", compose::username(instance), site.domain);
    let spoken = resource.strip_prefix("acct:").unwrap_or(&resource);
    if resource == instance.uri || spoken.eq_ignore_ascii_case(&instance_handle) {
        return open("application/jrd+json", &Jrd::account(&instance_handle, &instance.uri, None));
    }
    let name = match resource.strip_prefix(&site.base) {
        Some(path) => {
            let name = path.strip_prefix("/users/").or_else(|| path.strip_prefix("/@"));
            name.ok_or(Rejection::NotFound)?.to_owned()
        }
        None if resource.contains("://") => return Err(Rejection::NotFound),
        None => {
            let handle: Handle =
                resource.parse().map_err(|_| Rejection::Malformed("the resource is malformed"))?;
            let ours = handle.domain.as_ref().is_some_and(|domain| federation.0.hosts.contains(domain));
            if !ours {
                return Err(Rejection::NotFound);
            }
            handle.username
        }
    };
    let account = federation.local_even_suspended(&name).await?;
    let handle = format!("{}@{}", account.username, site.domain);
    open("application/jrd+json", &Jrd::account(&handle, &account.uri, Some(&account.url)))
}

/// `GET /.well-known/host-meta`
pub(super) async fn host_meta(State(federation): State<Federation>) -> Result<Response, Rejection> {
    let text = out::host_meta(&federation.ctx().site.base);
    answer("application/xrd+xml; charset=utf-8", text.into_bytes())
}

/// `GET /.well-known/nodeinfo`
pub(super) async fn nodeinfo_index(State(federation): State<Federation>) -> Result<Response, Rejection> {
    open("application/json", &NodeInfoIndex::new(&federation.ctx().site.base))
}

/// `GET /nodeinfo/2.0`
pub(super) async fn nodeinfo_2_0(State(federation): State<Federation>) -> Result<Response, Rejection> {
    federation.nodeinfo(NodeInfoVersion::V2_0, "2.0").await
}

/// `GET /nodeinfo/2.1`
pub(super) async fn nodeinfo_2_1(State(federation): State<Federation>) -> Result<Response, Rejection> {
    federation.nodeinfo(NodeInfoVersion::V2_1, "2.1").await
}

impl Federation {
    async fn nodeinfo(&self, version: NodeInfoVersion, profile: &str) -> Result<Response, Rejection> {
        let ctx = self.ctx();
        let stats = instance::stats(ctx).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let usage = Usage {
            users: Users {
                total: count(stats.users),
                active_month: count(stats.active_month),
                active_halfyear: count(stats.active_halfyear),
            },
            local_posts: count(stats.statuses),
        };
        let mut metadata = serde_json::Map::new();
        metadata.insert("nodeName".to_owned(), ctx.site.title.clone().into());
        metadata.insert("nodeDescription".to_owned(), ctx.policy.description.clone().into());
        let open_registrations = ctx.policy.registrations == Registrations::Open;
        let info =
            NodeInfo::new(version, env!("CARGO_PKG_VERSION"), None, open_registrations, usage, metadata);
        let kind = format!(
            "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/{profile}#\"; charset=utf-8"
        );
        open(&kind, &info)
    }
}

fn open<T: Serialize>(kind: &str, document: &T) -> Result<Response, Rejection> {
    answer(kind, serde_json::to_vec(document).map_err(crate::Error::from)?)
}

/// For pages of any origin too.
fn answer(kind: &str, bytes: Vec<u8>) -> Result<Response, Rejection> {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).map_err(|_| Rejection::Internal)?);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60, public"));
    Ok(response)
}
