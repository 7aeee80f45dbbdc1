//! API keys: if any are configured, every call must carry one, except those to health, metrics and
//! the documentation.

use actix_web::{
    Error, HttpRequest,
    body::BoxBody,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::AUTHORIZATION,
    middleware::Next,
    web,
};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use super::{ApiSettings, ApiState, problem::Problem};

pub(super) async fn require_key<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let keys = request
        .app_data::<web::Data<ApiState>>()
        .map(|state| &state.settings.api_keys[..]);
    let keys = keys.unwrap_or_default();
    let open = keys.is_empty() || is_open(request.path());
    if open || presented_key(request.request()).is_some_and(|key| is_one_of(key, keys)) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    Ok(request.into_response(Problem::unauthorized().response()))
}

/// Returns true if a page needs no key. Closed by default: the path is the one that the client
/// wrote, and the router also accepts other spellings of a path, such as `/%61pi/`.
pub(super) fn is_open(path: &str) -> bool {
    matches!(
        path,
        "/livez" | "/readyz" | "/metrics" | "/openapi.json" | "/docs"
    ) || path.starts_with("/docs/")
}

/// Returns the caller's name for the audit log of operator actions: the first 8 hex digits of the
/// SHA-256 of the key in use, or `anonymous` if no keys are configured.
pub(super) fn actor(request: &HttpRequest, settings: &ApiSettings) -> String {
    match presented_key(request).filter(|_| !settings.api_keys.is_empty()) {
        Some(key) => hex::encode(&digest(&SHA256, key.as_bytes()).as_ref()[..4]),
        None => "anonymous".to_owned(),
    }
}

fn presented_key(request: &HttpRequest) -> Option<&str> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    header(AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .or_else(|| header("x-api-key"))
}

/// Compares digests, so that the time of the comparison reveals nothing about a key.
fn is_one_of(presented: &str, keys: &[SecretString]) -> bool {
    let presented = digest(&SHA256, presented.as_bytes());
    keys.iter()
        .any(|key| digest(&SHA256, key.expose_secret().as_bytes()).as_ref() == presented.as_ref())
}
