//! The schemas of profile documents, for the OpenAPI document only: the engine declares and reads
//! profiles.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use matching_engine::profiles::{document_schema, profile_kind::ProfileKind};

/// The document of a candidate, as a type for schemas.
pub struct CandidateDocument;

/// The document of a job posting, as a type for schemas.
pub struct JobPostingDocument;

macro_rules! profile_documents {
    ($($document:ty, $kind:ident;)+) => { $(
        impl PartialSchema for $document {
            fn schema() -> RefOr<Schema> {
                let name = Self::name();
                let document = parts().find(|(known, _)| *known == name);
                document.map_or_else(|| Schema::default().into(), |(_, schema)| schema)
            }
        }

        impl ToSchema for $document {
            fn name() -> Cow<'static, str> {
                document_schema::name_of(ProfileKind::$kind).into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.extend(parts());
            }
        }
    )+ };
}

profile_documents! {
    CandidateDocument, Candidate;
    JobPostingDocument, JobPosting;
}

/// Converts the engine's schemas. A schema that utoipa can't represent would be lost.
fn parts() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    let schemas = document_schema::schemas().into_iter();
    schemas.filter_map(|(name, schema)| Some((name, serde_json::from_value(schema).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_of_the_engine_is_described_as_it_is() {
        let described: serde_json::Map<_, _> = parts()
            .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap()))
            .collect();
        assert_eq!(described, document_schema::schemas());
    }
}
