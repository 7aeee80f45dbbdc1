//! Reads requests: bodies up to their limit, JSON with the position of an error, and the fields of
//! bodies, queries and headers with all their faults at once.

use actix_web::{
    HttpRequest,
    http::header::CONTENT_TYPE,
    web::{self, Payload},
};
use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde_json::{Map, Value};
use url::form_urlencoded;
use utoipa::IntoParams;

use super::{
    faults::{Faults, InBody, InHeader, InPath, InQuery, Part},
    fields::Limits,
    names_of_fields,
    problem::{FieldProblem, Problem},
    state::ApiState,
};
use crate::domain::identifiers::{InvalidId, ProfileId};

/// The fields of a part of a request, described once: deserr derives how they are read, utoipa how
/// they are documented.
pub(super) trait Fields<P: Part>: Deserr<Faults<P>> {
    /// Returns the faults of combinations of given fields. These depend on no field's value, so
    /// they are reported together with the faults of values.
    fn contradictions(_given: &Given<'_>) -> Vec<FieldProblem> {
        vec![]
    }

    /// Returns the documented names, if other names that are almost one of them are to be refused.
    fn names() -> &'static [String] {
        &[]
    }
}

/// Implements [`Fields::names`] by the documentation of the type; `$of` collects it once.
macro_rules! documented_names {
    ($of:expr) => {
        fn names() -> &'static [String] {
            static NAMES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new($of);
            &NAMES
        }
    };
}
pub(super) use documented_names;

/// The fields that are given; null counts as absent.
pub(super) struct Given<'a>(pub(super) &'a Map<String, Value>);

impl Given<'_> {
    /// True if a field of this name is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// True if at least one of these fields is given.
    pub(super) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// True if any field except this one is given.
    pub(super) fn has_other_than(&self, name: &str) -> bool {
        let others = self.0.keys().filter(|other| *other != name);
        others.into_iter().any(|other| self.has(other))
    }

    /// True if this field is the flag `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }
}

/// The value of a part of a request, or all its faults.
pub(super) type Gathered<T> = Result<T, Vec<FieldProblem>>;

/// Returns the values of all parts, or the faults of all of them.
pub(super) fn all<A, B, C>(
    first: Gathered<A>,
    second: Gathered<B>,
    third: Gathered<C>,
) -> Result<(A, B, C), Problem> {
    match (first, second, third) {
        (Ok(first), Ok(second), Ok(third)) => Ok((first, second, third)),
        (first, second, third) => {
            let mut faults = first.err().unwrap_or_default();
            faults.extend(second.err().unwrap_or_default());
            faults.extend(third.err().unwrap_or_default());
            Err(Problem::invalid(faults))
        }
    }
}

/// Reads the fields of a part.
fn read_fields<T: Fields<P>, P: Part>(values: Value) -> Gathered<T> {
    let mut faults = match &values {
        Value::Object(given) => {
            let mut faults = misspelt_names::<T, P>(given);
            faults.extend(T::contradictions(&Given(given)));
            faults
        }
        _ => vec![],
    };
    match deserr::deserialize::<T, _, Faults<P>>(values) {
        Ok(fields) if faults.is_empty() => Ok(fields),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(Vec::from(more));
            Err(faults)
        }
    }
}

/// Returns the faults of names that are almost documented ones.
fn misspelt_names<T: Fields<P>, P: Part>(given: &Map<String, Value>) -> Vec<FieldProblem> {
    let documented = T::names();
    let unknown = given.keys().filter(|name| !documented.contains(name));
    unknown
        .filter_map(|name| names_of_fields::misspelt::<P>(name, documented))
        .collect()
}

/// Reads the fields of a body.
pub(super) fn read_body_fields<T: Fields<InBody>>(body: Value, limits: Limits) -> Gathered<T> {
    limits.scope(|| read_fields(body))
}

/// Reads a JSON body and its fields.
pub(super) async fn read_body<T: Fields<InBody>>(
    request: &HttpRequest,
    payload: Payload,
    state: &ApiState,
) -> Result<Gathered<T>, Problem> {
    let body = read_json(request, payload, state).await?;
    Ok(read_body_fields(body, Limits::of(state)))
}

/// Reads a JSON body and its fields; `None` if the body is empty.
pub(super) async fn read_optional_body<T: Fields<InBody>>(
    request: &HttpRequest,
    payload: Payload,
    state: &ApiState,
) -> Result<Gathered<Option<T>>, Problem> {
    let body = state
        .bodies
        .read(request, payload, state.settings.body_limit)
        .await?;
    if matches!(body.trim_ascii(), b"" | b"null") {
        return Ok(Ok(None));
    }
    check_json_type(request)?;
    Ok(read_body_fields(parse_json(&body)?, Limits::of(state)).map(Some))
}

