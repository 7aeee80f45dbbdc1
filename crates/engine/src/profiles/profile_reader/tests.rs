//! Tests of the profile reader: accepted notations and reported faults.

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{fields::YEARS, *};
use crate::profiles::{
    contract::ContractType,
    education::{Education, EducationLevel},
    foreign_documents::{mapped, normalise},
    job_posting::ExperienceRange,
    language::{LanguageLevel, LanguageSkill},
    location::{Coordinates, Location, RemoteMode, RemotePreference},
    profile_kind::ProfileKind,
    salary::{SalaryPeriod, SalaryRange},
    skill::Skill,
};

fn candidate(document: &Value) -> Candidate {
    Candidate::from_document(document).unwrap()
}

fn posting(document: &Value) -> JobPosting {
    JobPosting::from_document(document).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn checking_and_reading_report_the_same_faults() {
    for document in [
        json!({"id": 7, "title": "Welder", "summary": "Anna Person, born in 1990. MIG welding."}),
        json!({"title": "Welder"}),
        json!({"id": 0, "title": 5, "experience_years": -1, "salary": {"min": 2, "max": 1}}),
        json!({"skills": [{"level": 9}], "languages": [{}], "location": {"lat": 91}}),
        json!([]),
    ] {
        let read = Candidate::from_document(&document);
        assert_eq!(
            Candidate::check(&ProfileDocument::of(&document)),
            read.map(|candidate| candidate.id)
        );
    }
}

#[test]
fn a_candidate_document_is_read_in_full() {
    let read = candidate(&json!({
        "id": 123, "title": " Développeuse Rust ", "summary": "Ten years of systems.",
        "skills": [{"name": "Rust", "level": 5, "years": 4.5}, "SQL"],
        "experience_years": 10, "education": {"level": "master", "field": "informatique"},
        "languages": [{"code": "fr", "level": "native"}, {"code": "en", "level": "C1"}],
        "location": {"city": "Lyon", "country": "FR", "lat": 45.76, "lon": 4.84},
        "remote": "hybrid", "max_distance_km": 30, "willing_to_relocate": false,
        "contract_types": ["permanent", "freelance"],
        "salary": {"min": 50000, "max": 60000, "currency": "eur", "period": "year"},
        "available_from": "2026-09-01", "industries": ["banking", "energy"],
        "positions": [{"title": "Engineer"}, "Technician"], "favourite_colour": "blue",
    }));
    let expected = Candidate {
        id: Some(123),
        title: Some("Développeuse Rust".to_owned()),
        summary: Some("Ten years of systems.".to_owned()),
        skills: vec![
            Skill {
                name: "Rust".to_owned(),
                level: Some(5),
                years: Some(4.5),
            },
            Skill::named("SQL"),
        ],
        experience_years: Some(10.0),
        education: Some(Education {
            level: Some(EducationLevel::Master),
            field: Some("informatique".to_owned()),
            in_progress: None,
        }),
        diplomas: vec!["master informatique".to_owned()],
        languages: vec![
            LanguageSkill {
                code: "fr".to_owned(),
                level: Some(LanguageLevel::Native),
            },
            LanguageSkill {
                code: "en".to_owned(),
                level: Some(LanguageLevel::C1),
            },
        ],
        location: Some(Location {
            city: Some("Lyon".to_owned()),
            country: Some("FR".to_owned()),
            coordinates: Some(Coordinates {
                latitude: 45.76,
                longitude: 4.84,
            }),
        }),
        remote: Some(RemotePreference::Only(RemoteMode::Hybrid)),
        max_distance_km: Some(30.0),
        willing_to_relocate: Some(false),
        contract_types: vec![ContractType::Permanent, ContractType::Freelance],
        salary: Some(SalaryRange {
            min: Some(50_000.0),
            max: Some(60_000.0),
            currency: Some("EUR".to_owned()),
            period: Some(SalaryPeriod::Year),
            is_net: false,
        }),
        available_from: Some(day("2026-09-01")),
        industries: vec!["banking".to_owned(), "energy".to_owned()],
        past_titles: vec!["Engineer".to_owned(), "Technician".to_owned()],
        ..Candidate::default()
    };
    assert_eq!(read, expected);
}

#[test]
fn spellings_of_other_platforms_read_to_the_same_candidate() {
    let ours = candidate(&json!({
        "id": 7, "skills": ["Rust", "AWS (EC2, S3)", "SQL"], "experience_years": 3.5,
        "education": {"level": "master", "field": "informatique"},
        "languages": [{"code": "en", "level": "C1"}, {"code": "fr", "level": "native"}],
        "location": {"city": "Lyon", "country": "France"}, "remote": "remote",
        "max_distance_km": 30, "willing_to_relocate": true,
        "contract_types": ["permanent", "fixed_term"],
        "salary": {"min": 45000, "max": 55000, "currency": "EUR", "period": "year"},
        "available_from": "2026-09-01", "industries": ["banking", "energy"],
        "positions": ["Engineer"],
    }));
    let mut theirs = candidate(&json!({
        "id": "7", "skills": "Rust, AWS (EC2, S3); SQL", "experience_years": "3,5 ans",
        "education": "Master en informatique",
        "languages": ["Anglais (C1)", "Français langue maternelle"],
        "location": "Lyon, France", "remote": true,
        "max_distance_km": "30 km", "willing_to_relocate": "oui",
        "contract_types": "CDI / CDD", "salary": "45 000 - 55 000 € / an",
        "available_from": "01/09/2026", "industries": "banking; energy",
        "companies": [{"role": "Engineer"}, "ACME"], "experience": "3 ans",
    }));
    // Each document keeps its own words for the diploma.
    assert_eq!(theirs.diplomas, ["Master en informatique"]);
    theirs.diplomas.clone_from(&ours.diplomas);
    assert_eq!(ours, theirs);
    let mut others = candidate(&json!({
        "id": 7.0, "skills": [{"skill": "Rust"}, {"name": "AWS (EC2, S3)"}, {"name": "SQL"}],
        "experience_years": "42 months",
        "education": [{"level": "BTS", "field": "x"}, {"degree": "Ingénieur", "area": "informatique"}],
        "languages": [{"language": "English", "fluency": "fluent"}, {"name": "fr-FR", "level": "natif"}],
        "location": {"city": "Lyon", "country": "France", "lat": null}, "remote": "full remote",
        "max_distance_km": "30", "willing_to_relocate": 1,
        "contract_types": ["CDI", "cdd", "CDI temps plein"],
        "salary": {"min": "45k", "max": "55 000", "currency": "€", "period": "annuel"},
        "available_from": "2026-09-01T08:00:00Z", "industries": ["banking", null, " ", "energy"],
        "positions": [], "experiences": [{"position": "Engineer"}],
    }));
    others.diplomas.clone_from(&ours.diplomas);
    assert_eq!(ours, others);
}

#[test]
fn a_job_posting_document_is_read_in_full() {
    let read = posting(&json!({
        "id": 456, "title": "Ingénieur", "description": "Texte",
        "required_skills": ["Rust"], "preferred_skills": [{"name": "SQL", "level": "expert"}],
        "experience_years": {"min": 3, "max": 5}, "education": {"level": 7},
        "languages": "anglais courant, français", "location": "69003 Lyon",
        "remote": "2 jours de télétravail", "contract_type": "CDI",
        "salary": {"amount": 500, "period": "TJM"}, "start_date": "2026-09",
        "industry": "energy", "status": "open",
    }));
    let expected = JobPosting {
        id: Some(456),
        title: Some("Ingénieur".to_owned()),
        description: Some("Texte".to_owned()),
        required_skills: vec![Skill::named("Rust")],
        preferred_skills: vec![Skill {
            name: "SQL".to_owned(),
            level: Some(5),
            years: None,
        }],
        experience_years: Some(ExperienceRange {
            min: Some(3.0),
            max: Some(5.0),
        }),
        education: Some(Education {
            level: Some(EducationLevel::Master),
            field: None,
            in_progress: None,
        }),
        languages: vec![
            LanguageSkill {
                code: "en".to_owned(),
                level: Some(LanguageLevel::C1),
            },
            LanguageSkill {
                code: "fr".to_owned(),
                level: None,
            },
        ],
        location: Some(Location {
            city: Some("Lyon".to_owned()),
            ..Location::default()
        }),
        remote: Some(RemoteMode::Hybrid),
        contract_type: Some(ContractType::Permanent),
        other_contract_types: Vec::new(),
        other_locations: Vec::new(),
        salary: Some(SalaryRange {
            min: Some(500.0),
            max: Some(500.0),
            currency: None,
            period: Some(SalaryPeriod::Day),
            is_net: false,
        }),
        start_date: Some(day("2026-09-01")),
        industry: Some("energy".to_owned()),
        status: Some(PostingStatus::Open),
        occupation_codes: vec![],
        must_haves: MustHaves::default(),
        encoding: None,
    };
    assert_eq!(read, expected);
}

#[test]
fn requirements_among_the_skills_are_years_and_a_diploma() {
    let read = posting(&json!({
        "required_skills": [
            "Python", {"name": "2 ans d'expérience", "must_have": true}, "Bac+2", "5 ans de Java",
        ],
        "preferred_skills": ["SQL", "5 years of experience"],
    }));
    let names = |skills: &[Skill]| -> Vec<String> {
        skills.iter().map(|skill| skill.name.clone()).collect()
    };
    assert_eq!(names(&read.required_skills), ["Python", "5 ans de Java"]);
    assert_eq!(names(&read.preferred_skills), ["SQL"]);
    assert_eq!(read.must_haves, MustHaves::default());
    assert_eq!(read.experience_years.and_then(|years| years.min), Some(2.0));
    let level = read.education.and_then(|education| education.level);
    assert_eq!(level, Some(EducationLevel::ShortCycle));
    // Explicit fields take precedence over entries among the skills.
    let read = posting(&json!({
        "required_skills": "Python, 5 years of experience, Bachelor's degree",
        "experience_years": 3, "education": "master",
    }));
    assert_eq!(names(&read.required_skills), ["Python"]);
    assert_eq!(read.experience_years.and_then(|years| years.min), Some(3.0));
    let level = read.education.and_then(|education| education.level);
    assert_eq!(level, Some(EducationLevel::Master));
}

#[test]
fn categories_in_one_entry_are_separate_skills_and_licences() {
    let read = posting(&json!({
        "required_skills": "CACES R489 1, 3, 5, manutention", "licences": ["Permis C et CE"],
    }));
    let names: Vec<&str> = read
        .required_skills
        .iter()
        .map(|skill| &*skill.name)
        .collect();
    assert_eq!(
        names,
        [
            "CACES R489 1",
            "CACES R489 3",
            "CACES R489 5",
            "manutention"
        ]
    );
    assert_eq!(read.must_haves.licences, ["Permis C", "Permis CE"]);
    let read = candidate(&json!({
        "skills": [{"name": "CACES 1A-3-5", "years": 4}], "licences": "driving licence B, C1, FIMO",
    }));
    let years: Vec<_> = read
        .skills
        .iter()
        .map(|skill| (&*skill.name, skill.years))
        .collect();
    assert_eq!(
        years,
        [
            ("CACES 1A", Some(4.0)),
            ("CACES 3", Some(4.0)),
            ("CACES 5", Some(4.0))
        ]
    );
    assert_eq!(
        read.licences,
        ["driving licence B", "driving licence C1", "FIMO"]
    );
}

#[test]
fn must_haves_are_declared_beside_the_requirement() {
    let read = posting(&json!({
        "required_skills": [{"name": "Rust", "must_have": true}, {"name": "SQL"}],
        "languages": [{"code": "en", "level": "B2", "must_have": "yes"}, "fr"],
        "location": {"city": "Lyon", "must_have": 1},
        "licenses": "B, CACES 3", "work_permit": ["FR", null],
    }));
    assert_eq!(read.required_skills.len(), 2);
    assert_eq!(
        read.must_haves,
        MustHaves {
            skills: vec![Skill::named("Rust")],
            languages: LanguageSkill::parse("English B2"),
            licences: vec!["B".to_owned(), "CACES 3".to_owned()],
            work_permits: vec!["FR".to_owned()],
            location: true,
        }
    );
    let read = candidate(&json!({
        "licences": ["B"], "work_permits": "FR; BE", "nationality": "CH",
        "skills": [{"name": "Rust", "must_have": "whatever"}],
    }));
    assert_eq!(read.licences, ["B"]);
    assert_eq!(read.work_permits, ["FR", "BE"]);
}

#[test]
fn wrong_must_haves_are_faults_with_their_pointer() {
    let faults = JobPosting::from_document(&json!({
        "required_skills": [{"name": "Rust", "must_have": "perhaps"}],
        "languages": [{"code": "en", "must_have": 7}],
        "location": {"city": "Lyon", "must_have": []},
        "licences": [5], "work_permit": {"FR": true},
    }))
    .unwrap_err();
    let mut pointers: Vec<&str> = faults.iter().map(|fault| &*fault.pointer).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/languages/0/must_have",
            "/licences/0",
            "/location/must_have",
            "/required_skills/0/must_have",
            "/work_permit",
        ]
    );
}

