//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up;
//! listed and resent by operators, who also list endpoints and end their pauses.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite, types::Json};
use tracing::instrument;

use super::{SqliteStore, milliseconds, operator_actions};
use crate::{
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DueDelivery},
        endpoint::{Endpoint, EndpointPage, EndpointState, PausedEndpoints},
        identifiers::{DeliveryId, EndpointId},
        operator_action::OperatorAction,
    },
    store::{
        ActionStep, Deliveries, DeliveryClaim, DeliveryOutcome, StoreError,
        rows::{
            DeliveryColumns, DeliveryDetailsRow, DeliveryRow, DueDeliveryRow, EndpointRow,
            GIVEN_UP_AT_ONCE, MADE_DUE_AT_ONCE, PAUSES_KEPT, POSTPONED_AT_ONCE, TurnRow,
            ranges_of_host, shares,
        },
    },
};

/// The columns of [`DeliveryRow`].
macro_rules! delivery_columns {
    () => {
        "id, event_type, job_id, endpoint, state, attempts, next_attempt_at, last_status, last_error,
         created_at, finished_at,
         (SELECT paused_until FROM webhook_endpoints
          WHERE endpoint = webhook_deliveries.endpoint
              AND paused_until > (SELECT now FROM clock)) AS paused_until,
         (SELECT reason FROM webhook_endpoints
          WHERE endpoint = webhook_deliveries.endpoint) AS pause_reason"
    };
}

#[async_trait]
impl Deliveries for SqliteStore {
    #[instrument(name = "store.claim_deliveries", level = "debug", skip_all)]
    async fn claim_deliveries(
        &self,
        claim: &DeliveryClaim,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        // Reads without the writer, since often nothing is due.
        self.make_due().await?;
        let turns = self.turns(claim).await?;
        if turns.is_empty() {
            return Ok(vec![]);
        }
        let mut transaction = self.begin().await?;
        let mut due = Vec::new();
        let mut room = claim.limit;
        for (turn, share) in turns
            .iter()
            .zip(shares(&turns, claim.limit, claim.endpoint_limit))
        {
            // The lease is the time of the next attempt: if the sender dies, the delivery is due
            // again.
            let rows: Vec<DueDeliveryRow> = sqlx::query_as(
                "UPDATE webhook_deliveries SET attempts = attempts + 1, is_due = 0,
                     next_attempt_at = (SELECT now FROM clock) + ?3
                 WHERE id IN (
                     SELECT id FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due = 1 AND endpoint = ?1
                     ORDER BY pending_since, id LIMIT ?2)
                 RETURNING id, event_type, job_id, url, endpoint, body, traceparent, attempts,
                     ((SELECT now FROM clock) - pending_since) / 1000.0 AS waiting",
            )
            .bind(turn.endpoint.as_str())
            .bind(share.min(room))
            .bind(milliseconds(claim.lease))
            .fetch_all(&mut *transaction)
            .await?;
            room -= u32::try_from(rows.len()).unwrap_or(room);
            due.extend(rows.into_iter().map(|row| row.into_due(&turns)));
            if room == 0 {
                break;
            }
        }
        transaction.commit().await?;
        Ok(due)
    }

