//! The log of webhooks: one line when an endpoint begins to fail, fails for another reason, gives
//! its first delivery up or recovers, and a summary each minute. A line for each attempt would
//! bury everything else during an outage of a receiver.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::counter;
use tracing::{info, warn};

use crate::{
    domain::{delivery::DueDelivery, identifiers::EndpointId},
    store::DeliveryOutcome,
};

const SUMMARY_INTERVAL: Duration = Duration::from_mins(1);
/// The maximum number of reasons that have a line of their own while an endpoint fails.
const REASONS_OF_AN_ENDPOINT: usize = 5;
/// The maximum number of failing endpoints in memory; failures of further ones are only counted.
const MAXIMUM_FAILING: usize = 16_384;
/// The number of endpoints that a summary names.
const NAMED_ENDPOINTS: usize = 3;

/// The log of one webhook pool.
pub(super) struct DeliveryLog {
    state: Mutex<LogState>,
}

struct LogState {
    failing: HashMap<EndpointId, Failing>,
    since: Instant,
    failed_attempts: u64,
    given_up: u64,
}

#[derive(Default)]
struct Failing {
    reasons: Vec<String>,
    /// Failed attempts since the last summary.
    attempts: u64,
    has_given_up: bool,
}

/// The failures since the last summary.
#[derive(Debug, PartialEq, Eq)]
struct Summary {
    failed_attempts: u64,
    given_up: u64,
    endpoints: usize,
    /// The endpoints with the most failures, with their last reason.
    worst: String,
}

impl Default for DeliveryLog {
    fn default() -> Self {
        Self {
            state: Mutex::new(LogState {
                failing: HashMap::new(),
                since: Instant::now(),
                failed_attempts: 0,
                given_up: 0,
            }),
        }
    }
}

impl DeliveryLog {
    /// Logs and counts the end of an attempt.
    pub(super) fn attempt(&self, delivery: &DueDelivery, outcome: &DeliveryOutcome) {
        let DueDelivery {
            id,
            job_id,
            endpoint,
            event_type,
            attempt,
            ..
        } = delivery;
        match outcome {
            DeliveryOutcome::Delivered { status } => {
                counter!("matching_webhook_attempts_total", "outcome" => "delivered").increment(1);
                info!(delivery.id = %id, job.id = %job_id, %endpoint, attempt, status, "webhook delivered");
                if self.recovered(endpoint) {
                    info!(%endpoint, "webhooks to this endpoint are delivered again");
                }
            }
            DeliveryOutcome::Retry {
                error,
                after,
                consumed,
                status,
            } => {
                let outcome = if *consumed { "retry" } else { "postponed" };
                counter!("matching_webhook_attempts_total", "outcome" => outcome).increment(1);
                // An attempt that was not made adds nothing to the line of its endpoint's pause.
                let was_sent = *consumed || status.is_some();
                if was_sent && self.failed(endpoint, error) {
                    let retry_in_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                    warn!(
                        delivery.id = %id, job.id = %job_id, %endpoint, event_type, attempt, error,
                        retry_in_ms,
                        "webhook failed; it is retried later. Further failures of this endpoint \
                         are summarised each minute"
                    );
                }
            }
            DeliveryOutcome::Failed { error, .. } => {
                counter!("matching_webhook_attempts_total", "outcome" => "failed").increment(1);
                if self.gave_up(endpoint, 1) {
                    warn!(
                        delivery.id = %id, job.id = %job_id, %endpoint, event_type, attempt, error,
                        "webhook given up; `matching webhooks resend --all` sends it again"
                    );
                }
            }
        }
    }

    /// Logs and counts deliveries that were given up because their endpoint stayed paused.
    pub(super) fn given_up_while_paused(&self, endpoint: &EndpointId, count: u64, reason: &str) {
        if count == 0 {
            return;
        }
        counter!("matching_webhook_attempts_total", "outcome" => "failed").increment(count);
        if self.gave_up(endpoint, count) {
            warn!(
                %endpoint, given_up = count, reason,
                "webhooks given up: their endpoint was unavailable for too long; \
                 `matching webhooks resend --all` sends them again"
            );
        }
    }

    /// Logs a summary if the last one was a minute ago.
    pub(super) fn summarise(&self) {
        let due = {
            let mut state = self.lock();
            if state.since.elapsed() < SUMMARY_INTERVAL {
                return;
            }
            state.since = Instant::now();
            state.take_summary()
        };
        if let Some(summary) = due {
            warn!(
                failed_attempts = summary.failed_attempts,
                given_up = summary.given_up,
                endpoints = summary.endpoints,
                worst = summary.worst,
                "webhooks fail: summary of the last minute"
            );
        }
    }

