//! Circuit breakers: a part of the outside world that keeps failing is left alone for a while.
//!
//! Whoever waits for a part that is away holds a connection, a thread or a worker meanwhile, and asks
//! in vain. So after some failures in a row a [`Breaker`] opens: calls end at once with [`Paused`],
//! which says when to come back. When the pause is over one call goes through as a probe; the others
//! keep waiting until it has told whether the part is back. Only failures that mean "it is away"
//! belong here; an answer, be it a refusal, shows that somebody is there.
//!
//! Breakers stand inside the adapters of the database, the document store, Redis and the encoder,
//! and before each receiver of webhooks. What follows from an open one is decided in
//! `service/failure.rs` and `api/problem.rs`.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use failsafe::{StateMachine, failure_policy, failure_policy::ConsecutiveFailures};
use tracing::{debug, info, warn};

/// How long a call that came during a probe should wait before it asks again.
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row that open it; at least 1.
    pub failure_threshold: u32,
    /// The pause after those; doubles with each probe that fails.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

/// A call that was not made, since the part was away lately.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calls to {dependency} are paused after repeated failures")]
pub struct Paused {
    /// Which part.
    pub dependency: String,
    /// How long until another call may be made.
    pub retry_after: Duration,
}

/// What a breaker does with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Lets it through.
    Closed,
    /// Lets it through alone, to see whether the part is back, or waits for one that it let through.
    HalfOpen,
    /// Turns it away.
    Open {
        /// How long until a probe is allowed.
        retry_after: Duration,
    },
}

impl BreakerState {
    /// As a number that a metric can show: 0 closed, 1 half open, 2 open.
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

/// Seconds, rounded up, at least one: what a caller can be told to wait.
fn whole_seconds(wait: Duration) -> u64 {
    let rounded_up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    rounded_up.max(1)
}

/// The breaker before one part; clones share its state.
#[derive(Clone)]
pub struct Breaker {
    inner: Arc<Inner>,
}

struct Inner {
    dependency: String,
    watched: Mutex<Watched>,
}

struct Watched {
    machine: StateMachine<ConsecutiveFailures<Pauses>, ()>,
    phase: Phase,
    /// Until when the machine is open, left there by its [`Pauses`] when it opens.
    opened_until: Arc<Mutex<Option<Instant>>>,
    /// A call that began before this and failed says nothing about the part: it answered others
    /// meanwhile, so it is busy, not away.
    last_answer: Option<Instant>,
}

/// The machine's state, with what it does not tell: until when it is open, and whether a probe is
/// under way. It would let every call through once its pause is over.
#[derive(Clone, Copy)]
enum Phase {
    Closed,
    Open {
        until: Instant,
    },
    /// Since the pause that was over then.
    Probing {
        after: Instant,
    },
}

/// The pauses of a machine: they double up to the longest.
#[derive(Clone)]
struct Pauses {
    next: Duration,
    longest: Duration,
    opened_until: Arc<Mutex<Option<Instant>>>,
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        *lock(&self.opened_until) = Some(Instant::now() + pause);
        Some(pause)
    }
}

impl Breaker {
    /// A closed breaker before this part, named as in "calls to … are paused".
    pub fn new(dependency: impl Into<String>, settings: BreakerSettings) -> Self {
        let opened_until = Arc::default();
        let pauses = Pauses {
            next: settings.first_pause.min(settings.longest_pause),
            longest: settings.longest_pause,
            opened_until: Arc::clone(&opened_until),
        };
        let policy =
            failure_policy::consecutive_failures(settings.failure_threshold.max(1), pauses);
        let watched = Watched {
            machine: failsafe::Config::new().failure_policy(policy).build(),
            phase: Phase::Closed,
            opened_until,
            last_answer: None,
        };
        Self {
            inner: Arc::new(Inner {
                dependency: dependency.into(),
                watched: Mutex::new(watched),
            }),
        }
    }

    /// The part it stands before.
    pub fn dependency(&self) -> &str {
        &self.inner.dependency
    }

