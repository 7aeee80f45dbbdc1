//! The schema: migrations, and the check for them.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use sqlx::{Executor, SqliteExecutor, migrate::Migrator};
use tracing::instrument;

use super::SqliteStore;
use crate::{
    clock,
    store::{DatabaseServer, Schema, StoreError, migrations},
};

static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrations::of(sqlx_macros::migrate!("migrations/sqlite")));

/// The longest time that a check waits for its write, behind other processes.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

#[async_trait]
impl Schema for SqliteStore {
    #[instrument(name = "store.migrate", level = "debug", skip_all)]
    async fn migrate(&self) -> Result<(), StoreError> {
        // SQLite has no lock of its own for migrating; the one for writing serves.
        let mut transaction = self.begin().await?;
        let is_new: bool = sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')",
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !is_new {
            migrations::refuse_development(&applied(&mut *transaction).await?)?;
        }
        // `run` takes no connection inside an async trait (a lifetime it can't generalise over).
        MIGRATIONS
            .run_direct(None, &mut *transaction, false)
            .await?;
        Ok(transaction.commit().await?)
    }

    #[instrument(name = "store.check", level = "debug", skip_all)]
    async fn check(&self) -> Result<(), StoreError> {
        migrations::check(&MIGRATIONS, &applied(&self.readers).await?)
    }

    #[instrument(name = "store.check_writes", level = "debug", skip_all)]
    async fn check_writes(&self) -> Result<(), StoreError> {
        self.check().await?;
        // A writer that is in use is not waited for: its calls fail by themselves.
        let Some(mut writer) = self.writer.try_acquire() else {
            return Ok(());
        };
        // Writes a page and changes nothing, since no code uses this number.
        let writing = writer.execute("PRAGMA user_version = 0");
        match tokio::time::timeout(WRITE_LIMIT, writing).await {
            Ok(written) => Ok(written.map(drop)?),
            // Another process writes.
            Err(_) => Ok(()),
        }
    }

    #[instrument(name = "store.server", level = "debug", skip_all)]
    async fn server(&self) -> Result<DatabaseServer, StoreError> {
        let file: String =
            sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'")
                .fetch_one(&self.readers)
                .await?;
        Ok(DatabaseServer {
            ledger: format!("SQLite file {file}"),
            clock: clock::now(),
            risky_settings: vec![],
            blocking_sessions: Vec::new(),
        })
    }
}

/// Returns the versions that were applied.
async fn applied(executor: impl SqliteExecutor<'_>) -> Result<Vec<i64>, StoreError> {
    let versions = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success");
    Ok(versions.fetch_all(executor).await?)
}
