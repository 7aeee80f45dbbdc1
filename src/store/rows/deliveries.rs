//! Rows of webhook deliveries, the changes that an attempt makes to them, and the turns of
//! endpoints.

use std::time::Duration;

use sqlx_macros::FromRow;

use super::{RecordedActionRow, StoredTime, read, trace_of};
use crate::{
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryState, DueDelivery},
        endpoint::{Endpoint, EndpointState},
        identifiers::{DeliveryId, EndpointId, WorkId},
        operator_action::RecordedAction,
    },
    store::{DeliveryOutcome, StoreError},
};

/// The number of deliveries that one claim makes due.
pub(in crate::store) const MADE_DUE_AT_ONCE: u32 = 1_000;
/// The number of deliveries that one pause gives up.
pub(in crate::store) const GIVEN_UP_AT_ONCE: u32 = 10_000;
/// The number of due deliveries that one pause postpones to its end. A paused endpoint whose
/// deliveries are all postponed costs claims nothing; one with more costs an index look-up.
pub(in crate::store) const POSTPONED_AT_ONCE: u32 = 100;
/// The time for which the last pause of an endpoint is kept.
pub(in crate::store) const PAUSES_KEPT: Duration = Duration::from_hours(7 * 24);

/// An endpoint whose turn it is.
#[derive(FromRow)]
pub(in crate::store) struct TurnRow {
    pub endpoint: EndpointId,
    /// True if the endpoint was paused.
    pub is_probe: bool,
}

/// Returns the maximum number of deliveries that each endpoint gives: an equal part, rounded up,
/// and one if it has yet to show that it is back.
pub(in crate::store) fn shares(turns: &[TurnRow], limit: u32, endpoint_limit: u32) -> Vec<u32> {
    let endpoints = u32::try_from(turns.len()).unwrap_or(u32::MAX).max(1);
    let part = limit.div_ceil(endpoints).clamp(1, endpoint_limit.max(1));
    let shares = turns
        .iter()
        .map(|turn| if turn.is_probe { 1 } else { part });
    shares.collect()
}

/// A delivery claimed for one attempt.
#[derive(FromRow)]
pub(in crate::store) struct DueDeliveryRow {
    id: DeliveryId,
    event_type: String,
    job_id: WorkId,
    url: String,
    endpoint: EndpointId,
    body: String,
    traceparent: Option<String>,
    attempts: i32,
    /// Seconds.
    waiting: f64,
}

impl DueDeliveryRow {
    pub(in crate::store) fn into_due(self, turns: &[TurnRow]) -> DueDelivery {
        let is_probe = |turn: &TurnRow| turn.is_probe && turn.endpoint == self.endpoint;
        DueDelivery {
            is_probe: turns.iter().any(is_probe),
            id: self.id,
            event_type: self.event_type,
            job_id: self.job_id,
            url: self.url,
            endpoint: self.endpoint,
            body: self.body,
            trace: trace_of(self.traceparent),
            attempt: self.attempts,
            waiting: Duration::from_secs_f64(self.waiting.max(0.0)),
        }
    }
}

/// A delivery as it is shown.
#[derive(FromRow)]
pub(in crate::store) struct DeliveryRow {
    id: DeliveryId,
    event_type: String,
    job_id: WorkId,
    endpoint: EndpointId,
    state: String,
    attempts: i32,
    next_attempt_at: StoredTime,
    last_status: Option<i32>,
    last_error: Option<String>,
    created_at: StoredTime,
    finished_at: Option<StoredTime>,
    paused_until: Option<StoredTime>,
    pause_reason: Option<String>,
}

