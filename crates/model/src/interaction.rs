//! Who may do what with a status: the policies that authors attach to what they publish, and what they allow somebody.
//!
//! The words are those of GoToSocial's interaction policies (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>)
//! and of FEP-044f (<https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md>), which adds quotes.

use serde::{Deserialize, Serialize};

text_enum! {
    /// What one does with somebody else's status.
    pub enum Interaction {
        /// A like.
        Favourite = "favourite",
        /// A comment.
        Reply = "reply",
        /// A boost.
        Reblog = "reblog",
        /// A post that shows it.
        Quote = "quote",
    }
}

text_enum! {
    /// Who may quote what one publishes here (Mastodon's words for the choices it offers).
    #[derive(Default)]
    pub enum QuotePolicy {
        /// Everybody who may see it.
        Public = "public",
        /// Accepted followers.
        Followers = "followers",
        /// The author alone.
        #[default]
        Nobody = "nobody",
    }
}

/// Who may, of one interaction. Entries are [`PUBLIC`], [`FOLLOWERS`], [`FOLLOWING`] (of the author), or the `ActivityPub` id
/// of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Those who need no answer.
    #[serde(default)]
    pub automatic: Vec<String>,
    /// Those whom the author wants to answer first.
    #[serde(default)]
    pub manual: Vec<String>,
    /// Whether it is written in the words of before the requests (`always`, `approvalRequired`): such a server takes the
    /// plain activity for a question.
    #[serde(default)]
    pub old: bool,
}

/// Everybody.
pub const PUBLIC: &str = "public";
/// The author's followers.
pub const FOLLOWERS: &str = "followers";
/// Those whom the author follows.
pub const FOLLOWING: &str = "following";

/// What an author allows others. What isn't said is open to everybody who may see the status, but quoting: that is for
/// nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourite: Option<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reblog: Option<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Rule>,
}

/// How somebody stands to a status whose policy is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// Their `ActivityPub` id.
    pub uri: &'a str,
    /// They wrote it.
    pub author: bool,
    /// The author has accepted them as a follower.
    pub follows: bool,
    /// The author follows them.
    pub followed: bool,
    /// It names them.
    pub mentioned: bool,
}

/// What a policy says to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// They need not ask.
    Free,
    /// They are in a list that only the author's server knows: it answers at once, and they ask.
    Listed,
    /// The author answers, maybe.
    Manual,
    /// No.
    Denied,
}

impl Policy {
    /// A policy for quoting alone; the rest is open.
    pub fn quoting(who: QuotePolicy) -> Self {
        let automatic = match who {
            QuotePolicy::Public => vec![PUBLIC.to_owned()],
            QuotePolicy::Followers => vec![FOLLOWERS.to_owned()],
            QuotePolicy::Nobody => Vec::new(),
        };
        Self { quote: Some(Rule { automatic, ..Rule::default() }), ..Self::default() }
    }

    /// The rule of an interaction, if there is one.
    pub fn rule(&self, what: Interaction) -> Option<&Rule> {
        match what {
            Interaction::Favourite => self.favourite.as_ref(),
            Interaction::Reply => self.reply.as_ref(),
            Interaction::Reblog => self.reblog.as_ref(),
            Interaction::Quote => self.quote.as_ref(),
        }
    }

    /// What it says to somebody. Seeing the status comes first, and is another question.
    pub fn leave(&self, what: Interaction, asker: &Asker<'_>) -> Leave {
        if asker.author || (what == Interaction::Reply && asker.mentioned) {
            return Leave::Free;
        }
        match self.rule(what) {
            Some(rule) => rule.leave(asker),
            None if what == Interaction::Quote => Leave::Denied,
            None => Leave::Free,
        }
    }
}

