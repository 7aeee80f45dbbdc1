//! The dependency of a waiting task: a match or batch of this service, or work outside it.

use super::{
    identifiers::{BatchId, WorkId},
    submission::SubmissionIdentity,
};

/// The maximum length of a chain of waiting jobs at the submission of its last job.
pub const CHAIN_LIMIT: u16 = 100;

/// The outcome of a dependency, as reported from outside or found in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyOutcome {
    /// The dependent task may run.
    Completed,
    /// The dependent task fails as `dependency_failed`, unless it has to run nevertheless.
    Failed,
}

impl DependencyOutcome {
    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Completed, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

/// The consequence for a task whose parent failed, was cancelled, or did not end in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnParentFailure {
    /// The task fails too: `dependency_failed`, `dependency_cancelled` or `dependency_expired`.
    #[default]
    Fail,
    /// The task runs nevertheless.
    Run,
}

impl OnParentFailure {
    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Run => "run",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Fail, Self::Run]
            .into_iter()
            .find(|choice| choice.as_str() == name)
    }
}

/// The id that a task waits for. The same text may name a job, a batch's n-th match, a batch, or
/// work outside; the ledger checks them in that order each time, so the parent may appear later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The id in the caller's form.
    pub id: WorkId,
    /// Its reading as a batch's n-th match, if it has that form.
    pub batch_position: Option<(BatchId, i32)>,
    /// The consequence if the parent does not complete.
    pub on_failure: OnParentFailure,
}

impl Dependency {
    /// Returns a dependency on this id whose failure also fails the dependent task.
    pub fn on(id: WorkId) -> Self {
        let batch_position = id.as_job().as_batch_position();
        Self {
            id,
            batch_position,
            on_failure: OnParentFailure::Fail,
        }
    }

    /// Returns true if it names this submission of `match_count` matches, or one of its matches.
    ///
    /// ```
    /// use matching::domain::{
    ///     dependency::Dependency,
    ///     submission::SubmissionIdentity,
    /// };
    /// let monday = SubmissionIdentity::Batch("monday".parse().unwrap());
    /// let on = |id: &str| Dependency::on(id.parse().unwrap());
    /// assert!(on("monday").names(&monday, 3) && on("monday-3").names(&monday, 3));
    /// assert!(!on("monday-20261124").names(&monday, 3));
    /// ```
    pub fn names(&self, identity: &SubmissionIdentity, match_count: usize) -> bool {
        let own_match = match (identity, &self.batch_position) {
            (SubmissionIdentity::Batch(own), Some((batch, position))) => {
                own == batch
                    && usize::try_from(*position).is_ok_and(|position| position <= match_count)
            }
            _ => false,
        };
        own_match || self.id.as_str() == identity.as_str()
    }
}
