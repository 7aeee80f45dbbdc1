//! Property tests that hold for every pair of profiles.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::Value;

use super::{
    Assessment, Category, Criterion, Engine, Language, ResultDocument, Weights, comparison_cache,
    counterfactuals::{self, Change, ChangeKind, ChangeValue},
    criteria::skills::RequestedSkills,
    document::tests::fault_by_schema,
    prose::Prose,
};
use crate::profiles::{
    candidate::Candidate,
    contract::ContractType,
    education::{Education, EducationLevel},
    encoding::Encoding,
    folded_text::fold,
    job_posting::{ExperienceRange, JobPosting},
    language::{LanguageLevel, LanguageSkill},
    location::{Coordinates, Location, RemoteMode, RemotePreference},
    must_haves::MustHaves,
    position::{Position, WorkedTime},
    salary::{SalaryPeriod, SalaryRange},
    skill::Skill,
};

mod dominance;

const COMPUTED_AT: &str = "2026-01-01T00:00:00Z";

fn assess(candidate: &Candidate, posting: &JobPosting) -> Assessment {
    assess_with(Weights::default(), candidate, posting)
}

fn assess_with(weights: Weights, candidate: &Candidate, posting: &JobPosting) -> Assessment {
    let engine = Engine::new(weights);
    engine.score(
        &engine.compile_candidate(candidate),
        &engine.compile_job_posting(posting),
    )
}

fn document(assessment: &Assessment) -> String {
    assessment.to_document(Some(1), Some(2), COMPUTED_AT)
}

/// Generates names that often coincide, and sometimes arbitrary text.
fn name() -> impl Strategy<Value = String> {
    const POOL: &[&str] = &[
        "Rust",
        "Python",
        "Django",
        "Flask",
        "React",
        "Vue.js",
        "js",
        "JavaScript",
        "HTML/CSS",
        "k8s",
        "Kubernetes",
        "Kubernets",
        "C",
        "C++",
        "C#",
        ".NET",
        "Excel",
        "Soudure",
        "TIG",
        "soudure tig",
        "CACES 3",
        "Permis B",
        "Gestion de projet",
        "Anglais",
        "Tricot",
        "tricots",
        "Paye",
        "Comptabilité générale",
        "???",
        "le",
    ];
    prop_oneof![9 => select(POOL).prop_map(str::to_owned), 1 => "\\PC{1,20}", 1 => any::<String>()]
}

fn sentence() -> impl Strategy<Value = String> {
    const POOL: &[&str] = &[
        "Développeur",
        "Développeuse",
        "senior",
        "junior",
        "(H/F)",
        "Infirmière",
        "nurse",
        "Rust",
        "PostgreSQL",
        "de",
        "projet",
        "équipe",
        "responsable",
        "vente",
        "Docker",
        "et",
        "comptable",
        "l'atelier",
        "node.js.",
        "plombier",
        "chef de projet",
        "gestion de la paie",
        "\u{0}",
        "🙂",
    ];
    prop_oneof![
        9 => vec(select(POOL), 0..12).prop_map(|words| words.join(" ")),
        1 => any::<String>()
    ]
}

fn skill() -> impl Strategy<Value = Skill> {
    (name(), option::of(1..=5_u8), option::of(0.0..30.0)).prop_map(|(name, level, years)| Skill {
        name,
        level,
        years,
    })
}

fn education() -> impl Strategy<Value = Education> {
    let level = select(vec![
        EducationLevel::None,
        EducationLevel::Vocational,
        EducationLevel::Secondary,
        EducationLevel::ShortCycle,
        EducationLevel::Bachelor,
        EducationLevel::Master,
        EducationLevel::Doctorate,
    ]);
    (option::of(level), option::of(sentence())).prop_map(|(level, field)| Education {
        level,
        field,
        in_progress: None,
    })
}

const LANGUAGE_LEVELS: [LanguageLevel; 7] = [
    LanguageLevel::A1,
    LanguageLevel::A2,
    LanguageLevel::B1,
    LanguageLevel::B2,
    LanguageLevel::C1,
    LanguageLevel::C2,
    LanguageLevel::Native,
];

fn language() -> impl Strategy<Value = LanguageSkill> {
    let code = prop_oneof![
        select(vec!["fr", "en", "de"]).prop_map(str::to_owned),
        // The form in which the reader keeps a language without a code.
        "\\PC{0,4}".prop_map(|name| fold(&name))
    ];
    (code, option::of(select(&LANGUAGE_LEVELS[..])))
        .prop_map(|(code, level)| LanguageSkill { code, level })
}

fn location() -> impl Strategy<Value = Location> {
    let coordinates =
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(latitude, longitude)| Coordinates {
            latitude,
            longitude,
        });
    (
        option::of(select(vec!["Paris", "Paris 15e", "Lyon", "--"])),
        option::of(select(vec!["FR", "France", "Belgique"])),
        option::of(coordinates),
    )
        .prop_map(|(city, country, coordinates)| Location {
            city: city.map(str::to_owned),
            country: country.map(str::to_owned),
            coordinates,
        })
}

fn licences() -> impl Strategy<Value = Vec<String>> {
    let names = select(vec![
        "B",
        "Permis B",
        "CE",
        "CACES 3",
        "CACES R489 3",
        "...",
    ]);
    vec(names.prop_map(str::to_owned), 0..3)
}

fn countries() -> impl Strategy<Value = Vec<String>> {
    let names = select(vec!["FR", "France", "Belgique", "Atlantis", "-"]);
    vec(names.prop_map(str::to_owned), 0..2)
}

fn mode() -> impl Strategy<Value = RemoteMode> {
    select(vec![
        RemoteMode::Onsite,
        RemoteMode::Hybrid,
        RemoteMode::Remote,
    ])
}

fn contract_type() -> impl Strategy<Value = ContractType> {
    select(vec![
        ContractType::Permanent,
        ContractType::FixedTerm,
        ContractType::Freelance,
        ContractType::Internship,
    ])
}

