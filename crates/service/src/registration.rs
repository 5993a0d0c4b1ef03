//! How people come to the instance: what a new account must look like, and making it.

use tintype_model::{
    AccountId, Millis, Page, Role, Visibility,
    handle::{BadUsername, canonical_domain, check_username},
};
use tintype_store::{Tx, accounts::Account, users::User};

use crate::{
    Ctx, Error, Hint, Registrations, Result, keys,
    paged::Paged,
    passwords,
    views::{self, AccountView},
};

/// Characters of the reason to join.
const REASON: usize = 2000;
/// Why the account of somebody who waits to be let in is hidden.
const WAITING: &str = "waiting";

/// What a new person says of themselves.
#[derive(Debug, Clone, Default)]
pub struct NewPerson {
    pub username: String,
    pub email: String,
    pub password: String,
    /// Why they want to join; for the people who let them in.
    pub reason: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Whether they agree to the rules.
    pub agreement: bool,
}

/// Somebody who waits to be let in.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingView {
    pub account: AccountView,
    pub email: String,
    /// What they wrote when they asked to join.
    pub reason: Option<String>,
    pub created_at: Millis,
}

/// Registers somebody who asks for it: a member, free to sign in at once, or when somebody has approved it.
///
/// Errors: `Forbidden` while registrations are closed; `Invalid` with the field and Mastodon's code.
pub async fn register(ctx: &Ctx, person: NewPerson) -> Result<AccountId> {
    if ctx.policy.registrations == Registrations::Closed {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    if !person.agreement {
        return Err(Error::field("agreement", "ERR_ACCEPTED", "Service agreement must be accepted"));
    }
    if person.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON) {
        let text = format!("Reason is too long (maximum is {REASON} characters)");
        return Err(Error::field("reason", "ERR_TOO_LONG", text));
    }
    enter(ctx, person, Role::Member, ctx.policy.registrations == Registrations::Open).await
}

/// One page of those who wait to be let in, the newest first.
pub async fn pending(ctx: &Ctx, page: &Page) -> Result<Paged<PendingView>> {
    let mut reader = ctx.store.read().await?;
    let users = reader.pending_users(page).await?;
    let rows: Vec<(i64, AccountId)> = users.iter().map(|u| (u.account_id.0, u.account_id)).collect();
    let ids: Vec<AccountId> = rows.iter().map(|row| row.1).collect();
    let views = views::accounts(ctx, &mut reader, &ids).await?;
    let items = users
        .into_iter()
        .filter_map(|user| {
            let account = views.iter().find(|view| view.id == user.account_id)?.clone();
            Some(PendingView { account, email: user.email, reason: user.reason, created_at: user.created_at })
        })
        .collect();
    Ok(Paged::new(items, &rows))
}

/// Lets somebody in. One who is in already is fine. `NotFound` for accounts that are no person's here.
pub async fn approve(ctx: &Ctx, account: AccountId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.read().user(account).await?.ok_or(Error::NotFound)?;
    if tx.set_approved(account).await? {
        // Who was suspended for something else meanwhile stays so.
        tx.end_suspension_by(account, WAITING).await?;
    }
    tx.commit().await?;
    ctx.events.hint(Hint::Account(account));
    Ok(())
}

