//! Quotes: posts that show another one, with leave of its author
//! (<https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md>).

use tintype_model::{AccountId, NotificationId, Page, StatusId, Visibility, interaction::Leave, text};
use tintype_store::{
    Reader, Tx,
    accounts::Account,
    notifications::NotificationKind,
    quotes::{Quote, QuoteState},
    statuses::Status,
};

use crate::{
    Ctx, Error, Hint, Outgoing, Result, outgoing, policies, statuses,
    views::{self, StatusView},
};

/// People here who are told that what they quote was edited: those who quoted it last.
const QUOTERS: i64 = 500;

/// What a new post quotes.
#[derive(Debug, Clone)]
pub(crate) struct Quoting {
    quoted: Status,
    author: Account,
    /// The request to the author, if they are elsewhere.
    request_uri: Option<String>,
    /// What allows it, if the author is here.
    approval_uri: Option<String>,
}

/// One page of what quotes a status.
pub async fn list(ctx: &Ctx, who: AccountId, id: StatusId, page: &Page) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let quoted = statuses::visible_original(&mut reader, Some(who), id).await?;
    let rows = reader.quotes_of(Some(who), quoted.id, page).await?;
    views::statuses(ctx, &mut reader, Some(who), rows).await
}

/// Takes the leave to quote one's own post back; answers with the post that quoted it.
pub async fn revoke(ctx: &Ctx, who: AccountId, id: StatusId, quoting: StatusId) -> Result<StatusView> {
    let mut reader = ctx.store.read().await?;
    let quoted = statuses::visible_original(&mut reader, Some(who), id).await?;
    if quoted.account_id != who {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    reader.visible_status(Some(who), quoting).await?.ok_or(Error::NotFound)?;
    drop(reader);
    let mut tx = ctx.store.begin().await?;
    let quoting = tx.lock_status(quoting).await?.ok_or(Error::NotFound)?;
    let row = tx.read().quote(quoting.id).await?.filter(|q| q.quoted_status_id == Some(quoted.id));
    let row = row.ok_or(Error::NotFound)?;
    let mut hints = Vec::new();
    if row.state == QuoteState::Accepted {
        settle(ctx, &mut tx, &quoting, &row, QuoteState::Revoked, None, &mut hints).await?;
        if let Some(approval) = row.approval_uri {
            let news = Outgoing::QuoteRevoked {
                activity: ctx.ids.next(),
                account: who,
                uri: approval,
                quoted: quoted.id,
                quoter: quoting.account_id,
            };
            outgoing::enqueue(ctx, &mut tx, &news).await?;
        }
        let kind = NotificationKind::Quote;
        tx.retract_notification(who, kind, quoting.account_id, Some(quoting.id)).await?;
    }
    tx.commit().await?;
    for hint in hints {
        ctx.events.hint(hint);
    }
    statuses::get(ctx, Some(who), quoting.id).await
}

/// Looks at what a new post is to quote, and makes the post fit: it reaches no further than what it quotes, links to it, and
/// addresses its author.
pub(crate) async fn quoting(
    ctx: &Ctx,
    quoted: Option<StatusId>,
    status: &mut Status,
    mentions: &mut Vec<(AccountId, bool)>,
) -> Result<Option<Quoting>> {
    let Some(quoted) = quoted else { return Ok(None) };
    let who = status.account_id;
    let mut reader = ctx.store.read().await?;
    let quoted = statuses::visible_original(&mut reader, Some(who), quoted).await?;
    let me = reader.account(who).await?.ok_or(Error::NotFound)?;
    let author = reader.account(quoted.account_id).await?.ok_or(Error::NotFound)?;
    if policies::quotable(&mut reader, &quoted, &me).await? == Leave::Denied {
        return Err(Error::invalid("Quoted post can't be quoted"));
    }
    drop(reader);
    if quoted.visibility == Visibility::Private && status.visibility.is_open() {
        status.visibility = Visibility::Private;
    }
    if author.id != who && !mentions.iter().any(|(id, _)| *id == author.id) {
        // Who is quoted in private is told nothing behind their back, and nobody else's words are sent to them either.
        if status.visibility == Visibility::Direct {
            return Err(Error::invalid("A direct post has to mention whom it quotes"));
        }
        mentions.push((author.id, true));
    }
    status.content = linked(std::mem::take(&mut status.content), &status.text, &quoted.url, &quoted.uri);
    let request_uri = (!author.local).then(|| ctx.site.activity(&me.username, ctx.ids.next()));
    let approval_uri =
        (author.local && author.id != who).then(|| ctx.site.quote_authorization(&author.username, status.id));
    Ok(Some(Quoting { quoted, author, request_uri, approval_uri }))
}

/// Writes what a new post quotes, and asks for leave, or tells that it was given.
pub(crate) async fn begin(
    ctx: &Ctx,
    tx: &mut Tx,
    status: &Status,
    quoting: Quoting,
    hints: &mut Vec<Hint>,
) -> Result<()> {
    let Quoting { quoted, author, request_uri, approval_uri } = quoting;
    let row = Quote {
        status_id: status.id,
        quoted_status_id: Some(quoted.id),
        quoted_uri: quoted.uri,
        state: if author.local { QuoteState::Accepted } else { QuoteState::Pending },
        request_uri: request_uri.clone(),
        approval_uri,
        created_at: ctx.now(),
    };
    tx.insert_quote(&row).await?;
    if author.local {
        let kind = NotificationKind::Quote;
        statuses::notify(ctx, tx, author.id, kind, status.account_id, Some(status.id), hints).await?;
        tx.count_status(quoted.id, 0, 0, 0).await?;
        hints.push(Hint::Changed(quoted.id));
    } else if let Some(uri) = request_uri {
        outgoing::enqueue(ctx, tx, &Outgoing::QuoteRequested { status: status.id, uri }).await?;
    }
    Ok(())
}

/// HTML with a link to what is quoted before it, for those who don't know quotes, unless the text has one. Who knows quotes
/// leaves the paragraph out by its class.
fn linked(html: String, source: &str, url: &str, uri: &str) -> String {
    if source.contains(url) || source.contains(uri) {
        return html;
    }
    let url = text::escape(url);
    format!("<p class=\"quote-inline\">RE: <a href=\"{url}\">{url}</a></p>{html}")
}

/// [`linked`], for a new version of a post.
pub(crate) async fn relinked(
    reader: &mut Reader<'_>,
    status: StatusId,
    html: String,
    source: &str,
) -> Result<String> {
    let Some(quote) = reader.quote(status).await? else { return Ok(html) };
    let quoted = match quote.quoted_status_id {
        Some(id) => reader.status(id).await?,
        None => None,
    };
    let url = quoted.map_or_else(|| quote.quoted_uri.clone(), |quoted| quoted.url);
    Ok(linked(html, source, &url, &quote.quoted_uri))
}

/// Gives a quote another state, and tells those who hold the quoting post, if it is ours.
pub(crate) async fn settle(
    ctx: &Ctx,
    tx: &mut Tx,
    quoting: &Status,
    row: &Quote,
    state: QuoteState,
    approval: Option<&str>,
    hints: &mut Vec<Hint>,
) -> Result<()> {
    if !tx.settle_quote(quoting.id, row.quoted_status_id, state, approval).await? {
        return Ok(());
    }
    hints.push(Hint::Changed(quoting.id));
    hints.extend(row.quoted_status_id.map(Hint::Changed));
    if quoting.local {
        let news =
            Outgoing::Changed { activity: ctx.ids.next(), status: quoting.id, uri: quoting.uri.clone() };
        outgoing::enqueue(ctx, tx, &news).await?;
    }
    Ok(())
}

/// Tells the people here who quote a status of its edit.
pub(crate) async fn tell_quoters(ctx: &Ctx, tx: &mut Tx, was: &Status, hints: &mut Vec<Hint>) -> Result<()> {
    let kind = NotificationKind::QuotedUpdate;
    for (who, with) in tx.read().local_quoters(was.id, QUOTERS).await? {
        // The news of the last edit is old news now.
        tx.retract_notifications_about(with, kind, was.account_id).await?;
        if who != was.account_id && tx.read().may_notify(who, was.account_id, Some(with)).await? {
            let id: NotificationId = ctx.ids.next();
            let told = tx.insert_notifications(&[id], &[who], kind, was.account_id, with, ctx.now()).await?;
            hints.extend(told.into_iter().map(|(account, id)| Hint::Notified(account, id)));
        }
    }
    Ok(())
}
