//! Circuit breakers: calls to a dependency that keeps failing are paused.
//!
//! A caller that waits for an unavailable dependency holds a connection, a thread or a worker in
//! vain. So after some consecutive failures a [`Breaker`] opens: calls fail at once with
//! [`Paused`], which states when to retry. After the pause one call passes as a probe; the others
//! are refused until the probe has shown whether the dependency is back. Only failures that mean
//! "it is unavailable" count; any answer, even a refusal, shows that the dependency is there.
//!
//! Breakers are inside the adapters of the database, the document store, Redis and the encoder, and
//! before each webhook receiver. `service/failure.rs` and `api/problem.rs` decide the consequences
//! of an open breaker.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use failsafe::{Instrument, StateMachine, failure_policy, failure_policy::ConsecutiveFailures};
use tracing::{debug, info, warn};

use crate::outage::{OutageReports, with_causes};

/// The retry time of calls that are refused during a probe.
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// The settings of a breaker.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// The number of consecutive failures that open it; at least 1.
    pub failure_threshold: u32,
    /// The first pause; each failed probe doubles it.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

/// The error of a call that was not made, because the dependency was away shortly before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calls to {dependency} are paused after repeated failures")]
pub struct Paused {
    /// The name of the dependency.
    pub dependency: String,
    /// The time until another call may be made.
    pub retry_after: Duration,
}

/// The state of a breaker, which decides on the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// The next call passes.
    Closed,
    /// The next call passes alone, as a probe, or a probe is under way.
    HalfOpen,
    /// The next call is refused.
    Open {
        /// The time until a probe is allowed.
        retry_after: Duration,
    },
}

impl BreakerState {
    /// Returns the state as a number for a metric: 0 closed, 1 half open, 2 open.
    pub fn level(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::HalfOpen => 1.0,
            Self::Open { .. } => 2.0,
        }
    }
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::HalfOpen => f.write_str("half open"),
            Self::Open { retry_after } => {
                write!(f, "open; next call in {} s", whole_seconds(*retry_after))
            }
        }
    }
}

/// Returns whole seconds: rounded up, at least 1.
fn whole_seconds(wait: Duration) -> u64 {
    let rounded_up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    rounded_up.max(1)
}

/// The circuit breaker before one dependency; clones share its state.
///
/// failsafe's state machine alone decides when it is closed, open and half open. This type adds
/// what the machine lacks: one probe at a time, the end of the pause, and that a call which began
/// before a pause says nothing after it.
#[derive(Clone)]
pub struct Breaker {
    inner: Arc<Inner>,
}

struct Inner {
    dependency: String,
    watched: Mutex<Watched>,
    reports: OutageReports,
}

struct Watched {
    machine: StateMachine<ConsecutiveFailures<Pauses>, Observer>,
    observer: Observer,
    /// True while a probe is under way. In its half-open state the machine lets every call pass.
    is_probing: bool,
    /// The time of the last answer. A failed call that began earlier says nothing: the dependency
    /// answered other calls meanwhile, so it is busy, not unavailable.
    last_answer: Option<Instant>,
    /// The error of the last failed call since the last answer, with its causes.
    last_failure: Option<String>,
}

/// Receives the state of the machine, which has no method that returns it. Nothing but the machine
/// changes it.
#[derive(Clone, Default)]
struct Observer {
    observed: Arc<Mutex<Observed>>,
}

#[derive(Default)]
struct Observed {
    phase: Phase,
    /// The pause that the machine took last from [`Pauses`].
    pause: Duration,
}

#[derive(Clone, Copy, Default)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// The last pause ended at this time.
    HalfOpen {
        after: Instant,
    },
}

impl Observer {
    fn phase(&self) -> Phase {
        lock(&self.observed).phase
    }
}

impl Instrument for Observer {
    fn on_call_rejected(&self) {}

