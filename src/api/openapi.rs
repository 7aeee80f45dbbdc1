//! The OpenAPI document, collected from the handlers' annotations while they are registered.

use std::sync::LazyLock;

use actix_web::{App, HttpResponse, get};
use utoipa::{
    OpenApi,
    openapi::{
        Components, Content, Header, HttpMethod, ObjectBuilder, PathItem, Ref, RefOr, Response,
        ResponseBuilder, Server,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{Schema, Type},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};
use utoipa_actix_web::AppExt;

use super::{
    access::{self, scopes},
    fields::WITHOUT_CONTROLS,
    webhook_section,
};
use crate::domain::api_key::Scope;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "matching",
        description = "Scores how well candidates fit job postings, in durable priority queues, \
            with explained results and signed webhooks. Errors are RFC 9457 problem documents."
    ),
    tags(
        (name = "matching", description = "Submitting matches and reading their state and results"),
        (name = "batches", description = "Bulk submissions: progress, ranking and cancellation"),
        (name = "dead letters", description = "Permanently failed tasks: list, retry, purge"),
        (name = "webhooks", description = "Webhooks: list, show, resend"),
        (name = "profiles", description = "Candidates, job postings and their results"),
        (name = "keys", description = "API keys: list, create, rotate, revoke"),
        (name = "operations", description = "Queues, liveness, readiness and metrics"),
    )
)]
struct Document;

/// Credits of the data and libraries used, in Markdown; appended to the description.
const ATTRIBUTIONS: &str = include_str!("attributions.md");

/// Returns the OpenAPI document of all registered calls.
pub fn document() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi());
    let (_, mut document) = app.configure(super::calls).split_for_parts();
    let description = document.info.description.get_or_insert_default();
    description.push_str("\n\n");
    description.push_str(ATTRIBUTIONS.trim_end());
    document.servers = Some(vec![Server::new("/")]);
    document.webhooks = webhook_section::webhooks();
    let components = document.components.get_or_insert_default();
    describe_keys(components);
    webhook_section::describe_events(components);
    for schema in components.schemas.values_mut() {
        simplify(schema);
    }
    for refusal in &REFUSALS {
        let answer = RefOr::T(refusal.answer());
        components.responses.insert(refusal.name.to_owned(), answer);
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(path, &method, operation);
        }
    }
    document
}

/// Replaces each field that is "a value of this schema, and an object with this description" by the
/// schema with the description. utoipa describes a field like this whose type has a schema of its
/// own and is inlined; no number and no list is an object.
fn simplify(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else {
        return;
    };
    for field in object.properties.values_mut() {
        let RefOr::T(Schema::AllOf(both)) = field else {
            continue;
        };
        if let [RefOr::T(value), RefOr::T(Schema::Object(described))] = both.items.as_slice()
            && described.properties.is_empty()
        {
            let (mut value, description) = (value.clone(), described.description.clone());
            match &mut value {
                Schema::Object(value) => value.description = description,
                Schema::Array(value) => value.description = description,
                _ => continue,
            }
            *field = RefOr::T(value);
        }
    }
}

/// Adds the rules of ids to a parameter of a path.
fn describe_id(parameter: &mut Parameter) {
    let is_path = parameter.parameter_in == ParameterIn::Path;
    if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && is_path
        && schema.schema_type == Type::String.into()
        && schema.enum_values.is_none()
    {
        schema.min_length = Some(1);
        schema.max_length = Some(LONGEST_ID);
        schema.pattern = Some(WITHOUT_CONTROLS.to_owned());
    }
}

/// Returns the id in the examples of README.md and docs/ that a path can be tried with; `None` for
/// ids that the service makes, and for names of queues.
fn example_of_id(path: &str) -> Option<&'static str> {
    let collection = path.strip_prefix("/api/v1/")?.split('/').next()?;
    match collection {
        "candidates" => Some("123"),
        "job-postings" => Some("456"),
        "jobs" | "status" | "result" | "results" => Some("first"),
        "batches" => Some("monday"),
        "dependencies" => Some("parsing-7"),
        _ => None,
    }
}

