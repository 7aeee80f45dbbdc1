//! Kept documents: where result documents and batch reports are stored, and which stored documents
//! no row points to.

use std::time::Duration;

use async_trait::async_trait;

use crate::store::StoreError;

/// Announcements of documents, for those that store them.
#[async_trait]
pub trait DocumentAnnouncements: Send + Sync + 'static {
    /// Announces documents that are about to be stored under these keys: they count as orphaned
    /// unless a row points to them within this time. Recording an outcome or a report ends the
    /// announcement of its keys.
    async fn announce_documents(&self, keys: &[String], within: Duration)
    -> Result<(), StoreError>;
}

/// The ledger's references to the document store.
#[async_trait]
pub trait KeptDocuments: Send + Sync + 'static {
    /// Returns keys of documents that no row has pointed to for at least this long.
    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;

    /// Removes these keys from the list of orphaned documents, after the documents were deleted.
    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError>;

    /// Returns the documents that rows point to, by key, after the key `after`.
    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError>;

    /// True if a row points to this document now.
    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError>;
}

/// The place where a document is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentLocation {
    /// The row itself.
    Inline(String),
    /// The document store, under this key.
    Key(String),
}

/// A document that a row points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDocument {
    /// Its key in the document store.
    pub key: String,
    /// The job or batch that it belongs to.
    pub owner: String,
}
