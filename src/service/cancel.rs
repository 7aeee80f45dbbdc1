//! Cancels a job or a batch: the ledger records the cancellation at once, and the worker that runs
//! the work is told to stop.
//!
//! After the answer to a cancellation, no run in progress can record a result any more: the task
//! has a newer token in the ledger. Interrupting the run only saves work. The withdrawal is
//! announced within the process and over Redis; a worker that receives neither notices the loss
//! when it renews its lease.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;
use tracing::warn;
use ulid::Ulid;

use super::{
    ServiceError, dependencies,
    dispatcher::Dispatcher,
    operator_actions::{new_action, report},
};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId, WorkId},
        operator_action::{OperatorAction, OperatorActionKind},
    },
    outage::with_causes,
    queue::TaskQueues,
    store::{Cancellation, Cancelled, Dependencies},
};

/// The ports that cancellation needs.
pub struct Canceller {
    /// The cancellation of work in the ledger.
    pub cancellation: Arc<dyn Cancellation>,
    /// Tasks that wait for cancelled work.
    pub dependencies: Arc<dyn Dependencies>,
    /// The channel to running workers.
    pub queues: Arc<dyn TaskQueues>,
    /// Notified when matches are queued again because another match of their task was cancelled.
    pub dispatcher: Arc<Dispatcher>,
    /// Notified when the end of a batch is to be announced.
    pub deliveries_recorded: Arc<Notify>,
}

impl Canceller {
    /// Cancels one job, single or of a batch. Does nothing if it was cancelled before, or if there
    /// is no such job.
    ///
    /// # Errors
    /// If the job has completed or failed, or the database fails; nothing is cancelled.
    pub async fn cancel_job(&self, id: &JobId, actor: &str) -> Result<(), ServiceError> {
        let target = json!({"job_id": id.as_str()});
        let action = new_action(OperatorActionKind::Cancel, actor, target);
        let split_task_id = TaskId::from(Ulid::generate());
        let cancelled = self
            .cancellation
            .cancel_job(id, &split_task_id, &action)
            .await?;
        let batch = id.as_batch_position().map(|(batch, _)| batch.into());
        let ended = [Some(id.clone().into()), batch];
        self.follow_up(&cancelled, &action, ended.into_iter().flatten().collect())
            .await;
        in_time(
            &cancelled,
            "the job has completed or failed; its status says how",
        )
    }

    /// Cancels the matches of a batch that have not ended. Does nothing if it was cancelled before,
    /// or if there is no such batch.
    ///
    /// # Errors
    /// If all matches have completed or failed, or the database fails; nothing is cancelled.
    pub async fn cancel_batch(&self, id: &BatchId, actor: &str) -> Result<(), ServiceError> {
        let target = json!({"batch_id": id.as_str()});
        let action = new_action(OperatorActionKind::Cancel, actor, target);
        let cancelled = self.cancellation.cancel_batch(id, &action).await?;
        self.follow_up(&cancelled, &action, vec![id.clone().into()])
            .await;
        in_time(
            &cancelled,
            "all matches of the batch have completed or failed",
        )
    }

    /// Interrupts runs and moves dependents after a cancellation; on failure, lease renewals and
    /// sweeps do both later.
    async fn follow_up(&self, cancelled: &Cancelled, action: &OperatorAction, ended: Vec<WorkId>) {
        let Cancelled::Now {
            tasks, withdrawn, ..
        } = cancelled
        else {
            return;
        };
        report(action, *tasks);
        if !withdrawn.is_empty() {
            if let Err(error) = self.queues.announce_withdrawals(withdrawn).await {
                warn!(
                    %error,
                    "cancellation not published; running workers notice it when they renew their leases"
                );
            }
            self.dispatcher.nudge();
        }
        self.deliveries_recorded.notify_one();
        let resolved =
            dependencies::resolve(&*self.dependencies, &self.dispatcher, Some(&ended)).await;
        if let Err(error) = resolved {
            warn!(error = with_causes(&error), "dependents wait for the sweep");
        }
    }
}

fn in_time(cancelled: &Cancelled, too_late: &'static str) -> Result<(), ServiceError> {
    if *cancelled == Cancelled::TooLate {
        return Err(ServiceError::AlreadyEnded(too_late));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use futures::FutureExt as _;

    use super::*;
    use crate::{
        domain::task::Withdrawal,
        queue::InProcessQueues,
        service::fakes::{ScriptedDependencies, idle_dispatcher},
        store::StoreError,
    };

    /// A ledger in which every cancellation ends alike.
    struct AlwaysEnds(Cancelled);

    #[async_trait]
    impl Cancellation for AlwaysEnds {
        async fn cancel_job(
            &self,
            _: &JobId,
            _: &TaskId,
            _: &OperatorAction,
        ) -> Result<Cancelled, StoreError> {
            Ok(self.0.clone())
        }

        async fn cancel_batch(
            &self,
            _: &BatchId,
            _: &OperatorAction,
        ) -> Result<Cancelled, StoreError> {
            unreachable!()
        }
    }

    fn canceller(outcome: Cancelled) -> (Canceller, Arc<ScriptedDependencies>) {
        let dependencies = Arc::new(ScriptedDependencies::default());
        let queues = Arc::new(InProcessQueues::default());
        let canceller = Canceller {
            cancellation: Arc::new(AlwaysEnds(outcome)),
            dependencies: dependencies.clone(),
            dispatcher: idle_dispatcher(queues.clone()),
            queues,
            deliveries_recorded: Arc::default(),
        };
        (canceller, dependencies)
    }

    #[tokio::test]
    async fn a_cancelled_match_of_a_batch_interrupts_its_run_and_resolves_both_names() {
        let run = Withdrawal {
            task_id: "task".parse::<TaskId>().unwrap(),
            lease_token: 3,
        };
        let (canceller, dependencies) = canceller(Cancelled::Now {
            tasks: 1,
            withdrawn: vec![run.clone()],
            ended_batch: None,
        });
        let mut announced = canceller.queues.withdrawals();
        let job = "batch-2".parse::<JobId>().unwrap();
        canceller.cancel_job(&job, "tester").await.unwrap();
        assert_eq!(announced.try_recv().unwrap(), [run]);
        let names = ["batch-2", "batch"].map(|name| name.parse().unwrap());
        assert_eq!(dependencies.asked(), [names]);
        let rung = canceller.deliveries_recorded.notified().now_or_never();
        assert!(rung.is_some());
    }

    #[tokio::test]
    async fn a_job_that_had_ended_is_neither_announced_nor_followed_up() {
        let (canceller, dependencies) = canceller(Cancelled::TooLate);
        let mut announced = canceller.queues.withdrawals();
        let job = "single".parse::<JobId>().unwrap();
        let refused = canceller.cancel_job(&job, "tester").await;
        assert!(matches!(refused, Err(ServiceError::AlreadyEnded(_))));
        assert!(announced.try_recv().is_err());
        assert!(dependencies.asked().is_empty());
    }
}
