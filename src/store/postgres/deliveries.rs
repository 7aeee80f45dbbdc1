//! Webhook deliveries: taken by a sender, then recorded as received, to be repeated, or given up.

use std::time::Duration;

use sqlx::PgPool;

use super::seconds;
use crate::{
    domain::{delivery::DueDelivery, identifiers::DeliveryId},
    store::{
        DeliveryOutcome, DeliveryView, StoreError,
        outcome::DeliveryColumns,
        rows::{DeliveryRow, DueDeliveryRow},
    },
};

pub(super) async fn claim(
    pool: &PgPool,
    limit: u32,
    lease: Duration,
    except: &[String],
) -> Result<Vec<DueDelivery>, StoreError> {
    // The lease is the next attempt's time: a sender that dies leaves the delivery due again.
    let rows: Vec<DueDeliveryRow> = sqlx::query_as(
        "WITH due AS (
             SELECT id FROM webhook_deliveries
             WHERE state = 'pending' AND next_attempt_at <= now()
                 AND NOT EXISTS (SELECT 1 FROM unnest($3::text[]) AS busy (receiver)
                     WHERE starts_with(url, busy.receiver))
             ORDER BY next_attempt_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
         )
         UPDATE webhook_deliveries AS delivery SET attempts = attempts + 1,
             next_attempt_at = now() + make_interval(secs => $2)
         FROM due WHERE delivery.id = due.id
         RETURNING delivery.id, url, body, attempts",
    )
    .bind(i64::from(limit))
    .bind(seconds(lease))
    .bind(except)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(DueDelivery::from).collect())
}

pub(super) async fn record(
    pool: &PgPool,
    id: &DeliveryId,
    outcome: &DeliveryOutcome,
) -> Result<(), StoreError> {
    let columns = DeliveryColumns::of(outcome);
    sqlx::query(
        "UPDATE webhook_deliveries SET state = $2, last_status = $3, last_error = $4,
             next_attempt_at = now() + make_interval(secs => $5), attempts = attempts - $6,
             finished_at = CASE WHEN $2 <> 'pending' THEN now() END
         WHERE id = $1 AND state = 'pending'",
    )
    .bind(id.as_str())
    .bind(columns.state.as_str())
    .bind(columns.last_status)
    .bind(columns.last_error)
    .bind(seconds(columns.pause))
    .bind(columns.given_back)
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn of_job(pool: &PgPool, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
    let rows: Vec<DeliveryRow> = sqlx::query_as(
        "SELECT id, event_type, state, attempts, last_status, last_error FROM webhook_deliveries
         WHERE job_id = $1 ORDER BY created_at, id",
    )
    .bind(job_id)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(DeliveryView::from).collect())
}
