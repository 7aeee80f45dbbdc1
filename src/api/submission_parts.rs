//! The parts of a submission, with the leniency that callers of the predecessor rely on: an empty
//! text counts as absent, an id may be a text of digits, a parameter of the query may stand in the
//! body, and unknown names are ignored with a warning. A misspelt name is refused.

use actix_web::HttpRequest;
use serde_json::{Map, Value};

use super::{
    faults::{InBody, InQuery},
    names_of_fields::{self, pointer_to},
    problem::FieldProblem,
    reading::{Fields, Gathered, Query},
};

/// The maximum number of warnings of one answer.
const MOST_WARNINGS: usize = 100;

/// The fields whose ids may be texts of digits.
const ID_FIELDS: [&str; 4] = ["candidate_id", "candidate_ids", "job_id", "job_ids"];

/// The body and the query of a submission, with each field in its place.
pub(super) struct SubmissionParts {
    /// The body.
    pub(super) body: Value,
    /// The query, with the parameters that stood in the body.
    query: Query,
    /// The names of those parameters.
    from_body: Vec<String>,
    /// The faults of names and places.
    faults: Vec<FieldProblem>,
    /// Warnings about ignored fields.
    pub(super) warnings: Vec<FieldProblem>,
}

impl SubmissionParts {
    /// Puts each field of a request in its place.
    pub(super) fn of<B: Fields<InBody>, Q: Fields<InQuery>>(
        request: &HttpRequest,
        body: Value,
    ) -> Self {
        let mut query = Query::of(request).0;
        query.retain(|_, value| !is_empty(value));
        let mut parts = Self {
            body,
            query: Query(Map::new()),
            from_body: vec![],
            faults: vec![],
            warnings: vec![],
        };
        parts.place_parameters(B::names(), Q::names(), &mut query);
        if let Value::Object(fields) = &mut parts.body {
            let mut fields = std::mem::take(fields);
            fields.retain(|_, value| !is_empty(value));
            parts.place_fields(B::names(), Q::names(), &mut fields, &mut query);
            parts.body = Value::Object(fields);
        }
        parts.query = Query(query);
        parts
    }

    /// Finds the parameters that the query may not have.
    fn place_parameters(
        &mut self,
        in_body: &[String],
        in_query: &[String],
        query: &mut Map<String, Value>,
    ) {
        query.retain(|name, _| {
            if in_query.contains(name) {
                return true;
            }
            if in_body.contains(name) {
                let detail = format!("send {name} in the body");
                let fault = FieldProblem::new("query", pointer_to(name), "unknown_field", detail);
                self.faults.push(fault);
            } else {
                match names_of_fields::misspelt::<InQuery>(name, in_query) {
                    Some(fault) => self.faults.push(fault),
                    None => self.warn(names_of_fields::ignored::<InQuery>(name)),
                }
            }
            false
        });
    }

    fn warn(&mut self, warning: FieldProblem) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(warning);
        }
    }

    /// Finds the fields that the body may not have, and moves parameters to the query.
    fn place_fields(
        &mut self,
        in_body: &[String],
        in_query: &[String],
        fields: &mut Map<String, Value>,
        query: &mut Map<String, Value>,
    ) {
        fields.retain(|name, value| {
            if in_body.contains(name) {
                if ID_FIELDS.contains(&name.as_str()) {
                    read_digits(value);
                }
                return true;
            }
            if in_query.contains(name) {
                self.move_to_query(name, value.take(), query);
            } else if name.eq_ignore_ascii_case("Idempotency-Key") || name == "idempotency_key" {
                let detail = "send it as the header Idempotency-Key";
                let fault = FieldProblem::new("body", pointer_to(name), "unknown_field", detail);
                self.faults.push(fault);
            } else {
                let misspelt = names_of_fields::misspelt::<InBody>(name, in_body);
                match misspelt.or_else(|| names_of_fields::misspelt::<InBody>(name, in_query)) {
                    Some(fault) => self.faults.push(fault),
                    None => self.warn(names_of_fields::ignored::<InBody>(name)),
                }
            }
            false
        });
    }

    fn move_to_query(&mut self, name: &str, value: Value, query: &mut Map<String, Value>) {
        let text = match value {
            Value::Null => return,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => {
                let fault =
                    FieldProblem::new("body", pointer_to(name), "wrong_type", "send a text");
                self.faults.push(fault);
                return;
            }
        };
        let text = Value::String(text);
        match query.get(name) {
            Some(other) if *other != text => {
                let detail = format!("the query has another {name}; send it once");
                let fault = FieldProblem::new("body", pointer_to(name), "inconsistent", detail);
                self.faults.push(fault);
            }
            _ => {
                self.from_body.push(pointer_to(name));
                query.insert(name.to_owned(), text);
            }
        }
    }

    /// Reads the query.
    pub(super) fn read_query<Q>(&mut self) -> Gathered<Q>
    where
        Q: Fields<InQuery> + utoipa::IntoParams,
    {
        let mut read = self.query.take::<Q>();
        if let Err(faults) = &mut read {
            for fault in faults {
                if self.from_body.contains(&fault.pointer) {
                    fault.r#in = "body";
                }
            }
        }
        if self.faults.is_empty() {
            return read;
        }
        let mut faults = std::mem::take(&mut self.faults);
        faults.extend(read.err().unwrap_or_default());
        Err(faults)
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("")
}

/// Replaces texts of digits by their numbers, in a list as well.
fn read_digits(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(read_digits),
        Value::String(text) => {
            let text = text.trim_ascii();
            let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(number) = text.parse::<u64>().ok().filter(|_| is_digits) {
                *value = number.into();
            }
        }
        _ => {}
    }
}
