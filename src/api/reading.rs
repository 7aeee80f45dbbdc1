//! Reading requests: bodies within their limit, JSON with its place of error, fields with all their
//! faults at once.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    web::{self, Payload},
};
use futures::StreamExt;
use serde_json::{Map, Value};

use super::problem::{FieldProblem, Problem};
use crate::service::submit::AskedWeights;
use matching_engine::scoring::Weights;

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn read_body(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Vec<u8>, Problem> {
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::body_too_large(limit));
    }
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed("the body ended early"))?;
        if body.len() + chunk.len() > limit {
            return Err(Problem::body_too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a JSON body.
pub(super) async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Value, Problem> {
    check_json_type(request)?;
    parse_json(&read_body(request, payload, limit).await?)
}

/// Reads a JSON body; none where the body is empty.
pub(super) async fn read_optional_json(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Option<Value>, Problem> {
    let body = read_body(request, payload, limit).await?;
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    check_json_type(request)?;
    parse_json(&body).map(Some)
}

fn check_json_type(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_none_or(|kind| {
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
    // A byte order mark is no part of the document.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| Problem::malformed(error.to_string()))
}

/// The query's parameters; of repeated ones the last counts.
pub(super) fn read_query(request: &HttpRequest) -> Result<HashMap<String, String>, Problem> {
    web::Query::<HashMap<String, String>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| {
            Problem::invalid(vec![FieldProblem::new(
                "query",
                "",
                "malformed",
                error.to_string(),
            )])
        })
}

/// An id of ours or a caller's from a path. No id has a control character, and databases refuse some.
pub(super) fn read_path_text(id: web::Path<String>) -> Result<String, Problem> {
    let id = id.into_inner();
    if id.chars().any(char::is_control) {
        let detail = "an id has no control characters";
        return Err(Problem::invalid(vec![FieldProblem::new(
            "path",
            "/id",
            "malformed",
            detail,
        )]));
    }
    Ok(id)
}

/// A platform's id from a path.
pub(super) fn read_path_id(id: &str) -> Result<i64, Problem> {
    id.parse().ok().filter(|id| *id >= 1).ok_or_else(|| {
        let detail = "an id is a whole number of 1 or more";
        Problem::invalid(vec![FieldProblem::new(
            "path",
            "/id",
            "out_of_range",
            detail,
        )])
    })
}

/// A JSON object whose fields are read one by one, collecting faults.
pub(super) struct Fields {
    fields: Map<String, Value>,
    pub(super) faults: Vec<FieldProblem>,
}

impl Fields {
    pub(super) fn of(body: Value) -> Result<Self, Problem> {
        match body {
            Value::Object(fields) => Ok(Self {
                fields,
                faults: vec![],
            }),
            _ => Err(Problem::invalid(vec![FieldProblem::new(
                "body",
                "",
                "wrong_type",
                "send a JSON object",
            )])),
        }
    }

    /// Whether a field is given; null counts as absent.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    /// Takes a field out; null counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn fault(
        &mut self,
        pointer: impl Into<String>,
        code: &str,
        detail: impl Into<String>,
    ) {
        self.faults
            .push(FieldProblem::new("body", pointer, code, detail));
    }

    /// A required id.
    pub(super) fn id(&mut self, name: &str) -> i64 {
        match self.take(name) {
            None => {
                self.fault(
                    format!("/{name}"),
                    "missing",
                    "send a whole number of 1 or more",
                );
                0
            }
            Some(value) => self.check_id(&format!("/{name}"), &value),
        }
    }

    /// A required list of 1 to `limit` ids.
    pub(super) fn ids(&mut self, name: &str, limit: usize) -> Vec<i64> {
        let pointer = format!("/{name}");
        match self.take(name) {
            None => {
                self.fault(
                    pointer,
                    "missing",
                    format!("send a list of 1 to {limit} ids"),
                );
                vec![]
            }
            Some(Value::Array(values)) if (1..=limit).contains(&values.len()) => values
                .iter()
                .enumerate()
                .map(|(index, value)| self.check_id(&format!("{pointer}/{index}"), value))
                .collect(),
            Some(Value::Array(values)) => {
                let detail = format!("send 1 to {limit} ids; these are {}", values.len());
                self.fault(pointer, "out_of_range", detail);
                vec![]
            }
            Some(_) => {
                self.fault(
                    pointer,
                    "wrong_type",
                    format!("send a list of 1 to {limit} ids"),
                );
                vec![]
            }
        }
    }

    /// An optional text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        if let Value::String(text) = self.take(name)? {
            return Some(text);
        }
        self.fault(format!("/{name}"), "wrong_type", "send a text");
        None
    }

    /// Optional weights, some of the criteria's; the others keep those of `base`.
    pub(super) fn weights(&mut self, base: &Weights) -> Option<AskedWeights> {
        let stated = self.take("weights")?;
        match Weights::from_json(&stated, base) {
            Ok(weights) => {
                let named = weights
                    .iter()
                    .filter(|(criterion, _)| stated.get(criterion.as_str()).is_some())
                    .collect();
                Some(AskedWeights { named, weights })
            }
            Err(faults) => {
                let faults = faults.iter();
                self.faults
                    .extend(faults.map(|fault| FieldProblem::of_profile("/weights", fault)));
                None
            }
        }
    }

    /// An optional flag; false without.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.fault(format!("/{name}"), "wrong_type", "send true or false");
                false
            }
        }
    }

    /// An optional whole number from 1 to `most`.
    pub(super) fn count(&mut self, name: &str, most: u32) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let code = if value.is_number() {
                "out_of_range"
            } else {
                "wrong_type"
            };
            self.fault(
                format!("/{name}"),
                code,
                format!("send a whole number from 1 to {most}"),
            );
        }
        number
    }

    /// Refuses every field that was not read: where a misspelt one would widen what is done.
    pub(super) fn refuse_others(&mut self) {
        for name in std::mem::take(&mut self.fields).keys() {
            self.fault(
                format!("/{name}"),
                "unknown_field",
                "there is no such field here",
            );
        }
    }

    /// An optional id.
    pub(super) fn optional_id(&mut self, name: &str) -> Option<i64> {
        let value = self.take(name)?;
        Some(self.check_id(&format!("/{name}"), &value))
    }

    /// Checks an id that has been taken; 0 stands in for a faulty one.
    pub(super) fn check_id(&mut self, pointer: &str, value: &Value) -> i64 {
        match (value.is_number(), value.as_i64().filter(|id| *id >= 1)) {
            (_, Some(id)) => id,
            (true, None) => {
                self.fault(
                    pointer,
                    "out_of_range",
                    "an id is a whole number of 1 or more",
                );
                0
            }
            (false, None) => {
                self.fault(
                    pointer,
                    "wrong_type",
                    "an id is a whole number of 1 or more",
                );
                0
            }
        }
    }

    /// Everything that was wrong, if anything was.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.faults))
        }
    }
}
