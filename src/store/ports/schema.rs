//! The schema: migrations, and whether the database can be used.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{breaker::Breaker, store::StoreError};

/// The database as a whole.
#[async_trait]
pub trait Schema: Send + Sync + 'static {
    /// Applies missing migrations. Safe to call from several processes at once.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Checks that the database answers and has at least this version's schema.
    async fn check(&self) -> Result<(), StoreError>;

    /// Checks like [`check`](Self::check), and that the database accepts writes.
    async fn check_writes(&self) -> Result<(), StoreError> {
        self.check().await
    }

    /// Returns facts about the server that answers.
    async fn server(&self) -> Result<DatabaseServer, StoreError>;

    /// Returns the circuit breaker before the database, or `None` if the database is a local file,
    /// which can't be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }
}

/// Facts about a database and its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseServer {
    /// A name that no other ledger has, even one that was restored from a backup of this one.
    pub ledger: String,
    /// The server's clock.
    pub clock: DateTime<Utc>,
    /// Sentences about settings that break promises of this service.
    pub risky_settings: Vec<String>,
    /// Sentences about sessions of others that hold a lock for which this service waits.
    pub blocking_sessions: Vec<String>,
}
