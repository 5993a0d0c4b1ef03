//! Follower synchronisation (FEP-8fcf): two servers compare what they know of the follows between them by a digest that goes
//! with followers-only activities, and look closer where it differs.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tintype_model::handle::domain_of;
use tintype_service::reading;
use tintype_store::accounts::Account;
use url::Url;

use crate::{
    Federation, Result, limits,
    rejection::Rejection,
    serve::{Ask, document},
    wire::{
        http_url,
        out::{OrderedCollection, PUBLIC},
        same_origin,
    },
};

/// `Collection-Synchronization: collectionId="…", url="…", digest="…"`.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("collection-synchronization");

/// The XOR of the SHA-256 of every id, as hexadecimal digits; all zeros for none.
pub(crate) fn digest_of<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut sum = [0_u8; 32];
    for id in ids {
        for (sum, byte) in sum.iter_mut().zip(digest(&SHA256, id.as_bytes()).as_ref()) {
            *sum ^= byte;
        }
    }
    sum.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    collection: String,
    url: Url,
    digest: String,
}

impl Said {
    /// Reads `name="value"` pairs; unknown ones are passed over.
    fn parse(line: &str) -> Option<Self> {
        let (mut collection, mut url, mut digest) = (None, None, None);
        let mut rest = line.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            let slot = match name.trim() {
                "collectionId" => Some(&mut collection),
                "url" => Some(&mut url),
                "digest" => Some(&mut digest),
                _ => None,
            };
            if slot.is_some_and(|slot| slot.replace(value).is_some()) {
                return None;
            }
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        let digest = digest?.to_ascii_lowercase();
        let hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then_some(Self { collection: collection?.to_owned(), url: http_url(url?)?, digest })
    }
}

/// The addresses of an activity, as far as it matters whom it reaches.
#[derive(serde::Deserialize)]
struct Reach {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
}

impl Federation {
    /// What goes with an activity for followers alone: whom of that host we believe to be among them.
    pub(crate) async fn synchronization(
        &self,
        sender: &Account,
        body: &str,
        host: &str,
    ) -> Result<Option<HeaderValue>> {
        let Some(followers) = sender.followers_url.as_deref() else { return Ok(None) };
        let Ok(reach) = serde_json::from_str::<Reach>(body) else { return Ok(None) };
        let reached: Vec<&String> = reach.to.iter().chain(&reach.cc).collect();
        if !reached.iter().any(|to| *to == followers) || reached.iter().any(|to| *to == PUBLIC) {
            return Ok(None);
        }
        let ids = self.0.ctx.store.read().await?.followers_at(sender.id, host).await?;
        let digest = digest_of(ids.iter().map(String::as_str));
        let url = format!("{}/followers_synchronization", sender.uri);
        let line = format!(r#"collectionId="{followers}", url="{url}", digest="{digest}""#);
        Ok(HeaderValue::from_str(&line).ok())
    }

    /// Compares what an actor's server says of its followers here with what we know, and has a closer look queued where
    /// it differs. What can't be read says nothing.
    pub(crate) async fn compare_followers(&self, signer: &Account, headers: &HeaderMap) -> Result<()> {
        let line = headers.get(HEADER).and_then(|line| line.to_str().ok());
        let Some(said) =
            line.filter(|line| line.len() <= limits::get().signature_header_bytes).and_then(Said::parse)
        else {
            return Ok(());
        };
        let own = http_url(&signer.uri).is_some_and(|actor| same_origin(&actor, &said.url));
        if !own || signer.followers_url.as_deref() != Some(&said.collection) {
            return Ok(());
        }
        let known = self.0.ctx.store.read().await?.local_followers_of(signer.id).await?;
        // Whom nobody here follows is not looked after, whatever they believe of it.
        if !known.is_empty() && digest_of(known.iter().map(|(_, uri)| uri.as_str())) != said.digest {
            reading::followers(&self.0.ctx, signer.id, said.url.as_str(), &said.digest).await?;
        }
        Ok(())
    }
}

/// `GET /users/{name}/followers_synchronization`: the followers on the host of whoever asks.
pub(crate) async fn served(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let (asker, account) = federation.open(&ask, &name).await?;
    let asker = asker.account().ok_or(Rejection::Unauthorized("the request is not signed"))?;
    let host = Url::parse(&asker.uri).ok().and_then(|url| domain_of(&url)).ok_or(Rejection::NotFound)?;
    let ids = federation.0.ctx.store.read().await?.followers_at(account.id, &host).await?;
    let id = format!("{}/followers_synchronization", account.uri);
    document(StatusCode::OK, &OrderedCollection::whole(id, ids).document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_do_not_depend_on_the_order() {
        let (one, two) = ("https://a.example/users/1", "https://a.example/users/2");
        assert_eq!(digest_of([one, two]), digest_of([two, one]));
        assert_eq!(digest_of([]), "0".repeat(64));
        // The example of FEP-8fcf.
        assert_eq!(
            digest_of(["https://testing.example.org/users/1", "https://testing.example.org/users/2"]),
            "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
        );
    }

    #[test]
    fn headers_that_say_something() {
        let digest = "ab".repeat(32);
        let good =
            format!(r#"collectionId="https://a.example/f", url="https://a.example/s", digest="{digest}""#);
        assert_eq!(
            Said::parse(&good),
            Some(Said {
                collection: "https://a.example/f".to_owned(),
                url: "https://a.example/s".parse().unwrap(),
                digest: digest.clone()
            })
        );
        for bad in [
            String::new(),
            "nonsense".to_owned(),
            good.replace("ab", "xy"),
            good.replace("https://a.example/s", "ftp://a.example/s"),
            good.replace("url=", "uri="),
            format!("{good}, digest=\"{digest}\""),
        ] {
            assert_eq!(Said::parse(&bad), None, "{bad}");
        }
    }
}