    #[instrument(
        name = "store.pause_endpoint",
        level = "debug",
        skip_all,
        fields(endpoint = %endpoint)
    )]
    async fn pause_endpoint(
        &self,
        endpoint: &EndpointId,
        pause: Duration,
        reason: &str,
        give_up_after: Duration,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO webhook_endpoints AS known (endpoint, paused_until, reason)
             VALUES (?1, (SELECT now FROM clock) + ?2, ?3)
             ON CONFLICT (endpoint) DO UPDATE
             SET paused_until = excluded.paused_until, reason = excluded.reason
             WHERE known.paused_until < excluded.paused_until",
        )
        .bind(endpoint.as_str())
        .bind(milliseconds(pause))
        .bind(reason)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM webhook_endpoints WHERE endpoint IN (
                 SELECT endpoint FROM webhook_endpoints
                 WHERE paused_until <= (SELECT now FROM clock) - ?1 ORDER BY paused_until LIMIT 100)",
        )
        .bind(milliseconds(PAUSES_KEPT))
        .execute(&mut *transaction)
        .await?;
        let given_up = sqlx::query(
            "UPDATE webhook_deliveries
             SET state = 'failed', is_due = 0, last_error = ?3,
                 finished_at = (SELECT now FROM clock)
             WHERE id IN (
                 SELECT id FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 1 AND endpoint = ?1
                     AND pending_since <= (SELECT now FROM clock) - ?2
                 ORDER BY pending_since, id LIMIT ?4)",
        )
        .bind(endpoint.as_str())
        .bind(milliseconds(give_up_after))
        .bind(reason)
        .bind(GIVEN_UP_AT_ONCE)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        sqlx::query(
            "UPDATE webhook_deliveries
             SET is_due = 0, next_attempt_at = (SELECT now FROM clock) + ?2
             WHERE id IN (
                 SELECT id FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 1 AND endpoint = ?1
                 ORDER BY pending_since, id LIMIT ?3)",
        )
        .bind(endpoint.as_str())
        .bind(milliseconds(pause))
        .bind(POSTPONED_AT_ONCE)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(given_up)
    }

    #[instrument(
        name = "store.resume_endpoint",
        level = "debug",
        skip_all,
        fields(endpoint = %endpoint)
    )]
    async fn resume_endpoint(&self, endpoint: &EndpointId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM webhook_endpoints WHERE endpoint = ?1")
            .bind(endpoint.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    #[instrument(name = "store.endpoints", level = "debug", skip_all)]
    async fn endpoints(&self, page: &EndpointPage) -> Result<Vec<Endpoint>, StoreError> {
        let rows: Vec<EndpointRow> = sqlx::query_as(
            "SELECT endpoint, state, paused_until,
                 coalesce(reason, (
                     SELECT last_error FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due = 0 AND endpoint = listed.endpoint
                     ORDER BY next_attempt_at DESC LIMIT 1)) AS reason,
                 (SELECT count(*) FROM webhook_deliveries
                  WHERE state = 'pending' AND is_due = 1 AND endpoint = listed.endpoint)
                 + (SELECT count(*) FROM webhook_deliveries
                    WHERE state = 'pending' AND is_due = 0 AND endpoint = listed.endpoint)
                     AS pending
             FROM (
                 SELECT endpoint, paused_until, reason,
                     CASE WHEN paused_until > (SELECT now FROM clock) THEN 'paused'
                         WHEN paused_until IS NOT NULL THEN 'unanswering'
                         ELSE 'available' END AS state
                 FROM (
                     SELECT endpoint FROM webhook_endpoints WHERE endpoint > ?1
                     UNION
                     SELECT endpoint FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due = 1 AND endpoint > ?1
                         AND coalesce(?2, 'available') = 'available'
                     UNION
                     SELECT endpoint FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due = 0 AND endpoint > ?1
                         AND coalesce(?2, 'available') = 'available'
                 ) AS known LEFT JOIN webhook_endpoints USING (endpoint)
             ) AS listed
             WHERE ?2 IS NULL OR state = ?2
             ORDER BY endpoint LIMIT ?3",
        )
        .bind(page.after.as_ref().map_or("", EndpointId::as_str))
        .bind(page.state.map(EndpointState::as_str))
        .bind(page.limit)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(EndpointRow::into_endpoint).collect()
    }

    #[instrument(name = "store.count_paused_endpoints", level = "debug", skip_all)]
    async fn count_paused_endpoints(&self, selected: &PausedEndpoints) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM webhook_endpoints
             WHERE paused_until > (SELECT now FROM clock) AND (?1 IS NULL OR endpoint = ?1)",
        )
        .bind(selected.named().map(EndpointId::as_str))
        .fetch_one(&self.readers)
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    #[instrument(
        name = "store.end_pauses",
        level = "debug",
        skip_all,
        fields(action.id = action.id)
    )]
    async fn end_pauses(
        &self,
        selected: &PausedEndpoints,
        limit: u32,
        after: Option<&EndpointId>,
        action: &OperatorAction,
    ) -> Result<ActionStep<EndpointId>, StoreError> {
        let mut transaction = self.begin().await?;
        let chosen: Vec<EndpointId> = sqlx::query_scalar(
            "SELECT endpoint FROM webhook_endpoints
             WHERE paused_until > (SELECT now FROM clock) AND (?1 IS NULL OR endpoint = ?1)
                 AND endpoint > ?2
             ORDER BY endpoint LIMIT ?3",
        )
        .bind(selected.named().map(EndpointId::as_str))
        .bind(after.map_or("", EndpointId::as_str))
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE webhook_deliveries SET is_due = 1, next_attempt_at = (SELECT now FROM clock)
             WHERE id IN (
                 SELECT delivery.id FROM json_each(?1) AS chosen
                 JOIN webhook_endpoints AS known ON known.endpoint = chosen.value
                 JOIN webhook_deliveries AS delivery ON delivery.endpoint = chosen.value
                 WHERE state = 'pending' AND is_due = 0 AND next_attempt_at >= paused_until)",
        )
        .bind(Json(&chosen))
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE webhook_endpoints SET paused_until = (SELECT now FROM clock)
             WHERE endpoint IN (SELECT value FROM json_each(?1))",
        )
        .bind(Json(&chosen))
        .execute(&mut *transaction)
        .await?;
        operator_actions::record(&mut transaction, action, chosen.len()).await?;
        transaction.commit().await?;
        Ok(ActionStep::of(&chosen, limit, EndpointId::clone))
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
                 is_due = 0, next_attempt_at = (SELECT now FROM clock) + ?5,
                 attempts = attempts - ?6,
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

    #[instrument(name = "store.deliveries", level = "debug", skip_all)]
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut query = QueryBuilder::new(concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM webhook_deliveries WHERE true"
        ));
        push_filter(&mut query, filter);
        push_page(&mut query, page);
        let rows: Vec<DeliveryRow> = query.build_query_as().fetch_all(&self.readers).await?;
        rows.into_iter().map(DeliveryRow::into_delivery).collect()
    }

    #[instrument(name = "store.delivery", level = "debug", skip_all, fields(delivery.id = %id))]
    async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryDetails>, StoreError> {
        let row: Option<DeliveryDetailsRow> = sqlx::query_as(concat!(
            "SELECT ",
            delivery_columns!(),
            ", body, operator_action FROM webhook_deliveries WHERE id = ?1"
        ))
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let last_action = match &row.operator_action {
            Some(action) => operator_actions::find(self, action).await?,
            None => None,
        };
        row.into_details(last_action).map(Some)
    }

    #[instrument(name = "store.count_deliveries", level = "debug", skip_all)]
    async fn count_deliveries(&self, filter: &DeliveryFilter) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM webhook_deliveries WHERE true");
        push_filter(&mut query, filter);
        let count: i64 = query.build_query_scalar().fetch_one(&self.readers).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    #[instrument(
        name = "store.resend_deliveries",
        level = "debug",
        skip_all,
        fields(action.id = action.id)
    )]
    async fn resend_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
        action: &OperatorAction,
    ) -> Result<ActionStep<DeliveryId>, StoreError> {
        let mut transaction = self.begin().await?;
        let mut query =
            QueryBuilder::new("SELECT id FROM webhook_deliveries WHERE state <> 'pending'");
        push_filter(&mut query, filter);
        push_page(&mut query, page);
        let chosen: Vec<DeliveryId> = query
            .build_query_scalar()
            .fetch_all(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE webhook_deliveries SET state = 'pending', is_due = 1, attempts = 0,
                 next_attempt_at = (SELECT now FROM clock),
                 pending_since = (SELECT now FROM clock), finished_at = NULL, operator_action = ?2
             WHERE id IN (SELECT value FROM json_each(?1))",
        )
        .bind(Json(&chosen))
        .bind(&action.id)
        .execute(&mut *transaction)
        .await?;
        operator_actions::record(&mut transaction, action, chosen.len()).await?;
        transaction.commit().await?;
        Ok(ActionStep::of(&chosen, page.limit, DeliveryId::clone))
    }
}

