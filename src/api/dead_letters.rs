//! `/api/v1/dead-letters`: what failed for good, listed, grouped by what failed alike, looked at one by
//! one, run again or deleted.
//!
//! Filters are the same everywhere. Where one decides what is changed, a field that is not known is
//! refused, and so is a filter that says nothing: everything has to be asked for by `"all": true`.

use std::{collections::HashMap, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::LOCATION,
    post,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    access::actor,
    jobs::JobError,
    matches::{PAGE, PAGE_LIMIT},
    problem::{FieldProblem, Problem, ProblemDocument},
    queue_matching::check_webhook_url,
    reading::{Fields, read_json, read_optional_json, read_path_text, read_query},
};
use crate::{
    domain::{
        event::format_timestamp, identifiers::JobId, profile_kind::ProfileKind,
        queue_name::QueueName,
    },
    service::dead_letters as service,
    store::{
        DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory, Edited,
        EndedAttempt, NewestFirst, RecordedAction, STORABLE_YEARS, TimeCursor,
    },
};

/// The longest error code or fingerprint, in characters.
const NAME_LIMIT: usize = 200;

/// A failed task: one match, or several of a batch that failed together for one reason.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterView {
    /// The task's id.
    task_id: String,
    /// The job that failed; the first of them where there are several.
    job_id: String,
    /// How many matches failed with it.
    matches: i64,
    /// The queue's full name.
    queue: &'static str,
    /// The candidate; null where the matches have several.
    candidate_id: Option<i64>,
    /// The job posting; null where the matches have several.
    job_posting_id: Option<i64>,
    /// Attempts made.
    attempts: i32,
    /// Why it failed.
    error: JobError,
    /// The same for failures that are alike.
    #[schema(example = "candidate_not_found-1a2b3c4d")]
    fingerprint: String,
    /// When it was accepted.
    created_at: String,
    /// When it failed.
    failed_at: String,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let counterpart = (letter.match_count == 1).then_some(letter.counterpart_id);
        let of_kind = |kind| {
            if letter.subject_kind == kind {
                Some(letter.subject_id)
            } else {
                counterpart
            }
        };
        Self {
            task_id: letter.task_id.to_string(),
            job_id: letter.job_id.to_string(),
            matches: letter.match_count,
            queue: letter.queue.as_str(),
            candidate_id: of_kind(ProfileKind::Candidate),
            job_posting_id: of_kind(ProfileKind::JobPosting),
            attempts: letter.attempts,
            error: letter.error.into(),
            fingerprint: letter.fingerprint,
            created_at: format_timestamp(letter.created_at),
            failed_at: format_timestamp(letter.failed_at),
        }
    }
}

/// A page of dead letters.
#[derive(Serialize, ToSchema)]
pub struct DeadLettersPage {
    /// Newest first.
    dead_letters: Vec<DeadLetterView>,
    /// Send it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Dead letters that failed alike.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterGroupView {
    /// What they have in common; a filter takes it.
    fingerprint: String,
    /// How many tasks.
    tasks: i64,
    /// How many matches those hold.
    matches: i64,
    /// When the first of them failed.
    first_seen: String,
    /// When the last of them failed.
    last_seen: String,
    /// One of them.
    example: DeadLetterView,
}

impl From<DeadLetterGroup> for DeadLetterGroupView {
    fn from(group: DeadLetterGroup) -> Self {
        Self {
            fingerprint: group.fingerprint,
            tasks: group.tasks,
            matches: group.matches,
            first_seen: format_timestamp(group.first_seen),
            last_seen: format_timestamp(group.last_seen),
            example: group.example.into(),
        }
    }
}

/// Groups of dead letters.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterGroups {
    /// The largest first.
    groups: Vec<DeadLetterGroupView>,
}

/// A match of a dead letter.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "each says whose id it is, as everywhere"
)]
pub struct FailedMatchView {
    /// Its job.
    job_id: String,
    /// The candidate.
    candidate_id: i64,
    /// The job posting.
    job_posting_id: i64,
}

