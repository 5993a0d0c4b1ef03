//! What a page of statuses shows of quotes: what each one quotes, how often it is quoted, and who may. Read in a constant
//! number of queries, and under the visibility rule like everything else.

use std::collections::{HashMap, HashSet};

use tintype_model::{
    AccountId, Interaction, Policy, StatusId, Visibility,
    interaction::{self, Asker, Leave, Rule},
};
use tintype_store::{
    Reader,
    blocks::Standing,
    follows::{Follow, FollowState},
    quotes::{Quote, QuoteState},
    statuses::Status,
};

use crate::{Result, policies, views::StatusView};

/// What a status quotes, as one viewer sees it (<https://docs.joinmastodon.org/entities/Quote/>).
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteView {
    /// Mastodon's word: `accepted`, `pending`, `deleted` …
    pub state: &'static str,
    /// What is quoted, if the viewer is shown that.
    pub quoted: Option<Quoted>,
    /// Whether only its id is told: quotes in quotes end there.
    pub shallow: bool,
}

/// Something quoted.
#[derive(Debug, Clone, PartialEq)]
pub enum Quoted {
    Status(Box<StatusView>),
    Id(StatusId),
}

/// Who may quote a status (<https://docs.joinmastodon.org/entities/QuoteApproval/>).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuoteApprovalView {
    pub automatic: Vec<&'static str>,
    pub manual: Vec<&'static str>,
    /// `automatic`, `manual`, `denied`, `unknown`.
    pub current_user: &'static str,
}

/// Makes the view of a status that is quoted.
type Show<'a> = &'a dyn Fn(&Status) -> Option<StatusView>;

/// What was read of quotes for a page.
#[derive(Debug, Default)]
pub(crate) struct Quotes {
    viewer: Option<AccountId>,
    viewer_uri: Option<String>,
    by_status: HashMap<StatusId, Quote>,
    /// What is quoted by what is on the page, as far as the viewer may see it.
    rows: HashMap<StatusId, Status>,
    /// What is quoted by that: who wrote it.
    below: HashMap<StatusId, AccountId>,
    standings: HashMap<AccountId, Standing>,
    counts: HashMap<StatusId, i64>,
    policies: HashMap<StatusId, Policy>,
    follows: Vec<Follow>,
}

impl Quotes {
    /// Reads what is quoted by the statuses of a page, none of them boosts.
    pub async fn read(
        reader: &mut Reader<'_>,
        viewer: Option<AccountId>,
        page: &[(StatusId, AccountId)],
    ) -> Result<Self> {
        let mut all: Vec<(StatusId, AccountId)> = page.to_vec();
        let ids: Vec<StatusId> = page.iter().map(|(id, _)| *id).collect();
        let mut quotes = Self { viewer, ..Self::default() };
        quotes.add(reader.quotes_among(&ids).await?);
        quotes.rows = visible(reader, viewer, quotes.by_status.values()).await?;
        if !quotes.rows.is_empty() {
            let quoted: Vec<StatusId> = quotes.rows.keys().copied().collect();
            let inner = reader.quotes_among(&quoted).await?;
            let below = visible(reader, viewer, inner.iter()).await?;
            quotes.add(inner);
            quotes.below = below.into_iter().map(|(id, row)| (id, row.account_id)).collect();
            all.extend(quotes.rows.values().map(|row| (row.id, row.account_id)));
        }
        let ids: Vec<StatusId> = all.iter().map(|(id, _)| *id).collect();
        quotes.counts = reader.quote_counts(&ids).await?.into_iter().collect();
        quotes.policies = policies::among(reader, &ids).await?;
        if let Some(viewer) = viewer {
            let quoted = quotes.rows.values().map(|row| row.account_id).chain(quotes.below.values().copied());
            let quoted: Vec<AccountId> = quoted.collect::<HashSet<_>>().into_iter().collect();
            if !quoted.is_empty() {
                let standings = reader.standings(viewer, &quoted).await?;
                quotes.standings = standings.into_iter().map(|s| (s.other, s)).collect();
            }
            if !quotes.policies.is_empty() {
                let authors: HashSet<AccountId> = all.iter().map(|(_, author)| *author).collect();
                let authors: Vec<AccountId> = authors.into_iter().collect();
                quotes.follows = reader.follows_around(viewer, &authors).await?;
                quotes.viewer_uri = reader.account(viewer).await?.map(|account| account.uri);
            }
        }
        Ok(quotes)
    }

    fn add(&mut self, quotes: Vec<Quote>) {
        self.by_status.extend(quotes.into_iter().map(|quote| (quote.status_id, quote)));
    }

