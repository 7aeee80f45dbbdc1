//! `/api/v1/keys`: lists, creates, rotates and revokes API keys.
//!
//! The first key is created on the host (`matching keys create`): a caller without a key could
//! otherwise lock out all others.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::LOCATION,
    post,
    web::{Data, Path, Payload},
};
use deserr::{Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ArrayBuilder, RefOr, schema::Schema},
};

use super::{
    ApiState,
    access::{actor, caller},
    faults::{Faults, InBody, InQuery, Part},
    fields::{CallerText, Count, Field},
    matches::PageLimit,
    problem::{Problem, ProblemDocument},
    problem_kinds::ProblemKind,
    reading::{
        Fields, NoParameters, read_body, read_optional_body, read_path_text, read_two_groups,
    },
};
use crate::{
    domain::{
        api_key::{ApiKey, KeyState, Scope, Scopes},
        event::format_timestamp,
        identifiers::ApiKeyId,
        paging::{NewestFirst, TimeCursor},
    },
    service::api_keys::{CreatedKey, KeyRequest},
};

/// The lifetime of a key in seconds, at most ten years.
type Lifetime = Count<315_360_000, 315_360_000>;

/// The overlap of a rotation in seconds: a day if none is stated.
type Overlap = Count<86_400, 315_360_000>;

/// A rate limit, in requests in a minute.
type RateLimit = Count<1_000_000, 1_000_000>;

/// An API key, without its text.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyView {
    /// Its id, which is a part of its text.
    #[schema(example = "5d0f3c9a1b7e")]
    id: String,
    /// What it is for.
    name: String,
    /// What it permits.
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<&'static str>,
    /// `active`, `expired` or `revoked`.
    #[schema(value_type = KeyState)]
    state: &'static str,
    /// Its own limit of requests in a minute; null for the configured one.
    requests_per_minute: Option<u32>,
    /// The time of its creation.
    #[schema(format = DateTime)]
    created_at: String,
    /// The operator who created it, as in the list of operator actions.
    created_by: String,
    /// The end of its validity; null without one.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The time of its revocation.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Its last use, at most a minute late.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// The key that a rotation created in its place.
    replaced_by: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes.names(),
            state: key.state.as_str(),
            requests_per_minute: key.requests_per_minute,
            created_at: format_timestamp(key.created_at),
            created_by: key.created_by,
            expires_at: key.expires_at.map(format_timestamp),
            revoked_at: key.revoked_at.map(format_timestamp),
            last_used_at: key.last_used_at.map(format_timestamp),
            replaced_by: key.replaced_by.map(|id| id.to_string()),
        }
    }
}

/// A new API key with its text.
#[derive(Serialize, ToSchema)]
pub struct CreatedKeyAnswer {
    /// The text to present. It is shown only here.
    #[schema(example = "mk_5d0f3c9a1b7e_…")]
    key: String,
    #[serde(flatten)]
    view: ApiKeyView,
}

impl From<CreatedKey> for CreatedKeyAnswer {
    fn from(created: CreatedKey) -> Self {
        Self {
            key: created.text.reveal().to_owned(),
            view: created.key.into(),
        }
    }
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
pub struct ApiKeysPage {
    /// Newest first.
    keys: Vec<ApiKeyView>,
    /// Send it as `cursor` for the next page; null on the last page.
    next_cursor: Option<String>,
}

/// A page of a list of keys.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct KeyPageQuery {
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<TimeCursor>,
}

impl Fields<InQuery> for KeyPageQuery {}

/// The scopes of a key; at least one.
pub(super) struct KeyScopes(Scopes);

impl Field for KeyScopes {
    fn rule() -> String {
        let names = Scope::ALL.map(Scope::as_str);
        format!("send a list of scopes: {}", names.join(", "))
    }
}

impl<P: Part> Deserr<Faults<P>> for KeyScopes {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        let Value::Sequence(values) = value else {
            return Err(Faults::wrong_type(location, value.kind(), Self::rule()));
        };
        let scopes = values.into_iter().map(|value| match value.into_value() {
            Value::String(name) => Scope::parse(&name),
            _ => None,
        });
        match scopes.collect::<Option<Scopes>>() {
            Some(scopes) if !scopes.is_empty() => Ok(Self(scopes)),
            _ => Err(Faults::at(location, "unknown_value", Self::rule())),
        }
    }
}

impl PartialSchema for KeyScopes {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(<Scope as PartialSchema>::schema())
            .min_items(Some(1))
            .into()
    }
}

impl ToSchema for KeyScopes {}

/// A key to create.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "platform", "scopes": ["submit", "read"], "expires_in_seconds": 31_536_000}))]
pub struct KeyBody {
    /// What the key is for.
    #[deserr(missing_field_error = CallerText::missing)]
    #[schema(inline)]
    name: CallerText,
    /// What it permits.
    #[deserr(missing_field_error = KeyScopes::missing)]
    #[schema(inline)]
    scopes: KeyScopes,
    /// The time after which it expires; without it, never.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 315_360_000)]
    expires_in_seconds: Option<Lifetime>,
    /// Its own limit of requests in a minute, in each process; without it, the configured one.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    requests_per_minute: Option<RateLimit>,
}