/// An attempt that ended without a result.
#[derive(Serialize, ToSchema)]
pub struct AttemptView {
    /// Which attempt, from 1; a retry of the dead letter begins at 1 again.
    attempt: i32,
    /// The worker's name.
    worker: Option<String>,
    /// When it began.
    began_at: Option<String>,
    /// When it ended.
    ended_at: String,
    /// `retry`: another followed; `released`: given back, did not count; `worker_lost`; `failed`: it
    /// became a dead letter.
    outcome: &'static str,
    /// What went wrong.
    error: Option<JobError>,
}

impl From<EndedAttempt> for AttemptView {
    fn from(attempt: EndedAttempt) -> Self {
        Self {
            attempt: attempt.attempt,
            worker: attempt.worker,
            began_at: attempt.began_at.map(format_timestamp),
            ended_at: format_timestamp(attempt.ended_at),
            outcome: attempt.outcome.as_str(),
            error: attempt.error.map(JobError::from),
        }
    }
}

/// What an operator did.
#[derive(Serialize, ToSchema)]
pub struct OperatorActionView {
    /// The action's id.
    id: String,
    /// When it began.
    at: String,
    /// The beginning of the digest of the API key used, `anonymous`, or `cli:` and a user's name.
    actor: String,
    /// `retry`, `edit`, `purge` or `cancel`.
    action: &'static str,
    /// What it was done to: the filter, the ids, the edits.
    #[schema(value_type = Object)]
    target: Value,
    /// How many tasks it changed.
    tasks: i64,
}

impl From<RecordedAction> for OperatorActionView {
    fn from(action: RecordedAction) -> Self {
        Self {
            id: action.id,
            at: format_timestamp(action.at),
            actor: action.actor,
            action: action.kind.as_str(),
            target: action.target,
            tasks: action.tasks,
        }
    }
}

/// A dead letter with its past.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterDetails {
    #[serde(flatten)]
    letter: DeadLetterView,
    /// Where the outcome is reported.
    webhook_url: Option<String>,
    /// The matches that failed.
    failed_matches: Vec<FailedMatchView>,
    /// How its attempts ended, oldest first; the newest 50.
    history: Vec<AttemptView>,
    /// What an operator did to it last.
    last_action: Option<OperatorActionView>,
}

impl From<DeadLetterHistory> for DeadLetterDetails {
    fn from(history: DeadLetterHistory) -> Self {
        let letter = &history.letter;
        let batch = letter.job_id.as_batch_position().map(|(batch, _)| batch);
        let failed_matches = history.matches.iter().map(|one| {
            let (candidate_id, job_posting_id) = match letter.subject_kind {
                ProfileKind::Candidate => (letter.subject_id, one.counterpart_id),
                ProfileKind::JobPosting => (one.counterpart_id, letter.subject_id),
            };
            // Only a batch's task holds several matches, and its job ids are derived.
            let job_id = match &batch {
                Some(batch) if letter.match_count > 1 => JobId::of_batch(batch, one.position),
                _ => letter.job_id.clone(),
            };
            FailedMatchView {
                job_id: job_id.to_string(),
                candidate_id,
                job_posting_id,
            }
        });
        Self {
            failed_matches: failed_matches.collect(),
            webhook_url: history.webhook_url,
            history: history
                .attempts
                .into_iter()
                .map(AttemptView::from)
                .collect(),
            last_action: history.last_action.map(OperatorActionView::from),
            letter: history.letter.into(),
        }
    }
}

/// Which dead letters. Everything that is said has to fit.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct DeadLetterFilterBody {
    /// Only those of a queue.
    queue: Option<String>,
    /// Only those with an error code.
    #[schema(example = "candidate_not_found")]
    reason: Option<String>,
    /// Only those that failed alike.
    fingerprint: Option<String>,
    /// Only those with a match of a candidate.
    candidate_id: Option<i64>,
    /// Only those with a match of a job posting.
    job_posting_id: Option<i64>,
    /// Only those that failed at this time or later (RFC 3339).
    from: Option<String>,
    /// Only those that failed before this time (RFC 3339).
    to: Option<String>,
    /// True for all of them; needed where nothing else is said.
    all: Option<bool>,
}

