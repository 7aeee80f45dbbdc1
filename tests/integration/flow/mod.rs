//! End-to-end tests: processes of the real binary on real servers.

mod cancelled;
mod chained;
mod dead_letters;
mod embedded;
mod faults;
mod large_results;
mod outages;
mod pausing;
mod queued;
mod receipts;
mod reweighing;
mod searching;

use std::time::Duration;

/// Waits until a condition is true.
async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), waiting)
        .await
        .expect("it never became so");
}
