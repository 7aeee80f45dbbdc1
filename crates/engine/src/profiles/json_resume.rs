//! JSON Resume documents (<https://jsonresume.org/schema>, version 1) as candidate documents.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{
    foreign_documents::{copy_own_fields, set, text},
    language::LanguageLevel,
    personal_details::{OwnName, without_personal_details},
    profile_document::ProfileDocument,
    profile_reader::TEXT_LIMIT,
    skill::Skill,
    written_date::{WrittenDate, means_now},
};

/// Fields of a candidate document that JSON Resume has no word for.
const OWN_FIELDS: [&str; 14] = [
    "id",
    "title",
    "experience_years",
    "remote",
    "max_distance_km",
    "willing_to_relocate",
    "contract_types",
    "salary",
    "available_from",
    "industries",
    "licences",
    "licenses",
    "work_permits",
    "work_permit",
];

/// The candidate document of a JSON Resume; `None` for a document that isn't one. It is one with a
/// `basics` object, a `$schema` that names JSON Resume, or a `work` list in a document that has no
/// title, summary, location or history of our own kind.
///
/// - `title` is `basics.label`, else the position of the first job.
/// - `summary` is `basics.summary` followed by the summaries and highlights of the jobs, as far as a
///   summary may be long.
/// - A skill's keywords are skills too, of the level that the resume gives to their group. A level
///   in words we don't know is left out, as fluency is: both are free text there.
/// - `experience_years` is the time covered by the jobs; see [`experience_years`].
/// - `location` is the city and country of `basics.location`.
/// - `basics.name` is taken out of these texts, with other details of the person.
pub(super) fn candidate_document(document: &Value) -> Option<Map<String, Value>> {
    let resume = document.as_object().filter(|resume| is_resume(resume))?;
    let basics = resume.get("basics").and_then(Value::as_object);
    let basic = |name| basics.and_then(|basics| basics.get(name));
    let work: Vec<_> = entries(resume, "work").collect();

    let mut candidate = copy_own_fields(resume, &OWN_FIELDS);
    let positions = work.iter().filter_map(|job| text(job.get("position")));
    let title = text(basic("label")).or_else(|| positions.clone().next());
    set(&mut candidate, "title", title);
    set(
        &mut candidate,
        "summary",
        summary(text(basic("summary")), &work),
    );
    set(&mut candidate, "skills", non_empty(skills(resume)));
    set(
        &mut candidate,
        "experience_years",
        experience_years(resume, &work),
    );
    let diplomas = entries(resume, "education").filter_map(|diploma| {
        let fields = [("degree", "studyType"), ("field", "area")];
        renamed(diploma, &fields)
    });
    set(&mut candidate, "education", non_empty(diplomas.collect()));
    set(&mut candidate, "languages", non_empty(languages(resume)));
    let location = basic("location").and_then(Value::as_object);
    let location =
        location.and_then(|place| renamed(place, &[("city", "city"), ("country", "countryCode")]));
    set(&mut candidate, "location", location);
    let history = work.iter().filter_map(|job| {
        let fields = [
            ("title", "position"),
            ("start_date", "startDate"),
            ("end_date", "endDate"),
        ];
        renamed(job, &fields)
    });
    set(&mut candidate, "positions", non_empty(history.collect()));
    take_own_name_out(&mut candidate, document);
    Some(candidate)
}

/// The name stays behind, so the reader of the mapped document can't know it: it is taken out of the
/// texts here.
fn take_own_name_out(candidate: &mut Map<String, Value>, document: &Value) {
    let skills = candidate.get("skills").and_then(Value::as_array);
    let skills = skills.into_iter().flatten().map(|skill| skill.get("name"));
    let positions = candidate.get("positions").and_then(Value::as_array);
    let titles = positions.into_iter().flatten().map(|one| one.get("title"));
    let work = skills.chain(titles).chain([candidate.get("title")]);
    let own_name = OwnName::of(&ProfileDocument::of(document)).beside(work.filter_map(text));
    let take_out = |value: Option<&mut Value>| {
        if let Some(Value::String(text)) = value {
            *text = without_personal_details(text, &own_name).into_owned();
        }
    };
    take_out(candidate.get_mut("title"));
    take_out(candidate.get_mut("summary"));
    let positions = candidate.get_mut("positions").and_then(Value::as_array_mut);
    for position in positions.into_iter().flatten() {
        take_out(position.get_mut("title"));
    }
}

