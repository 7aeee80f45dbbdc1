//! Submission: turns a request into ledger rows, and into pointers if the queue has room.

use std::{sync::Arc, time::Duration};

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tracing::info;
use ulid::Ulid;

use super::{
    ServiceError,
    backlog::{Backlog, BacklogFull},
    dependencies,
    dispatcher::Dispatcher,
};
use crate::{
    domain::{
        dependency::{CHAIN_LIMIT, Dependency, OnParentFailure},
        identifiers::{BatchId, CallerId, JobId, ProfileId, TaskId, WorkId},
        queue_name::QueueName,
        submission::{NewTask, Submission, SubmissionIdentity, SubmissionOptions, WebhookEvents},
        task::TaskState,
        trace::TraceContext,
    },
    store::{Dependencies, Jobs, SubmissionOutcome, Submissions},
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Criterion, Weights},
};

/// A checked request for one match or many.
#[derive(Debug, Clone)]
pub struct MatchRequest {
    /// The profile that all matches share.
    pub subject_kind: ProfileKind,
    /// The id of that profile.
    pub subject_id: ProfileId,
    /// The other profiles: one id, or those of a bulk call.
    pub counterparts: Counterparts,
    /// The queue.
    pub queue: QueueName,
    /// The dependency, which has to complete first.
    pub depends_on: Option<WorkId>,
    /// The consequence if the dependency does not complete.
    pub on_parent_failure: OnParentFailure,
    /// The caller's name for the job or batch.
    pub id: Option<CallerId>,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// The user of the platform that the matches belong to.
    pub user_id: Option<String>,
    /// The URL of the webhook receiver.
    pub webhook_url: Option<String>,
    /// The outcomes to report.
    pub webhook_events: WebhookEvents,
    /// The weights to score with instead of the service's.
    pub weights: Option<AskedWeights>,
    /// The trace of the request.
    pub trace: TraceContext,
}

/// The weights of one request.
#[derive(Debug, Clone)]
pub struct AskedWeights {
    /// The weights that the request names. Only these matter when two calls are compared.
    pub named: Vec<(Criterion, f64)>,
    /// All weights: the named ones, and the service's for the others.
    pub weights: Weights,
}

/// The other profiles of the requested matches.
#[derive(Debug, Clone)]
pub enum Counterparts {
    /// The profile of a single match.
    One(ProfileId),
    /// The profiles of a batch, in order.
    Many(Vec<ProfileId>),
}

impl Counterparts {
    /// True if there is nothing to match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Many(ids) if ids.is_empty())
    }
}

/// The jobs of a submitted request.
#[derive(Debug, Clone)]
pub struct AcceptedMatches {
    /// The name of the job or batch.
    pub identity: SubmissionIdentity,
    /// The jobs to poll, in the order of the request.
    pub jobs: Vec<JobId>,
    /// The state of the jobs.
    pub state: TaskState,
    /// The queue.
    pub queue: QueueName,
    /// True if an earlier call had submitted them.
    pub repeated: bool,
}

