//! `[circuit_breaker]`.

use std::time::Duration;

use super::reader::SettingsReader;

/// The first pause of a part of ours. Short, since most outages are restarts; each probe that fails
/// doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How many times the database is asked in a lease's length, however long it has been away.
const DATABASE_PROBES_OF_A_LEASE: u32 = 3;

/// When parts that fail are left alone, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct CircuitBreakerSettings {
    /// Failures in a row that open a breaker.
    pub failure_threshold: u32,
    /// The pause of a receiver, and the longest of a part of ours; the database's is shorter.
    pub recovery_timeout: Duration,
}

/// When one part is left alone, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct PartPauses {
    /// Failures in a row that pause it; at least 1.
    pub failure_threshold: u32,
    /// The first pause; each probe that fails doubles it.
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

    /// For the document store and Redis, for which all work waits, and for the encoder.
    pub fn of_own_part(&self) -> PartPauses {
        self.pausing_at_most(self.recovery_timeout)
    }

    /// For the database. When it comes back, each process must renew its leases of this length
    /// before another one, which found it earlier, takes their tasks for abandoned.
    pub fn of_database(&self, lease: Duration) -> PartPauses {
        self.pausing_at_most(
            self.recovery_timeout
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

    /// For a receiver of webhooks: nobody waits for it but its own deliveries.
    pub fn of_receiver(&self) -> PartPauses {
        PartPauses {
            failure_threshold: self.failure_threshold,
            first_pause: self.recovery_timeout,
            longest_pause: self.recovery_timeout,
        }
    }
}
