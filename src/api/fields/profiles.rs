//! Profiles, by id or in full.

use deserr::{Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, SchemaFormat,
        schema::{Schema, Type},
    },
};

use super::{Field, Limits, numbers::whole_number};
use crate::{
    api::faults::{Faults, Part},
    service::immediate_match::ProfileSource,
};

/// Id of a candidate or job posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct ProfileId(pub(in crate::api) i64);

impl ProfileId {
    const MINIMUM: i64 = 1;
}

impl Field for ProfileId {
    fn rule() -> String {
        format!("an id is a whole number of {} or more", Self::MINIMUM)
    }
}

impl<P: Part> Deserr<Faults<P>> for ProfileId {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        whole_number::<P, V>(&value)
            .map_err(|kind| Faults::wrong_type(location, kind, Self::rule()))?
            .and_then(|id| i64::try_from(id).ok())
            .filter(|id| *id >= Self::MINIMUM)
            .map(Self)
            .ok_or_else(|| Faults::at(location, "out_of_range", Self::rule()))
    }
}

impl PartialSchema for ProfileId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some("Id of a candidate or job posting."))
            .minimum(Some(Self::MINIMUM))
            .examples([123])
            .into()
    }
}

impl ToSchema for ProfileId {}

/// Ids of candidates or job postings: at least one, at most `queues.bulk_limit`.
#[derive(Debug)]
pub(in crate::api) struct ProfileIds(pub(in crate::api) Vec<i64>);

impl Field for ProfileIds {
    fn rule() -> String {
        Limits::with(|limits| format!("send a list of 1 to {} ids", limits.bulk))
    }
}

impl<P: Part> Deserr<Faults<P>> for ProfileIds {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        let Value::Sequence(values) = value else {
            return Err(Faults::wrong_type(location, value.kind(), Self::rule()));
        };
        let limit = Limits::with(|limits| limits.bulk);
        if !(1..=limit).contains(&values.len()) {
            let detail = format!("send 1 to {limit} ids; these are {}", values.len());
            return Err(Faults::at(location, "out_of_range", detail));
        }
        let mut ids = Vec::with_capacity(values.len());
        let mut faults: Option<Faults<P>> = None;
        for (index, value) in values.into_iter().enumerate() {
            let location = location.push_index(index);
            match ProfileId::deserialize_from_value(value.into_value(), location) {
                Ok(id) => ids.push(id.0),
                Err(more) => {
                    faults = Some(match faults {
                        Some(faults) => faults.and(more),
                        None => more,
                    });
                }
            }
        }
        faults.map_or(Ok(Self(ids)), Err)
    }
}

impl PartialSchema for ProfileIds {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(ProfileId::schema())
            .min_items(Some(1))
            .description(Some(
                "At least one, at most `queues.bulk_limit` (10,000 unless it is set).",
            ))
            .into()
    }
}

impl ToSchema for ProfileIds {}

/// A profile that comes with the request; the engine reads it later.
#[derive(Debug, Clone)]
pub(in crate::api) struct GivenProfile(serde_json::Value);

impl<P: Part> Deserr<Faults<P>> for GivenProfile {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        match value {
            Value::Map(_) => Ok(Self(value.into())),
            other => {
                let rule = "send a JSON object";
                Err(Faults::wrong_type(location, other.kind(), rule))
            }
        }
    }
}

impl PartialSchema for GivenProfile {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Object).into()
    }
}

impl ToSchema for GivenProfile {}

/// Returns the source of a profile that is given in full or by one of the ids; `None` if it is
/// given in neither way.
pub(in crate::api) fn profile_source<const N: usize>(
    given: Option<GivenProfile>,
    ids: [Option<ProfileId>; N],
) -> Option<ProfileSource> {
    let given = given.map(|given| ProfileSource::Inline(given.0));
    let id = ids.into_iter().flatten().next();
    given.or_else(|| id.map(|id| ProfileSource::Stored(id.0)))
}