impl SqliteStore {
    /// Makes deliveries due whose time has come.
    async fn make_due(&self) -> Result<(), StoreError> {
        let has_come: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 0
                     AND next_attempt_at <= (SELECT now FROM clock))",
        )
        .fetch_one(&self.readers)
        .await?;
        if has_come {
            sqlx::query(
                "UPDATE webhook_deliveries SET is_due = 1 WHERE id IN (
                     SELECT id FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due = 0
                         AND next_attempt_at <= (SELECT now FROM clock)
                     ORDER BY next_attempt_at LIMIT ?1)",
            )
            .bind(MADE_DUE_AT_ONCE)
            .execute(&self.writer)
            .await?;
        }
        Ok(())
    }

    /// Returns the next endpoints with due deliveries that are not paused, each found by one index
    /// look-up, so that backlogs are not scanned.
    async fn turns(&self, claim: &DeliveryClaim) -> Result<Vec<TurnRow>, StoreError> {
        Ok(sqlx::query_as(
            "WITH RECURSIVE later (endpoint) AS (
                 SELECT min(endpoint) FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due = 1 AND endpoint > ?1
                 UNION ALL
                 SELECT (SELECT min(endpoint) FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due = 1 AND endpoint > later.endpoint)
                 FROM later WHERE endpoint IS NOT NULL
             ), earlier (endpoint) AS (
                 SELECT min(endpoint) FROM webhook_deliveries WHERE state = 'pending' AND is_due = 1
                 UNION ALL
                 SELECT (SELECT min(endpoint) FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due = 1 AND endpoint > earlier.endpoint)
                 FROM earlier WHERE endpoint <= ?1
             )
             SELECT endpoint, paused_until IS NOT NULL AS is_probe
             FROM (SELECT endpoint FROM later WHERE endpoint IS NOT NULL
                   UNION ALL SELECT endpoint FROM earlier WHERE endpoint <= ?1) AS turn
             LEFT JOIN webhook_endpoints USING (endpoint)
             WHERE endpoint NOT IN (SELECT value FROM json_each(?2))
                 AND (paused_until IS NULL OR paused_until <= (SELECT now FROM clock))
             LIMIT ?3",
        )
        .bind(claim.last_served.as_ref().map_or("", EndpointId::as_str))
        .bind(Json(&claim.except))
        .bind(claim.limit)
        .fetch_all(&self.readers)
        .await?)
    }
}

