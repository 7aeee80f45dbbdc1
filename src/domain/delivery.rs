//! A delivery: one webhook, recorded with the outcome that it reports, and sent until it is
//! received or given up. Operators select, see and resend deliveries.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    event::{EventType, format_timestamp},
    identifiers::{DeliveryId, EndpointId, WorkId},
    operator_action::RecordedAction,
    trace::TraceContext,
};

/// The state of a delivery: `pending` → `delivered` | `failed`, and back to `pending` when an
/// operator resends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The delivery is to be sent, or sent again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// The delivery was given up after its last attempt, or refused permanently.
    Failed,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Returns the origin of a URL: its scheme, host and port. Empty if the text is not a URL. Unlike
/// the rest of a URL it holds no secret.
///
/// ```
/// use matching::domain::delivery::origin_of;
/// assert_eq!(origin_of("HTTPS://One.Example:443/hook?id=1"), "https://one.example");
/// assert_eq!(origin_of("http://one.example:8080#top"), "http://one.example:8080");
/// assert_eq!(origin_of("nowhere"), "");
/// ```
pub fn origin_of(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// A delivery to be recorded.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its id, the same for every attempt.
    pub id: DeliveryId,
    /// The type of the event that it reports.
    pub event_type: EventType,
    /// The id of the job or batch that it reports.
    pub job_id: WorkId,
    /// The URL of the receiver.
    pub url: String,
    /// The exact bytes that are signed and sent; JSON.
    pub body: String,
    /// The trace of its task.
    pub trace: Option<TraceContext>,
}

/// A delivery claimed for one attempt.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The type of its event.
    pub event_type: String,
    /// The id of the job or batch that it reports.
    pub job_id: WorkId,
    /// The endpoint of its URL.
    pub endpoint: EndpointId,
    /// The URL of the receiver.
    pub url: String,
    /// The exact bytes to sign and send.
    pub body: String,
    /// The trace of its task; `None` in rows of older releases.
    pub trace: Option<TraceContext>,
    /// The number of this attempt, from 1.
    pub attempt: i32,
    /// The time since it was recorded, or resent by an operator.
    pub waiting: Duration,
    /// True if its endpoint was paused: this attempt shows whether it is back.
    pub is_probe: bool,
}

/// A delivery as it is shown. Its URL is not, since the path may hold a secret.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The value of its `webhook-id` header.
    pub id: DeliveryId,
    /// The type of its event.
    pub event_type: String,
    /// The id of the job or batch that it reports.
    pub job_id: WorkId,
    /// The endpoint that it goes to.
    pub endpoint: EndpointId,
    /// Its state.
    pub state: DeliveryState,
    /// The number of attempts that counted.
    pub attempts: i32,
    /// The earliest time of the next attempt, while pending.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The receiver's last HTTP status.
    pub last_status: Option<i32>,
    /// The last error with its causes; while its endpoint is paused, the reason for the pause.
    pub last_error: Option<String>,
    /// The time at which the outcome was recorded that it reports.
    pub created_at: DateTime<Utc>,
    /// The time at which it was received or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One delivery with its content and history.
#[derive(Debug, Clone)]
pub struct DeliveryDetails {
    /// The delivery.
    pub delivery: Delivery,
    /// The exact text that is signed and sent.
    pub body: String,
    /// The last operator action on it, if any.
    pub last_action: Option<RecordedAction>,
}

/// Selects deliveries that meet every given condition; without conditions, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Restricts to these deliveries.
    pub ids: Option<Vec<DeliveryId>>,
    /// Restricts to this state.
    pub state: Option<DeliveryState>,
    /// Restricts to this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Restricts to this host: with a port to that one, otherwise to all ports.
    pub host: Option<String>,
    /// Restricts to the events of this job or batch.
    pub job_id: Option<WorkId>,
    /// Restricts to events of this type.
    pub event_type: Option<EventType>,
    /// Restricts to deliveries recorded at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Restricts to deliveries recorded before this time.
    pub to: Option<DateTime<Utc>>,
}

impl DeliveryFilter {
    /// Selects these deliveries.
    pub fn of_ids(ids: impl IntoIterator<Item = DeliveryId>) -> Self {
        Self {
            ids: Some(ids.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Selects deliveries to resend: those that were given up, unless it names another state.
    #[must_use]
    pub fn for_resending(self) -> Self {
        Self {
            state: Some(self.state.unwrap_or(DeliveryState::Failed)),
            ..self
        }
    }

    /// Returns the conditions as JSON for the audit log of operator actions; `{"all": true}`
    /// without any.
    ///
    /// ```
    /// use matching::domain::delivery::{DeliveryFilter, DeliveryState};
    /// let state = Some(DeliveryState::Failed);
    /// let filter = DeliveryFilter { state, ..DeliveryFilter::default() };
    /// assert_eq!(filter.to_json().to_string(), r#"{"state":"failed"}"#);
    /// assert_eq!(DeliveryFilter::default().to_json().to_string(), r#"{"all":true}"#);
    /// ```
    pub fn to_json(&self) -> Value {
        if *self == Self::default() {
            return json!({"all": true});
        }
        // Named, so that a new condition can't be omitted.
        let Self {
            ids,
            state,
            endpoint,
            host,
            job_id,
            event_type,
            from,
            to,
        } = self;
        let ids = ids.as_ref();
        let ids = ids.map(|ids| ids.iter().map(DeliveryId::as_str).collect::<Vec<_>>());
        let stated = [
            ("delivery_ids", ids.map(Value::from)),
            ("state", state.map(|state| state.as_str().into())),
            ("endpoint", endpoint.as_ref().map(|id| id.as_str().into())),
            ("host", host.clone().map(Value::from)),
            ("job_id", job_id.as_ref().map(|id| id.as_str().into())),
            ("event_type", event_type.map(|event| event.as_str().into())),
            ("from", from.map(|at| format_timestamp(at).into())),
            ("to", to.map(|at| format_timestamp(at).into())),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(stated.collect::<Map<_, _>>())
    }
}

/// A request for one page of deliveries, in descending order of their ids: those of the jobs that
/// were submitted last come first.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    /// The upper limit of rows.
    pub limit: u32,
    /// The last row of the previous page.
    pub after: Option<DeliveryId>,
}
