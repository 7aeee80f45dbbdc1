//! The store as a model: all ports over rows in memory, by the rules of the contract suite, without
//! SQL. Each call is one atomic step, as a serializable transaction would be.
//!
//! Rows keep the order of their insertion, which breaks ties where the databases use ids, so that
//! generated ids change nothing. Time is tokio's, which a simulation controls, plus a skew.

mod api_keys;
mod batch_reports;
mod cancellation;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod invariants;
mod job_lists;
mod jobs;
mod kept_documents;
mod leases;
pub mod ledger;
mod operator_actions;
mod outcomes;
mod processes;
mod profiles;
mod progress;
mod queues;
mod rematching;
mod result_lists;
mod results;
mod retention;
mod reweighing;
mod schema;
mod submissions;
mod watching;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

pub use self::ledger::{Ledger, TaskRow};

/// A store in memory. Clones share their rows.
#[derive(Clone)]
pub struct ModelStore {
    ledger: Arc<Mutex<Ledger>>,
    began: (Instant, DateTime<Utc>),
}

impl ModelStore {
    /// An empty store, whose clock shows this time now.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            ledger: Arc::new(Mutex::new(Ledger::new(now))),
            began: (Instant::now(), now),
        }
    }

    /// Locks the rows for one transaction, at the store's current time.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = TimeDelta::from_std(self.began.0.elapsed()).unwrap_or_default();
        ledger.now = self.began.1 + elapsed + ledger.skew;
        ledger
    }
}
