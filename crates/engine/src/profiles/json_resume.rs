//! Maps JSON Resume documents (<https://jsonresume.org/schema>, version 1) to candidate documents.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{
    foreign_documents::{Mapping, Node},
    language::LanguageLevel,
    location::{fields_of_place, places_named_in},
    personal_details::{OwnName, without_personal_details},
    profile_document::ProfileDocument,
    profile_reader::{NAME_LIMIT, TEXT_LIMIT, entries_of},
    skill::Skill,
    work_history::{Job, experience_years, names_no_job},
    written_date::WrittenDate,
};

/// Fields of a candidate document that have no counterpart in JSON Resume.
const NATIVE_FIELDS: [&str; 18] = [
    "id",
    "title",
    "experience_years",
    "experience_unreadable",
    "reference_date",
    "remote",
    "max_distance_km",
    "willing_to_relocate",
    "contract_types",
    "salary",
    "available_from",
    "industries",
    "licences",
    "licenses",
    "occupation_codes",
    "encoding",
    "work_permits",
    "work_permit",
];

/// Maps a JSON Resume to a candidate document; returns `None` for any other document. A JSON Resume
/// has a `basics` object, a `$schema` that names JSON Resume, or a `work` list in a document
/// without a title, summary, location or history in the native format.
///
/// - `title` is `basics.label`, else the position of the first job.
/// - `summary` is `basics.summary`, followed by the summaries and highlights of the jobs, by
///   projects, voluntary work, courses, publications and awards, and by texts that are too long for
///   the name of a skill, up to the length limit of a summary.
/// - A skill's keywords are skills too, of the level that the resume gives to their group; so are
///   the keywords of projects and jobs. Unknown words for a level are left out, and so are those
///   for fluency: both are free text in JSON Resume.
/// - Certificates are licences, which count as skills as well.
/// - `experience_years` is the time covered by the jobs; see [`experience_years`].
/// - Entries of `work` that name no job (parental leave, studies, unemployment) are ignored.
/// - `location` is the city and country of `basics.location`, or of each place that a text names.
/// - `basics.name` and other personal details are removed from these texts.
pub(super) fn candidate_document(
    document: &Value,
    received_on: Option<NaiveDate>,
) -> Option<Mapping> {
    if !document.as_object().is_some_and(is_resume) {
        return None;
    }
    let resume = Node::new(document, "");
    let basics = resume
        .member("basics")
        .filter(|basics| basics.value.is_object());
    let basic = |name| basics.as_ref().and_then(|basics| basics.member(name));
    let mut mapping = Mapping::with_native_fields(&resume, &NATIVE_FIELDS);
    let jobs: Vec<Node<'_>> = objects(&resume, "work", &mut mapping)
        .into_iter()
        .filter(|job| {
            let title = job.member("position").or_else(|| job.member("name"));
            !title
                .and_then(|title| title.text())
                .is_some_and(|title| names_no_job(&title))
        })
        .collect();

    let label = mapping.text(basic("label"));
    let titles: Vec<Option<String>> = jobs
        .iter()
        .map(|job| mapping.text(job.member("position")))
        .collect();
    let title = label.or_else(|| titles.iter().flatten().next().cloned());
    mapping.set("title", "/basics/label", title);

    let (skills, mut sentences) = skills(&resume, &mut mapping);
    let licences = certificates(&resume, &mut mapping, &mut sentences);
    let summary = summary(mapping.text(basic("summary")), &resume, &jobs, sentences);
    mapping.set("summary", "/basics/summary", summary);
    mapping.set_list("skills", skills);
    // Certificates of the resume are added to the licences of the native field, under either name.
    let own = ["licences", "licenses"].into_iter();
    let mut own = own.filter(|name| mapping.document.contains_key(*name));
    let name = own.next().unwrap_or("licences");
    mapping.add_to_names(name, licences);
    if !mapping.document.contains_key("experience_years") {
        let history: Vec<Job<'_>> = jobs.iter().map(Job::of_json_resume).collect();
        let own_date = resume
            .member("reference_date")
            .and_then(|date| date_of(&date));
        let reference = own_date.or(received_on).or_else(|| stated_date(document));
        let experience = experience_years(&history, reference, &mut mapping);
        mapping.set("experience_years", "/work", experience.years);
        let is_unreadable = experience.is_unreadable.then_some(true);
        mapping.set("experience_unreadable", "/work", is_unreadable);
        if experience.is_to_reference {
            let reference = reference.map(|date| date.to_string());
            mapping.set("reference_date", "/work", reference);
        }
    }
    let education = education(&resume, &mut mapping);
    mapping.set_list("education", education);
    let languages = languages(&resume, &mut mapping);
    mapping.set_list("languages", languages);
    if let Some(place) = basic("location") {
        let places = places(&place, &mut mapping).into_iter();
        let places = places.map(|fields| (Value::Object(fields), place.pointer.clone()));
        mapping.set_one_or_list("location", places.collect());
    }
    let positions = jobs.iter().zip(&titles).filter_map(|(job, title)| {
        let mut position = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                position.insert(name.to_owned(), value);
            }
        };
        put("title", title.clone().map(Value::from));
        // Dates are passed on as written, because a date may also be a number or an object.
        let date = |name| {
            let date = job.member(name)?;
            Some(date.text().map_or_else(|| date.value.clone(), Value::from))
        };
        put("start_date", date("startDate"));
        put("end_date", date("endDate"));
        (!position.is_empty()).then(|| (Value::Object(position), job.pointer.clone()))
    });
    let positions = positions.collect();
    mapping.set_list("positions", positions);
    take_own_name_out(&mut mapping.document, document);
    Some(mapping)
}

