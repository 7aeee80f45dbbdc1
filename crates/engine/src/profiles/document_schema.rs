//! JSON Schemas of profile documents, for descriptions of interfaces.
//!
//! They describe the plain notation of each field. The reader takes more (numbers in words, dates in
//! other orders, documents of JSON Resume and schema.org), so a document that doesn't fit a schema
//! may still be read; a document that fits is always read.

use serde_json::{Map, Value, json};

use super::{
    encoding::DIMENSIONS,
    profile_kind::ProfileKind,
    profile_reader::{ENTRY_LIMIT, NAME_LIMIT, TEXT_LIMIT, TITLE_LIMIT},
};

/// Returns the schemas of candidates, job postings and their parts, by name. They refer to each other
/// as components of an OpenAPI document.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let schemas = [
        (name_of(ProfileKind::Candidate), candidate()),
        (name_of(ProfileKind::JobPosting), job_posting()),
        ("Skill", skill()),
        ("Education", education()),
        ("Language", language()),
        ("Place", place()),
        ("Pay", pay()),
        ("Position", position()),
        ("ExperienceRange", experience_range()),
        ("Encoding", encoding()),
    ];
    let schemas = schemas.into_iter();
    schemas
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// Returns the name of the schema of a kind of profile.
#[must_use]
pub const fn name_of(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Candidate => "Candidate",
        ProfileKind::JobPosting => "JobPosting",
    }
}

fn candidate() -> Value {
    let own = json!({
        "summary": text(TEXT_LIMIT, "Free text in French or English, such as a whole CV."),
        "skills": many(&part("Skill"), NAME_LIMIT, "Skills by name, or with level and years."),
        "experience_years": number(0, 80, "Years of professional experience; if absent, the time \
            covered by dated `positions`."),
        "education": several("Education", TITLE_LIMIT, "Diplomas, or a diploma in words. The \
            highest counts."),
        "remote": word(&["onsite", "hybrid", "remote", "any"], "The wanted mode of work."),
        "max_distance_km": number(0, 20_000, "The longest distance to work, as the crow flies."),
        "willing_to_relocate": {
            "description": "True, or 1, if the candidate would move.",
            "type": ["boolean", "integer", "null"],
            "minimum": 0,
            "maximum": 1,
        },
        "contract_types": words(&CONTRACTS, "Contracts that the candidate accepts."),
        "available_from": date("The first day of availability."),
        "industries": names("Industries that the candidate knows."),
        "positions": {
            "type": ["array", "null"],
            "description": "Positions held, newest first.",
            "maxItems": ENTRY_LIMIT,
            "items": part("Position"),
        },
        "reference_date": day("The day up to which an open position counts; set by the service."),
    });
    profile(
        "A candidate. Other fields are stored as they are sent, and not scored.",
        own,
        &json!({
            "id": 123,
            "title": "Backend developer",
            "skills": ["Rust", {"name": "PostgreSQL", "level": 4, "years": 6}],
            "experience_years": 7,
            "languages": [{"code": "fr", "level": "native"}, {"code": "en", "level": "C1"}],
            "location": {"city": "Lyon", "country": "FR"},
            "remote": "hybrid",
        }),
    )
}

fn job_posting() -> Value {
    let own = json!({
        "description": text(TEXT_LIMIT, "Free text in French or English."),
        "required_skills": many(&part("Skill"), NAME_LIMIT, "Skills that are asked for."),
        "preferred_skills": many(&part("Skill"), NAME_LIMIT, "Skills that are welcome."),
        "experience_years": {
            "description": "Years of experience that are asked for; a number is the minimum.",
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 80},
                part("ExperienceRange"),
                {"type": "null"},
            ],
        },
        "education": several("Education", TITLE_LIMIT, "Diplomas, or a diploma in words. The \
            lowest is sufficient."),
        "remote": word(&["onsite", "hybrid", "remote"], "The mode of work."),
        "contract_type": word(&CONTRACTS, "The contract."),
        "start_date": date("The first day of work."),
        "industry": text(NAME_LIMIT, "The industry."),
        "status": word(&["open", "closed"], "Whether applications are taken."),
    });
    profile(
        "A job posting. Other fields are stored as they are sent, and not scored.",
        own,
        &json!({
            "id": 456,
            "title": "Senior backend engineer",
            "required_skills": [{"name": "Rust", "must_have": true}, "PostgreSQL"],
            "experience_years": {"min": 5},
            "location": {"city": "Lyon", "country": "FR"},
            "contract_type": "permanent",
            "salary": {"min": 50_000, "max": 65_000, "currency": "EUR", "period": "year"},
        }),
    )
}

