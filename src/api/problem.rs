//! RFC 9457 problem documents, and the mapping of the service's errors to HTTP.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use tracing::{error, warn};
use utoipa::ToSchema;

use super::{
    context::{self, RequestContext},
    openapi,
    problem_kinds::ProblemKind,
};
use crate::{
    outage::{OutageReports, with_causes},
    service::{
        Outage, ServiceError, dependencies::DependencyReportError,
        immediate_match::ImmediateMatchError, submit::SubmitError, verify_result::VerifyError,
        watching::TooManyWaiting,
    },
};
use matching_engine::profiles::{profile_fault::ProfileFault, profile_warning::ProfileWarning};

/// The `Retry-After` of a dependency that is unavailable if nothing more precise is known.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The `Retry-After` of a service that has no room for a computation.
const BUSY_FOR: Duration = Duration::from_secs(1);

/// The longest `Retry-After`: a dependency may be back sooner than a breaker's pause ends.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The maximum number of faulty fields that one answer lists.
const ERROR_LIMIT: usize = 100;

/// Decides which refused requests are worth a log line: the first for each part that is
/// unavailable, and then one a minute. Their number grows with the traffic.
struct Refusals(Mutex<BTreeMap<&'static str, OutageReports>>);

static REFUSALS: Refusals = Refusals(Mutex::new(BTreeMap::new()));

impl Refusals {
    /// Records a refusal. Returns the number of refusals since the last reported one, this one
    /// included, if it should be logged.
    fn refused(&self, part: &'static str) -> Option<u64> {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.entry(part).or_default().failed()
    }
}

/// One faulty field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The part of the request: `body`, `query`, `path` or `header`.
    pub r#in: &'static str,
    /// JSON pointer of the field, such as `/job_ids/3`.
    pub pointer: String,
    /// The line of an NDJSON body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// A stable code, such as `wrong_type`, `missing`, `out_of_range`.
    pub code: String,
    /// An instruction that says what to send instead.
    pub detail: String,
}

impl FieldProblem {
    pub(super) fn new(
        place: &'static str,
        pointer: impl Into<String>,
        code: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            r#in: place,
            pointer: pointer.into(),
            line: None,
            code: code.to_owned(),
            detail: detail.into(),
        }
    }

    /// Returns this fault with the line of an NDJSON body that it is in.
    pub(super) fn of_line(self, number: usize) -> Self {
        Self {
            line: Some(number),
            ..self
        }
    }

    /// Returns the description of a profile's value that was left out.
    pub(super) fn of_warning(warning: &ProfileWarning) -> Self {
        Self::new("body", &*warning.pointer, warning.code, &*warning.detail)
    }

    /// Returns a profile's fault, with its pointer below `prefix` in the body.
    pub(super) fn of_profile(prefix: &str, fault: &ProfileFault) -> Self {
        Self::new(
            "body",
            format!("{prefix}{}", fault.pointer),
            fault.code,
            &fault.detail,
        )
    }
}

/// A problem document (`application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// A URN of the kind of problem; it does not resolve.
    r#type: String,
    /// The kind of problem, as a short text.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The cause of this problem, and what to do next.
    detail: String,
    /// The path of the request.
    instance: String,
    /// A stable code of the kind of problem.
    code: &'static str,
    /// The faulty fields.
    errors: Vec<FieldProblem>,
    /// The id of the request, for support; the log and `X-Request-Id` contain it too.
    request_id: String,
}

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
}

