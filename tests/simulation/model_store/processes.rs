//! The registry of processes.

use std::time::Duration;

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::ProcessId,
        process::{Process, ProcessState, RunningProcess},
    },
    store::{Processes, StoreError},
};

use super::ModelStore;

#[async_trait]
impl Processes for ModelStore {
    async fn report_process(
        &self,
        process: &Process,
        state: &ProcessState,
        silent_after: Duration,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let processes = &mut ledger.processes;
        processes
            .retain(|known| known.seen_at > now - silent_after || known.process.id == process.id);
        match processes
            .iter_mut()
            .find(|known| known.process.id == process.id)
        {
            Some(known) => {
                known.state = state.clone();
                known.seen_at = now;
            }
            None => processes.push(RunningProcess {
                process: process.clone(),
                state: state.clone(),
                started_at: now,
                seen_at: now,
            }),
        }
        Ok(())
    }

    async fn forget_process(&self, id: &ProcessId) -> Result<(), StoreError> {
        self.ledger()
            .processes
            .retain(|known| known.process.id != *id);
        Ok(())
    }

    async fn running_processes(
        &self,
        silent_after: Duration,
    ) -> Result<Vec<RunningProcess>, StoreError> {
        Ok(self.ledger().running(silent_after).cloned().collect())
    }
}
