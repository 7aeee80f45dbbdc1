//! Dependencies: tasks that wait for a job, a batch, or work outside this service.

use async_trait::async_trait;

use crate::{
    domain::{dependency::DependencyOutcome, identifiers::WorkId, queue_name::QueueName},
    store::StoreError,
};

/// Waiting tasks and their dependencies.
#[async_trait]
pub trait Dependencies: Send + Sync + 'static {
    /// Records the outcome of work outside this service. A later report does not replace the first.
    async fn report_dependency(
        &self,
        id: &WorkId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError>;

    /// Moves waiting tasks whose dependency has ended, was reported, or has expired.
    ///
    /// With `ended`, only tasks that wait for one of these jobs or batches; the name of a batch
    /// also includes its matches. Without it, tasks of any dependency; if there are very many
    /// dependencies, each call checks a part of them and the next call continues.
    ///
    /// Moves at most `limit` tasks because of an ended dependency and as many because their waiting
    /// time is over, and fails only as many matches as fit into the time limit of one transaction;
    /// [`ResolvedDependencies::more`] is true if tasks may be left.
    async fn resolve_dependencies(
        &self,
        ended: Option<&[WorkId]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError>;
}

/// The answer to a report about outside work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyReport {
    /// It was recorded.
    Recorded,
    /// The same outcome was reported before.
    Repeated,
    /// Another outcome was reported before and remains valid.
    Contradicts {
        /// The outcome that was reported first.
        earlier: DependencyOutcome,
    },
    /// The id is a job or batch of this service, whose end the service records itself.
    OwnWork,
}

/// The changes of one step of resolving dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedDependencies {
    /// The number of moved tasks.
    pub moved: u32,
    /// True if there may be more tasks to move.
    pub more: bool,
    /// The queues that have new tasks.
    pub queued: Vec<QueueName>,
    /// Jobs and batches that failed in this step. Their own dependents may now be resolved.
    pub ended: Vec<WorkId>,
}

impl ResolvedDependencies {
    /// True if nothing changed.
    pub fn is_empty(&self) -> bool {
        self.moved == 0
    }
}
