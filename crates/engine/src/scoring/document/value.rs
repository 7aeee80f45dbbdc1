//! Values of result documents: how each type is written, and its JSON Schema.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::{Map, Value as Schema, json};

use super::{Document, Json};
use crate::scoring::{
    criteria::{Criterion, Number},
    explanation::Statement,
    wire_name::WireName,
};

/// The facts from which sentences are derived, besides those of the object that has the sentence.
#[derive(Clone, Copy)]
pub struct Context<'d, 'a> {
    /// The whole document.
    pub document: &'d Document<'a>,
    /// The criterion that is being written, if any.
    pub criterion: Option<Criterion>,
}

/// A value of a result document.
pub trait Value {
    /// Appends the value.
    fn write(&self, json: &mut Json, context: &Context<'_, '_>);

    /// Returns the JSON Schema of the value, or a reference to one of the schemas.
    fn schema(schemas: &mut Schemas) -> Schema;
}

/// The members of an object. `document!` implements it.
pub trait Members {
    /// Appends the members. The first one opens the object, unless others precede it.
    fn write_members(&self, is_first: bool, json: &mut Json, context: &Context<'_, '_>);

    /// Adds the members to a schema.
    fn describe_members(object: &mut ObjectSchema<'_>);
}

/// Members that are left out without facts.
impl<M: Members> Members for Option<M> {
    fn write_members(&self, is_first: bool, json: &mut Json, context: &Context<'_, '_>) {
        if let Some(members) = self {
            members.write_members(is_first, json, context);
        }
    }

    fn describe_members(object: &mut ObjectSchema<'_>) {
        let required = object.required.len();
        M::describe_members(object);
        object.required.truncate(required);
    }
}

/// A value that a document may leave out.
pub trait Optional {
    /// The value that is written.
    type Value: Value;

    /// Returns the value unless it is left out.
    fn value(&self) -> Option<&Self::Value>;
}

impl<V: Value> Optional for Option<V> {
    type Value = V;

    fn value(&self) -> Option<&V> {
        self.as_ref()
    }
}

/// Left out if false.
impl Optional for bool {
    type Value = bool;

    fn value(&self) -> Option<&bool> {
        self.then_some(self)
    }
}

/// Schemas of objects by name. They refer to each other as components of an OpenAPI document do.
#[derive(Default)]
pub struct Schemas(pub Map<String, Schema>);

impl Schemas {
    /// Returns a reference to the schema of an object, and describes the object the first time.
    pub fn object(
        &mut self,
        name: &str,
        description: &[&str],
        describe_members: impl FnOnce(&mut ObjectSchema<'_>),
    ) -> Schema {
        if !self.0.contains_key(name) {
            let mut object = ObjectSchema {
                properties: Map::new(),
                required: Vec::new(),
                schemas: self,
            };
            describe_members(&mut object);
            let (properties, required) = (object.properties, object.required);
            let mut schema = json!({
                "type": "object",
                "description": text_of(description),
                "properties": properties,
            });
            if !required.is_empty() {
                schema["required"] = json!(required);
            }
            self.0.insert(name.to_owned(), schema);
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The schema of an object that is being described.
pub struct ObjectSchema<'s> {
    properties: Map<String, Schema>,
    required: Vec<&'static str>,
    schemas: &'s mut Schemas,
}

impl ObjectSchema<'_> {
    /// Adds a member that is always there. Its description is given in lines.
    pub fn member<V: Value>(&mut self, name: &'static str, description: &[&str]) {
        self.optional_member::<V>(name, description);
        self.required.push(name);
    }

    /// Adds a member that may be left out.
    pub fn optional_member<V: Value>(&mut self, name: &'static str, description: &[&str]) {
        let mut schema = V::schema(self.schemas);
        schema["description"] = text_of(description).into();
        self.properties.insert(name.to_owned(), schema);
    }

    /// Adds an object that is always there, whose schema has a name.
    pub fn object<M: Members>(&mut self, name: &'static str, schema: &str, description: &str) {
        let mut reference = self
            .schemas
            .object(schema, &[description], M::describe_members);
        reference["description"] = description.into();
        self.properties.insert(name.to_owned(), reference);
        self.required.push(name);
    }
}

/// Joins the lines of a comment.
fn text_of(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join("\n")
}

impl<V: Value> Value for Option<V> {
    fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
        match self {
            Some(value) => value.write(json, context),
            None => json.raw("null"),
        }
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        let mut schema = V::schema(schemas);
        match &schema["type"] {
            Schema::String(name) if schema.get("enum").is_none() => {
                schema["type"] = json!([name, "null"]);
                schema
            }
            _ => json!({"oneOf": [{"type": "null"}, schema]}),
        }
    }
}

impl<V: Value> Value for Vec<V> {
    fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
        json.list(self, |json, item| item.write(json, context));
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        json!({"type": "array", "items": V::schema(schemas)})
    }
}

impl<V: Value + ToOwned + ?Sized> Value for Cow<'_, V> {
    fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
        (**self).write(json, context);
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        V::schema(schemas)
    }
}

impl<W: WireName> Value for W {
    fn write(&self, json: &mut Json, _: &Context<'_, '_>) {
        json.word(self.name());
    }

    fn schema(_: &mut Schemas) -> Schema {
        let names: Vec<&str> = W::ALL.iter().map(|value| value.name()).collect();
        json!({"type": "string", "enum": names})
    }
}

impl Value for Statement<'_> {
    fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
        json.sentence(|text| self.write(context.document.language, text));
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        str::schema(schemas)
    }
}

/// Implements [`Value`] for a type that `Json` writes.
macro_rules! json_value {
    ($($type:ty: |$json:ident, $value:ident| $write:expr, $schema:tt;)+) => {$(
        impl Value for $type {
            #[inline]
            fn write(&self, $json: &mut Json, _: &Context<'_, '_>) {
                let $value = self;
                $write;
            }

            fn schema(_: &mut Schemas) -> Schema {
                json!($schema)
            }
        }
    )+};
}
json_value! {
    str: |json, text| json.text(text), {"type": "string"};
    String: |json, text| json.text(text), {"type": "string"};
    bool: |json, is_true| json.raw(if *is_true { "true" } else { "false" }), {"type": "boolean"};
    f64: |json, number| json.number(*number), {"type": "number", "format": "double"};
    i64: |json, number| json.whole(*number), {"type": "integer", "format": "int64"};
    usize: |json, count| json.count(*count), {"type": "integer", "minimum": 0};
    NaiveDate: |json, date| json.date(*date), {"type": "string", "format": "date"};
    Number: |json, number| match number.as_whole() {
        Some(whole) => json.whole(whole),
        None => json.number(number.0),
    }, {"type": "number"};
}
