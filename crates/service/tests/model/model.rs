//! The naive model: a few sets, and the rules in plain words. It knows nothing of databases, entries or counters: whatever
//! is asked is worked out from what happened.

use std::collections::{BTreeMap, BTreeSet};

use tintype_model::Visibility;

/// People and posts are numbers: positions in their lists.
pub type Person = usize;
pub type Post = usize;

/// Who is who.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub local: bool,
    /// Answers follows by hand.
    pub locked: bool,
}

/// A post, comment or boost, as it is now.
#[derive(Debug, Clone)]
pub struct Posted {
    pub author: Person,
    pub visibility: Visibility,
    /// Everybody it has ever addressed.
    pub addressed: BTreeSet<Person>,
    pub answers: Option<Answers>,
    pub boosts: Option<Post>,
    pub gone: bool,
}

/// What a comment answers. What can't be seen by its author isn't known to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    pub post: Option<Post>,
    pub author: Option<Person>,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub struct World {
    pub people: Vec<Kind>,
    pub posts: Vec<Posted>,
    /// (follower, followed): accepted?
    pub follows: BTreeMap<(Person, Person), bool>,
    /// (who, whom)
    pub blocks: BTreeSet<(Person, Person)>,
    /// (who, whom)
    pub mutes: BTreeSet<(Person, Person)>,
    /// (who, what)
    pub likes: BTreeSet<(Person, Post)>,
}

impl World {
    pub fn follows(&self, who: Person, whom: Person) -> bool {
        self.follows.get(&(who, whom)) == Some(&true)
    }

    /// Everything of a post but what its author's people make of it.
    pub fn live(&self, post: Post) -> bool {
        let posted = &self.posts[post];
        !posted.gone && posted.boosts.is_none_or(|original| !self.posts[original].gone)
    }

    /// What a boost boosts, or the post itself.
    pub fn original(&self, post: Post) -> Post {
        self.posts[post].boosts.unwrap_or(post)
    }

    /// Whether somebody may see a post; `None`: nobody signed in.
    pub fn sees(&self, viewer: Option<Person>, post: Post) -> bool {
        let posted = &self.posts[post];
        let alone = match viewer {
            _ if !self.live(post) => false,
            None => posted.visibility.is_open(),
            Some(viewer) if viewer == posted.author => true,
            Some(viewer) if self.blocks.contains(&(posted.author, viewer)) => false,
            Some(viewer) => {
                posted.visibility.is_open()
                    || posted.addressed.contains(&viewer)
                    || (posted.visibility == Visibility::Private && self.follows(viewer, posted.author))
            }
        };
        alone && posted.boosts.is_none_or(|original| self.sees(viewer, original))
    }

    /// Whether somebody wants to see anything of somebody.
    fn wants(&self, viewer: Person, whom: Person) -> bool {
        !self.blocks.contains(&(viewer, whom)) && !self.mutes.contains(&(viewer, whom))
    }

    /// The home timeline of a person, by definition.
    pub fn home(&self, reader: Person) -> BTreeSet<Post> {
        (0..self.posts.len()).filter(|post| self.is_home(reader, *post)).collect()
    }

    fn is_home(&self, reader: Person, post: Post) -> bool {
        let posted = &self.posts[post];
        let own = posted.author == reader;
        if !self.sees(Some(reader), post) || !(own || self.follows(reader, posted.author)) {
            return false;
        }
        if !self.wants(reader, posted.author) {
            return false;
        }
        if posted.boosts.is_some_and(|original| !self.wants(reader, self.posts[original].author)) {
            return false;
        }
        match posted.answers {
            None => true,
            Some(_) if own => true,
            Some(Answers { author: None, .. }) => false,
            Some(Answers { author: Some(whom), .. }) => {
                self.wants(reader, whom)
                    && (whom == reader || whom == posted.author || self.follows(reader, whom))
            }
        }
    }

    /// (followers, following, statuses)
    pub fn person_counts(&self, who: Person) -> (i64, i64, i64) {
        let accepted = || self.follows.iter().filter(|(_, accepted)| **accepted).map(|(pair, _)| *pair);
        let posts = (0..self.posts.len()).filter(|post| {
            let posted = &self.posts[*post];
            self.live(*post) && posted.author == who && posted.visibility != Visibility::Direct
        });
        (
            number(accepted().filter(|(_, whom)| *whom == who).count()),
            number(accepted().filter(|(whose, _)| *whose == who).count()),
            number(posts.count()),
        )
    }

    /// (comments that everyone may see, boosts, likes)
    pub fn post_counts(&self, post: Post) -> (i64, i64, i64) {
        let live =
            || self.posts.iter().enumerate().filter(|(id, _)| self.live(*id)).map(|(_, posted)| posted);
        let answers = live().filter(|posted| {
            posted.visibility.is_open() && posted.answers.is_some_and(|answers| answers.post == Some(post))
        });
        (
            number(answers.count()),
            number(live().filter(|posted| posted.boosts == Some(post)).count()),
            number(self.likes.iter().filter(|(_, what)| *what == post).count()),
        )
    }

    /// Ends every follow between two.
    pub fn sever(&mut self, one: Person, other: Person) {
        self.follows.remove(&(one, other));
        self.follows.remove(&(other, one));
    }

    /// Whether anybody local wants to hear of what a remote person posts.
    pub fn concerns_us(&self, author: Person, addressed: &BTreeSet<Person>, answers: Option<Post>) -> bool {
        let local = |who: Person| self.people[who].local;
        addressed.iter().any(|who| local(*who))
            || self.has_local_followers(author)
            || answers.map(|post| self.posts[post].author).is_some_and(|whom| {
                // A comment below what people here read belongs there, whoever wrote it.
                local(whom) || self.has_local_followers(whom)
            })
    }

    pub fn has_local_followers(&self, author: Person) -> bool {
        (0..self.people.len()).any(|who| self.people[who].local && self.follows(who, author))
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}
