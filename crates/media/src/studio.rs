//! Where pictures are worked on: off the async threads, a few at a time.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::{Error, Limits, Rendition, blurhash, color, decode::decode, encode, resize};

/// The one place that decodes and encodes pictures. Cheap to clone; clones share one bound
/// ([`Limits::parallel`]), so a process makes one and hands it around.
#[derive(Clone, Debug)]
pub struct Studio {
    limits: Arc<Limits>,
    slots: Arc<Semaphore>,
}

/// Pixels of the longest side of a custom emoji: sharp at four times the height of a line.
const EMOJI_SIDE: u32 = 128;

/// A picture ready to be kept and posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The picture itself, longest side at most [`Limits::rendition_max`]. The file that was sent is not kept.
    pub original: Rendition,
    /// For grids and previews, at most [`Limits::thumb_pixels`] in all. The same file when the picture is small.
    pub small: Rendition,
    /// What to show before it is there (<https://blurha.sh>).
    pub blurhash: String,
}

impl Studio {
    /// A studio with these bounds.
    pub fn new(limits: Limits) -> Self {
        // A semaphore of none would wait forever.
        let slots = limits.parallel.clamp(1, Semaphore::MAX_PERMITS);
        Self { limits: Arc::new(limits), slots: Arc::new(Semaphore::new(slots)) }
    }

    /// The bounds, for the instance's configuration that clients ask for.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes a [`Picture`] of a JPEG, PNG, WebP or GIF.
    ///
    /// The type is told by content. The result is upright, sRGB, and encoded anew: a progressive JPEG, or a PNG if
    /// parts of it are transparent. Of an animation the first picture is kept. Never larger than it came.
    ///
    /// Errors: those for which [`Error::is_refusal`] holds, and [`Error::Stopping`].
    pub async fn picture(&self, bytes: Bytes) -> Result<Picture, Error> {
        self.work(bytes, |bytes, limits| {
            let mut decoded = decode(bytes, limits)?;
            let size = (decoded.image.width(), decoded.image.height());
            // Scaled before it is turned and recoloured: those then cost little, and the bound on the longest side
            // is the same for both directions.
            let target = resize::within_side(size, limits.rendition_max);
            if target != size {
                decoded.image = resize::resize(&decoded.image, target)?;
            }
            let image = finish(decoded);
            let original = encode::encode(&image, limits)?;

            let size = (image.width(), image.height());
            let target = resize::within_pixels(size, limits.thumb_pixels);
            if target == size {
                let blurhash = blurhash::of(&image)?;
                return Ok(Picture { small: original.clone(), original, blurhash });
            }
            let thumb = resize::resize(&image, target)?;
            let small = encode::encode(&encode::simplify(thumb.clone()), limits)?;
            Ok(Picture { original, small, blurhash: blurhash::of(&thumb)? })
        })
        .await
    }

    /// Makes an avatar: the middle square, at most [`Limits::avatar_side`] wide. Otherwise as [`Studio::picture`].
    pub async fn avatar(&self, bytes: Bytes) -> Result<Rendition, Error> {
        self.work(bytes, |bytes, limits| {
            let mut decoded = decode(bytes, limits)?;
            decoded.image = resize::square(&decoded.image, limits.avatar_side)?;
            encode::encode(&finish(decoded), limits)
        })
        .await
    }

    /// Makes a custom emoji: the whole picture, longest side at most 128. Otherwise as [`Studio::picture`].
    pub async fn emoji(&self, bytes: Bytes) -> Result<Rendition, Error> {
        self.work(bytes, |bytes, limits| {
            let mut decoded = decode(bytes, limits)?;
            let size = (decoded.image.width(), decoded.image.height());
            let target = resize::within_side(size, EMOJI_SIDE);
            if target != size {
                decoded.image = resize::resize(&decoded.image, target)?;
            }
            encode::encode(&finish(decoded), limits)
        })
        .await
    }

    /// Runs `job` on a blocking thread once a slot is free.
    async fn work<T: Send + 'static>(
        &self,
        bytes: Bytes,
        job: impl FnOnce(&[u8], &Limits) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // Refused here, so that it doesn't wait in the queue with its bytes in memory.
        self.limits.check_bytes(bytes.len())?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| Error::Stopping)?;
        let limits = Arc::clone(&self.limits);
        let work = tokio::task::spawn_blocking(move || {
            // The slot goes with the work: a caller who hangs up frees it only when the thread is done.
            let _slot = slot;
            job(&bytes, &limits)
        });
        match work.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => {
                tracing::warn!("a decoder panicked; the picture is refused");
                Err(Error::Broken)
            }
            Err(_) => Err(Error::Stopping),
        }
    }
}

/// Makes pixels final: 8 bits, upright, sRGB.
fn finish(decoded: crate::decode::Decoded) -> image::DynamicImage {
    let mut image = encode::simplify(decoded.image);
    image.apply_orientation(decoded.orientation);
    color::to_srgb(image, decoded.profile.as_deref())
}

#[cfg(test)]
mod tests;
