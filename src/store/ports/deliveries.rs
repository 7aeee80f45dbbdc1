//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{delivery::DueDelivery, identifiers::DeliveryId},
    store::StoreError,
};

/// The outbox of webhooks.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Claims due deliveries for one attempt each; a delivery is due again if `lease` passes
    /// without an outcome. Skips the receivers in `except`, which are busy or paused, without
    /// scanning their backlogs.
    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Postpones the due deliveries to a paused receiver until the pause is over, without counting
    /// an attempt; those recorded at least `give_up_after` ago are given up. Touches the 10,000
    /// deliveries that are due longest; the next pause takes the rest.
    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError>;

    /// Records the end of an attempt.
    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError>;

    /// Returns the deliveries about one job or batch, oldest first.
    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError>;
}

/// The outcome of one attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver accepted the delivery.
    Delivered {
        /// The receiver's HTTP status.
        status: u16,
    },
    /// The delivery is to be retried.
    Retry {
        /// The pause before the next attempt.
        after: Duration,
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// The error.
        error: String,
        /// True if this counted as an attempt (an open breaker does not).
        consumed: bool,
    },
    /// The delivery was given up.
    Failed {
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// The error.
        error: String,
    },
}

/// Counts of the deliveries whose receiver is paused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostponedDeliveries {
    /// Deliveries that were postponed until the pause is over.
    pub postponed: u64,
    /// Deliveries that were given up because they had waited for too long.
    pub given_up: u64,
}

/// A webhook and its progress.
#[derive(Debug, Clone)]
pub struct DeliveryView {
    /// The value of its `webhook-id` header.
    pub id: DeliveryId,
    /// The type of its event.
    pub event_type: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// The number of attempts.
    pub attempts: i32,
    /// The receiver's last HTTP status.
    pub last_status: Option<i32>,
    /// The last error.
    pub last_error: Option<String>,
}
