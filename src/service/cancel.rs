//! Cancellation of a job or a batch: the ledger says at once that it is cancelled, and the worker that
//! runs it is told and stops.
//!
//! Once a cancel is answered, no result of a run that was under way can be recorded: the ledger has
//! given the task a newer token. Interrupting that run only saves work. It is told within the process
//! and over Redis; a worker that hears of neither finds out when it renews its lease.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;
use tracing::warn;
use ulid::Ulid;

use super::{
    dead_letters::{new_action, report},
    dependencies,
    dispatcher::Dispatcher,
};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        operator_action::{OperatorAction, OperatorActionKind},
    },
    queue::TaskQueues,
    store::{Cancellation, Cancelled, Dependencies, StoreError},
};

/// What cancelling needs.
pub struct Canceller {
    /// The cancellation of work in the ledger.
    pub cancellation: Arc<dyn Cancellation>,
    /// Tasks that wait for cancelled work.
    pub dependencies: Arc<dyn Dependencies>,
    /// Over which running workers are told.
    pub queues: Arc<dyn TaskQueues>,
    /// Nudged when matches are queued again because their neighbour was cancelled.
    pub dispatcher: Arc<Dispatcher>,
    /// Rung when the end of a batch is to be announced.
    pub deliveries_recorded: Arc<Notify>,
}

impl Canceller {
    /// Cancels one job, single or of a batch.
    ///
    /// # Errors
    /// If the database fails; nothing is cancelled.
    pub async fn cancel_job(&self, id: &JobId, actor: &str) -> Result<Cancelled, StoreError> {
        let target = json!({"job_id": id.as_str()});
        let action = new_action(OperatorActionKind::Cancel, actor, target);
        let split_task_id = TaskId::from_trusted(Ulid::generate().to_string());
        let cancelled = self
            .cancellation
            .cancel_job(id, &split_task_id, &action)
            .await?;
        let batch = id.as_batch_position().map(|(batch, _)| batch.to_string());
        let ended = [Some(id.to_string()), batch];
        self.follow_up(&cancelled, &action, ended.into_iter().flatten().collect())
            .await;
        Ok(cancelled)
    }

    /// Cancels the matches of a batch that have not ended.
    ///
    /// # Errors
    /// If the database fails; nothing is cancelled.
    pub async fn cancel_batch(&self, id: &BatchId, actor: &str) -> Result<Cancelled, StoreError> {
        let target = json!({"batch_id": id.as_str()});
        let action = new_action(OperatorActionKind::Cancel, actor, target);
        let cancelled = self.cancellation.cancel_batch(id, &action).await?;
        self.follow_up(&cancelled, &action, vec![id.to_string()])
            .await;
        Ok(cancelled)
    }

    /// What follows from a cancel; where it fails, lease renewals and sweeps find it out.
    async fn follow_up(&self, cancelled: &Cancelled, action: &OperatorAction, ended: Vec<String>) {
        let Cancelled::Now {
            tasks, withdrawn, ..
        } = cancelled
        else {
            return;
        };
        report(action, *tasks);
        if !withdrawn.is_empty() {
            if let Err(error) = self.queues.announce_withdrawals(withdrawn).await {
                warn!(%error, "running workers find out by their leases that they work in vain");
            }
            self.dispatcher.nudge();
        }
        self.deliveries_recorded.notify_one();
        let resolved =
            dependencies::resolve(&*self.dependencies, &self.dispatcher, Some(&ended)).await;
        if let Err(error) = resolved {
            warn!(%error, "dependents wait for the sweep");
        }
    }
}
