//! Outcomes: the end of a task, with its results, deliveries and batch count.

use std::collections::BTreeMap;

use async_trait::async_trait;
use matching::{
    domain::{
        dead_letter::AttemptOutcome,
        event::MatchEnding,
        identifiers::WorkId,
        task::{ClaimedTask, Pair, Task, TaskState},
    },
    store::{FailedMatches, NewResult, Outcomes, Recorded, StoreError},
};

use super::{Ledger, ModelStore, ledger::ResultRow};

#[async_trait]
impl Outcomes for ModelStore {
    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let Some(row) = ledger.held(&claimed.task.id, claimed.lease_token) else {
            return Ok(Recorded::Fenced);
        };
        // A task's matches share its state: those that fail apart move to rows of their own.
        let split = if let ([], [first, others @ ..]) = (results, failures) {
            row.task.matches.clone_from(&first.matches);
            row.end(TaskState::Failed, Some(&first.error), now);
            others
        } else {
            row.task.matches = results.iter().map(|result| result.one).collect();
            row.end(TaskState::Completed, None, now);
            failures
        };
        let before = row.clone();
        if row.state == TaskState::Failed {
            row.note(AttemptOutcome::Failed, now);
        }
        for group in split {
            let id = group.split_task_id.clone();
            let mut part = before.split_off(id, group.matches.clone());
            part.history.clone_from(&before.history);
            part.end(TaskState::Failed, Some(&group.error), now);
            part.note(AttemptOutcome::Failed, now);
            ledger.tasks.push(part);
        }
        ledger.upsert_results(claimed, results);
        for result in results {
            let ending = MatchEnding::Completed {
                score: result.score,
                category: result.category,
            };
            ledger.announce(claimed, result.one, ending);
        }
        for group in failures {
            ledger.announce_failed(claimed, &group.matches, &group.error);
        }
        let failed: usize = failures.iter().map(|group| group.matches.len()).sum();
        let ended = results.len() + failed;
        Ok(Recorded::Written {
            has_dependents: ledger.has_dependents(&claimed.task),
            ended_batch: ledger.count_down(&claimed.task, claimed.lease_token, ended),
        })
    }
}

impl Ledger {
    fn has_dependents(&self, task: &Task) -> bool {
        let job = task.job_id.clone().map(WorkId::from);
        let batch = task.batch_id.clone().map(WorkId::from);
        self.tasks.iter().any(|row| {
            job.as_ref().is_some_and(|job| row.waits_for(job))
                || batch
                    .as_ref()
                    .is_some_and(|batch| row.waits_for(batch) || row.waits_for_match_of(batch))
        })
    }

    /// Replaces the results of these pairs; of equal pairs the last is kept.
    fn upsert_results(&mut self, claimed: &ClaimedTask, results: &[NewResult]) {
        let task = &claimed.task;
        let unique: BTreeMap<Pair, &NewResult> = results
            .iter()
            .map(|result| (task.pair(result.one.counterpart_id), result))
            .collect();
        for (pair, result) in &unique {
            let row = ResultRow {
                job_id: task.job_id_of(result.one.position),
                score: result.score,
                category: result.category.to_owned(),
                criterion_scores: Some(result.criterion_scores),
                score_cap: result.score_cap,
                weights: None,
                versions: result.versions,
                document: Some(result.document.clone()),
                computed_at: self.now,
            };
            if let Some(replaced) = self.results.insert(*pair, row)
                && replaced.document.as_ref() != Some(&result.document)
            {
                self.orphan(replaced.document);
            }
        }
        for result in unique.values() {
            self.adopt(&result.document);
        }
    }
}