    /// Reads the clock after the machine did, so that the machine permits a call at `until`.
    fn on_open(&self) {
        let mut observed = lock(&self.observed);
        let until = Instant::now() + observed.pause;
        observed.phase = Phase::Open { until };
    }

    fn on_half_open(&self) {
        let mut observed = lock(&self.observed);
        if let Phase::Open { until } = observed.phase {
            observed.phase = Phase::HalfOpen { after: until };
        }
    }

    fn on_closed(&self) {
        lock(&self.observed).phase = Phase::Closed;
    }
}

/// The pauses of a machine: they double up to the longest one. failsafe's own are whole seconds.
#[derive(Clone)]
struct Pauses {
    next: Duration,
    longest: Duration,
    observer: Observer,
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        lock(&self.observer.observed).pause = pause;
        Some(pause)
    }
}

impl Breaker {
    /// Creates a closed breaker before this dependency, named as in "calls to … are paused".
    pub fn new(dependency: impl Into<String>, settings: BreakerSettings) -> Self {
        let observer = Observer::default();
        let pauses = Pauses {
            next: settings.first_pause.min(settings.longest_pause),
            longest: settings.longest_pause,
            observer: observer.clone(),
        };
        let policy =
            failure_policy::consecutive_failures(settings.failure_threshold.max(1), pauses);
        let watched = Watched {
            machine: StateMachine::new(policy, observer.clone()),
            observer,
            is_probing: false,
            last_answer: None,
            last_failure: None,
        };
        Self {
            inner: Arc::new(Inner {
                dependency: dependency.into(),
                watched: Mutex::new(watched),
                reports: OutageReports::default(),
            }),
        }
    }

    /// Returns the name of the dependency.
    pub fn dependency(&self) -> &str {
        &self.inner.dependency
    }

    /// Returns the current state.
    pub fn state(&self) -> BreakerState {
        match self.watched().observer.phase() {
            Phase::Closed => BreakerState::Closed,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
            Phase::Open { until } => match until.checked_duration_since(Instant::now()) {
                Some(retry_after) => BreakerState::Open { retry_after },
                None => BreakerState::HalfOpen,
            },
        }
    }

    /// Returns the error of the last failed call, unless the dependency has answered since.
    pub fn last_failure(&self) -> Option<String> {
        self.watched().last_failure.clone()
    }

    /// Returns the end of its pause if the next call would be refused. During a probe this time has
    /// passed already.
    pub fn pause_end(&self) -> Option<Instant> {
        let watched = self.watched();
        match watched.observer.phase() {
            Phase::Closed => None,
            Phase::Open { until } => (until > Instant::now()).then_some(until),
            Phase::HalfOpen { after } => watched.is_probing.then_some(after),
        }
    }

    /// Requests a permit for one call. The holder reports the outcome of the call; dropping the
    /// permit reports nothing.
    ///
    /// # Errors
    /// If the breaker is open, or a probe is under way.
    pub fn permit(&self) -> Result<Permit, Paused> {
        let mut watched = self.watched();
        let paused = |retry_after| Paused {
            dependency: self.inner.dependency.clone(),
            retry_after,
        };
        if watched.is_probing {
            return Err(paused(PROBE_PATIENCE));
        }
        let is_permitted = watched.machine.is_call_permitted();
        let phase = watched.observer.phase();
        if let Phase::Open { until } = phase
            && !is_permitted
        {
            return Err(paused(until.saturating_duration_since(Instant::now())));
        }
        let is_probe = matches!(phase, Phase::HalfOpen { .. });
        if is_probe {
            watched.is_probing = true;
            debug!(
                dependency = self.inner.dependency,
                "probing whether it is available again"
            );
        }
        Ok(Permit {
            breaker: self.clone(),
            began: Instant::now(),
            is_probe,
            is_settled: false,
        })
    }