/// Removes the person's own name from titles and the summary. The mapped document has no name
/// field, so its reader could not do this later.
fn take_own_name_out(candidate: &mut Map<String, Value>, document: &Value) {
    let skills = candidate.get("skills").and_then(Value::as_array);
    let skills = skills.into_iter().flatten().map(|skill| skill.get("name"));
    let positions = candidate.get("positions").and_then(Value::as_array);
    let titles = positions.into_iter().flatten().map(|one| one.get("title"));
    let work: Vec<&str> = skills
        .chain(titles)
        .chain([candidate.get("title")])
        .filter_map(|value| value?.as_str())
        .collect();
    let own_name = OwnName::of(&ProfileDocument::of(document)).beside(work);
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

/// True if the document has one of the fields that every JSON Resume has. A cheap pre-check.
pub(super) fn may_be_resume(document: &ProfileDocument<'_>) -> bool {
    let telling = ["basics", "$schema", "work"];
    telling.iter().any(|name| document.member(name).is_some())
}

fn is_resume(document: &Map<String, Value>) -> bool {
    let names_schema = || {
        document
            .get("$schema")
            .and_then(Value::as_str)
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

/// Returns the objects of a section; warns about entries of another type.
fn objects<'a>(resume: &Node<'a>, section: &str, mapping: &mut Mapping) -> Vec<Node<'a>> {
    let entries = resume.entries(section).into_iter();
    let objects = entries.filter(|entry| {
        let is_object = entry.value.is_object();
        if !is_object {
            mapping.wrong_type(entry, "an object");
        }
        is_object
    });
    objects.collect()
}

/// Returns the names in a value: a list of texts, one text with separators, or objects with a
/// `name`.
fn names_in<'a>(value: &Node<'a>) -> Vec<(String, Node<'a>)> {
    let mut names = Vec::new();
    for entry in value.all() {
        match entry.value {
            Value::String(_) if value.value.is_array() => {
                names.extend(entry.text().map(|name| (name, entry.clone())));
            }
            Value::String(_) => {
                let text = entry.text().unwrap_or_default();
                names.extend(entries_of(&text).map(|name| (name.to_owned(), entry.clone())));
            }
            _ => {
                let name = ["name", "title", "label"]
                    .iter()
                    .find_map(|name| entry.member(name));
                names.extend(name.and_then(|name| Some((name.text()?, name.clone()))));
            }
        }
    }
    names
}

