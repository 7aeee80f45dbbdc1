//! Retention: deletes ended work, in small steps.

use std::time::Duration;

use async_trait::async_trait;

use crate::store::StoreError;

/// The retention of ended work.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// Deletes at most `limit` rows of each kind that ended at least this long ago: completed and
    /// cancelled single matches, batches without dead letters, their keys, deliveries, and reports
    /// about outside work that no task waits for. Results are kept.
    async fn forget_ended(&self, older_than: Duration, limit: u32)
    -> Result<Forgotten, StoreError>;
}

/// Counts of deleted rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Single matches and batches.
    pub submissions: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Reports about outside work.
    pub dependency_reports: u64,
}

impl Forgotten {
    /// True if nothing was deleted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