/// Returns whole seconds for `Retry-After`: rounded up, at least 1 and at most [`LONGEST_WAIT`].
fn seconds_to_wait(wait: Duration) -> u64 {
    let wait = wait.min(LONGEST_WAIT);
    let rounded_up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    rounded_up.max(1)
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            kind,
            detail,
            errors: vec![],
            retry_after: None,
        }
    }

    /// Returns this problem with the time after which the request may succeed.
    pub(super) fn with_retry_after(self, wait: Duration) -> Self {
        let retry_after = Some(seconds_to_wait(wait));
        Self {
            retry_after,
            ..self
        }
    }

    /// Returns this problem of an import whose good lines up to this one are stored.
    pub(super) fn with_stored_lines(self, through: usize) -> Self {
        if through == 0 {
            return self;
        }
        let detail = format!(
            "{}; the import ended early: all good lines up to line {through} are stored, send the \
             lines behind it again",
            self.detail
        );
        Self { detail, ..self }
    }

    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::MALFORMED_JSON, detail)
    }

    pub(super) fn invalid(mut errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            many => format!("{} fields are wrong; nothing was stored", many.len()),
        };
        errors.truncate(ERROR_LIMIT);
        Self {
            errors,
            ..Self::new(ProblemKind::INVALID_REQUEST, detail)
        }
    }

    pub(super) fn body_too_large(limit: usize) -> Self {
        let detail = format!("the body may have {limit} bytes at most; split it");
        Self::new(ProblemKind::BODY_TOO_LARGE, detail)
    }

    pub(super) fn empty_body() -> Self {
        let detail = "the body is empty; send what /docs describes for this call";
        Self::new(ProblemKind::EMPTY_BODY, detail)
    }

    pub(super) fn media_type(wanted: &str) -> Self {
        let detail = format!("send the body as {wanted} and say so in Content-Type");
        Self::new(ProblemKind::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    pub(super) fn content_encoding() -> Self {
        let detail = "send the body without Content-Encoding; compressed bodies are not taken";
        Self::new(ProblemKind::UNSUPPORTED_CONTENT_ENCODING, detail)
    }

    pub(super) fn slow_body() -> Self {
        let detail = "the body arrived too slowly (`http.body_grace_seconds`, \
            `http.body_minimum_rate_bytes`); nothing was stored, send it again";
        Self::new(ProblemKind::REQUEST_TIMEOUT, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::NOT_FOUND, detail)
    }

    pub(super) fn unauthorized() -> Self {
        let detail = "send a valid key as `Authorization: Bearer KEY` or `X-API-Key: KEY`";
        Self::new(ProblemKind::UNAUTHORIZED, detail)
    }

    /// Returns the problem of a service that has no room for a request now.
    pub(super) fn busy(detail: impl Into<String>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(seconds_to_wait(retry_after)),
            ..Self::new(ProblemKind::BUSY, detail)
        }
    }

    /// Returns the problem of a dependency that the job may not have.
    fn of_dependency(error: &SubmitError) -> Self {
        let fault = FieldProblem::new("query", "/depends_on", "inconsistent", error.to_string());
        Self::invalid(vec![fault])
    }

    /// Returns the problem of a part of the service that failed or is unavailable, and logs the
    /// cause.
    fn of_failure(error: &ServiceError) -> Self {
        let cause = with_causes(error);
        let Some(outage) = error.outage() else {
            error!(error = cause, "request failed");
            return Self::internal();
        };
        // The breaker has already logged the outage.
        if outage.retry_after.is_none()
            && let Some(failures) = REFUSALS.refused(outage.part)
        {
            warn!(
                error = cause,
                failures, "request refused: {} is unavailable", outage.part
            );
        }
        Self::unavailable(&outage)
    }

    fn unavailable(outage: &Outage) -> Self {
        // A commit whose answer was lost may have stored the request: a caller who names it can
        // send it again safely.
        let Outage {
            part,
            fault,
            retry_after,
        } = outage;
        let detail = format!(
            "the request was not accepted: {part} {fault}; send it again later, with the same id or \
             Idempotency-Key if it has one"
        );
        Self {
            retry_after: Some(seconds_to_wait(retry_after.unwrap_or(RETRY_AFTER))),
            ..Self::new(ProblemKind::UNAVAILABLE, detail)
        }
    }

    pub(super) fn internal() -> Self {
        let detail = "this is a fault of the service; quote the request id when you report it";
        Self::new(ProblemKind::INTERNAL_ERROR, detail)
    }

    /// Returns the problem for an error status that the framework answered.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (kind, detail) = match status {
            StatusCode::NOT_FOUND => (
                ProblemKind::NOT_FOUND,
                "there is no such page; /docs lists them all",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                ProblemKind::METHOD_NOT_ALLOWED,
                "see /docs for the methods of each page",
            ),
            StatusCode::REQUEST_TIMEOUT => (
                ProblemKind::REQUEST_TIMEOUT,
                "send the whole request at once",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (ProblemKind::BODY_TOO_LARGE, "split the body"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                ProblemKind::UNSUPPORTED_MEDIA_TYPE,
                "see /docs for the types of bodies that each call takes",
            ),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
                ProblemKind::HEADERS_TOO_LARGE,
                "send at most 96 headers, and at most 128 KiB of them",
            ),
            status if status.is_client_error() => (
                ProblemKind::MALFORMED_REQUEST,
                "send a request of HTTP/1.1; see /docs for the calls",
            ),
            _ => return Self::internal(),
        };
        Self::new(kind, detail)
    }

    /// Returns the document of this problem, as JSON.
    pub(super) fn document(&self, context: RequestContext) -> Vec<u8> {
        let document = ProblemDocument {
            r#type: format!("urn:matching:problem:{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: self.detail.clone(),
            instance: context.path,
            code: self.kind.code,
            errors: self.errors.clone(),
            request_id: context.request_id,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// Returns the HTTP response of this problem.
    pub(super) fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.kind.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.kind == ProblemKind::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if self.kind == ProblemKind::UNSUPPORTED_CONTENT_ENCODING {
            // RFC 9110, section 12.5.3: the answer names the encodings that are taken.
            response.insert_header((header::ACCEPT_ENCODING, "identity"));
        }
        if self.kind == ProblemKind::REQUEST_TIMEOUT {
            // The rest of the body may still come; it must not be read as the next request.
            response.force_close();
        }
        let document = self.document(context::current());
        response
            .content_type("application/problem+json")
            .body(document)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let detail = error.to_string();
        match error {
            ServiceError::NotFound(_) => Self::not_found(detail),
            ServiceError::AlreadyEnded(_) => Self::new(ProblemKind::ALREADY_ENDED, detail),
            ServiceError::SeveralMatches => Self::new(ProblemKind::SEVERAL_MATCHES, detail),
            ServiceError::ReceiverOfBatch => Self::new(ProblemKind::RECEIVER_OF_BATCH, detail),
            ServiceError::DeliveryPending => Self::new(ProblemKind::DELIVERY_PENDING, detail),
            ServiceError::PreconditionFailed => Self::new(ProblemKind::PRECONDITION_FAILED, detail),
            ServiceError::Database(_) | ServiceError::Document(_) => Self::of_failure(&error),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Conflict(detail) => Self::new(ProblemKind::CONFLICT, detail),
            SubmitError::DependencyCycle { .. } => Self {
                kind: ProblemKind::DEPENDENCY_CYCLE,
                ..Self::of_dependency(&error)
            },
            SubmitError::ChainTooLong => Self {
                kind: ProblemKind::DEPENDENCY_CHAIN_TOO_LONG,
                ..Self::of_dependency(&error)
            },
            SubmitError::BacklogFull(full) => Self {
                retry_after: Some(seconds_to_wait(full.retry_after)),
                ..Self::new(ProblemKind::BACKLOG_FULL, full.to_string())
            },
            SubmitError::Service(error) => error.into(),
        }
    }
}