#[test]
fn experience_of_a_posting_may_be_a_number_or_words() {
    for (years, min, max) in [
        (json!(3), Some(3.0), None),
        (json!("3,5"), Some(3.5), None),
        (json!("3-5 ans"), Some(3.0), Some(5.0)),
        (json!({"max": "2"}), None, Some(2.0)),
    ] {
        let range = posting(&json!({"experience_years": years}))
            .experience_years
            .unwrap();
        assert_eq!((range.min, range.max), (min, max), "{years}");
    }
}

#[test]
fn empty_values_are_read_as_absent() {
    let empty = json!({
        "id": null, "title": " ", "summary": "", "skills": [null, "", "  "],
        "experience_years": "", "education": {}, "languages": [], "location": {"city": ""},
        "remote": null, "contract_types": "", "salary": {"currency": "EUR"},
        "industries": ", ;", "positions": [{"company": "A"}],
    });
    assert_eq!(candidate(&empty), Candidate::default());
    assert_eq!(candidate(&json!({})), Candidate::default());
    let studies = candidate(&json!({"education": {"level": "Bac+5 en cours", "field": "Droit"}}));
    let studies = studies.education.unwrap();
    assert_eq!(studies.level, Some(EducationLevel::Bachelor));
    assert_eq!(studies.in_progress, Some(EducationLevel::Master));
    let free_now = candidate(&json!({"available_from": "immédiatement"}));
    assert_eq!(free_now.available_from, "1900-01-01".parse().ok());
    let empty = json!({
        "contract_type": "temps plein", "salary": "selon profil", "start_date": "ASAP",
        "experience_years": {}, "location": "Remote",
    });
    assert_eq!(posting(&empty), JobPosting::default());
}

