//! `[circuit_breaker]`.

use std::time::Duration;

use super::reader::SettingsReader;

/// The first pause of a dependency. Short, since most outages are restarts; each failed probe
/// doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause of the database, Redis and the document store, for which all work waits: it
/// resumes this soon after they are back. A probe is one call, so frequent ones are cheap.
const LONGEST_PAUSE_OF_SERVER: Duration = Duration::from_secs(3);

/// The number of probes of the database within the length of a lease, however long it has been
/// away.
const DATABASE_PROBES_OF_A_LEASE: u32 = 3;

/// The settings of circuit breakers.
#[derive(Debug, Clone, Copy)]
pub struct CircuitBreakerSettings {
    /// The number of consecutive failures that open a breaker.
    pub failure_threshold: u32,
    /// The pause of a webhook receiver, and the longest pause of the encoder; those of the servers
    /// for which all work waits are shorter.
    pub recovery_timeout: Duration,
}

/// The pauses of one circuit breaker.
#[derive(Debug, Clone, Copy)]
pub struct PartPauses {
    /// The number of consecutive failures that open it; at least 1.
    pub failure_threshold: u32,
    /// The first pause; each failed probe doubles it.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl CircuitBreakerSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        Self {
            failure_threshold: reader.whole("circuit_breaker.failure_threshold", 1..=1_000),
            recovery_timeout: reader
                .seconds("circuit_breaker.recovery_timeout_seconds", 0.1..=86_400.0),
        }
    }

    /// Returns the pauses of the document store and Redis, for which all work waits.
    pub fn of_own_part(&self) -> PartPauses {
        self.pausing_at_most(self.recovery_timeout.min(LONGEST_PAUSE_OF_SERVER))
    }

    /// Returns the pauses of the encoder, which delay callers by its time limit but no work.
    pub fn of_encoder(&self) -> PartPauses {
        self.pausing_at_most(self.recovery_timeout)
    }

    /// Returns the pauses of the database. When it is back, each process must renew its leases of
    /// this length before another process, which noticed earlier, treats their tasks as abandoned.
    pub fn of_database(&self, lease: Duration) -> PartPauses {
        self.pausing_at_most(
            self.recovery_timeout
                .min(LONGEST_PAUSE_OF_SERVER)
                .min(lease / DATABASE_PROBES_OF_A_LEASE),
        )
    }

    fn pausing_at_most(&self, longest_pause: Duration) -> PartPauses {
        PartPauses {
            failure_threshold: self.failure_threshold,
            first_pause: FIRST_PAUSE.min(longest_pause),
            longest_pause,
        }
    }

    /// Returns the pauses of a webhook receiver, for which only its own deliveries wait.
    pub fn of_receiver(&self) -> PartPauses {
        PartPauses {
            failure_threshold: self.failure_threshold,
            first_pause: self.recovery_timeout,
            longest_pause: self.recovery_timeout,
        }
    }
}