    /// What is quoted: rows that are shown besides the page's own.
    pub fn rows(&self) -> impl Iterator<Item = &Status> {
        self.rows.values()
    }

    /// What a status quotes. `show` makes the view of something quoted; without it only its id is told.
    pub fn of(&self, id: StatusId, show: Option<Show<'_>>) -> Option<QuoteView> {
        let quote = self.by_status.get(&id)?;
        let shallow = show.is_none();
        let said = |state| Some(QuoteView { state, quoted: None, shallow });
        match (quote.state, quote.quoted_status_id) {
            (QuoteState::Accepted, None) => said("deleted"),
            (QuoteState::Accepted, Some(quoted)) => {
                let row = self.rows.get(&quoted);
                let author = row.map(|row| row.account_id).or_else(|| self.below.get(&quoted).copied());
                let Some(author) = author else { return said("unauthorized") };
                let quoted = match (show, row) {
                    (None, _) => Some(Quoted::Id(quoted)),
                    (Some(show), Some(row)) => show(row).map(|view| Quoted::Status(Box::new(view))),
                    (Some(_), None) => None,
                };
                match quoted {
                    Some(quoted) => {
                        Some(QuoteView { state: self.stance(author), quoted: Some(quoted), shallow })
                    }
                    None => said("unauthorized"),
                }
            }
            (state, _) => said(state.as_str()),
        }
    }

    /// How the viewer stands to somebody who is quoted.
    fn stance(&self, author: AccountId) -> &'static str {
        match self.standings.get(&author) {
            Some(standing) if standing.blocking => "blocked_account",
            Some(standing) if standing.domain_blocking => "blocked_domain",
            Some(standing) if standing.muting => "muted_account",
            _ => "accepted",
        }
    }

    /// How often a status is quoted.
    pub fn count(&self, id: StatusId) -> i64 {
        self.counts.get(&id).copied().unwrap_or_default()
    }

    /// Who may quote a status of `author_uri`.
    pub fn approval(&self, status: &Status, author_uri: &str) -> QuoteApprovalView {
        let rule = self.policies.get(&status.id).and_then(|policy| policy.rule(Interaction::Quote));
        let words = |list: fn(&Rule) -> &Vec<String>| match rule.map(list) {
            Some(list) => words(list, author_uri),
            None => Vec::new(),
        };
        let (automatic, manual) = (words(|rule| &rule.automatic), words(|rule| &rule.manual));
        let unsupported = [&automatic, &manual].iter().any(|list| list.contains(&"unsupported_policy"));
        QuoteApprovalView { current_user: self.current(status, unsupported), automatic, manual }
    }

    fn current(&self, status: &Status, unsupported: bool) -> &'static str {
        let Some(viewer) = self.viewer.filter(|_| status.visibility != Visibility::Direct) else {
            return "denied";
        };
        let author = viewer == status.account_id;
        if !author && !status.visibility.is_open() {
            return "denied";
        }
        let between = |follower: AccountId, target: AccountId| {
            self.follows.iter().any(|f| {
                f.follower_id == follower && f.target_id == target && f.state == FollowState::Accepted
            })
        };
        let asker = Asker {
            uri: self.viewer_uri.as_deref().unwrap_or_default(),
            author,
            follows: between(viewer, status.account_id),
            followed: between(status.account_id, viewer),
            mentioned: false,
        };
        let policy = self.policies.get(&status.id).cloned().unwrap_or_default();
        match policy.leave(Interaction::Quote, &asker) {
            Leave::Free | Leave::Listed => "automatic",
            Leave::Manual => "manual",
            Leave::Denied if unsupported => "unknown",
            Leave::Denied => "denied",
        }
    }
}

async fn visible<'a>(
    reader: &mut Reader<'_>,
    viewer: Option<AccountId>,
    quotes: impl Iterator<Item = &'a Quote>,
) -> Result<HashMap<StatusId, Status>> {
    let accepted = quotes.filter(|quote| quote.state == QuoteState::Accepted);
    let ids: HashSet<StatusId> = accepted.filter_map(|quote| quote.quoted_status_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<StatusId> = ids.into_iter().collect();
    let rows = reader.visible_statuses(viewer, &ids).await?;
    Ok(rows.into_iter().filter(|row| row.reblog_of_id.is_none()).map(|row| (row.id, row)).collect())
}

fn words(list: &[String], author_uri: &str) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = [interaction::PUBLIC, interaction::FOLLOWERS, interaction::FOLLOWING]
        .into_iter()
        .filter(|word| list.iter().any(|entry| entry == word))
        .collect();
    if Rule::names_others(list, author_uri) {
        words.push("unsupported_policy");
    }
    words
}
