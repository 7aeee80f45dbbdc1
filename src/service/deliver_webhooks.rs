//! Sending recorded deliveries: taken from the ledger, signed, sent, and recorded again as
//! received, to be repeated, or given up.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Backoff;
use crate::{
    domain::delivery::DueDelivery,
    store::{DeliveryOutcome, Store},
    webhook::sender::{DeliveryError, OutgoingDelivery, WebhookSender},
};

/// How often the ledger is asked without having been told of a new delivery.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// What an attempt may take beyond the request's own timeout before it counts as lost.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// The webhook pool.
pub struct WebhookPool {
    /// The ledger.
    pub store: Arc<dyn Store>,
    /// The only way out.
    pub sender: WebhookSender,
    /// Rung when an outcome with a delivery was recorded.
    pub recorded: Arc<Notify>,
    /// How many deliveries are under way at once.
    pub concurrency: usize,
    /// Attempts after the first.
    pub retry_count: u32,
    /// The pauses between them.
    pub backoff: Backoff,
    /// The sender's timeout for one request.
    pub request_timeout: Duration,
}

impl WebhookPool {
    /// Sends until `stop`, and then until the attempts under way have ended.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let lease = self.request_timeout + LEASE_MARGIN;
        // Tasks of their own: an attempt may hold a database connection, and the look for due
        // deliveries waits for one.
        let mut under_way = JoinSet::new();
        let mut failing = false;
        while !stop.is_cancelled() {
            let room = self.concurrency - under_way.len();
            let mut found = 0;
            if room > 0 {
                let limit = u32::try_from(room).unwrap_or(u32::MAX);
                match self.store.claim_deliveries(limit, lease).await {
                    Ok(due) => {
                        failing = false;
                        found = due.len();
                        for delivery in due {
                            let pool = Arc::clone(&self);
                            under_way.spawn(async move { pool.attempt(delivery).await });
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
            if found == room && room > 0 && !failing {
                // There may be more, but no room before one has ended.
                under_way.join_next().await;
            } else {
                tokio::select! {
                    Some(_) = under_way.join_next() => {}
                    () = self.recorded.notified() => {}
                    () = tokio::time::sleep(POLL_INTERVAL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn attempt(&self, delivery: DueDelivery) {
        let outgoing = OutgoingDelivery {
            id: delivery.id.as_str().to_owned(),
            url: delivery.url.clone(),
            body: delivery.body.clone().into_bytes(),
        };
        let now = chrono::Utc::now().timestamp();
        let outcome = match self.sender.send(&outgoing, now).await {
            Ok(delivered) => DeliveryOutcome::Delivered {
                status: delivered.status,
            },
            Err(error) => self.after_failure(&delivery, &error),
        };
        log_attempt(&delivery, &outcome);
        if let Err(error) = self.store.record_delivery(&delivery.id, &outcome).await {
            // The delivery's lease ends and it is sent again, under the same id.
            warn!(%error, delivery.id = %delivery.id, "delivery's outcome not recorded");
        }
    }

    fn after_failure(&self, delivery: &DueDelivery, error: &DeliveryError) -> DeliveryOutcome {
        let status = error.status();
        let consumed = error.consumes_attempt();
        let attempts = u32::try_from(delivery.attempt).unwrap_or(u32::MAX);
        let exhausted = consumed && attempts > self.retry_count;
        if !error.is_retryable() || exhausted {
            return DeliveryOutcome::Failed {
                status,
                error: error.to_string(),
            };
        }
        let own_pause = self.backoff.pause(delivery.attempt, rand::random());
        // A receiver that says when to come back is not asked earlier.
        let after = error
            .retry_after()
            .map_or(own_pause, |asked| asked.max(own_pause));
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
        DeliveryOutcome::Retry { after, error, .. } => {
            counter!("matching_webhook_attempts_total", "outcome" => "retry").increment(1);
            let retry_in_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            warn!(delivery.id = %id, attempt, error, retry_in_ms, "webhook failed, sent again later");
        }
        DeliveryOutcome::Failed { error, .. } => {
            counter!("matching_webhook_attempts_total", "outcome" => "failed").increment(1);
            warn!(delivery.id = %id, attempt, error, "webhook given up");
        }
    }
}
