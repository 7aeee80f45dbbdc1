//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::{
    domain::{delivery::DueDelivery, identifiers::DeliveryId},
    store::{
        Deliveries, DeliveryOutcome, DeliveryView, PostponedDeliveries, StoreError,
        rows::{DeliveryColumns, DeliveryRow, DueDeliveryRow, POSTPONED_AT_ONCE},
    },
};

#[async_trait]
impl Deliveries for PostgresStore {
    #[instrument(name = "store.claim_deliveries", level = "debug", skip_all)]
    async fn claim_deliveries(
        &self,
        limit: u32,
        lease: Duration,
        except: &[String],
    ) -> Result<Vec<DueDelivery>, StoreError> {
        self.call(async {
            // The lease is the time of the next attempt: if the sender dies, the delivery is due
            // again. Each receiver is found by one index look-up, so that the backlog of a skipped
            // receiver is not scanned.
            let rows: Vec<DueDeliveryRow> = sqlx::query_as(
                "WITH RECURSIVE known (receiver) AS (
                     SELECT min(receiver) FROM webhook_deliveries WHERE state = 'pending'
                     UNION ALL
                     SELECT (SELECT min(receiver) FROM webhook_deliveries
                             WHERE state = 'pending' AND receiver > known.receiver)
                     FROM known WHERE receiver IS NOT NULL
                 ), due AS (
                     SELECT oldest.id FROM known CROSS JOIN LATERAL (
                         SELECT id, next_attempt_at FROM webhook_deliveries
                         WHERE state = 'pending' AND receiver = known.receiver
                             AND next_attempt_at <= now()
                         ORDER BY next_attempt_at, id LIMIT $1 FOR UPDATE SKIP LOCKED) AS oldest
                     WHERE known.receiver <> ALL ($3::text[])
                     ORDER BY oldest.next_attempt_at, oldest.id LIMIT $1
                 )
                 UPDATE webhook_deliveries AS delivery SET attempts = attempts + 1,
                     next_attempt_at = now() + make_interval(secs => $2)
                 FROM due WHERE delivery.id = due.id
                 RETURNING delivery.id, url, receiver, body, attempts",
            )
            .bind(i64::from(limit))
            .bind(seconds(lease))
            .bind(except)
            .fetch_all(&self.work_pool)
            .await?;
            Ok(rows.into_iter().map(DueDelivery::from).collect())
        })
        .await
    }

    #[instrument(name = "store.postpone_deliveries", level = "debug", skip_all)]
    async fn postpone_deliveries(
        &self,
        receiver: &str,
        pause: Duration,
        give_up_after: Duration,
        reason: &str,
    ) -> Result<PostponedDeliveries, StoreError> {
        self.call(async {
            let states: Vec<String> = sqlx::query_scalar(
                "WITH due AS (
                     SELECT id, created_at <= now() - make_interval(secs => $3) AS is_too_old
                     FROM webhook_deliveries
                     WHERE state = 'pending' AND receiver = $1 AND next_attempt_at <= now()
                     ORDER BY next_attempt_at, id LIMIT $5 FOR UPDATE SKIP LOCKED
                 )
                 UPDATE webhook_deliveries AS delivery SET last_error = $4,
                     state = CASE WHEN is_too_old THEN 'failed' ELSE state END,
                     finished_at = CASE WHEN is_too_old THEN now() END,
                     next_attempt_at = now() + make_interval(secs => $2)
                 FROM due WHERE delivery.id = due.id
                 RETURNING state",
            )
            .bind(receiver)
            .bind(seconds(pause))
            .bind(seconds(give_up_after))
            .bind(reason)
            .bind(i64::from(POSTPONED_AT_ONCE))
            .fetch_all(&self.work_pool)
            .await?;
            Ok(PostponedDeliveries::of(&states))
        })
        .await
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
        self.call(async {
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
            .execute(&self.work_pool)
            .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.deliveries", level = "debug", skip_all, fields(job.id = job_id))]
    async fn deliveries(&self, job_id: &str) -> Result<Vec<DeliveryView>, StoreError> {
        self.call(async {
            let rows: Vec<DeliveryRow> = sqlx::query_as(
                "SELECT id, event_type, state, attempts, last_status, last_error
                 FROM webhook_deliveries
                 WHERE job_id = $1 ORDER BY created_at, id",
            )
            .bind(job_id)
            .fetch_all(&self.pool)
            .await?;
            Ok(rows.into_iter().map(DeliveryView::from).collect())
        })
        .await
    }
}