fn salary() -> impl Strategy<Value = SalaryRange> {
    let period = select(vec![
        SalaryPeriod::Hour,
        SalaryPeriod::Day,
        SalaryPeriod::Month,
        SalaryPeriod::Year,
    ]);
    (
        option::of(0.0..1e6),
        option::of(0.0..1e6),
        option::of(select(vec!["EUR", "USD", "XOF"])),
        option::of(period),
    )
        .prop_map(|(min, more, currency, period)| SalaryRange {
            min,
            max: more.map(|more: f64| min.unwrap_or(0.0) + more),
            currency: currency.map(str::to_owned),
            period,
            is_net: false,
        })
}

/// Generates encodings of few models and lengths, so that many pairs can be compared.
fn encoding() -> impl Strategy<Value = Option<Encoding>> {
    let vector = vec(-1.0..1.0, 2..4);
    (select(vec!["one", "other"]), vector, 0.0..1.0)
        .prop_map(|(model, vector, unrelated)| Encoding::of(model, &vector, unrelated))
}

fn date() -> impl Strategy<Value = chrono::NaiveDate> {
    (0..400_u64).prop_map(|days| chrono::NaiveDate::default() + chrono::Days::new(days))
}

fn position() -> impl Strategy<Value = Position> {
    let time = prop_oneof![
        3 => (0..8_000_i64, 1..4_000_i64).prop_map(|(start, days)| {
            let first_day = chrono::NaiveDate::default() + chrono::Days::new(start.unsigned_abs());
            let day_after = first_day + chrono::Days::new(days.unsigned_abs());
            WorkedTime::Dates { first_day, day_after }
        }),
        1 => (0.1..10.0).prop_map(WorkedTime::Years),
    ];
    (option::of(sentence()), time).prop_map(|(title, time)| Position { title, time })
}

prop_compose! {
    fn candidate()(
        (title, summary, past_titles) in
            (option::of(sentence()), option::of(sentence()), vec(sentence(), 0..3)),
        skills in vec(skill(), 0..8),
        (experience_years, work_history) in (option::of(0.0..50.0), vec(position(), 0..4)),
        education in option::of(education()),
        languages in vec(language(), 0..4),
        (location, other_locations, max_distance_km, willing_to_relocate) in (
            option::of(location()), vec(location(), 0..3), option::of(0.0..20_000.0),
            option::of(any::<bool>()),
        ),
        remote in option::of(prop_oneof![
            Just(RemotePreference::Any), mode().prop_map(RemotePreference::Only)
        ]),
        contract_types in vec(contract_type(), 0..3),
        salary in option::of(salary()),
        available_from in option::of(date()),
        industries in vec(sentence(), 0..3),
        (licences, work_permits) in (licences(), countries()),
    ) -> Candidate {
        Candidate {
            id: None, title, summary, skills, experience_years, experience_unreadable: false, education, languages, location,
            remote, max_distance_km, willing_to_relocate, contract_types, salary, available_from,
            industries, past_titles, work_history, licences, work_permits, other_locations,
            occupation_codes: vec![], encoding: None, diplomas: vec![],
        }
    }
}

prop_compose! {
    fn job_posting()(
        (title, description, industry) in
            (option::of(sentence()), option::of(sentence()), option::of(sentence())),
        required_skills in vec(skill(), 0..6),
        preferred_skills in vec(skill(), 0..4),
        experience in option::of((option::of(0.0..20.0), option::of(0.0..20.0))),
        education in option::of(education()),
        languages in vec(language(), 0..3),
        (location, other_locations) in (option::of(location()), vec(location(), 0..3)),
        remote in option::of(mode()),
        (contract_type, other_contract_types) in
            (option::of(contract_type()), vec(contract_type(), 0..3)),
        salary in option::of(salary()),
        start_date in option::of(date()),
        (must_haves, licences, work_permits) in (any::<[bool; 4]>(), licences(), countries()),
    ) -> JobPosting {
        // Half of the postings have no must-haves.
        let [has_some, first_skill, first_language, location_counts] = must_haves;
        let must_haves = if has_some {
            MustHaves {
                skills: required_skills.iter().take(usize::from(first_skill) * 2).cloned().collect(),
                languages: languages.iter().take(usize::from(first_language)).cloned().collect(),
                licences,
                work_permits,
                location: location_counts,
            }
        } else {
            MustHaves::default()
        };
        JobPosting {
            id: None, title, description, required_skills, preferred_skills,
            experience_years: experience.map(|(min, more)| ExperienceRange {
                min,
                max: more.map(|more: f64| min.unwrap_or(0.0) + more),
            }),
            education, languages, location, remote, contract_type, salary, start_date, industry,
            status: None, occupation_codes: vec![], must_haves, other_locations,
            other_contract_types, encoding: None,
        }
    }
}

prop_compose! {
    fn weights()(weights in vec(prop_oneof![1 => Just(0.0), 3 => 0.0..2.0], Criterion::ALL.len())) -> Weights {
        let mut stated = Weights { text: 0.1, ..Weights::NONE };
        for (criterion, weight) in Criterion::ALL.into_iter().zip(weights) {
            let member = serde_json::json!({criterion.as_str(): weight});
            stated = Weights::from_json(&member, &stated).unwrap_or(stated);
        }
        stated
    }
}

