//! Uploads (<https://docs.joinmastodon.org/methods/media/#v2>). Version 2 may answer before a file is ready; ours are
//! ready at once.

pub use crate::v1::media::create;
