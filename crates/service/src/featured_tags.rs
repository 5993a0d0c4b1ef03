//! Hashtags that people show on their profiles (<https://docs.joinmastodon.org/methods/featured_tags/>).

use tintype_model::{
    AccountId, FeaturedTagId, Millis,
    text::{self, Piece},
};
use tintype_store::{Reader, accounts::Account, featured_tags::FeaturedTag};

use crate::{Ctx, Error, Outgoing, Result, outgoing};

/// The most that one shows.
pub const MOST: usize = 10;

/// A hashtag on a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeaturedTagView {
    pub id: FeaturedTagId,
    /// As first written, without the `#`.
    pub name: String,
    /// Its page here.
    pub url: String,
    /// Posts with it that everyone can see.
    pub statuses: i64,
    pub last_status_at: Option<Millis>,
}

/// What an account shows.
pub async fn of(ctx: &Ctx, account: AccountId) -> Result<Vec<FeaturedTagView>> {
    let mut reader = ctx.store.read().await?;
    reader.account(account).await?.filter(Account::is_active).ok_or(Error::NotFound)?;
    let mut views = Vec::new();
    for tag in reader.featured_tags(account).await?.into_iter().take(MOST) {
        views.push(view(ctx, &mut reader, tag).await?);
    }
    Ok(views)
}

/// Shows a hashtag; one that is shown already stays as it is. `Invalid` for what is no hashtag, and past the tenth.
pub async fn feature(ctx: &Ctx, who: AccountId, name: &str) -> Result<FeaturedTagView> {
    let name = name.trim().trim_start_matches('#');
    let whole = format!("#{name}");
    match text::scan(&whole).as_slice() {
        [Piece::Hashtag(found)] if *found == name => {}
        _ => return Err(Error::invalid("Tag is invalid")),
    }
    let key = text::hashtag_key(name);
    let mut tx = ctx.store.begin().await?;
    // Changing its row, if only for the look of it, makes those of one person take turns: they are counted here.
    tx.count_account(who, 0, 0, 0, None).await?;
    let shown = tx.read().featured_tags(who).await?;
    let row = if let Some(row) = shown.iter().find(|tag| tag.name == key) {
        let row = row.clone();
        tx.rollback().await?;
        row
    } else {
        if shown.len() >= MOST {
            return Err(Error::invalid("You have already featured the maximum number of hashtags"));
        }
        let row = FeaturedTag {
            id: ctx.ids.next(),
            account_id: who,
            name: key,
            display: name.to_owned(),
            created_at: ctx.now(),
        };
        tx.insert_featured_tag(&row).await?;
        let news =
            Outgoing::TagFeatured { activity: ctx.ids.next(), account: who, name: row.display.clone() };
        outgoing::enqueue(ctx, &mut tx, &news).await?;
        tx.commit().await?;
        row
    };
    let mut reader = ctx.store.read().await?;
    view(ctx, &mut reader, row).await
}

/// Shows it no longer.
pub async fn unfeature(ctx: &Ctx, who: AccountId, id: FeaturedTagId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    let shown = tx.read().featured_tags(who).await?.into_iter().find(|tag| tag.id == id);
    let row = shown.ok_or(Error::NotFound)?;
    tx.delete_featured_tag(who, &row.name).await?;
    let news = Outgoing::TagUnfeatured { activity: ctx.ids.next(), account: who, name: row.display };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    Ok(())
}

/// Hashtags that somebody uses much and doesn't show: keys.
pub async fn suggestions(ctx: &Ctx, who: AccountId) -> Result<Vec<String>> {
    let found = ctx.store.read().await?.tags_to_feature(who, MOST as i64).await?;
    Ok(found.into_iter().map(|(name, _)| name).collect())
}

async fn view(ctx: &Ctx, reader: &mut Reader<'_>, tag: FeaturedTag) -> Result<FeaturedTagView> {
    let used = reader.tag_use(tag.account_id, &tag.name).await?;
    Ok(FeaturedTagView {
        id: tag.id,
        url: ctx.site.tag_page(&tag.name),
        name: tag.display,
        statuses: used.statuses,
        last_status_at: used.last_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::{jobs, post},
    };

    #[tokio::test]
    async fn ten_tags_and_no_more() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        post(&ctx, alice, "a plate #Tintype").await;
        assert_eq!(suggestions(&ctx, alice).await.unwrap(), ["tintype"]);
        let first = feature(&ctx, alice, "#Tintype").await.unwrap();
        assert_eq!((first.name.as_str(), first.statuses), ("Tintype", 1));
        assert_eq!(feature(&ctx, alice, "tintype").await.unwrap(), first, "twice is once");
        for n in 1..10 {
            feature(&ctx, alice, &format!("tag{n}")).await.unwrap();
        }
        let refused = feature(&ctx, alice, "eleven").await.unwrap_err().to_string();
        assert_eq!(refused, "Validation failed: You have already featured the maximum number of hashtags");
        for bad in ["", "two words", "42", "a-b"] {
            assert!(matches!(feature(&ctx, alice, bad).await, Err(Error::Invalid(_))), "{bad}");
        }
        assert!(suggestions(&ctx, alice).await.unwrap().is_empty());
        unfeature(&ctx, alice, first.id).await.unwrap();
        assert!(matches!(unfeature(&ctx, alice, first.id).await, Err(Error::NotFound)));
        assert_eq!(of(&ctx, alice).await.unwrap().len(), 9);
        let told = jobs(&ctx).await;
        let count = |wanted: fn(&Outgoing) -> bool| told.iter().filter(|o| wanted(o)).count();
        assert_eq!(count(|o| matches!(o, Outgoing::TagFeatured { .. })), 10);
        assert_eq!(count(|o| matches!(o, Outgoing::TagUnfeatured { .. })), 1);
    }

    #[tokio::test]
    async fn nobody_takes_away_what_others_show() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let hers = feature(&ctx, alice, "film").await.unwrap();
        assert!(matches!(unfeature(&ctx, bob, hers.id).await, Err(Error::NotFound)));
        assert_eq!(of(&ctx, alice).await.unwrap(), [hers]);
    }
}
