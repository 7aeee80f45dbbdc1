//! The error of the store.

use std::{sync::Arc, time::Duration};

use sqlx::error::DatabaseError;

use super::error_codes;
use crate::{
    breaker::Paused,
    outage::{Remedy, with_causes},
};

/// An error of the database. If a statement was coalesced, each of its callers gets it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or answers too late; the same call may succeed later.
    #[error("the database is unavailable")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// No connection can be made, or it was lost; the same call may succeed later.
    #[error("the database at {server} can't be reached")]
    Unreachable {
        /// Host and port.
        server: Arc<str>,
        /// The error, with the server's words if it answered.
        source: Arc<sqlx::Error>,
    },
    /// The server accepts no writes.
    #[error("the database at {server} is read-only: a standby, or a server that was demoted")]
    ReadOnly {
        /// Host and port.
        server: Arc<str>,
    },
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
    /// The database can't store all characters.
    #[error(
        "the database has the encoding {encoding}, which can't store every character of profiles and \
         results: use a database made with ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// The encoding's name.
        encoding: String,
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
            | Self::Unreachable { .. }
            | Self::ReadOnly { .. }
            | Self::Paused(_)
            | Self::TimedOut { .. }
            | Self::SchemaOutdated => true,
            Self::Unexpected(_)
            | Self::UnknownValue { .. }
            | Self::Migration(_)
            | Self::DevelopmentSchema
            | Self::ForeignSchema { .. }
            | Self::Encoding { .. }
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
            Self::Unavailable(error) | Self::Unreachable { source: error, .. } => {
                error.as_database_error().is_none_or(|error| {
                    error_codes::remedy(error) == Some(Remedy::Reconnect)
                        || matches!(error.code().as_deref(), Some("53300" | "57P03"))
                })
            }
            Self::ReadOnly { .. } | Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// Returns the error with its causes, for the ledger: an answer of PostgreSQL by its code. Its
    /// text is quoted too, except for errors of values and constraints, which may quote data.
    pub fn public_cause(&self) -> String {
        let Some((answer, code)) = self
            .answer()
            .and_then(|error| Some((error, error_codes::sqlstate(error)?)))
        else {
            return with_causes(self);
        };
        let may_quote_data = ["22", "23"].iter().any(|class| code.starts_with(class));
        if may_quote_data {
            return format!("SQLSTATE {code}");
        }
        format!("SQLSTATE {code}, {}", answer.message())
    }

    /// Returns the error that the database answered with.
    fn answer(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Unavailable(error)
            | Self::Unexpected(error)
            | Self::Unreachable { source: error, .. } => error.as_database_error(),
            _ => None,
        }
    }

    /// True if connections as old as that of the failed call should not be used again: they lead to
    /// a server that was demoted, or to sessions that a pooler mixes.
    pub(super) fn discredits_connections(&self) -> bool {
        matches!(self, Self::ReadOnly { .. })
            || self.answer().is_some_and(|error| {
                error_codes::remedy(error) == Some(Remedy::Reconnect)
                    && !error_codes::ended_connection(error)
            })
    }

    /// True if the database refuses writes because its disk is full.
    pub fn lacks_space(&self) -> bool {
        self.answer().is_some_and(error_codes::means_full_disk)
    }

    /// True if the database works for nobody until an operator acts, such as with a full disk.
    pub(super) fn needs_operator(&self) -> bool {
        self.answer()
            .is_some_and(|error| error_codes::remedy(error) == Some(Remedy::Operator))
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
            sqlx::Error::Database(error) => error_codes::remedy(&**error).is_some(),
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
                // Missing rights don't come by waiting for a migration.
                Self::Unavailable(error) if is_missing_permission(&error) => Self::Migration(error),
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

fn is_missing_permission(error: &sqlx::Error) -> bool {
    let answer = error.as_database_error();
    answer.is_some_and(|error| error.code().as_deref() == Some("42501"))
}
