//! OAuth scopes of the Mastodon API (<https://docs.joinmastodon.org/api/oauth-scopes/>).

use std::{collections::BTreeSet, fmt, str::FromStr};

/// Every scope that this server knows.
const KNOWN: &[&str] = &[
    "profile",
    "read",
    "write",
    "push",
    "follow",
    "admin:read",
    "admin:write",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:reports",
    "write:statuses",
];

/// A set of scopes. Written with spaces between them, in a stable order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<String>);

/// A scope that this server doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}")]
pub struct UnknownScope(pub String);

impl Scopes {
    /// What an app gets that asks for nothing.
    pub fn read() -> Self {
        Self(BTreeSet::from(["read".to_owned()]))
    }

    /// Every scope this server knows, for discovery documents.
    pub fn known() -> &'static [&'static str] {
        KNOWN
    }

    /// Whether a token with these scopes may do what needs `scope`.
    pub fn allow(&self, scope: &str) -> bool {
        if self.0.contains(scope) {
            return true;
        }
        if scope == "profile" {
            return self.0.contains("read") || self.0.contains("read:accounts");
        }
        let Some((wide, _)) = scope.rsplit_once(':') else { return false };
        self.0.contains(wide)
            || (self.0.contains("follow")
                && matches!(
                    scope,
                    "read:follows"
                        | "write:follows"
                        | "read:blocks"
                        | "write:blocks"
                        | "read:mutes"
                        | "write:mutes"
                ))
    }

    /// Whether everything in `wanted` is allowed by `self`.
    pub fn cover(&self, wanted: &Scopes) -> bool {
        wanted.0.iter().all(|scope| self.allow(scope))
    }

    /// The scopes one by one, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let scopes: BTreeSet<String> =
            text.split([' ', '+', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect();
        if let Some(bad) = scopes.iter().find(|s| !KNOWN.contains(&s.as_str())) {
            return Err(UnknownScope(bad.clone()));
        }
        Ok(if scopes.is_empty() { Scopes::read() } else { Scopes(scopes) })
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_hierarchical() {
        let table = [
            ("read", "read:accounts", true),
            ("read", "write:accounts", false),
            ("read:statuses", "read", false),
            ("read:statuses", "read:accounts", false),
            ("follow", "write:follows", true),
            ("follow", "write:statuses", false),
            ("write", "write:statuses", true),
            ("write", "admin:write", false),
            ("profile", "profile", true),
            ("profile", "read:accounts", false),
            ("push", "read", false),
        ];
        for (have, need, allowed) in table {
            assert_eq!(have.parse::<Scopes>().unwrap().allow(need), allowed, "{have} for {need}");
        }
        assert!("read everything".parse::<Scopes>().is_err());
        assert_eq!("write read".parse::<Scopes>().unwrap().to_string(), "read write");
        assert!("read write".parse::<Scopes>().unwrap().cover(&"read:lists write:media".parse().unwrap()));
    }
}
