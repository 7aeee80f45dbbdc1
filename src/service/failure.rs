//! The one map from what goes wrong in an attempt to what happens next.

use crate::{documents::DocumentError, domain::task::TaskError, store::StoreError};

/// Why an attempt ended without an outcome to record.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptError {
    #[error("the database failed")]
    Store(#[from] StoreError),
    #[error("the document store failed")]
    Document(#[from] DocumentError),
    #[error("the attempt took longer than {seconds} s")]
    TimedOut { seconds: u64 },
    #[error("scoring panicked")]
    Panicked,
}

/// What happens to the task next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Another attempt after a pause, while attempts remain.
    Retry,
    /// A dead letter at once: another attempt would end the same.
    DeadLetter,
    /// Another attempt that costs none: the fault is ours, not the task's.
    Release,
}

impl AttemptError {
    pub(super) fn next_step(&self) -> NextStep {
        match self {
            Self::Store(error) if error.is_retryable() => NextStep::Release,
            Self::Document(error) if error.is_retryable() => NextStep::Release,
            Self::Store(_) | Self::Document(_) | Self::TimedOut { .. } => NextStep::Retry,
            Self::Panicked => NextStep::DeadLetter,
        }
    }

    /// What the ledger and the caller read about it; causes stay in the log.
    pub(super) fn as_task_error(&self) -> TaskError {
        match self {
            Self::Store(_) => {
                TaskError::new("database_error", "the database failed during the attempt")
            }
            Self::Document(_) => TaskError::new(
                "document_store_error",
                "the store of large documents failed during the attempt",
            ),
            Self::TimedOut { seconds } => TaskError::new(
                "attempt_timed_out",
                format!("the attempt took longer than {seconds} s (REDIS_JOB_TIMEOUT)"),
            ),
            Self::Panicked => TaskError::new(
                "scoring_panicked",
                "scoring these profiles broke the engine; please report the profiles' shape",
            ),
        }
    }
}
