//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up.

use std::time::Duration;

use async_trait::async_trait;
use matching::{
    domain::{
        delivery::{DeliveryState, DueDelivery},
        identifiers::DeliveryId,
    },
    store::{Deliveries, DeliveryOutcome, DeliveryView, PostponedDeliveries, StoreError},
};

use super::{Ledger, ModelStore};

/// The number of deliveries that one call postpones.
const POSTPONED_AT_ONCE: usize = 10_000;

#[async_trait]
impl Deliveries for ModelStore {
    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now + lease;
        let mut due = ledger.due(|receiver| !except.contains(receiver));
        due.truncate(limit as usize);
        let claimed = due.into_iter().map(|index| {
            let row = &mut ledger.deliveries[index];
            row.attempts += 1;
            row.next_attempt_at = until;
            DueDelivery {
                id: row.delivery.id.clone(),
                url: row.delivery.url.clone(),
                receiver: row.receiver.clone(),
                body: row.delivery.body.clone(),
                attempt: row.attempts,
            }
        });
        Ok(claimed.collect())
    }

    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut due = ledger.due(|other| other == receiver);
        due.truncate(POSTPONED_AT_ONCE);
        let mut postponed = PostponedDeliveries::default();
        for index in due {
            let row = &mut ledger.deliveries[index];
            row.last_error = Some(reason.to_owned());
            row.next_attempt_at = now + pause;
            if row.created_at <= now - give_up_after {
                row.state = DeliveryState::Failed;
                row.finished_at = Some(now);
                postponed.given_up += 1;
            } else {
                postponed.postponed += 1;
            }
        }
        Ok(postponed)
    }

    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut rows = ledger.deliveries.iter_mut();
        let pending = rows
            .find(|row| row.delivery.id == *id)
            .filter(|row| row.state == DeliveryState::Pending);
        let Some(row) = pending else { return Ok(()) };
        let (state, status, error) = match outcome {
            DeliveryOutcome::Delivered { status } => {
                (DeliveryState::Delivered, Some(*status), None)
            }
            DeliveryOutcome::Retry {
                after,
                status,
                error,
                consumed,
            } => {
                row.next_attempt_at = now + *after;
                row.attempts -= i32::from(!consumed);
                (DeliveryState::Pending, *status, Some(error.clone()))
            }
            DeliveryOutcome::Failed { status, error } => {
                (DeliveryState::Failed, *status, Some(error.clone()))
            }
        };
        row.state = state;
        row.last_status = status.map(i32::from);
        row.last_error = error;
        row.finished_at = (state != DeliveryState::Pending).then_some(now);
        Ok(())
    }

    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        let ledger = self.ledger();
        let rows = ledger.deliveries.iter();
        let rows = rows.filter(|row| row.delivery.job_id == job_id);
        let views = rows.map(|row| DeliveryView {
            id: row.delivery.id.clone(),
            event_type: row.delivery.event_type.to_owned(),
            state: row.state.as_str().to_owned(),
            attempts: row.attempts,
            last_status: row.last_status,
            last_error: row.last_error.clone(),
        });
        Ok(views.collect())
    }
}

impl Ledger {
    /// The due deliveries to these receivers, the longest due first.
    fn due(&self, wanted: impl Fn(&String) -> bool) -> Vec<usize> {
        let is_due = |index: &usize| {
            let row = &self.deliveries[*index];
            row.state == DeliveryState::Pending
                && row.next_attempt_at <= self.now
                && wanted(&row.receiver)
        };
        let mut due: Vec<usize> = (0..self.deliveries.len()).filter(is_due).collect();
        due.sort_by_key(|index| self.deliveries[*index].next_attempt_at);
        due
    }
}
