//! What becomes of waiting tasks whose dependency has ended, was reported, or has expired, and
//! which new ones may be put behind them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use sqlx_macros::FromRow;

use super::{
    Accepted, DependencyReport, ResolvedDependencies, StoreError,
    outcome::FAILED_IN_A_STEP,
    rows::{TaskRow, read},
};
use crate::domain::{
    dependency::{CHAIN_LIMIT, Dependency, DependencyOutcome, OnParentFailure},
    identifiers::{BatchId, JobId, TaskId},
    submission::Submission,
    task::{ClaimedTask, TaskError, TaskState},
};

/// How many dependencies one sweep looks at, whatever the number of tasks that wait for them: less
/// than 0.1 s.
pub(super) const SWEEP_SLICE: u16 = 2_000;

/// Where the next sweep goes on: after all tasks that wait for this or a lesser name. What ends is
/// followed up at once, so a sweep finds only what a crash left behind; it need not look at
/// everything every time.
#[derive(Debug, Default)]
pub(super) struct SweepPosition(Mutex<String>);

impl SweepPosition {
    pub(super) fn get(&self) -> String {
        self.lock().clone()
    }

    pub(super) fn set(&self, position: String) {
        *self.lock() = position;
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that tasks wait for, and how it ended, if it has.
#[derive(FromRow)]
pub(super) struct ParentRow {
    name: String,
    state: Option<String>,
}

/// Parents of which some have ended.
pub(super) struct Parents {
    /// Those that have ended, and how; each once.
    pub ended: BTreeMap<String, String>,
    count: usize,
    greatest: Option<String>,
}

impl Parents {
    pub(super) fn of(rows: Vec<ParentRow>) -> Self {
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

    /// Where the sweep that had these as its slice goes on: at the beginning, once it has seen all.
    pub(super) fn next_position(&self) -> String {
        let is_last = self.count < usize::from(SWEEP_SLICE);
        self.greatest
            .clone()
            .filter(|_| !is_last)
            .unwrap_or_default()
    }
}

/// A waiting task whose waiting is over.
#[derive(FromRow)]
pub(super) struct WaitingRow {
    #[sqlx(flatten)]
    task: TaskRow,
    depends_on: String,
    on_parent_failure: String,
    /// How the parent ended; where it has not, only the waiting time has run out.
    parent_state: Option<String>,
}

impl WaitingRow {
    /// The task, with the error it fails with, or none when it may run.
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

/// Which tasks may run, which fail, and what the caller is told.
pub(super) struct Verdicts {
    pub released: Vec<TaskId>,
    /// In the order of their batches, so that two processes lock those in one order.
    pub failed: Vec<(ClaimedTask, TaskError)>,
    pub resolved: ResolvedDependencies,
}

impl Verdicts {
    /// On as many of these rows, of which there are at most `limit`, as one step can move.
    pub(super) fn of(rows: Vec<WaitingRow>, limit: u32) -> Result<Self, StoreError> {
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
                    ended.extend(claimed.task.job_id.as_ref().map(JobId::to_string));
                    ended.extend(claimed.task.batch_id.as_ref().map(BatchId::to_string));
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
    /// What a report is after an earlier one.
    pub(super) fn of_earlier(earlier: DependencyOutcome, now: DependencyOutcome) -> Self {
        if earlier == now {
            Self::Repeated
        } else {
            Self::Contradicts { earlier }
        }
    }
}

impl ResolvedDependencies {
    /// What two steps changed together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.moved += other.moved;
        self.more |= other.more;
        self.queued.extend(other.queued);
        self.queued.sort_unstable();
        self.queued.dedup();
        self.ended.extend(other.ended);
        self
    }
}

/// How many names of a chain have to be read: one more than may be there.
pub(super) const CHAIN_LOOK: u16 = CHAIN_LIMIT + 1;

/// Whether a submission may be put behind this chain: the names that its dependency waits for, the
/// dependency's own first, at most [`CHAIN_LOOK`] of them.
pub(super) fn refuse_chain(submission: &Submission, chain: Vec<String>) -> Option<Accepted> {
    let count = submission.match_count();
    let closes = |name: &String| {
        Dependency::on(JobId::from_trusted(name)).names(&submission.identity, count)
    };
    if let Some(end) = chain.iter().position(closes) {
        let mut chain = chain;
        chain.truncate(end + 1);
        return Some(Accepted::DependencyCycle { chain });
    }
    (chain.len() > usize::from(CHAIN_LIMIT)).then_some(Accepted::ChainTooLong)
}