/// Applies a change to a candidate.
fn changed(candidate: &Candidate, before: &Assessment, change: &Change<'_>) -> Candidate {
    let mut candidate = candidate.clone();
    let name = change.name.to_string();
    let number = match &change.to {
        Some(ChangeValue::Number(number)) => Some(number.0),
        _ => None,
    };
    let date = match &change.to {
        Some(ChangeValue::Date(date)) => Some(*date),
        _ => None,
    };
    let word = match &change.to {
        Some(ChangeValue::Word(word)) => word.to_string(),
        _ => String::new(),
    };
    match change.kind {
        ChangeKind::AddSkill => candidate.skills.push(Skill::named(name)),
        ChangeKind::RaiseLevel | ChangeKind::SkillYears => {
            let (held, requested) = (&before.candidate.skills, &before.posting.skills.requested);
            let requested = requested
                .iter()
                .find(|requested| requested.skill.name == name)
                .unwrap();
            let stated = &held.stated[held.stated_at(requested).unwrap()];
            let (mut level, mut years) = (stated.level, stated.years);
            if change.kind == ChangeKind::RaiseLevel {
                level = number;
            } else {
                years = number;
            }
            // Of a repeated listing, the higher level and years count.
            candidate.skills.push(Skill {
                name: stated.name.clone(),
                level: level.map(|level| (1..=5).find(|whole| f64::from(*whole) >= level).unwrap()),
                years,
            });
        }
        ChangeKind::MoreYears => candidate.experience_years = number,
        ChangeKind::EducationLevel => {
            candidate.education.as_mut().unwrap().level = EducationLevel::parse(&word);
        }
        ChangeKind::AddLanguage | ChangeKind::LanguageLevel => {
            candidate.languages.push(LanguageSkill {
                code: name,
                level: LanguageLevel::parse(&word),
            });
        }
        ChangeKind::Distance => candidate.max_distance_km = number,
        ChangeKind::WorkMode => candidate.remote = RemotePreference::parse(&word),
        ChangeKind::ContractType => {
            let offered = ContractType::named_in(&word).unwrap();
            candidate.contract_types.extend(offered);
        }
        ChangeKind::Salary => {
            let document: Value = serde_json::from_str(&document(before)).unwrap();
            let currency = &document["criteria"]["salary"]["currency"];
            candidate.salary = Some(SalaryRange {
                min: number,
                max: None,
                currency: currency.as_str().map(str::to_owned),
                period: Some(SalaryPeriod::Year),
                is_net: false,
            });
        }
        ChangeKind::AvailableFrom => candidate.available_from = date,
        ChangeKind::AddLicence => candidate.licences.push(name),
        ChangeKind::AddWorkPermit => candidate.work_permits.push(name),
    }
    candidate
}

/// Returns a candidate who has and wants exactly what the posting requests and offers.
fn twin(posting: &JobPosting) -> Candidate {
    let years = posting.experience_years.unwrap_or_default();
    let mut skills = posting.required_skills.clone();
    skills.extend(posting.preferred_skills.iter().cloned());
    if skills.is_empty() {
        let description = posting.description.as_deref().unwrap_or_default();
        let read = RequestedSkills::of(&[], &[], &Prose::of([description]));
        let names = read
            .requested
            .iter()
            .map(|requested| requested.skill.name.as_str());
        skills = names.map(Skill::named).collect();
    }
    Candidate {
        id: None,
        title: posting.title.clone(),
        summary: posting.description.clone(),
        skills,
        experience_years: years.min.or(years.max),
        education: posting.education.clone(),
        diplomas: Vec::new(),
        languages: posting.languages.clone(),
        location: posting.location.clone(),
        other_locations: posting.other_locations.clone(),
        remote: posting.remote.map(RemotePreference::Only),
        max_distance_km: None,
        willing_to_relocate: None,
        contract_types: posting
            .contract_type
            .iter()
            .chain(&posting.other_contract_types)
            .copied()
            .collect(),
        salary: posting.salary.clone(),
        available_from: posting.start_date,
        industries: posting.industry.iter().cloned().collect(),
        past_titles: vec![],
        work_history: vec![],
        licences: posting.must_haves.licences.clone(),
        work_permits: posting.must_haves.work_permits.clone(),
        occupation_codes: posting.occupation_codes.clone(),
        experience_unreadable: false,
        encoding: posting.encoding.clone(),
    }
}

fn reversed(candidate: &Candidate) -> Candidate {
    let mut candidate = candidate.clone();
    candidate.skills.reverse();
    candidate.languages.reverse();
    candidate.contract_types.reverse();
    candidate.industries.reverse();
    candidate.past_titles.reverse();
    candidate.work_history.reverse();
    candidate.licences.reverse();
    candidate.work_permits.reverse();
    candidate.other_locations.reverse();
    candidate
}

fn reversed_posting(posting: &JobPosting) -> JobPosting {
    let mut posting = posting.clone();
    posting.required_skills.reverse();
    posting.preferred_skills.reverse();
    posting.languages.reverse();
    posting.must_haves.licences.reverse();
    posting.must_haves.work_permits.reverse();
    posting.other_locations.reverse();
    posting.other_contract_types.reverse();
    posting
}

