//! Rows of the registry of processes.

use std::collections::BTreeMap;

use sqlx::types::Json;
use sqlx_macros::FromRow;

use super::{StoredList, StoredTime, read};
use crate::{
    domain::{
        identifiers::ProcessId,
        process::{Process, ProcessRole, ProcessState, RunningProcess},
        queue_name::QueueName,
    },
    store::StoreError,
};

/// A process.
#[derive(FromRow)]
pub(in crate::store) struct ProcessRow {
    id: String,
    role: String,
    queues: StoredList<String>,
    queues_down: StoredList<String>,
    faults: Json<BTreeMap<String, String>>,
    version: String,
    host: String,
    system_id: i64,
    started_at: StoredTime,
    seen_at: StoredTime,
}

impl ProcessRow {
    pub(in crate::store) fn into_running(self) -> Result<RunningProcess, StoreError> {
        Ok(RunningProcess {
            process: Process {
                id: ProcessId::from_row(self.id),
                role: read("processes.role", &self.role, ProcessRole::parse)?,
                queues: read_queues(&self.queues.0)?,
                version: self.version,
                host: self.host,
                system_id: u32::try_from(self.system_id).unwrap_or(0),
            },
            state: ProcessState {
                queues_down: read_queues(&self.queues_down.0)?,
                faults: self.faults.0,
            },
            started_at: self.started_at.time(),
            seen_at: self.seen_at.time(),
        })
    }
}

fn read_queues(names: &[String]) -> Result<Vec<QueueName>, StoreError> {
    names
        .iter()
        .map(|name| read("processes.queues", name, QueueName::parse))
        .collect()
}

/// Returns the stored names of queues.
pub(in crate::store) fn queue_names(queues: &[QueueName]) -> Vec<&'static str> {
    queues.iter().map(|queue| queue.as_str()).collect()
}
