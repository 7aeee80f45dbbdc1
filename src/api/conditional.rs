//! Conditional requests (RFC 9110): entity tags of answers, `If-None-Match` and `If-Match`.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG, EntityTag, Header, IfNoneMatch},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::problem::Problem;

/// The number of bytes of a digest that a tag has.
const TAG_BYTES: usize = 16;

/// Answers JSON with a tag of its content: 304 without a body if the caller has this content.
pub(super) fn json(
    request: &HttpRequest,
    response: HttpResponseBuilder,
    body: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(body).map_err(|_| Problem::internal())?;
    let digest = digest(&SHA256, &body);
    let tag = EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&digest.as_ref()[..TAG_BYTES]));
    Ok(tagged(request, response, tag, body))
}

/// Answers JSON text with this tag: 304 without a body if the caller has a document of this tag.
pub(super) fn tagged(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    tag: EntityTag,
    body: impl Into<Vec<u8>>,
) -> HttpResponse {
    let is_held = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(held)) => held.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    response.insert_header((ETAG, tag.to_string()));
    if is_held {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(body.into())
}
