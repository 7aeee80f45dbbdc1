//! schema.org `JobPosting` documents (JSON-LD, as job boards and career pages publish them) as
//! posting documents.

use serde_json::{Map, Value, json};

use super::{
    contract::ContractType,
    education::Education,
    foreign_documents::{copy_own_fields, set, text},
    html_text::plain_text,
    job_posting::ExperienceRange,
    numerals::decimal,
    profile_document::ProfileDocument,
    salary::{SalaryPeriod, currency_code},
    written_date::{WrittenDate, means_now},
};

/// Fields of a posting document that may stand beside those of schema.org.
const OWN_FIELDS: [&str; 15] = [
    "id",
    "required_skills",
    "preferred_skills",
    "experience_years",
    "education",
    "languages",
    "location",
    "remote",
    "contract_type",
    "salary",
    "status",
    "licences",
    "licenses",
    "work_permit",
    "work_permits",
];

/// A longer entry of `skills` is a sentence, not a skill.
const SKILL_NAME_LIMIT: usize = 200;

/// The posting document of a schema.org `JobPosting`, which may stand in a list or in a `@graph`;
/// `None` for a document that has none.
///
/// - `id` is the `identifier`'s value where that is a whole number; any other is not the
///   platform's.
/// - `description` is the text of the HTML description, followed by responsibilities,
///   qualifications and whatever sentences stand in `skills`.
/// - `skills` become required skills.
/// - `employmentType` gives a contract where it names one: `FULL_TIME` and `PART_TIME` don't.
/// - `jobLocationType: TELECOMMUTE` means remote; its absence means nothing.
/// - `datePosted` and `validThrough` are kept as `date_posted` and `valid_through`. There is no
///   clock here, so an expired posting is not closed by this.
pub(super) fn job_posting_document(document: &Value) -> Option<Map<String, Value>> {
    let source = posting_in(document)?;
    let get = |name| source.get(name);

    let mut posting = copy_own_fields(source, &OWN_FIELDS);
    set(&mut posting, "id", get("identifier").and_then(identifier));
    let title = label(get("title")).or_else(|| label(get("name")));
    set(&mut posting, "title", title.map(plain_text));
    let (skills, sentences) = skills(get("skills"));
    set(&mut posting, "description", description(source, &sentences));
    set(&mut posting, "required_skills", skills);
    set(
        &mut posting,
        "experience_years",
        get("experienceRequirements").and_then(experience),
    );
    set(
        &mut posting,
        "education",
        education(get("educationRequirements")),
    );
    let (location, country) = (
        first(get("jobLocation")).and_then(location),
        first(get("applicantLocationRequirements")),
    );
    let country = || Some(json!({"country": label(country)?}));
    set(&mut posting, "location", location.or_else(country));
    let is_remote = all(get("jobLocationType"))
        .any(|kind| text(Some(kind)).is_some_and(|kind| kind.eq_ignore_ascii_case("TELECOMMUTE")));
    set(&mut posting, "remote", is_remote.then_some("remote"));
    let contract = all(get("employmentType"))
        .find_map(|kind| ContractType::named_in(text(Some(kind))?)?.first().copied());
    set(
        &mut posting,
        "contract_type",
        contract.map(ContractType::as_str),
    );
    set(&mut posting, "salary", salary(source));
    let start = text(get("jobStartDate"))
        .filter(|start| WrittenDate::parse(start).is_some() || means_now(start));
    set(&mut posting, "start_date", start);
    set(&mut posting, "industry", label(get("industry")));
    set(&mut posting, "date_posted", text(get("datePosted")));
    set(&mut posting, "valid_through", text(get("validThrough")));
    Some(posting)
}

/// Whether a document has what every one with a posting in it has one of.
pub(super) fn may_hold_posting(document: &ProfileDocument<'_>) -> bool {
    let telling = ["@type", "@graph"];
    document.root().is_array() || telling.iter().any(|name| document.member(name).is_some())
}

fn posting_in(document: &Value) -> Option<&Map<String, Value>> {
    match document {
        Value::Array(nodes) => nodes.iter().find_map(as_posting),
        Value::Object(members) => as_posting(document).or_else(|| {
            let graph = members.get("@graph")?.as_array()?;
            graph.iter().find_map(as_posting)
        }),
        _ => None,
    }
}

