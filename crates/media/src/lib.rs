//! Our bytes: what pictures look like when they leave us, and where their files lie.
//!
//! This crate owns two things. [`Studio`] turns bytes that somebody sent into clean pictures: recognised by content,
//! measured before they are decoded, turned upright, scaled, encoded anew from their pixels and given a blurhash.
//! [`MediaStore`] keeps files under names that nobody can guess or steer ([`FileKey`]).
//!
//! It must never believe a file name or a declared type, never keep or serve bytes it did not encode itself (so that
//! no place, serial number or script travels along), never take a path from outside without [`FileKey::parse`], never
//! work on an async thread, and never know about rows, people or the network.
//!
//! Start reading at [`Studio::picture`], then `decode.rs` for what is refused and why, then [`MediaStore`].

mod blurhash;
mod color;
mod decode;
mod encode;
mod error;
mod jpeg;
mod key;
mod limits;
mod resize;
#[cfg(test)]
mod samples;
mod sniff;
mod store;
mod studio;
mod webp;

pub use encode::Rendition;
pub use error::Error;
pub use key::FileKey;
pub use limits::Limits;
pub use sniff::{SUPPORTED_TYPES, recording};
pub use store::{MediaStore, StoredFile};
pub use studio::{Picture, Studio};