impl DeliveryRow {
    pub(in crate::store) fn into_delivery(self) -> Result<Delivery, StoreError> {
        let state = read(
            "webhook_deliveries.state",
            &self.state,
            DeliveryState::parse,
        )?;
        let is_pending = state == DeliveryState::Pending;
        // A delivery that waits for its endpoint may never have been sent.
        let pause = self.paused_until.filter(|_| is_pending);
        let next_attempt_at =
            pause.map_or(self.next_attempt_at, |end| end.max(self.next_attempt_at));
        Ok(Delivery {
            id: self.id,
            event_type: self.event_type,
            job_id: self.job_id,
            endpoint: self.endpoint,
            state,
            attempts: self.attempts,
            next_attempt_at: is_pending.then_some(next_attempt_at.time()),
            last_status: self.last_status,
            last_error: pause.and(self.pause_reason).or(self.last_error),
            created_at: self.created_at.time(),
            finished_at: self.finished_at.map(StoredTime::time),
        })
    }
}

/// A delivery with its content.
#[derive(FromRow)]
pub(in crate::store) struct DeliveryDetailsRow {
    #[sqlx(flatten)]
    delivery: DeliveryRow,
    body: String,
    pub operator_action: Option<String>,
}

impl DeliveryDetailsRow {
    pub(in crate::store) fn into_details(
        self,
        last_action: Option<RecordedActionRow>,
    ) -> Result<DeliveryDetails, StoreError> {
        let last_action: Option<RecordedAction> = last_action
            .map(RecordedActionRow::into_recorded)
            .transpose()?;
        Ok(DeliveryDetails {
            delivery: self.delivery.into_delivery()?,
            body: self.body,
            last_action,
        })
    }
}

/// An endpoint as it is shown.
#[derive(FromRow)]
pub(in crate::store) struct EndpointRow {
    endpoint: EndpointId,
    state: String,
    paused_until: Option<StoredTime>,
    reason: Option<String>,
    pending: i64,
}

impl EndpointRow {
    pub(in crate::store) fn into_endpoint(self) -> Result<Endpoint, StoreError> {
        Ok(Endpoint {
            id: self.endpoint,
            state: read("webhook_endpoints.state", &self.state, EndpointState::parse)?,
            paused_until: self.paused_until.map(StoredTime::time),
            reason: self.reason,
            pending: self.pending,
        })
    }
}

/// The ranges of endpoint ids of a host: those without and those with a port.
pub(in crate::store) fn ranges_of_host(host: &str) -> [(String, String); 2] {
    // Ids are compared byte by byte: `~` is followed by DEL, and `:` by `;`.
    let after = |separator: char, end: char| (format!("{host}{separator}"), format!("{host}{end}"));
    [after('~', '\u{7f}'), after(':', ';')]
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
            DeliveryOutcome::Failed {
                status,
                error,
                consumed,
            } => (
                DeliveryState::Failed,
                *status,
                Some(error.as_str()),
                Duration::ZERO,
                *consumed,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(name: &str, is_probe: bool) -> TurnRow {
        TurnRow {
            endpoint: EndpointId::from_row(name.to_owned()),
            is_probe,
        }
    }

    #[test]
    fn endpoints_share_a_claim_equally() {
        let turns = [turn("a", false), turn("b", true), turn("c", false)];
        assert_eq!(shares(&turns, 32, 8), [8, 1, 8]);
        assert_eq!(shares(&turns, 10, 8), [4, 1, 4]);
        assert_eq!(shares(&turns[..1], 2, 8), [2]);
        assert_eq!(shares(&turns, 1, 0), [1, 1, 1]);
    }

    #[test]
    fn the_ranges_of_a_host_hold_its_endpoints_and_no_others() {
        let host = |host: &str, id: &EndpointId| {
            let ranges = ranges_of_host(host);
            ranges
                .iter()
                .any(|(from, to)| (from.as_str()..to.as_str()).contains(&id.as_str()))
        };
        let own = EndpointId::of("https://one.example/hook");
        let with_port = EndpointId::of("https://one.example:8443/hook");
        let longer = EndpointId::of("https://one.example.org/hook");
        let dashed = EndpointId::of("https://one.example-two.org/hook");
        assert!(host("one.example", &own) && host("one.example", &with_port));
        assert!(host("one.example:8443", &with_port) && !host("one.example:8443", &own));
        assert!(!host("one.example", &longer) && !host("one.example", &dashed));
        assert!(!host("one.exampl", &own));
    }
}
