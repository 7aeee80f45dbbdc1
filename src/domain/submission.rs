//! What a caller asks for, checked and complete, before the ledger accepts it.

use std::time::Duration;

use super::{
    dependency::Dependency,
    identifiers::{BatchId, JobId, TaskId},
    queue_name::QueueName,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// Which webhooks a bulk call sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookEvents {
    /// One event for each match (the predecessor's behaviour).
    Each,
    /// One event when the whole batch has ended.
    Batch,
}

impl WebhookEvents {
    /// The stable name, as stored and configured.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Batch => "batch",
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Each, Self::Batch]
            .into_iter()
            .find(|events| events.as_str() == name)
    }
}

/// What is common to single and bulk submissions.
#[derive(Debug, Clone)]
pub struct SubmissionOptions {
    /// The queue that will run it.
    pub queue: QueueName,
    /// What has to complete first.
    pub depends_on: Option<Dependency>,
    /// How long it may wait for that.
    pub dependency_expiry: Duration,
    /// Where the outcome is reported.
    pub webhook_url: Option<String>,
    /// Which events are reported.
    pub webhook_events: WebhookEvents,
    /// The platform's user, kept for the platform's own searches.
    pub user_id: Option<String>,
    /// The weights to score with instead of the service's: as [`Task::weights`](super::task::Task).
    pub weights: Option<String>,
}

/// A part of a submission that is dispatched as one: matches of one subject.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// The ledger row's id.
    pub id: TaskId,
    /// The place of the first match in its batch, from 1.
    pub first_position: i32,
    /// The other side's ids, in order; 1 to 500.
    pub counterpart_ids: Vec<i64>,
}

/// Whether a submission is one match or a batch of them.
#[derive(Debug, Clone)]
pub enum SubmissionIdentity {
    /// One match, polled by this id.
    Single(JobId),
    /// Many matches, polled as `BATCH-n`.
    Batch(BatchId),
}

impl SubmissionIdentity {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Single(id) => id.as_str(),
            Self::Batch(id) => id.as_str(),
        }
    }
}

/// One accepted call, to be written to the ledger in one transaction.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its id: chosen here or by the caller.
    pub identity: SubmissionIdentity,
    /// Whether the caller chose the id, which makes a repetition of it meaningful.
    pub named_by_caller: bool,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// SHA-256, in hex, of everything that makes two calls the same call.
    pub fingerprint: String,
    /// The profile that all matches share.
    pub subject_kind: ProfileKind,
    /// That profile's id.
    pub subject_id: i64,
    /// The ledger rows, in order.
    pub tasks: Vec<NewTask>,
    /// Everything else.
    pub options: SubmissionOptions,
}

impl Submission {
    /// How many matches were asked for.
    pub fn match_count(&self) -> usize {
        self.tasks
            .iter()
            .map(|task| task.counterpart_ids.len())
            .sum()
    }
}
