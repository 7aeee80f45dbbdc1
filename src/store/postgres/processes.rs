//! The registry of processes.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{PostgresStore, seconds};
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
impl Processes for PostgresStore {
    #[instrument(name = "store.report_process", level = "debug", skip_all)]
    async fn report_process(
        &self,
        process: &Process,
        state: &ProcessState,
        silent_after: Duration,
    ) -> Result<(), StoreError> {
        self.call(async {
            // The rows of silent processes are deleted under no lock that this process's row needs,
            // so two processes that do this at once can't wait for each other in a circle.
            sqlx::query(
                "DELETE FROM processes WHERE id IN (
                     SELECT id FROM processes
                     WHERE seen_at <= now() - make_interval(secs => $1) AND id <> $2
                     FOR UPDATE SKIP LOCKED)",
            )
            .bind(seconds(silent_after))
            .bind(process.id.as_str())
            .execute(&self.work_pool)
            .await?;
            sqlx::query(
                "INSERT INTO processes (id, role, queues, queues_down, faults, version, host, system_id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (id) DO UPDATE
                     SET queues_down = excluded.queues_down, faults = excluded.faults,
                         seen_at = excluded.seen_at",
            )
            .bind(process.id.as_str())
            .bind(process.role.as_str())
            .bind(queue_names(&process.queues))
            .bind(queue_names(&state.queues_down))
            .bind(Json(&state.faults))
            .bind(&process.version)
            .bind(&process.host)
            .bind(i64::from(process.system_id))
            .execute(&self.work_pool)
            .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.forget_process", level = "debug", skip_all)]
    async fn forget_process(&self, id: &ProcessId) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query("DELETE FROM processes WHERE id = $1")
                .bind(id.as_str())
                .execute(&self.work_pool)
                .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.running_processes", level = "debug", skip_all)]
    async fn running_processes(
        &self,
        silent_after: Duration,
    ) -> Result<Vec<RunningProcess>, StoreError> {
        self.call(async {
            let rows: Vec<ProcessRow> = sqlx::query_as(
                "SELECT id, role, queues, queues_down, faults, version, host, system_id, started_at,
                     seen_at
                 FROM processes WHERE seen_at > now() - make_interval(secs => $1)
                 ORDER BY started_at, id",
            )
            .bind(seconds(silent_after))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(ProcessRow::into_running).collect()
        })
        .await
    }
}