/// Returns the skills with their origins, and separately the texts that are too long for the name
/// of a skill.
fn skills(resume: &Node<'_>, mapping: &mut Mapping) -> (Vec<(Value, String)>, Vec<String>) {
    let (mut skills, mut sentences) = (Vec::new(), Vec::new());
    let mut add = |name: String, level: Option<u8>, origin: String| {
        // One entry may contain a whole HTML list.
        for name in name
            .split('\n')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            if name.chars().count() > NAME_LIMIT {
                sentences.push(name.to_owned());
                continue;
            }
            let skill = match level {
                Some(level) => json!({"name": name, "level": level}),
                None => json!({"name": name}),
            };
            skills.push((skill, origin.clone()));
        }
    };
    let section = resume.member("skills");
    for entry in section.iter().flat_map(Node::all) {
        let is_group = ["name", "keywords", "level"]
            .iter()
            .any(|name| entry.value.get(name).is_some());
        match entry.value {
            Value::Object(_) if is_group => {
                let level = entry.member("level").and_then(|level| match level.value {
                    Value::Number(number) => number
                        .as_u64()
                        .and_then(|number| u8::try_from(number).ok())
                        .filter(|level| (1..=5).contains(level)),
                    _ => Skill::level_named(&level.text()?),
                });
                let name = mapping.text(entry.member("name"));
                if let Some(name) = name {
                    add(name, level, format!("{}/name", entry.pointer));
                }
                for (keyword, place) in entry.member("keywords").iter().flat_map(names_in) {
                    add(keyword, level, place.pointer);
                }
            }
            // Groups keyed by name: {"Languages": ["Rust", "SQL"]}.
            Value::Object(groups) => {
                for (group, members) in groups {
                    if !members.is_string() && !members.is_array() {
                        continue;
                    }
                    let escaped = group.replace('~', "~0").replace('/', "~1");
                    let members = Node::new(members, format!("{}/{escaped}", entry.pointer));
                    for (name, place) in names_in(&members) {
                        add(name, None, place.pointer);
                    }
                }
            }
            Value::String(_) => {
                let is_alone = section
                    .as_ref()
                    .is_some_and(|section| section.value.is_string());
                if is_alone {
                    for (name, place) in names_in(&entry) {
                        add(name, None, place.pointer);
                    }
                } else if let Some(name) = entry.text() {
                    add(name, None, entry.pointer.clone());
                }
            }
            _ => mapping.wrong_type(&entry, "a skill as its name, or as {name, level, keywords}"),
        }
    }
    for section in ["projects", "work"] {
        for entry in resume.entries(section) {
            for (keyword, place) in entry.member("keywords").iter().flat_map(names_in) {
                add(keyword, None, place.pointer);
            }
        }
    }
    (skills, sentences)
}

/// Returns the names of certificates.
fn certificates(
    resume: &Node<'_>,
    mapping: &mut Mapping,
    sentences: &mut Vec<String>,
) -> Vec<(Value, String)> {
    let mut certificates = Vec::new();
    for section in ["certificates", "certifications"] {
        let Some(section) = resume.member(section) else {
            continue;
        };
        let names = names_in(&section);
        if names.is_empty() {
            mapping.wrong_type(&section, "certificates as {name, date, issuer}");
        }
        for (name, place) in names {
            for name in name
                .split('\n')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                if name.chars().count() > NAME_LIMIT {
                    sentences.push(name.to_owned());
                } else {
                    certificates.push((name.into(), place.pointer.clone()));
                }
            }
        }
    }
    certificates
}