    /// Makes a call through the breaker. `is_outage` decides which errors mean that the dependency
    /// is unavailable.
    ///
    /// # Errors
    /// Returns the call's own errors, and [`Paused`] if the call was not made.
    pub async fn call<T, E: From<Paused> + Error>(
        &self,
        is_outage: impl Fn(&E) -> bool,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let permit = self.permit()?;
        let outcome = call.await;
        match &outcome {
            Err(error) if is_outage(error) => permit.failed_by(Some(error)),
            _ => permit.answered(),
        }
        outcome
    }

    /// Locks the state. Every change is complete before a panic is possible, so a poisoned lock is
    /// still consistent.
    fn watched(&self) -> MutexGuard<'_, Watched> {
        lock(&self.inner.watched)
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("dependency", &self.inner.dependency)
            .field("state", &self.state())
            .finish()
    }
}

/// Returns an error with its causes; that of a paused call with the error of the call before the
/// pause.
pub fn explained(error: &dyn Error, breaker: Option<&Breaker>) -> String {
    let problem = with_causes(error);
    match breaker.and_then(Breaker::last_failure) {
        Some(cause) if !problem.contains(&cause) => format!("{problem}: {cause}"),
        _ => problem,
    }
}

/// A permit to make one call.
#[must_use = "say how the call went"]
pub struct Permit {
    breaker: Breaker,
    began: Instant,
    is_probe: bool,
    is_settled: bool,
}

impl Permit {
    /// Reports that the dependency answered, even if it refused.
    pub fn answered(mut self) {
        self.is_settled = true;
        let mut watched = self.breaker.watched();
        if self.is_stale(&watched) {
            return;
        }
        watched.machine.on_success();
        watched.last_answer = Some(Instant::now());
        watched.last_failure = None;
        if self.is_probe {
            watched.is_probing = false;
            if self.breaker.inner.reports.succeeded() {
                info!(
                    dependency = self.breaker.inner.dependency,
                    "dependency available again; calls resume"
                );
            }
        }
    }

    /// Reports that the dependency is unavailable.
    pub fn failed(self) {
        self.failed_by(None);
    }

    fn failed_by(mut self, error: Option<&dyn Error>) {
        self.is_settled = true;
        let mut watched = self.breaker.watched();
        let is_busy = watched.last_answer.is_some_and(|at| at >= self.began);
        if self.is_stale(&watched) || is_busy && !self.is_probe {
            return;
        }
        watched.machine.on_error();
        watched.is_probing = false;
        watched.last_failure = error.map(with_causes);
        let Phase::Open { until } = watched.observer.phase() else {
            return;
        };
        let dependency = &self.breaker.inner.dependency;
        let pause = until.saturating_duration_since(Instant::now());
        let pause_seconds = whole_seconds(pause);
        if self.is_probe {
            debug!(dependency, pause_seconds, "dependency still unavailable");
        } else if let Some(failures) = self.breaker.inner.reports.failed() {
            warn!(
                dependency,
                pause_seconds,
                outages = failures,
                error = watched.last_failure,
                "dependency unavailable; calls to it are paused"
            );
        }
    }

