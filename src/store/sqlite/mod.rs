//! The SQLite adapter: one file, nothing to install; what runs when no database is configured.
//!
//! Each file implements the port of its name. SQLite lets one connection write at a time: there is
//! one writer, whose transactions take the lock when they begin, and several readers, which never
//! wait for it (write-ahead log). Other processes may use the file as well; they wait their turn.
//! Rows travel as JSON through `json_each`, so a chunk of 500 results is one statement.
//!
//! A statement that writes and returns rows outside a transaction is always read to its end: it
//! commits there, and only then may its effect be believed.

mod api_keys;
mod attempts;
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
mod stale;
mod submissions;
mod watching;

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    Connection, SqlitePool, SqliteTransaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{StoreError, rows::SweepPosition};

/// The number of connections that read at once; each is a thread.
const READERS: u32 = 4;

/// The store in a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    sweep_position: Arc<SweepPosition>,
}

impl SqliteStore {
    /// Opens the file, and creates it and its folder where they are missing. `busy_timeout` is how
    /// long a call waits for its turn to write, behind calls of this process and of others.
    ///
    /// # Errors
    /// If the folder or file can't be created, or the file is no database.
    pub async fn open(path: &Path, busy_timeout: Duration) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(sqlx::Error::Io)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Committed submissions survive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().acquire_timeout(busy_timeout);
        let writer = pool
            .clone()
            .max_connections(1)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // A statement that fills the disk ends its transaction by itself. The library
                    // then fails to roll it back, and would take the connection to be in a
                    // transaction for ever. The ping waits for that attempt.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        let readers = pool
            .max_connections(READERS)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self {
            writer,
            readers,
            sweep_position: Arc::default(),
        })
    }

    /// Returns the writer, for tests that read or change rows.
    pub fn pool(&self) -> &SqlitePool {
        &self.writer
    }

    /// Begins a transaction that may write, and waits for the lock first: a transaction that began
    /// as a reader could not always become a writer later.
    async fn begin(&self) -> Result<SqliteTransaction<'static>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Returns milliseconds, the unit of all times of the schema.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Mutex, PoisonError},
    };

    use sqlx::AssertSqlSafe;
    use tracing::{Level, subscriber};
    use tracing_subscriber::fmt::format::FmtSpan;

    use super::*;
    use crate::{
        domain::identifiers::ProfileId,
        store::{Profiles, Schema},
    };
    use matching_engine::profiles::profile_kind::ProfileKind;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_span_of_a_call_holds_ids_and_no_personal_data() {
        let log = Log::default();
        let writer = log.clone();
        let to_log = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_span_events(FmtSpan::NEW)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = subscriber::set_default(to_log);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("matching.db");
        let store = SqliteStore::open(&file, Duration::from_mins(1))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let id = ProfileId::try_from(7).unwrap();
        let profiles = [(id, r#"{"title":"personal"}"#.to_owned())];
        let kind = ProfileKind::Candidate;
        store.put_profiles(kind, &profiles).await.unwrap();
        // Another test, whose subscriber takes nothing, may have been the first to reach the span.
        tracing::callsite::rebuild_interest_cache();
        store.put_profiles(kind, &profiles).await.unwrap();
        store.profile(kind, id).await.unwrap();
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let span = r#"store.profile{profile.kind="candidate" profile.id=7}: "#;
        assert!(log.contains(span), "{log}");
        assert!(log.contains("store.put_profiles{profile.kind="), "{log}");
        assert!(!log.contains("personal"), "{log}");
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_does_not_keep_the_writer_from_later_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("matching.db");
        let store = SqliteStore::open(&file, Duration::from_mins(1))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        // Behind the library's back, as SQLite does when the disk is full.
        let ended = sqlx::query("ROLLBACK").execute(&mut *transaction).await;
        ended.unwrap();
        drop(transaction);
        let id = ProfileId::try_from(7).unwrap();
        let profiles = [(id, "{}".to_owned())];
        let kind = ProfileKind::Candidate;
        store.put_profiles(kind, &profiles).await.unwrap();
        store.check_writes().await.unwrap();
    }

    #[tokio::test]
    async fn a_full_file_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("matching.db");
        let store = SqliteStore::open(&file, Duration::from_mins(1))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let limit = |pages| AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(limit(1)).execute(store.pool()).await.unwrap();
        let id = ProfileId::try_from(7).unwrap();
        let profiles = [(id, format!(r#"{{"title":"{}"}}"#, "x".repeat(100_000)))];
        let kind = ProfileKind::Candidate;
        let refused = store.put_profiles(kind, &profiles).await.unwrap_err();
        assert!(refused.is_retryable(), "{refused:?}");
        let space = sqlx::query(limit(1_000_000)).execute(store.pool());
        space.await.unwrap();
        store.put_profiles(kind, &profiles).await.unwrap();
    }
}
