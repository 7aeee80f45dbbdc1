//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::{
    domain::{delivery::DueDelivery, identifiers::DeliveryId},
    store::{
        Deliveries, DeliveryOutcome, DeliveryView, PostponedDeliveries, StoreError,
        rows::{DeliveryColumns, DeliveryRow, DueDeliveryRow, POSTPONED_AT_ONCE},
    },
};

#[async_trait]
impl Deliveries for SqliteStore {
    #[instrument(name = "store.claim_deliveries", level = "debug", skip_all)]
    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError> {
        // Reads without the writer, since often nothing is due. Each receiver is found by one index
        // look-up, so that the backlog of a skipped receiver is not scanned.
        let due: Vec<String> = sqlx::query_scalar(
            "WITH RECURSIVE known (receiver) AS (
                 SELECT min(receiver) FROM webhook_deliveries WHERE state = 'pending'
                 UNION ALL
                 SELECT (SELECT min(receiver) FROM webhook_deliveries
                         WHERE state = 'pending' AND receiver > known.receiver)
                 FROM known WHERE receiver IS NOT NULL
             )
             SELECT id FROM known CROSS JOIN webhook_deliveries AS delivery
             WHERE known.receiver NOT IN (SELECT value FROM json_each(?2)) AND delivery.id IN (
                 SELECT id FROM webhook_deliveries
                 WHERE state = 'pending' AND receiver = known.receiver
                     AND next_attempt_at <= (SELECT now FROM clock)
                 ORDER BY next_attempt_at, id LIMIT ?1)
             ORDER BY next_attempt_at, id LIMIT ?1",
        )
        .bind(limit)
        .bind(Json(except))
        .fetch_all(&self.readers)
        .await?;
        if due.is_empty() {
            return Ok(vec![]);
        }
        // The lease is the time of the next attempt: if the sender dies, the delivery is due again.
        let rows: Vec<DueDeliveryRow> = sqlx::query_as(
            "UPDATE webhook_deliveries SET attempts = attempts + 1,
                 next_attempt_at = (SELECT now FROM clock) + ?2
             WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'pending'
                 AND next_attempt_at <= (SELECT now FROM clock)
             RETURNING id, url, receiver, body, attempts",
        )
        .bind(Json(due))
        .bind(milliseconds(lease))
        .fetch_all(&self.writer)
        .await?;
        Ok(rows.into_iter().map(DueDelivery::from).collect())
    }

    #[instrument(name = "store.postpone_deliveries", level = "debug", skip_all)]
    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError> {
        let states: Vec<String> = sqlx::query_scalar(
            "UPDATE webhook_deliveries SET last_error = ?4,
                 state = CASE WHEN created_at <= (SELECT now FROM clock) - ?3
                     THEN 'failed' ELSE state END,
                 finished_at = CASE WHEN created_at <= (SELECT now FROM clock) - ?3
                     THEN (SELECT now FROM clock) END,
                 next_attempt_at = (SELECT now FROM clock) + ?2
             WHERE id IN (
                 SELECT id FROM webhook_deliveries
                 WHERE state = 'pending' AND receiver = ?1
                     AND next_attempt_at <= (SELECT now FROM clock)
                 ORDER BY next_attempt_at, id LIMIT ?5)
             RETURNING state",
        )
        .bind(receiver)
        .bind(milliseconds(pause))
        .bind(milliseconds(give_up_after))
        .bind(reason)
        .bind(POSTPONED_AT_ONCE)
        .fetch_all(&self.writer)
        .await?;
        Ok(PostponedDeliveries::of(&states))
    }

    #[instrument(
        name = "store.record_delivery",
        level = "debug",
        skip_all,
        fields(delivery.id = %id)
    )]
    async fn record_delivery(
        &self,
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
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    #[instrument(name = "store.deliveries", level = "debug", skip_all, fields(job.id = job_id))]
    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        let rows: Vec<DeliveryRow> = sqlx::query_as(
            "SELECT id, event_type, state, attempts, last_status, last_error FROM webhook_deliveries
             WHERE job_id = ?1 ORDER BY created_at, id",
        )
        .bind(job_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(DeliveryView::from).collect())
    }
}
