//! What can go wrong with a file, in words for the person who sent it.

/// An upload that was refused, or a store that did not answer.
///
/// The messages of the refusals are whole sentences, fit to be shown with a 422; see [`Error::is_refusal`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content is no picture at all (text, HTML, SVG, an empty file, a film …).
    #[error("This file is not a picture we can read. Please send a JPEG, PNG, WebP or GIF.")]
    NotAnImage,
    /// A picture, but of a kind we don't decode. Holds the kind's name.
    #[error("{0} is not supported. Please send a JPEG, PNG, WebP or GIF.")]
    Unsupported(&'static str),
    /// More bytes than [`Limits::max_bytes`](crate::Limits::max_bytes).
    #[error("This file is too large ({bytes} bytes). At most {max} bytes are accepted.")]
    TooLarge {
        /// Size of what was sent.
        bytes: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// More pixels than [`Limits::max_pixels`](crate::Limits::max_pixels), or one side longer than
    /// [`Limits::max_dimension`](crate::Limits::max_dimension), by what the file's header says.
    #[error(
        "This picture is too big ({width}×{height} pixels). At most {max_pixels} pixels in all and {max_dimension} along one side are accepted."
    )]
    TooManyPixels {
        /// Width in pixels, as declared by the file.
        width: u32,
        /// Height in pixels, as declared by the file.
        height: u32,
        /// The limit on width × height.
        max_pixels: u64,
        /// The limit on either side.
        max_dimension: u32,
    },
    /// Begins like a picture, but can't be decoded: cut short, damaged, or made to break a decoder.
    #[error("This picture is damaged or incomplete.")]
    Broken,
    /// A text that can't be a [`FileKey`](crate::FileKey). Doors answer it with 404.
    #[error("There is no file of that name.")]
    BadKey,
    /// The process is stopping; nothing is known about the picture.
    #[error("The server is stopping. Please try again.")]
    Stopping,
    /// The folder of the local store can't be made or read.
    #[error("the media folder can't be used: {0}")]
    Folder(#[source] std::io::Error),
    /// The disk or the object store failed. The caller is not to blame: a 503.
    #[error("the media store failed: {0}")]
    Storage(#[from] object_store::Error),
}

impl Error {
    /// Whether the file is at fault, so that its sender gets a 422 with this message. Everything else is ours, to be
    /// logged and answered without details.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotAnImage
            | Self::Unsupported(_)
            | Self::TooLarge { .. }
            | Self::TooManyPixels { .. }
            | Self::Broken => true,
            Self::BadKey | Self::Stopping | Self::Folder(_) | Self::Storage(_) => false,
        }
    }
}