/// What changes in a dead letter of one match before it runs again; what is not said stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct DeadLetterEditsBody {
    /// Another candidate.
    candidate_id: Option<i64>,
    /// Another job posting.
    job_posting_id: Option<i64>,
    /// Another queue.
    queue: Option<String>,
    /// Another receiver; http or https. Not for a match of a batch that is announced as a whole.
    webhook_url: Option<String>,
}

/// A dead letter that is queued again.
#[derive(Serialize, ToSchema)]
pub struct RetriedAnswer {
    /// The task's id.
    task_id: String,
    /// The job to poll, the one that had failed; the first where there are several.
    job_id: String,
    /// `queued`.
    status: &'static str,
}

/// How many tasks were queued again.
#[derive(Serialize, ToSchema)]
pub struct RetriedCount {
    /// Tasks.
    retried: u64,
}

/// How many tasks were deleted.
#[derive(Serialize, ToSchema)]
pub struct PurgedCount {
    /// Tasks.
    purged: u64,
}

/// A page of what operators did.
#[derive(Serialize, ToSchema)]
pub struct OperatorActionsPage {
    /// Newest first.
    actions: Vec<OperatorActionView>,
    /// Send it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists dead letters, newest first.
#[utoipa::path(tag = "dead letters",
    params(("queue" = Option<String>, Query, description = "only those of a queue"),
        ("reason" = Option<String>, Query, description = "only those with an error code"),
        ("fingerprint" = Option<String>, Query, description = "only those that failed alike"),
        ("candidate_id" = Option<i64>, Query, description = "only those with a match of a candidate"),
        ("job_posting_id" = Option<i64>, Query, description = "only those with a match of a job posting"),
        ("from" = Option<String>, Query, description = "only those that failed at this time or later (RFC 3339)"),
        ("to" = Option<String>, Query, description = "only those that failed before this time (RFC 3339)"),
        ("limit" = Option<u32>, Query, description = "1 to 1,000; 50 without"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = DeadLettersPage), (status = 422, body = ProblemDocument)))]
#[get("/api/v1/dead-letters")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = query.filter();
    let page = query.page();
    query.finish()?;
    let limit = page.limit;
    let store = Arc::clone(&state.store);
    let letters = state
        .run(async move { Ok(store.dead_letters(&filter, &page).await?) })
        .await?;
    let last = letters.last().filter(|_| letters.len() == limit as usize);
    let next_cursor = last.map(|last| {
        let cursor = TimeCursor {
            at: last.failed_at,
            id: last.task_id.to_string(),
        };
        cursor.encode()
    });
    let dead_letters = letters.into_iter().map(DeadLetterView::from).collect();
    Ok(HttpResponse::Ok().json(DeadLettersPage {
        dead_letters,
        next_cursor,
    }))
}

/// Counts dead letters by what failed alike, the largest group first.
#[utoipa::path(tag = "dead letters",
    params(("queue" = Option<String>, Query, description = "only those of a queue"),
        ("reason" = Option<String>, Query, description = "only those with an error code"),
        ("fingerprint" = Option<String>, Query, description = "only those that failed alike"),
        ("candidate_id" = Option<i64>, Query, description = "only those with a match of a candidate"),
        ("job_posting_id" = Option<i64>, Query, description = "only those with a match of a job posting"),
        ("from" = Option<String>, Query, description = "only those that failed at this time or later (RFC 3339)"),
        ("to" = Option<String>, Query, description = "only those that failed before this time (RFC 3339)"),
        ("limit" = Option<u32>, Query, description = "1 to 1,000; 50 without")),
    responses((status = 200, body = DeadLetterGroups), (status = 422, body = ProblemDocument)))]
