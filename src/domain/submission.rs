//! A submission: a checked and complete request, before it is written to the ledger.

use std::time::Duration;

use super::{
    dependency::Dependency,
    identifiers::{BatchId, JobId, ProfileId, TaskId},
    queue_name::QueueName,
    trace::TraceContext,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The webhook events that a bulk call sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookEvents {
    /// One event for each match (the predecessor's behaviour).
    Each,
    /// One event when the whole batch has ended.
    Batch,
}

impl WebhookEvents {
    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Batch => "batch",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Each, Self::Batch]
            .into_iter()
            .find(|events| events.as_str() == name)
    }
}

/// The options that single and bulk submissions have in common.
#[derive(Debug, Clone)]
pub struct SubmissionOptions {
    /// The queue that will run it.
    pub queue: QueueName,
    /// The dependency, which has to complete first.
    pub depends_on: Option<Dependency>,
    /// The longest time to wait for it.
    pub dependency_expiry: Duration,
    /// The URL of the webhook receiver.
    pub webhook_url: Option<String>,
    /// The events to report.
    pub webhook_events: WebhookEvents,
    /// The user of the platform, stored for the platform's own searches.
    pub user_id: Option<String>,
    /// The weights to score with instead of the configured ones, in the form of
    /// [`Task::weights`](super::task::Task).
    pub weights: Option<String>,
    /// The trace of the request.
    pub trace: TraceContext,
}

/// A part of a submission that is dispatched as one task: matches of one subject.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// The id of the ledger row.
    pub id: TaskId,
    /// The position of the first match in its batch, from 1.
    pub first_position: i32,
    /// The ids of the other profiles, in order; 1 to 500.
    pub counterpart_ids: Vec<ProfileId>,
}

/// The id of a submission, which is one match or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionIdentity {
    /// One match, which is polled by this id.
    Single(JobId),
    /// A batch, whose matches are polled as `BATCH-n`.
    Batch(BatchId),
}

impl SubmissionIdentity {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Single(id) => id.as_str(),
            Self::Batch(id) => id.as_str(),
        }
    }
}

/// One submission, to be written to the ledger in one transaction.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its id, generated or chosen by the caller.
    pub identity: SubmissionIdentity,
    /// True if the caller chose the id, which makes repeated calls detectable.
    pub named_by_caller: bool,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// The SHA-256 digest, in hex, of all values in which two different calls differ.
    pub fingerprint: String,
    /// The profile that all matches share.
    pub subject_kind: ProfileKind,
    /// The id of that profile.
    pub subject_id: ProfileId,
    /// The ledger rows, in order.
    pub tasks: Vec<NewTask>,
    /// All other options.
    pub options: SubmissionOptions,
}

impl Submission {
    /// Returns the number of requested matches.
    pub fn match_count(&self) -> usize {
        self.tasks
            .iter()
            .map(|task| task.counterpart_ids.len())
            .sum()
    }
}
