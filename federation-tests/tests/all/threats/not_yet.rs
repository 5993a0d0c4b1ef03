//! Rows whose feature doesn't exist yet. A row leaves this list when its test arrives.

/// How many there are.
pub const COUNT: usize = 6;

/// Id and reason, by id.
pub const NOT_YET: &[(&str, &str)] = &[
    ("T052", "links have no previews: no page, picture or embed of a link is fetched"),
    ("T081", "no mail is sent: there is no confirmation of addresses and no reset by oneself"),
    ("T084", "people sign in with a password alone: no OIDC, no LDAP"),
    ("T085", "there is no second factor yet"),
    ("T099", "there is no `tintype backup` and no `restore` yet"),
    ("T106", "links have no previews: nothing is fetched for them"),
];
