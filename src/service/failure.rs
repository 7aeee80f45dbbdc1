//! Maps each failure to the next step.
//!
//! | what failed | next step |
//! |---|---|
//! | the database, the document store: away, paused by its breaker, too slow, not migrated | wait |
//! | Redis, in any way | wait: the task stays in the ledger and `dispatcher.rs` pushes it again |
//! | the database or the document store refuses | retry |
//! | an attempt took too long | retry |
//! | a webhook's receiver: away, or any answer but success | retry |
//! | a webhook's endpoint is paused by its breaker, or asks for a pause (429, 503 with `Retry-After`) | wait |
//! | a profile is missing or unreadable, scoring panicked | give up, that match alone |
//! | a key that no store takes, a document store that is set up wrongly | give up |
//! | a receiver that is refused, gone (410), or redirects; a request that can't be made | give up |
//!
//! Waiting costs no attempt: the fault is the service's own, or no call was made. Retries follow
//! after growing pauses while attempts remain; then the work is given up. A task that is given up
//! is a dead letter, a webhook that is given up stays in the ledger as failed. docs/failures.md
//! describes the same for operators.

use std::time::Duration;

use super::webhook_transport::DeliveryError;
use crate::{
    documents::DocumentError, domain::task::TaskError, outage::with_causes, store::StoreError,
};

/// The minimum wait if the error doesn't say when the dependency is back.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);

/// The reasons why an attempt ended without an outcome to record.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    #[error("the database failed")]
    Store(#[from] StoreError),
    #[error("the document store failed")]
    Document(#[from] DocumentError),
    #[error("the attempt took longer than {seconds} s")]
    TimedOut { seconds: u64 },
    #[error("the attempt ended without an outcome")]
    BrokeOff,
}

/// The next step for a task or a delivery after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Make another attempt after a pause, while attempts remain.
    Retry,
    /// Make no further attempt, since it would end in the same way.
    GiveUp,
    /// Make another attempt, which does not count, after at least this time.
    Wait { at_least: Duration },
}

impl NextStep {
    fn wait(retry_after: Option<Duration>) -> Self {
        Self::Wait {
            at_least: retry_after.unwrap_or(SHORTEST_WAIT),
        }
    }
}

impl AttemptError {
    pub(super) fn next_step(&self) -> NextStep {
        match self {
            Self::Store(error) if error.is_retryable() => NextStep::wait(error.retry_after()),
            Self::Document(error) if error.is_retryable() => NextStep::wait(error.retry_after()),
            Self::Document(
                DocumentError::InvalidKey { .. } | DocumentError::Configuration { .. },
            )
            | Self::BrokeOff => NextStep::GiveUp,
            Self::Store(_) | Self::Document(_) | Self::TimedOut { .. } => NextStep::Retry,
        }
    }

    /// Returns the error for the ledger and the caller, with its causes in words.
    pub(super) fn as_task_error(&self) -> TaskError {
        match self {
            Self::Store(error) => TaskError::new(
                "database_error",
                format!(
                    "the database failed during the attempt: {}",
                    error.public_cause()
                ),
            ),
            Self::Document(error) => TaskError::new(
                "document_store_error",
                format!(
                    "the document store failed during the attempt: {}",
                    with_causes(error)
                ),
            ),
            Self::TimedOut { seconds } => TaskError::new(
                "attempt_timed_out",
                format!("the attempt took longer than {seconds} s (REDIS_JOB_TIMEOUT)"),
            ),
            Self::BrokeOff => TaskError::new(
                "attempt_broke_off",
                "the attempt broke off by a fault of the service; please report it",
            ),
        }
    }
}

/// Returns the next step for a delivery whose attempt failed.
pub(super) fn next_step_of_delivery(error: &DeliveryError) -> NextStep {
    match error {
        _ if !error.is_retryable() => NextStep::GiveUp,
        _ if error.consumes_attempt() => NextStep::Retry,
        _ => NextStep::wait(error.throttle().or(error.retry_after())),
    }
}

/// The largest part of a wait that is drawn at random.
const LONGEST_SPREAD: Duration = Duration::from_mins(1);

/// Returns a wait of one to two times this length, and at most a minute longer, where `chance` in
/// [0, 1) is the random draw: work that waits for the same dependency should not retry all at once.
pub(super) fn spread(at_least: Duration, chance: f64) -> Duration {
    at_least + at_least.min(LONGEST_SPREAD).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::Paused;

    fn paused() -> Paused {
        Paused {
            dependency: "a part".to_owned(),
            retry_after: Duration::from_secs(7),
        }
    }

    fn wait(seconds: u64) -> NextStep {
        NextStep::Wait {
            at_least: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn outages_cost_no_attempt() {
        let step = |error: AttemptError| error.next_step();
        assert_eq!(step(StoreError::Paused(paused()).into()), wait(7));
        assert_eq!(step(DocumentError::Paused(paused()).into()), wait(7));
        let limit = Duration::from_secs(1);
        assert_eq!(step(StoreError::TimedOut { limit }.into()), wait(2));
        assert_eq!(step(StoreError::SchemaOutdated.into()), wait(2));
        let away = DocumentError::Unavailable("away".into());
        assert_eq!(step(away.into()), wait(2));
    }

    #[test]
    fn passing_failures_are_retried_and_final_ones_are_given_up() {
        let step = |error: AttemptError| error.next_step();
        assert_eq!(step(AttemptError::TimedOut { seconds: 1 }), NextStep::Retry);
        let refused = DocumentError::Refused {
            status: 403,
            code: "AccessDenied".to_owned(),
        };
        assert_eq!(step(refused.into()), NextStep::Retry);
        let unknown = StoreError::UnknownValue {
            column: "state",
            value: "new".to_owned(),
        };
        assert_eq!(step(unknown.into()), NextStep::Retry);
        let key = DocumentError::InvalidKey {
            key: "..".to_owned(),
        };
        assert_eq!(step(key.into()), NextStep::GiveUp);
        assert_eq!(step(AttemptError::BrokeOff), NextStep::GiveUp);
    }

    #[test]
    fn a_pause_of_an_endpoint_costs_its_deliveries_nothing() {
        let paused = DeliveryError::EndpointPaused {
            retry_after: Duration::from_secs(7),
            reason: "paused".to_owned(),
        };
        assert_eq!(next_step_of_delivery(&paused), wait(7));
        assert_eq!(
            next_step_of_delivery(&DeliveryError::Gone),
            NextStep::GiveUp
        );
        let rejected = |status, seconds: Option<u64>| {
            next_step_of_delivery(&DeliveryError::Rejected {
                status,
                retry_after: seconds.map(Duration::from_secs),
            })
        };
        assert_eq!(rejected(429, Some(7)), wait(7));
        assert_eq!(rejected(503, Some(86_400)), wait(86_400));
        assert_eq!(rejected(429, Some(0)), wait(1));
        for (status, seconds) in [(429, None), (503, None), (500, Some(7))] {
            assert_eq!(rejected(status, seconds), NextStep::Retry);
        }
    }

    #[test]
    fn waits_are_spread_over_once_to_twice_their_length_and_at_most_a_minute() {
        let wait = Duration::from_secs(10);
        assert_eq!(spread(wait, 0.0), wait);
        assert_eq!(spread(wait, 0.5), Duration::from_secs(15));
        let day = Duration::from_hours(24);
        assert_eq!(spread(day, 0.5), day + Duration::from_secs(30));
    }
}