#[test]
fn identifying_fields_are_ignored() {
    let plain = json!({"id": 1, "title": "Welder", "location": {"city": "Lyon"},
                       "skills": [{"name": "MIG"}]});
    let mut personal = plain.clone();
    for (name, value) in [
        ("name", json!("A. Person")),
        ("first_name", json!("A.")),
        ("last_name", json!("Person")),
        ("age", json!(58)),
        ("birth_date", json!("1968-01-01")),
        ("gender", json!("female")),
        ("sex", json!("F")),
        ("photo", json!("https://example.org/a.jpg")),
        ("nationality", json!("French")),
        ("marital_status", json!("married")),
        ("address", json!("1 Some Street")),
        ("email", json!("a@example.org")),
        ("phone", json!("+33 1")),
        ("street", json!("1 Some Street")),
    ] {
        personal[name] = value.clone();
        personal["location"][name] = value.clone();
        if name != "name" {
            personal["skills"][0][name] = value;
        }
    }
    assert_eq!(candidate(&personal), candidate(&plain));
}

/// Returns the faults of a document of that kind, as (pointer, code).
fn faults(kind: ProfileKind, document: &Value) -> Vec<(String, &'static str)> {
    let faults = match kind {
        ProfileKind::Candidate => Candidate::from_document(document).map(|_| ()),
        ProfileKind::JobPosting => JobPosting::from_document(document).map(|_| ()),
    };
    let faults = faults.err().unwrap_or_default();
    assert!(faults.iter().all(|fault| !fault.detail.is_empty()));
    faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.code))
        .collect()
}

