//! The error of the store.

use std::{sync::Arc, time::Duration};

use sqlx::error::DatabaseError;

use crate::breaker::Paused;

/// An error of the database. If a statement was coalesced, each of its callers gets it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or answers too late; the same call may succeed later.
    #[error("the database is unavailable")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// The circuit breaker refuses calls, because the database was away shortly before.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// The database did not answer in time; whether the call took effect is unknown.
    #[error("the database did not answer within {} s", limit.as_secs_f64())]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
    /// The database returned something that this version does not expect: a bug, or a foreign
    /// schema.
    #[error("the database refused a statement or returned an unexpected answer")]
    Unexpected(#[source] Arc<sqlx::Error>),
    /// A stored value has no meaning in this version.
    #[error("the database holds an unknown value in {column}: {value}")]
    UnknownValue {
        /// The column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// Migrations failed, or the schema is another version's.
    #[error("the schema could not be brought up to date")]
    Migration(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The schema lacks this version's migrations.
    #[error("the schema is not up to date; run `matching migrate`")]
    SchemaOutdated,
    /// The tables were created by a version from before the first release.
    #[error(
        "the database holds tables of a development version from before the first release, which \
         can't be updated: use an empty database, or drop those tables and `_sqlx_migrations`"
    )]
    DevelopmentSchema,
    /// The configured schema belongs to another application.
    #[error(
        "the schema {schema} holds objects that this service did not create: set database.schema \
         to a name that nothing else uses"
    )]
    ForeignSchema {
        /// The schema's name.
        schema: String,
    },
    /// A pooler shares sessions between clients.
    #[error(
        "database.url leads to a pooler that changes the session between statements (PgBouncer's \
         pool_mode transaction or statement), so settings of a session would reach other clients: \
         connect to PostgreSQL directly, or set pool_mode = session for this database"
    )]
    SharedSessions,
}

impl StoreError {
    /// True if the same call may succeed later: the database comes back, or another process applies
    /// the missing migrations.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::Paused(_)
            | Self::TimedOut { .. }
            | Self::SchemaOutdated => true,
            Self::Unexpected(_)
            | Self::UnknownValue { .. }
            | Self::Migration(_)
            | Self::DevelopmentSchema
            | Self::ForeignSchema { .. }
            | Self::SharedSessions => false,
        }
    }

    /// Returns how long the breaker refuses calls, if that is the error.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Paused(paused) => Some(paused.retry_after),
            _ => None,
        }
    }

    /// True if the error means that the database is unavailable. A database that refuses a call, is
    /// out of space or rolls a transaction back is not.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(error) => match error.as_database_error() {
                Some(error) => error.code().is_some_and(|code| is_away(&code)),
                None => true,
            },
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(lacks_schema) {
            return Self::SchemaOutdated;
        }
        let unavailable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing(&code)),
            _ => false,
        };
        if unavailable {
            Self::Unavailable(Arc::new(error))
        } else {
            Self::Unexpected(Arc::new(error))
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => match Self::from(error) {
                Self::Unexpected(error) => Self::Migration(error),
                other => other,
            },
            other => Self::Migration(Arc::new(other)),
        }
    }
}

/// Checks for PostgreSQL's codes of an undefined table and column. SQLite has one code for all
/// errors of a statement, so its message is read.
fn lacks_schema(error: &dyn DatabaseError) -> bool {
    match error.code().as_deref() {
        Some("42P01" | "42703") => true,
        Some("1") => ["no such table", "no such column", "has no column named"]
            .iter()
            .any(|words| error.message().contains(words)),
        _ => false,
    }
}

/// True for those of the transient codes below that mean that the server takes no calls: class 08
/// (connection), 53300 (too many connections), 57P01 to 57P03 (shutting down, crashed, starting).
fn is_away(code: &str) -> bool {
    code.starts_with("08") || code == "53300" || code.starts_with("57P0")
}

/// PostgreSQL's classes 08 (connection), 40 (rolled back, such as a deadlock), 53 (resources, such
/// as a full disk), 55 (object in use), 57 (operator intervention, such as a shutdown), 28 (a
/// password that is being changed: nothing could even be recorded as failed), 25006 (a read-only
/// standby after a failover), 3D000 (a database that is not there yet); SQLite's 5 (busy), 6
/// (locked), 13 (full) and their extended forms.
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        // 57014 ends a statement that took too long, and would again.
        return matches!(code, "25006" | "3D000")
            || code != "57014"
                && ["08", "28", "40", "53", "55", "57"]
                    .iter()
                    .any(|class| code.starts_with(class));
    }
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_and_a_missing_database_are_waited_for() {
        for code in ["28P01", "28000", "3D000", "25006", "57P01", "5", "517"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["57014", "22008", "42601", "19"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
