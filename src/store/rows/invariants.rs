//! Rows of the check of an invariant, and the limit that applies to it.

use std::time::Duration;

use crate::store::{Finding, Invariant, InvariantLimits};

/// The number of ids that a finding lists.
pub(in crate::store) const EXAMPLES: u32 = 5;

impl Finding {
    /// Returns the finding from the first ids, each with the total count.
    pub(in crate::store) fn of_rows(invariant: Invariant, rows: Vec<(String, i64)>) -> Self {
        Self {
            invariant,
            count: rows
                .first()
                .map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0)),
            examples: rows.into_iter().map(|(id, _)| id).collect(),
        }
    }
}

impl InvariantLimits {
    /// Returns the limit that the check of an invariant takes, if any.
    pub(in crate::store) fn of(&self, invariant: Invariant) -> Option<Duration> {
        match invariant {
            Invariant::BatchPositions
            | Invariant::BatchRemaining
            | Invariant::BatchEnd
            | Invariant::CompletedResults => Some(self.ended_within),
            Invariant::Leases | Invariant::Dependencies => Some(self.sweep_patience),
            Invariant::DispatchedTasks => Some(self.claim_patience),
            Invariant::MatchWebhooks | Invariant::BatchWebhooks => Some(self.announced_within),
            Invariant::DeliveriesOnTime => Some(self.delivery_patience),
            Invariant::ResultDocuments | Invariant::KeptDocuments => None,
        }
    }
}