/// Columns: kind, pointer, code, document.
const IMPOSSIBLE: &str = r#"
    candidate    /id                   out_of_range   {"id": 0}
    candidate    /id                   out_of_range   {"id": -1}
    candidate    /id                   out_of_range   {"id": 18446744073709551615}
    candidate    /id                   wrong_type     {"id": 1.5}
    candidate    /id                   wrong_type     {"id": 1e17}
    candidate    /id                   wrong_type     {"id": 1234567890123456789.0}
    candidate    /id                   out_of_range   {"id": -5.0}
    candidate    /id                   wrong_type     {"id": "abc"}
    candidate    /id                   wrong_type     {"id": true}
    candidate    /title                wrong_type     {"title": {}}
    candidate    /skills               wrong_type     {"skills": 5}
    candidate    /skills/1             wrong_type     {"skills": ["a", 5]}
    candidate    /skills/1/name        required       {"skills": [null, {"level": 3}]}
    candidate    /skills/0/level       out_of_range   {"skills": [{"name": "a", "level": 9}]}
    candidate    /skills/0/level       out_of_range   {"skills": [{"name": "a", "level": 2.5}]}
    candidate    /skills/0/level       unknown_value  {"skills": [{"name": "a", "level": "ninja"}]}
    candidate    /skills/0/years       out_of_range   {"skills": [{"name": "a", "years": -1}]}
    candidate    /experience_years     out_of_range   {"experience_years": -3}
    candidate    /experience_years     out_of_range   {"experience_years": "-3 ans"}
    candidate    /experience_years     out_of_range   {"experience_years": 81}
    candidate    /experience_years     unknown_value  {"experience_years": "many"}
    candidate    /experience_years     wrong_type     {"experience_years": [1]}
    candidate    /education/level      unknown_value  {"education": {"level": "wizard"}}
    candidate    /education/level      out_of_range   {"education": {"level": 9}}
    candidate    /education            wrong_type     {"education": 7}
    candidate    /languages/0/code     required       {"languages": [{"level": "C1"}]}
    candidate    /languages/0/level    unknown_value  {"languages": [{"code": "en", "level": "D1"}]}
    candidate    /languages/0/level    wrong_type     {"languages": [{"code": "en", "level": 3}]}
    candidate    /location/lat         out_of_range   {"location": {"lat": 200, "lon": 0}}
    candidate    /location/lng         out_of_range   {"location": {"latitude": 45, "lng": -181}}
    candidate    /location/lon         required       {"location": {"lat": 45}}
    candidate    /location             wrong_type     {"location": 5}
    candidate    /remote               unknown_value  {"remote": "on Mars"}
    candidate    /max_distance_km      out_of_range   {"max_distance_km": 20001}
    candidate    /willing_to_relocate  unknown_value  {"willing_to_relocate": "perhaps"}
    candidate    /contract_types/1     unknown_value  {"contract_types": ["CDI", "slavery"]}
    candidate    /salary/min           min_above_max  {"salary": {"min": 5, "max": 4}}
    candidate    /salary               min_above_max  {"salary": "50k - 40k"}
    candidate    /salary/min           out_of_range   {"salary": {"min": -1}}
    candidate    /salary/max           wrong_type     {"salary": {"max": "40 or 50"}}
    candidate    /salary               out_of_range   {"salary": "-500 €"}
    candidate    /salary/currency      unknown_value  {"salary": {"amount": 1, "currency": "shells"}}
    candidate    /salary/period        unknown_value  {"salary": {"amount": 1, "period": "eon"}}
    candidate    /salary               wrong_type     {"salary": []}
    candidate    /available_from       unknown_value  {"available_from": "2026-02-30"}
    candidate    /available_from       wrong_type     {"available_from": 20260101}
    candidate    /available_from       out_of_range   {"available_from": "0026-01-01"}
    candidate    /available_from       out_of_range   {"available_from": "9999-12-31"}
    candidate    /id                   out_of_range   {"id": "9223372036854775808"}
    candidate    /salary/min           out_of_range   {"salary": {"min": 1e10}}
    candidate    /experience_years     out_of_range   {"experience_years": 1e308}
    candidate    /experience_years     unknown_value  {"experience_years": "NaN"}
    candidate    /max_distance_km      wrong_type     {"max_distance_km": "inf"}
    candidate    /languages/0/code     wrong_type     {"languages": [{"code": 5}]}
    candidate    /skills/0             wrong_type     {"skills": [["a"]]}
    candidate    /positions/0/title    wrong_type     {"positions": [{"title": []}]}
    candidate    /positions            wrong_type     {"positions": 3}
    job_posting  /experience_years/min min_above_max  {"experience_years": {"min": 5, "max": 3}}
    job_posting  /experience_years     min_above_max  {"experience_years": "5-3 ans"}
    job_posting  /experience_years     unknown_value  {"experience_years": "ninja"}
    job_posting  /experience_years     out_of_range   {"experience_years": "90 years"}
    job_posting  /remote               unknown_value  {"remote": "any"}
    job_posting  /contract_type        wrong_type     {"contract_type": 4}
    job_posting  /status               unknown_value  {"status": "maybe"}
    job_posting  /industry             wrong_type     {"industry": ["energy"]}
