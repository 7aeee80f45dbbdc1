//! Profiles, by id or in full.

use std::borrow::Cow;

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
    domain::identifiers::{CandidateId, InvalidId, JobPostingId, ProfileId, SMALLEST_PROFILE_ID},
    service::immediate_match::ProfileSource,
};

/// Reads and documents the ids of profiles. The interface has one schema for all of them.
macro_rules! profile_ids {
    ($($id:ty),+) => { $(
        impl Field for $id {
            fn rule() -> String {
                InvalidId::NotPositive.to_string()
            }
        }

        impl<P: Part> Deserr<Faults<P>> for $id {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, Faults<P>> {
                whole_number::<P, V>(&value)
                    .map_err(|kind| Faults::wrong_type(location, kind, Self::rule()))?
                    .and_then(|id| Self::try_from(i64::try_from(id).ok()?).ok())
                    .ok_or_else(|| Faults::at(location, "out_of_range", Self::rule()))
            }
        }

        impl PartialSchema for $id {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .description(Some("Id of a candidate or job posting."))
                    .minimum(Some(SMALLEST_PROFILE_ID))
                    .examples([123])
                    .into()
            }
        }

        impl ToSchema for $id {
            fn name() -> Cow<'static, str> {
                "ProfileId".into()
            }
        }
    )+ };
}

profile_ids!(CandidateId, JobPostingId, ProfileId);

/// Ids of candidates or job postings: at most `queues.bulk_limit`.
#[derive(Debug)]
pub(in crate::api) struct ProfileIds<Id>(pub(in crate::api) Vec<Id>);

/// Ids of candidates.
pub(in crate::api) type CandidateIds = ProfileIds<CandidateId>;
/// Ids of job postings.
pub(in crate::api) type JobPostingIds = ProfileIds<JobPostingId>;

impl<Id> Field for ProfileIds<Id> {
    fn rule() -> String {
        Limits::with(|limits| format!("send a list of at most {} ids", limits.bulk))
    }
}

impl<P: Part, Id: Deserr<Faults<P>>> Deserr<Faults<P>> for ProfileIds<Id> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        let Value::Sequence(values) = value else {
            return Err(Faults::wrong_type(location, value.kind(), Self::rule()));
        };
        let limit = Limits::with(|limits| limits.bulk);
        if values.len() > limit {
            let detail = format!("send at most {limit} ids; these are {}", values.len());
            return Err(Faults::at(location, "out_of_range", detail));
        }
        let mut ids = Vec::with_capacity(values.len());
        let mut faults: Option<Faults<P>> = None;
        for (index, value) in values.into_iter().enumerate() {
            let location = location.push_index(index);
            match Id::deserialize_from_value(value.into_value(), location) {
                Ok(id) => ids.push(id),
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

impl<Id: PartialSchema> PartialSchema for ProfileIds<Id> {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Id::schema())
            .description(Some(
                "At most `queues.bulk_limit` (10,000 unless it is set). For an empty list nothing \
                 is queued, and the answer is an empty list.",
            ))
            .into()
    }
}

impl<Id: PartialSchema> ToSchema for ProfileIds<Id> {
    fn name() -> Cow<'static, str> {
        "ProfileIds".into()
    }
}

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

/// Returns the source of a profile that is given in full or by its id; `None` if it is given in
/// neither way.
pub(in crate::api) fn profile_source(
    given: Option<GivenProfile>,
    id: Option<ProfileId>,
) -> Option<ProfileSource> {
    let given = given.map(|given| ProfileSource::Inline(given.0));
    given.or_else(|| id.map(ProfileSource::Stored))
}
