//! Rows of webhook deliveries, and the changes that an attempt makes to them.

use std::time::Duration;

use sqlx_macros::FromRow;

use crate::{
    domain::{
        delivery::{DeliveryState, DueDelivery},
        identifiers::DeliveryId,
    },
    store::{DeliveryOutcome, DeliveryView, PostponedDeliveries},
};

/// The number of deliveries that one call postpones.
pub(in crate::store) const POSTPONED_AT_ONCE: u32 = 10_000;

/// A delivery claimed for one attempt.
#[derive(FromRow)]
pub(in crate::store) struct DueDeliveryRow {
    id: DeliveryId,
    url: String,
    receiver: String,
    body: String,
    attempts: i32,
}

impl From<DueDeliveryRow> for DueDelivery {
    fn from(row: DueDeliveryRow) -> Self {
        Self {
            id: row.id,
            url: row.url,
            receiver: row.receiver,
            body: row.body,
            attempt: row.attempts,
        }
    }
}

/// A delivery as it is shown.
#[derive(FromRow)]
pub(in crate::store) struct DeliveryRow {
    id: DeliveryId,
    event_type: String,
    state: String,
    attempts: i32,
    last_status: Option<i32>,
    last_error: Option<String>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            event_type: row.event_type,
            state: row.state,
            attempts: row.attempts,
            last_status: row.last_status,
            last_error: row.last_error,
        }
    }
}

impl PostponedDeliveries {
    /// Counts deliveries by their current state.
    pub(in crate::store) fn of(states: &[String]) -> Self {
        let is_given_up = |state: &&String| *state == DeliveryState::Failed.as_str();
        let given_up = states.iter().filter(is_given_up).count() as u64;
        Self {
            postponed: states.len() as u64 - given_up,
            given_up,
        }
    }
}

/// The changes that the end of one attempt makes to a delivery's row.
pub(in crate::store) struct DeliveryColumns<'a> {
    pub state: DeliveryState,
    pub last_status: Option<i32>,
    pub last_error: Option<&'a str>,
    /// The pause before the next attempt.
    pub pause: Duration,
    /// Attempts that did not count.
    pub given_back: i32,
}

impl<'a> DeliveryColumns<'a> {
    pub(in crate::store) fn of(outcome: &'a DeliveryOutcome) -> Self {
        let (state, status, last_error, pause, consumed) = match outcome {
            DeliveryOutcome::Delivered { status } => (
                DeliveryState::Delivered,
                Some(*status),
                None,
                Duration::ZERO,
                true,
            ),
            DeliveryOutcome::Retry {
                after,
                status,
                error,
                consumed,
            } => (
                DeliveryState::Pending,
                *status,
                Some(error.as_str()),
                *after,
                *consumed,
            ),
            DeliveryOutcome::Failed { status, error } => (
                DeliveryState::Failed,
                *status,
                Some(error.as_str()),
                Duration::ZERO,
                true,
            ),
        };
        Self {
            state,
            last_status: status.map(i32::from),
            last_error,
            pause,
            given_back: i32::from(!consumed),
        }
    }
}