"#;

#[test]
fn impossible_values_are_refused_with_their_pointer() {
    for line in IMPOSSIBLE.lines().filter(|line| !line.trim().is_empty()) {
        let (head, document) = line.split_at(line.find('{').unwrap());
        let head: Vec<&str> = head.split_whitespace().collect();
        let kind = ProfileKind::parse(head[0]).unwrap();
        let found = faults(kind, &serde_json::from_str(document).unwrap());
        let found: Vec<_> = found
            .iter()
            .map(|(place, code)| (&**place, *code))
            .collect();
        assert_eq!(found, [(head[1], head[2])], "{line}");
    }
}

#[test]
fn documents_that_are_no_object_are_refused() {
    for document in [json!([]), json!(null), json!("text"), json!(5)] {
        let expected = vec![(String::new(), "wrong_type")];
        assert_eq!(faults(ProfileKind::Candidate, &document), expected);
    }
}

#[test]
fn values_beyond_the_length_limits_are_refused() {
    for (document, pointer, code) in [
        (json!({"title": "x".repeat(501)}), "/title", "too_long"),
        (
            json!({"summary": "x".repeat(200_001)}),
            "/summary",
            "too_long",
        ),
        (
            json!({"skills": ["é".repeat(201)]}),
            "/skills/0",
            "too_long",
        ),
        (json!({"skills": vec!["x"; 1_001]}), "/skills", "too_many"),
        (json!({"skills": "x,".repeat(1_001)}), "/skills", "too_many"),
    ] {
        let expected = vec![(pointer.to_owned(), code)];
        assert_eq!(faults(ProfileKind::Candidate, &document), expected);
    }
}

#[test]
fn invisible_characters_are_removed_from_all_fields() {
    let plain = json!({
        "title": "Welder", "summary": "Welds.\nBends.", "skills": ["Rust", {"name": "MIG"}],
        "location": "Lyon, France", "industries": ["energy"], "positions": ["Smith"],
        "education": {"level": "master", "field": "metals"}, "remote": "remote",
    });
    let forged = json!({
        "title": "\u{202e}Wel\u{200b}der\u{202c}", "summary": "Welds.\nBe\u{ad}nds.\u{0}",
        "skills": ["R\u{2060}ust", {"name": "\u{2066}MIG\u{2069}"}, "\u{200b}", {"name": "\u{feff}"}],
        "location": "Ly\u{202d}on, Fra\u{200d}nce", "industries": ["ener\u{61c}gy"],
        "positions": ["S\u{e0041}mith", "\u{202e}"],
        "education": {"level": "master", "field": "\u{7}metals"}, "remote": "remote",
    });
    assert_eq!(candidate(&forged), candidate(&plain));
    let posting_of = |text: &str| posting(&json!({"title": text, "description": text}));
    assert_eq!(posting_of("\u{202e}Welder"), posting_of("Welder"));
}

