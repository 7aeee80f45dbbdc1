//! What becomes of waiting tasks whose dependency has ended, was reported, or has expired.

use std::collections::BTreeSet;

use sqlx::FromRow;

use super::{ResolvedDependencies, StoreError, rows::TaskRow};
use crate::domain::{
    identifiers::{BatchId, JobId, TaskId},
    task::{ClaimedTask, TaskError, TaskState},
};

/// A waiting task whose waiting is over.
#[derive(FromRow)]
pub(super) struct WaitingRow {
    #[sqlx(flatten)]
    task: TaskRow,
    depends_on: String,
    /// How the parent ended, or null when only the waiting time has run out.
    parent_state: Option<String>,
}

impl WaitingRow {
    /// The task, with the error it fails with, or none when it may run.
    fn into_verdict(self) -> Result<(ClaimedTask, Option<TaskError>), StoreError> {
        let parent = &self.depends_on;
        let error = match self.parent_state.as_deref().and_then(TaskState::parse) {
            Some(TaskState::Completed) => None,
            Some(state) => Some(TaskError::new(
                "dependency_failed",
                format!(
                    "{parent}, which this waited for, ended as {}",
                    state.as_str()
                ),
            )),
            None => Some(TaskError::new(
                "dependency_expired",
                format!("{parent}, which this waited for, was not reported in time"),
            )),
        };
        Ok((self.task.into_claimed()?, error))
    }
}

/// Which tasks may run, which fail, and what the caller is told.
pub(super) struct Verdicts {
    pub released: Vec<TaskId>,
    /// In the order of their batches, so that two processes lock those in one order.
    pub failed: Vec<(ClaimedTask, TaskError)>,
    pub resolved: ResolvedDependencies,
}

impl Verdicts {
    pub(super) fn of(rows: Vec<WaitingRow>) -> Result<Self, StoreError> {
        let (mut released, mut failed) = (Vec::new(), Vec::new());
        let (mut queued, mut ended) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            let (claimed, error) = row.into_verdict()?;
            match error {
                None => {
                    queued.insert(claimed.task.queue);
                    released.push(claimed.task.id);
                }
                Some(error) => {
                    ended.extend(claimed.task.job_id.as_ref().map(JobId::to_string));
                    ended.extend(claimed.task.batch_id.as_ref().map(BatchId::to_string));
                    failed.push((claimed, error));
                }
            }
        }
        failed.sort_by(|(one, _), (other, _)| one.task.batch_id.cmp(&other.task.batch_id));
        Ok(Self {
            released,
            failed,
            resolved: ResolvedDependencies {
                queued: queued.into_iter().collect(),
                ended: ended.into_iter().collect(),
            },
        })
    }
}
