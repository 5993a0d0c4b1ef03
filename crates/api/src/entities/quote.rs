//! <https://docs.joinmastodon.org/entities/Quote/>, <https://docs.joinmastodon.org/entities/ShallowQuote/>,
//! <https://docs.joinmastodon.org/entities/QuoteApproval/>

use serde::Serialize;
use tintype_service::views::{QuoteApprovalView, QuoteView, Quoted};

use super::Status;

/// What a status quotes. In something quoted, only the id.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Quote {
    /// The status itself, if the viewer is shown it.
    Deep { state: &'static str, quoted_status: Option<Box<Status>> },
    /// Its id.
    Shallow { state: &'static str, quoted_status_id: Option<String> },
}

impl From<QuoteView> for Quote {
    fn from(view: QuoteView) -> Self {
        let state = view.state;
        match view.quoted {
            Some(Quoted::Status(quoted)) => {
                Self::Deep { state, quoted_status: Some(Box::new(Status::from(*quoted))) }
            }
            Some(Quoted::Id(id)) => Self::Shallow { state, quoted_status_id: Some(id.to_string()) },
            None if view.shallow => Self::Shallow { state, quoted_status_id: None },
            None => Self::Deep { state, quoted_status: None },
        }
    }
}

/// Who may quote a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuoteApproval {
    /// Without asking: `public`, `followers`, `following`, `unsupported_policy`.
    pub automatic: Vec<&'static str>,
    /// After asking.
    pub manual: Vec<&'static str>,
    /// The caller: `automatic`, `manual`, `denied`, `unknown`.
    pub current_user: &'static str,
}

impl Default for QuoteApproval {
    fn default() -> Self {
        Self { automatic: Vec::new(), manual: Vec::new(), current_user: "denied" }
    }
}

impl From<QuoteApprovalView> for QuoteApproval {
    fn from(view: QuoteApprovalView) -> Self {
        Self { automatic: view.automatic, manual: view.manual, current_user: view.current_user }
    }
}
