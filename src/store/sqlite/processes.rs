//! The registry of processes.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::{
    domain::{
        identifiers::ProcessId,
        process::{Process, ProcessState, RunningProcess},
    },
    store::{
        Processes, StoreError,
        rows::{ProcessRow, queue_names},
    },
};

#[async_trait]
impl Processes for SqliteStore {
    #[instrument(name = "store.report_process", level = "debug", skip_all)]
    async fn report_process(
        &self,
        process: &Process,
        state: &ProcessState,
        silent_after: Duration,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "DELETE FROM processes WHERE seen_at <= (SELECT now FROM clock) - ?1 AND id <> ?2",
        )
        .bind(milliseconds(silent_after))
        .bind(process.id.as_str())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO processes (id, role, queues, queues_down, faults, version, host, system_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE
                 SET queues_down = excluded.queues_down, faults = excluded.faults,
                     seen_at = excluded.seen_at",
        )
        .bind(process.id.as_str())
        .bind(process.role.as_str())
        .bind(Json(queue_names(&process.queues)))
        .bind(Json(queue_names(&state.queues_down)))
        .bind(Json(&state.faults))
        .bind(&process.version)
        .bind(&process.host)
        .bind(process.system_id)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    #[instrument(name = "store.forget_process", level = "debug", skip_all)]
    async fn forget_process(&self, id: &ProcessId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM processes WHERE id = ?1")
            .bind(id.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    #[instrument(name = "store.running_processes", level = "debug", skip_all)]
    async fn running_processes(
        &self,
        silent_after: Duration,
    ) -> Result<Vec<RunningProcess>, StoreError> {
        let rows: Vec<ProcessRow> = sqlx::query_as(
            "SELECT id, role, queues, queues_down, faults, version, host, system_id, started_at,
                 seen_at
             FROM processes WHERE seen_at > (SELECT now FROM clock) - ?1
             ORDER BY started_at, id",
        )
        .bind(milliseconds(silent_after))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ProcessRow::into_running).collect()
    }
}
