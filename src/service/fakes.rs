//! Fakes of ports that the unit tests of several services share.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{
    dispatcher::Dispatcher,
    result_documents::{BatchReporter, ReportError},
};
use crate::{
    documents::{DocumentError, DocumentStore},
    domain::{
        dependency::DependencyOutcome,
        identifiers::{BatchId, InvalidId, ProfileId, TaskId, WorkId},
        queue_name::QueueName,
        revision::WriteCondition,
        task::{ClaimedTask, TaskError},
    },
    queue::TaskQueues,
    store::{
        Dependencies, DependencyReport, Dispatch, DispatchRound, DocumentAnnouncements,
        ExpiredLeases, FailedMatches, Guarded, Leases, NewResult, Outcomes, ProfileChanges,
        ProfilePart, ProfileReader, Profiles, PutProfile, PutProfiles, QueueProgress, ReadProfile,
        Recorded, ResolvedDependencies, Revision, StoreError, StoredProfile,
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A ledger without due tasks.
pub(super) struct NothingDue;

#[async_trait]
impl Dispatch for NothingDue {
    async fn dispatch_due(&self, _: QueueName, _: u32) -> Result<DispatchRound, StoreError> {
        Ok(DispatchRound::default())
    }

    async fn undo_dispatch(&self, _: &[TaskId]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn undo_stale_dispatches(
        &self,
        _: QueueName,
        _: Duration,
        _: u32,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// Returns a dispatcher to these queues that has never found room for a direct push.
pub(super) fn idle_dispatcher(queues: Arc<dyn TaskQueues>) -> Arc<Dispatcher> {
    let pause = Duration::from_mins(10);
    Dispatcher::new(Arc::new(NothingDue), queues, &QueueName::ALL, 80, pause)
}

/// Waiting tasks with scripted steps; later steps find nothing to move.
#[derive(Default)]
pub(super) struct ScriptedDependencies {
    steps: Mutex<VecDeque<ResolvedDependencies>>,
    asked: Mutex<Vec<Vec<WorkId>>>,
}

impl ScriptedDependencies {
    pub(super) fn of(steps: impl IntoIterator<Item = ResolvedDependencies>) -> Self {
        Self {
            steps: Mutex::new(steps.into_iter().collect()),
            asked: Mutex::default(),
        }
    }

    /// Returns the ended jobs and batches of each call, in order.
    pub(super) fn asked(&self) -> Vec<Vec<WorkId>> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Dependencies for ScriptedDependencies {
    async fn report_dependency(
        &self,
        _: &WorkId,
        _: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        unreachable!()
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[WorkId]>,
        _: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        let ended = ended.unwrap_or_default().to_vec();
        self.asked.lock().unwrap().push(ended);
        Ok(self.steps.lock().unwrap().pop_front().unwrap_or_default())
    }
}

/// Returns the progress of a queue without work.
pub(super) fn idle_queue(queue: QueueName) -> QueueProgress {
    QueueProgress {
        queue,
        undispatched_for: None,
        dispatched_for: None,
        last_end: None,
        is_running: false,
        workers: 0,
        ended: 0,
        failed: 0,
        failure: None,
        pause: None,
    }
}

/// Returns the id of a candidate, a job posting or a profile of either kind.
pub(super) fn id_of<Id: TryFrom<i64, Error = InvalidId>>(id: i64) -> Id {
    Id::try_from(id).unwrap()
}

/// A document store that answers, for tests whose documents all fit into rows.
pub(super) struct NoDocuments;

#[async_trait]
impl DocumentStore for NoDocuments {
    async fn put(&self, _: &str, _: &str, _: Vec<u8>) -> Result<(), DocumentError> {
        unreachable!()
    }

    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        unreachable!()
    }

    async fn delete(&self, _: &str) -> Result<(), DocumentError> {
        unreachable!()
    }

    async fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }
}

/// Profiles in memory; each put makes a new revision.
#[derive(Default)]
pub(super) struct ProfilesInMemory {
    stored: Mutex<HashMap<(ProfileKind, ProfileId), ReadProfile>>,
    /// A write of this profile fails.
    pub(super) refused: Option<ProfileId>,
}

#[async_trait]
impl Profiles for ProfilesInMemory {
    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(ProfileId, String)],
    ) -> Result<PutProfiles, StoreError> {
        if profiles.iter().any(|(id, _)| Some(*id) == self.refused) {
            return Err(StoreError::SchemaOutdated);
        }
        let mut stored = self.stored.lock().unwrap();
        for (id, document) in profiles {
            let profile = ReadProfile {
                id: *id,
                revision: ulid::Ulid::generate().to_string().into(),
                document_version: 1,
                document: Some(document.clone()),
            };
            stored.insert((kind, *id), profile);
        }
        Ok(PutProfiles::default())
    }

    async fn put_profile(
        &self,
        _: ProfileKind,
        _: ProfileId,
        _: &str,
        _: &WriteCondition,
    ) -> Result<Option<PutProfile>, StoreError> {
        unreachable!()
    }

    async fn put_profile_parts(
        &self,
        _: ProfileKind,
        _: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        unreachable!()
    }

    async fn profile(
        &self,
        _: ProfileKind,
        _: ProfileId,
    ) -> Result<Option<StoredProfile>, StoreError> {
        unreachable!()
    }

    async fn profiles(
        &self,
        _: ProfileReader,
        kind: ProfileKind,
        wanted: &[(ProfileId, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        let stored = self.stored.lock().unwrap();
        let read = wanted.iter().filter_map(|(id, held)| {
            let mut profile = stored.get(&(kind, *id))?.clone();
            if *held == Some(profile.revision.clone()) {
                profile.document = None;
            }
            Some(profile)
        });
        Ok(read.collect())
    }

    async fn delete_profile(&self, kind: ProfileKind, id: ProfileId) -> Result<bool, StoreError> {
        Ok(self.stored.lock().unwrap().remove(&(kind, id)).is_some())
    }

    async fn delete_profile_if(
        &self,
        _: ProfileKind,
        _: ProfileId,
        _: &WriteCondition,
    ) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn profiles_after(
        &self,
        _: ProfileKind,
        _: Option<ProfileId>,
        _: u32,
    ) -> Result<Vec<(ProfileId, String)>, StoreError> {
        unreachable!()
    }

    async fn profile_changes(
        &self,
        _: ProfileKind,
        _: Option<i64>,
        _: u32,
    ) -> Result<ProfileChanges, StoreError> {
        unreachable!()
    }
}

/// The end of a run, as it was written to a [`LedgerOfOneTask`].
#[derive(Debug)]
pub(super) enum WrittenEnd {
    Outcome {
        results: Vec<NewResult>,
        failures: Vec<FailedMatches>,
    },
    Retry {
        attempt: i32,
        after: Duration,
        error: TaskError,
    },
}

/// A ledger with one task, which can be claimed once and has no dependents.
pub(super) struct LedgerOfOneTask {
    task: Mutex<Option<ClaimedTask>>,
    written: Mutex<Vec<WrittenEnd>>,
}

impl LedgerOfOneTask {
    pub(super) fn new(task: ClaimedTask) -> Self {
        Self {
            task: Mutex::new(Some(task)),
            written: Mutex::default(),
        }
    }

    /// Returns the ends that were written since the last call.
    pub(super) fn written(&self) -> Vec<WrittenEnd> {
        std::mem::take(&mut self.written.lock().unwrap())
    }
}

#[async_trait]
impl Leases for LedgerOfOneTask {
    async fn claim(
        &self,
        id: &TaskId,
        _: &str,
        _: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let mut task = self.task.lock().unwrap();
        Ok(task.take_if(|claimed| claimed.task.id == *id))
    }

    async fn renew_leases(
        &self,
        _: &[(TaskId, i64)],
        _: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        unreachable!()
    }

    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        self.written.lock().unwrap().push(WrittenEnd::Retry {
            attempt: claimed.attempt,
            after,
            error: error.clone(),
        });
        Ok(Guarded::Written)
    }

    async fn release(
        &self,
        _: &ClaimedTask,
        _: Duration,
        _: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        unreachable!()
    }

    async fn release_all(&self, _: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        unreachable!()
    }

    async fn expire_leases(&self, _: u32, _: Duration) -> Result<ExpiredLeases, StoreError> {
        unreachable!()
    }
}

#[async_trait]
impl Outcomes for LedgerOfOneTask {
    async fn record_outcome(
        &self,
        _: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        self.written.lock().unwrap().push(WrittenEnd::Outcome {
            results: results.to_vec(),
            failures: failures.to_vec(),
        });
        Ok(Recorded::Written {
            has_dependents: false,
            ended_batch: None,
        })
    }
}

#[async_trait]
impl DocumentAnnouncements for LedgerOfOneTask {
    async fn announce_documents(&self, _: &[String], _: Duration) -> Result<(), StoreError> {
        unreachable!()
    }
}

/// A reporter for tasks that end no batch.
pub(super) struct NoReports;

#[async_trait]
impl BatchReporter for NoReports {
    async fn save(&self, _: &BatchId) -> Result<(), ReportError> {
        unreachable!()
    }
}
