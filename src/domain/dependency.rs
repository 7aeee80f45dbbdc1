//! What a waiting task waits for: a match or batch of this service, or work outside it.

use super::identifiers::{BatchId, JobId};

/// How a dependency ended, as reported from outside or found in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyOutcome {
    /// The dependent task may run.
    Completed,
    /// The dependent task fails as `dependency_failed`.
    Failed,
}

impl DependencyOutcome {
    /// The stable name, as stored and as sent by callers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Completed, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

/// The id a task waits for. The same text may name a job, a batch's n-th match, a batch, or work
/// outside; the ledger looks in that order each time it checks, so the parent may appear later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The id as the caller gave it.
    pub id: JobId,
    /// Its reading as a batch's n-th match, where it has that form.
    pub batch_position: Option<(BatchId, i32)>,
}

impl Dependency {
    /// A dependency on that id.
    pub fn on(id: JobId) -> Self {
        let batch_position = id.as_batch_position();
        Self { id, batch_position }
    }
}