/// The names of contracts.
const CONTRACTS: [&str; 8] = [
    "permanent",
    "fixed_term",
    "temporary",
    "freelance",
    "internship",
    "apprenticeship",
    "seasonal",
    "volunteer",
];

/// Returns the schema of a profile: the shared fields and those of its kind.
fn profile(description: &str, own: Value, example: &Value) -> Value {
    let mut properties = json!({
        "id": {
            "description": "The platform's id.",
            "type": ["integer", "null"],
            "format": "int64",
            "minimum": 1,
        },
        "title": text(TITLE_LIMIT, "The job title."),
        "languages": many(&part("Language"), NAME_LIMIT, "Languages, by code or with a level."),
        "location": several("Place", TITLE_LIMIT, "Places, or a place in words. The one that fits \
            best counts."),
        "salary": {
            "description": "The pay.",
            "anyOf": [part("Pay"), {"type": "null"}],
        },
        "licences": names("Licences, certificates and protected titles."),
        "work_permits": names("Countries in which work is permitted."),
        "encoding": {
            "description": "A vector from an external encoder.",
            "anyOf": [part("Encoding"), {"type": "null"}],
        },
    });
    if let (Some(properties), Value::Object(own)) = (properties.as_object_mut(), own) {
        properties.extend(own);
    }
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "examples": [example],
    })
}

fn skill() -> Value {
    object(
        "A skill.",
        &["name"],
        &json!({
            "name": {"type": "string", "minLength": 1, "maxLength": NAME_LIMIT, "pattern": VISIBLE},
            "level": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
            "years": number(0, 80, "Years of use."),
            "must_have": flag("In a job posting: an unmet must-have limits the score."),
        }),
    )
}

fn education() -> Value {
    let levels = [
        "none",
        "vocational",
        "secondary",
        "short_cycle",
        "bachelor",
        "master",
        "doctorate",
    ];
    object(
        "A diploma.",
        &[],
        &json!({
            "level": word(&levels, "The level."),
            "field": text(TITLE_LIMIT, "The field of study."),
        }),
    )
}

fn language() -> Value {
    let levels = ["A1", "A2", "B1", "B2", "C1", "C2", "native"];
    object(
        "A language.",
        &["code"],
        &json!({
            "code": {
                "description": "The ISO 639 code, or the name.",
                "type": "string",
                "minLength": 1,
                "maxLength": NAME_LIMIT,
                "pattern": VISIBLE,
            },
            "level": word(&levels, "The level of the Common European Framework."),
            "must_have": flag("In a job posting: an unmet must-have limits the score."),
        }),
    )
}

fn place() -> Value {
    object(
        "A place, at city precision. With coordinates, both are needed.",
        &[],
        &json!({
            "city": text(NAME_LIMIT, "The city."),
            "country": text(NAME_LIMIT, "The ISO 3166 code, or the name."),
        }),
    )
}

fn pay() -> Value {
    object(
        "A pay; 0 counts as absent, and `min` may not exceed `max`.",
        &[],
        &json!({
            "min": number(0, 1_000_000_000, "The lower end."),
            "max": number(0, 1_000_000_000, "The upper end."),
            "currency": {
                "description": "The ISO 4217 code.",
                "type": ["string", "null"],
                "pattern": "^[A-Z]{3}$",
            },
            "period": word(&["hour", "day", "week", "fortnight", "month", "year"], "The unit of time."),
        }),
    )
}