fn as_posting(node: &Value) -> Option<&Map<String, Value>> {
    let members = node.as_object()?;
    let is_posting = all(members.get("@type")).any(|kind| {
        text(Some(kind)).is_some_and(|kind| {
            // Also `https://schema.org/JobPosting` and `schema:JobPosting`.
            kind.rsplit(['/', ':']).next() == Some("JobPosting")
        })
    });
    is_posting.then_some(members)
}

/// A value or the values of a list: JSON-LD writes one value either way.
fn all(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
    .iter()
}

fn first(value: Option<&Value>) -> Option<&Value> {
    all(value).next()
}

/// The text of a value: text, `{"@value"}`, or a thing with a `name` (`DefinedTerm`, `Country`).
fn label(value: Option<&Value>) -> Option<&str> {
    let value = first(value)?;
    text(Some(value))
        .or_else(|| text(value.get("@value")))
        .or_else(|| text(value.get("name")))
}

fn identifier(identifier: &Value) -> Option<i64> {
    let value = identifier.get("value").unwrap_or(identifier);
    value
        .as_i64()
        .or_else(|| text(Some(value))?.parse().ok())
        .filter(|id| *id >= 1)
}

fn description(posting: &Map<String, Value>, sentences: &[&str]) -> Option<String> {
    let parts = ["description", "responsibilities", "qualifications"]
        .into_iter()
        .flat_map(|name| all(posting.get(name)))
        .filter_map(|part| label(Some(part)));
    let description: Vec<String> = parts
        .chain(sentences.iter().copied())
        .map(plain_text)
        .filter(|part| !part.is_empty())
        .collect();
    (!description.is_empty()).then(|| description.join("\n"))
}

/// Skills, and apart from them what is too long to be the name of one.
fn skills(value: Option<&Value>) -> (Option<Value>, Vec<&str>) {
    let (names, sentences): (Vec<&str>, Vec<&str>) = all(value)
        .filter_map(|skill| label(Some(skill)))
        .flat_map(|skills| skills.split([',', ';', '\n']))
        .map(str::trim)
        .filter(|skill| !skill.is_empty())
        .partition(|skill| skill.chars().count() <= SKILL_NAME_LIMIT);
    let names: Vec<String> = names.into_iter().map(plain_text).collect();
    ((!names.is_empty()).then(|| names.into()), sentences)
}

fn experience(value: &Value) -> Option<Value> {
    if let Some(months) = value.get("monthsOfExperience") {
        let months = months.as_f64().or_else(|| decimal(text(Some(months))?))?;
        let years = (months / 12.0 * 100.0).round() / 100.0;
        return Some(json!({"min": years}));
    }
    let range = ExperienceRange::parse(&plain_text(label(Some(value))?))?;
    let ends = [("min", range.min), ("max", range.max)];
    let ends = ends
        .into_iter()
        .filter_map(|(name, years)| Some((name.to_owned(), Value::from(years?))));
    Some(Value::Object(ends.collect()))
}

/// The lowest of the credentials, since any of them will do.
fn education(value: Option<&Value>) -> Option<Value> {
    let credentials = all(value).filter_map(|credential| {
        let words = text(credential.get("credentialCategory")).or_else(|| label(Some(credential)));
        let education = Education::parse(&plain_text(words?));
        Some((education.level?, education.field))
    });
    let (level, field) = credentials.min_by_key(|(level, _)| *level)?;
    Some(match field {
        Some(field) => json!({"level": level.as_str(), "field": field}),
        None => json!({"level": level.as_str()}),
    })
}

/// City, country and coordinates of a `Place`. An address in one text goes to the reader, which
/// keeps no more of it than that.
fn location(place: &Value) -> Option<Value> {
    let mut location = Map::new();
    match place
        .get("address")
        .or_else(|| place.is_string().then_some(place))
    {
        Some(Value::String(address)) => {
            let read = super::location::Location::parse(address);
            set(&mut location, "city", read.city);
            set(&mut location, "country", read.country);
        }
        Some(address) => {
            set(&mut location, "city", label(address.get("addressLocality")));
            set(
                &mut location,
                "country",
                label(address.get("addressCountry")),
            );
        }
        None => {}
    }
    let coordinate = |name| {
        let value = place.get("geo")?.get(name)?;
        value.as_f64().or_else(|| decimal(text(Some(value))?))
    };
    if let (Some(latitude), Some(longitude)) = (coordinate("latitude"), coordinate("longitude")) {
        set(&mut location, "lat", Some(latitude));
        set(&mut location, "lon", Some(longitude));
    }
    (!location.is_empty()).then_some(Value::Object(location))
}

