//! What always holds in the ledger, by name, and what a look at it found: one list for both
//! adapters, which check it by SQL in one snapshot.
//!
//! An invariant is worded so that a running system never breaks it for a moment: what needs some
//! time to be put right, such as an expired lease, breaks it only after more time than that.

use std::time::Duration;

/// How many ids a finding names.
pub(super) const EXAMPLES: u32 = 5;

/// Something that always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// Each match of a batch is in one row, or was purged.
    BatchPositions,
    /// A batch counts the matches that have not ended.
    BatchRemaining,
    /// A batch has ended exactly if all its matches have.
    BatchEnd,
    /// A completed match has a result.
    CompletedResults,
    /// A running task has a lease, and a lease that ran out is noticed.
    Leases,
    /// A task whose pointer is in a queue is claimed some day.
    DispatchedTasks,
    /// A task stops waiting once what it waits for has ended.
    Dependencies,
    /// An ended match is announced once, to who asked for it.
    MatchWebhooks,
    /// An ended batch is announced once, to who asked for it.
    BatchWebhooks,
    /// Webhooks are sent when they are due.
    DeliveriesOnTime,
    /// A result has a document, or says where it is.
    ResultDocuments,
    /// Documents that rows point to can be read.
    KeptDocuments,
}

impl Invariant {
    /// The stable name.
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

    /// What holds, in words.
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

    /// What to do when it does not hold.
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
                "only processes with pools send webhooks: see that one runs, and whether one \
                 receiver holds up the others"
            }
            Self::ResultDocuments => "look for manual changes; ask for the match again",
            Self::KeptDocuments => {
                "the document store lost them, or it is another one than these were written to; \
                 restore it, or ask for the match again"
            }
        }
    }
}

/// How far back to look, and how patient to be.
#[derive(Debug, Clone, Copy)]
pub struct Inspection {
    /// Work that ended longer ago is left out; what has not ended is always looked at.
    pub ended_within: Duration,
    /// The same for its webhooks, which retention may have forgotten before their match.
    pub announced_within: Duration,
    /// How long a lease may have run out, and a dependency have ended, before a sweep must have
    /// noticed.
    pub sweep_patience: Duration,
    /// How long a pointer may lie in its queue.
    pub claim_patience: Duration,
    /// How long a webhook may be overdue.
    pub delivery_patience: Duration,
}

/// One invariant, and what breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub invariant: Invariant,
    /// How many jobs, tasks, batches or deliveries break it.
    pub count: u64,
    /// A few of their ids, in order.
    pub examples: Vec<String>,
}

impl Finding {
    /// Whether the invariant holds.
    pub fn holds(&self) -> bool {
        self.count == 0
    }

    /// A finding of the first ids, each with how many there are in all.
    pub(super) fn of_rows(invariant: Invariant, rows: Vec<(String, i64)>) -> Self {
        Self {
            invariant,
            count: rows
                .first()
                .map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0)),
            examples: rows.into_iter().map(|(id, _)| id).collect(),
        }
    }
}

/// What one look at the ledger found.
#[derive(Debug, Clone, Default)]
pub struct LedgerInspection {
    /// One for each invariant that SQL can check.
    pub findings: Vec<Finding>,
    /// Tasks that failed for good; no fault.
    pub dead_letters: u64,
}

/// A document that a row points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDocument {
    /// Its key in the document store.
    pub key: String,
    /// The job or batch that it belongs to.
    pub owner: String,
}
