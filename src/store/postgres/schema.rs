//! The schema: migrations, and the check for them.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgExecutor,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
};
use tracing::instrument;

use super::{PostgresStore, seconds, sessions::Sessions};
use crate::{
    breaker::Breaker,
    store::{DatabaseServer, Schema, StoreError, migrations},
};

static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrations::of(sqlx_macros::migrate!("migrations/postgres")));

/// The time for which a statement may wait for a lock of another application without a warning.
const TOLERATED_WAIT: Duration = Duration::from_secs(2);

/// The first half of the advisory lock's two keys; the second is a hash of the schema's name.
const MIGRATION_LOCK: i32 = 0x6d_61_74_6d;

#[async_trait]
impl Schema for PostgresStore {
    #[instrument(name = "store.migrate", level = "debug", skip_all)]
    async fn migrate(&self) -> Result<(), StoreError> {
        let sessions = &self.sessions;
        let limit = self.pool.options().get_acquire_timeout();
        // The message level hides the notice that the table of applied migrations exists.
        let session = format!(
            "{}; SET client_min_messages = warning",
            sessions.search_path()
        );
        // Without a limit: a migration may rewrite a large table, or wait for another process's.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(limit)
            .after_connect(move |connection, _| {
                let session = AssertSqlSafe(session.clone());
                Box::pin(async move {
                    connection.execute(session).await?;
                    Ok(())
                })
            })
            .connect_lazy_with((*self.pool.connect_options()).clone());
        let migrating = async {
            let probing = tokio::time::timeout(limit, sessions.probe());
            probing
                .await
                .unwrap_or(Err(StoreError::TimedOut { limit }))?;
            let mut connection = pool.acquire().await?;
            migrate(&mut connection, sessions).await
        };
        let began = Instant::now();
        let migrating = async {
            match Box::pin(migrating).await {
                Ok(()) => Ok(()),
                Err(error) => Err(self.connections.judge(error, began).await),
            }
        };
        let outcome = self.breaker.call(StoreError::is_outage, migrating).await;
        pool.close().await;
        outcome
    }

    #[instrument(name = "store.check", level = "debug", skip_all)]
    async fn check(&self) -> Result<(), StoreError> {
        let applied = self.call(async {
            self.sessions.probe().await?;
            applied(&self.pool).await
        });
        migrations::check(&MIGRATIONS, &applied.await?)
    }

    #[instrument(name = "store.check_writes", level = "debug", skip_all)]
    async fn check_writes(&self) -> Result<(), StoreError> {
        self.check().await?;
        self.call(async {
            let setting = sqlx::query_scalar("SHOW transaction_read_only");
            let setting: String = setting.fetch_one(&self.work_pool).await?;
            if setting == "on" {
                return Err(self.connections.read_only());
            }
            Ok(())
        })
        .await?;
        self.connections.recent_refusal().map_or(Ok(()), Err)
    }

    #[instrument(name = "store.server", level = "debug", skip_all)]
    async fn server(&self) -> Result<DatabaseServer, StoreError> {
        self.call(async {
            // The system's identifier survives a failover; the database's object id and the schema
            // tell apart ledgers of one server.
            let (ledger, clock, settings): (String, DateTime<Utc>, Vec<String>) = sqlx::query_as(
                "SELECT format('database %s, schema %s (system %s, object %s)', datname,
                         current_schema(), system_identifier, pg_database.oid),
                     clock_timestamp(),
                     ARRAY(SELECT name FROM pg_settings WHERE setting = 'off'
                         AND name IN ('fsync', 'full_page_writes', 'synchronous_commit')
                         ORDER BY name)
                 FROM pg_database, pg_control_system() WHERE datname = current_database()",
            )
            .fetch_one(&self.pool)
            .await?;
            // Other users' sessions have their number, user and application, but no query, unless
            // this role may read all statistics.
            let blocking: Vec<(i32, String, String)> = sqlx::query_as(
                "SELECT DISTINCT holder.pid, coalesce(holder.usename, 'unknown'),
                     coalesce(nullif(holder.application_name, ''), 'no application name')
                 FROM pg_stat_activity AS waiting
                 CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS held (pid)
                 JOIN pg_stat_activity AS holder ON holder.pid = held.pid
                 WHERE waiting.datname = current_database() AND waiting.usename = current_user
                     AND waiting.application_name = current_setting('application_name')
                     AND waiting.wait_event_type = 'Lock'
                     AND waiting.query_start < now() - make_interval(secs => $1)
                     AND holder.application_name <> current_setting('application_name')
                 ORDER BY holder.pid LIMIT 3",
            )
            .bind(seconds(TOLERATED_WAIT))
            .fetch_all(&self.pool)
            .await?;
            Ok(DatabaseServer {
                ledger,
                clock,
                risky_settings: settings.iter().map(|name| risk_of(name)).collect(),
                blocking_sessions: blocking.into_iter().map(describe_blocking).collect(),
            })
        })
        .await
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }
}

