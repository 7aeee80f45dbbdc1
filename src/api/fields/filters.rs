//! Filters of a search. The service reads them; faults are reported at their place in the body.

use deserr::{Deserr, IntoValue, ValuePointerRef};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr,
        schema::{AdditionalProperties, Schema, Type},
    },
};

use super::{Limits, within};
use crate::{
    api::faults::{Faults, InBody},
    domain::identifiers::ProfileId,
    service::search::{FILTERED_ID_LIMIT, Filters},
};

impl Deserr<Faults<InBody>> for Filters {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<InBody>> {
        let kind = value.kind();
        let Value::Object(stated) = Value::from(value) else {
            let rule = "send an object, such as {\"country\": \"FR\"}";
            return Err(Faults::wrong_type(location, kind, rule));
        };
        let counterpart = Limits::with(Limits::filtered);
        Self::read(counterpart, stated).map_err(|faults| within(location, &faults))
    }
}

impl PartialSchema for Filters {
    fn schema() -> RefOr<Schema> {
        let text = || {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
        };
        let texts = || ArrayBuilder::new().items(text()).min_items(Some(1));
        let one_or_many = || OneOfBuilder::new().item(text()).item(texts());
        let language = ObjectBuilder::new()
            .property("code", text())
            .property("level", text())
            .required("code");
        let language = OneOfBuilder::new().item(text()).item(language);
        ObjectBuilder::new()
            .description(Some(
                "Filters of the other profiles. A profile without a value doesn't pass; all given \
                 filters must hold.",
            ))
            .property(
                "ids",
                ArrayBuilder::new()
                    .items(ProfileId::schema())
                    .min_items(Some(1))
                    .max_items(Some(FILTERED_ID_LIMIT))
                    .description(Some("One of these ids.")),
            )
            .property(
                "country",
                one_or_many().description(Some(
                    "In this country (ISO 3166 code or name), or in one of several.",
                )),
            )
            .property(
                "remote",
                one_or_many().description(Some(
                    "`onsite`, `hybrid` or `remote`, or several; a candidate with `any` passes \
                     each.",
                )),
            )
            .property(
                "contract_types",
                texts().description(Some(
                    "At least one of these: `permanent`, `fixed_term`, `temporary`, `freelance`, \
                     `internship`, `apprenticeship`, `seasonal`, `volunteer`, or their French \
                     names.",
                )),
            )
            .property(
                "languages",
                ArrayBuilder::new()
                    .items(language)
                    .min_items(Some(1))
                    .description(Some(
                        "All of these, as codes or `{code, level}`: spoken at this level or better \
                         by a candidate, or required by a job posting.",
                    )),
            )
            .property(
                "skills",
                texts().description(Some(
                    "All of these. A candidate passes if it states the skill or one that implies \
                     it, or mentions it; a job posting passes if it requires the skill by this \
                     name.",
                )),
            )
            .property(
                "status",
                text()
                    .enum_values(Some(["open", "closed", "any"]))
                    .description(Some(
                        "The status of job postings; `open` unless it is stated.",
                    )),
            )
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl ToSchema for Filters {}

#[cfg(test)]
mod tests {
    use matching_engine::profiles::profile_kind::ProfileKind;

    use serde_json::Map;

    use super::*;

    #[test]
    fn exactly_the_filters_that_are_read_are_documented() {
        let RefOr::T(Schema::Object(schema)) = Filters::schema() else {
            panic!("filters are an object");
        };
        let mut documented: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        documented.sort_unstable();
        let unknown = Map::from_iter([("unknown".to_owned(), Value::from(1))]);
        let faults = Filters::read(ProfileKind::JobPosting, unknown).unwrap_err();
        let (_, read) = faults[0].detail.rsplit_once("the filters are ").unwrap();
        let mut read: Vec<&str> = read.split(", ").collect();
        read.sort_unstable();
        assert_eq!(documented, read);
    }
}
