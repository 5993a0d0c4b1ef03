//! <https://docs.joinmastodon.org/entities/Role/>

use serde::Serialize;

/// One's own role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Role {
    /// Its id; `-99` is everybody's.
    pub id: String,
    /// Its name, empty for everybody's.
    pub name: String,
    /// `#rrggbb` or empty.
    pub color: String,
    /// A bit field, written in decimal.
    pub permissions: String,
    /// Shown on the profile.
    pub highlighted: bool,
}

/// Bits of [`Role::permissions`], <https://docs.joinmastodon.org/entities/Role/#permission-flags>.
const ADMINISTRATOR: u32 = 0x1;
const VIEW_DASHBOARD: u32 = 0x8;
const MANAGE_REPORTS: u32 = 0x10;
const MANAGE_USERS: u32 = 0x400;

impl From<tintype_model::Role> for Role {
    fn from(role: tintype_model::Role) -> Self {
        use tintype_model::Role::{Admin, Member, Moderator, Owner};
        let (id, name, permissions) = match role {
            Owner => ("3", "Owner", ADMINISTRATOR),
            Admin => ("2", "Admin", ADMINISTRATOR),
            Moderator => ("1", "Moderator", VIEW_DASHBOARD | MANAGE_REPORTS | MANAGE_USERS),
            Member => ("-99", "", 0),
        };
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            color: String::new(),
            permissions: permissions.to_string(),
            highlighted: role != Member,
        }
    }
}
