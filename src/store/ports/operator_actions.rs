//! Operator actions: the audit log of what operators did.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{operator_action::RecordedAction, paging::NewestFirst},
    store::StoreError,
};

/// The audit log of operator actions. Each action is recorded by the transaction that carries it
/// out.
#[async_trait]
pub trait OperatorActions: Send + Sync + 'static {
    /// Returns a page of actions, newest first.
    async fn operator_actions(&self, page: &NewestFirst)
    -> Result<Vec<RecordedAction>, StoreError>;

    /// Deletes at most `limit` actions that are at least this old; returns the number of deleted
    /// actions.
    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;
}

/// The outcome of one step of an action on many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStep<Cursor> {
    /// The number of changed rows.
    pub changed: u64,
    /// The position at which the next step continues; `None` after the last step.
    pub next: Option<Cursor>,
}

impl<Cursor> ActionStep<Cursor> {
    /// Returns the outcome of a step that changed these rows, of which it takes at most `limit`.
    pub fn of<Row>(changed: &[Row], limit: u32, cursor: impl FnOnce(&Row) -> Cursor) -> Self {
        let last = changed.last().filter(|_| changed.len() >= limit as usize);
        Self {
            changed: changed.len() as u64,
            next: last.map(cursor),
        }
    }
}
