//! Dependencies: each check reads the parent's state as it is now, so it does not matter whether
//! the parent ended before, during or after the child was submitted.

use std::collections::BTreeSet;

use async_trait::async_trait;
use matching::{
    domain::{
        dependency::{Dependency, DependencyOutcome, OnParentFailure},
        identifiers::{BatchId, WorkId},
        task::{TaskError, TaskState},
    },
    store::{Dependencies, DependencyReport, ResolvedDependencies, StoreError},
};

use super::{
    Ledger, ModelStore, TaskRow,
    ledger::{FAILED_IN_A_STEP, ReportRow},
};

#[async_trait]
impl Dependencies for ModelStore {
    async fn report_dependency(
        &self,
        id: &WorkId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        let mut ledger = self.ledger();
        if ledger.is_own_work(id) {
            return Ok(DependencyReport::OwnWork);
        }
        if let Some(known) = ledger.reports.iter().find(|report| report.id == *id) {
            return Ok(if known.outcome == outcome {
                DependencyReport::Repeated
            } else {
                DependencyReport::Contradicts {
                    earlier: known.outcome,
                }
            });
        }
        let reported_at = ledger.now;
        ledger.reports.push(ReportRow {
            id: id.clone(),
            outcome,
            reported_at,
        });
        Ok(DependencyReport::Recorded)
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[WorkId]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        let mut ledger = self.ledger();
        let Some(ended) = ended else {
            let now = ledger.now;
            let is_expired = |row: &TaskRow| {
                row.state == TaskState::Waiting && row.waits_until.is_some_and(|at| at <= now)
            };
            let expired = ledger.first(limit, is_expired, |row| row.waits_until);
            let mut resolved = ledger.carry_out(&expired, limit);
            let of_ended = ledger.move_children(limit, |_| true);
            resolved.moved += of_ended.moved;
            resolved.more |= of_ended.more;
            resolved.queued.extend(of_ended.queued);
            resolved.queued.sort_unstable();
            resolved.queued.dedup();
            resolved.ended.extend(of_ended.ended);
            return Ok(resolved);
        };
        let is_named = |row: &TaskRow| {
            let mut names = ended.iter();
            names.any(|name| row.waits_for(name) || row.waits_for_match_of(name))
        };
        Ok(ledger.move_children(limit, is_named))
    }
}

impl Ledger {
    fn is_own_work(&self, id: &WorkId) -> bool {
        let is_match = |batch: &BatchId, position: i32| {
            let row = self.batch_row(batch);
            row.is_some_and(|batch| (1..=batch.total).contains(&position))
        };
        self.find_job(&id.as_job()).is_some()
            || self
                .batches
                .iter()
                .any(|batch| batch.id.as_str() == id.as_str())
            || id
                .as_job()
                .as_batch_position()
                .is_some_and(|(batch, position)| is_match(&batch, position))
    }

    /// The state of a dependency; `None` if the name is unknown.
    pub fn parent_state(&self, parent: &Dependency) -> Option<TaskState> {
        if let Some((index, _)) = self.find_job(&parent.id.as_job()) {
            return Some(self.tasks[index].state);
        }
        if let Some((batch, position)) = &parent.batch_position
            && let Some(batch) = self.batch_row(batch)
            && (1..=batch.total).contains(position)
        {
            // A match without a row was a dead letter that was purged.
            return Some(TaskState::Failed);
        }
        let mut batches = self.batches.iter();
        if let Some(batch) = batches.find(|batch| batch.id.as_str() == parent.id.as_str()) {
            let has = |state| self.matches_in(&batch.id, state) > 0;
            // A batch has completed when it ended with at least one result.
            return Some(if batch.remaining > 0 {
                TaskState::Processing
            } else if has(TaskState::Completed) {
                TaskState::Completed
            } else if batch.purged > 0 || has(TaskState::Failed) {
                TaskState::Failed
            } else {
                TaskState::Cancelled
            });
        }
        let mut reports = self.reports.iter();
        let report = reports.find(|report| report.id == parent.id)?;
        Some(match report.outcome {
            DependencyOutcome::Completed => TaskState::Completed,
            DependencyOutcome::Failed => TaskState::Failed,
        })
    }

    /// Moves waiting tasks that meet the condition and whose dependency has ended.
    fn move_children(
        &mut self,
        limit: u32,
        condition: impl Fn(&TaskRow) -> bool,
    ) -> ResolvedDependencies {
        let has_ended = |row: &TaskRow| {
            let parent_state = || self.parent_state(row.depends_on.as_ref()?);
            row.state == TaskState::Waiting
                && condition(row)
                && parent_state().is_some_and(TaskState::is_final)
        };
        let children = self.first(limit, has_ended, |_| ());
        self.carry_out(&children, limit)
    }

    fn carry_out(&mut self, children: &[usize], limit: u32) -> ResolvedDependencies {
        let mut resolved = ResolvedDependencies {
            more: children.len() >= limit as usize,
            ..ResolvedDependencies::default()
        };
        let verdicts: Vec<Option<TaskError>> =
            children.iter().map(|index| self.verdict(*index)).collect();
        let mut queued = BTreeSet::new();
        let mut failed_matches = 0;
        for (index, verdict) in children.iter().zip(verdicts) {
            let now = self.now;
            let row = &mut self.tasks[*index];
            let Some(error) = verdict else {
                row.state = TaskState::Queued;
                row.next_attempt_at = now;
                queued.insert(row.task.queue);
                resolved.moved += 1;
                continue;
            };
            let matches = row.task.matches.len();
            if failed_matches > 0 && failed_matches + matches > FAILED_IN_A_STEP {
                resolved.more = true;
                continue;
            }
            failed_matches += matches;
            let job = row.task.job_id.clone().map(WorkId::from);
            let batch = row.task.batch_id.clone().map(WorkId::from);
            resolved.ended.extend(job.into_iter().chain(batch));
            self.fail(*index, &error);
            resolved.moved += 1;
        }
        resolved.queued = queued.into_iter().collect();
        resolved.ended.sort();
        resolved.ended.dedup();
        resolved
    }

    /// The error with which a task stops waiting, or `None` if it may run.
    fn verdict(&self, index: usize) -> Option<TaskError> {
        let parent = self.tasks[index].depends_on.as_ref()?;
        let state = self.parent_state(parent);
        let id = &parent.id;
        let error = match state.filter(|state| state.is_final()) {
            Some(TaskState::Completed) => return None,
            Some(TaskState::Cancelled) => TaskError::new(
                "dependency_cancelled",
                format!("{id}, which this waited for, was cancelled"),
            ),
            Some(_) => TaskError::new(
                "dependency_failed",
                format!("{id}, which this waited for, failed"),
            ),
            None => TaskError::new(
                "dependency_expired",
                format!("{id}, which this waited for, did not end in time"),
            ),
        };
        (parent.on_failure == OnParentFailure::Fail).then_some(error)
    }
}