    /// What it does with the next call.
    pub fn state(&self) -> BreakerState {
        match self.watched().phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Probing { .. } => BreakerState::HalfOpen,
            Phase::Open { until } => match until.checked_duration_since(Instant::now()) {
                Some(retry_after) => BreakerState::Open { retry_after },
                None => BreakerState::HalfOpen,
            },
        }
    }

    /// The end of its pause, where the next call would be turned away; gone by already while a probe is
    /// under way.
    pub fn pause_end(&self) -> Option<Instant> {
        match self.watched().phase {
            Phase::Closed => None,
            Phase::Open { until } => (until > Instant::now()).then_some(until),
            Phase::Probing { after } => Some(after),
        }
    }

    /// Asks to make a call. Whoever gets the permit says how the call went; dropping it says
    /// nothing.
    ///
    /// # Errors
    /// While the breaker is open, and while a probe is under way.
    pub fn permit(&self) -> Result<Permit, Paused> {
        let mut watched = self.watched();
        let paused = |retry_after| Paused {
            dependency: self.inner.dependency.clone(),
            retry_after,
        };
        let permitted = watched.machine.is_call_permitted();
        let probe_after = match watched.phase {
            Phase::Closed => None,
            Phase::Open { until } if !permitted => {
                return Err(paused(until.saturating_duration_since(Instant::now())));
            }
            Phase::Open { until } => Some(until),
            Phase::Probing { .. } => return Err(paused(PROBE_PATIENCE)),
        };
        if let Some(after) = probe_after {
            watched.phase = Phase::Probing { after };
            debug!(
                dependency = self.inner.dependency,
                "asking whether it is back"
            );
        }
        Ok(Permit {
            breaker: self.clone(),
            began: Instant::now(),
            is_probe: probe_after.is_some(),
            is_settled: false,
        })
    }

    /// Makes a call through the breaker. `is_outage` says which errors mean that the part is away.
    ///
    /// # Errors
    /// Those of the call, and [`Paused`] where it was not made.
    pub async fn call<T, E: From<Paused>>(
        &self,
        is_outage: impl Fn(&E) -> bool,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let permit = self.permit()?;
        let outcome = call.await;
        match &outcome {
            Err(error) if is_outage(error) => permit.failed(),
            _ => permit.answered(),
        }
        outcome
    }

    /// Every change is complete before anything can panic, so a poisoned lock is still good.
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

/// Leave to make one call.
#[must_use = "say how the call went"]
pub struct Permit {
    breaker: Breaker,
    began: Instant,
    is_probe: bool,
    is_settled: bool,
}

impl Permit {
    /// Somebody was there, whatever they said.
    pub fn answered(mut self) {
        self.is_settled = true;
        let mut watched = self.breaker.watched();
        if self.is_stale(&watched) {
            return;
        }
        watched.machine.on_success();
        watched.last_answer = Some(Instant::now());
        if self.is_probe {
            watched.phase = Phase::Closed;
            info!(
                dependency = self.breaker.inner.dependency,
                "it answers again; calls go on"
            );
        }
    }

    /// It is away.
    pub fn failed(mut self) {
        self.is_settled = true;
        let mut watched = self.breaker.watched();
        let is_busy = watched.last_answer.is_some_and(|at| at >= self.began);
        if self.is_stale(&watched) || is_busy && !self.is_probe {
            return;
        }
        watched.machine.on_error();
        let opened_until = lock(&watched.opened_until).take();
        let Some(until) = opened_until else {
            return;
        };
        watched.phase = Phase::Open { until };
        let dependency = &self.breaker.inner.dependency;
        let pause = until.saturating_duration_since(Instant::now());
        let pause_seconds = whole_seconds(pause);
        if self.is_probe {
            debug!(dependency, pause_seconds, "it is still away");
        } else {
            warn!(
                dependency,
                pause_seconds, "it is away; calls to it are paused"
            );
        }
    }

    /// Whether the call began before the breaker opened: then the probe decides, not this.
    fn is_stale(&self, watched: &Watched) -> bool {
        !self.is_probe && !matches!(watched.phase, Phase::Closed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_probe && !self.is_settled {
            // The probe was given up; the next call is one.
            self.breaker.watched().phase = Phase::Open {
                until: Instant::now(),
            };
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

    /// The permit of the probe, as soon as the pause is over.
    fn probe(breaker: &Breaker) -> Permit {
        loop {
            if let Ok(permit) = breaker.permit() {
                return permit;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn failures_in_a_row_open_it_and_it_says_when_to_come_back() {
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
    fn each_probe_that_fails_doubles_the_pause_up_to_the_longest() {
        let opened_until = Arc::default();
        let pauses = Pauses {
            next: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            opened_until,
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
    fn a_probe_that_is_given_up_makes_room_for_the_next() {
        let breaker = breaker(1, Duration::from_millis(1));
        fail(&breaker);
        drop(probe(&breaker));
        probe(&breaker).answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_part_that_answers_others_meanwhile_is_busy_not_away() {
        let breaker = breaker(2, Duration::from_mins(1));
        let slow: Vec<Permit> = (0..10).map(|_| breaker.permit().unwrap()).collect();
        breaker.permit().unwrap().answered();
        slow.into_iter().for_each(Permit::failed);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn what_was_asked_before_it_opened_changes_nothing_afterwards() {
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
        #[derive(Debug, PartialEq)]
        enum Error {
            Refused,
            Away,
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
    }
}
