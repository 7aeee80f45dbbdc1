//! Faults of a request, collected while its parts are read.
//!
//! [deserr](https://docs.rs/deserr) reads a part field by field and passes every fault to
//! [`Faults`] with the path of its value, so that one answer names all of them.

use std::{marker::PhantomData, ops::ControlFlow};

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef};

use super::problem::{FieldProblem, Problem};

/// A part of a request whose fields are read.
pub(super) trait Part: 'static {
    /// The part's name in problem documents.
    const NAME: &'static str;
    /// The name for one of its fields.
    const FIELD: &'static str;
    /// True if all values are text, so that numbers are read from text.
    const IS_TEXT: bool;
}

/// The JSON body.
pub(super) enum InBody {}

impl Part for InBody {
    const NAME: &'static str = "body";
    const FIELD: &'static str = "field";
    const IS_TEXT: bool = false;
}

/// The query of the URL.
pub(super) enum InQuery {}

impl Part for InQuery {
    const NAME: &'static str = "query";
    const FIELD: &'static str = "parameter";
    const IS_TEXT: bool = true;
}

/// The headers.
pub(super) enum InHeader {}

impl Part for InHeader {
    const NAME: &'static str = "header";
    const FIELD: &'static str = "header";
    const IS_TEXT: bool = true;
}

/// The path of the URL.
pub(super) enum InPath {}

impl Part for InPath {
    const NAME: &'static str = "path";
    const FIELD: &'static str = "parameter";
    const IS_TEXT: bool = true;
}

/// All faults of one part of a request, at least one.
#[derive(Debug)]
pub(super) struct Faults<P> {
    list: Vec<FieldProblem>,
    part: PhantomData<P>,
}

impl<P: Part> Faults<P> {
    /// Returns the fault of the value at a location.
    pub(super) fn at(location: ValuePointerRef<'_>, code: &str, detail: impl Into<String>) -> Self {
        Self::from(FieldProblem::new(
            P::NAME,
            json_pointer(location),
            code,
            detail,
        ))
    }

    /// Returns the fault of a value of another type than `rule` states. A field that is null counts
    /// as absent.
    pub(super) fn wrong_type(
        location: ValuePointerRef<'_>,
        kind: ValueKind,
        rule: impl Into<String>,
    ) -> Self {
        let is_field = matches!(location, ValuePointerRef::Key { .. });
        let code = if is_field && kind == ValueKind::Null {
            "missing"
        } else {
            "wrong_type"
        };
        Self::at(location, code, rule)
    }

    /// Appends the faults of another part.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.list.extend(others.list);
        self
    }
}

impl<P> From<FieldProblem> for Faults<P> {
    fn from(fault: FieldProblem) -> Self {
        Self::from(vec![fault])
    }
}

impl<P> From<Vec<FieldProblem>> for Faults<P> {
    fn from(list: Vec<FieldProblem>) -> Self {
        let part = PhantomData;
        Self { list, part }
    }
}

impl<P> From<Faults<P>> for Vec<FieldProblem> {
    fn from(faults: Faults<P>) -> Self {
        faults.list
    }
}

impl<P> From<Faults<P>> for Problem {
    fn from(faults: Faults<P>) -> Self {
        Self::invalid(faults.list)
    }
}

impl<P: Part> MergeWithError<Self> for Faults<P> {
    fn merge(before: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        ControlFlow::Continue(match before {
            Some(before) => before.and(other),
            None => other,
        })
    }
}

impl<P: Part> DeserializeError for Faults<P> {
    fn error<V: IntoValue>(
        before: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let fault = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                let rule = match accepted {
                    [ValueKind::Boolean] => "send true or false",
                    [ValueKind::String] => "send a text",
                    [ValueKind::Sequence] => "send a list",
                    [ValueKind::Map] => "send a JSON object",
                    _ => "send a number",
                };
                Self::wrong_type(location, actual.kind(), rule)
            }
            ErrorKind::MissingField { field } => {
                Self::at(location.push_key(field), "missing", "send this field")
            }
            ErrorKind::UnknownKey { key, .. } => {
                let detail = format!("there is no such {} here", P::FIELD);
                Self::at(location.push_key(key), "unknown_field", detail)
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                Self::at(location, "unknown_value", one_of(accepted))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                let detail = format!("send a list of {expected} values");
                Self::at(location, "out_of_range", detail)
            }
            ErrorKind::Unexpected { msg } => Self::at(location, "malformed", msg),
        };
        Self::merge(before, fault, location)
    }
}

/// Returns the instruction to send one of these names, for example `send a, b or c`.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [others @ .., last] if !others.is_empty() => {
            format!("send {} or {last}", others.join(", "))
        }
        names => format!("send {}", names.concat()),
    }
}

/// Returns a location as a JSON pointer (RFC 6901).
pub(super) fn json_pointer(location: ValuePointerRef<'_>) -> String {
    fn write(location: ValuePointerRef<'_>, pointer: &mut String) {
        match location {
            ValuePointerRef::Origin => {}
            ValuePointerRef::Key { key, prev } => {
                write(*prev, pointer);
                pointer.push('/');
                for character in key.chars() {
                    match character {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
            ValuePointerRef::Index { index, prev } => {
                write(*prev, pointer);
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
    let mut pointer = String::new();
    write(location, &mut pointer);
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_what_separates_its_parts() {
        let origin = ValuePointerRef::Origin;
        assert_eq!(json_pointer(origin), "");
        let list = origin.push_key("a/b~c");
        assert_eq!(json_pointer(list.push_index(3)), "/a~1b~0c/3");
    }

    #[test]
    fn names_are_listed_as_a_sentence() {
        assert_eq!(one_of(&["run"]), "send run");
        assert_eq!(one_of(&["a", "b", "c"]), "send a, b or c");
    }
}
