//! Dead letters: reading failed tasks, queueing them again, deleting them.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use matching::{
    domain::{
        dead_letter::{
            DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
            Edited, EndedAttempt,
        },
        identifiers::{CandidateId, DeadLetterId, JobId, JobPostingId, ProfileId, TaskId},
        operator_action::OperatorAction,
        paging::{NewestFirst, TimeCursor},
        submission::WebhookEvents,
        task::TaskState,
    },
    store::{ActionStep, DeadLetters, StoreError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::{Ledger, ModelStore, TaskRow};

#[async_trait]
impl DeadLetters for ModelStore {
    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let ledger = self.ledger();
        let chosen = ledger.choose(filter, page);
        let rows = chosen.iter().map(|index| &ledger.tasks[*index]);
        Ok(rows.map(dead_letter).collect())
    }

    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError> {
        let ledger = self.ledger();
        let all = NewestFirst {
            limit: u32::MAX,
            after: None,
        };
        let mut groups = BTreeMap::<String, Vec<DeadLetter>>::new();
        for index in ledger.choose(filter, &all) {
            let letter = dead_letter(&ledger.tasks[index]);
            let group = groups.entry(letter.fingerprint.clone()).or_default();
            group.push(letter);
        }
        let groups = groups.into_iter().filter_map(|(fingerprint, letters)| {
            Some(DeadLetterGroup {
                fingerprint,
                tasks: i64::try_from(letters.len()).unwrap(),
                matches: letters.iter().map(|letter| letter.match_count).sum(),
                first_seen: letters.iter().map(|letter| letter.failed_at).min()?,
                last_seen: letters.iter().map(|letter| letter.failed_at).max()?,
                example: letters
                    .into_iter()
                    .max_by(|one, other| one.task_id.cmp(&other.task_id))?,
            })
        });
        let mut groups: Vec<DeadLetterGroup> = groups.collect();
        groups.sort_by_key(|group| Reverse((group.tasks, group.last_seen)));
        groups.truncate(limit as usize);
        Ok(groups)
    }

    async fn dead_letter(
        &self,
        id: &DeadLetterId,
    ) -> Result<Option<DeadLetterHistory>, StoreError> {
        let ledger = self.ledger();
        let mut tasks = ledger.tasks.iter();
        let of_task = tasks.find(|row| is_dead(row) && row.task.id.as_str() == id.as_str());
        let of_job = ledger.find_job(&JobId::from(id.clone()));
        let of_job = of_job.map(|(index, _)| &ledger.tasks[index]);
        let row = of_task.or(of_job.filter(|row| is_dead(row)));
        Ok(row.map(|row| DeadLetterHistory {
            letter: dead_letter(row),
            matches: row.task.matches.clone(),
            webhook_url: row.task.webhook_url.clone(),
            attempts: row
                .history
                .iter()
                .map(|known| EndedAttempt {
                    attempt: known.attempt,
                    worker: known.worker.clone(),
                    began_at: known.began_at,
                    ended_at: known.ended_at,
                    outcome: known.outcome,
                    error: known.error.clone(),
                })
                .collect(),
            last_action: row.operator_action.as_ref().and_then(|id| {
                let mut actions = ledger.actions.iter();
                actions.find(|action| action.id == *id).cloned()
            }),
        }))
    }

    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError> {
        let mut ledger = self.ledger();
        let chosen = ledger.choose(filter, page);
        let step = ledger.step(&chosen, page);
        ledger.retry(&chosen, action);
        Ok(step)
    }

    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError> {
        let mut ledger = self.ledger();
        let Some(index) = ledger.find(id).filter(|at| is_dead(&ledger.tasks[*at])) else {
            return Ok(Edited::NotFound);
        };
        let task = &mut ledger.tasks[index].task;
        let [one] = task.matches.as_mut_slice() else {
            return Ok(Edited::SeveralMatches);
        };
        let announces_batch =
            task.batch_id.is_some() && task.webhook_events == WebhookEvents::Batch;
        if edits.webhook_url.is_some() && announces_batch {
            return Ok(Edited::ReceiverOfBatch);
        }
        let candidate = edits.candidate_id.map(CandidateId::without_kind);
        let posting = edits.job_posting_id.map(JobPostingId::without_kind);
        let (subject, counterpart) = match task.subject_kind {
            ProfileKind::Candidate => (candidate, posting),
            ProfileKind::JobPosting => (posting, candidate),
        };
        task.subject_id = subject.unwrap_or(task.subject_id);
        one.counterpart_id = counterpart.unwrap_or(one.counterpart_id);
        task.queue = edits.queue.unwrap_or(task.queue);
        if edits.webhook_url.is_some() {
            task.webhook_url.clone_from(&edits.webhook_url);
        }
        ledger.retry(&[index], action);
        Ok(Edited::Retried)
    }

    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError> {
        let mut ledger = self.ledger();
        let chosen = ledger.choose(filter, page);
        let step = ledger.step(&chosen, page);
        ledger.delete(&chosen);
        ledger.record_action(action, chosen.len());
        Ok(step)
    }

    async fn dead_letters_among(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError> {
        let ledger = self.ledger();
        let dead = ledger.tasks.iter().filter(|row| is_dead(row));
        let dead = dead.map(|row| row.task.id.clone());
        Ok(dead.filter(|id| ids.contains(id)).collect())
    }

    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now - older_than;
        let is_old = |row: &TaskRow| is_dead(row) && row.finished_at.is_some_and(|at| at <= until);
        let chosen = ledger.first(limit, is_old, |row| row.finished_at);
        ledger.delete(&chosen);
        Ok(chosen.len() as u64)
    }
}

