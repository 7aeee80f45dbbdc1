//! Endpoints of receivers as operators see them, and the pauses that operators end.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::identifiers::EndpointId;

/// The state of an endpoint in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// No process sends a webhook to it before its pause ends.
    Paused,
    /// Its pause has ended, and it has accepted no webhook since: it gets one at a time.
    Unanswering,
    /// It is not paused.
    Available,
}

impl EndpointState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Paused, Self::Unanswering, Self::Available];

    /// Returns the wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Unanswering => "unanswering",
            Self::Available => "available",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An endpoint that webhooks wait for, or that is or was paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id, which begins with its host and port.
    pub id: EndpointId,
    /// Its state.
    pub state: EndpointState,
    /// The end of its last pause, unless it has accepted a webhook since.
    pub paused_until: Option<DateTime<Utc>>,
    /// The reason for that pause; without one, the last error of a webhook that waits for it.
    pub reason: Option<String>,
    /// The number of webhooks that wait for it or are under way to it.
    pub pending: i64,
}

/// A request for one page of endpoints, in the order of their ids.
#[derive(Debug, Clone)]
pub struct EndpointPage {
    /// Restricts to this state.
    pub state: Option<EndpointState>,
    /// The upper limit of rows.
    pub limit: u32,
    /// The last row of the previous page.
    pub after: Option<EndpointId>,
}

/// Selects endpoints whose pauses an operator ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PausedEndpoints {
    /// All that are paused.
    All,
    /// This one, if it is paused.
    One(EndpointId),
}

impl PausedEndpoints {
    /// Returns the endpoint, if one was named.
    pub fn named(&self) -> Option<&EndpointId> {
        match self {
            Self::All => None,
            Self::One(endpoint) => Some(endpoint),
        }
    }

    /// Returns the selection as JSON for the audit log of operator actions.
    pub fn to_json(&self) -> Value {
        match self {
            Self::All => json!({"endpoints": "all"}),
            Self::One(endpoint) => json!({"endpoint": endpoint.as_str()}),
        }
    }
}
