//! `/api/v1/dead-letters`: tasks that failed permanently, listed, grouped by error fingerprint,
//! shown one by one, retried or purged.
//!
//! Filters are the same in all calls, and unknown fields are refused. A call that changes tasks
//! also refuses an empty filter: selecting all dead letters takes `"all": true`.

mod reading;
mod views;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::LOCATION,
    post,
    web::{Data, Path, Payload},
};

pub(super) use self::views::OperatorActionView;
use self::{
    reading::{DeadLetterEditsBody, DeadLetterFilterBody, LimitQuery, NewestQuery},
    views::{
        DeadLetterDetails, DeadLetterGroupView, DeadLetterGroups, DeadLetterView, DeadLettersPage,
        OperatorActionsPage, PurgedCount, RetriedAnswer, RetriedCount,
    },
};
use super::{
    ApiState,
    access::{actor, is_operator},
    lists,
    problem::{Problem, ProblemDocument},
    reading::{NoParameters, read_body, read_optional_body, read_path_text, read_two_groups},
};
use crate::domain::{
    dead_letter::{DeadLetterEdits, DeadLetterFilter},
    delivery::origin_of,
    identifiers::DeadLetterId,
    paging::NewestFirst,
};

/// Lists dead letters, newest first.
#[utoipa::path(operation_id = "list_dead_letters", tag = "dead letters",
    params(DeadLetterFilterBody, NewestQuery),
    responses((status = 200, description = "a page of dead letters; `Accept` chooses the form",
        content((DeadLettersPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`")))))]
#[get("/api/v1/dead-letters")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (filter, page) = read_two_groups::<DeadLetterFilterBody, NewestQuery>(&request)?;
    let (filter, page) = (DeadLetterFilter::from(filter), NewestFirst::from(page));
    let service = Arc::clone(&state.dead_letters);
    let listing = state
        .run(async move { Ok(service.list(&filter, &page).await?) })
        .await?;
    let page = DeadLettersPage {
        dead_letters: listing.rows.into_iter().map(DeadLetterView::from).collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    };
    lists::answer(&request, &page)
}

/// Counts dead letters by error fingerprint, the largest group first.
#[utoipa::path(operation_id = "list_dead_letter_groups", tag = "dead letters",
    params(DeadLetterFilterBody, LimitQuery),
    responses((status = 200, body = DeadLetterGroups, description = "the groups")))]
#[get("/api/v1/dead-letters/groups")]
pub(super) async fn groups(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (filter, limit) = read_two_groups::<DeadLetterFilterBody, LimitQuery>(&request)?;
    let (filter, limit) = (DeadLetterFilter::from(filter), limit.limit());
    let service = Arc::clone(&state.dead_letters);
    let groups = state
        .run(async move { Ok(service.groups(&filter, limit).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(DeadLetterGroups {
        groups: groups.into_iter().map(DeadLetterGroupView::from).collect(),
    }))
}

/// Lists the actions of operators on dead letters, jobs, webhooks, queues and API keys, newest
/// first; they are kept for a year.
#[utoipa::path(operation_id = "list_operator_actions", tag = "dead letters",
    params(NewestQuery),
    responses((status = 200, description = "a page of actions; `Accept` chooses the form",
        content((OperatorActionsPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`")))))]
#[get("/api/v1/dead-letters/actions")]
pub(super) async fn actions(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (page, NoParameters {}) = read_two_groups::<NewestQuery, NoParameters>(&request)?;
    let page = NewestFirst::from(page);
    let service = Arc::clone(&state.dead_letters);
    let listing = state
        .run(async move { Ok(service.actions(&page).await?) })
        .await?;
    let page = OperatorActionsPage {
        actions: listing
            .rows
            .into_iter()
            .map(OperatorActionView::from)
            .collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    };
    lists::answer(&request, &page)
}

/// Returns a dead letter with its attempts. The id is the task's, or that of a failed job.
#[utoipa::path(operation_id = "get_dead_letter", tag = "dead letters",
    responses((status = 200, body = DeadLetterDetails, description = "the dead letter with its attempts"),
        (status = 404, body = ProblemDocument, description = "there is no such dead letter")))]
#[get("/api/v1/dead-letters/{id}")]
pub(super) async fn show(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: DeadLetterId = read_path_text(id)?;
    let service = Arc::clone(&state.dead_letters);
    let history = state
        .run(async move { Ok(service.show(&id).await?) })
        .await?;
    let mut details = DeadLetterDetails::from(history);
    if !is_operator(&request) {
        details.webhook_url = details.webhook_url.as_deref().map(origin_of);
    }
    Ok(HttpResponse::Ok().json(details))
}

/// Queues a dead letter again, with its attempts reset. Its jobs keep their ids, so that polling
/// them shows the new outcome. A body changes the dead letter first, if it holds only one match.
#[utoipa::path(operation_id = "retry_dead_letter", tag = "dead letters", request_body = Option<DeadLetterEditsBody>,
    responses((status = 202, body = RetriedAnswer, description = "queued again"),
        (status = 404, body = ProblemDocument, description = "there is no such dead letter"),
        (status = 409, body = ProblemDocument, description = "it holds several matches, which can't be changed together; or its batch is announced as a whole, to one receiver"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed")))]
#[post("/api/v1/dead-letters/{id}:retry")]
pub(super) async fn retry_one(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: DeadLetterId = read_path_text(id)?;
    let edits = read_optional_body::<DeadLetterEditsBody>(&request, payload, &state).await?;
    let edits = edits.map_err(Problem::invalid)?;
    if let Some(url) = edits.as_ref().and_then(DeadLetterEditsBody::receiver) {
        url.check_name(&state).await?;
    }
    let edits = edits.map_or_else(DeadLetterEdits::default, DeadLetterEdits::from);
    let actor = actor(&request);
    let service = Arc::clone(&state.dead_letters);
    let letter = state
        .run(async move { Ok(service.retry_one(&id, &edits, &actor).await?) })
        .await?;
    let location = format!("/api/v1/status/{}", letter.job_id);
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, location))
        .json(RetriedAnswer {
            task_id: letter.task_id.to_string(),
            job_id: letter.job_id.to_string(),
            status: "queued",
        }))
}

/// Deletes a dead letter permanently. A batch keeps counting its matches as failed.
#[utoipa::path(operation_id = "purge_dead_letter", tag = "dead letters",
    responses((status = 204, description = "deleted"),
        (status = 404, body = ProblemDocument, description = "there is no such dead letter")))]
