//! Rows of tasks that are to be cancelled, and the decision on each.

use sqlx_macros::FromRow;

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

/// A task that is to be cancelled.
pub(in crate::store) struct TaskToCancel {
    /// The task, with the lease token of the worker that runs it, if one does.
    pub claimed: ClaimedTask,
    pub was_processing: bool,
}

impl TaskToCancel {
    /// Returns the task if it has not ended, or else the answer to the cancellation.
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

    /// Returns the run to interrupt, if the task was running.
    pub(in crate::store) fn withdrawal(&self) -> Option<Withdrawal> {
        self.was_processing.then(|| Withdrawal {
            task_id: self.claimed.task.id.clone(),
            lease_token: self.claimed.lease_token,
        })
    }

    /// Returns the number of matches that the task holds.
    pub(in crate::store) fn match_count(&self) -> usize {
        self.claimed.task.matches.len()
    }

    /// Returns the match at this position, and the others.
    pub(in crate::store) fn split(&self, position: i32) -> (Vec<TaskMatch>, Vec<TaskMatch>) {
        let matches = self.claimed.task.matches.iter();
        matches.partition(|one| one.position == position)
    }

    /// Returns the task with its raised token, for the event of the batch that this may end: no two
    /// ends of a batch may share an event's id.
    pub(in crate::store) fn as_ended(&self, row: &TaskId) -> ClaimedTask {
        let mut ended = self.claimed.clone();
        ended.task.id = row.clone();
        ended.lease_token += 1;
        ended
    }
}