proptest! {
    // Properties may reject any number of pairs that they don't apply to.
    #![proptest_config(ProptestConfig {
        max_global_rejects: u32::MAX,
        ..ProptestConfig::with_cases(256)
    })]

    #[test]
    fn a_score_lies_between_0_and_1_and_has_four_digits(
        candidate in candidate(), posting in job_posting()
    ) {
        let score = assess(&candidate, &posting).score();
        prop_assert!((0.0..=1.0).contains(&score));
        prop_assert!(((score * 1e4).round() / 1e4).to_bits() == score.to_bits());
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(candidate in candidate(), posting in job_posting()) {
        prop_assert_eq!(
            document(&assess(&candidate, &posting)),
            document(&assess(&candidate.clone(), &posting.clone()))
        );
    }

    #[test]
    fn comparisons_equal_scoring_each_pair(
        candidates in vec(candidate(), 1..5), postings in vec(job_posting(), 1..5),
        capacity in select(vec![0, 1, 2, 7, comparison_cache::CAPACITY]),
    ) {
        let engine = Engine::new(Weights::default());
        let compiled = |candidate| engine.compile_candidate(candidate);
        let candidates: Vec<_> = candidates.iter().map(compiled).collect();
        let compiled = |posting| engine.compile_job_posting(posting);
        let postings: Vec<_> = postings.iter().map(compiled).collect();
        // Scores each pair twice, so that the second score comes from the cache.
        let twice = || (0..2).flat_map(|_| &postings);
        // Equal to the last bit of the findings, and to the last byte of the document.
        let written = |one: &Assessment| (format!("{:?}", one.findings), document(one));
        for candidate in &candidates {
            let mut comparison = engine.compare_candidate_with_capacity(candidate, capacity);
            for posting in twice() {
                let alone = engine.score(candidate, posting);
                prop_assert_eq!(written(&comparison.score(posting)), written(&alone));
            }
        }
        let twice = || (0..2).flat_map(|_| &candidates);
        for posting in &postings {
            let mut comparison = engine.compare_job_posting_with_capacity(posting, capacity);
            for candidate in twice() {
                let alone = engine.score(candidate, posting);
                prop_assert_eq!(written(&comparison.score(candidate)), written(&alone));
            }
        }
    }

    #[test]
    fn an_encoders_vectors_count_and_are_named_where_both_sides_have_them(
        candidate in candidate(), posting in job_posting(),
        (held, requested) in (encoding(), encoding()),
    ) {
        let encoded = Candidate { encoding: held.clone(), ..candidate.clone() };
        let encoded_posting = JobPosting { encoding: requested.clone(), ..posting.clone() };
        let engine = Engine::new(Weights::default());
        let compiled = engine.compile_candidate(&encoded);
        let compiled_posting = engine.compile_job_posting(&encoded_posting);
        let stored = document(&engine.score(&compiled, &compiled_posting));
        for compared in [
            engine.compare_candidate(&compiled).score(&compiled_posting),
            engine.compare_job_posting(&compiled_posting).score(&compiled),
        ] {
            prop_assert_eq!(&document(&compared), &stored);
        }
        let read = ResultDocument::parse(&stored).unwrap();
        prop_assert_eq!(read.to_text(Language::English), stored.clone());
        let read: Value = serde_json::from_str(&stored).unwrap();
        let plain: Value =
            serde_json::from_str(&document(&assess(&candidate, &posting))).unwrap();
        let compared = held.zip(requested).filter(|(held, requested)| held.nearness(requested).is_some());
        let scored = compared.filter(|_| !plain["criteria"]["text"]["score"].is_null());
        prop_assert_eq!(
            read["criteria"]["text"]["encoder"].as_str(),
            scored.as_ref().map(|(held, _)| &*held.model)
        );
        prop_assert!(plain["profiles_hash"] != read["profiles_hash"]);
        if scored.is_none() {
            prop_assert_eq!(&plain["criteria"], &read["criteria"]);
        }
    }

    #[test]
    fn the_exact_match_has_the_best_score_with_encoders(
        candidate in candidate(), posting in job_posting(),
        (held, requested) in (encoding(), encoding()),
    ) {
        let posting = JobPosting { encoding: requested, ..posting };
        let twin = assess(&twin(&posting), &posting);
        let other = assess(&Candidate { encoding: held, ..candidate }, &posting);
        prop_assert!(!twin.is_comparable() || twin.score() >= 0.95, "{}", document(&twin));
        prop_assert!(twin.score() >= other.score(), "{}", document(&twin));
    }

    #[test]
    fn the_order_of_lists_does_not_change_the_score(candidate in candidate(), posting in job_posting()) {
        prop_assert_eq!(
            document(&assess(&candidate, &posting)),
            document(&assess(&reversed(&candidate), &reversed_posting(&posting)))
        );
    }

    #[test]
    fn the_total_can_be_computed_by_hand(candidate in candidate(), posting in job_posting()) {
        let assessment = assess(&candidate, &posting);
        let document: Value = serde_json::from_str(&document(&assessment)).unwrap();
        let (mut total, mut weights) = (0.0, 0.0);
        for criterion in Criterion::ALL {
            let entry = &document["criteria"][criterion.as_str()];
            let weight = entry["weight"].as_f64().unwrap();
            if let Some(score) = entry["score"].as_f64() {
                total += score * weight;
            } else {
                prop_assert!(entry["score"].is_null() && weight.abs() < 1e-12);
                prop_assert!(!entry["reason"].as_str().unwrap().is_empty());
            }
            weights += weight;
        }
        let score = document.get("score_before_knockouts").unwrap_or(&document["score"]);
        prop_assert!((total - score.as_f64().unwrap()).abs() < 1e-4);
        prop_assert!(!assessment.is_comparable() || (weights - 1.0_f64).abs() < 1e-5);
    }

    #[test]
    fn stating_a_required_skill_never_lowers_a_score(
        candidate in candidate(), posting in job_posting(), at in any::<prop::sample::Index>()
    ) {
        prop_assume!(!posting.required_skills.is_empty());
        let before = assess(&candidate, &posting);
        // From no skills to one, a criterion without a score before gets weight.
        prop_assume!(before.sub_scores()[0].is_some());
        let mut better = candidate.clone();
        better.skills.push(at.get(&posting.required_skills).clone());
        prop_assert!(assess(&better, &posting).score() >= before.score());
    }

    #[test]
    fn a_failed_knock_out_caps_and_an_unknown_one_does_not(
        candidate in candidate(), posting in job_posting()
    ) {
        let assessment = assess(&candidate, &posting);
        let free = assess(&candidate, &JobPosting {
            must_haves: MustHaves::default(), ..posting.clone()
        });
        let document: Value = serde_json::from_str(&document(&assessment)).unwrap();
        let knockouts = document["knockouts"].as_array().unwrap();
        if knockouts.iter().any(|knockout| knockout["status"] == "not_met") {
            prop_assert_eq!(assessment.cap(), Some(0.49));
            // The contract is a must-have without being declared as one.
            let free_document: Value = serde_json::from_str(&self::document(&free)).unwrap();
            let uncapped = free_document.get("score_before_knockouts");
            let uncapped = uncapped.unwrap_or(&free_document["score"]);
            prop_assert_eq!(&document["score_before_knockouts"], uncapped);
            prop_assert!(assessment.category() <= Category::Weak);
            prop_assert!(document["gaps"][0] == knockouts[0]["reason"]);
        } else {
            prop_assert_eq!(assessment.cap(), None);
            prop_assert_eq!(document.get("score_before_knockouts"), None);
            prop_assert!(assessment.score().to_bits() == free.score().to_bits());
        }
        prop_assert_eq!(assessment.sub_scores(), free.sub_scores());
    }

    #[test]
    fn applying_a_counterfactual_gives_its_gain(
        candidate in candidate(), posting in job_posting()
    ) {
        let before = assess(&candidate, &posting);
        for change in counterfactuals::considered(&before) {
            let mut promised = before.sub_scores();
            for (criterion, score) in change.scores.iter() {
                promised[criterion as usize] = Some(score);
            }
            let after = assess(&changed(&candidate, &before, &change), &posting);
            prop_assert_eq!(after.sub_scores(), promised, "{:?}", change);
            prop_assert_eq!(after.cap().is_some(), change.knocked_out, "{:?}", change);
        }
        let read: Value = serde_json::from_str(&document(&before)).unwrap();
        for shown in read["counterfactuals"].as_array().unwrap() {
            let change: Change<'_> = serde_json::from_value(shown.clone()).unwrap();
            let after = assess(&changed(&candidate, &before, &change), &posting);
            let promised = before.score() + shown["gain"].as_f64().unwrap();
            prop_assert!(after.score().to_bits() == ((promised * 1e4).round() / 1e4).to_bits());
        }
    }

    #[test]
    fn a_higher_level_or_more_years_never_lower_a_score(
        candidate in candidate(), posting in job_posting()
    ) {
        let mut better = candidate.clone();
        for skill in &mut better.skills {
            skill.level = skill.level.map(|level| (level + 1).min(5));
            skill.years = skill.years.map(|years| years + 1.5);
        }
        for language in &mut better.languages {
            language.level = language.level.map(|level| {
                *LANGUAGE_LEVELS.iter().find(|higher| **higher > level).unwrap_or(&level)
            });
        }
        let most = posting.experience_years.and_then(|range| range.max).unwrap_or(80.0);
        better.experience_years = candidate
            .experience_years
            .map(|years| if years < most { (years + 2.0).min(most) } else { years });
        prop_assert!(assess(&better, &posting).score() >= assess(&candidate, &posting).score());
    }

    #[test]
    fn one_requirement_met_better_never_lowers_a_score(
        candidate in candidate(), posting in job_posting(), at in any::<prop::sample::Index>()
    ) {
        let before = assess(&candidate, &posting);
        for (criterion, better) in improvements(&candidate, &posting, &before, at) {
            let after = assess(&better, &posting);
            // A title may also name skills: going from silence about them to one of three is new
            // information, which may lower a score.
            let has_another_entered = Criterion::ALL.into_iter().any(|other| {
                let of = |assessment: &Assessment| assessment.sub_scores()[other as usize];
                other != criterion && of(&before).is_none() && of(&after).is_some()
            });
            if has_another_entered {
                continue;
            }
            prop_assert!(
                after.score() >= before.score(),
                "{criterion:?}: {} to {}", before.score(), after.score()
            );
            let of = |assessment: &Assessment| assessment.sub_scores()[criterion as usize];
            prop_assert!(of(&after) >= of(&before), "{:?}", criterion);
            if let (Some(old), Some(new)) = (of(&before), of(&after))
                && after.cap().is_none()
                && (new - old) * before.total.weights[criterion as usize] > 2e-4
            {
                prop_assert!(after.score() > before.score(), "{:?}", criterion);
            }
        }
    }

    #[test]
    fn only_the_proportions_of_weights_matter(
        candidate in candidate(), posting in job_posting(), factor in 1e-3..1e3
    ) {
        let weights = Weights::default();
        let scaled = Weights::of_each(|criterion| weights.of(criterion) * factor);
        let score = assess_with(scaled, &candidate, &posting).score();
        prop_assert!((score - assess(&candidate, &posting).score()).abs() < 1e-9);
    }

    #[test]
    fn the_exact_match_has_the_best_score(
        candidate in candidate(), posting in job_posting()
    ) {
        let twin = assess(&twin(&posting), &posting);
        let other = assess(&candidate, &posting);
        prop_assert!(!twin.is_comparable() || twin.score() >= 0.95, "{}", document(&twin));
        prop_assert!(twin.score() >= other.score(), "{}", document(&twin));
    }

    #[test]
    fn an_empty_candidate_is_not_scored(posting in job_posting()) {
        let assessment = assess(&Candidate::default(), &posting);
        prop_assert!(!assessment.is_comparable());
        prop_assert_eq!(assessment.sub_scores(), [None; Criterion::ALL.len()]);
        let document: Value = serde_json::from_str(&document(&assessment)).unwrap();
        let recommendation = document["recommendation"].as_str().unwrap();
        prop_assert!(recommendation.starts_with("Not enough data"));
    }

    #[test]
    fn every_document_meets_its_schema(candidate in candidate(), posting in job_posting()) {
        let document = document(&assess(&candidate, &posting));
        prop_assert_eq!(fault_by_schema(&document), None);
    }

    #[test]
    fn sentences_are_few_and_complete_in_both_languages(
        candidate in candidate(), posting in job_posting()
    ) {
        let document = ResultDocument::parse(&document(&assess(&candidate, &posting))).unwrap();
        for language in Language::ALL {
            let rendered: Value = serde_json::from_str(&document.to_text(language)).unwrap();
            for list in ["strengths", "gaps"] {
                prop_assert!(rendered[list].as_array().unwrap().len() <= 5);
            }
            for sentence in sentences(&rendered) {
                prop_assert!(sentence.ends_with('.'), "{sentence:?}");
                prop_assert!(!sentence.ends_with(" ."), "{sentence:?}");
                prop_assert!(!sentence.contains(['\n', '\t']), "{sentence:?}");
                prop_assert!(!sentence.contains("  "), "{sentence:?}");
            }
        }
    }

    #[test]
    fn sentences_agree_with_the_lists_and_with_each_other(
        candidate in candidate(), posting in job_posting()
    ) {
        let document = ResultDocument::parse(&document(&assess(&candidate, &posting))).unwrap();
        for language in Language::ALL {
            check(&document.to_text(language), language)?;
        }
    }

    #[test]
    fn confidence_lies_in_its_range_and_grows_with_a_title(
        candidate in candidate(), posting in job_posting()
    ) {
        let confidence = |candidate: &Candidate| {
            let document: Value =
                serde_json::from_str(&document(&assess(candidate, &posting))).unwrap();
            document["confidence"].as_f64().unwrap()
        };
        let before = confidence(&candidate);
        prop_assert!((0.0..=1.0).contains(&before));
        let mut better = candidate.clone();
        better.past_titles.extend(better.title.take());
        better.title = posting.title.clone();
        prop_assert!(posting.title.is_none() || confidence(&better) >= before);
    }

    #[test]
    fn a_stored_document_round_trips_to_the_byte(candidate in candidate(), posting in job_posting()) {
        let stored = document(&assess(&candidate, &posting));
        let read = ResultDocument::parse(&stored).unwrap();
        prop_assert_eq!(&read.to_text(Language::English), &stored);
        let french = read.to_text(Language::French);
        let assessment = assess(&candidate, &posting);
        prop_assert_eq!(
            &french,
            &assessment.to_document_in(Language::French, Some(1), Some(2), COMPUTED_AT)
        );
        let read = ResultDocument::parse(&french).unwrap();
        prop_assert_eq!(&read.to_text(Language::English), &stored);
    }

    #[test]
    fn a_reweighted_document_equals_the_engines(
        candidate in candidate(), posting in job_posting(),
        (first, second) in (weights(), weights())
    ) {
        let stored = document(&assess_with(first, &candidate, &posting));
        let reweighed = ResultDocument::parse(&stored).unwrap().reweighed(&second);
        let computed = document(&assess_with(second, &candidate, &posting));
        prop_assert_eq!(reweighed.to_text(Language::English), computed);
    }
}

