//! Access to the API: keys and their scopes, limits for wrong keys and for the requests of a key,
//! and refusal of calls that a foreign web page makes.
//!
//! Liveness, readiness and the documentation are open. Every other page needs a key as soon as
//! there is one, and each call of the API needs a scope, which [`scopes`] lists.

mod client;
pub(super) mod cross_site;
pub(super) mod scopes;
mod throttles;

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE},
    middleware::Next,
    web,
};
use ipnet::IpNet;
use tracing::warn;

pub(super) use self::throttles::Throttles;
use super::{ApiState, problem::Problem, problem_kinds::ProblemKind};
use crate::{
    domain::api_key::{Scope, id_in_key},
    service::api_keys::{Caller, Denied},
};

/// Settings of access.
#[derive(Debug, Clone, Default)]
pub struct AccessSettings {
    /// The networks of proxies whose statements about the client are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The rate limit of keys that have none of their own.
    pub requests_per_minute: Option<u32>,
    /// True if only this machine reaches the service.
    pub is_loopback: bool,
    /// Names in `Host` that a service without keys accepts besides those of loopback.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages that may call the API.
    pub allowed_origins: Vec<String>,
}

/// What a log line states about a caller.
#[derive(Debug, Clone)]
pub(super) struct LoggedCaller {
    /// The address of the client.
    pub(super) address: Option<IpAddr>,
    /// The name of its key.
    pub(super) key: Option<Arc<str>>,
}

/// Passes calls that may be made, and answers others.
pub(super) async fn check_access<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    let throttles = request.app_data::<web::Data<Throttles>>().cloned();
    let (Some(state), Some(throttles)) = (state, throttles) else {
        return Ok(request.into_response(Problem::internal().response()));
    };
    let refused = match admit(&request, &state, &throttles).await {
        Ok(quota) => {
            let mut response = next.call(request).await?.map_into_boxed_body();
            if let Some(quota) = quota {
                quota.describe(response.headers_mut());
            }
            return Ok(response);
        }
        Err(refused) => refused,
    };
    Ok(request.into_response(refused))
}

/// Decides whether a request may go on. Returns the state of its key's rate limit.
async fn admit(
    request: &ServiceRequest,
    state: &web::Data<ApiState>,
    throttles: &Throttles,
) -> Result<Option<throttles::Quota>, HttpResponse> {
    let settings = &state.settings.access;
    let address = client::address(request.request(), &settings.trusted_proxies);
    let log = |key: Option<Arc<str>>| {
        let caller = LoggedCaller { address, key };
        request.extensions_mut().insert(caller);
    };
    log(None);
    cross_site::check_origin(request, settings).map_err(|problem| problem.response())?;
    if is_open(request.path()) {
        let is_probe = matches!(request.path(), "/livez" | "/readyz");
        if !is_probe && state.keys.is_keyless() {
            cross_site::check_host(request, settings).map_err(|problem| problem.response())?;
        }
        return Ok(None);
    }
    let presented = presented_key(request.headers());
    if let (Some(key), Some(address)) = (presented, address)
        && let Some(wait) = throttles.wrong_keys.blocks(address, key)
    {
        return Err(Problem::too_many_wrong_keys(wait).response());
    }
    let caller = match authenticate(presented, state).await {
        Ok(caller) => caller,
        Err(denied) => {
            if matches!(denied, Denied::Expired | Denied::Revoked) {
                log(presented
                    .and_then(id_in_key)
                    .map(|id| format!("key:{id}").into()));
            }
            let is_wrong = !matches!(denied, Denied::NoKey | Denied::Unavailable(_));
            if let Some(address) = address.filter(|_| is_wrong)
                && throttles.wrong_keys.record(address)
            {
                warn!(client.address = %address, "refusing unknown keys of an address");
            }
            return Err(refusal_of(denied));
        }
    };
    if caller.is_anonymous() {
        cross_site::check_host(request, settings).map_err(|problem| problem.response())?;
    } else {
        log(Some(Arc::clone(&caller.actor)));
        if let (Some(key), Some(address)) = (presented, address) {
            throttles.wrong_keys.record_right(address, key);
        }
    }
    let limit = caller
        .requests_per_minute
        .or(settings.requests_per_minute)
        .filter(|_| !caller.is_anonymous());
    let quota = match limit {
        Some(limit) => Some(throttles.requests.take(&caller.actor, limit)),
        None => None,
    };
    if let Some(quota) = quota.as_ref()
        && let Some(wait) = quota.wait()
    {
        let mut response = Problem::rate_limited(quota.limit(), wait).response();
        quota.describe(response.headers_mut());
        return Err(response);
    }
    let path = request.match_info().as_str();
    if let Some(needed) = scopes::missing(request.method(), path, caller.scopes) {
        return Err(refusal_of_scope(needed));
    }
    request.extensions_mut().insert(caller);
    Ok(quota)
}