/// Reads a JSON body.
pub(super) async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    state: &ApiState,
) -> Result<Value, Problem> {
    check_json_type(request)?;
    let body = state
        .bodies
        .read(request, payload, state.settings.body_limit)
        .await?;
    parse_json(&body)
}

fn check_json_type(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    // Required: browsers send a form of another site without asking, but no JSON.
    let is_json = kind.is_some_and(|kind| {
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    });
    if is_json {
        Ok(())
    } else {
        Err(Problem::media_type("application/json"))
    }
}

fn parse_json(body: &[u8]) -> Result<Value, Problem> {
    if body.trim_ascii().is_empty() {
        return Err(Problem::empty_body());
    }
    // A byte order mark is not part of the document.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| Problem::malformed(error.to_string()))
}

/// Parameters of a query that have not been read yet.
pub(super) struct Query(pub(super) Map<String, Value>);

impl Query {
    /// Reads the query of a request. Of parameters with the same name the last one is used.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let parameters = form_urlencoded::parse(request.query_string().as_bytes());
        let parameters =
            parameters.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
        Self(parameters.collect())
    }

    /// Takes out the parameters that `T` documents, and reads them.
    pub(super) fn take<T>(&mut self) -> Gathered<T>
    where
        T: Fields<InQuery> + IntoParams,
    {
        let documented = T::into_params(|| None).into_iter();
        let taken: Map<_, _> = documented
            .filter_map(|parameter| self.0.remove_entry(&parameter.name))
            .collect();
        read_fields(Value::Object(taken))
    }

    /// Refuses the remaining parameters.
    pub(super) fn refuse_others(self) -> Gathered<NoParameters> {
        read_fields(Value::Object(self.0))
    }
}

/// A group without parameters.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>, deny_unknown_fields)]
pub(super) struct NoParameters {}

impl Fields<InQuery> for NoParameters {}

/// Reads the parameters of a query that `T` documents, and ignores others.
pub(super) fn read_query<T>(request: &HttpRequest) -> Gathered<T>
where
    T: Fields<InQuery> + IntoParams,
{
    Query::of(request).take()
}

/// Reads a query of two groups of parameters and refuses any other parameter.
pub(super) fn read_two_groups<A, B>(request: &HttpRequest) -> Result<(A, B), Problem>
where
    A: Fields<InQuery> + IntoParams,
    B: Fields<InQuery> + IntoParams,
{
    let mut query = Query::of(request);
    let (first, second) = (query.take(), query.take());
    let (first, second, NoParameters {}) = all(first, second, query.refuse_others())?;
    Ok((first, second))
}

/// Reads the headers that `T` documents. A header that isn't valid text is read as an empty one.
pub(super) fn read_headers<T>(request: &HttpRequest) -> Gathered<T>
where
    T: Fields<InHeader> + IntoParams,
{
    let documented = T::into_params(|| None).into_iter();
    let headers: Map<_, _> = documented
        .filter_map(|parameter| {
            let value = request.headers().get(&*parameter.name)?;
            let value = value.to_str().unwrap_or_default();
            Some((parameter.name, Value::String(value.to_owned())))
        })
        .collect();
    read_fields(Value::Object(headers))
}

/// Reads the id of a job, batch, dead letter or webhook from a path.
pub(super) fn read_path_text<Id>(id: web::Path<String>) -> Result<Id, Problem>
where
    Id: TryFrom<String, Error = InvalidId>,
{
    Id::try_from(id.into_inner()).map_err(|invalid| {
        let location = ValuePointerRef::Origin.push_key("id");
        Faults::<InPath>::at(location, "malformed", invalid.to_string()).into()
    })
}

/// Reads the id of a candidate or job posting from a path.
pub(super) fn read_path_id(id: &str) -> Result<ProfileId, Problem> {
    let location = ValuePointerRef::Origin.push_key("id");
    let id = Value::String(id.to_owned()).into_value();
    Ok(<ProfileId as Deserr<Faults<InPath>>>::deserialize_from_value(id, location)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_query_is_read_or_every_fault_of_it_is_told(query in "((format|partial|id|x|%66ormat|%ff|%|%2)(=|==|)(native|true|%00|%e2%82|.{0,3})?(&|;|)){0,5}") {
            let Ok(uri) = format!("/?{query}").parse::<actix_web::http::Uri>() else {
                return Ok(());
            };
            let request = actix_web::test::TestRequest::with_uri(&uri.to_string()).to_http_request();
            if let Err(faults) = read_query::<crate::api::imports::ImportQuery>(&request) {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.r#in == "query" && !fault.detail.is_empty());
                }
            }
        }
    }
}