/// The reasons why nothing was submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The id or idempotency key belongs to another call.
    #[error("{0}")]
    Conflict(String),
    /// The job would wait for itself, directly or through the other jobs of this chain.
    #[error("the job would wait for itself: {}", as_sentence(chain))]
    DependencyCycle {
        /// The names of the chain, from the job's dependency to the job itself.
        chain: Vec<WorkId>,
    },
    /// Too many jobs would wait in a row.
    #[error(
        "at most {CHAIN_LIMIT} jobs may wait in a row; let this one wait for an earlier of them"
    )]
    ChainTooLong,
    /// The queue is full.
    #[error(transparent)]
    BacklogFull(#[from] BacklogFull),
    /// A part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// The ports and settings of submission.
pub struct Submitter {
    /// The submission of work to the ledger.
    pub submissions: Arc<dyn Submissions>,
    /// The state of earlier submissions.
    pub jobs: Arc<dyn Jobs>,
    /// Tasks that wait for a dependency.
    pub dependencies: Arc<dyn Dependencies>,
    /// Pushes pointers to the queues.
    pub dispatcher: Arc<Dispatcher>,
    /// The queues' backlogs and their limits.
    pub backlog: Arc<Backlog>,
    /// The maximum number of matches of a task.
    pub chunk_size: usize,
    /// The longest time that a task waits for its dependency.
    pub dependency_expiry: Duration,
}

impl Submitter {
    /// Submits a request durably: after `Ok` the work will be done, even if any process crashes.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing was written.
    pub async fn submit(&self, request: MatchRequest) -> Result<AcceptedMatches, SubmitError> {
        let submission = self.submission(&request);
        let waits = submission.options.depends_on.is_some();
        let queue = request.queue;
        let admission = match self.backlog.admit(queue, submission.tasks.len()).await? {
            Ok(admission) => admission,
            // A repeated call adds no work.
            Err(full) => match self.submissions.earlier_submission(&submission).await? {
                Some(SubmissionOutcome::Repeated { identity }) => {
                    return self.repeated(&request, identity).await;
                }
                Some(SubmissionOutcome::Conflict { detail }) => {
                    return Err(SubmitError::Conflict(detail));
                }
                _ => return Err(full.into()),
            },
        };
        let direct = !waits && self.dispatcher.reserve(queue, submission.tasks.len());
        match self.submissions.submit(&submission, direct).await? {
            SubmissionOutcome::New => admission.accepted(),
            SubmissionOutcome::Conflict { detail } => return Err(SubmitError::Conflict(detail)),
            SubmissionOutcome::Repeated { identity } => {
                return self.repeated(&request, identity).await;
            }
            SubmissionOutcome::DependencyCycle { chain } => {
                return Err(SubmitError::DependencyCycle { chain });
            }
            SubmissionOutcome::ChainTooLong => return Err(SubmitError::ChainTooLong),
        }
        let ids: Vec<TaskId> = submission
            .tasks
            .iter()
            .map(|task| task.id.clone())
            .collect();
        info!(
            job.id = submission.identity.as_str(),
            queue.name = %queue,
            matches = submission.match_count(),
            "accepted"
        );
        if direct {
            self.dispatcher.push_accepted(queue, ids);
        } else if waits {
            self.follow_up(&submission).await;
        } else {
            self.dispatcher
                .tasks_accepted(queue, submission.tasks.len());
        }
        let jobs = job_ids(&submission.identity, submission.match_count());
        let mut state = TaskState::Queued;
        if waits {
            // The dependency may have ended already, which ends the waiting.
            let first = jobs.first().map(|job| self.jobs.job(job));
            let view = match first {
                Some(view) => view.await.ok().flatten(),
                None => None,
            };
            state = view.map_or(TaskState::Waiting, |view| view.state);
        }
        Ok(AcceptedMatches {
            identity: submission.identity,
            jobs,
            state,
            queue,
            repeated: false,
        })
    }

    /// Resolves a dependency that may have ended already, since the sweep would only do so later.
    async fn follow_up(&self, submission: &Submission) {
        let Some(dependency) = &submission.options.depends_on else {
            return;
        };
        let parent = std::slice::from_ref(&dependency.id);
        // After a failure the task waits for the sweep.
        let _ = dependencies::resolve(&*self.dependencies, &self.dispatcher, Some(parent)).await;
    }

    async fn repeated(
        &self,
        request: &MatchRequest,
        identity: SubmissionIdentity,
    ) -> Result<AcceptedMatches, SubmitError> {
        let count = match &request.counterparts {
            Counterparts::One(_) => 1,
            Counterparts::Many(ids) => ids.len(),
        };
        let jobs = job_ids(&identity, count);
        let state = match jobs.first() {
            Some(job) => self
                .jobs
                .job(job)
                .await?
                .map_or(TaskState::Queued, |view| view.state),
            None => TaskState::Queued,
        };
        Ok(AcceptedMatches {
            identity,
            jobs,
            state,
            queue: request.queue,
            repeated: true,
        })
    }

    fn submission(&self, request: &MatchRequest) -> Submission {
        let (chosen, generated) = (request.id.clone(), Ulid::generate());
        let depends_on = request.depends_on.clone().map(|parent| Dependency {
            on_failure: request.on_parent_failure,
            ..Dependency::on(parent)
        });
        let (identity, counterparts): (_, &[ProfileId]) = match &request.counterparts {
            Counterparts::One(counterpart) => (
                SubmissionIdentity::Single(chosen.map_or_else(|| generated.into(), JobId::from)),
                std::slice::from_ref(counterpart),
            ),
            Counterparts::Many(counterparts) => (
                SubmissionIdentity::Batch(chosen.map_or_else(|| generated.into(), BatchId::from)),
                counterparts,
            ),
        };
        let mut first_position = 1;
        let tasks = counterparts
            .chunks(self.chunk_size)
            .map(|chunk| {
                let task = NewTask {
                    id: Ulid::generate().into(),
                    first_position,
                    counterpart_ids: chunk.to_vec(),
                };
                first_position += i32::try_from(chunk.len()).unwrap_or(i32::MAX);
                task
            })
            .collect();
        Submission {
            identity,
            named_by_caller: request.id.is_some(),
            idempotency_key: request.idempotency_key.clone(),
            fingerprint: fingerprint(request),
            subject_kind: request.subject_kind,
            subject_id: request.subject_id,
            tasks,
            options: SubmissionOptions {
                queue: request.queue,
                depends_on,
                dependency_expiry: self.dependency_expiry,
                webhook_url: request.webhook_url.clone(),
                webhook_events: request.webhook_events,
                user_id: request.user_id.clone(),
                weights: request
                    .weights
                    .as_ref()
                    .map(|asked| as_text(&asked.weights)),
                trace: request.trace,
            },
        }
    }
}

fn as_sentence(chain: &[WorkId]) -> String {
    let names: Vec<&str> = chain.iter().map(WorkId::as_str).collect();
    names.join(", which waits for ")
}

fn job_ids(identity: &SubmissionIdentity, count: usize) -> Vec<JobId> {
    match identity {
        SubmissionIdentity::Single(id) => vec![id.clone()],
        SubmissionIdentity::Batch(id) => (1..=count)
            .map(|n| JobId::of_batch(id, i32::try_from(n).unwrap_or(i32::MAX)))
            .collect(),
    }
}

/// Returns the SHA-256 digest, in hex, of all values in which two different calls differ.
fn fingerprint(request: &MatchRequest) -> String {
    let (shape, counterparts): (_, &[ProfileId]) = match &request.counterparts {
        Counterparts::One(id) => ("one", std::slice::from_ref(id)),
        Counterparts::Many(ids) => ("many", ids),
    };
    let mut call = vec![json!([
        shape,
        request.subject_kind.as_str(),
        request.subject_id,
        counterparts,
        request.queue.as_str(),
        request.depends_on.as_ref().map(WorkId::as_str),
        request.user_id,
        request.webhook_url,
        request.webhook_events.as_str(),
    ])];
    // A call without this newer field keeps the fingerprint that it had in earlier versions.
    if let Some(asked) = &request.weights {
        let named = asked.named.iter();
        let named: Vec<_> = named
            .map(|(name, weight)| (name.as_str(), weight))
            .collect();
        call.push(json!(named));
    }
    if request.on_parent_failure != OnParentFailure::default() {
        call.push(json!(request.on_parent_failure.as_str()));
    }
    let call: Vec<String> = call.iter().map(Value::to_string).collect();
    hex::encode(digest(&SHA256, call.concat().as_bytes()))
}

/// Returns weights in the form that the ledger stores.
pub(crate) fn as_text(weights: &Weights) -> String {
    json!(weights).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::{
            operator_action::OperatorAction,
            progress::{BatchView, JobView},
            queue_depth::QueueDepth,
            task::Pair,
        },
        queue::InProcessQueues,
        service::fakes::{ScriptedDependencies, id_of, idle_dispatcher},
        store::{LedgerCounts, Queues, StoreError},
    };

    /// A ledger with a backlog of one task, in which every job is queued.
    #[derive(Default)]
    struct Ledger {
        /// The answer to a repeated call.
        earlier: Option<SubmissionOutcome>,
        /// The submissions, each with `pushed_by_caller`.
        submitted: Mutex<Vec<(Submission, bool)>>,
    }

    #[async_trait]
    impl Submissions for Ledger {
        async fn submit(
            &self,
            submission: &Submission,
            pushed_by_caller: bool,
        ) -> Result<SubmissionOutcome, StoreError> {
            let mut submitted = self.submitted.lock().unwrap();
            submitted.push((submission.clone(), pushed_by_caller));
            Ok(SubmissionOutcome::New)
        }

        async fn earlier_submission(
            &self,
            _: &Submission,
        ) -> Result<Option<SubmissionOutcome>, StoreError> {
            Ok(self.earlier.clone())
        }
    }

    #[async_trait]
    impl Jobs for Ledger {
        async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
            Ok(Some(JobView {
                has_receiver: false,
                job_id: id.clone(),
                state: TaskState::Queued,
                queue: QueueName::Standard,
                pair: Pair {
                    candidate_id: id_of(1),
                    job_posting_id: id_of(2),
                },
                batch_id: None,
                depends_on: None,
                user_id: None,
                trace: None,
                attempts: 0,
                next_attempt_at: None,
                error: None,
                created_at: DateTime::UNIX_EPOCH,
                started_at: None,
                finished_at: None,
            }))
        }

        async fn batch(&self, _: &BatchId) -> Result<Option<BatchView>, StoreError> {
            unreachable!()
        }

        async fn counts(&self) -> Result<LedgerCounts, StoreError> {
            unreachable!()
        }
    }

    #[async_trait]
    impl Queues for Ledger {
        async fn pause_queue(
            &self,
            _: QueueName,
            _: Option<&str>,
            _: &OperatorAction,
        ) -> Result<bool, StoreError> {
            unreachable!()
        }

        async fn resume_queue(&self, _: QueueName, _: &OperatorAction) -> Result<bool, StoreError> {
            unreachable!()
        }

        async fn queue_depths(&self, _: Duration) -> Result<Vec<QueueDepth>, StoreError> {
            Ok(vec![QueueDepth {
                queue: QueueName::Standard,
                waiting: 0,
                queued: 1,
                dispatched: 0,
                processing: 0,
                dead: 0,
                ended: 0,
                oldest_seconds: None,
                pause: None,
            }])
        }
    }

    /// Returns a submitter over this ledger, whose queues are full at this backlog.
    fn submitter(
        ledger: &Arc<Ledger>,
        limit: Option<i64>,
    ) -> (Submitter, Arc<ScriptedDependencies>) {
        let dependencies = Arc::new(ScriptedDependencies::default());
        let submitter = Submitter {
            submissions: ledger.clone(),
            jobs: ledger.clone(),
            dependencies: dependencies.clone(),
            dispatcher: idle_dispatcher(Arc::new(InProcessQueues::default())),
            backlog: Backlog::new(ledger.clone(), [limit; QueueName::ALL.len()]),
            chunk_size: 500,
            dependency_expiry: Duration::from_hours(1),
        };
        (submitter, dependencies)
    }

    fn request() -> MatchRequest {
        MatchRequest {
            subject_kind: ProfileKind::Candidate,
            subject_id: id_of(1),
            counterparts: Counterparts::One(id_of(2)),
            queue: QueueName::Standard,
            depends_on: None,
            on_parent_failure: OnParentFailure::default(),
            id: None,
            idempotency_key: Some("key".to_owned()),
            user_id: None,
            webhook_url: None,
            webhook_events: WebhookEvents::Each,
            weights: None,
            trace: TraceContext::begun(Ulid::from_parts(1, 1)),
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_new_work_before_anything_is_written() {
        let ledger = Arc::new(Ledger::default());
        let (submitter, _) = submitter(&ledger, Some(1));
        let refused = submitter.submit(request()).await;
        assert!(matches!(refused, Err(SubmitError::BacklogFull(_))));
        assert!(ledger.submitted.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_full_queue_still_answers_a_repeated_call_with_the_first_job() {
        let ledger = Arc::new(Ledger {
            earlier: Some(SubmissionOutcome::Repeated {
                identity: SubmissionIdentity::Single("first".parse().unwrap()),
            }),
            ..Ledger::default()
        });
        let (submitter, _) = submitter(&ledger, Some(1));
        let accepted = submitter.submit(request()).await.unwrap();
        assert!(accepted.repeated);
        assert_eq!(accepted.jobs, ["first".parse::<JobId>().unwrap()]);
        assert!(ledger.submitted.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_job_whose_dependency_has_ended_is_answered_as_queued() {
        let ledger = Arc::new(Ledger::default());
        let (submitter, dependencies) = submitter(&ledger, None);
        let accepted = submitter
            .submit(MatchRequest {
                depends_on: Some("parsing".parse::<WorkId>().unwrap()),
                ..request()
            })
            .await
            .unwrap();
        assert_eq!(accepted.state, TaskState::Queued);
        assert_eq!(
            dependencies.asked(),
            [["parsing".parse::<WorkId>().unwrap()]]
        );
        // The dispatcher pushes the pointer, once the task no longer waits.
        let written = ledger.submitted.lock().unwrap();
        assert!(written.iter().all(|(_, is_pushed)| !is_pushed));
    }
}