impl Fields<InBody> for KeyBody {}

/// The times of a rotation.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 3_600}))]
pub struct RotationBody {
    /// The time for which the replaced key stays valid, unless it expires earlier.
    #[deserr(default)]
    #[schema(inline)]
    overlap_seconds: Option<Overlap>,
    /// The time after which the new key expires; without it, the lifetime of the replaced one, if
    /// that has an end.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 315_360_000)]
    expires_in_seconds: Option<Lifetime>,
}

impl Fields<InBody> for RotationBody {}

/// Lists API keys, newest first, also those that have ended.
#[utoipa::path(operation_id = "list_keys", tag = "keys",
    params(KeyPageQuery),
    responses((status = 200, body = ApiKeysPage, description = "a page of keys, without their texts")))]
#[get("/api/v1/keys")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    refuse_anonymous(&request)?;
    let (query, NoParameters {}) = read_two_groups::<KeyPageQuery, NoParameters>(&request)?;
    let page = NewestFirst {
        limit: query.limit.unwrap_or_default().0,
        after: query.cursor,
    };
    let keys = Arc::clone(&state.keys);
    let listing = state
        .run(async move { Ok(keys.list(&page).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(ApiKeysPage {
        keys: listing.rows.into_iter().map(ApiKeyView::from).collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    }))
}

/// Creates an API key. Its text is in the answer, and is not shown again.
#[utoipa::path(operation_id = "create_key", tag = "keys", request_body = KeyBody,
    responses((status = 201, body = CreatedKeyAnswer, description = "the key, with its text"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was created")))]
#[post("/api/v1/keys")]
pub(super) async fn create(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    refuse_anonymous(&request)?;
    let body = read_body::<KeyBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let wanted = KeyRequest {
        name: body.name.0,
        scopes: body.scopes.0,
        requests_per_minute: body.requests_per_minute.map(|limit| limit.0),
        expires_in: body.expires_in_seconds.map(|time| seconds(time.0)),
    };
    let (actor, keys) = (actor(&request), Arc::clone(&state.keys));
    let created = state
        .run(async move { Ok(keys.create(&wanted, &actor).await?) })
        .await?;
    Ok(answer_of_creation(created))
}

/// Creates the successor of an API key, with its name, scopes and rate limit. The replaced key
/// stays valid for the overlap, so that its users can change over.
#[utoipa::path(operation_id = "rotate_key", tag = "keys", request_body = Option<RotationBody>,
    responses((status = 201, body = CreatedKeyAnswer, description = "the new key, with its text"),
        (status = 404, body = ProblemDocument, description = "there is no such active key, or it was replaced before"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed")))]
#[post("/api/v1/keys/{id}:rotate")]
pub(super) async fn rotate(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    refuse_anonymous(&request)?;
    let id: ApiKeyId = read_path_text(id)?;
    let body = read_optional_body::<RotationBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let (overlap, expires_in) = body.map_or((None, None), |body| {
        (body.overlap_seconds, body.expires_in_seconds)
    });
    let overlap = seconds(overlap.unwrap_or_default().0);
    let expires_in = expires_in.map(|time| seconds(time.0));
    let (actor, keys) = (actor(&request), Arc::clone(&state.keys));
    let created = state
        .run(async move { Ok(keys.rotate(&id, expires_in, overlap, &actor).await?) })
        .await?;
    Ok(answer_of_creation(created))
}

/// Revokes an API key: at once in the process that answers, within seconds in others. A revoked key
/// can't become valid again.
#[utoipa::path(operation_id = "revoke_key", tag = "keys",
    responses((status = 200, body = ApiKeyView, description = "the key, revoked now or before"),
        (status = 404, body = ProblemDocument, description = "there is no such key")))]
#[delete("/api/v1/keys/{id}")]
pub(super) async fn revoke(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    refuse_anonymous(&request)?;
    let id: ApiKeyId = read_path_text(id)?;
    let (actor, keys) = (actor(&request), Arc::clone(&state.keys));
    let key = state
        .run(async move { Ok(keys.revoke(&id, &actor).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(ApiKeyView::from(key)))
}

fn answer_of_creation(created: CreatedKey) -> HttpResponse {
    let location = format!("/api/v1/keys/{}", created.key.id);
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(CreatedKeyAnswer::from(created))
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}

fn refuse_anonymous(request: &HttpRequest) -> Result<(), Problem> {
    if caller(request).is_some_and(|caller| !caller.is_anonymous()) {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::KEY_REQUIRED,
        "create the first key on the host of the service: matching keys create",
    ))
}