/// Joins the texts of a resume, up to the length limit of a summary.
fn summary(
    summary: Option<String>,
    resume: &Node<'_>,
    jobs: &[Node<'_>],
    sentences: Vec<String>,
) -> Option<String> {
    const SECTIONS: [(&str, &[&str]); 5] = [
        ("projects", &["name", "description", "highlights"]),
        ("volunteer", &["summary", "highlights"]),
        ("education", &["courses"]),
        ("publications", &["name", "summary"]),
        ("awards", &["title", "summary"]),
    ];
    let texts_of = |entry: &Node<'_>, names: &[&str]| -> Vec<String> {
        let fields = names.iter().flat_map(|name| entry.entries(name));
        fields.filter_map(|field| field.text()).collect()
    };
    let mut parts: Vec<String> = summary.into_iter().collect();
    for job in jobs {
        parts.extend(texts_of(job, &["summary", "highlights"]));
    }
    for (section, names) in SECTIONS {
        for entry in resume.entries(section) {
            match entry.text() {
                Some(text) if section != "education" => parts.push(text),
                _ => parts.extend(texts_of(&entry, names)),
            }
        }
    }
    let mut whole = String::new();
    for part in parts.into_iter().chain(sentences) {
        // Counted in bytes, which never exceeds the limit in characters.
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

fn education(resume: &Node<'_>, mapping: &mut Mapping) -> Vec<(Value, String)> {
    let mut diplomas = Vec::new();
    for entry in resume.entries("education") {
        if let Some(diploma) = entry.text() {
            diplomas.push((diploma.into(), entry.pointer));
            continue;
        }
        if !entry.value.is_object() {
            mapping.wrong_type(&entry, "an object with studyType and area");
            continue;
        }
        let fields = [("degree", "studyType"), ("field", "area")];
        let fields: Map<String, Value> = fields
            .into_iter()
            .filter_map(|(ours, theirs)| {
                let text = mapping.text(entry.member(theirs))?;
                Some((ours.to_owned(), text.into()))
            })
            .collect();
        if !fields.is_empty() {
            diplomas.push((Value::Object(fields), entry.pointer));
        }
    }
    diplomas
}

fn languages(resume: &Node<'_>, mapping: &mut Mapping) -> Vec<(Value, String)> {
    let mut languages = Vec::new();
    let Some(section) = resume.member("languages") else {
        return languages;
    };
    for entry in section.all() {
        if entry.value.is_string() {
            for (words, place) in names_in(&entry) {
                languages.push((words.into(), place.pointer));
            }
            continue;
        }
        let name = entry.member("language").or_else(|| entry.member("name"));
        let Some(name) = mapping.text(name) else {
            mapping.wrong_type(&entry, "a language as {language, fluency}");
            continue;
        };
        let level = mapping
            .text(entry.member("fluency"))
            .and_then(|level| LanguageLevel::parse(&level));
        let language = match level {
            Some(level) => json!({"code": name, "level": level.as_str()}),
            None => json!({"code": name}),
        };
        languages.push((language, entry.pointer));
    }
    languages
}

/// Returns the city and country of each place. A text is parsed, and nothing else of it is kept.
fn places(place: &Node<'_>, mapping: &mut Mapping) -> Vec<Map<String, Value>> {
    if let Some(words) = place.text() {
        return places_named_in(&words);
    }
    if !place.value.is_object() {
        mapping.wrong_type(place, "an object with city and countryCode");
        return Vec::new();
    }
    let country = place
        .member("countryCode")
        .or_else(|| place.member("country"));
    let (city, country) = (mapping.text(place.member("city")), mapping.text(country));
    let fields = fields_of_place([("city", city), ("country", country)]);
    Some(fields)
        .filter(|fields| !fields.is_empty())
        .into_iter()
        .collect()
}

/// Implements [`super::foreign_documents::stated_date`].
pub(super) fn stated_date(document: &Value) -> Option<NaiveDate> {
    if !document.as_object().is_some_and(is_resume) {
        return None;
    }
    let resume = Node::new(document, "");
    let stated = date_of(&resume.member("meta")?.member("lastModified")?)?;
    let goes_on_after = resume.entries("work").iter().any(|job| {
        let dates = ["startDate", "endDate"].map(|name| job.member(name));
        let mut dates = dates.iter().flatten().filter_map(date_of);
        dates.any(|date| date > stated)
    });
    (!goes_on_after).then_some(stated)
}

fn date_of(field: &Node<'_>) -> Option<NaiveDate> {
    WrittenDate::of_value(field.value).map(|date| date.first_day)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::profiles::{
        candidate::Candidate,
        education::EducationLevel,
        foreign_documents::{Normalised, mapped, normalise},
        language::LanguageLevel,
        location::Location,
        profile_document::ProfileDocument,
        profile_kind::ProfileKind,
        skill::Skill,
    };

    fn read(resume: &Value) -> Candidate {
        let document = normalise(ProfileKind::Candidate, resume.clone(), None);
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
    fn identifying_fields_of_a_resume_are_dropped() {
        let document = normalise(ProfileKind::Candidate, resume(), None);
        let written = document.to_string().to_lowercase();
        for private in ["secret", "69003", "acme", "initech", "@", "http"] {
            assert!(!written.contains(private), "{private}: {written}");
        }
    }

    #[test]
    fn concurrent_jobs_count_once_and_open_ones_until_the_latest_date() {
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
            // An open job whose start is the latest date in the resume has no known length.
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
    fn native_fields_take_precedence_over_the_resume() {
        let candidate = read(&json!({
            "basics": {"label": "Programmer"}, "title": "Welder", "remote": "any",
            "experience_years": 3, "work": [{"startDate": "2010", "endDate": "2020"}],
        }));
        assert_eq!(candidate.title.as_deref(), Some("Welder"));
        assert_eq!(candidate.experience_years, Some(3.0));
        assert!(candidate.remote.is_some());
    }

    #[test]
    fn malformed_fields_are_ignored() {
        let candidate = read(&json!({
            "basics": {"label": 5, "summary": [], "location": "Lyon"},
            "work": {"position": "x"}, "skills": ["Rust", 5, {"keywords": 3}, {}],
            "languages": "English", "education": [[], {"studyType": {}}], "meta": 3,
        }));
        assert_eq!(candidate.skills, [Skill::named("Rust")]);
        assert_eq!(candidate.location.unwrap().city.as_deref(), Some("Lyon"));
        assert_eq!(candidate.languages[0].code, "en");
        assert_eq!(
            (candidate.title.as_deref(), candidate.summary),
            (Some("x"), None)
        );
        assert_eq!(
            (candidate.experience_years, candidate.education),
            (None, None)
        );
    }

    fn on(resume: &Value, day: &str) -> (Candidate, Vec<(String, &'static str)>, Value) {
        let Normalised { document, warnings } = mapped(
            ProfileKind::Candidate,
            &ProfileDocument::of(resume),
            Some(day.parse().unwrap()),
        )
        .unwrap();
        let candidate = Candidate::from_document(&document).unwrap();
        let warnings = warnings
            .into_iter()
            .map(|warning| (warning.pointer, warning.code));
        (candidate, warnings.collect(), document)
    }

    #[test]
    fn an_open_job_counts_to_the_day_of_receipt_which_the_document_keeps() {
        for (work, years) in [
            (json!([{"position": "x", "startDate": "2012-03"}]), 14.7),
            (
                json!([{"startDate": "2015-01", "endDate": ""}, {"startDate": "2013-01", "endDate": "2014-12"}]),
                13.9,
            ),
            (
                json!([{"startDate": "janv. 2012", "endDate": "Aujourd’hui"}]),
                14.9,
            ),
            (
                json!({"startDate": {"year": 2016, "month": 11}, "endDate": "to date"}),
                10.1,
            ),
            (json!([{"startDate": 2020, "endDate": "2030-01"}]), 6.9),
        ] {
            let resume =
                json!({"basics": {}, "work": work, "meta": {"lastModified": "2017-12-24"}});
            let (candidate, warnings, document) = on(&resume, "2026-11-28");
            assert_eq!(candidate.experience_years, Some(years), "{resume}");
            assert_eq!(document["reference_date"], "2026-11-28");
            assert_eq!(warnings, []);
            // A document that was received earlier does not change.
            assert_eq!(
                normalise(ProfileKind::Candidate, document.clone(), None),
                document
            );
        }
        let closed = json!({"work": [{"startDate": "2012-01", "endDate": "2021-12"}]});
        let (candidate, _, document) = on(&closed, "2026-11-28");
        assert_eq!(candidate.experience_years, Some(10.0));
        assert_eq!(document.get("reference_date"), None);
        let own = json!({"work": [{"startDate": "2012-01"}], "reference_date": "2021-12-31"});
        assert_eq!(on(&own, "2026-11-28").0.experience_years, Some(10.0));
    }

    #[test]
    fn one_unreadable_date_makes_the_years_unknown_with_a_warning() {
        let closed = json!({"startDate": "2011-03", "endDate": "2011-08"});
        for (job, pointer, code) in [
            (
                json!({"startDate": "early days", "endDate": "2020"}),
                "/work/0/startDate",
                "unreadable_date",
            ),
            (
                json!({"startDate": "2011", "endDate": "a while ago"}),
                "/work/0/endDate",
                "unreadable_date",
            ),
            (
                json!({"startDate": true}),
                "/work/0/startDate",
                "unreadable_date",
            ),
            (
                json!({"position": "Welder"}),
                "/work/0/startDate",
                "required",
            ),
            (
                json!({"startDate": "2015", "endDate": "2010"}),
                "/work/0/endDate",
                "min_above_max",
            ),
            (
                json!({"startDate": "0001", "endDate": "2010"}),
                "/work/0/startDate",
                "out_of_range",
            ),
        ] {
            let resume = json!({"work": [job, closed]});
            let (candidate, warnings, _) = on(&resume, "2026-11-28");
            assert_eq!(candidate.experience_years, None, "{resume}");
            assert!(candidate.experience_unreadable, "{resume}");
            assert_eq!(warnings, [(pointer.to_owned(), code)], "{resume}");
        }
        // No date at all to count an open job up to.
        let open = json!({"work": [{"startDate": "2012-03"}]});
        let read = mapped(ProfileKind::Candidate, &ProfileDocument::of(&open), None).unwrap();
        assert_eq!(read.warnings[0].code, "no_reference_date");
        assert_eq!(read.document.get("experience_years"), None);
    }

    #[test]
    fn leave_and_gaps_do_not_count_as_experience() {
        let resume = json!({"work": [
            {"position": "Comptable", "startDate": "Janvier 2010", "endDate": "Décembre 2011"},
            {"position": "Congé parental", "startDate": "2012-01", "endDate": "2014-12"},
            {"position": "Comptable", "startDate": "2015-01", "endDate": "2015-12"},
        ]});
        let (candidate, warnings, _) = on(&resume, "2026-11-28");
        assert_eq!(candidate.experience_years, Some(3.0));
        assert_eq!(candidate.past_titles, ["Comptable", "Comptable"]);
        assert_eq!(warnings, []);
    }

    #[test]
    fn certificates_projects_and_keywords_are_read() {
        let long = "Tenue complète de la comptabilité générale et analytique ".repeat(4);
        let (candidate, warnings, _) = on(
            &json!({
                "basics": {"label": "Cariste", "summary": "<p>Dix ans de <b>quai</b> &amp; r&eacute;ception.</p>"},
                "certificates": [{"name": "CACES R489", "date": "2023-05"}, "Permis B"],
                "certifications": "AIPR; H0B0",
                "projects": [{"name": "Entrepôt", "description": "Mise en place", "keywords": ["WMS"]}],
                "skills": [{"name": "Quai", "keywords": "C&#43;&#43;, réception"}, long, "<ul><li>a1</li><li>b2</li></ul>"],
            }),
            "2026-11-28",
        );
        assert_eq!(
            candidate.licences,
            ["CACES R489", "Permis B", "AIPR", "H0B0"]
        );
        let names: Vec<&str> = candidate.skills.iter().map(|skill| &*skill.name).collect();
        let expected = "Quai|C++|réception|a1|b2|WMS";
        assert_eq!(names.join("|"), expected);
        let summary = candidate.summary.unwrap();
        assert!(summary.starts_with("Dix ans de quai & réception.\nEntrepôt\nMise en place"));
        assert!(summary.contains(long.trim()));
        assert_eq!(warnings, []);
    }

    #[test]
    fn certificates_are_added_to_licences_of_any_notation() {
        for (own, expected) in [
            (json!(["Permis B"]), "Permis B|CACES R489"),
            (
                json!("Permis B et C, AIPR"),
                "Permis B|Permis C|AIPR|CACES R489",
            ),
            (json!(""), "CACES R489"),
            (json!([]), "CACES R489"),
        ] {
            for name in ["licences", "licenses"] {
                let resume =
                    json!({"basics": {}, name: own, "certificates": [{"name": "CACES R489"}]});
                let (candidate, warnings, _) = on(&resume, "2026-11-28");
                assert_eq!(candidate.licences.join("|"), expected, "{resume}");
                assert_eq!(warnings, []);
            }
        }
    }

    #[test]
    fn a_faulty_licence_beside_certificates_is_reported_where_it_was_sent() {
        let long = "x".repeat(300);
        for (own, pointer, code) in [
            (json!(["Permis B", long]), "/licences/1", "too_long"),
            (json!(format!("Permis B, {long}")), "/licences", "too_long"),
            (json!(5), "/licences", "wrong_type"),
        ] {
            let resume = json!({"basics": {}, "licences": own, "certificates": ["CACES R489"]});
            let (candidate, warnings, _) = on(&resume, "2026-11-28");
            assert!(candidate.licences.contains(&"CACES R489".to_owned()));
            assert_eq!(warnings, [(pointer.to_owned(), code)], "{resume}");
        }
        let many =
            json!({"basics": {}, "licences": ["Permis B"], "certificates": vec!["x"; 1_000]});
        let (candidate, warnings, _) = on(&many, "2026-11-28");
        assert_eq!(candidate.licences.len(), 1_000);
        let expected = ("/certificates/999".to_owned(), "too_many");
        assert_eq!(warnings, [expected]);
    }

    #[test]
    fn all_places_of_a_text_are_kept_each_with_its_country() {
        for (text, expected) in [
            ("Lyon, France", json!({"city": "Lyon", "country": "France"})),
            (
                "Paris, France / Berlin, Germany",
                json!([{"city": "Paris", "country": "France"}, {"city": "Berlin", "country": "Germany"}]),
            ),
            (
                "Genève, CH ou Lyon, FR",
                json!([{"city": "Genève", "country": "CH"}, {"city": "Lyon", "country": "FR"}]),
            ),
            (
                "France ou Belgique",
                json!([{"country": "France"}, {"country": "Belgique"}]),
            ),
            (
                "12 rue de la Paix, 75002 Paris ou Lyon",
                json!([{"city": "Paris"}, {"city": "Lyon"}]),
            ),
        ] {
            let resume = json!({"basics": {"location": text}});
            let document = normalise(ProfileKind::Candidate, resume, None);
            assert_eq!(document["location"], expected, "{text}");
            let candidate = Candidate::from_document(&document).unwrap();
            let read = candidate.location.into_iter();
            let read: Vec<Location> = read.chain(candidate.other_locations).collect();
            assert_eq!(read, Location::all_in(text), "{text}");
        }
    }

    #[test]
    fn an_unused_entry_of_a_template_leaves_the_years_known() {
        let unused = json!({"name": "", "position": null, "startDate": "  ", "highlights": [""],
            "keywords": [], "location": {}});
        let resume = json!({"basics": {}, "work": [
            {"position": "Dev", "startDate": "2015", "endDate": "2020"}, unused, {},
        ]});
        let (candidate, warnings, _) = on(&resume, "2026-11-28");
        assert_eq!(candidate.experience_years, Some(5.0));
        assert_eq!(warnings, []);
    }

    #[test]
    fn invalid_values_of_a_resume_are_dropped_with_a_warning() {
        let (candidate, mut warnings, _) = on(
            &json!({
                "id": "c0ffee", "basics": {"label": 5, "location": 7}, "remote": "on Mars",
                "salary": {"min": 2, "max": 1}, "max_distance_km": -1,
                "skills": ["Rust", 5], "work": ["x"], "languages": [{"fluency": "C1"}],
                "education": [7], "licences": [[]],
            }),
            "2026-11-28",
        );
        assert_eq!(candidate.skills, [Skill::named("Rust")]);
        assert_eq!((candidate.id, candidate.salary), (None, None));
        warnings.sort();
        let pointers: Vec<&str> = warnings.iter().map(|(pointer, _)| &**pointer).collect();
        let expected = "/basics/label|/basics/location|/education/0|/id|/languages/0|/licences/0|\
                        /max_distance_km|/remote|/salary/min|/skills/1|/work/0";
        assert_eq!(pointers.join("|"), expected);
    }

    #[test]
    fn warnings_are_bounded() {
        let work: Vec<_> = (0..5_000)
            .map(|_| json!({"startDate": "🦀\u{fffd}"}))
            .collect();
        let (_, warnings, document) = on(
            &json!({"work": work, "skills": vec!["x"; 5_000]}),
            "2026-11-28",
        );
        assert_eq!(warnings.len(), 50);
        assert_eq!(warnings[49].1, "further_warnings");
        assert_eq!(document["warnings"].as_array().unwrap().len(), 50);
    }
}
