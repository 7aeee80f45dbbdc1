//! What became of a call to withdraw work.

use super::{StoreError, rows::OpenTaskRow};
use crate::domain::{
    identifiers::{BatchId, TaskId},
    task::{ClaimedTask, TaskMatch, TaskState, Withdrawal},
};

/// What became of cancelling a job or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It is cancelled now.
    Now {
        /// Tasks cancelled.
        tasks: u64,
        /// Runs to interrupt.
        withdrawn: Vec<Withdrawal>,
        /// The batch, if this ended it.
        ended_batch: Option<BatchId>,
    },
    /// It was before; nothing changed.
    Before,
    /// It had ended otherwise; nothing changed.
    TooLate,
    /// There is no such job or batch.
    Unknown,
}

/// A task that is to be cancelled, and how.
pub(super) struct Cancelling {
    /// The task as its worker holds it, if one does.
    pub claimed: ClaimedTask,
    pub was_processing: bool,
}

impl Cancelling {
    /// Those of the rows that have not ended.
    pub(super) fn of(row: OpenTaskRow) -> Result<Result<Self, Cancelled>, StoreError> {
        let (claimed, state) = row.into_claimed()?;
        Ok(match state {
            TaskState::Cancelled => Err(Cancelled::Before),
            TaskState::Completed | TaskState::Failed => Err(Cancelled::TooLate),
            TaskState::Waiting | TaskState::Queued | TaskState::Processing => Ok(Self {
                was_processing: state == TaskState::Processing,
                claimed,
            }),
        })
    }

    /// The run to interrupt, if there is one.
    pub(super) fn withdrawal(&self) -> Option<Withdrawal> {
        self.was_processing.then(|| Withdrawal {
            task_id: self.claimed.task.id.clone(),
            lease_token: self.claimed.lease_token,
        })
    }

    /// How many matches it holds.
    pub(super) fn match_count(&self) -> usize {
        self.claimed.task.matches.len()
    }

    /// The match at this position, and the others.
    pub(super) fn split(&self, position: i32) -> (Vec<TaskMatch>, Vec<TaskMatch>) {
        let matches = self.claimed.task.matches.iter();
        matches.partition(|one| one.position == position)
    }

    /// The task as it is cancelled, for the event of the batch that this may end: under its raised
    /// token, so that no two ends share an event's id.
    pub(super) fn as_ended(&self, row: &TaskId) -> ClaimedTask {
        let mut ended = self.claimed.clone();
        ended.task.id = row.clone();
        ended.lease_token += 1;
        ended
    }
}
