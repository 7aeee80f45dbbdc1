//! Outages of the servers that this service depends on: what ends them, how their causes are
//! written, and how often they are logged.

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The longest time between two log lines about a lasting outage.
const SUMMARY_INTERVAL: Duration = Duration::from_mins(1);
/// The time after which a state is more than a flicker: a failure after a shorter success is no
/// news, nor is a success after a shorter failure.
const SETTLED: Duration = Duration::from_secs(5);

/// The event that ends an outage that a server reports by an error code. In each case work waits,
/// and no attempt is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// A new connection to the same name, since this one leads to a server that can't do the work:
    /// it was demoted, is stopping, or lost the connection's state.
    Reconnect,
    /// Time: the server starts, is busy, or resolves a conflict.
    Wait,
    /// An operator: permissions, passwords, disk space, memory or the kind of server.
    Operator,
}

impl Remedy {
    /// Returns the word that the documentation uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reconnect => "reconnect",
            Self::Wait => "wait",
            Self::Operator => "operator",
        }
    }
}

/// Returns the texts of an error and of its causes, outermost first. A cause that its effect
/// already quotes is left out.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

/// Decides which failures and successes of calls to one server are worth a log line: the changes
/// between them, and one line a minute while failures go on.
#[derive(Debug, Default)]
pub struct OutageReports {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Failures since the last reported one.
    failures: u64,
    last_report: Option<Instant>,
    /// The begin of the current run of failures, or of successes.
    since: Option<Instant>,
    is_failing: bool,
    is_reported: bool,
}

impl OutageReports {
    /// Records a failure. Returns the number of failures since the last report, this one included,
    /// if it should be logged.
    pub fn failed(&self) -> Option<u64> {
        self.failed_at(Instant::now())
    }

    /// Records a success. Returns true if it should be logged, since a reported outage has ended.
    pub fn succeeded(&self) -> bool {
        self.succeeded_at(Instant::now())
    }

    fn failed_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lasted = state.since.map(|since| now.duration_since(since));
        let is_settled = lasted.is_none_or(|lasted| lasted >= SETTLED);
        if !state.is_failing {
            state.is_failing = true;
            state.since = Some(now);
        }
        state.failures += 1;
        let is_news = !state.is_reported && is_settled;
        let is_due = state
            .last_report
            .is_some_and(|last| now.duration_since(last) >= SUMMARY_INTERVAL);
        if !is_news && !is_due {
            return None;
        }
        state.is_reported = true;
        state.last_report = Some(now);
        Some(std::mem::take(&mut state.failures))
    }

    fn succeeded_at(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_failing {
            return false;
        }
        state.is_failing = false;
        state.since = Some(now);
        std::mem::take(&mut state.is_reported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Cause {
        text: &'static str,
        #[source]
        source: Option<Box<Cause>>,
    }

    #[test]
    fn causes_follow_their_effects_and_are_not_repeated() {
        let cause = |text, source| Cause { text, source };
        let refused = cause("connection refused", None);
        let quoted = cause("io: connection refused", Some(Box::new(refused)));
        let error = cause("the queue is unavailable", Some(Box::new(quoted)));
        assert_eq!(
            with_causes(&error),
            "the queue is unavailable: io: connection refused"
        );
    }

    #[test]
    fn an_outage_is_reported_at_its_begin_each_minute_and_at_its_end() {
        let reports = OutageReports::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!reports.succeeded_at(start), "nothing has failed yet");
        assert_eq!(reports.failed_at(at(1)), Some(1));
        for second in 2..61 {
            assert_eq!(reports.failed_at(at(second)), None);
        }
        assert_eq!(reports.failed_at(at(61)), Some(60));
        assert!(reports.succeeded_at(at(62)));
        assert!(!reports.succeeded_at(at(63)));
        assert_eq!(reports.failed_at(at(70)), Some(1), "another outage");
    }

    #[test]
    fn a_state_that_flickers_is_reported_once_a_minute() {
        let reports = OutageReports::default();
        let start = Instant::now();
        let mut failures = Vec::new();
        let mut successes = 0;
        for tick in 0..1_190 {
            let now = start + Duration::from_millis(100 * tick);
            if tick % 2 == 0 {
                failures.extend(reports.failed_at(now));
            } else {
                successes += u32::from(reports.succeeded_at(now));
            }
        }
        assert_eq!(failures, [1, 300]);
        assert_eq!(successes, 2);
    }

    #[test]
    fn an_outage_that_follows_a_flicker_is_reported_once_it_lasts() {
        let reports = OutageReports::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(reports.failed_at(at(0)), Some(1));
        assert!(reports.succeeded_at(at(1)));
        assert_eq!(reports.failed_at(at(2)), None);
        assert_eq!(reports.failed_at(at(6)), None);
        assert_eq!(reports.failed_at(at(7)), Some(3));
    }
}