/// Returns copies of a candidate, each better in one requirement of the posting, with the criterion
/// of the requirement. Going from no value to one is left out, because that is new information and
/// may lower a score, unless the criterion enters with its best score.
#[expect(clippy::too_many_lines, reason = "a change for each requirement")]
fn improvements(
    candidate: &Candidate,
    posting: &JobPosting,
    before: &Assessment,
    at: prop::sample::Index,
) -> Vec<(Criterion, Candidate)> {
    let mut better = Vec::new();
    let mut improve = |criterion, change: &dyn Fn(&mut Candidate)| {
        let mut changed = candidate.clone();
        change(&mut changed);
        better.push((criterion, changed));
    };
    let scored = before.sub_scores();
    let requested: Vec<&Skill> = posting
        .required_skills
        .iter()
        .chain(&posting.preferred_skills)
        .collect();
    if !requested.is_empty() && scored[Criterion::Skills as usize].is_some() {
        let skill = *at.get(&requested);
        improve(Criterion::Skills, &|changed| {
            changed.skills.push(skill.clone());
        });
    }
    if !candidate.skills.is_empty() {
        improve(Criterion::Skills, &|changed| {
            let skill = at.index(changed.skills.len());
            let skill = &mut changed.skills[skill];
            skill.level = skill.level.map(|level| (level + 1).min(5));
        });
        improve(Criterion::Skills, &|changed| {
            let skill = at.index(changed.skills.len());
            let skill = &mut changed.skills[skill];
            skill.years = skill.years.map(|years| years + 2.0);
        });
    }
    let range = posting.experience_years.unwrap_or_default();
    if let (Some(years), Some(min)) = (candidate.experience_years, range.min)
        && years < min
    {
        improve(Criterion::Experience, &|changed| {
            changed.experience_years = Some(f64::midpoint(years, min));
        });
        improve(Criterion::Experience, &|changed| {
            changed.experience_years = Some(min);
        });
    }
    if let Some(title) = &posting.title {
        improve(Criterion::Title, &|changed| {
            changed.past_titles.extend(changed.title.take());
            changed.title = Some(title.clone());
        });
    }
    if let (Some(held), Some(requested)) = (
        candidate
            .education
            .as_ref()
            .and_then(|education| education.level),
        posting
            .education
            .as_ref()
            .and_then(|education| education.level),
    ) && held < requested
    {
        improve(Criterion::Education, &|changed| {
            if let Some(education) = &mut changed.education {
                education.level = Some(requested);
            }
        });
    }
    if !candidate.languages.is_empty() {
        improve(Criterion::Languages, &|changed| {
            let spoken = at.index(changed.languages.len());
            let spoken = &mut changed.languages[spoken];
            spoken.level = spoken.level.map(|level| {
                *LANGUAGE_LEVELS
                    .iter()
                    .find(|higher| **higher > level)
                    .unwrap_or(&level)
            });
        });
    }
    if let (Some(home), Some(work)) = (&candidate.location, &posting.location)
        && home.coordinates.is_some()
        && work.coordinates.is_some()
    {
        improve(Criterion::Location, &|changed| {
            changed.location = Some(work.clone());
        });
    }
    improve(Criterion::Location, &|changed| {
        changed.max_distance_km = changed.max_distance_km.map(|limit| limit * 2.0);
    });
    if let Some(offered) = posting.contract_type {
        improve(Criterion::Contract, &|changed| {
            changed.contract_types.push(offered);
        });
    }
    let less = |amount: Option<f64>| amount.map(|amount| amount * 0.75);
    // Without a period, the size determines it: 12,000 is read as yearly pay, but 9,000 as monthly
    // pay, which is more.
    let is_still_read_alike = |pay: &SalaryRange| {
        let largest = pay.max.or(pay.min);
        let size = |amount: Option<f64>| {
            amount.map(|amount| [100.0, 1e3, 1e4].map(|bound| amount > bound))
        };
        pay.period.is_some() || size(largest) == size(less(largest))
    };
    if let Some(pay) = candidate
        .salary
        .as_ref()
        .filter(|pay| is_still_read_alike(pay))
    {
        improve(Criterion::Salary, &|changed| {
            changed.salary = Some(SalaryRange {
                min: less(pay.min),
                max: less(pay.max),
                ..pay.clone()
            });
        });
    }
    if let Some(free) = candidate.available_from {
        improve(Criterion::Availability, &|changed| {
            changed.available_from = free.checked_sub_days(chrono::Days::new(20));
        });
    }
    better
}

