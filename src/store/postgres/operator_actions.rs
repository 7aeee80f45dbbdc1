//! Operator actions: the audit log of what operators did.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgPool, PgTransaction};
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::{
    domain::{
        operator_action::{OperatorAction, RecordedAction},
        paging::NewestFirst,
    },
    store::{OperatorActions, StoreError, rows::RecordedActionRow},
};

#[async_trait]
impl OperatorActions for PostgresStore {
    #[instrument(name = "store.operator_actions", level = "debug", skip_all)]
    async fn operator_actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Vec<RecordedAction>, StoreError> {
        self.call(async {
            let after = page.after.as_ref();
            let rows: Vec<RecordedActionRow> = sqlx::query_as(
                "SELECT id, at, actor, action, target, tasks FROM operator_actions
                 WHERE $1 IS NULL OR (at, id) < ($1, $2)
                 ORDER BY at DESC, id DESC LIMIT $3",
            )
            .bind(after.map(|cursor| cursor.at))
            .bind(after.map(|cursor| cursor.id.as_str()))
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter()
                .map(RecordedActionRow::into_recorded)
                .collect()
        })
        .await
    }

    #[instrument(name = "store.forget_operator_actions", level = "debug", skip_all)]
    async fn forget_operator_actions(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.call(async {
            let forgotten = sqlx::query(
                "DELETE FROM operator_actions WHERE id IN (
                     SELECT id FROM operator_actions
                     WHERE at <= now() - make_interval(secs => $1) ORDER BY at LIMIT $2)",
            )
            .bind(seconds(older_than))
            .bind(i64::from(limit))
            .execute(&self.pool)
            .await?;
            Ok(forgotten.rows_affected())
        })
        .await
    }
}

/// Records one step of an action, in the transaction that carries it out. A step that changed
/// nothing is not recorded.
pub(super) async fn record(
    transaction: &mut PgTransaction<'_>,
    action: &OperatorAction,
    tasks: usize,
) -> Result<(), StoreError> {
    if tasks == 0 {
        return Ok(());
    }
    insert(transaction, action, tasks).await
}

/// Records an action, also one that changed no task, or adds a step to its record.
pub(super) async fn insert(
    transaction: &mut PgTransaction<'_>,
    action: &OperatorAction,
    tasks: usize,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO operator_actions (id, actor, action, target, tasks)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET tasks = operator_actions.tasks + excluded.tasks",
    )
    .bind(&action.id)
    .bind(&action.actor)
    .bind(action.kind.as_str())
    .bind(action.target.to_string())
    .bind(i64::try_from(tasks).unwrap_or(i64::MAX))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) async fn find(pool: &PgPool, id: &str) -> Result<Option<RecordedActionRow>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT id, at, actor, action, target, tasks FROM operator_actions WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(pool)
    .await?)
}