/// Turns somebody away who waits to be let in: the account was never used, and its name and address become free.
///
/// Errors: `NotFound` when there is no such person; `Invalid` when they are in already.
pub async fn reject(ctx: &Ctx, account: AccountId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    let user = tx.read().user(account).await?.ok_or(Error::NotFound)?;
    if user.approved {
        return Err(Error::invalid("The account has been approved already; suspend or delete it instead"));
    }
    tx.delete_user(account).await?;
    tx.remove_account(account).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes an account for somebody, whatever the registrations' mode: the command line's way.
pub async fn create(ctx: &Ctx, person: NewPerson, role: Role) -> Result<AccountView> {
    let id = admit(ctx, person, role).await?;
    crate::accounts::get(ctx, id).await
}

/// Makes an account with a role, in a transaction of its own.
pub(crate) async fn admit(ctx: &Ctx, person: NewPerson, role: Role) -> Result<AccountId> {
    enter(ctx, person, role, true).await
}

async fn enter(ctx: &Ctx, person: NewPerson, role: Role, approved: bool) -> Result<AccountId> {
    let newcomer = Newcomer::prepare(ctx, person, role, approved).await?;
    let mut tx = ctx.store.begin().await?;
    let id = newcomer.insert(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// A checked person with everything that takes time (the key, the hash) made already.
pub(crate) struct Newcomer {
    account: Account,
    user: User,
    private_key: String,
}

impl Newcomer {
    /// Checks the person and makes the rows, before any transaction.
    pub(crate) async fn prepare(ctx: &Ctx, person: NewPerson, role: Role, approved: bool) -> Result<Self> {
        let username = person.username.trim().to_owned();
        username_fits(&username)?;
        let email = canonical_email(&person.email)?;
        let email_key = email.to_lowercase();
        passwords::check(ctx, &person.password)?;
        {
            // The constraints decide in the end; this spares the work for what is plainly taken.
            let mut reader = ctx.store.read().await?;
            if reader.account_by_key(&username.to_lowercase()).await?.is_some() {
                return Err(username_taken());
            }
            if reader.user_by_email(&email_key).await?.is_some() {
                return Err(email_taken());
            }
        }
        let password_hash = passwords::hash(ctx, &person.password).await?;
        let (private_key, public_key) = {
            // A key costs even more than a hash; many at once would take every core.
            let _slot = ctx.passwords.slots.acquire().await.map_err(|_| Error::Unavailable)?;
            keys::generate().await?
        };
        let (id, now) = (ctx.ids.next(), ctx.now());
        let account = local_account(ctx, id, &username, public_key);
        let user = User {
            account_id: id,
            email,
            email_key,
            password_hash,
            role,
            // There is no mail yet to confirm an address with.
            confirmed_at: Some(now),
            approved,
            disabled: false,
            locale: person.locale.as_deref().filter(|l| is_language(l)).unwrap_or("en").to_owned(),
            default_visibility: Visibility::Public,
            default_sensitive: false,
            default_language: None,
            reason: person.reason.map(|r| r.replace('\0', "").trim().to_owned()).filter(|r| !r.is_empty()),
            created_at: now,
            last_active_at: now,
        };
        Ok(Self { account, user, private_key })
    }

    /// Writes the rows. On an error the transaction must be dropped.
    pub(crate) async fn insert(self, tx: &mut Tx) -> Result<AccountId> {
        let Newcomer { account, user, private_key } = self;
        if !tx.insert_account(&account).await? {
            return Err(username_taken());
        }
        if !tx.insert_user(&user).await? {
            return Err(email_taken());
        }
        tx.insert_private_key(account.id, &private_key, account.created_at).await?;
        if !user.approved {
            tx.set_suspended(account.id, Some(account.created_at), WAITING).await?;
        }
        Ok(account.id)
    }
}

fn local_account(ctx: &Ctx, id: AccountId, username: &str, public_key: String) -> Account {
    let site = &ctx.site;
    let uri = site.actor(username);
    Account {
        username: username.to_owned(),
        acct_key: username.to_lowercase(),
        url: site.profile_page(username),
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(site.shared_inbox()),
        outbox_url: Some(format!("{uri}/outbox")),
        followers_url: Some(format!("{uri}/followers")),
        following_url: Some(format!("{uri}/following")),
        featured_url: Some(format!("{uri}/collections/featured")),
        public_key_id: Some(site.key_of(&uri)),
        public_key_pem: Some(public_key),
        ..keys::blank(id, uri.clone(), ctx.now())
    }
}

fn username_fits(name: &str) -> Result<()> {
    let Err(bad) = check_username(name) else { return Ok(()) };
    let code = match bad {
        BadUsername::Length if name.is_empty() => {
            return Err(Error::field("username", "ERR_BLANK", "Username can't be blank"));
        }
        BadUsername::Length => "ERR_TOO_LONG",
        BadUsername::Characters => "ERR_INVALID",
        BadUsername::Reserved => "ERR_RESERVED",
    };
    Err(Error::field("username", code, format!("Username {bad}")))
}

fn username_taken() -> Error {
    Error::field("username", "ERR_TAKEN", "Username has already been taken")
}

fn email_taken() -> Error {
    Error::field("email", "ERR_TAKEN", "E-mail address has already been taken")
}

/// An address as it is kept: its domain in ASCII and lower case. The grammar is narrower than RFC 5321's, so that no
/// mail software reads an address as a route or as several (`%`, `!`, commas, quotes).
fn canonical_email(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field("email", "ERR_BLANK", "E-mail address can't be blank"));
    }
    let invalid = || Error::field("email", "ERR_INVALID", "E-mail address is invalid");
    let (local, domain) = text.split_once('@').ok_or_else(invalid)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let local_fits = (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let domain = canonical_domain(domain).filter(|d| is_mail_domain(d)).ok_or_else(invalid)?;
    if local_fits && local.len() + domain.len() < 254 {
        Ok(format!("{local}@{domain}"))
    } else {
        Err(invalid())
    }
}

/// A host name of two labels or more whose last one isn't a number.
fn is_mail_domain(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    domain.contains('.')
        && domain.split('.').all(label)
        && domain.rsplit('.').next().is_some_and(|last| last.bytes().any(|b| b.is_ascii_alphabetic()))
}

/// Whether a text looks like a BCP 47 tag.
pub(crate) fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len())
        && text
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && text.bytes().take(2).all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Invalid,
        given::{instance, member, newcomer},
    };

    #[test]
    fn addresses_are_strict() {
        for (text, kept) in [
            ("alice@mail.example", "alice@mail.example"),
            (" Alice.B+x@Mail.Example ", "Alice.B+x@mail.example"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
        ] {
            assert_eq!(canonical_email(text).unwrap(), kept, "{text}");
        }
        let long = format!("{}@mail.example", "x".repeat(65));
        for bad in [
            "",
            "alice",
            "@mail.example",
            "alice@",
            "alice@localhost",
            "alice@127.0.0.1",
            "alice@[::1]",
            "a@b@c.example",
            "a%b@mail.example",
            "a,b@mail.example",
            "\"a\"@mail.example",
            "a b@mail.example",
            ".a@mail.example",
            "a..b@mail.example",
            "a@mail.example:25",
            "a@mail..example",
            "a\r\nBcc:x@mail.example",
            "ä@mail.example",
            &long,
        ] {
            assert!(canonical_email(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_with_its_code() {
        let (ctx, _dir) = instance().await;
        member(&ctx, "alice").await;
        let with = |change: fn(&mut NewPerson)| {
            let mut person = newcomer("bob");
            change(&mut person);
            person
        };
        for (person, field, code) in [
            (with(|p| p.username = "ALICE".into()), "username", "ERR_TAKEN"),
            (with(|p| p.username = String::new()), "username", "ERR_BLANK"),
            (with(|p| p.username = "a b".into()), "username", "ERR_INVALID"),
            (with(|p| p.username = "x".repeat(31)), "username", "ERR_TOO_LONG"),
            (with(|p| p.username = "Admin".into()), "username", "ERR_RESERVED"),
            (with(|p| p.email = "Alice@Mail.Example".into()), "email", "ERR_TAKEN"),
            (with(|p| p.email = String::new()), "email", "ERR_BLANK"),
            (with(|p| p.email = "nobody".into()), "email", "ERR_INVALID"),
            (with(|p| p.password = String::new()), "password", "ERR_BLANK"),
            (with(|p| p.password = "short".into()), "password", "ERR_TOO_SHORT"),
            (with(|p| p.password = "x".repeat(1_000_000)), "password", "ERR_TOO_LONG"),
            (with(|p| p.agreement = false), "agreement", "ERR_ACCEPTED"),
        ] {
            let refused = register(&ctx, person).await.unwrap_err();
            let Error::Invalid(Invalid { field: f, code: c, .. }) = refused else {
                panic!("{code}: {refused}")
            };
            assert_eq!((f, c), (Some(field), Some(code)));
        }
    }

    #[tokio::test]
    async fn an_account_has_its_addresses_and_its_key() {
        let (ctx, _dir) = instance().await;
        let id = register(&ctx, newcomer("Alice")).await.unwrap();
        let mut reader = ctx.store.read().await.unwrap();
        let account = reader.account(id).await.unwrap().unwrap();
        assert_eq!(account.acct_key, "alice");
        assert_eq!(account.uri, "https://photos.example/users/Alice");
        assert_eq!(account.inbox_url, "https://photos.example/users/Alice/inbox");
        assert_eq!(account.shared_inbox_url.as_deref(), Some("https://photos.example/inbox"));
        assert_eq!(account.public_key_id.as_deref(), Some("https://photos.example/users/Alice#main-key"));
        assert!(reader.private_key(id).await.unwrap().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert!(reader.user(id).await.unwrap().unwrap().password_hash.starts_with("$argon2id$"));
    }

    #[tokio::test]
    async fn one_name_goes_to_one_of_two() {
        let (ctx, _dir) = instance().await;
        let ask = |email: &'static str| {
            let ctx = ctx.clone();
            let person = NewPerson { email: email.to_owned(), ..newcomer("alice") };
            tokio::spawn(async move { register(&ctx, person).await })
        };
        let (one, other) = futures::join!(ask("a@mail.example"), ask("b@mail.example"));
        assert_eq!([one, other].into_iter().filter(|r| r.as_ref().unwrap().is_ok()).count(), 1);
    }

    #[tokio::test]
    async fn who_asks_to_join_waits_for_an_answer() {
        use crate::{Policy, follows, moderation, oauth, sessions};
        const PENDING: &str = "Your login is currently pending approval";
        let (ctx, _dir) = instance().await;
        let policy = Policy { registrations: Registrations::Approval, ..Policy::default() };
        let ctx = Ctx { policy: std::sync::Arc::new(policy), ..ctx };
        let olga = member(&ctx, "olga").await;
        let ask = |name: &str| NewPerson { reason: Some(" film ".to_owned()), ..newcomer(name) };
        let (anna, ben) =
            (register(&ctx, ask("anna")).await.unwrap(), register(&ctx, ask("ben")).await.unwrap());
        for nowhere in [
            follows::follow(&ctx, olga, ben, follows::FollowOptions::default()).await.err(),
            crate::accounts::get(&ctx, ben).await.err(),
            crate::accounts::lookup(&ctx, &"ben".parse().unwrap()).await.err(),
            crate::blocks::block(&ctx, olga, ben).await.err(),
            crate::mutes::mute(&ctx, olga, ben, crate::mutes::MuteOptions::default()).await.err(),
            follows::note(&ctx, olga, ben, "x").await.err(),
        ] {
            assert!(matches!(nowhere, Some(Error::NotFound)), "{nowhere:?}");
        }
        let actor = keys::ensure_instance_actor(&ctx).await.unwrap().id;
        let shown = crate::accounts::list(&ctx, &[ben, olga, actor, AccountId(5), anna]).await.unwrap();
        assert_eq!(shown.iter().map(|view| view.id).collect::<Vec<_>>(), [olga]);
        let around = follows::relationships(&ctx, olga, &[ben, olga, anna]).await.unwrap();
        assert_eq!(around.iter().map(|view| view.id).collect::<Vec<_>>(), [olga]);
        assert!(matches!(moderation::unsuspend(&ctx, anna).await, Err(Error::Forbidden(_))));
        let token = oauth::issue(&ctx, anna, "read".parse().unwrap(), "test").await.unwrap();
        let attempt = sessions::Attempt {
            name: "anna".to_owned(),
            password: "correct horse".to_owned(),
            ..sessions::Attempt::default()
        };
        let refusals = [
            sessions::sign_in(&ctx, attempt).await.err(),
            sessions::start(&ctx, anna, "").await.err(),
            oauth::authenticate(&ctx, &token).await.err(),
        ];
        for refused in refusals {
            assert!(matches!(refused, Some(Error::Forbidden(PENDING))), "{refused:?}");
        }
        let waiting = pending(&ctx, &Page::newest(40)).await.unwrap().items;
        let named: Vec<_> = waiting.iter().map(|p| (p.account.id, p.reason.as_deref())).collect();
        assert_eq!(named, [(ben, Some("film")), (anna, Some("film"))]);

        for _ in 0..2 {
            approve(&ctx, anna).await.unwrap();
        }
        assert!(oauth::authenticate(&ctx, &token).await.is_ok());
        follows::follow(&ctx, olga, anna, follows::FollowOptions::default()).await.unwrap();
        assert!(matches!(reject(&ctx, anna).await, Err(Error::Invalid(_))), "in already");
        moderation::suspend(&ctx, ben).await.unwrap();
        let cleo = register(&ctx, ask("cleo")).await.unwrap();
        moderation::suspend(&ctx, cleo).await.unwrap();
        approve(&ctx, cleo).await.unwrap();
        assert!(crate::accounts::get(&ctx, cleo).await.unwrap().suspended, "for another reason by then");
        moderation::unsuspend(&ctx, cleo).await.unwrap();
        assert!(!crate::accounts::get(&ctx, cleo).await.unwrap().suspended);
        reject(&ctx, ben).await.unwrap();
        assert!(matches!(reject(&ctx, ben).await, Err(Error::NotFound)));
        assert!(pending(&ctx, &Page::newest(40)).await.unwrap().items.is_empty());
        register(&ctx, ask("ben")).await.expect("the name is free again");
        let long = NewPerson { reason: Some("x".repeat(2001)), ..newcomer("dora") };
        assert!(matches!(register(&ctx, long).await, Err(Error::Invalid(_))));
    }
}