/// Whether a document has what every resume has one of.
pub(super) fn may_be_resume(document: &ProfileDocument<'_>) -> bool {
    let telling = ["basics", "$schema", "work"];
    telling.iter().any(|name| document.member(name).is_some())
}

fn is_resume(document: &Map<String, Value>) -> bool {
    let names_schema = || {
        text(document.get("$schema"))
            .is_some_and(|schema| schema.contains("jsonresume") || schema.contains("resume-schema"))
    };
    document.get("basics").is_some_and(Value::is_object)
        || names_schema()
        || document.get("work").is_some_and(Value::is_array)
            && ![
                "title",
                "summary",
                "location",
                "experience_years",
                "positions",
            ]
            .iter()
            .any(|name| document.contains_key(*name))
}

/// The objects of a list.
fn entries<'a>(
    resume: &'a Map<String, Value>,
    section: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    resume
        .get(section)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

/// The texts of an object under our names; `None` where it has none of them.
fn renamed(object: &Map<String, Value>, fields: &[(&str, &str)]) -> Option<Value> {
    let renamed: Map<String, Value> = fields
        .iter()
        .filter_map(|(ours, theirs)| Some(((*ours).to_owned(), text(object.get(*theirs))?.into())))
        .collect();
    (!renamed.is_empty()).then_some(Value::Object(renamed))
}

fn non_empty(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

fn summary(summary: Option<&str>, work: &[&Map<String, Value>]) -> Option<String> {
    let mut whole = summary.unwrap_or_default().to_owned();
    let highlights = |job: &&Map<String, Value>| -> Vec<String> {
        let highlights = job.get("highlights").and_then(Value::as_array);
        let highlights = highlights.into_iter().flatten();
        [text(job.get("summary"))]
            .into_iter()
            .chain(highlights.map(|highlight| text(Some(highlight))))
            .flatten()
            .map(str::to_owned)
            .collect()
    };
    for part in work.iter().flat_map(highlights) {
        // In bytes, which is on the safe side of the limit in characters.
        if whole.len() + 1 + part.len() > TEXT_LIMIT {
            break;
        }
        if !whole.is_empty() {
            whole.push('\n');
        }
        whole.push_str(&part);
    }
    (!whole.is_empty()).then_some(whole)
}

fn skills(resume: &Map<String, Value>) -> Vec<Value> {
    let mut skills = Vec::new();
    for entry in resume
        .get("skills")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(group) = entry.as_object() else {
            skills.extend(text(Some(entry)).map(Value::from));
            continue;
        };
        let level = group.get("level").and_then(|level| match level.as_u64() {
            Some(number) => u8::try_from(number)
                .ok()
                .filter(|level| (1..=5).contains(level)),
            None => Skill::level_named(text(Some(level))?),
        });
        let keywords = group.get("keywords").and_then(Value::as_array);
        let names = [group.get("name")]
            .into_iter()
            .chain(keywords.into_iter().flatten().map(Some));
        skills.extend(names.filter_map(text).map(|name| match level {
            Some(level) => json!({"name": name, "level": level}),
            None => json!({"name": name}),
        }));
    }
    skills
}

fn languages(resume: &Map<String, Value>) -> Vec<Value> {
    entries(resume, "languages")
        .filter_map(|entry| {
            let name = text(entry.get("language"))?;
            let level = text(entry.get("fluency")).and_then(LanguageLevel::parse);
            Some(match level {
                Some(level) => json!({"code": name, "level": level.as_str()}),
                None => json!({"code": name}),
            })
        })
        .collect()
}

