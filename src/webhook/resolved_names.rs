//! Resolves names of receivers when a request names them, within limits: callers choose the names,
//! and the system's resolver can't be interrupted.

use std::{net::IpAddr, sync::Arc, time::Duration};

use quick_cache::sync::Cache;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

/// The maximum number of names that are being resolved; each takes a thread.
const CONCURRENT: usize = 16;

/// The longest time that a request waits for a name.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time for which an answer is used again.
const KEPT: Duration = Duration::from_secs(30);

/// The number of names whose answers are kept.
const NAMES: usize = 1_000;

/// The addresses of a name, and the time of the answer. Empty if the name was not resolved.
type Answer = (Instant, Arc<[IpAddr]>);

/// Recently resolved names.
#[derive(Debug)]
pub(super) struct ResolvedNames {
    answers: Cache<String, Answer>,
    slots: Arc<Semaphore>,
}

impl Default for ResolvedNames {
    fn default() -> Self {
        Self {
            answers: Cache::new(NAMES),
            slots: Arc::new(Semaphore::new(CONCURRENT)),
        }
    }
}

impl ResolvedNames {
    /// Returns the addresses of a name; none if it can't be resolved, or not in time.
    pub(super) async fn addresses(&self, name: &str) -> Arc<[IpAddr]> {
        let known = self.answers.get(name);
        if let Some((_, addresses)) = known.filter(|(at, _)| at.elapsed() < KEPT) {
            return addresses;
        }
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            return Arc::default();
        };
        let host = name.to_owned();
        // A task of its own: it holds the slot until the resolver's thread is free.
        let resolving = tokio::spawn(async move {
            let _slot = slot;
            let found = tokio::net::lookup_host((host, 0)).await;
            found.map_or_else(
                |_| Arc::default(),
                |found| found.map(|address| address.ip()).collect(),
            )
        });
        let resolved = timeout(PATIENCE, resolving).await;
        let addresses: Arc<[IpAddr]> = match resolved {
            Ok(Ok(addresses)) => addresses,
            _ => Arc::default(),
        };
        let answer = (Instant::now(), Arc::clone(&addresses));
        self.answers.insert(name.to_owned(), answer);
        addresses
    }
}