impl From<TooManyWaiting> for Problem {
    fn from(error: TooManyWaiting) -> Self {
        Self {
            retry_after: Some(seconds_to_wait(RETRY_AFTER)),
            ..Self::new(ProblemKind::TOO_MANY_WAITING, error.to_string())
        }
    }
}

impl From<DependencyReportError> for Problem {
    fn from(error: DependencyReportError) -> Self {
        match error {
            DependencyReportError::Service(error) => error.into(),
            refused => Self::new(ProblemKind::CONFLICT, refused.to_string()),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::NotCompleted(_) => {
                Self::new(ProblemKind::NOT_COMPLETED, error.to_string())
            }
            VerifyError::Panicked => Self::internal(),
            VerifyError::Service(error) => error.into(),
        }
    }
}

impl From<ImmediateMatchError> for Problem {
    fn from(error: ImmediateMatchError) -> Self {
        match error {
            ImmediateMatchError::NotFound { .. } => Self::not_found(error.to_string()),
            ImmediateMatchError::Faults { kind, faults } => {
                let prefix = format!("/{}", kind.as_str());
                Self::invalid(
                    faults
                        .iter()
                        .map(|fault| FieldProblem::of_profile(&prefix, fault))
                        .collect(),
                )
            }
            ImmediateMatchError::Panicked => Self::internal(),
            ImmediateMatchError::Busy(busy) => Self::busy(busy.to_string(), BUSY_FOR),
            ImmediateMatchError::Service(error) => error.into(),
        }
    }
}

/// Answers requests without a handler: 405 if the page has other methods, otherwise 404.
pub(super) async fn no_such_page(request: HttpRequest) -> HttpResponse {
    let pattern = request.resource_map().match_pattern(request.path());
    let allowed = pattern.map_or_else(Vec::new, |pattern| openapi::methods_of(&pattern));
    if allowed.is_empty() {
        return Problem::of_status(StatusCode::NOT_FOUND).response();
    }
    let mut response = Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).response();
    if let Ok(allowed) = header::HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_logged_once_for_each_part_however_many_calls_are_refused() {
        let refusals = Refusals(Mutex::default());
        let logged = (0..100).filter_map(|_| refusals.refused("the database"));
        assert_eq!(logged.collect::<Vec<_>>(), [1]);
        assert_eq!(refusals.refused("the document store"), Some(1));
    }
}