/// Years covered by the jobs, to one decimal: the union of their intervals, so that two jobs at
/// once count once.
///
/// There is no clock here. A job without an end lasts until the latest date that the resume names
/// for something that has happened: in its jobs, volunteering, projects, certificates, awards,
/// publications, or its own last change (`meta.lastModified`). Education is left out of these, its
/// end often lies in the future. Jobs without a readable start count nothing. `None` where nothing
/// is covered, or more than a working life.
fn experience_years(resume: &Map<String, Value>, work: &[&Map<String, Value>]) -> Option<f64> {
    let latest = latest_date(resume);
    let mut intervals: Vec<(NaiveDate, NaiveDate)> = work
        .iter()
        .filter_map(|job| {
            let start = date(job.get("startDate"))?.first_day;
            let end = match text(job.get("endDate")) {
                None => latest?,
                Some(end) => match WrittenDate::parse(end) {
                    Some(end) => end.end(),
                    None if means_now(end) => latest?,
                    None => return None,
                },
            };
            (start < end).then_some((start, end))
        })
        .collect();
    intervals.sort_unstable();
    let mut days = 0;
    let mut covered_until = NaiveDate::MIN;
    for (start, end) in intervals {
        let from = start.max(covered_until);
        if from < end {
            days += (end - from).num_days();
            covered_until = end;
        }
    }
    let years = (days as f64 / 365.25 * 10.0).round() / 10.0;
    (years > 0.0 && years <= 80.0).then_some(years)
}

fn latest_date(resume: &Map<String, Value>) -> Option<NaiveDate> {
    let sections = [
        "work",
        "volunteer",
        "projects",
        "certificates",
        "awards",
        "publications",
    ];
    let named = sections
        .iter()
        .flat_map(|section| entries(resume, section))
        .flat_map(|entry| {
            ["startDate", "endDate", "date", "releaseDate"].map(|name| entry.get(name))
        });
    let changed = resume.get("meta").and_then(|meta| meta.get("lastModified"));
    named
        .chain([changed])
        .filter_map(|value| Some(date(value)?.end()))
        .max()
}

