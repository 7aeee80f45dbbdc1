//! Submissions: keys, batch and tasks in one transaction.

use async_trait::async_trait;
use matching::{
    domain::{
        dependency::{CHAIN_LIMIT, Dependency},
        identifiers::{BatchId, JobId, WorkId},
        submission::{Submission, SubmissionIdentity},
        task::{Task, TaskMatch, TaskState},
    },
    store::{StoreError, SubmissionOutcome, Submissions},
};

use super::{
    Ledger, ModelStore, TaskRow,
    ledger::{BatchRow, KeyRow},
};

#[async_trait]
impl Submissions for ModelStore {
    async fn submit(
        &self,
        submission: &Submission,
        pushed_by_caller: bool,
    ) -> Result<SubmissionOutcome, StoreError> {
        let mut ledger = self.ledger();
        if let Some(refused) = ledger.refusal(submission) {
            return Ok(refused);
        }
        ledger.insert(submission, pushed_by_caller);
        Ok(SubmissionOutcome::New)
    }

    async fn earlier_submission(
        &self,
        submission: &Submission,
    ) -> Result<Option<SubmissionOutcome>, StoreError> {
        let ledger = self.ledger();
        Ok(ledger
            .of_id(submission)
            .or_else(|| ledger.of_key(submission)))
    }
}

impl Ledger {
    fn refusal(&self, submission: &Submission) -> Option<SubmissionOutcome> {
        let earlier = self
            .of_id(submission)
            .or_else(|| self.name_in_use(submission))
            .or_else(|| self.of_key(submission));
        if earlier.is_some() {
            return earlier;
        }
        let mut chain = self.chain_of(submission.options.depends_on.as_ref()?);
        let count = submission.match_count();
        let closes =
            |name: &WorkId| Dependency::on(name.clone()).names(&submission.identity, count);
        if let Some(end) = chain.iter().position(closes) {
            chain.truncate(end + 1);
            return Some(SubmissionOutcome::DependencyCycle { chain });
        }
        (chain.len() > usize::from(CHAIN_LIMIT)).then_some(SubmissionOutcome::ChainTooLong)
    }

    fn of_id(&self, submission: &Submission) -> Option<SubmissionOutcome> {
        let id = submission.identity.as_str();
        let named = submission.named_by_caller.then_some(id)?;
        self.of_earlier("id", named, submission)
    }

    fn of_key(&self, submission: &Submission) -> Option<SubmissionOutcome> {
        let key = submission.idempotency_key.as_ref()?;
        self.of_earlier("idempotency_key", key, submission)
    }

    fn of_earlier(
        &self,
        kind: &str,
        key: &str,
        submission: &Submission,
    ) -> Option<SubmissionOutcome> {
        let mut keys = self.keys.iter();
        let earlier = keys.find(|known| known.kind == kind && known.key == key)?;
        if earlier.fingerprint != submission.fingerprint {
            let what = if kind == "id" {
                "id"
            } else {
                "Idempotency-Key"
            };
            let detail = format!("the {what} was used before, for another request");
            return Some(SubmissionOutcome::Conflict { detail });
        }
        let id = earlier.submission_id.clone();
        let identity = match submission.identity {
            SubmissionIdentity::Single(_) => SubmissionIdentity::Single(JobId::from_row(id)),
            SubmissionIdentity::Batch(_) => SubmissionIdentity::Batch(BatchId::from_row(id)),
        };
        Some(SubmissionOutcome::Repeated { identity })
    }

    /// A match may not have the name of another match, of a batch, or of a batch's n-th match.
    fn name_in_use(&self, submission: &Submission) -> Option<SubmissionOutcome> {
        if !submission.named_by_caller {
            return None;
        }
        let name = submission.identity.as_str();
        let singles = || self.tasks.iter().filter_map(|row| row.task.job_id.as_ref());
        let mut batches = self.batches.iter().map(|batch| batch.id.as_str());
        let taken = match &submission.identity {
            SubmissionIdentity::Single(job) => {
                let parent = job.as_batch_position().map(|(batch, _)| batch);
                let parent = parent.as_ref().map(BatchId::as_str);
                batches
                    .find(|id| *id == name || Some(*id) == parent)
                    .or_else(|| singles().map(JobId::as_str).find(|id| *id == name))
            }
            SubmissionIdentity::Batch(batch) => {
                let is_match = |job: &&JobId| {
                    job.as_str() == name
                        || is_number_after(job.as_str().strip_prefix(batch.as_str()))
                };
                batches
                    .find(|id| *id == name)
                    .or_else(|| singles().find(is_match).map(JobId::as_str))
            }
        }?;
        let detail = format!("the id is taken by {taken}, or could be confused with it");
        Some(SubmissionOutcome::Conflict { detail })
    }

