//! Webhooks in the form of answers. A receiver's URL is never shown, since its path or query may
//! hold a secret.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    api::{dead_letters::OperatorActionView, lists::ListPage},
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryState},
        event::{EventType, format_timestamp},
    },
};

/// A webhook and the state of its attempts.
#[derive(Serialize, ToSchema)]
pub struct WebhookDeliveryView {
    /// Its `webhook-id`, the same for all attempts.
    id: String,
    /// `match.completed`, `match.failed` or `batch.completed`.
    #[schema(value_type = EventType)]
    event_type: String,
    /// The job or batch that it is about.
    job_id: String,
    /// The endpoint that it goes to: host, port and a hash of the URL without its query.
    #[schema(example = "platform.example~b5c41f3ad7a8a17c")]
    endpoint: String,
    /// `pending`, `delivered` or `failed` (given up).
    #[schema(value_type = DeliveryState)]
    state: &'static str,
    /// The number of attempts; those that met a pause of the endpoint do not count.
    attempts: i32,
    /// The earliest time of the next attempt, while pending.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// The last HTTP status that the receiver answered.
    last_status: Option<i32>,
    /// The last error with its causes; while the endpoint is paused, the reason for the pause.
    last_error: Option<String>,
    /// The time at which it was recorded.
    #[schema(format = DateTime)]
    created_at: String,
    /// The time at which it was delivered or given up.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<Delivery> for WebhookDeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            event_type: delivery.event_type,
            job_id: delivery.job_id.to_string(),
            endpoint: delivery.endpoint.to_string(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(format_timestamp),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            created_at: format_timestamp(delivery.created_at),
            finished_at: delivery.finished_at.map(format_timestamp),
        }
    }
}

/// A page of webhooks.
#[derive(Serialize, ToSchema)]
pub struct WebhookDeliveriesPage {
    /// Those of the jobs that were submitted last come first.
    pub(super) webhook_deliveries: Vec<WebhookDeliveryView>,
    /// Send it as `cursor` for the next page; null on the last page.
    pub(super) next_cursor: Option<String>,
}

impl ListPage for WebhookDeliveriesPage {
    type Row = WebhookDeliveryView;

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "event_type",
        "job_id",
        "endpoint",
        "state",
        "attempts",
        "next_attempt_at",
        "last_status",
        "last_error",
        "created_at",
        "finished_at",
    ];

    fn rows(&self) -> &[WebhookDeliveryView] {
        &self.webhook_deliveries
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// A webhook with its event.
#[derive(Serialize, ToSchema)]
pub struct WebhookDeliveryDetails {
    #[serde(flatten)]
    delivery: WebhookDeliveryView,
    /// The event that is sent, byte by byte.
    #[schema(value_type = Object)]
    event: Option<Box<RawValue>>,
    /// The last operator action on it.
    last_action: Option<OperatorActionView>,
}

impl From<DeliveryDetails> for WebhookDeliveryDetails {
    fn from(details: DeliveryDetails) -> Self {
        Self {
            delivery: details.delivery.into(),
            event: RawValue::from_string(details.body).ok(),
            last_action: details.last_action.map(OperatorActionView::from),
        }
    }
}

/// The number of webhooks that a call selected, and that it sent again.
#[derive(Serialize, ToSchema)]
pub struct ResentCount {
    /// Webhooks that match the filter.
    pub(super) selected: u64,
    /// Webhooks that are pending again; 0 for a dry run.
    pub(super) resent: u64,
}
