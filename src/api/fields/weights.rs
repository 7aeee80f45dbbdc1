//! Weights of criteria, read by the engine.

use std::borrow::Cow;

use deserr::{Deserr, IntoValue, Value, ValueKind, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, SchemaFormat,
        schema::{AdditionalProperties, Schema, Type},
    },
};

use super::{Field, Limits, within};
use crate::{
    api::faults::{Faults, Part},
    service::submit::AskedWeights,
};
use matching_engine::scoring::{Criterion, Weights};

impl Field for AskedWeights {
    fn rule() -> String {
        "send the weights, such as {\"skills\": 0.5}".to_owned()
    }
}

impl<P: Part> Deserr<Faults<P>> for AskedWeights {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        if let Value::Null = value {
            return Err(Faults::wrong_type(location, ValueKind::Null, Self::rule()));
        }
        let stated = serde_json::Value::from(value);
        match Limits::with(|limits| Weights::from_json(&stated, &limits.weights)) {
            Ok(weights) => {
                let named = weights
                    .iter()
                    .filter(|(criterion, _)| stated.get(criterion.as_str()).is_some())
                    .collect();
                Ok(Self { named, weights })
            }
            Err(faults) => Err(within(location, &faults)),
        }
    }
}

impl PartialSchema for AskedWeights {
    fn schema() -> RefOr<Schema> {
        let weights = Criterion::ALL.map(|criterion| {
            let weight = ObjectBuilder::new()
                .schema_type(Type::Number)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
                .description(Some(criterion.description()))
                .minimum(Some(0));
            (criterion.as_str(), weight)
        });
        let schema = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Weights of some criteria, each 0 or more; only their proportions matter. Those left \
                 out keep the service's, and at least one has to be above 0.",
            ))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .examples([serde_json::json!({"skills": 0.5, "salary": 0})]);
        weights
            .into_iter()
            .fold(schema, |schema, (name, weight)| {
                schema.property(name, weight)
            })
            .into()
    }
}

impl ToSchema for AskedWeights {
    fn name() -> Cow<'static, str> {
        "WeightsBody".into()
    }
}