fn position() -> Value {
    object(
        "A position held. It may not end before it starts.",
        &[],
        &json!({
            "title": text(TITLE_LIMIT, "The job title."),
            "start_date": day("The first day."),
            "end_date": day("The last day; absent for a current position."),
        }),
    )
}

fn experience_range() -> Value {
    object(
        "Years of experience; `min` may not exceed `max`.",
        &[],
        &json!({
            "min": number(0, 80, "The minimum."),
            "max": number(0, 80, "The maximum."),
        }),
    )
}

fn encoding() -> Value {
    object(
        "The vector of a profile's texts. It may not be all 0.",
        &["model", "vector"],
        &json!({
            "model": {"type": "string", "minLength": 1, "maxLength": NAME_LIMIT, "pattern": VISIBLE},
            "vector": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": DIMENSIONS.start(),
                "maxItems": DIMENSIONS.end(),
            },
            "unrelated_cosine": {"type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 1},
        }),
    )
}

/// A text with at least one character that can be seen.
const VISIBLE: &str = "[0-9A-Za-z\u{C0}-\u{17F}]";

fn object(description: &str, required: &[&str], properties: &Value) -> Value {
    let mut schema = json!({
        "type": "object",
        "description": description,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn part(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn text(most: usize, description: &str) -> Value {
    json!({"type": ["string", "null"], "maxLength": most, "description": description})
}

fn number(least: i64, most: i64, description: &str) -> Value {
    json!({
        "type": ["number", "null"],
        "minimum": least,
        "maximum": most,
        "description": description,
    })
}

fn flag(description: &str) -> Value {
    json!({"type": ["boolean", "null"], "description": description})
}

fn date(description: &str) -> Value {
    // The years that the reader takes.
    let pattern = "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$";
    json!({
        "type": ["string", "null"],
        "format": "date",
        "pattern": pattern,
        "description": description,
    })
}

/// A date of any year.
fn day(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date", "description": description})
}

fn word(words: &[&str], description: &str) -> Value {
    let mut known: Vec<Value> = words.iter().map(|word| Value::from(*word)).collect();
    known.push(Value::Null);
    json!({"type": ["string", "null"], "enum": known, "description": description})
}

fn words(words: &[&str], description: &str) -> Value {
    json!({
        "type": ["array", "null"],
        "maxItems": ENTRY_LIMIT,
        "items": {"type": "string", "enum": words},
        "description": description,
    })
}

/// A list of names, or a text that lists them.
fn names(description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [
            {
                "type": "array",
                "maxItems": ENTRY_LIMIT,
                "items": {"type": ["string", "null"], "maxLength": NAME_LIMIT},
            },
            {"type": "string", "maxLength": NAME_LIMIT},
            {"type": "null"},
        ],
    })
}

/// A list whose entries are a text or an object.
fn many(entry: &Value, most: usize, description: &str) -> Value {
    json!({
        "type": ["array", "null"],
        "maxItems": ENTRY_LIMIT,
        "items": {"anyOf": [{"type": "string", "maxLength": most}, entry]},
        "description": description,
    })
}

/// One object, a list of them, or a text.
fn several(name: &str, most: usize, description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [
            {"type": "string", "maxLength": most},
            part(name),
            {"type": "array", "items": part(name)},
            {"type": "null"},
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::{candidate::Candidate, job_posting::JobPosting};

    fn is_read(kind: ProfileKind, document: &Value) -> bool {
        match kind {
            ProfileKind::Candidate => Candidate::from_document(document).is_ok(),
            ProfileKind::JobPosting => JobPosting::from_document(document).is_ok(),
        }
    }

    /// Returns values that fit a schema, and values just outside of it.
    fn samples(schema: &Value, all: &Map<String, Value>) -> (Vec<Value>, Vec<Value>) {
        if let Some(name) = schema["$ref"].as_str() {
            let (_, name) = name.rsplit_once('/').unwrap();
            return samples(&all[name], all);
        }
        if let Some(variants) = schema["anyOf"].as_array() {
            let variants = variants.iter().map(|variant| samples(variant, all));
            return variants.fold((vec![], vec![]), |(mut fit, mut unfit), (more, outside)| {
                fit.extend(more);
                unfit.extend(outside);
                (fit, unfit)
            });
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let (mut fit, mut unfit) = (vec![], vec![]);
        for kind in types {
            match kind {
                "null" => fit.push(Value::Null),
                "boolean" => fit.extend([json!(true), json!(false)]),
                "number" | "integer" => {
                    let bound = |name: &str| schema[name].as_i64();
                    fit.extend(bound("minimum").map(Value::from));
                    fit.extend(bound("maximum").map(Value::from));
                    unfit.extend(bound("minimum").map(|least| json!(least - 1)));
                    unfit.extend(bound("maximum").map(|most| json!(most + 1)));
                    unfit.extend(bound("exclusiveMaximum").map(Value::from));
                }
                "string" if schema["enum"].is_array() => {
                    fit.extend(schema["enum"].as_array().unwrap().clone());
                    unfit.push(json!("zzzz"));
                }
                "string" if schema["format"] == "date" => {
                    fit.extend([json!("1900-01-01"), json!("2199-12-31")]);
                    if schema["pattern"].is_string() {
                        unfit.extend([json!("1899-12-31"), json!("2201-01-01")]);
                    }
                }
                "string" if schema["pattern"] == "^[A-Z]{3}$" => fit.push(json!("EUR")),
                "string" => {
                    let most = schema["maxLength"].as_u64().unwrap();
                    let most = usize::try_from(most).unwrap();
                    fit.push(json!("a".repeat(most)));
                    unfit.push(json!("a".repeat(most + 1)));
                }
                "array" if schema["minItems"].is_number() => {
                    fit.push(json!([0.5, -0.5]));
                    unfit.push(json!([0.5]));
                }
                "array" => {
                    let (entries, outside) = samples(&schema["items"], all);
                    fit.push(Value::Array(entries));
                    unfit.extend(outside.into_iter().map(|entry| json!([entry])));
                    if let Some(most) = schema["maxItems"].as_u64() {
                        let many = vec![json!("a"); usize::try_from(most).unwrap() + 1];
                        unfit.push(Value::Array(many));
                    }
                }
                "object" => {
                    let properties = schema["properties"].as_object().unwrap();
                    let mut base = Map::new();
                    for name in schema["required"].as_array().unwrap_or(&vec![]) {
                        let name = name.as_str().unwrap();
                        let (values, _) = samples(&properties[name], all);
                        base.insert(name.to_owned(), values[0].clone());
                    }
                    fit.push(Value::Object(base.clone()));
                    for (name, property) in properties {
                        let with = |value: Value| {
                            let mut object = base.clone();
                            object.insert(name.clone(), value);
                            Value::Object(object)
                        };
                        let (values, outside) = samples(property, all);
                        fit.extend(values.into_iter().map(with));
                        unfit.extend(outside.into_iter().map(with));
                    }
                }
                other => panic!("a schema of type {other}"),
            }
        }
        (fit, unfit)
    }

    #[test]
    fn the_reader_takes_what_the_schemas_allow_and_refuses_what_is_just_outside() {
        let all = schemas();
        for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
            let (fit, unfit) = samples(&all[name_of(kind)], &all);
            assert!(fit.len() > 50 && unfit.len() > 30);
            for document in fit {
                let faults = match kind {
                    ProfileKind::Candidate => Candidate::from_document(&document).err(),
                    ProfileKind::JobPosting => JobPosting::from_document(&document).err(),
                };
                let text = document.to_string();
                assert_eq!(faults, None, "{}", text.get(..300).unwrap_or(&text));
            }
            for document in unfit {
                let text = document.to_string();
                assert!(
                    !is_read(kind, &document),
                    "{}",
                    text.get(..300).unwrap_or(&text)
                );
            }
        }
    }

    #[test]
    fn the_examples_of_the_schemas_are_read() {
        for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
            let schema = &schemas()[name_of(kind)];
            assert!(is_read(kind, &schema["examples"][0]));
        }
    }
}
