//! A rolling restart under load: the processes are stopped in order and replaced one after the
//! other.

use std::sync::Arc;

use serde_json::Value;

use super::{
    deployment::Deployment,
    platform::{PROFILES, Platform},
};
use crate::support::receiver::Receiver;

/// Calls accepted between two restarts, so that each process has work in progress.
const WORK: usize = 15;
const ROUNDS: usize = 3;

/// Counts the submissions in the ledger.
const SUBMISSIONS: &str = "SELECT (SELECT count(*) FROM tasks WHERE job_id IS NOT NULL)
     + (SELECT count(*) FROM batches)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_turns_connections_away_and_fails_no_request() {
    let deployment = Deployment::start().await;
    let mut serve = deployment.serve(PROFILES).await;
    let mut workers = vec![deployment.work().await, deployment.work().await];
    let mut receiver = Receiver::start();
    let base = deployment.api().base.clone();
    let platform = Arc::new(Platform::new(&base, &receiver.url()));
    let mut asking = tokio::task::JoinSet::new();
    for caller in 0..3 {
        let platform = Arc::clone(&platform);
        asking.spawn(async move { platform.ask(1, caller).await });
    }
    let watching = Arc::clone(&platform);
    asking.spawn(async move { watching.watch(1).await });

    for _ in 0..ROUNDS {
        for _ in 0..workers.len() {
            platform.until_accepted_more(WORK).await;
            let oldest = workers.remove(0);
            workers.push(deployment.work().await);
            assert!(oldest.terminate().await.success());
        }
        platform.until_accepted_more(WORK).await;
        assert!(serve.terminate().await.success());
        serve = deployment.environment.serve(&["--no-workers"]).await;
    }
    platform.stop();
    while let Some(ended) = asking.join_next().await {
        ended.unwrap();
    }
    deployment.until_drained().await;
    let tally = platform.take_stock(&receiver.so_far()).await;
    let failed = platform.failed_calls.lock().unwrap().clone();
    assert!(failed.is_empty(), "{failed:#?}");
    let accepted = deployment.number(SUBMISSIONS).await;
    assert_eq!(
        usize::try_from(accepted).unwrap(),
        tally.calls,
        "accepted, but not answered"
    );
    assert!(tally.lost.is_empty(), "{:#?}", tally.lost);
    assert!(tally.duplicated.is_empty(), "{:#?}", tally.duplicated);
    assert!(
        tally.seen_backwards.is_empty(),
        "{:#?}",
        tally.seen_backwards
    );
    assert!(
        !tally.dead_letters.contains_key("worker_lost"),
        "{tally:#?}"
    );
    assert_eq!(deployment.breaches(&[]).await, [] as [Value; 0]);
}
