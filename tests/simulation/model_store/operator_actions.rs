//! Operator actions: the audit log of what operators did.

use std::{cmp::Reverse, time::Duration};

use async_trait::async_trait;
use matching::{
    domain::{operator_action::RecordedAction, paging::NewestFirst},
    store::{OperatorActions, StoreError},
};

use super::ModelStore;

#[async_trait]
impl OperatorActions for ModelStore {
    async fn operator_actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Vec<RecordedAction>, StoreError> {
        let mut actions = self.ledger().actions.clone();
        if let Some(after) = &page.after {
            actions.retain(|action| (action.at, &action.id) < (after.at, &after.id));
        }
        actions.sort_by_key(|action| Reverse((action.at, action.id.clone())));
        actions.truncate(page.limit as usize);
        Ok(actions)
    }

    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now - older_than;
        let before = ledger.actions.len();
        let mut left = limit;
        // Actions are in the order of their times.
        ledger.actions.retain(|action| {
            let goes = left > 0 && action.at <= until;
            left -= u32::from(goes);
            !goes
        });
        Ok((before - ledger.actions.len()) as u64)
    }
}