#[get("/api/v1/dead-letters/groups")]
pub(super) async fn groups(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = query.filter();
    let limit = query.limit();
    query.finish()?;
    let store = Arc::clone(&state.store);
    let groups = state
        .run(async move { Ok(store.dead_letter_groups(&filter, limit).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(DeadLetterGroups {
        groups: groups.into_iter().map(DeadLetterGroupView::from).collect(),
    }))
}

/// Lists what operators did to dead letters and jobs, newest first; kept for a year.
#[utoipa::path(tag = "dead letters",
    params(("limit" = Option<u32>, Query, description = "1 to 1,000; 50 without"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = OperatorActionsPage), (status = 422, body = ProblemDocument)))]
#[get("/api/v1/dead-letters/actions")]
pub(super) async fn actions(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let page = query.page();
    query.finish()?;
    let limit = page.limit;
    let store = Arc::clone(&state.store);
    let actions = state
        .run(async move { Ok(store.operator_actions(&page).await?) })
        .await?;
    let last = actions.last().filter(|_| actions.len() == limit as usize);
    let next_cursor = last.map(|last| {
        let cursor = TimeCursor {
            at: last.at,
            id: last.id.clone(),
        };
        cursor.encode()
    });
    Ok(HttpResponse::Ok().json(OperatorActionsPage {
        actions: actions.into_iter().map(OperatorActionView::from).collect(),
        next_cursor,
    }))
}

/// Shows a dead letter with its attempts. The id is the task's, or that of a job that failed.
#[utoipa::path(tag = "dead letters",
    responses((status = 200, body = DeadLetterDetails), (status = 404, body = ProblemDocument)))]
#[get("/api/v1/dead-letters/{id}")]
pub(super) async fn show(id: Path<String>, state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let history = find(&state, read_path_text(id)?).await?;
    Ok(HttpResponse::Ok().json(DeadLetterDetails::from(history)))
}

/// Queues a dead letter again, with its attempts reset: its jobs keep their ids, so whoever polls
/// them sees them complete. A body changes it first, where it holds one match.
#[utoipa::path(tag = "dead letters", request_body = Option<DeadLetterEditsBody>,
    responses((status = 202, body = RetriedAnswer), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "it holds several matches, which can't be changed together; or its batch is announced as a whole, to one receiver"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed")))]
#[post("/api/v1/dead-letters/{id}:retry")]
pub(super) async fn retry_one(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = read_path_text(id)?;
    let edits = match read_optional_json(&request, payload, state.settings.body_limit).await? {
        None => DeadLetterEdits::default(),
        Some(body) => read_edits(Fields::of(body)?, &state)?,
    };
    let letter = find(&state, id).await?.letter;
    let actor = actor(&request, &state.settings);
    let (store, dispatcher) = (Arc::clone(&state.store), Arc::clone(&state.dispatcher));
    let task_id = letter.task_id.clone();
    state
        .run(async move {
            if edits.is_empty() {
                let filter = DeadLetterFilter::of_tasks([task_id]);
                if service::retry(&*store, &filter, &actor).await? == 0 {
                    return Err(no_such_dead_letter());
                }
            } else {
                match service::edit_and_retry(&*store, &task_id, &edits, &actor).await? {
                    Edited::Retried => {}
                    Edited::NotFound => return Err(no_such_dead_letter()),
                    Edited::SeveralMatches => {
                        let detail = "only a dead letter of one match can be changed; retry this \
                                      one as it is, or queue other matches";
                        return Err(Problem::several_matches(detail));
                    }
                    Edited::ReceiverOfBatch => {
                        let detail = "its batch is announced as a whole (webhook_events=batch), so one \
                                      match of it can't have another receiver";
                        return Err(Problem::receiver_of_batch(detail));
                    }
                }
            }
            dispatcher.nudge();
            Ok(())
        })
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

/// Deletes a dead letter for good. A batch keeps counting its matches as failed.
#[utoipa::path(tag = "dead letters",
    responses((status = 204, description = "deleted"), (status = 404, body = ProblemDocument)))]
