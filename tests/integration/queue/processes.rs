//! Several processes that share the queues on a server.

use matching::domain::{
    identifiers::TaskId,
    queue_name::QueueName::{Bulk, High},
    task::Withdrawal,
};

use super::{
    adapters::RemoteAdapter,
    pool::{RunningPool, ids},
};
use crate::support::polling::eventually;

on_every_remote_adapter!(
    announcements_reach_other_processes,
    pointers_reach_the_pools_of_other_processes,
    pools_of_two_processes_share_the_pointers,
);

async fn pointers_reach_the_pools_of_other_processes(mut adapter: impl RemoteAdapter) {
    let (queues, others) = (adapter.queues(), adapter.queues_of_another_process());
    let mut pool = RunningPool::start(&*others, High, 1).await;
    for id in ["a", "b", "c"] {
        queues.push(High, &ids(id)).await.unwrap();
        assert_eq!(pool.settle_all(&ids(id)).await, ids(id));
    }
    assert_eq!(queues.pending(High).await.unwrap(), 0);
}

async fn pools_of_two_processes_share_the_pointers(mut adapter: impl RemoteAdapter) {
    let (queues, others) = (adapter.queues(), adapter.queues_of_another_process());
    let mut here = RunningPool::start(&*queues, Bulk, 1).await;
    let mut there = RunningPool::start(&*others, Bulk, 1).await;
    let tasks: Vec<TaskId> = (0..40)
        .flat_map(|number| ids(&format!("t{number}")))
        .collect();
    queues.push(Bulk, &tasks).await.unwrap();
    // Each has one that runs, so neither takes all.
    let (first, second) = (here.next().await, there.next().await);
    let mut handled = vec![first.id.clone(), second.id.clone()];
    first.settle();
    second.settle();
    while handled.len() < tasks.len() {
        let run = tokio::select! {
            run = here.next() => run,
            run = there.next() => run,
        };
        handled.push(run.id.clone());
        run.settle();
    }
    handled.sort();
    let mut expected = tasks;
    expected.sort();
    assert_eq!(handled, expected);
}

async fn announcements_reach_other_processes(mut adapter: impl RemoteAdapter) {
    let (queues, others) = (adapter.queues(), adapter.queues_of_another_process());
    let mut subscriber = others.withdrawals();
    let withdrawn = [Withdrawal {
        task_id: "a".parse().unwrap(),
        lease_token: 27,
    }];
    // Nothing announces that the other process has subscribed.
    eventually(async || {
        queues.announce_withdrawals(&withdrawn).await.unwrap();
        subscriber
            .try_recv()
            .is_ok_and(|received| received == withdrawn)
    })
    .await;
}
