//! Pure types and rules of Tintype: ids, time, visibility, scopes, names, paging, text.
//!
//! Owns what every other crate agrees on and what needs no I/O to decide. It never opens a file or a socket, never
//! awaits, and knows no database. It is the only place that reads the clock ([`SystemClock`]) or draws random bytes
//! ([`random`]). Start reading at [`visibility`], the rule that the rest of the house is built around.

#[macro_use]
mod text_enum;

pub mod handle;
pub mod ids;
pub mod interaction;
pub mod limits;
pub mod paging;
pub mod random;
pub mod role;
pub mod scopes;
pub mod secret;
pub mod site;
pub mod text;
pub mod time;
pub mod visibility;

pub use handle::Handle;
pub use ids::{
    AccountId, ActivityId, AppId, ApprovalId, BlockId, BookmarkId, DeliveryId, DomainBlockId, EditId,
    EmojiId, FavouriteId, FeaturedTagId, FollowId, IdGen, JobId, MediaId, MuteId, NotificationId, PinId,
    PollId, ReceivedId, RelayId, ReportId, SessionId, StatusId, TokenId, VoteId,
};
pub use interaction::{Interaction, Policy, QuotePolicy};
pub use limits::Limits;
pub use paging::Page;
pub use role::Role;
pub use scopes::Scopes;
pub use site::Site;
pub use text_enum::UnknownWord;
pub use time::{Clock, Millis, SystemClock};
pub use visibility::Visibility;
