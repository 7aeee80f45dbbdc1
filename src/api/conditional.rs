//! Conditional requests (RFC 9110): entity tags of answers, `If-None-Match` and `If-Match`.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{
            CONTENT_TYPE, ETAG, EntityTag, Header, IF_MATCH, IF_NONE_MATCH, IfMatch, IfNoneMatch,
        },
    },
};

use ring::digest::{SHA256, digest};
use serde::Serialize;
use utoipa::IntoParams;

use super::problem::Problem;
use crate::domain::revision::{Revisions, WriteCondition};

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
    let tag = EntityTag::new_strong(hex::encode(&digest.as_ref()[..TAG_BYTES]));
    Ok(tagged(request, response, &tag, body))
}

/// Answers JSON text with this tag: 304 without a body if the caller has a document of this tag.
pub(super) fn tagged(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    tag: &EntityTag,
    body: impl Into<Vec<u8>>,
) -> HttpResponse {
    let is_held = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(held)) => held.iter().any(|held| held.weak_eq(tag)),
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

/// Headers of a call that reads a tagged document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by `tagged`")]
pub struct ReadConditions {
    /// An `ETag` of an earlier answer: 304 without a body if the document is still the same.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// Headers of a call that replaces or deletes a tagged document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by `write_condition`")]
pub struct WriteConditions {
    /// The `ETag` of the document that is to be changed, or `*` for any: 412 if the stored one is
    /// another, or there is none.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// `*` only creates: 412 if a document is stored.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// Returns the strong tag of a stored document.
pub(super) fn tag_of_revision(revision: &str) -> EntityTag {
    EntityTag::new_strong(revision.to_owned())
}

/// Reads the condition on the stored document. A header that names no readable tag is a condition
/// that never holds, or, for `If-None-Match`, that always does.
pub(super) fn write_condition(request: &HttpRequest) -> WriteCondition {
    let has = |name| request.headers().contains_key(name);
    let is = match IfMatch::parse(request) {
        _ if !has(IF_MATCH) => None,
        Ok(IfMatch::Any) => Some(Revisions::Any),
        // Weak tags never match here.
        Ok(IfMatch::Items(tags)) => Some(one_of(tags.iter().filter(|tag| !tag.weak))),
        Err(_) => Some(Revisions::OneOf(vec![])),
    };
    let is_not = match IfNoneMatch::parse(request) {
        _ if !has(IF_NONE_MATCH) => None,
        Ok(IfNoneMatch::Any) => Some(Revisions::Any),
        Ok(IfNoneMatch::Items(tags)) => Some(one_of(tags.iter())),
        Err(_) => Some(Revisions::OneOf(vec![])),
    };
    WriteCondition { is, is_not }
}

fn one_of<'a>(tags: impl Iterator<Item = &'a EntityTag>) -> Revisions {
    Revisions::OneOf(tags.map(|tag| tag.tag().to_owned()).collect())
}
