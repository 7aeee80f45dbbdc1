//! Sends recorded deliveries: claims them from the ledger, signs and sends them, and records them
//! as received, to be retried, or given up.
//!
//! Deliveries to a paused endpoint are not claimed by any process: each pause is recorded in the
//! ledger with one write, which also gives up the deliveries that have waited for too long. So an
//! endpoint that never comes back costs one write and one attempt for each pause, however many
//! deliveries wait for it, and they end.
//!
//! Once a pause is recorded, the ledger alone decides when it ends. If a claim returns a delivery
//! to an endpoint that this process still pauses, the ledger's pause was ended, by an operator or
//! by a process that delivered to it, so this process ends its own.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{self, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error_span, info, warn};
use ulid::Ulid;

use super::{
    delivery_log::DeliveryLog,
    delivery_schedule::DeliverySchedule,
    failure::{NextStep, next_step_of_delivery, spread},
    webhook_transport::{DeliveryError, EndpointPause, OutgoingDelivery, WebhookTransport},
};
use crate::{
    domain::{delivery::DueDelivery, identifiers::EndpointId},
    outage::OutageReports,
    store::{Deliveries, DeliveryClaim, DeliveryOutcome, StoreError},
};

/// The interval at which the ledger is polled if no new delivery is announced.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The time that an attempt may take beyond the timeout of its requests before it counts as lost.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// The rest of a pause that ends by itself even if the ledger's has just ended: clocks differ a
/// little, and the ledger of SQLite counts milliseconds.
const PAUSE_MARGIN: Duration = Duration::from_secs(1);

/// The settings of a webhook pool.
#[derive(Debug, Clone)]
pub struct WebhookPoolSettings {
    /// The maximum number of concurrent deliveries.
    pub concurrency: usize,
    /// The maximum number of concurrent deliveries to one endpoint; the sender queues further ones.
    pub endpoint_concurrency: usize,
    /// The pauses between attempts.
    pub schedule: DeliverySchedule,
    /// The time after which a delivery to an endpoint that stays paused is given up.
    pub give_up_after: Duration,
    /// The sender's timeout for one request.
    pub request_timeout: Duration,
    /// The function that draws a number in [0, 1) for the lengths of pauses.
    pub draw: fn() -> f64,
}

/// The webhook pool.
pub struct WebhookPool {
    deliveries: Arc<dyn Deliveries>,
    sender: Arc<dyn WebhookTransport>,
    /// Notified when an outcome with a delivery was recorded.
    recorded: Arc<Notify>,
    settings: WebhookPoolSettings,
    log: DeliveryLog,
    /// The ends of the pauses that were recorded in the ledger.
    recorded_pauses: Mutex<HashMap<EndpointId, std::time::Instant>>,
}

/// Deliveries under way, with the endpoint that each goes to.
#[derive(Default)]
struct UnderWay {
    attempts: JoinSet<()>,
    endpoints: HashMap<task::Id, EndpointId>,
}

impl UnderWay {
    fn start(&mut self, endpoint: EndpointId, attempt: impl Future<Output = ()> + Send + 'static) {
        // Spawned as tasks of their own: an attempt may hold a database connection, and the query
        // for due deliveries needs one.
        let id = self.attempts.spawn(attempt).id();
        self.endpoints.insert(id, endpoint);
    }

    /// Waits for the next one to end; `None` if there is none.
    async fn next_ended(&mut self) -> Option<()> {
        let id = match self.attempts.join_next_with_id().await? {
            Ok((id, ())) => id,
            Err(broken) => broken.id(),
        };
        self.endpoints.remove(&id);
        Some(())
    }

    /// Returns the endpoints with at least `limit` deliveries under way.
    fn busy(&self, limit: usize) -> Vec<EndpointId> {
        let mut counts = HashMap::<&EndpointId, usize>::new();
        for endpoint in self.endpoints.values() {
            *counts.entry(endpoint).or_default() += 1;
        }
        let busy = counts.into_iter().filter(|(_, count)| *count >= limit);
        busy.map(|(endpoint, _)| endpoint.clone()).collect()
    }
}

