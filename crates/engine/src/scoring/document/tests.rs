//! Tests of the declaration of objects and of their schemas.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::{
    Context, Document, ResultDocument,
    declaration::document,
    json,
    value::{Schemas, Value},
};
use crate::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::{Assessment, Engine, Language, Weights, knockouts::KnockoutOutcome},
};

document! {
    /// A plain object.
    #[derive(Default)]
    pub struct Inner {
        /// Anything
        /// but empty.
        always text: String,
        optional count: Option<i64>,
    }
}

document! {
    /// One member of each kind.
    pub struct Sample<'a> as "Example" {
        always name: Cow<'a, str>,
        always outcome as "status": Option<KnockoutOutcome>,
        optional number as "figure": Option<f64>,
        optional is_new as "new": bool,
        unless(KnockoutOutcome::Met, "met") other: KnockoutOutcome,
        flat inner: Inner,
        always list: Vec<Inner>,
        always length: usize = |sample, _context| sample.name.len(),
        optional coverage: Option<f64> = |sample, context| {
            sample.number.map(|_| context.document.coverage)
        },
        internal cached: Option<i64>,
    }
}

fn met() -> KnockoutOutcome {
    KnockoutOutcome::Met
}

/// Writes a value of a document without facts.
pub fn written(value: &impl Value) -> String {
    let assessment = assess(&Candidate::default(), &JobPosting::default());
    let document = Document::of(&assessment, None, None, "", Language::English);
    let context = Context {
        document: &document,
        criterion: None,
    };
    let mut json = json::Json::with_capacity(0);
    value.write(&mut json, &context);
    json.into_text()
}

fn assess(candidate: &Candidate, posting: &JobPosting) -> Assessment {
    let engine = Engine::new(Weights::default());
    engine.score(
        &engine.compile_candidate(candidate),
        &engine.compile_job_posting(posting),
    )
}

