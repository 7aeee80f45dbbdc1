//! The schema, of which a model has none.

use async_trait::async_trait;
use matching::store::{DatabaseServer, Schema, StoreError};

use super::ModelStore;

#[async_trait]
impl Schema for ModelStore {
    async fn migrate(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn server(&self) -> Result<DatabaseServer, StoreError> {
        Ok(DatabaseServer {
            ledger: "model".to_owned(),
            clock: self.ledger().now,
            risky_settings: vec![],
            blocking_sessions: Vec::new(),
        })
    }
}