fn date(value: Option<&Value>) -> Option<WrittenDate> {
    WrittenDate::parse(text(value)?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::candidate_document;
    use crate::profiles::{
        candidate::Candidate, education::EducationLevel, language::LanguageLevel,
        location::Location, skill::Skill,
    };

    fn read(resume: &Value) -> Candidate {
        let document = Value::Object(candidate_document(resume).unwrap());
        Candidate::from_document(&document).unwrap()
    }

    fn resume() -> Value {
        json!({
            "$schema": "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json",
            "id": 42,
            "basics": {
                "name": "Secret Name", "label": "Programmer", "image": "https://secret/photo.jpg",
                "email": "secret@example.org", "phone": "secret", "url": "https://secret",
                "summary": "Writes programs.",
                "location": {"address": "1 Secret Street", "postalCode": "69003", "city": "Lyon",
                             "countryCode": "FR", "region": "Rhône"},
                "profiles": [{"network": "X", "username": "secret", "url": "https://secret"}]
            },
            "work": [
                {"name": "ACME", "position": "Lead Programmer", "startDate": "2018-01",
                 "summary": "Led.", "highlights": ["Shipped."], "url": "https://secret"},
                {"name": "Initech", "position": "Programmer", "startDate": "2014-01-01",
                 "endDate": "2017-12-31"}
            ],
            "education": [{"institution": "U", "area": "Computer Science", "studyType": "Bachelor"},
                          {"area": "Software", "studyType": "Master"}],
            "skills": [{"name": "Web", "level": "Master", "keywords": ["HTML", "CSS"]},
                       {"name": "Painting", "level": "Zen"}],
            "languages": [{"language": "English", "fluency": "Native speaker"},
                          {"language": "Français", "fluency": "un peu de tout"}],
            "references": [{"name": "Secret Friend", "reference": "secret"}],
            "meta": {"lastModified": "2019-12-31T10:00:00Z"}
        })
    }

    #[test]
    fn a_resume_becomes_a_candidate() {
        let candidate = read(&resume());
        assert_eq!(candidate.id, Some(42));
        assert_eq!(candidate.title.as_deref(), Some("Programmer"));
        assert_eq!(
            candidate.summary.as_deref(),
            Some("Writes programs.\nLed.\nShipped.")
        );
        let levels: Vec<_> = candidate
            .skills
            .iter()
            .map(|skill| (skill.name.as_str(), skill.level))
            .collect();
        assert_eq!(
            levels,
            [
                ("Web", Some(5)),
                ("HTML", Some(5)),
                ("CSS", Some(5)),
                ("Painting", None)
            ]
        );
        assert_eq!(candidate.experience_years, Some(6.0));
        let education = candidate.education.unwrap();
        assert_eq!(education.level, Some(EducationLevel::Master));
        assert_eq!(education.field.as_deref(), Some("Software"));
        assert_eq!(candidate.languages[0].code, "en");
        assert_eq!(candidate.languages[0].level, Some(LanguageLevel::Native));
        assert_eq!(candidate.languages[1].level, None);
        let location = Location {
            city: Some("Lyon".to_owned()),
            country: Some("FR".to_owned()),
            coordinates: None,
        };
        assert_eq!(candidate.location, Some(location));
        assert_eq!(candidate.past_titles, ["Lead Programmer", "Programmer"]);
    }

    #[test]
    fn nothing_that_names_the_person_comes_along() {
        let document = Value::Object(candidate_document(&resume()).unwrap());
        let written = document.to_string().to_lowercase();
        for private in ["secret", "69003", "acme", "initech", "@", "http"] {
            assert!(!written.contains(private), "{private}: {written}");
        }
    }

    #[test]
    fn jobs_at_the_same_time_count_once_and_open_ones_until_the_latest_date() {
        for (work, meta, years) in [
            (
                json!([{"startDate": "2010", "endDate": "2015"},
                    {"startDate": "2012", "endDate": "2014"},
                    {"startDate": "2013", "endDate": "2016"}]),
                json!({}),
                Some(6.0),
            ),
            (
                json!([{"startDate": "2010-01", "endDate": "2010-06"}]),
                json!({}),
                Some(0.5),
            ),
            (
                json!([{"startDate": "2010", "endDate": "Present"}]),
                json!({"lastModified": "2020-01-01"}),
                Some(10.0),
            ),
            // An open job that is itself the latest date says nothing about its length.
            (json!([{"startDate": "2010"}]), json!({}), None),
            (
                json!([{"startDate": "2015", "endDate": "2010"}]),
                json!({}),
                None,
            ),
            (
                json!([{"startDate": "2015", "endDate": "who knows"}, 5, null]),
                json!({}),
                None,
            ),
            (
                json!([{"startDate": "0001", "endDate": "2010"}]),
                json!({}),
                None,
            ),
        ] {
            let resume = json!({"work": work, "meta": meta});
            assert_eq!(read(&resume).experience_years, years, "{resume}");
        }
    }

    #[test]
    fn fields_of_ours_go_before_the_resume() {
        let candidate = read(&json!({
            "basics": {"label": "Programmer"}, "title": "Welder", "remote": "any",
            "experience_years": 3, "work": [{"startDate": "2010", "endDate": "2020"}],
        }));
        assert_eq!(candidate.title.as_deref(), Some("Welder"));
        assert_eq!(candidate.experience_years, Some(3.0));
        assert!(candidate.remote.is_some());
    }

    #[test]
    fn malformed_fields_are_left_out() {
        let candidate = read(&json!({
            "basics": {"label": 5, "summary": [], "location": "Lyon"},
            "work": {"position": "x"}, "skills": ["Rust", 5, {"keywords": 3}, {}],
            "languages": "English", "education": [[], {"studyType": {}}], "meta": 3,
        }));
        let expected = Candidate {
            skills: vec![Skill::named("Rust")],
            ..Candidate::default()
        };
        assert_eq!(candidate, expected);
    }
}
