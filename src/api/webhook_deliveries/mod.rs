//! `/api/v1/webhook-deliveries`: webhooks, listed, shown one by one, and resent after they ended.
//!
//! Filters are the same in all calls, and unknown fields are refused. A call that resends also
//! refuses an empty filter: selecting everything that was given up takes `"all": true`.

mod reading;
mod views;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path, Payload},
};

pub(super) use self::views::WebhookDeliveryView;
use self::{
    reading::{DeliveryFilterBody, DeliveryPageQuery},
    views::{ResentCount, WebhookDeliveriesPage, WebhookDeliveryDetails},
};
use super::{
    ApiState,
    access::actor,
    lists,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{read_body, read_path_text, read_two_groups},
};
use crate::domain::{
    delivery::{DeliveryFilter, DeliveryPage, DeliveryState},
    identifiers::DeliveryId,
};

/// Lists webhooks with their attempts; those of the jobs that were submitted last come first.
#[utoipa::path(operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(DeliveryFilterBody, DeliveryPageQuery),
    responses((status = 200, description = "a page of webhooks; `Accept` chooses the form",
        content((WebhookDeliveriesPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`")))))]
#[get("/api/v1/webhook-deliveries")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (filter, page) = read_two_groups::<DeliveryFilterBody, DeliveryPageQuery>(&request)?;
    let (filter, page) = (DeliveryFilter::from(filter), DeliveryPage::from(page));
    let service = Arc::clone(&state.deliveries);
    let listing = state
        .run(async move { Ok(service.list(&filter, &page).await?) })
        .await?;
    let deliveries = listing.rows.into_iter();
    let page = WebhookDeliveriesPage {
        webhook_deliveries: deliveries.map(WebhookDeliveryView::from).collect(),
        next_cursor: listing.next.map(|id| id.to_string()),
    };
    lists::answer(&request, &page)
}

/// Returns a webhook with its event, by its `webhook-id`.
#[utoipa::path(operation_id = "get_webhook_delivery", tag = "webhooks",
    responses((status = 200, body = WebhookDeliveryDetails, description = "the webhook with its event"),
        (status = 404, body = ProblemDocument, description = "there is no such webhook")))]
#[get("/api/v1/webhook-deliveries/{id}")]
pub(super) async fn show(id: Path<String>, state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = read_path_text(id)?;
    let service = Arc::clone(&state.deliveries);
    let details = state
        .run(async move { Ok(service.show(&id).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(WebhookDeliveryDetails::from(details)))
}

/// Sends a webhook again that was given up or delivered, with its attempts reset. It keeps its
/// `webhook-id`.
#[utoipa::path(operation_id = "resend_webhook_delivery", tag = "webhooks",
    responses((status = 202, body = WebhookDeliveryView, description = "the webhook as it was"),
        (status = 404, body = ProblemDocument, description = "there is no such webhook"),
        (status = 409, body = ProblemDocument, description = "it has not ended")))]
#[post("/api/v1/webhook-deliveries/{id}:resend")]
pub(super) async fn resend_one(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: DeliveryId = read_path_text(id)?;
    let actor = actor(&request);
    let service = Arc::clone(&state.deliveries);
    let delivery = state
        .run(async move { Ok(service.resend_one(&id, &actor).await?) })
        .await?;
    Ok(HttpResponse::Accepted().json(WebhookDeliveryView::from(delivery)))
}

/// Sends all webhooks that match a filter again, in steps; after an error, repeat the call. Selects
/// those that were given up, unless `state` is `delivered`.
#[utoipa::path(operation_id = "resend_webhook_deliveries", tag = "webhooks", request_body = DeliveryFilterBody,
    responses((status = 200, body = ResentCount, description = "the numbers of webhooks"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/webhook-deliveries:resend")]
pub(super) async fn resend_many(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_body::<DeliveryFilterBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let dry_run = body.is_dry_run();
    let filter = DeliveryFilter::from(body);
    if filter.state == Some(DeliveryState::Pending) {
        let detail = "send failed or delivered; pending webhooks are sent anyway";
        let fault = FieldProblem::new("body", "/state", "inconsistent", detail);
        return Err(Problem::invalid(vec![fault]));
    }
    let actor = actor(&request);
    let service = Arc::clone(&state.deliveries);
    let count = state
        .run(async move {
            Ok(if dry_run {
                ResentCount {
                    selected: service.count_resendable(&filter).await?,
                    resent: 0,
                }
            } else {
                let resent = service.resend(&filter, &actor).await?;
                ResentCount {
                    selected: resent,
                    resent,
                }
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(count))
}