    /// Counts a failed attempt; returns true if it deserves a line.
    fn failed(&self, endpoint: &EndpointId, reason: &str) -> bool {
        let mut state = self.lock();
        state.failed_attempts += 1;
        let Some(failing) = state.failing(endpoint) else {
            return false;
        };
        failing.attempts += 1;
        let is_known = failing.reasons.iter().any(|known| known == reason);
        if is_known || failing.reasons.len() == REASONS_OF_AN_ENDPOINT {
            return false;
        }
        failing.reasons.push(reason.to_owned());
        true
    }

    /// Counts deliveries that were given up; returns true for the first of an endpoint.
    fn gave_up(&self, endpoint: &EndpointId, count: u64) -> bool {
        let mut state = self.lock();
        state.given_up += count;
        state
            .failing(endpoint)
            .is_some_and(|failing| !std::mem::replace(&mut failing.has_given_up, true))
    }

    /// Returns true if the endpoint failed until now.
    fn recovered(&self, endpoint: &EndpointId) -> bool {
        self.lock().failing.remove(endpoint).is_some()
    }

    /// Locks the state. Every change is complete before a panic is possible, so a poisoned state is
    /// still consistent.
    fn lock(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogState {
    fn failing(&mut self, endpoint: &EndpointId) -> Option<&mut Failing> {
        if self.failing.len() >= MAXIMUM_FAILING && !self.failing.contains_key(endpoint) {
            return None;
        }
        Some(self.failing.entry(endpoint.clone()).or_default())
    }

    /// Returns the failures since the last summary, if there were any, and begins the next one.
    fn take_summary(&mut self) -> Option<Summary> {
        let (failed_attempts, given_up) = (self.failed_attempts, self.given_up);
        (self.failed_attempts, self.given_up) = (0, 0);
        let mut counted: Vec<(u64, &EndpointId, &str)> = self
            .failing
            .iter_mut()
            .filter(|(_, failing)| failing.attempts > 0)
            .map(|(endpoint, failing)| {
                let reason = failing.reasons.last().map_or("", String::as_str);
                (std::mem::take(&mut failing.attempts), endpoint, reason)
            })
            .collect();
        counted.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let named = counted.iter().take(NAMED_ENDPOINTS);
        let named: Vec<String> = named
            .map(|(attempts, endpoint, reason)| format!("{endpoint}: {attempts} times, {reason}"))
            .collect();
        (failed_attempts + given_up > 0).then(|| Summary {
            failed_attempts,
            given_up,
            endpoints: counted.len(),
            worst: named.join("; "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str) -> EndpointId {
        name.parse().unwrap()
    }

    #[test]
    fn an_endpoint_has_one_line_for_each_reason_until_it_recovers() {
        let log = DeliveryLog::default();
        let one = endpoint("one~1");
        assert!(log.failed(&one, "answered 500"));
        assert!(!log.failed(&one, "answered 500"));
        assert!(log.failed(&one, "timed out"));
        assert!(!log.failed(&one, "answered 500"));
        assert!(log.failed(&endpoint("two~2"), "answered 500"));
        assert!(log.recovered(&one));
        assert!(!log.recovered(&one));
        assert!(log.failed(&one, "answered 500"));
    }

    #[test]
    fn the_lines_of_an_endpoint_are_limited_whatever_it_answers() {
        let log = DeliveryLog::default();
        let one = endpoint("one~1");
        let lines = (0..100).filter(|number| log.failed(&one, &format!("answered {number}")));
        assert_eq!(lines.count(), REASONS_OF_AN_ENDPOINT);
    }

    #[test]
    fn given_up_deliveries_have_one_line_for_each_endpoint() {
        let log = DeliveryLog::default();
        let one = endpoint("one~1");
        assert!(log.gave_up(&one, 1));
        assert!(!log.gave_up(&one, 10_000));
        assert_eq!(log.lock().take_summary().unwrap().given_up, 10_001);
    }

    #[test]
    fn a_summary_counts_failures_and_names_the_worst_endpoints() {
        let log = DeliveryLog::default();
        for (name, times) in [("a~1", 1), ("b~2", 3), ("c~3", 2), ("d~4", 2)] {
            for _ in 0..times {
                log.failed(&endpoint(name), "answered 500");
            }
        }
        let summary = log.lock().take_summary().unwrap();
        assert_eq!((summary.failed_attempts, summary.endpoints), (8, 4));
        assert_eq!(
            summary.worst,
            "b~2: 3 times, answered 500; c~3: 2 times, answered 500; d~4: 2 times, answered 500"
        );
        assert_eq!(log.lock().take_summary(), None);
    }
}