/// Describes a session that holds a lock: its number, its user and its application. No duration,
/// since a warning is logged whenever its text changes.
fn describe_blocking((pid, user, application): (i32, String, String)) -> String {
    format!(
        "session {pid} of PostgreSQL (user {user}, {application}) holds a lock for which this service \
         waits; see it in pg_stat_activity; `SELECT pg_terminate_backend({pid})` ends it"
    )
}

/// Says what a setting that is off may cost.
fn risk_of(setting: &str) -> String {
    let loss = if setting == "synchronous_commit" {
        "a crash of PostgreSQL loses requests that were accepted shortly before"
    } else {
        "a crash of its machine may damage the database, with all accepted work"
    };
    format!("PostgreSQL runs with {setting} = off: {loss}; set it to on")
}

/// Brings the schema up to date. Everything up to the first migration without a transaction is one
/// transaction, the schema itself included, so that a failure leaves nothing behind.
async fn migrate(connection: &mut PgConnection, sessions: &Sessions) -> Result<(), StoreError> {
    refuse_encoding(connection).await?;
    let schema = sessions.schema();
    // A lock of the session, because migrations without a transaction need it as well. It ends with
    // the connection, which the caller closes, also on failure.
    sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))")
        .bind(MIGRATION_LOCK)
        .bind(schema)
        .execute(&mut *connection)
        .await?;
    let mut transaction = connection.begin().await?;
    if !is_migrated(&mut transaction, sessions).await? {
        refuse_development_tables(&mut transaction).await?;
        // `IF NOT EXISTS` would ask for the right to create schemas even if it exists.
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
                .bind(schema)
                .fetch_one(&mut *transaction)
                .await?;
        if !exists {
            let create = AssertSqlSafe(format!("CREATE SCHEMA {}", sessions.quoted_schema()));
            transaction.execute(create).await.map_err(refused)?;
        }
    }
    let in_transaction = MIGRATIONS.iter().take_while(|migration| !migration.no_tx);
    let last = in_transaction.last().map_or(0, |one| one.version);
    // `run` takes no connection inside an async trait (a lifetime it can't generalise over).
    MIGRATIONS
        .run_direct(Some(last), &mut *transaction, false)
        .await?;
    transaction.commit().await?;
    Ok(MIGRATIONS.run_direct(None, connection, false).await?)
}

/// Refuses a database that can't store all of Unicode. `SQL_ASCII` can: it keeps bytes as they are.
async fn refuse_encoding(connection: &mut PgConnection) -> Result<(), StoreError> {
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(connection)
        .await?;
    if ["UTF8", "SQL_ASCII"].contains(&encoding.as_str()) {
        return Ok(());
    }
    Err(StoreError::Encoding { encoding })
}

/// Returns true if the schema holds this service's tables, and false if it is empty or missing.
///
/// # Errors
/// If it holds anything else.
async fn is_migrated(
    transaction: &mut PgConnection,
    sessions: &Sessions,
) -> Result<bool, StoreError> {
    let (has_table, has_objects): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_class
                        WHERE relnamespace = schema.oid AND relname = '_sqlx_migrations'),
             EXISTS (SELECT FROM pg_class WHERE relnamespace = schema.oid)
         FROM (SELECT (SELECT oid FROM pg_namespace WHERE nspname = $1) AS oid) AS schema",
    )
    .bind(sessions.schema())
    .fetch_one(&mut *transaction)
    .await?;
    if has_table {
        let applied = match applied(&mut *transaction).await {
            // The table has other columns.
            Err(StoreError::SchemaOutdated) => vec![],
            applied => applied?,
        };
        migrations::refuse_development(&applied)?;
        let first = MIGRATIONS.iter().next().map(|migration| migration.version);
        if first.is_some_and(|first| applied.contains(&first)) {
            return Ok(true);
        }
    }
    if has_objects {
        let schema = sessions.schema().to_owned();
        return Err(StoreError::ForeignSchema { schema });
    }
    Ok(false)
}

/// Refuses a database whose schema `public` holds the tables of a development version. A table of
/// the same name may be the platform's, of any shape and with any rights, so a refused query means
/// that there are none.
async fn refuse_development_tables(transaction: &mut PgConnection) -> Result<(), StoreError> {
    let exists: bool =
        sqlx::query_scalar("SELECT to_regclass('public._sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut *transaction)
            .await?;
    if !exists {
        return Ok(());
    }
    let mut attempt = transaction.begin().await?;
    let found: Result<bool, _> = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM public._sqlx_migrations
                        WHERE version = $1 AND description = 'profiles')",
    )
    .bind(migrations::FIRST_OF_DEVELOPMENT)
    .fetch_one(&mut *attempt)
    .await;
    attempt.rollback().await?;
    match found {
        Ok(true) => Err(StoreError::DevelopmentSchema),
        Ok(false) | Err(sqlx::Error::Database(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns the versions that were applied.
async fn applied(executor: impl PgExecutor<'_>) -> Result<Vec<i64>, StoreError> {
    let versions = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success");
    Ok(versions.fetch_all(executor).await?)
}

/// Reports a refused statement as a failed migration.
fn refused(error: sqlx::Error) -> StoreError {
    MigrateError::Execute(error).into()
}
