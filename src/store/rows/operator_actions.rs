//! Rows of operator actions.

use sqlx_macros::FromRow;

use super::{StoredTime, read};
use crate::{
    domain::operator_action::{OperatorActionKind, RecordedAction},
    store::StoreError,
};

/// An operator's action.
#[derive(FromRow)]
pub(in crate::store) struct RecordedActionRow {
    id: String,
    at: StoredTime,
    actor: String,
    action: String,
    target: String,
    tasks: i64,
}

impl RecordedActionRow {
    pub(in crate::store) fn into_recorded(self) -> Result<RecordedAction, StoreError> {
        let target = |target: &str| serde_json::from_str(target).ok();
        Ok(RecordedAction {
            id: self.id,
            at: self.at.time(),
            actor: self.actor,
            kind: read(
                "operator_actions.action",
                &self.action,
                OperatorActionKind::parse,
            )?,
            target: read("operator_actions.target", &self.target, target)?,
            tasks: self.tasks,
        })
    }
}