/// `baseSalary` as a number, as words, or as a `MonetaryAmount` whose value is a number or a
/// `QuantitativeValue`.
fn salary(posting: &Map<String, Value>) -> Option<Value> {
    let base = first(posting.get("baseSalary"))?;
    if let Some(words) = text(Some(base)) {
        return Some(words.into());
    }
    let value = match base {
        Value::Number(_) => base,
        _ => base.get("value").unwrap_or(base),
    };
    let part = |name| value.get(name).or_else(|| base.get(name));
    let amount = |value: Option<&Value>| {
        value
            .filter(|value| value.is_number() || text(Some(value)).is_some())
            .cloned()
    };
    let mut salary = Map::new();
    set(&mut salary, "min", amount(part("minValue")));
    set(&mut salary, "max", amount(part("maxValue")));
    set(
        &mut salary,
        "amount",
        amount(Some(value)).or_else(|| amount(value.get("value"))),
    );
    let currency = text(part("currency")).or_else(|| text(posting.get("salaryCurrency")));
    set(&mut salary, "currency", currency.and_then(currency_code));
    let period = text(part("unitText")).and_then(SalaryPeriod::parse);
    set(&mut salary, "period", period.map(SalaryPeriod::as_str));
    (!salary.is_empty()).then_some(Value::Object(salary))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::job_posting_document;
    use crate::profiles::{
        contract::ContractType,
        education::EducationLevel,
        job_posting::{ExperienceRange, JobPosting},
        location::{Coordinates, Location, RemoteMode},
        salary::{SalaryPeriod, SalaryRange},
    };

    fn read(document: &Value) -> JobPosting {
        let document = Value::Object(job_posting_document(document).unwrap());
        JobPosting::from_document(&document).unwrap()
    }

    fn posting_with(name: &str, value: Value) -> JobPosting {
        let mut document = json!({"@context": "https://schema.org", "@type": "JobPosting"});
        document[name] = value;
        read(&document)
    }

    #[test]
    fn a_posting_is_mapped() {
        let posting = read(&json!({
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "identifier": {"@type": "PropertyValue", "name": "ACME", "value": "1234"},
            "title": "D&eacute;veloppeur Rust",
            "description": "<p>Vous <b>développez</b>.</p>",
            "qualifications": "Rigueur",
            "skills": ["Rust", {"@type": "DefinedTerm", "name": "SQL"}],
            "experienceRequirements": {"@type": "OccupationalExperienceRequirements",
                                       "monthsOfExperience": 36},
            "educationRequirements": [{"credentialCategory": "postgraduate degree"},
                                      {"credentialCategory": "bachelor degree"}],
            "employmentType": ["FULL_TIME", "CONTRACTOR"],
            "jobLocation": {"@type": "Place",
                "address": {"streetAddress": "1 rue X", "addressLocality": "Lyon",
                            "postalCode": "69003", "addressCountry": {"name": "FR"}},
                "geo": {"latitude": "45.76", "longitude": 4.84}},
            "jobLocationType": "TELECOMMUTE",
            "baseSalary": {"@type": "MonetaryAmount", "currency": "EUR",
                "value": {"minValue": 45000, "maxValue": "55000", "unitText": "YEAR"}},
            "industry": ["Software"],
            "datePosted": "2026-01-01",
            "validThrough": "2026-03-01T00:00",
            "hiringOrganization": {"name": "ACME", "logo": "https://example.org"}
        }));
        assert_eq!(
            posting,
            JobPosting {
                id: Some(1234),
                title: Some("Développeur Rust".to_owned()),
                description: Some("Vous développez.\nRigueur".to_owned()),
                required_skills: vec![
                    crate::profiles::skill::Skill::named("Rust"),
                    crate::profiles::skill::Skill::named("SQL")
                ],
                experience_years: Some(ExperienceRange {
                    min: Some(3.0),
                    max: None
                }),
                education: Some(crate::profiles::education::Education {
                    level: Some(EducationLevel::Bachelor),
                    field: None,
                    in_progress: None,
                }),
                location: Some(Location {
                    city: Some("Lyon".to_owned()),
                    country: Some("FR".to_owned()),
                    coordinates: Some(Coordinates {
                        latitude: 45.76,
                        longitude: 4.84
                    }),
                }),
                remote: Some(RemoteMode::Remote),
                contract_type: Some(ContractType::Freelance),
                salary: Some(SalaryRange {
                    min: Some(45_000.0),
                    max: Some(55_000.0),
                    currency: Some("EUR".to_owned()),
                    period: Some(SalaryPeriod::Year),
                }),
                industry: Some("Software".to_owned()),
                ..JobPosting::default()
            }
        );
    }

    #[test]
    fn a_posting_is_found_in_a_list_and_in_a_graph() {
        let node = json!({"@type": ["Thing", "https://schema.org/JobPosting"], "title": "Welder"});
        for document in [
            json!([{"@type": "WebSite"}, node]),
            json!({"@context": "https://schema.org", "@graph": [5, node]}),
        ] {
            assert_eq!(read(&document).title.as_deref(), Some("Welder"));
        }
        assert_eq!(job_posting_document(&json!({"@graph": []})), None);
    }

    #[test]
    fn free_text_requirements_are_read_where_they_say_something() {
        let years =
            |text: &str| posting_with("experienceRequirements", json!(text)).experience_years;
        let five = ExperienceRange {
            min: Some(5.0),
            max: None,
        };
        assert_eq!(years("At least 5 years in sales"), Some(five));
        assert_eq!(years("no requirements"), None);
        let education = posting_with("educationRequirements", json!("Master en droit")).education;
        assert_eq!(education.unwrap().level, Some(EducationLevel::Master));
        let education = posting_with("educationRequirements", json!("a good heart")).education;
        assert_eq!(education, None);
    }

    #[test]
    fn pay_comes_in_several_shapes() {
        for (pay, min, max) in [
            (json!(50000), 50e3, 50e3),
            (json!("45k€ - 50k€"), 45e3, 50e3),
            (json!({"currency": "EUR", "value": "50000"}), 50e3, 50e3),
            (
                json!({"value": {"value": 20, "unitText": "HOUR"}}),
                20.0,
                20.0,
            ),
            (json!({"minValue": 1, "maxValue": 2}), 1.0, 2.0),
        ] {
            let salary = posting_with("baseSalary", pay.clone()).salary.unwrap();
            assert_eq!((salary.min, salary.max), (Some(min), Some(max)), "{pay}");
        }
        assert_eq!(
            posting_with("baseSalary", json!({"value": []})).salary,
            None
        );
    }

    #[test]
    fn an_address_in_one_text_stops_at_the_city() {
        let address = json!({"address": "12 rue de la Paix, 69003 Lyon, France"});
        let location = posting_with("jobLocation", address).location.unwrap();
        assert_eq!(location.city.as_deref(), Some("Lyon"));
        let anywhere = json!({"@type": "Country", "name": "France"});
        let location = posting_with("applicantLocationRequirements", anywhere).location;
        assert_eq!(location.unwrap().country.as_deref(), Some("France"));
    }

    #[test]
    fn sentences_among_the_skills_join_the_description() {
        let sentence = "a long sentence ".repeat(20);
        let posting = posting_with("skills", json!(["Rust, SQL", sentence]));
        let names: Vec<_> = posting
            .required_skills
            .iter()
            .map(|skill| &*skill.name)
            .collect();
        assert_eq!(names, ["Rust", "SQL"]);
        assert_eq!(posting.description.as_deref(), Some(sentence.trim()));
    }

    #[test]
    fn malformed_fields_are_left_out() {
        let posting = read(&json!({
            "@type": "JobPosting", "title": 5, "description": {}, "skills": {"a": 1},
            "identifier": {"value": "ABC-1"}, "employmentType": [1, "FULL_TIME"],
            "experienceRequirements": {"monthsOfExperience": "many"}, "jobLocation": [[]],
            "educationRequirements": [null], "baseSalary": {}, "jobLocationType": {},
            "industry": [], "jobStartDate": "sometime",
        }));
        assert_eq!(posting, JobPosting::default());
    }
}