#[test]
fn personal_details_are_removed_from_texts() {
    let plain = json!({"title": "Welder", "summary": "Welds well.", "skills": ["MIG"]});
    let personal = json!({
        "name": "Marie Dupont", "title": "Marie Dupont, Welder", "skills": ["MIG"],
        "summary": "My name is Marie Dupont. Aged 39, born on 2 May 1987 in Leeds. Welds well.",
        "positions": ["Marie Dupont"],
    });
    assert_eq!(candidate(&personal), candidate(&plain));
}

#[test]
fn all_faults_are_reported_together() {
    let document = json!({"id": 0, "title": 5, "skills": [{"level": 9}], "remote": {}});
    let expected = [
        ("/id", "out_of_range"),
        ("/title", "wrong_type"),
        ("/skills/0/level", "out_of_range"),
        ("/skills/0/name", "required"),
        ("/remote", "wrong_type"),
    ];
    let found = faults(ProfileKind::Candidate, &document);
    let found: Vec<_> = found
        .iter()
        .map(|(place, code)| (&**place, *code))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_fault_of_an_unknown_word_lists_the_known_ones() {
    let document = json!({"remote": "on Mars"});
    let faults = Candidate::from_document(&document).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "/remote: this value is not known; accepted: onsite, hybrid, remote, any (any way is \
         fine)"
    );
}

#[test]
fn limits_count_characters_and_are_inclusive() {
    let document = json!({
        "title": "é".repeat(500), "summary": "é".repeat(200_000),
        "skills": vec!["é".repeat(200); 1_000],
    });
    assert_eq!(candidate(&document).skills.len(), 1_000);
}

const NAMES: &str = "id title summary description skills required_skills preferred_skills name \
    level years experience_years min max amount currency period education field degree \
    languages code language fluency location city country lat lon remote max_distance_km \
    willing_to_relocate contract_types contract_type salary available_from start_date \
    industries industry status positions experience companies role basics label work position \
    startDate endDate highlights studyType area keywords meta lastModified summary @type \
    @graph identifier value identifier employmentType jobLocation address addressLocality geo \
    latitude longitude jobLocationType baseSalary minValue unitText experienceRequirements \
    monthsOfExperience educationRequirements credentialCategory qualifications a/b~c";
const TEXTS: &str = "JobPosting|CDI|Bac+5|Anglais (C1)|45-55k€|3 à 5 ans|2020-01|Present|12 rue \
    X, 69003 Lyon|télétravail|<p>&eacute;|5|-1|3,5|1e999|\u{0}|🦀|e\u{301}|’|(((|,;,|0|k|- -|9k9k9k|\
    20202020202020202020202020|½|٣ ans|TELECOMMUTE|en-GB|1 an 6 mois";

fn any_value() -> impl Strategy<Value = Value> {
    let texts: Vec<&str> = TEXTS.split('|').collect();
    let names: Vec<&str> = NAMES.split_whitespace().collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-5..=10_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(texts).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9 ,.€k/a+à-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let member = (proptest::sample::select(names.clone()), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..5).prop_map(Value::from),
            proptest::collection::vec(member, 0..12).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

fn resolves(document: &Value, pointer: &str) -> bool {
    document.pointer(pointer).is_some()
        || pointer
            .rsplit_once('/')
            .is_some_and(|(parent, _)| document.pointer(parent).is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_document_is_read_or_refused_with_a_pointer(document in any_value()) {
        for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
            for document in [document.clone(), normalise(kind, document.clone(), None)] {
                let found = faults(kind, &document);
                prop_assert!(
                    found.iter().all(|(pointer, _)| resolves(&document, pointer)),
                    "{found:?}"
                );
                prop_assert_eq!(found, faults(kind, &document));
            }
        }
    }

    #[test]
    fn valid_documents_read_to_values_within_their_ranges(document in any_value()) {
        if let Ok(candidate) = Candidate::from_document(&document) {
            prop_assert_eq!(Candidate::from_document(&document), Ok(candidate.clone()));
            prop_assert!(candidate.id.is_none_or(|id| id >= 1));
            prop_assert!(candidate.experience_years.is_none_or(|years| YEARS.contains(&years)));
            prop_assert!(candidate.skills.iter().all(|skill| !skill.name.trim().is_empty()));
            prop_assert!(candidate.languages.iter().all(|language| !language.code.is_empty()));
            if let Some(salary) = candidate.salary {
                prop_assert!(salary.min.is_some() || salary.max.is_some());
                prop_assert!(salary.min.zip(salary.max).is_none_or(|(min, max)| min <= max));
            }
        }
    }

    #[test]
    fn normalising_is_idempotent(document in any_value()) {
        for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
            let once = normalise(kind, document.clone(), None);
            let mapped = mapped(kind, &ProfileDocument::of(&document), None);
            let is_foreign = mapped.is_some();
            let mapped = mapped.map_or(document.clone(), |mapped| mapped.document);
            prop_assert_eq!(mapped, once.clone());
            prop_assert!(!is_foreign || faults(kind, &once).is_empty());
            prop_assert_eq!(normalise(kind, once.clone(), None), once);
        }
    }
}

