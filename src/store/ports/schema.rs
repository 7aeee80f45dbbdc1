//! The schema: migrations, and whether the database can be used.

use async_trait::async_trait;

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

    /// Returns the circuit breaker before the database, or `None` if the database is a local file,
    /// which can't be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }
}
