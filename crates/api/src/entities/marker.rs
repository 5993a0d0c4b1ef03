//! <https://docs.joinmastodon.org/entities/Marker/>

use serde::Serialize;
use tintype_service::markers::{self, MarkerTimeline};

use super::Time;

/// How far somebody has read in each timeline; those without a mark are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Markers {
    /// Of the home timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Marker>,
    /// Of the notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<Marker>,
}

/// How far somebody has read in one timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Marker {
    /// The id of the last one that was read.
    pub last_read_id: String,
    /// How often the mark was moved.
    pub version: i64,
    /// When it was moved last.
    pub updated_at: Time,
}

impl From<markers::Marker> for Marker {
    fn from(marker: markers::Marker) -> Self {
        Self {
            last_read_id: marker.last_read_id.to_string(),
            version: marker.version,
            updated_at: marker.updated_at.into(),
        }
    }
}

impl FromIterator<markers::Marker> for Markers {
    fn from_iter<I: IntoIterator<Item = markers::Marker>>(markers: I) -> Self {
        let mut all = Self::default();
        for marker in markers {
            match marker.timeline {
                MarkerTimeline::Home => all.home = Some(marker.into()),
                MarkerTimeline::Notifications => all.notifications = Some(marker.into()),
            }
        }
        all
    }
}