/// Returns the years of experience, and whether they can't be derived.
fn years_of(positions: &Value) -> (Option<f64>, bool) {
    let read = candidate(&json!({"positions": positions, "reference_date": "2024-12-31"}));
    (read.experience_years, read.experience_unreadable)
}

#[test]
fn years_of_experience_are_summed_from_dated_positions() {
    for (positions, years) in [
        (
            json!([{"title": "a", "start_date": "2015-01", "end_date": "2019-12"}]),
            5.0,
        ),
        // Dates in words, an open position up to the reference date, and a gap.
        (
            json!([{"title": "a", "from": "janvier 2010", "to": "déc. 2011"},
                   {"title": "b", "start": "Sept 2021", "end": "present"}]),
            5.3,
        ),
        (json!([{"title": "a", "start_date": "2020-01-01"}]), 5.0),
        // Overlapping time counts once.
        (
            json!([{"title": "a", "startDate": 2010, "endDate": 2014},
                   {"title": "b", "startDate": {"year": 2012}, "endDate": {"year": 2016}}]),
            6.0,
        ),
        // Leave is no position, and a position that has not begun does not count.
        (
            json!([{"title": "a", "start_date": "2015-01", "end_date": "2016-12"},
                   {"title": "Congé parental", "start_date": "2017-01", "end_date": "2018-12"},
                   {"title": "Sick leave"}, "Arrêt maladie",
                   {"title": "b", "start_date": "2025-03"}]),
            2.0,
        ),
        (
            json!([{"title": "a", "duration": "18 mois"}, {"title": "b", "years": 2}]),
            3.5,
        ),
        (json!([{"title": "a", "months": 30}]), 2.5),
    ] {
        assert_eq!(years_of(&positions), (Some(years), false), "{positions}");
    }
}

#[test]
fn an_incomplete_history_gives_no_total_of_years() {
    for (positions, is_unreadable) in [
        (json!(["a", {"title": "b"}]), false),
        (
            json!(["a", {"title": "b", "start_date": "2015", "end_date": "2018"}]),
            true,
        ),
        (
            json!([{"title": "a", "start_date": "2015"}, {"title": "b", "start_date": "who knows"}]),
            true,
        ),
        (json!([{"title": "a", "end_date": "2018"}]), true),
        (
            json!([{"title": "a", "start_date": "2018", "end_date": "2015"}]),
            true,
        ),
        (
            json!([{"title": "a", "start_date": "1901", "end_date": "1999"}]),
            true,
        ),
        (
            json!([{"title": "Congé parental", "start_date": "2015", "end_date": "2018"}]),
            false,
        ),
    ] {
        assert_eq!(years_of(&positions), (None, is_unreadable), "{positions}");
    }
    // An open position needs a reference date.
    let open = json!({"positions": [{"title": "a", "start_date": "2015"}]});
    let open = candidate(&open);
    assert_eq!(
        (open.experience_years, open.experience_unreadable),
        (None, true)
    );
    let stated = json!({"experience_years": 9, "work_history": [
        {"title": "a", "start_date": "2015", "end_date": "2018"}, {"title": "b"}]});
    let stated = candidate(&stated);
    assert_eq!(stated.experience_years, Some(9.0));
    assert_eq!(
        (stated.work_history.len(), stated.past_titles.len()),
        (1, 2)
    );
}

#[test]
fn the_highest_diploma_and_the_one_in_progress_are_both_kept() {
    let read = candidate(&json!({"education": ["Licence de droit", "Master en cours"]}));
    let education = read.education.unwrap();
    assert_eq!(education.level, Some(EducationLevel::Bachelor));
    assert_eq!(education.in_progress, Some(EducationLevel::Master));
}

#[test]
fn an_encoding_is_read_from_candidates_and_postings() {
    let document = json!({"encoding": {
        "model": " bge-m3 ", "vector": [0.5, -1, 0], "unrelated_cosine": 0.3,
    }});
    for read in [candidate(&document).encoding, posting(&document).encoding] {
        let read = read.unwrap();
        assert_eq!(
            (&*read.model, read.components()),
            ("bge-m3", &[64, -127, 0][..])
        );
        assert!((read.unrelated_cosine - 0.3).abs() < 1e-12);
    }
    let bare = candidate(&json!({"encoding": {"model": "m", "vector": [1, 0]}}));
    assert_eq!(
        bare.encoding.map(|read| read.unrelated_cosine.to_bits()),
        Some(0)
    );
}

