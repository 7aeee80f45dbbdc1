//! Numbers in a range.

use std::borrow::Cow;

use deserr::{Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, SchemaFormat,
        schema::{Schema, Type},
    },
};

use super::Field;
use crate::api::faults::{Faults, Part};

/// A count from 1 to `MOST`; `UNSTATED` if it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Count<const UNSTATED: u32, const MOST: u32>(pub(in crate::api) u32);

impl<const UNSTATED: u32, const MOST: u32> Default for Count<UNSTATED, MOST> {
    fn default() -> Self {
        Self(UNSTATED)
    }
}

impl<const UNSTATED: u32, const MOST: u32> Field for Count<UNSTATED, MOST> {
    fn rule() -> String {
        format!("send a whole number from 1 to {MOST}")
    }
}

impl<P: Part, const UNSTATED: u32, const MOST: u32> Deserr<Faults<P>> for Count<UNSTATED, MOST> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        whole_number::<P, V>(&value)
            .map_err(|kind| Faults::wrong_type(location, kind, Self::rule()))?
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=MOST).contains(count))
            .map(Self)
            .ok_or_else(|| Faults::at(location, "out_of_range", Self::rule()))
    }
}

impl<const UNSTATED: u32, const MOST: u32> PartialSchema for Count<UNSTATED, MOST> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(1))
            .maximum(Some(MOST))
            .default(Some(UNSTATED.into()))
            .into()
    }
}

impl<const UNSTATED: u32, const MOST: u32> ToSchema for Count<UNSTATED, MOST> {
    fn name() -> Cow<'static, str> {
        format!("CountTo{MOST}Or{UNSTATED}").into()
    }
}

/// A score or a part of a whole, in [0, 1].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::api) struct Fraction(pub(in crate::api) f64);

impl Field for Fraction {
    fn rule() -> String {
        "send a number from 0 to 1".to_owned()
    }
}

impl<P: Part> Deserr<Faults<P>> for Fraction {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        let fraction = match value {
            Value::Integer(0) => Some(0.0),
            Value::Integer(1) => Some(1.0),
            Value::Float(number) => Some(number),
            Value::String(text) if P::IS_TEXT => text.parse().ok(),
            Value::Integer(_) | Value::NegativeInteger(_) => None,
            other => return Err(Faults::wrong_type(location, other.kind(), Self::rule())),
        };
        fraction
            .filter(|fraction| (0.0..=1.0).contains(fraction))
            .map(Self)
            .ok_or_else(|| Faults::at(location, "out_of_range", Self::rule()))
    }
}

impl PartialSchema for Fraction {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
            .minimum(Some(0))
            .maximum(Some(1))
            .default(Some(0.into()))
            .into()
    }
}

impl ToSchema for Fraction {}

/// Reads an integer of 0 or more; `None` if the value is another number or, in a text part, another
/// text.
///
/// # Errors
/// The kind of a value that is not a number.
pub(super) fn whole_number<P: Part, V: IntoValue>(
    value: &Value<V>,
) -> Result<Option<u64>, ValueKind> {
    match value {
        Value::Integer(number) => Ok(Some(*number)),
        Value::NegativeInteger(_) | Value::Float(_) => Ok(None),
        Value::String(text) if P::IS_TEXT => Ok(text.parse().ok()),
        other => Err(other.kind()),
    }
}
