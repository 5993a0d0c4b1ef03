//! Pictures: uploading, describing and serving them, our own and our copies of others'; and others' films and sounds.

use bytes::Bytes;
use tintype_media::{FileKey, Picture};
use tintype_model::{AccountId, MediaId};
use tintype_store::{Reader, accounts::Account, media::Media};

use crate::{
    Ctx, Error, Resolver, Result,
    views::{self, MediaView},
};

/// A file as it is served.
#[derive(Debug, Clone)]
pub struct ServedFile {
    pub bytes: Bytes,
    /// By what the file is, as [`FileKey::content_type`] has it.
    pub content_type: &'static str,
}

/// Takes an uploaded picture in: cleaned, scaled, stored, and free to be posted (`POST /api/v2/media`).
pub async fn upload(
    ctx: &Ctx,
    who: AccountId,
    file: Bytes,
    description: Option<String>,
    focus: Option<(f64, f64)>,
) -> Result<MediaView> {
    check_description(ctx, description.as_deref())?;
    check_focus(focus)?;
    let description = description.filter(|d| !d.is_empty());
    let picture = ctx.studio.picture(file).await?;
    let mut row = Media {
        id: ctx.ids.next(),
        account_id: who,
        status_id: None,
        position: 0,
        kind: "image".to_owned(),
        file_key: None,
        small_key: None,
        content_type: String::new(),
        remote_url: None,
        width: None,
        height: None,
        small_width: None,
        small_height: None,
        blurhash: None,
        description,
        focus_x: focus.map(|f| f.0),
        focus_y: focus.map(|f| f.1),
        created_at: ctx.now(),
    };
    keep(ctx, &mut row, picture).await?;
    let mut tx = ctx.store.begin().await?;
    tx.insert_media(&row).await?;
    tx.commit().await?;
    Ok(views::media_view(ctx, row))
}

/// One's own picture that isn't posted yet.
pub async fn get(ctx: &Ctx, who: AccountId, id: MediaId) -> Result<MediaView> {
    let row = ctx.store.read().await?.media(id).await?;
    let row = row.filter(|m| m.account_id == who && m.status_id.is_none()).ok_or(Error::NotFound)?;
    Ok(views::media_view(ctx, row))
}

/// Changes alt text (an empty one: none) and focal point of one's own picture that isn't posted yet; `None`: stays.
pub async fn describe(
    ctx: &Ctx,
    who: AccountId,
    id: MediaId,
    description: Option<String>,
    focus: Option<(f64, f64)>,
) -> Result<MediaView> {
    check_description(ctx, description.as_deref())?;
    check_focus(focus)?;
    let mut tx = ctx.store.begin().await?;
    let row = tx.read().media(id).await?.filter(|m| m.account_id == who && m.status_id.is_none());
    row.ok_or(Error::NotFound)?;
    let description = description.as_ref().map(|d| Some(d.as_str()).filter(|d| !d.is_empty()));
    tx.describe_media(who, id, description, focus).await?;
    tx.commit().await?;
    get(ctx, who, id).await
}

/// One of our files, by the name in its URL.
pub async fn file(ctx: &Ctx, key: &str) -> Result<ServedFile> {
    let key = FileKey::parse(key)?;
    let bytes = ctx.media.get(&key).await?.ok_or(Error::NotFound)?;
    Ok(ServedFile { bytes, content_type: key.content_type() })
}

/// What makes the address of a remote picture's copy impossible to guess: only who may see the post was ever told it.
pub(crate) fn mark(ctx: &Ctx, id: MediaId) -> String {
    let key = ctx.media.key_for(format!("remote picture {id}").as_bytes(), "mark");
    key.as_str().chars().filter(char::is_ascii_hexdigit).take(32).collect()
}

