//! The middleware of all requests: gives each request an id, one log line and one measurement, and
//! turns errors of the framework into problem documents.

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, Uri,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use metrics::{counter, histogram};
use tokio::{task_local, time::Instant};
use tracing::{Instrument as _, debug, error_span, field::display, info, warn};
use ulid::Ulid;

use super::{
    access::{LoggedCaller, cross_site::add_security_headers},
    problem::Problem,
};
use crate::domain::trace::TraceContext;

/// The header with the id of a request, which problem documents and the log state too.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header with the caller's position in its trace.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The facts about a request that its problem document states.
#[derive(Debug, Clone, Default)]
pub(super) struct RequestContext {
    pub(super) request_id: String,
    pub(super) path: String,
    pub(super) trace: Option<TraceContext>,
}

impl RequestContext {
    /// Returns the trace of the request.
    pub(super) fn trace(&self) -> TraceContext {
        self.trace
            .unwrap_or_else(|| TraceContext::begun(Ulid::generate()))
    }
}

task_local! {
    static CONTEXT: RequestContext;
}

/// Returns the context of the current request.
pub(super) fn current() -> RequestContext {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}

pub(super) async fn describe_request<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let request_id = request_id(&request);
    let path = request.path().to_owned();
    let method = request.method().clone();
    trim_trailing_slash(&mut request);
    let trace = trace(&request);
    let context = RequestContext {
        request_id: request_id.clone(),
        path: path.clone(),
        trace: Some(trace),
    };
    // All lines about the request are in this span, also those of other threads: see `state`. Of
    // the highest level, so that no filter of the log drops the id.
    let span = error_span!("request", trace.id = %trace.trace_id());
    let answered = async {
        match next.call(request).await {
            Ok(response) => Ok(as_problem(response)),
            // An error of an inner middleware is turned into a response further out.
            Err(error) => Err(error),
        }
    };
    let answered = CONTEXT
        .scope(context, answered.instrument(span.clone()))
        .await;
    let _entered = span.entered();
    let mut response = answered?;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    add_security_headers(&path, response.headers_mut());
    // The pattern instead of the path: few values, and no ids in metrics.
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_u16();
    let elapsed = began.elapsed();
    counter!("matching_http_requests_total", "method" => known_method(&method), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    histogram!("matching_http_request_duration_seconds", "route" => route)
        .record(elapsed.as_secs_f64());
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let caller = response
        .request()
        .extensions()
        .get::<LoggedCaller>()
        .cloned();
    let (address, key) = caller.map_or((None, None), |caller| (caller.address, caller.key));
    let (address, key) = (address.map(display), key.map(display));
    if status >= 500 {
        warn!(request.id = %request_id, client.address = address, client.key = key, %method, path, status, duration_ms, "request failed");
    } else if is_probe(&path) {
        debug!(request.id = %request_id, client.address = address, client.key = key, %method, path, status, duration_ms, "request");
    } else {
        info!(request.id = %request_id, client.address = address, client.key = key, %method, path, status, duration_ms, "request");
    }
    Ok(response)
}

/// Removes a slash at the end of a call's path, which callers of the predecessor may send. The pages
/// of the documentation need theirs: their links are relative.
fn trim_trailing_slash(request: &mut ServiceRequest) {
    let path = request.path();
    let Some(trimmed) = path.strip_suffix('/').filter(|_| path.starts_with("/api/")) else {
        return;
    };
    let query = request.uri().query();
    let target = query.map_or_else(|| trimmed.to_owned(), |query| format!("{trimmed}?{query}"));
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = target.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// True for pages that orchestrators and monitoring read every few seconds.
fn is_probe(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/metrics")
}

/// Returns a method's name as a metric's label: few values, whatever clients send.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    known
        .into_iter()
        .find(|name| *name == method.as_str())
        .unwrap_or("other")
}

/// Returns the caller's trace, or a new one, at the position of this request.
fn trace(request: &ServiceRequest) -> TraceContext {
    // Several headers are as invalid as a malformed one.
    let mut headers = request.headers().get_all(TRACEPARENT);
    let received = match (headers.next(), headers.next()) {
        (Some(only), None) => only.to_str().ok().and_then(TraceContext::parse),
        _ => None,
    };
    let here = Ulid::generate();
    received.map_or_else(
        || TraceContext::begun(here),
        |received| received.child(here),
    )
}

/// Returns the client's id if it is short and printable, otherwise a new one.
fn request_id(request: &ServiceRequest) -> String {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=128).contains(&id.len())
                && id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
        })
        .map_or_else(|| Ulid::generate().to_string(), str::to_owned)
}

fn as_problem<B: MessageBody + 'static>(response: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let described = response.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"application/problem+json") || kind.starts_with(b"application/json")
    });
    if is_error && !described {
        let (request, _) = response.into_parts();
        return ServiceResponse::new(request, Problem::of_status(status).response());
    }
    response.map_into_boxed_body()
}
