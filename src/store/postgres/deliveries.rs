//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up;
//! listed and resent by operators, who also list endpoints and end their pauses.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{Postgres, QueryBuilder};
use tracing::instrument;

use super::{PostgresStore, operator_actions, outcomes::column, seconds};
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
          WHERE endpoint = webhook_deliveries.endpoint AND paused_until > now()) AS paused_until,
         (SELECT reason FROM webhook_endpoints
          WHERE endpoint = webhook_deliveries.endpoint) AS pause_reason"
    };
}

#[async_trait]
impl Deliveries for PostgresStore {
    #[instrument(name = "store.claim_deliveries", level = "debug", skip_all)]
    async fn claim_deliveries(
        &self,
        claim: &DeliveryClaim,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        self.call(async {
            sqlx::query(
                "UPDATE webhook_deliveries SET is_due = true WHERE id IN (
                     SELECT id FROM webhook_deliveries
                     WHERE state = 'pending' AND NOT is_due AND next_attempt_at <= now()
                     ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
            )
            .bind(i64::from(MADE_DUE_AT_ONCE))
            .execute(&self.work_pool)
            .await?;
            let turns = self.turns(claim).await?;
            if turns.is_empty() {
                return Ok(vec![]);
            }
            let shares = shares(&turns, claim.limit, claim.endpoint_limit);
            // The lease is the time of the next attempt: if the sender dies, the delivery is due
            // again.
            let rows: Vec<DueDeliveryRow> = sqlx::query_as(
                "WITH due AS (
                     SELECT oldest.id
                     FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY
                         AS turn (endpoint, share, number)
                     CROSS JOIN LATERAL (
                         SELECT id FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due AND endpoint = turn.endpoint
                         ORDER BY pending_since, id LIMIT turn.share FOR UPDATE SKIP LOCKED
                     ) AS oldest
                     ORDER BY turn.number LIMIT $3
                 )
                 UPDATE webhook_deliveries AS delivery SET attempts = attempts + 1, is_due = false,
                     next_attempt_at = now() + make_interval(secs => $4)
                 FROM due WHERE delivery.id = due.id
                 RETURNING delivery.id, event_type, job_id, url, endpoint, body, traceparent,
                     attempts,
                     extract(epoch FROM now() - pending_since)::double precision AS waiting",
            )
            .bind(column(&turns, |turn| turn.endpoint.as_str()))
            .bind(column(&shares, |share| i64::from(*share)))
            .bind(i64::from(claim.limit))
            .bind(seconds(claim.lease))
            .fetch_all(&self.work_pool)
            .await?;
            Ok(rows.into_iter().map(|row| row.into_due(&turns)).collect())
        })
        .await
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
        self.call(async {
            let mut transaction = self.work_pool.begin().await?;
            sqlx::query(
                "INSERT INTO webhook_endpoints AS known (endpoint, paused_until, reason)
                 VALUES ($1, now() + make_interval(secs => $2), $3)
                 ON CONFLICT (endpoint) DO UPDATE
                 SET paused_until = excluded.paused_until, reason = excluded.reason
                 WHERE known.paused_until < excluded.paused_until",
            )
            .bind(endpoint.as_str())
            .bind(seconds(pause))
            .bind(reason)
            .execute(&mut *transaction)
            .await?;
            sqlx::query(
                "DELETE FROM webhook_endpoints WHERE endpoint IN (
                     SELECT endpoint FROM webhook_endpoints
                     WHERE paused_until <= now() - make_interval(secs => $1)
                     ORDER BY paused_until LIMIT 100 FOR UPDATE SKIP LOCKED)",
            )
            .bind(seconds(PAUSES_KEPT))
            .execute(&mut *transaction)
            .await?;
            let given_up = sqlx::query(
                "UPDATE webhook_deliveries
                 SET state = 'failed', is_due = false, last_error = $3, finished_at = now()
                 WHERE id IN (
                     SELECT id FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due AND endpoint = $1
                         AND pending_since <= now() - make_interval(secs => $2)
                     ORDER BY pending_since, id LIMIT $4 FOR UPDATE SKIP LOCKED)",
            )
            .bind(endpoint.as_str())
            .bind(seconds(give_up_after))
            .bind(reason)
            .bind(i64::from(GIVEN_UP_AT_ONCE))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            sqlx::query(
                "UPDATE webhook_deliveries
                 SET is_due = false, next_attempt_at = now() + make_interval(secs => $2)
                 WHERE id IN (
                     SELECT id FROM webhook_deliveries
                     WHERE state = 'pending' AND is_due AND endpoint = $1
                     ORDER BY pending_since, id LIMIT $3 FOR UPDATE SKIP LOCKED)",
            )
            .bind(endpoint.as_str())
            .bind(seconds(pause))
            .bind(i64::from(POSTPONED_AT_ONCE))
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(given_up)
        })
        .await
    }

    #[instrument(
        name = "store.resume_endpoint",
        level = "debug",
        skip_all,
        fields(endpoint = %endpoint)
    )]
    async fn resume_endpoint(&self, endpoint: &EndpointId) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query("DELETE FROM webhook_endpoints WHERE endpoint = $1")
                .bind(endpoint.as_str())
                .execute(&self.work_pool)
                .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.endpoints", level = "debug", skip_all)]
    async fn endpoints(&self, page: &EndpointPage) -> Result<Vec<Endpoint>, StoreError> {
        self.call(async {
            let rows: Vec<EndpointRow> = sqlx::query_as(
                "SELECT endpoint, state, paused_until,
                     coalesce(reason, (
                         SELECT last_error FROM webhook_deliveries
                         WHERE state = 'pending' AND NOT is_due AND endpoint = listed.endpoint
                         ORDER BY next_attempt_at DESC LIMIT 1)) AS reason,
                     (SELECT count(*) FROM webhook_deliveries
                      WHERE state = 'pending' AND is_due AND endpoint = listed.endpoint)
                     + (SELECT count(*) FROM webhook_deliveries
                        WHERE state = 'pending' AND NOT is_due AND endpoint = listed.endpoint)
                         AS pending
                 FROM (
                     SELECT endpoint, paused_until, reason,
                         CASE WHEN paused_until > now() THEN 'paused'
                             WHEN paused_until IS NOT NULL THEN 'unanswering'
                             ELSE 'available' END AS state
                     FROM (
                         SELECT endpoint FROM webhook_endpoints WHERE endpoint > $1
                         UNION
                         SELECT endpoint FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due AND endpoint > $1
                             AND coalesce($2::text, 'available') = 'available'
                         UNION
                         SELECT endpoint FROM webhook_deliveries
                         WHERE state = 'pending' AND NOT is_due AND endpoint > $1
                             AND coalesce($2::text, 'available') = 'available'
                     ) AS known LEFT JOIN webhook_endpoints USING (endpoint)
                 ) AS listed
                 WHERE $2::text IS NULL OR state = $2
                 ORDER BY endpoint LIMIT $3",
            )
            .bind(page.after.as_ref().map_or("", EndpointId::as_str))
            .bind(page.state.map(EndpointState::as_str))
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(EndpointRow::into_endpoint).collect()
        })
        .await
    }

    #[instrument(name = "store.count_paused_endpoints", level = "debug", skip_all)]
    async fn count_paused_endpoints(&self, selected: &PausedEndpoints) -> Result<u64, StoreError> {
        self.call(async {
            let count: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM webhook_endpoints
                 WHERE paused_until > now() AND ($1::text IS NULL OR endpoint = $1)",
            )
            .bind(selected.named().map(EndpointId::as_str))
            .fetch_one(&self.pool)
            .await?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
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
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let chosen: Vec<EndpointId> = sqlx::query_scalar(
                "SELECT endpoint FROM webhook_endpoints
                 WHERE paused_until > now() AND ($1::text IS NULL OR endpoint = $1) AND endpoint > $2
                 ORDER BY endpoint LIMIT $3 FOR UPDATE",
            )
            .bind(selected.named().map(EndpointId::as_str))
            .bind(after.map_or("", EndpointId::as_str))
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
            let endpoints = column(&chosen, EndpointId::as_str);
            sqlx::query(
                "UPDATE webhook_deliveries SET is_due = true, next_attempt_at = now()
                 WHERE id IN (
                     SELECT id FROM unnest($1::text[]) AS chosen (endpoint)
                     JOIN webhook_endpoints AS known USING (endpoint)
                     JOIN webhook_deliveries AS delivery USING (endpoint)
                     WHERE state = 'pending' AND NOT is_due AND next_attempt_at >= paused_until
                     FOR UPDATE OF delivery SKIP LOCKED)",
            )
            .bind(&endpoints)
            .execute(&mut *transaction)
            .await?;
            sqlx::query(
                "UPDATE webhook_endpoints SET paused_until = now() WHERE endpoint = ANY ($1)",
            )
            .bind(&endpoints)
            .execute(&mut *transaction)
            .await?;
            operator_actions::record(&mut transaction, action, chosen.len()).await?;
            transaction.commit().await?;
            Ok(ActionStep::of(&chosen, limit, EndpointId::clone))
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
                     is_due = false, next_attempt_at = now() + make_interval(secs => $5),
                     attempts = attempts - $6,
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

    #[instrument(name = "store.deliveries", level = "debug", skip_all)]
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.call(async {
            let mut query = QueryBuilder::new(concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM webhook_deliveries WHERE true"
            ));
            push_filter(&mut query, filter);
            push_page(&mut query, page);
            let rows: Vec<DeliveryRow> = query.build_query_as().fetch_all(&self.pool).await?;
            rows.into_iter().map(DeliveryRow::into_delivery).collect()
        })
        .await
    }

    #[instrument(name = "store.delivery", level = "debug", skip_all, fields(delivery.id = %id))]
    async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryDetails>, StoreError> {
        self.call(async {
            let row: Option<DeliveryDetailsRow> = sqlx::query_as(concat!(
                "SELECT ",
                delivery_columns!(),
                ", body, operator_action FROM webhook_deliveries WHERE id = $1"
            ))
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let last_action = match &row.operator_action {
                Some(action) => operator_actions::find(&self.pool, action).await?,
                None => None,
            };
            row.into_details(last_action).map(Some)
        })
        .await
    }

    #[instrument(name = "store.count_deliveries", level = "debug", skip_all)]
    async fn count_deliveries(&self, filter: &DeliveryFilter) -> Result<u64, StoreError> {
        self.call(async {
            let mut query = QueryBuilder::new("SELECT count(*) FROM webhook_deliveries WHERE true");
            push_filter(&mut query, filter);
            let count: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
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
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let mut query =
                QueryBuilder::new("SELECT id FROM webhook_deliveries WHERE state <> 'pending'");
            push_filter(&mut query, filter);
            push_page(&mut query, page);
            query.push(" FOR UPDATE SKIP LOCKED");
            let chosen: Vec<DeliveryId> = query
                .build_query_scalar()
                .fetch_all(&mut *transaction)
                .await?;
            sqlx::query(
                "UPDATE webhook_deliveries SET state = 'pending', is_due = true, attempts = 0,
                     next_attempt_at = now(), pending_since = now(), finished_at = NULL,
                     operator_action = $2
                 WHERE id = ANY ($1)",
            )
            .bind(column(&chosen, DeliveryId::as_str))
            .bind(&action.id)
            .execute(&mut *transaction)
            .await?;
            operator_actions::record(&mut transaction, action, chosen.len()).await?;
            transaction.commit().await?;
            Ok(ActionStep::of(&chosen, page.limit, DeliveryId::clone))
        })
        .await
    }
}