/// Returns every sentence of a document.
fn sentences(document: &Value) -> Vec<&str> {
    let lists = ["strengths", "gaps"].map(|list| document[list].as_array().unwrap());
    let criteria = document["criteria"].as_object().unwrap().values();
    lists
        .into_iter()
        .flatten()
        .chain(criteria.map(|criterion| &criterion["reason"]))
        .chain(
            document["knockouts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["reason"]),
        )
        .chain([&document["recommendation"]])
        .filter_map(Value::as_str)
        .collect()
}

/// Checks the promises of [`super::explanation`] on a document's text.
#[expect(clippy::too_many_lines, reason = "one promise after the other")]
fn check(text: &str, language: Language) -> Result<(), TestCaseError> {
    let rendered: Value = serde_json::from_str(text).unwrap();
    let texts = |list: &Value, member: &str| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one.get(member).unwrap_or(one).as_str().unwrap().to_owned())
            .collect()
    };
    let (strengths, gaps) = (
        texts(&rendered["strengths"], ""),
        texts(&rendered["gaps"], ""),
    );
    let changes = texts(&rendered["counterfactuals"], "sentence");
    let questions = texts(&rendered["questions"], "");
    prop_assert!(strengths.len() <= 5 && gaps.len() <= 5 && questions.len() <= 3);
    // No skill is in two lists.
    let skills = &rendered["criteria"]["skills"];
    let mut names: Vec<String> = ["matched", "related", "missing"]
        .into_iter()
        .flat_map(|list| texts(&skills[list], "name"))
        .collect();
    let all = names.len();
    names.sort();
    names.dedup();
    prop_assert_eq!(names.len(), all, "{}", skills);
    // No sentence is repeated, and each is complete.
    let mut all: Vec<&String> = strengths.iter().chain(&gaps).chain(&changes).collect();
    for sentence in &all {
        prop_assert!(
            sentence.ends_with('.') && !sentence.ends_with(".."),
            "{}",
            sentence
        );
    }
    for question in &questions {
        prop_assert!(question.ends_with('?'), "{}", question);
    }
    all.extend(&questions);
    for sentence in &all {
        prop_assert!(!sentence.contains("  "), "{}", sentence);
    }
    let sentence_count = all.len();
    all.sort();
    all.dedup();
    prop_assert_eq!(all.len(), sentence_count, "{:?}", all);
    // No change proposes a held skill, and none leaves a must-have unmet.
    let held = |required: bool| -> Vec<String> {
        let of = |list: &str, is_held: &dyn Fn(&Value) -> bool| -> Vec<String> {
            let list = skills[list].as_array().unwrap().iter();
            list.filter(|skill| skill["required"] == required && is_held(skill))
                .map(|skill| skill["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let is_close = |skill: &Value| {
            ["near", "occupation", "neighbour", "foundation"]
                .iter()
                .any(|relation| skill["relation"] == *relation)
        };
        let credit = |skill: &Value| skill["credit"].as_f64().unwrap();
        let mut held = of("matched", &|skill| credit(skill) >= 1.0);
        held.extend(of("related", &|skill| {
            !is_close(skill) && credit(skill) >= 0.75
        }));
        held
    };
    for change in rendered["counterfactuals"].as_array().unwrap() {
        prop_assert!(
            change.get("knocked_out").is_none_or(|is| is == false),
            "{}",
            change
        );
        if ["add_skill", "raise_level", "skill_years"]
            .iter()
            .any(|kind| change["change"] == *kind)
        {
            let name = change["name"].as_str().unwrap().to_owned();
            prop_assert!(
                !held(true).contains(&name) && !held(false).contains(&name),
                "{}",
                change
            );
        }
    }
    // The recommendation uses the wording of the category.
    let recommendation = rendered["recommendation"].as_str().unwrap();
    let words = match language {
        Language::English => [
            ("excellent", "Excellent "),
            ("good", "Good "),
            ("moderate", "Partial fit"),
            ("moderate", "Medium score"),
            ("weak", "Weak fit"),
            ("insufficient", "Very weak fit"),
        ],
        Language::French => [
            ("excellent", "Excellent"),
            ("good", "Bon"),
            ("moderate", "Correspondance partielle"),
            ("moderate", "Score moyen"),
            ("weak", "Correspondance faible"),
            ("insufficient", "Correspondance très faible"),
        ],
    };
    for (category, words) in words {
        let is_said = recommendation.starts_with(words);
        prop_assert!(
            !is_said || rendered["category"] == category,
            "{}",
            recommendation
        );
    }
    for knockout in rendered["knockouts"].as_array().unwrap() {
        prop_assert!(knockout["status"] == "ask" || knockout["status"] == "not_met");
    }
    for sentence in strengths.iter().chain(&gaps).chain(&changes) {
        // Names are quoted from the profiles; only the gain is the engine's own number.
        let gain = sentence.rsplit_once('+').map_or("", |(_, gain)| gain);
        let is_gain = changes.contains(sentence);
        let point = if language == Language::French {
            '.'
        } else {
            ','
        };
        prop_assert!(
            !is_gain || !gain.trim_end_matches('.').contains(point),
            "{}",
            sentence
        );
    }
    Ok(())
}

#[test]
fn sentences_about_the_samples_agree_with_the_lists() {
    let engine = Engine::new(Weights::default());
    let candidates = include_str!("../../../../../samples/candidates.ndjson").lines();
    let candidates: Vec<_> = candidates
        .map(|line| engine.compile_candidate(&Candidate::from_document(&read(line)).unwrap()))
        .collect();
    let postings = include_str!("../../../../../samples/job-postings.ndjson").lines();
    for (at, line) in postings.enumerate() {
        let posting = JobPosting::from_document(&read(line)).unwrap();
        let posting = engine.compile_job_posting(&posting);
        // Four pairs for each posting, spread over all candidates.
        for step in 0..4 {
            let candidate = &candidates[(at * 37 + step * 71) % candidates.len()];
            let assessment = engine.score(candidate, &posting);
            for language in Language::ALL {
                let text = assessment.to_document_in(language, None, None, COMPUTED_AT);
                check(&text, language).unwrap();
            }
        }
    }
}

#[test]
fn each_stated_skill_of_the_samples_is_listed() {
    let engine = Engine::new(Weights::default());
    let postings: Vec<_> = include_str!("../../../../../samples/job-postings.ndjson")
        .lines()
        .step_by(7)
        .map(|line| engine.compile_job_posting(&JobPosting::from_document(&read(line)).unwrap()))
        .collect();
    for line in include_str!("../../../../../samples/candidates.ndjson").lines() {
        let candidate = engine.compile_candidate(&Candidate::from_document(&read(line)).unwrap());
        for posting in &postings {
            let rendered = read(&engine.score(&candidate, posting).to_document(
                None,
                None,
                COMPUTED_AT,
            ));
            let skills = &rendered["criteria"]["skills"];
            if skills["score"].is_null() {
                continue;
            }
            let listed = |list: &str, member: &str| -> Vec<String> {
                let list = skills[list].as_array().unwrap().iter();
                list.map(|one| one.get(member).or(one.get("name")).unwrap_or(one))
                    .map(|name| name.as_str().unwrap().to_owned())
                    .collect()
            };
            let mut names = listed("matched", "stated_as");
            names.extend(listed("related", "via"));
            names.extend(listed("additional", ""));
            let stated = candidate.0.skills.stated.iter();
            for skill in stated.filter(|skill| !skill.is_licence) {
                assert!(names.contains(&skill.name), "{} {skills}", skill.name);
            }
        }
    }
}

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn huge_profiles_are_scored() {
    let huge = "Développeur Rust œuvré 🙂\u{0}\u{202e} ".repeat(20_000);
    let candidate = Candidate {
        title: Some(huge.clone()),
        summary: Some(huge.clone()),
        skills: (0..2_000)
            .map(|n| Skill::named(format!("skill {n}")))
            .collect(),
        ..Candidate::default()
    };
    let posting = JobPosting {
        title: Some(huge.clone()),
        description: Some(huge),
        required_skills: (0..200)
            .map(|n| Skill::named(format!("skill {n}")))
            .collect(),
        ..JobPosting::default()
    };
    assert!(assess(&candidate, &posting).score() > 0.99);
}

#[test]
fn non_finite_numbers_are_ignored() {
    let candidate = Candidate {
        experience_years: Some(f64::NAN),
        max_distance_km: Some(f64::INFINITY),
        salary: Some(SalaryRange {
            min: Some(f64::NEG_INFINITY),
            max: Some(f64::NAN),
            currency: None,
            period: None,
            is_net: false,
        }),
        ..Candidate::default()
    };
    let posting = JobPosting {
        experience_years: Some(ExperienceRange {
            min: Some(f64::NAN),
            max: Some(f64::INFINITY),
        }),
        ..JobPosting::default()
    };
    assert!(!assess(&candidate, &posting).is_comparable());
}

#[test]
fn french_and_english_versions_of_one_profile_score_alike() {
    let professions = [
        (
            "Registered nurse",
            "Infirmière",
            ["nursing care", "first aid"],
            ["soins infirmiers", "premiers secours"],
        ),
        (
            "Accountant",
            "Comptable",
            ["accounting", "Excel"],
            ["comptabilité", "Excel"],
        ),
        (
            "Software developer",
            "Développeur logiciel (H/F)",
            ["Python", "project management"],
            ["Python", "gestion de projet"],
        ),
        (
            "Cook",
            "Cuisinier / Cuisinière",
            ["food hygiene", "stock management"],
            ["hygiène alimentaire", "gestion des stocks"],
        ),
        (
            "Plumber",
            "Plombier",
            ["plumbing", "welding"],
            ["plomberie", "soudage"],
        ),
        (
            "Human resources manager",
            "Responsable des ressources humaines",
            ["recruitment", "labour law"],
            ["recrutement", "droit du travail"],
        ),
        (
            "Primary school teacher",
            "Professeure des écoles",
            ["pedagogy", "child care"],
            ["pédagogie", "garde d'enfants"],
        ),
    ];
    for (english, french, skills, competences) in professions {
        let versions = [(english, skills), (french, competences)];
        let mut scores = Vec::new();
        for (title, held) in versions {
            for (wanted, requested) in versions {
                let candidate = Candidate {
                    title: Some(title.to_owned()),
                    skills: vec![Skill::named(held[0]), Skill::named("Excel")],
                    experience_years: Some(2.0),
                    ..Candidate::default()
                };
                let posting = JobPosting {
                    title: Some(wanted.to_owned()),
                    required_skills: requested.map(Skill::named).into(),
                    experience_years: Some(ExperienceRange {
                        min: Some(3.0),
                        max: None,
                    }),
                    ..JobPosting::default()
                };
                scores.push(assess(&candidate, &posting).score());
            }
        }
        let spread = scores
            .iter()
            .fold(0.0, |most, score| f64::max(most, *score))
            - scores
                .iter()
                .fold(1.0, |least, score| f64::min(least, *score));
        assert!(spread < 0.02, "{english}: {scores:?}");
    }
}
