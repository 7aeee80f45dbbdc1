//! Sends recorded deliveries: claims them from the ledger, signs and sends them, and records them
//! as received, to be retried, or given up.
//!
//! Deliveries to a paused receiver are not claimed: each pause postpones the due ones with one
//! write and gives up those that have waited for too long. So a receiver that never comes back
//! costs one write and a few attempts for each pause, however many deliveries wait for it, and they
//! end.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::counter;
use tokio::{
    sync::Notify,
    task::{self, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    Backoff,
    failure::{NextStep, after_delivery, spread},
    webhook_transport::{DeliveryError, OutgoingDelivery, WebhookTransport},
};
use crate::{
    breaker::Paused,
    domain::delivery::DueDelivery,
    store::{Deliveries, DeliveryOutcome, PostponedDeliveries},
};

/// The interval at which the ledger is polled if no new delivery is announced.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The time that an attempt may take beyond the timeout of its requests before it counts as lost.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// The webhook pool.
pub struct WebhookPool {
    /// The ledger's deliveries.
    pub deliveries: Arc<dyn Deliveries>,
    /// The transport that sends webhooks.
    pub sender: Arc<dyn WebhookTransport>,
    /// Notified when an outcome with a delivery was recorded.
    pub recorded: Arc<Notify>,
    /// The maximum number of concurrent deliveries.
    pub concurrency: usize,
    /// The maximum number of attempts after the first.
    pub retry_count: u32,
    /// The pauses between attempts.
    pub backoff: Backoff,
    /// The age at which a delivery to a paused receiver is given up.
    pub give_up_after: Duration,
    /// The sender's timeout for one request.
    pub request_timeout: Duration,
    /// The maximum number of concurrent deliveries to one receiver; the sender queues further ones.
    pub receiver_concurrency: usize,
}

/// Deliveries under way, with the receiver that each goes to.
#[derive(Default)]
struct UnderWay {
    attempts: JoinSet<()>,
    receivers: HashMap<task::Id, String>,
}

impl UnderWay {
    fn start(&mut self, receiver: String, attempt: impl Future<Output = ()> + Send + 'static) {
        // Spawned as tasks of their own: an attempt may hold a database connection, and the query
        // for due deliveries needs one.
        let id = self.attempts.spawn(attempt).id();
        self.receivers.insert(id, receiver);
    }

    /// Waits for the next one to end; `None` if there is none.
    async fn next_ended(&mut self) -> Option<()> {
        let id = match self.attempts.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(broken) => broken.id(),
        };
        self.receivers.remove(&id);
        Some(())
    }

    /// Returns the receivers with at least `limit` deliveries under way.
    fn busy(&self, limit: usize) -> Vec<String> {
        let mut counts = HashMap::<&str, usize>::new();
        for receiver in self.receivers.values() {
            *counts.entry(receiver).or_default() += 1;
        }
        let busy = counts.into_iter().filter(|(_, count)| *count >= limit);
        busy.map(|(receiver, _)| receiver.to_owned()).collect()
    }
}

