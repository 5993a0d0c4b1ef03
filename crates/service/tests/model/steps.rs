//! What people do. Numbers are taken modulo how many people or posts there are, so that every sequence means something.

use proptest::prelude::*;
use tintype_model::Visibility;

/// One thing that somebody does.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Follow {
        who: u8,
        whom: u8,
    },
    Unfollow {
        who: u8,
        whom: u8,
    },
    /// A locked person answers a request.
    Answer {
        who: u8,
        whom: u8,
        yes: bool,
    },
    Block {
        who: u8,
        whom: u8,
    },
    Unblock {
        who: u8,
        whom: u8,
    },
    Mute {
        who: u8,
        whom: u8,
    },
    Unmute {
        who: u8,
        whom: u8,
    },
    Post {
        who: u8,
        visibility: Visibility,
        naming: Option<u8>,
    },
    Reply {
        who: u8,
        to: u8,
        visibility: Visibility,
        naming: Option<u8>,
    },
    Boost {
        who: u8,
        what: u8,
        visibility: Visibility,
    },
    Unboost {
        who: u8,
        what: u8,
    },
    Like {
        who: u8,
        what: u8,
    },
    Unlike {
        who: u8,
        what: u8,
    },
    Edit {
        what: u8,
        naming: Option<u8>,
    },
    Delete {
        what: u8,
    },
}

fn a_visibility() -> impl Strategy<Value = Visibility> {
    prop::sample::select(Visibility::ALL)
}

/// Any step; follows and posts more often, because without them nothing happens.
pub fn any_step() -> impl Strategy<Value = Step> {
    let pair = || (any::<u8>(), any::<u8>());
    let naming = || prop::option::weighted(0.4, any::<u8>());
    prop_oneof![
        5 => pair().prop_map(|(who, whom)| Step::Follow { who, whom }),
        1 => pair().prop_map(|(who, whom)| Step::Unfollow { who, whom }),
        2 => (any::<u8>(), any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(who, whom, yes)| Step::Answer { who, whom, yes }),
        1 => pair().prop_map(|(who, whom)| Step::Block { who, whom }),
        1 => pair().prop_map(|(who, whom)| Step::Unblock { who, whom }),
        1 => pair().prop_map(|(who, whom)| Step::Mute { who, whom }),
        1 => pair().prop_map(|(who, whom)| Step::Unmute { who, whom }),
        5 => (any::<u8>(), a_visibility(), naming()).prop_map(|(who, visibility, naming)| Step::Post { who, visibility, naming }),
        4 => (pair(), a_visibility(), naming()).prop_map(|((who, to), visibility, naming)| Step::Reply { who, to, visibility, naming }),
        3 => (pair(), a_visibility()).prop_map(|((who, what), visibility)| Step::Boost { who, what, visibility }),
        1 => pair().prop_map(|(who, what)| Step::Unboost { who, what }),
        2 => pair().prop_map(|(who, what)| Step::Like { who, what }),
        1 => pair().prop_map(|(who, what)| Step::Unlike { who, what }),
        2 => (any::<u8>(), naming()).prop_map(|(what, naming)| Step::Edit { what, naming }),
        2 => any::<u8>().prop_map(|what| Step::Delete { what }),
    ]
}
