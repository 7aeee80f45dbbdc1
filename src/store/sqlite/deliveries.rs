//! Webhook deliveries: taken by a sender, then recorded as received, to be repeated, or given up.

use std::time::Duration;

use sqlx::types::Json;

use super::{SqliteStore, milliseconds};
use crate::{
    domain::{delivery::DueDelivery, identifiers::DeliveryId},
    store::{
        DeliveryOutcome, DeliveryView, StoreError,
        outcome::DeliveryColumns,
        rows::{DeliveryRow, DueDeliveryRow},
    },
};

pub(super) async fn claim(
    store: &SqliteStore,
    limit: u32,
    lease: Duration,
    except: &[String],
) -> Result<Vec<DueDelivery>, StoreError> {
    // The common case, nothing due, does not take the writer.
    let any_due: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM webhook_deliveries
             WHERE state = 'pending' AND next_attempt_at <= (SELECT now FROM clock))",
    )
    .fetch_one(&store.readers)
    .await?;
    if !any_due {
        return Ok(vec![]);
    }
    // The lease is the next attempt's time: a sender that dies leaves the delivery due again.
    let rows: Vec<DueDeliveryRow> = sqlx::query_as(
        "UPDATE webhook_deliveries SET attempts = attempts + 1,
             next_attempt_at = (SELECT now FROM clock) + ?2
         WHERE id IN (
             SELECT id FROM webhook_deliveries
             WHERE state = 'pending' AND next_attempt_at <= (SELECT now FROM clock)
                 AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS busy
                     WHERE substr(url, 1, length(busy.value)) = busy.value)
             ORDER BY next_attempt_at, id LIMIT ?1)
         RETURNING id, url, body, attempts",
    )
    .bind(limit)
    .bind(milliseconds(lease))
    .bind(Json(except))
    .fetch_all(&store.writer)
    .await?;
    Ok(rows.into_iter().map(DueDelivery::from).collect())
}

pub(super) async fn record(
    store: &SqliteStore,
    id: &DeliveryId,
    outcome: &DeliveryOutcome,
) -> Result<(), StoreError> {
    let columns = DeliveryColumns::of(outcome);
    sqlx::query(
        "UPDATE webhook_deliveries SET state = ?2, last_status = ?3, last_error = ?4,
             next_attempt_at = (SELECT now FROM clock) + ?5, attempts = attempts - ?6,
             finished_at = CASE WHEN ?2 <> 'pending' THEN (SELECT now FROM clock) END
         WHERE id = ?1 AND state = 'pending'",
    )
    .bind(id.as_str())
    .bind(columns.state.as_str())
    .bind(columns.last_status)
    .bind(columns.last_error)
    .bind(milliseconds(columns.pause))
    .bind(columns.given_back)
    .execute(&store.writer)
    .await?;
    Ok(())
}

pub(super) async fn of_job(
    store: &SqliteStore,
    job_id: &str,
) -> Result<Vec<DeliveryView>, StoreError> {
    let rows: Vec<DeliveryRow> = sqlx::query_as(
        "SELECT id, event_type, state, attempts, last_status, last_error FROM webhook_deliveries
         WHERE job_id = ?1 ORDER BY created_at, id",
    )
    .bind(job_id)
    .fetch_all(&store.readers)
    .await?;
    Ok(rows.into_iter().map(DeliveryView::from).collect())
}