#[test]
fn members_are_written_in_the_order_of_their_declaration_and_parsed_back() {
    let full = Sample {
        name: "a \"b\"".into(),
        outcome: Some(KnockoutOutcome::Failed),
        number: Some(0.5),
        is_new: true,
        other: KnockoutOutcome::Unknown,
        inner: Inner {
            text: "in".to_owned(),
            count: Some(-1),
        },
        list: vec![Inner::default(), Inner::default()],
        cached: None,
    };
    let text = written(&full);
    let expected = concat!(
        r#"{"name":"a \"b\"","status":"not_met","figure":0.5,"new":true,"other":"ask","#,
        r#""text":"in","count":-1,"list":[{"text":""},{"text":""}],"length":5,"coverage":0.0}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Sample<'_>>(&text).unwrap(), full);
}

#[test]
fn absent_members_are_left_out_and_parsed_back() {
    let empty = Sample {
        name: "".into(),
        outcome: None,
        number: None,
        is_new: false,
        other: KnockoutOutcome::Met,
        inner: Inner::default(),
        list: vec![],
        cached: None,
    };
    let text = written(&empty);
    let expected = r#"{"name":"","status":null,"text":"","list":[],"length":0}"#;
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Sample<'_>>(&text).unwrap(), empty);
}

#[test]
fn a_member_that_is_always_there_is_missed_when_parsing_even_if_it_may_be_null() {
    let complete = r#"{"name":"","status":null,"text":"","list":[]}"#;
    assert!(serde_json::from_str::<Sample<'_>>(complete).is_ok());
    let without = complete.replace(r#""status":null,"#, "");
    assert!(serde_json::from_str::<Sample<'_>>(&without).is_err());
}

#[test]
fn a_schema_describes_all_members_and_requires_those_that_are_always_there() {
    let mut schemas = Schemas::default();
    let reference = Sample::schema(&mut schemas);
    assert_eq!(reference, json!({"$ref": "#/components/schemas/Example"}));
    let outcomes = json!({"type": "string", "enum": ["not_met", "ask", "met"], "description": ""});
    let text = json!({"type": "string", "description": "Anything\nbut empty."});
    let count = json!({"type": "integer", "format": "int64", "description": ""});
    let number = json!({"type": "number", "format": "double", "description": ""});
    let expected = json!({
        "Example": {
            "type": "object",
            "description": "One member of each kind.",
            "properties": {
                "name": {"type": "string", "description": ""},
                "status": {
                    "oneOf": [
                        {"type": "null"},
                        {"type": "string", "enum": ["not_met", "ask", "met"]},
                    ],
                    "description": "",
                },
                "figure": number,
                "new": {"type": "boolean", "description": ""},
                "other": outcomes,
                "text": text,
                "count": count,
                "list": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/Inner"},
                    "description": "",
                },
                "length": {"type": "integer", "minimum": 0, "description": ""},
                "coverage": number,
            },
            "required": ["name", "status", "text", "list", "length"],
        },
        "Inner": {
            "type": "object",
            "description": "A plain object.",
            "properties": {"text": text, "count": count},
            "required": ["text"],
        },
    });
    assert_eq!(Json::Object(schemas.0), expected);
}

#[test]
fn every_part_of_a_result_document_has_a_type() {
    fn bare(schema: &Json) -> bool {
        let is_bare = schema["type"] == "object" && schema.get("properties").is_none()
            || schema["type"] == "array" && schema.get("items").is_none()
            || schema.as_object().is_some_and(Map::is_empty);
        let parts = schema["properties"].as_object();
        is_bare || parts.is_some_and(|parts| parts.values().any(bare)) || bare_items(schema)
    }
    fn bare_items(schema: &Json) -> bool {
        schema.get("items").is_some_and(bare)
    }
    let schemas = ResultDocument::schemas();
    assert!(schemas.contains_key("ResultDocument"));
    for (name, schema) in &schemas {
        assert!(!bare(schema), "{name}");
    }
}

/// Returns the first fault of a result document by the schemas: a member that is missing, unknown
/// or of another type.
pub fn fault_by_schema(document: &str) -> Option<String> {
    let schemas = ResultDocument::schemas();
    let document = serde_json::from_str(document).unwrap();
    fault(&document, &schemas["ResultDocument"], &schemas)
}

fn fault(value: &Json, schema: &Json, schemas: &Map<String, Json>) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next()?;
        return fault(value, &schemas[name], schemas);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let mut faults = either.iter().map(|schema| fault(value, schema, schemas));
        let is_met = faults.any(|fault| fault.is_none());
        return (!is_met).then(|| format!("{value} is none of {either:?}"));
    }
    let kind = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let is_whole = value.is_i64() || value.is_u64();
    let kinds = schema["type"].as_array();
    let mut kinds = kinds
        .map_or(std::slice::from_ref(&schema["type"]), Vec::as_slice)
        .iter();
    let names = schema["enum"].as_array();
    if !kinds.any(|one| one == kind || one == "integer" && is_whole)
        || names.is_some_and(|names| !names.contains(value))
    {
        return Some(format!("{value} is not {schema}"));
    }
    match value {
        Json::Array(items) => {
            let mut faults = items
                .iter()
                .map(|item| fault(item, &schema["items"], schemas));
            faults.find_map(|fault| fault)
        }
        Json::Object(members) => {
            let required = schema["required"].as_array();
            let mut required = (required.into_iter().flatten()).filter_map(Json::as_str);
            let missing = required.find(|name| !members.contains_key(*name));
            let mut faults =
                members
                    .iter()
                    .map(|(name, member)| match schema["properties"].get(name) {
                        Some(schema) => fault(member, schema, schemas),
                        None => Some(format!("{name} is unknown")),
                    });
            missing
                .map(|name| format!("{name} is missing in {value}"))
                .or_else(|| faults.find_map(|fault| fault))
        }
        _ => None,
    }
}

#[test]
fn a_document_with_an_unknown_a_missing_or_another_value_does_not_meet_the_schema() {
    let assessment = assess(&Candidate::default(), &JobPosting::default());
    let document = assessment.to_document(None, None, "T");
    assert_eq!(fault_by_schema(&document), None);
    for (from, to) in [
        ("\"coverage\":", "\"cover\":"),
        ("\"category\":\"insufficient\"", "\"category\":\"bad\""),
        ("\"weight\":0.0", "\"weight\":null"),
        ("\"matched\":[]", "\"matched\":[{\"name\":\"SQL\"}]"),
    ] {
        assert!(document.contains(from), "{from}");
        let other = document.replacen(from, to, 1);
        assert!(fault_by_schema(&other).is_some(), "{to}");
    }
}
