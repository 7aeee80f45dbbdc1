//! The registry of processes: each reports itself every few seconds.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::ProcessId,
        process::{Process, ProcessState, RunningProcess},
    },
    store::StoreError,
};

/// The running processes of this ledger. A process counts as running until it has been silent for
/// longer than the caller's limit.
#[async_trait]
pub trait Processes: Send + Sync + 'static {
    /// Records a sign of life of a process and its state, and forgets processes that have been
    /// silent for longer than `silent_after`.
    async fn report_process(
        &self,
        process: &Process,
        state: &ProcessState,
        silent_after: Duration,
    ) -> Result<(), StoreError>;

    /// Forgets a process that ends.
    async fn forget_process(&self, id: &ProcessId) -> Result<(), StoreError>;

    /// Returns the running processes, oldest first.
    async fn running_processes(
        &self,
        silent_after: Duration,
    ) -> Result<Vec<RunningProcess>, StoreError>;
}