/// Finds the caller of a key, from memory if possible.
async fn authenticate(
    presented: Option<&str>,
    state: &web::Data<ApiState>,
) -> Result<Caller, Denied> {
    if let Some(known) = state.keys.recognise(presented) {
        return known;
    }
    let keys = Arc::clone(&state.keys);
    let presented = presented.map(str::to_owned);
    let looked_up = state
        .run(async move { Ok(keys.look_up(presented.as_deref()).await) })
        .await;
    looked_up.unwrap_or(Err(Denied::Unknown))
}

fn refusal_of(denied: Denied) -> HttpResponse {
    let is_wrong = !matches!(denied, Denied::NoKey);
    let problem = match denied {
        Denied::NoKey | Denied::Unknown => Problem::unauthorized(),
        Denied::Expired => Problem::key_ended(ProblemKind::KEY_EXPIRED),
        Denied::Revoked => Problem::key_ended(ProblemKind::KEY_REVOKED),
        Denied::Unavailable(error) => return Problem::from(error).response(),
    };
    let mut response = problem.response();
    if is_wrong {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

fn refusal_of_scope(needed: &[Scope]) -> HttpResponse {
    let mut response = Problem::insufficient_scope(needed).response();
    let scope = needed.first().map_or("", |scope| scope.as_str());
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Returns true if a page needs no key. Closed by default: the path is the one that the client
/// wrote, and the router also accepts other spellings of a path, such as `/%61pi/`.
pub(super) fn is_open(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/openapi.json" | "/docs") || path.starts_with("/docs/")
}

/// Returns the caller of a request that has passed.
pub(super) fn caller(request: &HttpRequest) -> Option<Caller> {
    request.extensions().get::<Caller>().cloned()
}

/// Returns the caller's name for the audit log of operator actions.
pub(super) fn actor(request: &HttpRequest) -> String {
    let caller = caller(request);
    caller.map_or_else(|| "unknown".to_owned(), |caller| caller.actor.to_string())
}

/// True if the caller may see what only operators see.
pub(super) fn is_operator(request: &HttpRequest) -> bool {
    caller(request).is_some_and(|caller| caller.scopes.contains(Scope::Operate))
}

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

fn presented_key(headers: &HeaderMap) -> Option<&str> {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = header(AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key);
    let key = bearer.or_else(|| header(API_KEY));
    key.map(str::trim).filter(|key| !key.is_empty())
}

impl Problem {
    fn key_ended(kind: ProblemKind) -> Self {
        Self::new(kind, "ask an operator for another key")
    }

    fn too_many_wrong_keys(wait: std::time::Duration) -> Self {
        let detail = "too many wrong keys came from this address; keys that were right before pass";
        Self::new(ProblemKind::TOO_MANY_WRONG_KEYS, detail).with_retry_after(wait)
    }

    fn rate_limited(limit: u32, wait: std::time::Duration) -> Self {
        let detail = format!("this key may make {limit} requests in a minute; see Retry-After");
        Self::new(ProblemKind::RATE_LIMITED, detail).with_retry_after(wait)
    }

    fn insufficient_scope(needed: &[Scope]) -> Self {
        let names: Vec<&str> = needed.iter().map(|scope| scope.as_str()).collect();
        let detail = format!(
            "this call needs a key with the scope {}",
            names.join(" or ")
        );
        Self::new(ProblemKind::INSUFFICIENT_SCOPE, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect();
        presented_key(&headers).map(str::to_owned)
    }

    #[test]
    fn a_key_is_presented_as_a_bearer_token_or_in_its_own_header() {
        let key = Some("key".to_owned());
        assert_eq!(presented(&[("authorization", "bearer  key ")]), key);
        assert_eq!(presented(&[("x-api-key", "key")]), key);
        let other_scheme = [("authorization", "Basic a2V5"), ("x-api-key", "key")];
        assert_eq!(presented(&other_scheme), key);
    }

    #[test]
    fn an_empty_key_is_none() {
        for empty in [
            ("authorization", "Bearer "),
            ("authorization", "Bearer"),
            ("x-api-key", ""),
            ("x-api-key", "  "),
        ] {
            assert_eq!(presented(&[empty]), None, "{empty:?}");
        }
    }
}
