//! Dependencies: tasks that wait for a job, a batch, or work outside this service.

use async_trait::async_trait;

use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId, queue_name::QueueName},
    store::StoreError,
};

/// Waiting tasks and their dependencies.
#[async_trait]
pub trait Dependencies: Send + Sync + 'static {
    /// Records how work outside this service ended. The first report stays.
    async fn report_dependency(
        &self,
        id: &JobId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError>;

    /// Moves waiting tasks whose dependency has ended, was reported, or has expired.
    ///
    /// With `ended`, only tasks that wait for one of these jobs or batches; a batch's name also
    /// stands for its matches. Without it, any task: where very many dependencies are waited for,
    /// one call looks at a part of them and the next calls at the rest.
    ///
    /// Moves at most `limit` tasks because of an ended dependency and as many because their waiting
    /// time is over, and fails only as many matches as one transaction has time for;
    /// [`ResolvedDependencies::more`] is true if tasks may be left.
    async fn resolve_dependencies(
        &self,
        ended: Option<&[String]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError>;
}

/// How a report about outside work was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyReport {
    /// It was recorded.
    Recorded,
    /// The same outcome was reported before.
    Repeated,
    /// Another outcome was reported before, and stands.
    Contradicts {
        /// The outcome that was reported first.
        earlier: DependencyOutcome,
    },
    /// The id is a job or batch of this service, which knows by itself how that ends.
    OwnWork,
}

/// The changes of one step of resolving dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedDependencies {
    /// Tasks that were moved.
    pub moved: u32,
    /// True if there may be more tasks to move.
    pub more: bool,
    /// Queues that have at least one task more.
    pub queued: Vec<QueueName>,
    /// Jobs and batches that failed in this step. Their own dependents may now be resolved.
    pub ended: Vec<String>,
}

impl ResolvedDependencies {
    /// True if nothing changed.
    pub fn is_empty(&self) -> bool {
        self.moved == 0
    }
}
