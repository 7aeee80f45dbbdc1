//! Rows of tasks that are to be cancelled, and how each is.

use sqlx::FromRow;

use super::{TaskRow, read};
use crate::{
    domain::{
        identifiers::TaskId,
        task::{ClaimedTask, TaskMatch, TaskState, Withdrawal},
    },
    store::{Cancelled, StoreError},
};

/// A task and its state, before it is cancelled.
#[derive(FromRow)]
pub(in crate::store) struct OpenTaskRow {
    #[sqlx(flatten)]
    task: TaskRow,
    state: String,
}

impl OpenTaskRow {
    pub(in crate::store) fn into_claimed(self) -> Result<(ClaimedTask, TaskState), StoreError> {
        let state = read("tasks.state", &self.state, TaskState::parse)?;
        Ok((self.task.into_claimed()?, state))
    }
}

/// A task that is to be cancelled, and how.
pub(in crate::store) struct TaskToCancel {
    /// The task as its worker holds it, if one does.
    pub claimed: ClaimedTask,
    pub was_processing: bool,
}

impl TaskToCancel {
    /// Those of the rows that have not ended.
    pub(in crate::store) fn of(row: OpenTaskRow) -> Result<Result<Self, Cancelled>, StoreError> {
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
    pub(in crate::store) fn withdrawal(&self) -> Option<Withdrawal> {
        self.was_processing.then(|| Withdrawal {
            task_id: self.claimed.task.id.clone(),
            lease_token: self.claimed.lease_token,
        })
    }

    /// How many matches it holds.
    pub(in crate::store) fn match_count(&self) -> usize {
        self.claimed.task.matches.len()
    }

    /// The match at this position, and the others.
    pub(in crate::store) fn split(&self, position: i32) -> (Vec<TaskMatch>, Vec<TaskMatch>) {
        let matches = self.claimed.task.matches.iter();
        matches.partition(|one| one.position == position)
    }

    /// The task as it is cancelled, for the event of the batch that this may end: under its raised
    /// token, so that no two ends share an event's id.
    pub(in crate::store) fn as_ended(&self, row: &TaskId) -> ClaimedTask {
        let mut ended = self.claimed.clone();
        ended.task.id = row.clone();
        ended.lease_token += 1;
        ended
    }
}
