//! <https://docs.joinmastodon.org/entities/MediaAttachment/>

use serde::Serialize;
use tintype_service::views::MediaView;

/// A picture (or film, or sound) of a status, or uploaded for one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MediaAttachment {
    /// Its id.
    pub id: String,
    /// `image`, `gifv`, `video`, `audio` or `unknown`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The file; `null` while it is being made.
    pub url: Option<String>,
    /// A small version of it.
    pub preview_url: Option<String>,
    /// Where it came from, when that was elsewhere.
    pub remote_url: Option<String>,
    /// Sizes; `null` while they aren't known.
    pub meta: Option<MediaMeta>,
    /// The alt text.
    pub description: Option<String>,
    /// Its colours, blurred.
    pub blurhash: Option<String>,
}

/// Sizes and the point that matters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MediaMeta {
    /// Of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<MediaSize>,
    /// Of the small version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small: Option<MediaSize>,
    /// What stays visible when it is cropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<MediaFocus>,
}

/// A size, and what a film has besides.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MediaSize {
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
    /// `WIDTHxHEIGHT`.
    pub size: String,
    /// Width by height.
    pub aspect: f64,
    /// Pictures a second, as a fraction. Films only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<String>,
    /// Seconds. Films and sounds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Bits a second. Films and sounds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<i64>,
}

impl MediaSize {
    /// Of a picture; `None` when one side is nothing.
    pub fn picture(width: i64, height: i64) -> Option<Self> {
        (width > 0 && height > 0).then(|| Self {
            width,
            height,
            size: format!("{width}x{height}"),
            aspect: width as f64 / height as f64,
            frame_rate: None,
            duration: None,
            bitrate: None,
        })
    }
}

/// A point, each from −1 to 1, y upwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MediaFocus {
    /// From left to right.
    pub x: f64,
    /// From bottom to top.
    pub y: f64,
}

impl From<MediaView> for MediaAttachment {
    fn from(view: MediaView) -> Self {
        let size =
            |sides: Option<(i64, i64)>| sides.and_then(|(width, height)| MediaSize::picture(width, height));
        let meta = MediaMeta {
            original: size(view.width.zip(view.height)),
            small: size(view.small_width.zip(view.small_height)),
            focus: view.focus.map(|(x, y)| MediaFocus { x, y }),
        };
        Self {
            id: view.id.to_string(),
            url: Some(view.url),
            preview_url: (view.kind == "image").then_some(view.preview_url),
            kind: view.kind,
            remote_url: view.remote_url,
            meta: (meta.original.is_some() || meta.focus.is_some()).then_some(meta),
            description: view.description,
            blurhash: view.blurhash,
        }
    }
}