/// The maximum length of the ids in paths that clients need to send.
const LONGEST_ID: usize = 255;

/// The names of the two ways to present a key.
const BEARER: &str = "bearer";
const HEADER: &str = "header";

const KEY: &str = "A key of `matching keys create`, or one of `API_KEYS`, which have all scopes.";

/// States the scopes of which a call needs one. Without any key in the service none is required.
fn state_scopes(operation: &mut Operation) {
    let needed = scopes::needed(operation);
    let ways = [BEARER, HEADER];
    let security = needed
        .iter()
        .flat_map(|scope| ways.map(|way| SecurityRequirement::new(way, [scope.as_str()])));
    operation.security = Some(security.chain([SecurityRequirement::default()]).collect());
    let names: Vec<_> = needed
        .iter()
        .map(|scope: &Scope| format!("`{}`", scope.as_str()))
        .collect();
    let description = operation.description.get_or_insert_default();
    if !description.is_empty() {
        description.push_str("\n\n");
    }
    description.push_str("Needs the scope ");
    description.push_str(&names.join(" or "));
    description.push('.');
}

fn describe_keys(components: &mut Components) {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some(KEY));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    let header = ApiKeyValue::with_description("X-API-Key", KEY);
    components.add_security_scheme(HEADER, SecurityScheme::ApiKey(ApiKey::Header(header)));
}

/// A refusal that many calls answer in the same way.
struct Refusal {
    status: &'static str,
    /// Its name among the responses of the document.
    name: &'static str,
    description: &'static str,
    /// True for a call that may be refused like this.
    applies: fn(&Call) -> bool,
}

/// The properties of a call that decide how it may be refused.
struct Call {
    is_open: bool,
    has_body: bool,
    has_parameters: bool,
}

const REFUSALS: [Refusal; 11] = [
    Refusal {
        status: "400",
        name: "MalformedBody",
        description: "the body is empty, is not JSON, or ended early; nothing was stored",
        applies: |call| call.has_body,
    },
    Refusal {
        status: "401",
        name: "Unauthorized",
        description: "no valid key was sent; only if there are keys",
        applies: |call| !call.is_open,
    },
    Refusal {
        status: "403",
        name: "Forbidden",
        description: "the key lacks the scope (`insufficient_scope`), or a page of another origin made \
            the call (`cross_site`)",
        applies: |call| !call.is_open,
    },
    Refusal {
        status: "429",
        name: "TooManyRequests",
        description: "the rate limit of the key is reached, or too many wrong keys came from this \
            address; see `Retry-After`",
        applies: |call| !call.is_open,
    },
    Refusal {
        status: "408",
        name: "SlowBody",
        description: "the body arrived too slowly; nothing was stored",
        applies: |call| call.has_body,
    },
    Refusal {
        status: "413",
        name: "BodyTooLarge",
        description: "the body is larger than `http.body_limit_bytes`",
        applies: |call| call.has_body,
    },
    Refusal {
        status: "415",
        name: "UnsupportedMediaType",
        description: "`Content-Type` is missing or names another type, or the body is compressed",
        applies: |call| call.has_body,
    },
    Refusal {
        status: "421",
        name: "Misdirected",
        description: "`Host` names another service; only without keys, and on a loopback address or \
            with `http.allowed_hosts`",
        applies: |call| !call.is_open,
    },
    Refusal {
        status: "422",
        name: "InvalidRequest",
        description: "a part of the request is wrong; `errors` lists each fault with its pointer, and \
            nothing was changed",
        applies: |call| call.has_body || call.has_parameters,
    },
    Refusal {
        status: "500",
        name: "InternalError",
        description: "a fault of the service; quote `request_id` when you report it",
        applies: |call| !call.is_open,
    },
    Refusal {
        status: "503",
        name: "Unavailable",
        description: "a dependency is unavailable, and nothing was accepted; see `Retry-After`",
        applies: |call| !call.is_open,
    },
];

impl Refusal {
    fn answer(&self) -> Response {
        let problem = Ref::from_schema_name("ProblemDocument");
        let answer = ResponseBuilder::new()
            .description(self.description)
            .content(PROBLEM, Content::new(Some(problem)));
        with_headers(self.status, answer.build())
    }
}