#[test]
fn a_wrong_encoding_is_a_fault_of_its_part() {
    for (encoding, pointer, code) in [
        (json!([1, 2]), "/encoding", "wrong_type"),
        (json!({"vector": [1, 0]}), "/encoding/model", "required"),
        (json!({"model": "m"}), "/encoding/vector", "required"),
        (
            json!({"model": "m".repeat(201), "vector": [1, 0]}),
            "/encoding/model",
            "too_long",
        ),
        (
            json!({"model": "m", "vector": "1,2"}),
            "/encoding/vector",
            "wrong_type",
        ),
        (
            json!({"model": "m", "vector": [1, null]}),
            "/encoding/vector",
            "wrong_type",
        ),
        (
            json!({"model": "m", "vector": [1, "2"]}),
            "/encoding/vector",
            "wrong_type",
        ),
        (
            json!({"model": " ", "vector": [1, 0]}),
            "/encoding/model",
            "required",
        ),
        (
            json!({"model": "m", "vector": [1]}),
            "/encoding/vector",
            "out_of_range",
        ),
        (
            json!({"model": "m", "vector": []}),
            "/encoding/vector",
            "out_of_range",
        ),
        (
            json!({"model": "m", "vector": [0, 0.0, -0.0]}),
            "/encoding/vector",
            "out_of_range",
        ),
        (
            json!({"model": "m", "vector": vec![1; 4_097]}),
            "/encoding/vector",
            "too_many",
        ),
        (
            json!({"model": "m", "vector": [1, 0], "unrelated_cosine": 1}),
            "/encoding/unrelated_cosine",
            "out_of_range",
        ),
    ] {
        let document = json!({"title": "Welder", "encoding": encoding});
        for faults in [
            Candidate::from_document(&document).unwrap_err(),
            JobPosting::from_document(&document).unwrap_err(),
        ] {
            let found: Vec<_> = faults
                .iter()
                .map(|fault| (&*fault.pointer, fault.code))
                .collect();
            assert_eq!(found, [(pointer, code)], "{document}");
        }
    }
}

#[test]
fn an_encoding_beside_a_foreign_document_is_kept_and_a_wrong_one_left_out_with_a_warning() {
    let resume = |encoding: Value| {
        let document = json!({"id": 7, "basics": {"label": "Welder"}, "encoding": encoding});
        mapped(
            ProfileKind::Candidate,
            &ProfileDocument::of(&document),
            None,
        )
        .unwrap()
    };
    let kept = resume(json!({"model": "m", "vector": [1, 2]}));
    assert!(candidate(&kept.document).encoding.is_some());
    let left_out = resume(json!({"model": "m", "vector": [0, 0]}));
    assert_eq!(candidate(&left_out.document).encoding, None);
    assert_eq!(left_out.warnings[0].pointer, "/encoding/vector");
}

#[test]
fn all_places_of_a_city_field_are_kept() {
    let read = |location: Value| -> Vec<String> {
        let candidate = Candidate::from_document(&json!({"location": location})).unwrap();
        let places = candidate.location.into_iter();
        let places = places.chain(candidate.other_locations);
        let written = |place: Location| {
            let (city, country) = (place.city, place.country);
            let point = if place.coordinates.is_some() { "+" } else { "" };
            let (city, country) = (city.unwrap_or_default(), country.unwrap_or_default());
            format!("{city}-{country}{point}")
        };
        places.map(written).collect()
    };
    for (location, expected) in [
        (
            json!({"city": "Paris ou Lyon", "country": "FR"}),
            "Paris-FR,Lyon-FR",
        ),
        (
            json!({"city": "Genève, CH ou Lyon, FR"}),
            "Genève-CH,Lyon-FR",
        ),
        (json!({"city": "France ou Belgique"}), "-France,-Belgique"),
        (
            json!({"city": "Paris / Lyon", "lat": 48.85, "lon": 2.35}),
            "Paris-+,Lyon-",
        ),
        (json!({"lat": 48.85, "lon": 2.35}), "-+"),
        (
            json!({"city": "Lyon", "country": "FR", "countries": ["FR", "BE"]}),
            "Lyon-FR,-BE",
        ),
        (json!({"countries": ["FR", "BE"]}), "-FR,-BE"),
        (
            json!([["Paris ou Lyon"], {"city": "Lille"}]),
            "Paris-,Lyon-,Lille-",
        ),
        (json!("Paris &amp; Lyon"), "Paris-,Lyon-"),
        (json!({"city": "12 rue de la Paix"}), ""),
    ] {
        assert_eq!(read(location.clone()).join(","), expected, "{location}");
    }
}