/// A remote picture, film or sound, from our copy; the copy is made when it is first asked for. Without the mark of its address there is
/// no such picture.
pub async fn remote_file(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    id: MediaId,
    shown: &str,
    small: bool,
) -> Result<ServedFile> {
    if !tintype_model::secret::same(shown, &mark(ctx, id)) {
        return Err(Error::NotFound);
    }
    let mut reader = ctx.store.read().await?;
    let row = reader.media(id).await?.ok_or(Error::NotFound)?;
    let url = row.remote_url.clone().ok_or(Error::NotFound)?;
    let owner = reader.account(row.account_id).await?.ok_or(Error::NotFound)?;
    let shown_here = is_shown(&mut reader, &owner).await?;
    drop(reader);
    if !shown_here {
        return Err(Error::NotFound);
    }
    if let Some(served) = copy_of(ctx, &row, small).await? {
        return Ok(served);
    }
    let bytes = resolver.file(&url, ctx.studio.limits().max_bytes).await?;
    let mut row = row;
    if matches!(row.kind.as_str(), "video" | "audio") {
        keep_recording(ctx, &mut row, bytes).await?;
    } else {
        let picture = ctx.studio.picture(bytes).await.map_err(|e| Error::Remote(e.to_string()))?;
        keep(ctx, &mut row, picture).await?;
    }
    let mut tx = ctx.store.begin().await?;
    tx.set_media_file(&row).await?;
    tx.commit().await?;
    copy_of(ctx, &row, small).await?.ok_or(Error::NotFound)
}

/// A picture of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfilePicture {
    /// Square and small.
    Avatar,
    /// As wide as the page.
    Header,
}

/// A picture of a remote account's profile, from our copy.
pub async fn remote_profile_picture(
    ctx: &Ctx,
    resolver: &dyn Resolver,
    id: AccountId,
    which: ProfilePicture,
) -> Result<ServedFile> {
    let mut reader = ctx.store.read().await?;
    let row = reader.account(id).await?.filter(|a| !a.local).ok_or(Error::NotFound)?;
    let shown_here = is_shown(&mut reader, &row).await?;
    drop(reader);
    if !shown_here {
        return Err(Error::NotFound);
    }
    let (url, key) = match which {
        ProfilePicture::Avatar => (row.avatar_remote_url, row.avatar_key),
        ProfilePicture::Header => (row.header_remote_url, row.header_key),
    };
    let url = url.ok_or(Error::NotFound)?;
    if let Some(key) = &key
        && let Ok(served) = file(ctx, key).await
    {
        return Ok(served);
    }
    let bytes = resolver.file(&url, ctx.studio.limits().max_bytes).await?;
    let picture = match which {
        ProfilePicture::Avatar => ctx.studio.avatar(bytes).await,
        ProfilePicture::Header => ctx.studio.picture(bytes).await.map(|picture| picture.original),
    };
    let picture = picture.map_err(|e| Error::Remote(e.to_string()))?;
    let key = ctx.media.key_for(&picture.bytes, picture.extension);
    ctx.media.put(&key, picture.bytes).await?;
    let mut tx = ctx.store.begin().await?;
    match which {
        ProfilePicture::Avatar => tx.set_avatar_file(id, &url, key.as_str()).await?,
        ProfilePicture::Header => tx.set_header_file(id, &url, key.as_str()).await?,
    }
    tx.commit().await?;
    file(ctx, key.as_str()).await
}

/// Removes rows of pictures that were uploaded long ago and never posted, and files that no row names any more. `grace`
/// protects what is being written right now. How many files went.
pub async fn sweep(ctx: &Ctx, grace: std::time::Duration) -> Result<u64> {
    let before = ctx.now().minus(grace);
    let mut tx = ctx.store.begin().await?;
    tx.drop_free_media(before).await?;
    tx.commit().await?;
    let mut gone = 0;
    for folder in 0..=255_u8 {
        let files = ctx.media.list(&format!("{folder:02x}")).await?;
        let old: Vec<FileKey> = files.into_iter().filter(|f| f.modified < before.0).map(|f| f.key).collect();
        for some in old.chunks(200) {
            let names: Vec<String> = some.iter().map(ToString::to_string).collect();
            let known = ctx.store.read().await?.known_files(&names).await?;
            for key in some.iter().filter(|k| !known.iter().any(|n| n == k.as_str())) {
                ctx.media.delete(key).await?;
                gone += 1;
            }
        }
    }
    Ok(gone)
}