#[delete("/api/v1/dead-letters/{id}")]
pub(super) async fn purge_one(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: DeadLetterId = read_path_text(id)?;
    let actor = actor(&request);
    let service = Arc::clone(&state.dead_letters);
    state
        .run(async move { Ok(service.purge_one(&id, &actor).await?) })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Queues all dead letters that match a filter again, in steps; after an error, repeat the call.
#[utoipa::path(operation_id = "retry_dead_letters", tag = "dead letters",
    request_body(content = DeadLetterFilterBody, example = json!({"fingerprint": "job_posting_not_found-62550dc9"})),
    responses((status = 200, body = RetriedCount, description = "the number of tasks that were queued again"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/dead-letters:retry")]
pub(super) async fn retry_many(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let filter = read_body::<DeadLetterFilterBody>(&request, payload, &state).await?;
    let filter = DeadLetterFilter::from(filter.map_err(Problem::invalid)?);
    let actor = actor(&request);
    let service = Arc::clone(&state.dead_letters);
    let retried = state
        .run(async move { Ok(service.retry(&filter, &actor).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(RetriedCount { retried }))
}

/// Deletes all dead letters that match a filter permanently, in steps; after an error, repeat the
/// call.
#[utoipa::path(operation_id = "purge_dead_letters", tag = "dead letters",
    request_body(content = DeadLetterFilterBody, example = json!({"fingerprint": "job_posting_not_found-62550dc9"})),
    responses((status = 200, body = PurgedCount, description = "the number of tasks that were deleted"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/dead-letters:purge")]
pub(super) async fn purge_many(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let filter = read_body::<DeadLetterFilterBody>(&request, payload, &state).await?;
    let filter = DeadLetterFilter::from(filter.map_err(Problem::invalid)?);
    let actor = actor(&request);
    let service = Arc::clone(&state.dead_letters);
    let purged = state
        .run(async move { Ok(service.purge(&filter, &actor).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(PurgedCount { purged }))
}
