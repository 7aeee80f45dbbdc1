//! Invariants: statements about the ledger that always hold, and a check of them in one snapshot.
//!
//! An invariant is worded so that a running system never breaks it temporarily: a state that the
//! service corrects by itself, such as an expired lease, counts only after the time that the
//! correction may take.

use std::time::Duration;

use async_trait::async_trait;

use crate::store::StoreError;

/// The check of the ledger's invariants.
#[async_trait]
pub trait Invariants: Send + Sync + 'static {
    /// Checks every invariant in one read-only snapshot that blocks no writer.
    async fn check_invariants(
        &self,
        limits: &InvariantLimits,
    ) -> Result<InvariantFindings, StoreError>;
}

/// A statement about the ledger that always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// Each match of a batch is in exactly one row, or was purged.
    BatchPositions,
    /// The open matches that a batch counts are its matches that have not ended.
    BatchRemaining,
    /// A batch has ended if and only if all its matches have.
    BatchEnd,
    /// A completed match has a result.
    CompletedResults,
    /// A running task has a lease, and a sweep finds leases that expired.
    Leases,
    /// A task whose pointer is in a queue is claimed in time.
    DispatchedTasks,
    /// A task stops waiting once its dependency has ended.
    Dependencies,
    /// An ended match is announced once, if its caller named a receiver.
    MatchWebhooks,
    /// An ended batch is announced once, if its caller named a receiver.
    BatchWebhooks,
    /// Webhooks are sent when they are due.
    DeliveriesOnTime,
    /// A result has a document or the key of one.
    ResultDocuments,
    /// Documents that rows point to can be read.
    KeptDocuments,
}

impl Invariant {
    /// Returns the wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BatchPositions => "batch_positions",
            Self::BatchRemaining => "batch_remaining",
            Self::BatchEnd => "batch_end",
            Self::CompletedResults => "completed_results",
            Self::Leases => "leases",
            Self::DispatchedTasks => "dispatched_tasks",
            Self::Dependencies => "dependencies",
            Self::MatchWebhooks => "match_webhooks",
            Self::BatchWebhooks => "batch_webhooks",
            Self::DeliveriesOnTime => "deliveries_on_time",
            Self::ResultDocuments => "result_documents",
            Self::KeptDocuments => "kept_documents",
        }
    }

    /// Returns the statement as a sentence.
    pub const fn promise(self) -> &'static str {
        match self {
            Self::BatchPositions => "every match of a batch is in exactly one task, or was purged",
            Self::BatchRemaining => "a batch's count of open matches is right",
            Self::BatchEnd => "a batch has ended exactly if all its matches have",
            Self::CompletedResults => "every completed match has a result",
            Self::Leases => "every running task has a lease, and none ran out unnoticed",
            Self::DispatchedTasks => "tasks that were handed to a queue are claimed",
            Self::Dependencies => "no task waits for what has ended or expired",
            Self::MatchWebhooks => "every ended match with a receiver has exactly one webhook",
            Self::BatchWebhooks => "every ended batch with a receiver has exactly one webhook",
            Self::DeliveriesOnTime => "webhooks are sent when they are due",
            Self::ResultDocuments => "every result has its document or says where it is kept",
            Self::KeptDocuments => "every document that a row points to can be read",
        }
    }

    /// Returns advice for an operator if the invariant does not hold.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::BatchPositions | Self::BatchRemaining | Self::BatchEnd => {
                "no version writes this: look for manual changes or a restored backup, and ask \
                 for the batch again"
            }
            Self::CompletedResults => {
                "results were deleted, or a backup is incomplete; ask for the match again"
            }
            Self::Leases | Self::Dependencies => {
                "no process sweeps: see that a `serve` or `work` runs and reaches the database"
            }
            Self::DispatchedTasks => {
                "no worker takes this queue, or it is very far behind: start `work --queue` for \
                 it, or raise workers.concurrency"
            }
            Self::MatchWebhooks | Self::BatchWebhooks => {
                "no version writes this: look for manual changes; receivers can poll the job or \
                 batch meanwhile"
            }
            Self::DeliveriesOnTime => {
                "only processes with pools send webhooks: see that one runs, and whether slow \
                 receivers hold all of webhook.concurrency"
            }
            Self::ResultDocuments => "look for manual changes; ask for the match again",
            Self::KeptDocuments => {
                "the document store lost them, or it is another one than these were written to; \
                 restore it, or ask for the match again"
            }
        }
    }
}

/// The limits of a check: its period, and the time that each step of the system may take.
#[derive(Debug, Clone, Copy)]
pub struct InvariantLimits {
    /// The period of ended work to check. Unfinished work is always checked.
    pub ended_within: Duration,
    /// The period of ended work whose webhooks are checked, since retention may delete webhooks
    /// before their match.
    pub announced_within: Duration,
    /// The time after which a sweep must have noticed an expired lease or an ended dependency.
    pub sweep_patience: Duration,
    /// The longest time for which a pointer may wait in its queue.
    pub claim_patience: Duration,
    /// The longest time for which a webhook may be overdue.
    pub delivery_patience: Duration,
}

/// One invariant, and the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The invariant.
    pub invariant: Invariant,
    /// The number of jobs, tasks, batches or deliveries that break it.
    pub count: u64,
    /// Some of their ids, sorted.
    pub examples: Vec<String>,
}

impl Finding {
    /// True if the invariant holds.
    pub fn holds(&self) -> bool {
        self.count == 0
    }
}

/// The findings of one check.
#[derive(Debug, Clone, Default)]
pub struct InvariantFindings {
    /// One for each invariant that SQL can check.
    pub findings: Vec<Finding>,
    /// The number of dead letters, which break no invariant.
    pub dead_letters: u64,
    /// The number of webhooks that were given up, which break no invariant.
    pub given_up_deliveries: u64,
}