/// The media type of problem documents.
const PROBLEM: &str = "application/problem+json";

/// Adds the headers that every answer of a status has.
fn with_headers(status: &str, mut answer: Response) -> Response {
    let mut add = |name: &str, kind: Type, description: &str| {
        let mut header = Header::new(ObjectBuilder::new().schema_type(kind).build());
        header.description = Some(description.to_owned());
        answer.headers.insert(name.to_owned(), RefOr::T(header));
    };
    let request_id = "The request's own `X-Request-Id`, or a new one; the log contains it";
    add("X-Request-Id", Type::String, request_id);
    if status == "503" || status == "429" {
        let seconds = "Seconds after which to send the request again, from 1 to 60";
        add("Retry-After", Type::Integer, seconds);
    }
    if status == "401" {
        add("WWW-Authenticate", Type::String, "`Bearer`");
    }
    answer
}

/// Returns the operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let operations = [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Head, item.head.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ];
    let operations = operations.into_iter();
    operations.filter_map(|(method, operation)| Some((method, operation?)))
}

/// Completes an operation by what handlers don't describe: the security of open pages, common
/// refusals, headers and media types of answers.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    if access::is_open(path) {
        operation.security = Some(vec![]);
    } else {
        state_scopes(operation);
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            describe_id(parameter);
            if parameter.parameter_in == ParameterIn::Path {
                let example = example_of_id(path).map(Into::into);
                *parameter = ParameterBuilder::from(parameter.clone())
                    .example(example)
                    .build();
            }
        }
    }
    // Pages show summaries as plain text.
    operation.summary = operation.summary.take().map(|text| text.replace('`', ""));
    let is_head = *method == HttpMethod::Head;
    if is_head {
        // A handler of two methods has one id.
        let id = operation.operation_id.take();
        operation.operation_id = id.map(|id| format!("{id}_head"));
    }
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        *answer = with_headers(status, std::mem::take(answer));
        if is_head {
            answer.content.clear();
        }
        let is_problem = |content: &RefOr<Content>| {
            let RefOr::T(content) = content else {
                return false;
            };
            let problem = RefOr::Ref(Ref::from_schema_name("ProblemDocument"));
            content.schema.as_ref() == Some(&problem)
        };
        if answer.content.values().any(is_problem)
            && let Some(content) = answer.content.swap_remove("application/json")
        {
            answer.content.insert(PROBLEM.to_owned(), content);
        }
    }
    let parameters = operation.parameters.as_ref();
    let call = Call {
        is_open: access::is_open(path),
        has_body: operation.request_body.is_some(),
        has_parameters: parameters.is_some_and(|parameters| !parameters.is_empty()),
    };
    let refusals: Vec<_> = REFUSALS.iter().filter(|one| (one.applies)(&call)).collect();
    for refusal in refusals {
        let answer = RefOr::Ref(Ref::from_response_name(refusal.name));
        let answers = &mut operation.responses.responses;
        answers.entry(refusal.status.to_owned()).or_insert(answer);
    }
}

/// Returns the calls that need a key: the pattern of the path, the method, the description.
pub(super) fn guarded_operations() -> Vec<(String, &'static str, Operation)> {
    let paths = DOCUMENT.paths.paths.iter();
    let guarded = paths.filter(|(path, _)| !access::is_open(path));
    guarded
        .flat_map(|(path, item)| {
            let methods = [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("DELETE", &item.delete),
            ];
            methods.map(|(method, operation)| Some((path.clone(), method, operation.clone()?)))
        })
        .flatten()
        .collect()
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(document);

/// Returns the methods of a path pattern of the document; none for an unknown path.
pub(super) fn methods_of(path: &str) -> Vec<&'static str> {
    let Some(item) = DOCUMENT.paths.paths.get(path) else {
        return vec![];
    };
    let methods = [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
    ];
    let taken = methods
        .into_iter()
        .filter(|(_, operation)| operation.is_some());
    taken.map(|(method, _)| method).collect()
}

/// Returns this document.
#[get("/openapi.json")]
pub(super) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().json(&*DOCUMENT)
}