impl WebhookPool {
    /// Sends until `stop` is cancelled, and then waits for the attempts under way.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        // A delivery may wait for earlier ones to the same receiver before its own request.
        let lease = self.request_timeout * 2 + LEASE_MARGIN;
        let mut under_way = UnderWay::default();
        let mut pauses = HashMap::new();
        let mut failing = false;
        while !stop.is_cancelled() {
            let known = std::mem::replace(&mut pauses, self.sender.pauses());
            for (receiver, end) in &pauses {
                let pause = end.saturating_duration_since(Instant::now());
                if known.get(receiver) != Some(end) && !pause.is_zero() {
                    let (pool, name) = (Arc::clone(&self), receiver.clone());
                    let postponing = async move { pool.postpone(name, pause).await };
                    under_way.start(receiver.clone(), postponing);
                }
            }
            let room = self.concurrency.saturating_sub(under_way.attempts.len());
            // A receiver gets at most twice its limit of concurrent deliveries: the second half
            // waits in the sender.
            let limit = room.min(self.receiver_concurrency);
            let mut found = 0;
            if limit > 0 {
                let mut except = under_way.busy(self.receiver_concurrency);
                except.extend(pauses.keys().cloned());
                let asked = u32::try_from(limit).unwrap_or(u32::MAX);
                match self
                    .deliveries
                    .claim_deliveries(asked, lease, &except)
                    .await
                {
                    Ok(due) => {
                        failing = false;
                        found = due.len();
                        for delivery in due {
                            let (pool, receiver) = (Arc::clone(&self), delivery.receiver.clone());
                            let attempt = async move { pool.attempt(delivery).await };
                            under_way.start(receiver, attempt);
                        }
                    }
                    Err(error) => {
                        if !failing {
                            warn!(%error, "webhooks wait for the database");
                        }
                        failing = true;
                    }
                }
            }
            if found == limit && !failing {
                // There may be more.
                if found == room {
                    under_way.next_ended().await;
                }
            } else {
                tokio::select! {
                    Some(()) = under_way.next_ended() => {}
                    () = self.recorded.notified() => {}
                    () = tokio::time::sleep(POLL_INTERVAL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        while under_way.next_ended().await.is_some() {}
    }

    /// Postpones the due deliveries to a receiver whose pause has just begun.
    async fn postpone(&self, receiver: String, pause: Duration) {
        let paused = Paused {
            dependency: receiver.clone(),
            retry_after: pause,
        };
        let reason = DeliveryError::from(paused).to_string();
        let postponing =
            self.deliveries
                .postpone_deliveries(&receiver, pause, self.give_up_after, &reason);
        match postponing.await {
            Ok(PostponedDeliveries {
                postponed,
                given_up,
            }) => {
                debug!(receiver, postponed, "webhooks wait for their receiver");
                if given_up > 0 {
                    counter!("matching_webhook_attempts_total", "outcome" => "failed")
                        .increment(given_up);
                    warn!(
                        receiver,
                        given_up, "webhooks given up: the receiver was unavailable for too long"
                    );
                }
            }
            // This process skips them nevertheless.
            Err(error) => warn!(%error, receiver, "webhooks of a paused receiver not postponed"),
        }
    }

    async fn attempt(&self, delivery: DueDelivery) {
        let outgoing = OutgoingDelivery {
            id: delivery.id.as_str().to_owned(),
            url: delivery.url.clone(),
            body: delivery.body.clone().into_bytes(),
        };
        let now = crate::clock::now().timestamp();
        let outcome = match self.sender.send(&outgoing, now).await {
            Ok(delivered) => DeliveryOutcome::Delivered {
                status: delivered.status,
            },
            Err(error) => self.after_failure(&delivery, &error),
        };
        log_attempt(&delivery, &outcome);
        if let Err(error) = self
            .deliveries
            .record_delivery(&delivery.id, &outcome)
            .await
        {
            // The delivery's lease expires and it is sent again, under the same id.
            warn!(
                %error,
                delivery.id = %delivery.id,
                "outcome of a delivery not recorded; it will be sent again"
            );
        }
    }

    fn after_failure(&self, delivery: &DueDelivery, error: &DeliveryError) -> DeliveryOutcome {
        let status = error.status();
        let attempts = u32::try_from(delivery.attempt).unwrap_or(u32::MAX);
        let (after, consumed) = match after_delivery(error) {
            NextStep::Wait { at_least } => (spread(at_least, rand::random()), false),
            NextStep::Retry if attempts <= self.retry_count => {
                let own_pause = self.backoff.pause(delivery.attempt, rand::random());
                // A receiver that states a `Retry-After` is not asked earlier.
                (own_pause.max(error.retry_after().unwrap_or_default()), true)
            }
            NextStep::Retry | NextStep::GiveUp => {
                return DeliveryOutcome::Failed {
                    status,
                    error: error.to_string(),
                };
            }
        };
        DeliveryOutcome::Retry {
            after,
            status,
            error: error.to_string(),
            consumed,
        }
    }
}

fn log_attempt(delivery: &DueDelivery, outcome: &DeliveryOutcome) {
    let (id, attempt) = (&delivery.id, delivery.attempt);
    match outcome {
        DeliveryOutcome::Delivered { status } => {
            counter!("matching_webhook_attempts_total", "outcome" => "delivered").increment(1);
            info!(delivery.id = %id, attempt, status, "webhook delivered");
        }
        DeliveryOutcome::Retry {
            consumed: false, ..
        } => {
            // The log already has the pause of this receiver.
            debug!(delivery.id = %id, "webhook not sent: its receiver is paused");
        }
        DeliveryOutcome::Retry { after, error, .. } => {
            counter!("matching_webhook_attempts_total", "outcome" => "retry").increment(1);
            let retry_in_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            warn!(delivery.id = %id, attempt, error, retry_in_ms, "webhook failed; it is retried later");
        }
        DeliveryOutcome::Failed { error, .. } => {
            counter!("matching_webhook_attempts_total", "outcome" => "failed").increment(1);
            warn!(delivery.id = %id, attempt, error, "webhook given up");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn receivers_are_busy_while_enough_is_under_way_to_them() {
        let mut under_way = UnderWay::default();
        under_way.start("a".to_owned(), async {});
        under_way.start("a".to_owned(), async { panic!("an attempt that broke") });
        under_way.start("b".to_owned(), std::future::pending());
        assert_eq!(under_way.busy(2), ["a"]);
        under_way.next_ended().await;
        assert!(under_way.busy(2).is_empty());
        under_way.next_ended().await;
        assert_eq!(under_way.busy(1), ["b"]);
    }
}
