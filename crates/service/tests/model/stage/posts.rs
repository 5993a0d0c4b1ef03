//! Acts on posts: publishing, boosting, liking, editing, deleting.

use super::*;

impl Scene<'_> {
    /// The words of a post that names somebody.
    fn text(&self, named: Option<Person>) -> String {
        let number = self.activities;
        match named {
            None => format!("number {number}"),
            Some(whom) if self.local(whom) => format!("number {number} for @{}", self.people[whom].name),
            Some(whom) => format!("number {number} for @{}@{FAR}", self.people[whom].name),
        }
    }

    pub(super) async fn post(
        &mut self,
        who: Person,
        visibility: Visibility,
        named: Option<Person>,
        to: Option<Post>,
    ) -> Outcome {
        self.activities += 1;
        let seen = to.filter(|post| self.world.sees(Some(who), *post));
        let mut addressed: BTreeSet<Person> = named.into_iter().collect();
        let stored = if self.local(who) {
            let draft = Draft {
                text: self.text(named),
                visibility: Some(visibility),
                in_reply_to: to.map(|post| self.posts[post].0),
                ..Draft::default()
            };
            let outcome =
                statuses::publish(self.ctx, &Known(self.ctx), self.people[who].id, None, draft).await;
            let Some(view) = expect(outcome, to == seen)? else { return Ok(()) };
            if let Some(post) = to.filter(|_| visibility != Visibility::Direct) {
                addressed.insert(self.world.posts[post].author);
            }
            (view.id, view.uri)
        } else {
            let remote = self.remote_status(who, visibility, named, to);
            let uri = remote.uri.clone();
            self.arrives(who, Received::Create(Box::new(remote))).await?;
            let stored = self.ctx.store.read().await.unwrap().status_by_uri(&uri).await.unwrap();
            let wanted = self.world.concerns_us(who, &addressed, seen);
            match stored {
                Some(row) if wanted => (row.id, uri),
                None if !wanted => return Ok(()),
                other => return Err(format!("stored: {}, wanted: {wanted}", other.is_some())),
            }
        };
        addressed.remove(&who);
        self.posts.push(stored);
        self.world.posts.push(Posted {
            author: who,
            visibility,
            addressed,
            answers: to
                .map(|_| Answers { post: seen, author: seen.map(|post| self.world.posts[post].author) }),
            boosts: None,
            gone: false,
        });
        Ok(())
    }

    fn remote_status(
        &mut self,
        who: Person,
        visibility: Visibility,
        named: Option<Person>,
        to: Option<Post>,
    ) -> RemoteStatus {
        let uri = self.uri(who, "statuses");
        let mention = |whom: Person| RemoteMention { account: self.people[whom].id, silent: false };
        RemoteStatus {
            url: uri.clone(),
            uri,
            author: self.people[who].id,
            visibility,
            sensitive: false,
            spoiler_text: String::new(),
            content: format!("<p>{}</p>", self.text(named)),
            language: None,
            in_reply_to: to.map(|post| self.posts[post].1.clone()),
            published: self.ctx.now(),
            edited: None,
            mentions: named.map(mention).into_iter().collect(),
            tags: Vec::new(),
            media: Vec::new(),
            poll: None,
            emojis: Vec::new(),
            quote: None,
            policy: None,
        }
    }

    pub(super) async fn boost(&mut self, who: Person, what: Post, visibility: Visibility) -> Outcome {
        let original = self.world.posts[what].clone();
        let mine = original.author == who;
        let visibility = if visibility == Visibility::Direct { Visibility::Public } else { visibility };
        let allowed = self.world.sees(Some(who), what)
            && (original.visibility.is_open() || (original.visibility == Visibility::Private && mine));
        let before = self.boost_of(who, what);
        let stored = if self.local(who) {
            let outcome =
                reblogs::reblog(self.ctx, self.people[who].id, self.posts[what].0, Some(visibility)).await;
            let Some(view) = expect(outcome, allowed)? else { return Ok(()) };
            (view.id, view.uri)
        } else {
            let uri = self.uri(who, "boosts");
            let published = Some(self.ctx.now());
            let of = self.posts[what].1.clone();
            self.arrives(who, Received::Reblog { uri: uri.clone(), of, visibility, published }).await?;
            let wanted = allowed
                && before.is_none()
                && (self.local(original.author) || self.world.has_local_followers(who));
            let row = self.ctx.store.read().await.unwrap().status_by_uri(&uri).await.unwrap();
            match row {
                Some(row) if wanted => (row.id, uri),
                None if !wanted => return Ok(()),
                other => return Err(format!("boost stored: {}, wanted: {wanted}", other.is_some())),
            }
        };
        if before.is_some() {
            return Ok(());
        }
        self.posts.push(stored);
        self.world.posts.push(Posted {
            author: who,
            visibility: if original.visibility.is_open() { visibility } else { Visibility::Private },
            addressed: BTreeSet::new(),
            answers: None,
            boosts: Some(what),
            gone: false,
        });
        Ok(())
    }

    fn boost_of(&self, who: Person, what: Post) -> Option<Post> {
        (0..self.posts.len()).find(|post| {
            let posted = &self.world.posts[*post];
            posted.author == who && posted.boosts == Some(what) && self.world.live(*post)
        })
    }

    pub(super) async fn unboost(&mut self, who: Person, what: Post) -> Outcome {
        let before = self.boost_of(who, what);
        if self.local(who) {
            let outcome = reblogs::unreblog(self.ctx, self.people[who].id, self.posts[what].0).await;
            if expect(outcome, self.world.sees(Some(who), what))?.is_none() {
                return Ok(());
            }
        } else {
            let of = Some(self.posts[what].1.clone());
            self.arrives(who, Received::Unreblog { uri: None, of }).await?;
        }
        if let Some(boost) = before {
            self.world.posts[boost].gone = true;
        }
        Ok(())
    }

    pub(super) async fn like(&mut self, who: Person, what: Post, like: bool) -> Outcome {
        let seen = self.world.sees(Some(who), what);
        let (me, post) = (self.people[who].id, self.posts[what].0);
        let of = self.posts[what].1.clone();
        match (self.local(who), like) {
            (true, true) => drop(expect(favourites::favourite(self.ctx, me, post).await, seen)?),
            (true, false) => drop(expect(favourites::unfavourite(self.ctx, me, post).await, seen)?),
            (false, true) => {
                let uri = self.uri(who, "likes");
                self.arrives(who, Received::Favourite { uri, of }).await?;
            }
            (false, false) => {
                self.arrives(who, Received::Unfavourite { uri: None, of: Some(of) }).await?;
            }
        }
        if like && seen {
            self.world.likes.insert((who, what));
        } else if !like && (seen || !self.local(who)) {
            self.world.likes.remove(&(who, what));
        }
        Ok(())
    }

    pub(super) async fn edit(&mut self, what: Post, named: Option<Person>) -> Outcome {
        self.activities += 1;
        let author = self.world.posts[what].author;
        if self.local(author) {
            let change = Change { text: self.text(named), ..Change::default() };
            let (me, id) = (self.people[author].id, self.posts[what].0);
            expect(edits::edit(self.ctx, &Known(self.ctx), me, id, change).await, true)?;
        } else {
            let visibility = self.world.posts[what].visibility;
            let mut remote = self.remote_status(author, visibility, named, None);
            (remote.uri, remote.url) = (self.posts[what].1.clone(), self.posts[what].1.clone());
            let row = self.ctx.store.read().await.unwrap().status(self.posts[what].0).await.unwrap().unwrap();
            remote.in_reply_to = row.in_reply_to_uri;
            remote.published = row.created_at;
            remote.edited = Some(
                row.edited_at.unwrap_or(row.created_at).max(self.ctx.now()).plus(Duration::from_millis(1)),
            );
            self.arrives(author, Received::Update(Box::new(remote))).await?;
        }
        self.world.posts[what].addressed.extend(named);
        Ok(())
    }

    pub(super) async fn delete(&mut self, what: Post) -> Outcome {
        let author = self.world.posts[what].author;
        let (id, uri) = self.posts[what].clone();
        if self.local(author) {
            // One's own boost of what one can't see any more isn't there for oneself either.
            let seen = self.world.sees(Some(author), what);
            if expect(statuses::delete(self.ctx, self.people[author].id, id).await, seen)?.is_none() {
                return Ok(());
            }
        } else if self.world.posts[what].boosts.is_some() {
            self.arrives(author, Received::Unreblog { uri: Some(uri), of: None }).await?;
        } else {
            self.arrives(author, Received::Delete { uri }).await?;
        }
        self.world.posts[what].gone = true;
        self.world.likes.retain(|(_, liked)| *liked != what);
        Ok(())
    }
}
