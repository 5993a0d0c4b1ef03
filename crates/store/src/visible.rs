//! The visibility rule as SQL: the twin of `tintype_model::visibility::may_see`.

/// The condition under which the viewer bound at `$1` (null: nobody signed in) may see the status of table alias `$s`.
///
/// A boost is seen by whoever sees both the boost and what it boosts; queries that read boosts say so with
/// `visible!` on both aliases.
macro_rules! visible {
    ($s:literal) => {
        concat!(
            "(",
            $s,
            ".visibility IN ('public', 'unlisted') OR ",
            $s,
            ".account_id = $1",
            " OR EXISTS (SELECT 1 FROM mentions vm WHERE vm.status_id = ",
            $s,
            ".id AND vm.account_id = $1)",
            " OR (",
            $s,
            ".visibility = 'private' AND EXISTS (SELECT 1 FROM follows vf WHERE vf.follower_id = $1",
            " AND vf.target_id = ",
            $s,
            ".account_id AND vf.state = 'accepted')))"
        )
    };
}
