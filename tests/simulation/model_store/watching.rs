//! The states of jobs and batches that callers wait for.

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchState, JobState},
    },
    store::{Jobs, StoreError, Watching},
};

use super::ModelStore;

#[async_trait]
impl Watching for ModelStore {
    async fn job_states(
        &self,
        wanted: &[(JobId, Option<String>)],
    ) -> Result<Vec<JobState>, StoreError> {
        let mut states = Vec::new();
        for (id, held) in wanted {
            let Some(view) = self.job(id).await? else {
                continue;
            };
            let token = {
                let ledger = self.ledger();
                let found = ledger.find_job(id);
                found.map_or(0, |(index, _)| ledger.tasks[index].lease_token)
            };
            let version = format!("{}.{token}", view.state.as_str());
            if held.as_ref() != Some(&version) {
                states.push(JobState { view, version });
            }
        }
        Ok(states)
    }

    async fn batch_states(&self, wanted: &[BatchId]) -> Result<Vec<BatchState>, StoreError> {
        let mut states = Vec::new();
        for id in wanted {
            states.extend(self.batch(id).await?.map(BatchState::from));
        }
        Ok(states)
    }
}
