//! The schema of a result document, for the OpenAPI document only: the engine declares and writes
//! result documents.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use matching_engine::scoring::ResultDocument;

const NAME: &str = "ResultDocument";

/// A result document, as a type for schemas.
pub struct ResultDocumentView;

impl PartialSchema for ResultDocumentView {
    fn schema() -> RefOr<Schema> {
        let document = parts().find(|(name, _)| name == NAME);
        document.map_or_else(|| Schema::default().into(), |(_, schema)| schema)
    }
}

impl ToSchema for ResultDocumentView {
    fn name() -> Cow<'static, str> {
        NAME.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(parts().filter(|(name, _)| name != NAME));
    }
}

/// Converts the engine's schemas. A schema that utoipa can't represent would be lost.
fn parts() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    let schemas = ResultDocument::schemas().into_iter();
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
        assert_eq!(described, ResultDocument::schemas());
    }
}
