//! Outcomes: the end of a task, with its results, deliveries and batch count in one transaction.

use async_trait::async_trait;

use super::{CriterionScores, DocumentLocation};
use crate::{
    domain::{
        identifiers::{BatchId, TaskId},
        task::{ClaimedTask, TaskError, TaskMatch},
    },
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The recording of outcomes.
#[async_trait]
pub trait Outcomes: Send + Sync + 'static {
    /// Records the outcome of a task: results, failed matches, deliveries, and the batch's count.
    /// Every match of the task must be in `results` or in `failures`.
    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError>;
}

/// One score to record.
#[derive(Debug, Clone)]
pub struct NewResult {
    /// The match of the task.
    pub one: TaskMatch,
    /// In [0, 1], rounded to 4 digits.
    pub score: f64,
    /// The category's wire name.
    pub category: &'static str,
    /// The score of each criterion, as the engine gives it.
    pub criterion_scores: CriterionScores,
    /// The upper limit of the score, if a must-have is not met.
    pub score_cap: Option<f64>,
    /// The versions of the profiles that it was computed from.
    pub versions: PairVersions,
    /// The result document, or its key.
    pub document: DocumentLocation,
}

/// The versions of the two profiles of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairVersions {
    /// That of the candidate.
    pub candidate: i64,
    /// That of the job posting.
    pub job_posting: i64,
}

impl PairVersions {
    /// Returns the versions of a subject of this kind and its counterpart.
    pub fn of(kind: ProfileKind, subject: i64, counterpart: i64) -> Self {
        let (candidate, job_posting) = match kind {
            ProfileKind::Candidate => (subject, counterpart),
            ProfileKind::JobPosting => (counterpart, subject),
        };
        Self {
            candidate,
            job_posting,
        }
    }
}

/// Matches of a task that failed for good, for one reason.
#[derive(Debug, Clone)]
pub struct FailedMatches {
    /// The matches.
    pub matches: Vec<TaskMatch>,
    /// The reason.
    pub error: TaskError,
    /// The id of the ledger row that they move to, unless they are the whole task.
    pub split_task_id: TaskId,
}

/// The effect of recording an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Everything was written.
    Written {
        /// True if tasks wait for this one or its batch.
        has_dependents: bool,
        /// The batch, if this was its last open task.
        ended_batch: Option<BatchId>,
    },
    /// Nothing was written: the lease had passed to another run, or the task had ended.
    Fenced,
}
