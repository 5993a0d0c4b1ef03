//! Who sees what, as SQL: the visibility rule, the twin of `tintype_model::visibility::may_see`, and what of it a reader
//! wants to be shown. `$1` is the viewer (null: nobody signed in).
//!
//! Every condition looks one row up by an index, and is worded as a scalar subquery where it stands alone: out of a plain
//! `EXISTS` PostgreSQL makes a join, and may then read and sort a whole table for the first twenty rows of a page.

/// The condition under which the account whose id is in column `$id` is there for others: neither suspended nor deleted.
macro_rules! here {
    ($($id:literal),+) => {
        concat!(
            "(SELECT va.suspended_at IS NULL AND va.deleted_at IS NULL FROM accounts va WHERE va.id = ",
            $($id,)+
            ")"
        )
    };
}

/// The condition under which the viewer bound at `$1` may see the status of table alias `$s`.
///
/// A boost is seen by whoever sees both the boost and what it boosts; queries that read boosts say so with
/// `visible!` on both aliases.
macro_rules! visible {
    ($s:literal) => {
        concat!(
            "(",
            here!($s, ".account_id"),
            " AND (",
            $s,
            ".account_id = $1 OR (",
            $s,
            ".held = FALSE AND (",
            $s,
            ".visibility IN ('public', 'unlisted')",
            " OR EXISTS (SELECT 1 FROM mentions vm WHERE vm.status_id = ",
            $s,
            ".id AND vm.account_id = $1)",
            " OR (",
            $s,
            ".visibility = 'private' AND EXISTS (SELECT 1 FROM follows vf WHERE vf.follower_id = $1",
            " AND vf.target_id = ",
            $s,
            ".account_id AND vf.state = 'accepted')))",
            " AND (SELECT 1 FROM blocks vb WHERE vb.account_id = ",
            $s,
            ".account_id AND vb.target_id = $1) IS NULL",
            " AND (SELECT 1 FROM accounts vv JOIN account_domain_blocks vd ON vd.account_id = ",
            $s,
            ".account_id AND vd.domain IN (vv.domain, vv.actor_host) WHERE vv.id = $1 LIMIT 1) IS NULL)))"
        )
    };
}

/// The condition under which the viewer bound at `$1` wants to be shown what the author of table alias `$s` does: they
/// neither block nor mute the author, nor block the author's server. Says nothing of what the viewer may see.
macro_rules! wanted {
    ($s:literal) => {
        wanted_account!($s, ".account_id")
    };
}

/// [`wanted!`] of any account, by the column that holds its id.
macro_rules! wanted_account {
    ($($id:literal),+) => {
        concat!(
            "((SELECT 1 FROM mutes wm WHERE wm.account_id = $1 AND wm.target_id = ",
            $($id,)+
            ") IS NULL AND ",
            unblocked_account!($($id),+),
            ")"
        )
    };
}

/// The condition under which the viewer bound at `$1`, or the account in column `$who`, blocks neither an account, by the
/// column that holds its id, nor its server.
macro_rules! unblocked_account {
    (by $who:literal, $($id:literal),+) => {
        concat!(
            "((SELECT 1 FROM blocks wb WHERE wb.account_id = ",
            $who,
            " AND wb.target_id = ",
            $($id,)+
            ") IS NULL AND (SELECT 1 FROM accounts wa JOIN account_domain_blocks wd ON wd.account_id = ",
            $who,
            " AND wd.domain IN (wa.domain, wa.actor_host) WHERE wa.id = ",
            $($id,)+
            " LIMIT 1) IS NULL)"
        )
    };
    ($($id:literal),+) => {
        unblocked_account!(by "$1", $($id),+)
    };
}

/// The condition under which timelines that nobody chose show the status of table alias `$s` to the viewer bound at `$1`:
/// its author isn't silenced, or the viewer follows or is the author.
macro_rules! loud {
    ($s:literal) => {
        concat!(
            "((SELECT la.silenced_at FROM accounts la WHERE la.id = ",
            $s,
            ".account_id) IS NULL OR ",
            $s,
            ".account_id = $1 OR EXISTS (SELECT 1 FROM follows lf WHERE lf.follower_id = $1 AND lf.target_id = ",
            $s,
            ".account_id AND lf.state = 'accepted'))"
        )
    };
}

/// The condition under which the status of table alias `s` shows a picture; one that an edit took away lies below zero.
macro_rules! pictured {
    () => {
        "EXISTS (SELECT 1 FROM media_attachments m WHERE m.status_id = s.id AND m.position >= 0)"
    };
}