    /// The names of a chain, from a new task's dependency to the first one that waits for nothing.
    fn chain_of(&self, dependency: &Dependency) -> Vec<WorkId> {
        let mut chain = vec![dependency.id.clone()];
        let mut next = dependency;
        while chain.len() <= usize::from(CHAIN_LIMIT) {
            let waiting = || {
                self.tasks
                    .iter()
                    .filter(|row| row.state == TaskState::Waiting)
            };
            let parent = waiting()
                .find(|row| row.task.job_id.as_ref() == Some(&next.id.as_job()))
                .or_else(|| {
                    let (batch, position) = next.batch_position.as_ref()?;
                    waiting().find(|row| row.is_of(batch) && row.has_position(*position))
                })
                .or_else(|| {
                    let is_named = |batch: &BatchId| batch.as_str() == next.id.as_str();
                    waiting().find(|row| row.task.batch_id.as_ref().is_some_and(is_named))
                });
            match parent.and_then(|row| row.depends_on.as_ref()) {
                Some(dependency) => next = dependency,
                None => break,
            }
            chain.push(next.id.clone());
        }
        chain
    }

    fn insert(&mut self, submission: &Submission, pushed_by_caller: bool) {
        let (now, options) = (self.now, &submission.options);
        let id = submission.identity.as_str();
        let chosen = submission.named_by_caller.then(|| ("id", id.to_owned()));
        let key = submission.idempotency_key.clone();
        let key = key.map(|key| ("idempotency_key", key));
        for (kind, key) in chosen.into_iter().chain(key) {
            self.keys.push(KeyRow {
                kind,
                key,
                fingerprint: submission.fingerprint.clone(),
                submission_id: id.to_owned(),
            });
        }
        let (job_id, batch_id) = match submission.identity.clone() {
            SubmissionIdentity::Single(id) => (Some(id), None),
            SubmissionIdentity::Batch(id) => (None, Some(id)),
        };
        if let Some(id) = &batch_id {
            let total = i32::try_from(submission.match_count()).unwrap();
            self.batches.push(BatchRow {
                id: id.clone(),
                queue: options.queue,
                subject_kind: submission.subject_kind,
                subject_id: submission.subject_id,
                user_id: options.user_id.clone(),
                total,
                remaining: total,
                purged: 0,
                report: None,
                report_generation: 0,
                created_at: now,
                finished_at: None,
            });
        }
        let waits = options.depends_on.is_some();
        for task in &submission.tasks {
            let matches = (task.first_position..).zip(&task.counterpart_ids);
            let matches = matches.map(|(position, id)| TaskMatch {
                position,
                counterpart_id: *id,
            });
            self.tasks.push(TaskRow {
                task: Task {
                    id: task.id.clone(),
                    job_id: job_id.clone(),
                    batch_id: batch_id.clone(),
                    queue: options.queue,
                    subject_kind: submission.subject_kind,
                    subject_id: submission.subject_id,
                    matches: matches.collect(),
                    webhook_url: options.webhook_url.clone(),
                    webhook_events: options.webhook_events,
                    weights: options.weights.clone(),
                    trace: Some(options.trace),
                },
                state: if waits {
                    TaskState::Waiting
                } else {
                    TaskState::Queued
                },
                attempts: 0,
                worker_losses: 0,
                lease_token: 0,
                lease_until: None,
                worker: None,
                next_attempt_at: now,
                dispatched_at: (pushed_by_caller && !waits).then_some(now),
                depends_on: options.depends_on.clone(),
                waits_until: waits.then(|| now + options.dependency_expiry),
                user_id: options.user_id.clone(),
                error: None,
                fingerprint: None,
                operator_action: None,
                created_at: now,
                started_at: None,
                finished_at: None,
                history: vec![],
            });
        }
    }
}

/// True for a hyphen and a number without leading zeros.
fn is_number_after(suffix: Option<&str>) -> bool {
    let number = suffix.and_then(|suffix| suffix.strip_prefix('-'));
    number.is_some_and(|number| {
        !number.is_empty()
            && !number.starts_with('0')
            && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}
