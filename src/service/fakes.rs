//! Fakes of ports that the unit tests of several services share.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use super::dispatcher::Dispatcher;
use crate::{
    domain::{
        dependency::DependencyOutcome,
        identifiers::{InvalidId, JobId, TaskId},
        queue_name::QueueName,
    },
    queue::TaskQueues,
    store::{
        Dependencies, DependencyReport, Dispatch, DispatchRound, ResolvedDependencies, StoreError,
    },
};

/// A ledger without due tasks.
struct NothingDue;

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
    asked: Mutex<Vec<Vec<String>>>,
}

impl ScriptedDependencies {
    pub(super) fn of(steps: impl IntoIterator<Item = ResolvedDependencies>) -> Self {
        Self {
            steps: Mutex::new(steps.into_iter().collect()),
            asked: Mutex::default(),
        }
    }

    /// Returns the ended jobs and batches of each call, in order.
    pub(super) fn asked(&self) -> Vec<Vec<String>> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Dependencies for ScriptedDependencies {
    async fn report_dependency(
        &self,
        _: &JobId,
        _: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        unreachable!()
    }

    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        _: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        let ended = ended.unwrap_or_default().to_vec();
        self.asked.lock().unwrap().push(ended);
        Ok(self.steps.lock().unwrap().pop_front().unwrap_or_default())
    }
}

/// Returns the id of a candidate, a job posting or a profile of either kind.
pub(super) fn id_of<Id: TryFrom<i64, Error = InvalidId>>(id: i64) -> Id {
    Id::try_from(id).unwrap()
}