impl PostgresStore {
    /// Returns the next endpoints with due deliveries that are not paused, each found by one index
    /// look-up, so that backlogs are not scanned. The rows of a recursive query are computed as
    /// they are read, so nothing is computed after the limit.
    async fn turns(&self, claim: &DeliveryClaim) -> Result<Vec<TurnRow>, StoreError> {
        Ok(sqlx::query_as(
            "WITH RECURSIVE later (endpoint) AS (
                 SELECT min(endpoint) FROM webhook_deliveries
                 WHERE state = 'pending' AND is_due AND endpoint > $1
                 UNION ALL
                 SELECT (SELECT min(endpoint) FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due AND endpoint > later.endpoint)
                 FROM later WHERE endpoint IS NOT NULL
             ), earlier (endpoint) AS (
                 SELECT min(endpoint) FROM webhook_deliveries WHERE state = 'pending' AND is_due
                 UNION ALL
                 SELECT (SELECT min(endpoint) FROM webhook_deliveries
                         WHERE state = 'pending' AND is_due AND endpoint > earlier.endpoint)
                 FROM earlier WHERE endpoint <= $1
             )
             SELECT endpoint, paused_until IS NOT NULL AS is_probe
             FROM (SELECT endpoint FROM later WHERE endpoint IS NOT NULL
                   UNION ALL SELECT endpoint FROM earlier WHERE endpoint <= $1) AS turn
             LEFT JOIN LATERAL (
                 SELECT paused_until FROM webhook_endpoints
                 WHERE endpoint = turn.endpoint LIMIT 1) AS known ON true
             WHERE endpoint <> ALL ($2::text[]) AND (paused_until IS NULL OR paused_until <= now())
             LIMIT $3",
        )
        .bind(claim.last_served.as_ref().map_or("", EndpointId::as_str))
        .bind(column(&claim.except, EndpointId::as_str))
        .bind(i64::from(claim.limit))
        .fetch_all(&self.work_pool)
        .await?)
    }
}

/// Appends a plain condition for each field that is set, so that each can use its index.
fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &DeliveryFilter) {
    if let Some(ids) = &filter.ids {
        query.push(" AND id = ANY (");
        query.push_bind(ids.iter().map(DeliveryId::to_string).collect::<Vec<_>>());
        query.push(")");
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
        query.push(" AND created_at >= ").push_bind(*at);
    }
    if let Some(at) = &filter.to {
        query.push(" AND created_at < ").push_bind(*at);
    }
}

fn push_page(query: &mut QueryBuilder<Postgres>, page: &DeliveryPage) {
    if let Some(after) = &page.after {
        query.push(" AND id < ").push_bind(after.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ");
    query.push_bind(i64::from(page.limit));
}
