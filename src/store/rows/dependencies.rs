//! Rows of waiting tasks and their dependencies, and the decisions on them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use sqlx_macros::FromRow;

use super::{FAILED_IN_A_STEP, TaskRow, read};
use crate::{
    domain::{
        dependency::{DependencyOutcome, OnParentFailure},
        identifiers::{TaskId, WorkId},
        task::{ClaimedTask, TaskError, TaskState},
    },
    store::{DependencyReport, ResolvedDependencies, StoreError},
};

/// The number of dependencies that one sweep checks: a slice takes less than 0.1 s, however many
/// tasks wait for these dependencies.
pub(in crate::store) const SWEEP_SLICE: u16 = 2_000;

/// The position at which the next sweep continues: after all tasks that wait for this name or one
/// that sorts before it. Ended work is followed up at once, so a sweep only finds what a crash left
/// behind and need not check everything each time.
#[derive(Debug, Default)]
pub(in crate::store) struct SweepPosition(Mutex<String>);

impl SweepPosition {
    pub(in crate::store) fn get(&self) -> String {
        self.lock().clone()
    }

    pub(in crate::store) fn set(&self, position: String) {
        *self.lock() = position;
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A dependency of waiting tasks, and its final state, if it has ended.
#[derive(FromRow)]
pub(in crate::store) struct ParentRow {
    name: String,
    state: Option<String>,
}

/// Dependencies, some of which have ended.
pub(in crate::store) struct Parents {
    /// The ended dependencies by name, each with its state.
    pub ended: BTreeMap<String, String>,
    count: usize,
    greatest: Option<String>,
}

impl Parents {
    pub(in crate::store) fn of(rows: Vec<ParentRow>) -> Self {
        let is_final = |state: &String| TaskState::parse(state).is_some_and(TaskState::is_final);
        Self {
            count: rows.len(),
            greatest: rows.iter().map(|row| &row.name).max().cloned(),
            ended: rows
                .into_iter()
                .filter_map(|row| Some((row.name, row.state.filter(is_final)?)))
                .collect(),
        }
    }

    /// Returns the position of the sweep after this slice; the beginning after the last slice.
    pub(in crate::store) fn next_position(&self) -> String {
        let is_last = self.count < usize::from(SWEEP_SLICE);
        self.greatest
            .clone()
            .filter(|_| !is_last)
            .unwrap_or_default()
    }
}

/// A task that no longer has to wait.
#[derive(FromRow)]
pub(in crate::store) struct WaitingRow {
    #[sqlx(flatten)]
    task: TaskRow,
    depends_on: WorkId,
    on_parent_failure: String,
    /// The final state of the dependency; `None` if only the waiting time has run out.
    parent_state: Option<String>,
}

impl WaitingRow {
    /// Returns the task, with the error that it fails with, or `None` if it may run.
    fn into_verdict(self) -> Result<(ClaimedTask, Option<TaskError>), StoreError> {
        let parent = &self.depends_on;
        let state = self.parent_state.as_deref().and_then(TaskState::parse);
        let error = match state.filter(|state| state.is_final()) {
            Some(TaskState::Completed) => None,
            Some(TaskState::Cancelled) => Some(TaskError::new(
                "dependency_cancelled",
                format!("{parent}, which this waited for, was cancelled"),
            )),
            Some(_) => Some(TaskError::new(
                "dependency_failed",
                format!("{parent}, which this waited for, failed"),
            )),
            None => Some(TaskError::new(
                "dependency_expired",
                format!("{parent}, which this waited for, did not end in time"),
            )),
        };
        let choice = read(
            "tasks.on_parent_failure",
            &self.on_parent_failure,
            OnParentFailure::parse,
        )?;
        let error = error.filter(|_| choice == OnParentFailure::Fail);
        Ok((self.task.into_claimed()?, error))
    }
}

/// The decisions of one step: which tasks may run and which fail.
pub(in crate::store) struct Verdicts {
    pub released: Vec<TaskId>,
    /// Sorted by batch, so that two processes lock batches in one order.
    pub failed: Vec<(ClaimedTask, TaskError)>,
    pub resolved: ResolvedDependencies,
}

impl Verdicts {
    /// Decides on these rows, of which there are at most `limit`, up to the number that one step
    /// can move.
    pub(in crate::store) fn of(rows: Vec<WaitingRow>, limit: u32) -> Result<Self, StoreError> {
        let mut more = rows.len() >= limit as usize;
        let (mut released, mut failed) = (Vec::new(), Vec::new());
        let mut failed_matches = 0;
        let (mut queued, mut ended) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            let (claimed, error) = row.into_verdict()?;
            match error {
                None => {
                    queued.insert(claimed.task.queue);
                    released.push(claimed.task.id);
                }
                Some(_)
                    if failed_matches > 0
                        && failed_matches + claimed.task.matches.len() > FAILED_IN_A_STEP =>
                {
                    more = true;
                }
                Some(error) => {
                    failed_matches += claimed.task.matches.len();
                    ended.extend(claimed.task.job_id.clone().map(WorkId::from));
                    ended.extend(claimed.task.batch_id.clone().map(WorkId::from));
                    failed.push((claimed, error));
                }
            }
        }
        failed.sort_by(|(one, _), (other, _)| one.task.batch_id.cmp(&other.task.batch_id));
        let moved = released.len() + failed.len();
        Ok(Self {
            released,
            failed,
            resolved: ResolvedDependencies {
                moved: u32::try_from(moved).unwrap_or(u32::MAX),
                more,
                queued: queued.into_iter().collect(),
                ended: ended.into_iter().collect(),
            },
        })
    }
}

impl DependencyReport {
    /// Compares a report with an earlier one.
    pub(in crate::store) fn of_earlier(earlier: DependencyOutcome, now: DependencyOutcome) -> Self {
        if earlier == now {
            Self::Repeated
        } else {
            Self::Contradicts { earlier }
        }
    }
}

impl ResolvedDependencies {
    /// Adds the changes of another step.
    pub(in crate::store) fn and(mut self, other: Self) -> Self {
        self.moved += other.moved;
        self.more |= other.more;
        self.queued.extend(other.queued);
        self.queued.sort_unstable();
        self.queued.dedup();
        self.ended.extend(other.ended);
        self
    }
}