impl WebhookPool {
    /// Creates a pool that sends the ledger's deliveries.
    pub fn new(
        deliveries: Arc<dyn Deliveries>,
        sender: Arc<dyn WebhookTransport>,
        recorded: Arc<Notify>,
        settings: WebhookPoolSettings,
    ) -> Self {
        Self {
            deliveries,
            sender,
            recorded,
            settings,
            log: DeliveryLog::default(),
            recorded_pauses: Mutex::default(),
        }
    }

    /// Sends until `stop` is cancelled, and then waits for the attempts under way.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut under_way = UnderWay::default();
        let mut pauses = HashMap::new();
        let mut last_served = None;
        let mut failing = false;
        let reports = OutageReports::default();
        while !stop.is_cancelled() {
            self.log.summarise();
            let known = std::mem::replace(&mut pauses, self.sender.pauses());
            for (endpoint, pause) in new_pauses(&known, &pauses) {
                let (pool, id) = (Arc::clone(&self), endpoint.clone());
                let pausing = async move { pool.pause(id, pause).await };
                under_way.start(endpoint, pausing);
            }
            let room = self
                .settings
                .concurrency
                .saturating_sub(under_way.attempts.len());
            let mut found = 0;
            if room > 0 {
                let mut except = under_way.busy(self.settings.endpoint_concurrency);
                let (recorded, unrecorded) = self.by_record(&pauses);
                except.extend(unrecorded);
                match self.claim(room, last_served.clone(), except).await {
                    Ok(due) => {
                        failing = false;
                        reports.succeeded();
                        found = due.len();
                        last_served = last_in_turn(&due, last_served);
                        self.end_pauses(&due, &recorded);
                        for delivery in due {
                            let (pool, endpoint) = (Arc::clone(&self), delivery.endpoint.clone());
                            // Of the highest level: no filter of the log drops the id.
                            let span = error_span!(
                                "webhook.attempt",
                                trace.id = delivery.trace.map(|trace| display(trace.trace_id())),
                            );
                            let attempt =
                                async move { pool.attempt(delivery).await }.instrument(span);
                            under_way.start(endpoint, attempt);
                        }
                    }
                    Err(error) => {
                        if let Some(failures) = reports.failed() {
                            warn!(
                                error = &error as &dyn std::error::Error,
                                failures, "webhooks wait for the database"
                            );
                        }
                        failing = true;
                    }
                }
            }
            if found == room && !failing {
                // There may be more.
                under_way.next_ended().await;
            } else {
                tokio::select! {
                    // In a stated order, so that a simulation can be replayed.
                    biased;
                    Some(()) = under_way.next_ended() => {}
                    () = self.recorded.notified() => {}
                    () = tokio::time::sleep(POLL_INTERVAL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        while under_way.next_ended().await.is_some() {}
    }

    /// Claims at most `room` due deliveries, beginning with the endpoint after `last_served`, and
    /// none to the endpoints `busy_or_paused` in this process.
    async fn claim(
        &self,
        room: usize,
        last_served: Option<EndpointId>,
        busy_or_paused: Vec<EndpointId>,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let claim = DeliveryClaim {
            limit: count(room),
            endpoint_limit: count(self.settings.endpoint_concurrency),
            // A delivery may wait for earlier ones to the same endpoint before its own request.
            lease: self.settings.request_timeout * 2 + LEASE_MARGIN,
            last_served,
            except: busy_or_paused,
        };
        self.deliveries.claim_deliveries(&claim).await
    }

    /// Divides the endpoints that this process pauses into those whose pause the ledger has, and
    /// all others, which no claim may return. A pause that ends soon, or whose end is being probed,
    /// belongs to the others.
    fn by_record(
        &self,
        pauses: &HashMap<EndpointId, EndpointPause>,
    ) -> (HashSet<EndpointId>, Vec<EndpointId>) {
        let mut recorded = self.recorded_pauses();
        recorded
            .retain(|endpoint, end| pauses.get(endpoint).is_some_and(|pause| pause.end == *end));
        let (mut in_ledger, mut others) = (HashSet::new(), vec![]);
        for (endpoint, pause) in pauses {
            if recorded.contains_key(endpoint) && pause.end > now() + PAUSE_MARGIN {
                in_ledger.insert(endpoint.clone());
            } else {
                others.push(endpoint.clone());
            }
        }
        (in_ledger, others)
    }

    /// Ends the pauses of endpoints whose deliveries the ledger hands out although it had their
    /// pauses.
    fn end_pauses(&self, due: &[DueDelivery], recorded: &HashSet<EndpointId>) {
        let ended: HashSet<&EndpointId> = due
            .iter()
            .map(|delivery| &delivery.endpoint)
            .filter(|endpoint| recorded.contains(*endpoint))
            .collect();
        for endpoint in ended {
            self.sender.end_pause(endpoint);
            info!(%endpoint, "the pause of an endpoint was ended; webhooks are sent to it again");
        }
    }

    fn recorded_pauses(&self) -> MutexGuard<'_, HashMap<EndpointId, std::time::Instant>> {
        self.recorded_pauses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a pause that has just begun, for all processes.
    async fn pause(&self, endpoint: EndpointId, pause: EndpointPause) {
        let wait = pause.end.saturating_duration_since(now());
        let give_up_after = self.settings.give_up_after;
        let reason = of_host(&endpoint, &pause.reason);
        let pausing = self
            .deliveries
            .pause_endpoint(&endpoint, wait, &reason, give_up_after);
        match pausing.await {
            Ok(given_up) => {
                self.log.given_up_while_paused(&endpoint, given_up, &reason);
                self.recorded_pauses().insert(endpoint, pause.end);
            }
            // This process skips them nevertheless.
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                %endpoint,
                "the pause of an endpoint was not recorded"
            ),
        }
    }

    async fn attempt(&self, delivery: DueDelivery) {
        let outgoing = OutgoingDelivery {
            id: delivery.id.clone(),
            endpoint: delivery.endpoint.clone(),
            url: delivery.url.clone(),
            body: delivery.body.clone().into_bytes(),
            trace: delivery.trace.map(|trace| trace.child(Ulid::generate())),
        };
        let now = crate::clock::now().timestamp();
        let outcome = match self.sender.send(&outgoing, now).await {
            Ok(delivered) => DeliveryOutcome::Delivered {
                status: delivered.status,
            },
            Err(error) => self.outcome_of_failure(&delivery, &error),
        };
        self.log.attempt(&delivery, &outcome);
        let mut recording = self
            .deliveries
            .record_delivery(&delivery.id, &outcome)
            .await;
        if delivery.is_probe && !self.sender.pauses().contains_key(&delivery.endpoint) {
            recording = recording.and(self.deliveries.resume_endpoint(&delivery.endpoint).await);
        }
        if let Err(error) = recording {
            // The delivery's lease expires and it is sent again, under the same id.
            warn!(
                error = &error as &dyn std::error::Error,
                delivery.id = %delivery.id,
                "outcome of a delivery not recorded; it will be sent again"
            );
        }
    }

    /// Decides what follows a failed attempt: another one after a pause, which says whether it
    /// counts, or the end. `give_up_after` limits only waits for a paused endpoint; counted
    /// attempts end with the schedule.
    fn outcome_of_failure(&self, delivery: &DueDelivery, error: &DeliveryError) -> DeliveryOutcome {
        let next = next_step_of_delivery(error);
        let consumed = !matches!(next, NextStep::Wait { .. });
        let pause = match next {
            NextStep::Wait { at_least } => {
                let may_wait = delivery.waiting < self.settings.give_up_after;
                may_wait.then(|| spread(at_least, (self.settings.draw)()))
            }
            NextStep::Retry => {
                let chance = (self.settings.draw)();
                let pause = self.settings.schedule.pause(delivery.attempt, chance);
                // A receiver that states a `Retry-After` is not asked earlier.
                pause.map(|own| own.max(error.retry_after().unwrap_or_default()))
            }
            NextStep::GiveUp => None,
        };
        let status = error.status();
        let error = of_host(&delivery.endpoint, &error.reason());
        match pause {
            Some(after) => DeliveryOutcome::Retry {
                after,
                status,
                error,
                consumed,
            },
            None => DeliveryOutcome::Failed {
                status,
                error,
                consumed,
            },
        }
    }
}

/// Returns the current time. It is tokio's, which a simulation controls.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// Returns the pauses that have begun since the last look, in the order of their endpoints.
fn new_pauses(
    known: &HashMap<EndpointId, EndpointPause>,
    pauses: &HashMap<EndpointId, EndpointPause>,
) -> Vec<(EndpointId, EndpointPause)> {
    let is_new = |(endpoint, pause): &(&EndpointId, &EndpointPause)| {
        let before = known.get(*endpoint);
        before.is_none_or(|known| known.end != pause.end) && pause.end > now()
    };
    let new = pauses.iter().filter(is_new);
    let mut new: Vec<_> = new
        .map(|(endpoint, pause)| (endpoint.clone(), pause.clone()))
        .collect();
    new.sort_by(|(one, _), (other, _)| one.cmp(other));
    new
}

/// Returns a reason with the host that it is about.
fn of_host(endpoint: &EndpointId, reason: &str) -> String {
    format!("{}: {reason}", endpoint.host())
}

/// Returns the endpoint of these deliveries that was served last, if turns began after
/// `last_served`: endpoints are served in the order of their ids, and after the last one from the
/// first one on.
fn last_in_turn(due: &[DueDelivery], last_served: Option<EndpointId>) -> Option<EndpointId> {
    let endpoints = due.iter().map(|delivery| &delivery.endpoint);
    let last =
        endpoints.max_by_key(|endpoint| (last_served.as_ref() >= Some(*endpoint), *endpoint));
    last.cloned().or(last_served)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str) -> EndpointId {
        name.parse().unwrap()
    }

    fn due(name: &str) -> DueDelivery {
        DueDelivery {
            trace: None,
            id: "msg".parse().unwrap(),
            event_type: "match.completed".to_owned(),
            job_id: "job".parse().unwrap(),
            endpoint: endpoint(name),
            url: String::new(),
            body: String::new(),
            attempt: 1,
            waiting: Duration::ZERO,
            is_probe: false,
        }
    }

    #[tokio::test]
    async fn endpoints_are_busy_while_enough_is_under_way_to_them() {
        let mut under_way = UnderWay::default();
        under_way.start(endpoint("a"), async {});
        under_way.start(endpoint("a"), async { panic!("an attempt that broke") });
        under_way.start(endpoint("b"), std::future::pending());
        assert_eq!(under_way.busy(2), [endpoint("a")]);
        under_way.next_ended().await;
        assert!(under_way.busy(2).is_empty());
        under_way.next_ended().await;
        assert_eq!(under_way.busy(1), [endpoint("b")]);
    }

    #[test]
    fn the_next_turn_continues_after_the_endpoint_that_was_served_last() {
        let last = |names: [&str; 2], from: Option<&str>| {
            let due = names.map(due);
            let last = last_in_turn(&due, from.map(endpoint));
            last.map(|endpoint| endpoint.as_str().to_owned())
        };
        assert_eq!(last(["b", "a"], None).as_deref(), Some("b"));
        assert_eq!(last(["c", "d"], Some("b")).as_deref(), Some("d"));
        assert_eq!(last(["d", "a"], Some("b")).as_deref(), Some("a"));
        assert_eq!(last(["a", "b"], Some("b")).as_deref(), Some("b"));
        assert_eq!(last_in_turn(&[], Some(endpoint("b"))), Some(endpoint("b")));
    }
}
