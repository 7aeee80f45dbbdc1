//! `/api/v1/webhook-endpoints`: endpoints of receivers, listed, and resumed before their pause
//! ends. An endpoint is shown by its id, since a path may hold a secret.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    access::actor,
    faults::{Faults, InBody, InQuery},
    lists::{self, ListPage},
    matches::PageLimit,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, Given, NoParameters, read_body, read_two_groups},
};
use crate::domain::{
    endpoint::{Endpoint, EndpointPage, EndpointState, PausedEndpoints},
    event::format_timestamp,
    identifiers::EndpointId,
};

/// A page of endpoints.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct EndpointPageQuery {
    /// Only endpoints in this state.
    #[deserr(default)]
    #[param(inline)]
    state: Option<EndpointState>,
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<EndpointId>,
}

impl Fields<InQuery> for EndpointPageQuery {}

/// An endpoint that webhooks wait for, or that has accepted none since its pause.
#[derive(Serialize, ToSchema)]
pub struct WebhookEndpointView {
    /// Host, port and a hash of the URL without its query.
    #[schema(example = "platform.example~b5c41f3ad7a8a17c")]
    endpoint: String,
    /// `paused`; `unanswering`: its pause has ended, and it gets one webhook at a time until it
    /// accepts one; or `available`.
    #[schema(value_type = EndpointState)]
    state: &'static str,
    /// The end of its last pause, unless it has accepted a webhook since.
    #[schema(format = DateTime)]
    paused_until: Option<String>,
    /// The reason for that pause with the last answer; without one, the last error of a webhook
    /// that waits for it.
    reason: Option<String>,
    /// The number of webhooks that wait for it or are under way to it.
    pending: i64,
}

impl From<Endpoint> for WebhookEndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            endpoint: endpoint.id.to_string(),
            state: endpoint.state.as_str(),
            paused_until: endpoint.paused_until.map(format_timestamp),
            reason: endpoint.reason,
            pending: endpoint.pending,
        }
    }
}

/// A page of endpoints.
#[derive(Serialize, ToSchema)]
pub struct WebhookEndpointsPage {
    /// In the order of their ids.
    webhook_endpoints: Vec<WebhookEndpointView>,
    /// Send it as `cursor` for the next page; null on the last page.
    next_cursor: Option<String>,
}

impl ListPage for WebhookEndpointsPage {
    type Row = WebhookEndpointView;

    const COLUMNS: &'static [&'static str] =
        &["endpoint", "state", "paused_until", "reason", "pending"];

    fn rows(&self) -> &[WebhookEndpointView] {
        &self.webhook_endpoints
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// The endpoints whose pauses are to end.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"endpoint": "https://platform.example/hook"}))]
pub struct ResumeBody {
    /// This endpoint: its id, or a receiver's URL, whose query is ignored.
    #[deserr(default)]
    #[schema(inline)]
    endpoint: Option<EndpointId>,
    /// True selects all paused endpoints; required without `endpoint`.
    #[deserr(default)]
    #[expect(dead_code, reason = "without an endpoint all of them are meant")]
    all: Option<bool>,
    /// True changes nothing and counts the pauses that would end.
    #[deserr(default)]
    dry_run: Option<bool>,
}

impl Fields<InBody> for ResumeBody {
    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let (code, detail) = match (given.is_true("all"), given.has_any(&["endpoint"])) {
            (true, true) => ("inconsistent", "send either all or endpoint, not both"),
            (false, false) => (
                "missing",
                "send endpoint, or \"all\": true for every paused endpoint",
            ),
            _ => return vec![],
        };
        vec![FieldProblem::new("body", "/all", code, detail)]
    }
}

/// The number of paused endpoints that a call selected, and of pauses that it ended.
#[derive(Serialize, ToSchema)]
pub struct ResumedCount {
    /// Selected endpoints that are paused.
    selected: u64,
    /// Endpoints whose pause was ended; 0 for a dry run.
    resumed: u64,
}

/// Lists the endpoints that webhooks wait for, or that have accepted none since their pause.
#[utoipa::path(operation_id = "list_webhook_endpoints", tag = "webhooks",
    params(EndpointPageQuery),
    responses((status = 200, description = "a page of endpoints; `Accept` chooses the form",
        content((WebhookEndpointsPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`")))))]
#[get("/api/v1/webhook-endpoints")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (query, NoParameters {}) = read_two_groups::<EndpointPageQuery, NoParameters>(&request)?;
    let page = EndpointPage {
        state: query.state,
        limit: query.limit.unwrap_or_default().0,
        after: query.cursor,
    };
    let service = Arc::clone(&state.deliveries);
    let listing = state
        .run(async move { Ok(service.endpoints(&page).await?) })
        .await?;
    let endpoints = listing.rows.into_iter();
    let page = WebhookEndpointsPage {
        webhook_endpoints: endpoints.map(WebhookEndpointView::from).collect(),
        next_cursor: listing.next.map(|id| id.to_string()),
    };
    lists::answer(&request, &page)
}

/// Ends the pause of an endpoint, or of all, in all processes, for a receiver that was mended. Each
/// endpoint gets one webhook at a time until it accepts one; a failure may begin another pause.
#[utoipa::path(operation_id = "resume_webhook_endpoints", tag = "webhooks",
    request_body = ResumeBody,
    responses((status = 200, body = ResumedCount, description = "the numbers of endpoints"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/webhook-endpoints:resume")]
pub(super) async fn resume(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_body::<ResumeBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let dry_run = body.dry_run == Some(true);
    let selected = body
        .endpoint
        .map_or(PausedEndpoints::All, PausedEndpoints::One);
    let actor = actor(&request);
    let service = Arc::clone(&state.deliveries);
    let count = state
        .run(async move {
            Ok(if dry_run {
                ResumedCount {
                    selected: service.count_paused(&selected).await?,
                    resumed: 0,
                }
            } else {
                let resumed = service.end_pauses(&selected, &actor).await?;
                ResumedCount {
                    selected: resumed,
                    resumed,
                }
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(count))
}