    /// Returns true if the call began before the breaker opened: then only the probe counts.
    fn is_stale(&self, watched: &Watched) -> bool {
        !self.is_probe && !matches!(watched.observer.phase(), Phase::Closed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_probe && !self.is_settled {
            // The probe was dropped without an outcome, so the next call is a probe.
            self.breaker.watched().is_probing = false;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker(failure_threshold: u32, pause: Duration) -> Breaker {
        let settings = BreakerSettings {
            failure_threshold,
            first_pause: pause,
            longest_pause: pause * 4,
        };
        Breaker::new("the part", settings)
    }

    fn fail(breaker: &Breaker) {
        breaker.permit().unwrap().failed();
    }

    /// Returns the permit of the probe, as soon as the pause is over.
    fn probe(breaker: &Breaker) -> Permit {
        loop {
            if let Ok(permit) = breaker.permit() {
                return permit;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn consecutive_failures_open_the_breaker_until_a_stated_time() {
        let breaker = breaker(3, Duration::from_mins(1));
        fail(&breaker);
        fail(&breaker);
        breaker.permit().unwrap().answered();
        fail(&breaker);
        fail(&breaker);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker);
        let paused = breaker.permit().err().unwrap();
        assert!(whole_seconds(paused.retry_after) <= 60);
        assert!(paused.retry_after > Duration::from_secs(50));
        assert!(matches!(breaker.state(), BreakerState::Open { .. }));
        assert!(breaker.pause_end().is_some_and(|end| end > Instant::now()));
    }

    #[test]
    fn when_the_pause_is_over_one_call_goes_through() {
        let breaker = breaker(1, Duration::from_millis(1));
        fail(&breaker);
        let first = probe(&breaker);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.pause_end().is_some_and(|end| end <= Instant::now()));
        assert_eq!(
            breaker.permit().err().unwrap().retry_after,
            PROBE_PATIENCE,
            "the others wait for it"
        );
        first.answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(breaker.pause_end(), None);
        assert!(breaker.permit().is_ok() && breaker.permit().is_ok());
    }

    #[test]
    fn a_half_open_breaker_permits_the_next_call() {
        let breaker = breaker(1, Duration::from_millis(1));
        fail(&breaker);
        while breaker.state() != BreakerState::HalfOpen {
            std::thread::yield_now();
        }
        assert_eq!(breaker.pause_end(), None);
        assert!(breaker.permit().is_ok());
    }

    #[test]
    fn each_probe_that_fails_doubles_the_pause_up_to_the_longest() {
        let pauses = Pauses {
            next: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            observer: Observer::default(),
        };
        let seconds: Vec<u64> = pauses.take(5).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 5, 5]);

        let breaker = breaker(1, Duration::from_millis(1));
        fail(&breaker);
        probe(&breaker).failed();
        assert!(breaker.permit().is_err() || breaker.state() == BreakerState::HalfOpen);
        probe(&breaker).answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn an_abandoned_probe_permits_the_next() {
        let breaker = breaker(1, Duration::from_millis(1));
        fail(&breaker);
        drop(probe(&breaker));
        probe(&breaker).answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_dependency_that_answers_other_calls_counts_as_busy() {
        let breaker = breaker(2, Duration::from_mins(1));
        let slow: Vec<Permit> = (0..10).map(|_| breaker.permit().unwrap()).collect();
        breaker.permit().unwrap().answered();
        slow.into_iter().for_each(Permit::failed);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn calls_begun_before_the_breaker_opened_do_not_change_it() {
        let breaker = breaker(1, Duration::from_millis(1));
        let [early, late] = [breaker.permit().unwrap(), breaker.permit().unwrap()];
        fail(&breaker);
        let first = probe(&breaker);
        early.failed();
        late.answered();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        first.answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_refusal_is_an_answer() {
        #[derive(Debug, PartialEq, thiserror::Error)]
        enum Error {
            #[error("refused")]
            Refused,
            #[error("away")]
            Away,
            #[error("paused")]
            Paused,
        }
        impl From<Paused> for Error {
            fn from(_: Paused) -> Self {
                Self::Paused
            }
        }
        let breaker = breaker(1, Duration::from_mins(1));
        let call = |error| {
            let breaker = breaker.clone();
            let call = async move {
                let outcome =
                    breaker.call(|error| *error == Error::Away, async { Err::<(), _>(error) });
                outcome.await
            };
            futures::executor::block_on(call)
        };
        assert_eq!(call(Error::Refused), Err(Error::Refused));
        assert_eq!(call(Error::Away), Err(Error::Away));
        assert_eq!(call(Error::Refused), Err(Error::Paused));
        assert_eq!(explained(&Error::Paused, Some(&breaker)), "paused: away");
        assert_eq!(explained(&Error::Paused, None), "paused");
    }
}
