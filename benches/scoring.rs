//! How many pairs a second one core scores, with and without the result document.
//!
//! `cargo bench --bench scoring`. The profiles are made of fixed lists, in ordinary sizes: 12
//! skills against 8 required and 4 preferred ones, a summary of 80 words, a description of 160.

use std::{hint::black_box, time::Instant};

use matching::{
    domain::{
        candidate::Candidate,
        contract::ContractType,
        education::{Education, EducationLevel},
        job_posting::{ExperienceRange, JobPosting},
        language::{LanguageLevel, LanguageSkill},
        location::{Coordinates, Location, RemoteMode, RemotePreference},
        salary::SalaryRange,
        skill::Skill,
    },
    scoring::{Engine, Weights},
};

const PROFILES: usize = 300;

const SKILLS: &[&str] = &[
    "Rust",
    "Python",
    "Django",
    "React",
    "Vue.js",
    "JavaScript",
    "TypeScript",
    "PostgreSQL",
    "Docker",
    "Kubernetes",
    "Terraform",
    "AWS",
    "Gestion de projet",
    "Scrum",
    "Git",
    "Linux",
    "Comptabilité",
    "Paie",
    "Excel",
    "SAP",
    "Soudure TIG",
    "Plomberie",
    "CACES 3",
    "Anglais",
    "Relation client",
    "Prospection",
    "Management d'équipe",
    "Outil interne",
    "Méthode maison",
    "Soins infirmiers",
    "Bloc opératoire",
    "Merchandising",
];

const TITLES: &[&str] = &[
    "Développeuse Rust senior",
    "Développeur web (H/F)",
    "Comptable",
    "Infirmière",
    "Chef de projet informatique",
    "Magasinier cariste",
    "Responsable paie",
    "Sales assistant",
];

const WORDS: &[&str] = &[
    "développement",
    "services",
    "équipe",
    "clients",
    "qualité",
    "projet",
    "maintenance",
    "production",
    "données",
    "sécurité",
    "rigueur",
    "Rust",
    "PostgreSQL",
    "Docker",
    "paie",
    "facturation",
    "patients",
    "soins",
    "entrepôt",
    "commandes",
    "vente",
    "magasin",
    "gestion",
    "suivi",
    "amélioration",
    "continue",
    "outils",
    "rapports",
    "réunions",
    "formation",
    "de",
    "la",
    "et",
    "les",
    "pour",
    "avec",
];

/// Every n-th item, from a start that depends on the profile: no randomness, few repetitions.
fn pick(from: &[&str], profile: usize, count: usize) -> Vec<String> {
    (0..count)
        .map(|n| from[(profile * 7 + n * (3 + profile % 5)) % from.len()].to_owned())
        .collect()
}

fn skills(profile: usize, count: usize) -> Vec<Skill> {
    pick(SKILLS, profile, count)
        .into_iter()
        .enumerate()
        .map(|(n, name)| Skill {
            name,
            level: (n % 2 == 0).then_some(3),
            years: None,
        })
        .collect()
}

fn languages() -> Vec<LanguageSkill> {
    [("fr", LanguageLevel::Native), ("en", LanguageLevel::B2)]
        .map(|(code, level)| LanguageSkill {
            code: code.to_owned(),
            level: Some(level),
        })
        .into()
}

fn location(profile: usize) -> Location {
    Location {
        city: Some("Paris".to_owned()),
        country: Some("FR".to_owned()),
        coordinates: Some(Coordinates {
            latitude: 48.0 + (profile % 10) as f64 / 10.0,
            longitude: 2.3,
        }),
    }
}

fn salary(min: f64) -> SalaryRange {
    SalaryRange {
        min: Some(min),
        max: Some(min + 8_000.0),
        currency: Some("EUR".to_owned()),
        period: None,
    }
}

fn education() -> Education {
    Education {
        level: Some(EducationLevel::Bachelor),
        field: Some("Informatique".to_owned()),
    }
}

fn candidate(profile: usize) -> Candidate {
    Candidate {
        title: Some(TITLES[profile % TITLES.len()].to_owned()),
        summary: Some(pick(WORDS, profile, 80).join(" ")),
        skills: skills(profile, 12),
        experience_years: Some((profile % 12) as f64),
        education: Some(education()),
        languages: languages(),
        location: Some(location(profile)),
        remote: Some(RemotePreference::Only(RemoteMode::Hybrid)),
        max_distance_km: Some(30.0),
        contract_types: vec![ContractType::Permanent],
        salary: Some(salary(38_000.0)),
        industries: vec!["Informatique".to_owned()],
        past_titles: pick(TITLES, profile, 2),
        ..Candidate::default()
    }
}

fn job_posting(profile: usize) -> JobPosting {
    JobPosting {
        title: Some(TITLES[(profile * 3) % TITLES.len()].to_owned()),
        description: Some(pick(WORDS, profile + 1, 160).join(" ")),
        required_skills: skills(profile + 3, 8),
        preferred_skills: skills(profile + 11, 4),
        experience_years: Some(ExperienceRange {
            min: Some(3.0),
            max: Some(6.0),
        }),
        education: Some(education()),
        languages: languages(),
        location: Some(location(profile + 4)),
        remote: Some(RemoteMode::Hybrid),
        contract_type: Some(ContractType::Permanent),
        salary: Some(salary(36_000.0)),
        industry: Some("Logiciel".to_owned()),
        ..JobPosting::default()
    }
}

fn report(what: &str, count: usize, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!("{what:<24} {:>10.0}/s", count as f64 / seconds);
}

fn main() {
    let engine = Engine::new(Weights::default());
    // The tables are read at first use.
    black_box(engine.compile_candidate(&candidate(0)));

    let began = Instant::now();
    let candidates: Vec<_> = (0..PROFILES)
        .map(|profile| engine.compile_candidate(&candidate(profile)))
        .collect();
    report("candidates compiled", PROFILES, began);
    let began = Instant::now();
    let postings: Vec<_> = (0..PROFILES)
        .map(|profile| engine.compile_job_posting(&job_posting(profile)))
        .collect();
    report("job postings compiled", PROFILES, began);

    let pairs = PROFILES * PROFILES;
    let began = Instant::now();
    for candidate in &candidates {
        for posting in &postings {
            black_box(engine.score(candidate, posting).score());
        }
    }
    report("pairs scored", pairs, began);

    let mut bytes = 0;
    let began = Instant::now();
    for candidate in &candidates {
        for posting in &postings {
            let assessment = engine.score(candidate, posting);
            let document = assessment.to_document(Some(1), Some(2), "2026-01-01T00:00:00Z");
            bytes += black_box(document).len();
        }
    }
    report("documents written", pairs, began);
    println!("{} bytes a document", bytes / pairs);
}
