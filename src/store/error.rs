//! The store's one error.

use sqlx::error::DatabaseError;

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer, or too late; the same call may succeed later.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// It answered with something this version does not expect; a bug or a foreign schema.
    #[error("the database refused or garbled a statement")]
    Unexpected(#[source] sqlx::Error),
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
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The schema lacks this version's migrations.
    #[error("the schema is not up to date; run `matching migrate`")]
    SchemaOutdated,
}

impl StoreError {
    /// Whether the same call may succeed later without a change to it: the database comes back, or
    /// the migrations that another process is about to apply arrive.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::SchemaOutdated)
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
            Self::Unavailable(error)
        } else {
            Self::Unexpected(error)
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => match Self::from(error) {
                Self::Unexpected(error) => {
                    Self::Migration(sqlx::migrate::MigrateError::Execute(error))
                }
                other => other,
            },
            other => Self::Migration(other),
        }
    }
}

/// PostgreSQL's undefined table and column; SQLite has only words for them.
fn lacks_schema(error: &dyn DatabaseError) -> bool {
    match error.code().as_deref() {
        Some("42P01" | "42703") => true,
        Some("1") => ["no such table", "no such column", "has no column named"]
            .iter()
            .any(|words| error.message().contains(words)),
        _ => false,
    }
}

/// PostgreSQL's classes 08 (connection), 40 (rolled back, such as a deadlock), 53 (resources, such
/// as a full disk), 55 (object in use), 57 (operator intervention, such as a shutdown), 25006 (a
/// read-only standby after a failover); SQLite's 5 (busy), 6 (locked), 13 (full) and their extended
/// forms.
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        // 57014 ends a statement that took too long, and would again.
        return code == "25006"
            || code != "57014"
                && ["08", "40", "53", "55", "57"]
                    .iter()
                    .any(|class| code.starts_with(class));
    }
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13))
}