/// Whether the pictures of an account of another server are shown here: it is there, and pictures of its server are taken.
async fn is_shown(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    for name in account.domain.clone().into_iter().chain(account.actor_host()) {
        if reader.domain_rule(&name).await?.is_some_and(|rule| rule.reject_media) {
            return Ok(false);
        }
    }
    Ok(account.is_active())
}

async fn copy_of(ctx: &Ctx, row: &Media, small: bool) -> Result<Option<ServedFile>> {
    let key = if small { row.small_key.as_ref().or(row.file_key.as_ref()) } else { row.file_key.as_ref() };
    match key {
        Some(key) => match file(ctx, key).await {
            Ok(served) => Ok(Some(served)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
        None => Ok(None),
    }
}

/// Stores a picture's files and writes what they are into its row.
async fn keep(ctx: &Ctx, row: &mut Media, picture: Picture) -> Result<()> {
    let (large, small) = (picture.original, picture.small);
    let file = ctx.media.key_for(&large.bytes, large.extension);
    let preview = ctx.media.key_for(&small.bytes, small.extension);
    ctx.media.put(&file, large.bytes).await?;
    ctx.media.put(&preview, small.bytes).await?;
    row.file_key = Some(file.to_string());
    row.small_key = Some(preview.to_string());
    large.content_type.clone_into(&mut row.content_type);
    (row.width, row.height) = (Some(large.width.into()), Some(large.height.into()));
    (row.small_width, row.small_height) = (Some(small.width.into()), Some(small.height.into()));
    row.blurhash = Some(picture.blurhash);
    Ok(())
}

/// Stores somebody else's film or sound as it is.
async fn keep_recording(ctx: &Ctx, row: &mut Media, bytes: Bytes) -> Result<()> {
    let extension = tintype_media::recording(&bytes);
    let extension = extension.ok_or_else(|| Error::Remote("neither a film nor a sound".to_owned()))?;
    let file = ctx.media.key_for(&bytes, extension);
    ctx.media.put(&file, bytes).await?;
    file.content_type().clone_into(&mut row.content_type);
    row.file_key = Some(file.to_string());
    Ok(())
}

/// Refuses an alt text over the limit.
pub(crate) fn check_description(ctx: &Ctx, description: Option<&str>) -> Result<()> {
    let most = ctx.policy.limits.description_characters;
    match description {
        Some(d) if d.chars().count() > most => {
            Err(Error::invalid(format!("Description is too long (maximum is {most} characters)")))
        }
        Some(d) if d.contains('\0') => Err(Error::invalid("Text must not contain NUL characters")),
        _ => Ok(()),
    }
}

/// Refuses a focal point outside of the picture.
pub(crate) fn check_focus(focus: Option<(f64, f64)>) -> Result<()> {
    match focus {
        Some((x, y)) if !((-1.0..=1.0).contains(&x) && (-1.0..=1.0).contains(&y)) => {
            Err(Error::invalid("Focus must be two numbers between -1 and 1"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tintype_store::domain_rules::{DomainRule, Severity};

    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{Known, a_note, found, picture, receive, stranger},
        inbox::{Received, RemoteMedia, RemoteMention, RemoteStatus},
    };

    #[tokio::test]
    async fn descriptions_change_and_go() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let id = picture(&ctx, alice, "a lake").await;
        let steps = [
            (None, Some((0.5, 0.0)), Some("a lake"), Some((0.5, 0.0))),
            (Some("a sea"), None, Some("a sea"), Some((0.5, 0.0))),
            (Some(""), None, None, Some((0.5, 0.0))),
        ];
        for (description, focus, then, there) in steps {
            let view = describe(&ctx, alice, id, description.map(str::to_owned), focus).await.unwrap();
            assert_eq!((view.description.as_deref(), view.focus), (then, there));
        }
        assert!(matches!(describe(&ctx, bob, id, None, None).await, Err(Error::NotFound)));
        assert!(describe(&ctx, alice, id, None, Some((0.0, 1.5))).await.is_err());
        assert!(describe(&ctx, alice, id, Some("x".repeat(1501)), None).await.is_err());
    }

    /// Another server with one file.
    struct Serves(Bytes);

    #[async_trait::async_trait]
    impl Resolver for Serves {
        async fn account(&self, _: &tintype_model::Handle) -> Result<Option<AccountId>> {
            Ok(None)
        }

        async fn object(&self, _: &str) -> Result<Option<crate::Found>> {
            Ok(None)
        }

        async fn file(&self, _: &str, _: usize) -> Result<Bytes> {
            Ok(self.0.clone())
        }
    }

    #[tokio::test]
    async fn films_and_sounds_are_copied_as_they_are() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let bob = stranger(&ctx, "bob@far.example").await;
        let (film, page) = (&b"\0\0\0\x18ftypisom rest"[..], &b"<html>"[..]);
        for (declared, kind, bytes, served) in [
            ("video/mp4", "video", film, Some("video/mp4")),
            ("audio/ogg", "audio", b"OggS rest", Some("audio/ogg")),
            ("video/mp4", "video", page, None),
            ("image/jpeg", "image", film, None),
            ("text/html", "unknown", page, None),
        ] {
            let note = RemoteStatus {
                mentions: vec![RemoteMention { account: alice, silent: false }],
                media: vec![RemoteMedia {
                    url: "https://far.example/a".to_owned(),
                    content_type: declared.to_owned(),
                    ..RemoteMedia::default()
                }],
                ..a_note(&ctx, &bob, &ctx.ids.next::<MediaId>().to_string(), "")
            };
            receive(&ctx, &bob, Received::Create(Box::new(note.clone()))).await;
            let media = found(&ctx, alice, &note.uri).await.unwrap().media.remove(0);
            assert_eq!(media.kind, kind);
            let from = Serves(Bytes::from_static(bytes));
            let file = remote_file(&ctx, &from, media.id, &mark(&ctx, media.id), false).await;
            match (file, served) {
                (Ok(file), Some(kind)) => assert_eq!((&file.bytes[..], file.content_type), (bytes, kind)),
                (Err(Error::Remote(_)), None) => {}
                (other, _) => panic!("{declared}: {other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn pictures_of_a_refused_server_are_not_shown() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let bob = stranger(&ctx, "bob@far.example").await;
        let note = RemoteStatus {
            mentions: vec![RemoteMention { account: alice, silent: false }],
            media: vec![RemoteMedia {
                url: "https://far.example/a.jpg".to_owned(),
                content_type: "image/jpeg".to_owned(),
                ..RemoteMedia::default()
            }],
            ..a_note(&ctx, &bob, "1", "")
        };
        receive(&ctx, &bob, Received::Create(Box::new(note.clone()))).await;
        let id = found(&ctx, alice, &note.uri).await.unwrap().media[0].id;
        let key = ctx.media.key_for(b"a copy", "jpg");
        ctx.media.put(&key, Bytes::from_static(b"a copy")).await.unwrap();
        let mut row = ctx.store.read().await.unwrap().media(id).await.unwrap().unwrap();
        row.file_key = Some(key.to_string());
        let mut tx = ctx.store.begin().await.unwrap();
        tx.set_media_file(&row).await.unwrap();
        tx.commit().await.unwrap();
        let shown = mark(&ctx, id);
        let served = remote_file(&ctx, &Known(&ctx), id, &shown, false).await.unwrap();
        assert_eq!(served.bytes, "a copy");
        let rule = DomainRule {
            domain: "far.example".to_owned(),
            severity: Severity::Limit,
            reject_media: true,
            reject_reports: false,
            public_comment: None,
            private_comment: None,
            created_at: ctx.now(),
        };
        let mut tx = ctx.store.begin().await.unwrap();
        tx.put_domain_rule(&rule).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(remote_file(&ctx, &Known(&ctx), id, &shown, false).await, Err(Error::NotFound)));
    }
}