fn is_dead(row: &TaskRow) -> bool {
    row.state == TaskState::Failed
}

fn fingerprint(row: &TaskRow) -> Option<&String> {
    let code = row.error.as_ref().map(|error| &error.code);
    row.fingerprint.as_ref().or(code)
}

fn dead_letter(row: &TaskRow) -> DeadLetter {
    let first = row.task.matches.iter().map(|one| one.position).min();
    DeadLetter {
        task_id: row.task.id.clone(),
        job_id: row.task.job_id_of(first.unwrap_or_default()),
        match_count: i64::try_from(row.task.matches.len()).unwrap(),
        queue: row.task.queue,
        subject_kind: row.task.subject_kind,
        subject_id: row.task.subject_id,
        counterpart_id: row.task.matches[0].counterpart_id,
        attempts: row.attempts,
        error: row.error.clone().unwrap(),
        fingerprint: fingerprint(row).cloned().unwrap_or_default(),
        created_at: row.created_at,
        failed_at: row.finished_at.unwrap(),
    }
}

/// True if the task has a match of this profile, as subject or counterpart.
fn has_profile(row: &TaskRow, (kind, id): (ProfileKind, ProfileId)) -> bool {
    if row.task.subject_kind == kind {
        row.task.subject_id == id
    } else {
        row.task.matches.iter().any(|one| one.counterpart_id == id)
    }
}

fn meets(row: &TaskRow, filter: &DeadLetterFilter) -> bool {
    let is = |wanted: bool, given: bool| !given || wanted;
    let ids = filter.task_ids.as_ref();
    let code = row.error.as_ref().map(|error| &error.code);
    is_dead(row)
        && ids.is_none_or(|ids| ids.contains(&row.task.id))
        && filter.queue.is_none_or(|queue| queue == row.task.queue)
        && is(code == filter.reason.as_ref(), filter.reason.is_some())
        && is(
            fingerprint(row) == filter.fingerprint.as_ref(),
            filter.fingerprint.is_some(),
        )
        && filter
            .candidate_id
            .is_none_or(|id| has_profile(row, id.profile()))
        && filter
            .job_posting_id
            .is_none_or(|id| has_profile(row, id.profile()))
        && filter.from.is_none_or(|from| row.finished_at >= Some(from))
        && filter.to.is_none_or(|to| row.finished_at < Some(to))
}

impl Ledger {
    /// One page of dead letters, newest first.
    fn choose(&self, filter: &DeadLetterFilter, page: &NewestFirst) -> Vec<usize> {
        let place = |row: &TaskRow| (row.finished_at.unwrap_or_default(), row.task.id.to_string());
        let is_later = |row: &TaskRow| {
            let after = page.after.as_ref();
            after.is_none_or(|after| place(row) < (after.at, after.id.clone()))
        };
        let wanted = |row: &TaskRow| meets(row, filter) && is_later(row);
        self.first(page.limit, wanted, |row| Reverse(place(row)))
    }

    fn step(&self, chosen: &[usize], page: &NewestFirst) -> ActionStep<TimeCursor> {
        ActionStep::of(chosen, page.limit, |index| TimeCursor {
            at: self.tasks[*index].finished_at.unwrap_or_default(),
            id: self.tasks[*index].task.id.to_string(),
        })
    }

    fn retry(&mut self, chosen: &[usize], action: &OperatorAction) {
        let now = self.now;
        for index in chosen {
            let row = &mut self.tasks[*index];
            row.queue_again(now);
            row.attempts = 0;
            row.worker_losses = 0;
            row.finished_at = None;
            row.operator_action = Some(action.id.clone());
            let matches = i32::try_from(row.task.matches.len()).unwrap();
            let id = row.task.batch_id.clone();
            let batch = self
                .batches
                .iter()
                .position(|batch| Some(&batch.id) == id.as_ref());
            if let Some(batch) = batch {
                self.batches[batch].remaining += matches;
                self.batches[batch].finished_at = None;
                self.drop_report(batch);
            }
        }
        self.record_action(action, chosen.len());
    }

    /// Deletes dead letters; a batch keeps counting its matches as failed.
    fn delete(&mut self, chosen: &[usize]) {
        for index in chosen {
            let task = self.tasks[*index].task.clone();
            if let Some(job) = &task.job_id {
                self.keys.retain(|key| key.submission_id != job.as_str());
            }
            if let Some(batch) = task.batch_id.as_ref().and_then(|id| self.batch_mut(id)) {
                batch.purged += i32::try_from(task.matches.len()).unwrap();
            }
        }
        let mut index = 0;
        self.tasks.retain(|_| {
            index += 1;
            !chosen.contains(&(index - 1))
        });
    }
}