impl Rule {
    /// The nearest entry counts; of two as near, the one that allows more.
    fn leave(&self, asker: &Asker<'_>) -> Leave {
        let has = |list: &[String], entry: &str| list.iter().any(|e| e == entry);
        let listed = |list: &[String]| {
            (asker.follows && has(list, FOLLOWERS)) || (asker.followed && has(list, FOLLOWING))
        };
        if has(&self.automatic, asker.uri) {
            Leave::Free
        } else if has(&self.manual, asker.uri) {
            Leave::Manual
        } else if listed(&self.automatic) {
            Leave::Listed
        } else if listed(&self.manual) {
            Leave::Manual
        } else if has(&self.automatic, PUBLIC) {
            Leave::Free
        } else if has(&self.manual, PUBLIC) {
            Leave::Manual
        } else {
            Leave::Denied
        }
    }

    /// Whether it names accounts one by one, besides the author.
    pub fn names_others(list: &[String], author: &str) -> bool {
        list.iter().any(|e| !matches!(e.as_str(), PUBLIC | FOLLOWERS | FOLLOWING) && e != author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOB: &str = "https://far.example/users/bob";

    fn rule(automatic: &[&str], manual: &[&str]) -> Policy {
        let list = |all: &[&str]| all.iter().map(|&e| e.to_owned()).collect();
        let rule = Rule { automatic: list(automatic), manual: list(manual), old: false };
        Policy { reply: Some(rule.clone()), quote: Some(rule), ..Policy::default() }
    }

    #[test]
    fn the_nearest_entry_counts() {
        use Leave::{Denied, Free, Listed, Manual};
        let stranger = Asker { uri: BOB, ..Asker::default() };
        let follower = Asker { follows: true, ..stranger };
        let friend = Asker { followed: true, ..stranger };
        let named = Asker { mentioned: true, ..stranger };
        let author = Asker { author: true, ..stranger };
        for (policy, expected) in [
            (rule(&[PUBLIC], &[]), [Free, Free, Free, Free]),
            (rule(&[], &[PUBLIC]), [Manual, Manual, Manual, Free]),
            (rule(&[FOLLOWERS], &[PUBLIC]), [Manual, Listed, Manual, Free]),
            (rule(&[PUBLIC], &[FOLLOWERS]), [Free, Manual, Free, Free]),
            (rule(&[FOLLOWING], &[]), [Denied, Denied, Listed, Free]),
            (rule(&[PUBLIC], &[BOB]), [Manual, Manual, Manual, Free]),
            (rule(&[BOB], &[BOB, PUBLIC]), [Free, Free, Free, Free]),
            (rule(&["https://far.example/users/eve"], &[]), [Denied, Denied, Denied, Free]),
            (rule(&[], &[]), [Denied, Denied, Denied, Free]),
        ] {
            for (asker, expected) in [&stranger, &follower, &friend, &author].into_iter().zip(expected) {
                assert_eq!(policy.leave(Interaction::Reply, asker), expected, "{policy:?} {asker:?}");
                assert_eq!(policy.leave(Interaction::Quote, asker), expected, "{policy:?} {asker:?}");
                assert_eq!(policy.leave(Interaction::Favourite, asker), Free);
            }
            assert_eq!(policy.leave(Interaction::Reply, &named), Free, "who is named may answer");
        }
    }

    #[test]
    fn what_is_not_said_is_open_but_quoting() {
        let stranger = Asker { uri: BOB, ..Asker::default() };
        for what in Interaction::ALL {
            let expected = if *what == Interaction::Quote { Leave::Denied } else { Leave::Free };
            assert_eq!(Policy::default().leave(*what, &stranger), expected, "{what}");
        }
        let follower = Asker { follows: true, ..stranger };
        for (policy, of_strangers, of_followers) in [
            (QuotePolicy::Public, Leave::Free, Leave::Free),
            (QuotePolicy::Followers, Leave::Denied, Leave::Listed),
            (QuotePolicy::Nobody, Leave::Denied, Leave::Denied),
        ] {
            let policy = Policy::quoting(policy);
            assert_eq!(policy.leave(Interaction::Quote, &stranger), of_strangers);
            assert_eq!(policy.leave(Interaction::Quote, &follower), of_followers);
        }
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
    }
}