#[delete("/api/v1/dead-letters/{id}")]
pub(super) async fn purge_one(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let letter = find(&state, read_path_text(id)?).await?.letter;
    let actor = actor(&request, &state.settings);
    let store = Arc::clone(&state.store);
    let purged = state
        .run(async move {
            let filter = DeadLetterFilter::of_tasks([letter.task_id]);
            Ok(service::purge(&*store, &filter, &actor).await?)
        })
        .await?;
    if purged == 0 {
        return Err(no_such_dead_letter());
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Queues all dead letters again that fit a filter, in steps; after an error, repeat the call.
#[utoipa::path(tag = "dead letters", request_body = DeadLetterFilterBody,
    responses((status = 200, body = RetriedCount),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/dead-letters:retry")]
pub(super) async fn retry_many(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_json(&request, payload, state.settings.body_limit).await?;
    let filter = read_filter(Fields::of(body)?)?;
    let actor = actor(&request, &state.settings);
    let (store, dispatcher) = (Arc::clone(&state.store), Arc::clone(&state.dispatcher));
    let retried = state
        .run(async move {
            let retried = service::retry(&*store, &filter, &actor).await?;
            dispatcher.nudge();
            Ok(retried)
        })
        .await?;
    Ok(HttpResponse::Ok().json(RetriedCount { retried }))
}

/// Deletes all dead letters that fit a filter for good, in steps; after an error, repeat the call.
#[utoipa::path(tag = "dead letters", request_body = DeadLetterFilterBody,
    responses((status = 200, body = PurgedCount),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or nothing is said; nothing was changed")))]
#[post("/api/v1/dead-letters:purge")]
pub(super) async fn purge_many(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_json(&request, payload, state.settings.body_limit).await?;
    let filter = read_filter(Fields::of(body)?)?;
    let actor = actor(&request, &state.settings);
    let store = Arc::clone(&state.store);
    let purged = state
        .run(async move { Ok(service::purge(&*store, &filter, &actor).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(PurgedCount { purged }))
}

async fn find(state: &Data<ApiState>, id: String) -> Result<DeadLetterHistory, Problem> {
    let store = Arc::clone(&state.store);
    state
        .run(async move {
            store
                .dead_letter(&id)
                .await?
                .ok_or_else(no_such_dead_letter)
        })
        .await
}

fn no_such_dead_letter() -> Problem {
    Problem::not_found(
        "there is no dead letter of this id; it takes the id of a task or of a job that failed",
    )
}

/// The filter of a body that decides what is changed.
fn read_filter(mut body: Fields) -> Result<DeadLetterFilter, Problem> {
    let all = body.flag("all");
    let queue = read_queue(&mut body);
    let mut text = |name: &str| {
        let text = body.text(name);
        if text.as_deref().is_some_and(|text| !is_name(text)) {
            body.fault(format!("/{name}"), "malformed", name_rule());
        }
        text
    };
    let (reason, fingerprint) = (text("reason"), text("fingerprint"));
    let mut time = |name: &str| {
        let text = body.text(name)?;
        let time = parse_time(&text);
        if time.is_none() {
            body.fault(format!("/{name}"), "malformed", TIME_RULE);
        }
        time
    };
    let (from, to) = (time("from"), time("to"));
    let filter = DeadLetterFilter {
        task_ids: None,
        queue,
        reason,
        fingerprint,
        candidate_id: body.optional_id("candidate_id"),
        job_posting_id: body.optional_id("job_posting_id"),
        from,
        to,
    };
    body.refuse_others();
    if body.faults.is_empty() && all == (filter != DeadLetterFilter::default()) {
        let (code, detail) = if all {
            ("inconsistent", "send either all or a filter, not both")
        } else {
            (
                "missing",
                "send a filter, or \"all\": true for every dead letter there is",
            )
        };
        body.fault("/all", code, detail);
    }
    body.finish()?;
    Ok(filter)
}

fn read_edits(mut body: Fields, state: &ApiState) -> Result<DeadLetterEdits, Problem> {
    let edits = DeadLetterEdits {
        candidate_id: body.optional_id("candidate_id"),
        job_posting_id: body.optional_id("job_posting_id"),
        queue: read_queue(&mut body),
        webhook_url: body.text("webhook_url"),
    };
    check_webhook_url(&mut body, state, edits.webhook_url.as_deref());
    body.refuse_others();
    body.finish()?;
    Ok(edits)
}

fn read_queue(body: &mut Fields) -> Option<QueueName> {
    let name = body.text("queue")?;
    let queue = QueueName::parse(&name);
    if queue.is_none() {
        body.fault("/queue", "unknown_value", QUEUE_RULE);
    }
    queue
}

const QUEUE_RULE: &str =
    "send high, standard or bulk (or matching_high, matching_standard, matching_bulk)";
const TIME_RULE: &str = "send a time such as 2026-11-24T10:00:00Z";

fn name_rule() -> String {
    format!("send 1 to {NAME_LIMIT} characters, none of them control")
}

fn is_name(text: &str) -> bool {
    (1..=NAME_LIMIT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.to_utc()).filter(|time| STORABLE_YEARS.contains(&chrono::Datelike::year(time)))
}

/// The parameters of a query that are read one by one, collecting faults.
struct Query {
    parameters: HashMap<String, String>,
    faults: Vec<FieldProblem>,
}

impl Query {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self {
            parameters: read_query(request)?,
            faults: vec![],
        })
    }

    /// A parameter as something, or the fault that it is none.
    fn read<T>(
        &mut self,
        name: &str,
        code: &str,
        rule: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.parameters.remove(name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let pointer = format!("/{name}");
            self.faults
                .push(FieldProblem::new("query", pointer, code, rule));
        }
        parsed
    }

    fn filter(&mut self) -> DeadLetterFilter {
        let name = |text: &str| is_name(text).then(|| text.to_owned());
        let id = |text: &str| text.parse().ok().filter(|id| *id >= 1);
        let id_rule = "an id is a whole number of 1 or more";
        DeadLetterFilter {
            task_ids: None,
            queue: self.read("queue", "unknown_value", QUEUE_RULE, QueueName::parse),
            reason: self.read("reason", "malformed", &name_rule(), name),
            fingerprint: self.read("fingerprint", "malformed", &name_rule(), name),
            candidate_id: self.read("candidate_id", "out_of_range", id_rule, id),
            job_posting_id: self.read("job_posting_id", "out_of_range", id_rule, id),
            from: self.read("from", "malformed", TIME_RULE, parse_time),
            to: self.read("to", "malformed", TIME_RULE, parse_time),
        }
    }

    fn limit(&mut self) -> u32 {
        let rule = format!("send a whole number from 1 to {PAGE_LIMIT}");
        let limit = |text: &str| {
            let limit = text.parse().ok();
            limit.filter(|limit| (1..=PAGE_LIMIT).contains(limit))
        };
        self.read("limit", "out_of_range", &rule, limit)
            .unwrap_or(PAGE)
    }

    fn page(&mut self) -> NewestFirst {
        let rule = "send next_cursor of the page before, unchanged";
        NewestFirst {
            limit: self.limit(),
            after: self.read("cursor", "malformed", rule, TimeCursor::decode),
        }
    }

    /// Everything that was wrong, if anything was; a parameter that is not known is a misspelt filter.
    fn finish(mut self) -> Result<(), Problem> {
        for name in self.parameters.keys() {
            let rule = "there is no such parameter here";
            let pointer = format!("/{name}");
            self.faults
                .push(FieldProblem::new("query", pointer, "unknown_field", rule));
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.faults))
        }
    }
}
