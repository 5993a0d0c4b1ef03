//! Reports of our people by other servers.

use tintype_model::text;
use tintype_service::inbox::Received;
use tintype_store::accounts::{Account, AccountKind};
use url::Url;

use super::Meaning;
use crate::{
    Federation, Result, limits,
    wire::{IncomingActivity, http_url},
};

impl Federation {
    /// A Flag about somebody here: who is named, or who wrote what is named, among the objects or in the comment
    /// (GoToSocial and Misskey write addresses there). One about nobody of ours has no effect.
    pub(super) async fn flagged(
        &self,
        objects: &[Url],
        content: Option<&str>,
        activity: &IncomingActivity,
    ) -> Result<Meaning> {
        let comment = text::plain(content.unwrap_or_default());
        let mut named: Vec<String> = Vec::new();
        for url in objects.iter().cloned().chain(addresses_in(&comment)) {
            let url = self.id_of(&url);
            if self.0.ctx.site.owns(&url) && !named.contains(&url) {
                named.push(url);
            }
        }
        named.truncate(limits::get().objects);
        let mut reader = self.0.ctx.store.read().await?;
        let ours = |account: &Account| account.local && account.kind != AccountKind::Application;
        let accounts = reader.accounts_by_uri(&named).await?;
        let first = named.iter().find_map(|uri| accounts.iter().find(|a| a.uri == *uri && ours(a)));
        let mut target = first.map(|account| account.id);
        if target.is_none() {
            for uri in &named {
                let status = reader.status_by_uri(uri).await?.filter(|status| status.local);
                target = target.or(status.map(|status| status.account_id));
            }
        }
        drop(reader);
        let Some(target) = target else { return Ok(Meaning::Now(Received::Noted)) };
        Ok(Meaning::Now(Received::Report { uri: activity.id.to_string(), target, statuses: named, comment }))
    }

    /// The id that stands for a page of ours; of anything else, itself.
    fn id_of(&self, url: &Url) -> String {
        let site = &self.0.ctx.site;
        let page = url.as_str().strip_prefix(&site.base).and_then(|path| path.strip_prefix("/@"));
        let Some(page) = page else { return url.to_string() };
        match page.split_once('/') {
            None => site.actor(page),
            Some((name, id)) => match id.parse() {
                Ok(id) => site.status(name, id),
                Err(_) => url.to_string(),
            },
        }
    }
}

/// The addresses in a text.
fn addresses_in(text: &str) -> impl Iterator<Item = Url> {
    let odd = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | ',');
    let words = text.split(odd).filter(|word| word.starts_with("http"));
    words
        .filter_map(|word| http_url(word.trim_end_matches(['.', ';', ':', '!', '?'])))
        .take(limits::get().objects)
}