/// Appends a plain condition for each field that is set, so that each can use its index.
fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &DeliveryFilter) {
    if let Some(ids) = &filter.ids {
        query.push(" AND id IN (SELECT value FROM json_each(");
        query.push_bind(Json(ids.clone()));
        query.push("))");
    }
    if let Some(state) = filter.state {
        // A literal, so that the planner knows the partial index that serves it.
        query.push(format_args!(" AND state = '{}'", state.as_str()));
    }
    if let Some(endpoint) = &filter.endpoint {
        query
            .push(" AND endpoint = ")
            .push_bind(endpoint.to_string());
    }
    if let Some(host) = &filter.host {
        let [(from, to), (from_with_port, to_with_port)] = ranges_of_host(host);
        query.push(" AND (endpoint >= ").push_bind(from);
        query.push(" AND endpoint < ").push_bind(to);
        query.push(" OR endpoint >= ").push_bind(from_with_port);
        query.push(" AND endpoint < ").push_bind(to_with_port);
        query.push(")");
    }
    if let Some(job_id) = &filter.job_id {
        query.push(" AND job_id = ").push_bind(job_id.to_string());
    }
    if let Some(event_type) = filter.event_type {
        query
            .push(" AND event_type = ")
            .push_bind(event_type.as_str());
    }
    if let Some(at) = &filter.from {
        query
            .push(" AND created_at >= ")
            .push_bind(at.timestamp_millis());
    }
    if let Some(at) = &filter.to {
        query
            .push(" AND created_at < ")
            .push_bind(at.timestamp_millis());
    }
}

fn push_page(query: &mut QueryBuilder<Sqlite>, page: &DeliveryPage) {
    if let Some(after) = &page.after {
        query.push(" AND id < ").push_bind(after.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ");
    query.push_bind(i64::from(page.limit));
}
