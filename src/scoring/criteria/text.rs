//! The candidate's summary against the posting's description.
//!
//! Both texts become terms: known skills and occupations (one term in either language, counted
//! double) and stems of the other words. Stop words go, words that any posting or CV may use count
//! for a fifth, and a term that occurs n times weighs 1 + ln n (Manning, Raghavan, Schütze,
//! "Introduction to Information Retrieval", 6.4.1). The cosine c of the two is damped to
//! 1.25·c / (c + 0.25), which keeps 0 and 1, is strictly rising, and spreads the low values that
//! even a good summary reaches against a long description. There are no corpus statistics, so the
//! score of a pair depends on that pair alone.

use serde::Serialize;

use super::{Outcome, Scored, Unscored};
use crate::scoring::{
    prose::Prose,
    text,
    vocabulary::{Said, TITLES},
};

const KNOWN_TERM: f64 = 2.0;
const COMMON_WORD: f64 = 0.2;
const DAMPING: f64 = 0.25;

/// The heaviest terms kept of one text, so that one huge text can't slow every comparison down.
const MOST_TERMS: usize = 512;

/// Terms of a text, sorted by term, with weights of unit length; empty when nothing is said.
pub type TextVector = Vec<(u64, f64)>;

/// Weighs a text's terms.
pub fn vector(prose: &Prose) -> TextVector {
    let mut counted: Vec<(u64, f64)> = TITLES
        .read(&prose.words)
        .map(|said| match said {
            Said::Phrase(term, weight) => (term, weight * KNOWN_TERM),
            Said::Word(stem) if COMMON_STEMS.binary_search(&stem.as_str()).is_ok() => {
                (text::hash(&stem), COMMON_WORD)
            }
            Said::Word(stem) => (text::hash(&stem), 1.0),
        })
        .collect();
    counted.extend(
        prose
            .skills
            .iter()
            .map(|skill| (skill.id ^ SKILL_TERM, KNOWN_TERM)),
    );
    counted.sort_unstable_by_key(|term| term.0);
    let mut terms: TextVector = counted
        .chunk_by(|one, other| one.0 == other.0)
        .map(|same| (same[0].0, same[0].1 * (1.0 + (same.len() as f64).ln())))
        .collect();
    if terms.len() > MOST_TERMS {
        terms.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        terms.truncate(MOST_TERMS);
        terms.sort_unstable_by_key(|term| term.0);
    }
    let length = terms.iter().map(|term| term.1 * term.1).sum::<f64>().sqrt();
    for term in &mut terms {
        term.1 /= length;
    }
    terms
}

/// Keeps the ids of skills apart from the hashes of stems.
const SKILL_TERM: u64 = 0x736b_696c_6c00_0000;

/// Nothing but the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Finding {}

/// See the module's head.
pub fn measure(candidate: &TextVector, posting: &TextVector) -> Outcome<Finding> {
    if candidate.is_empty() || posting.is_empty() {
        return Err(Unscored::silent(!candidate.is_empty(), !posting.is_empty()));
    }
    let cosine = cosine(candidate, posting).clamp(0.0, 1.0);
    Ok(Scored {
        score: ((1.0 + DAMPING) * cosine / (cosine + DAMPING)).clamp(0.0, 1.0),
        finding: Finding {},
    })
}

fn cosine(one: &TextVector, other: &TextVector) -> f64 {
    let (mut left, mut right, mut sum) = (0, 0, 0.0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        if a.0 == b.0 {
            sum += a.1 * b.1;
        }
        left += usize::from(a.0 <= b.0);
        right += usize::from(b.0 <= a.0);
    }
    sum
}

/// Stems that any posting or CV may use. Sorted.
const COMMON_STEMS: &[&str] = &[
    "abiliti",
    "accompagner",
    "across",
    "activit",
    "annee",
    "ans",
    "assurer",
    "autonomi",
    "avantag",
    "benefit",
    "besoin",
    "bon",
    "bonn",
    "business",
    "cadr",
    "candidat",
    "candidatur",
    "capacit",
    "client",
    "clientel",
    "compani",
    "competenc",
    "connaissanc",
    "contrat",
    "contribuer",
    "day",
    "degr",
    "description",
    "develop",
    "development",
    "developper",
    "different",
    "diplom",
    "domain",
    "dynamic",
    "dynamiqu",
    "emploi",
    "ensur",
    "entrepris",
    "environment",
    "environnement",
    "equip",
    "equivalent",
    "esprit",
    "excellent",
    "experienc",
    "experienced",
    "formation",
    "full",
    "gerer",
    "good",
    "great",
    "group",
    "help",
    "ideal",
    "idealement",
    "includ",
    "integrer",
    "job",
    "join",
    "knowledg",
    "leader",
    "look",
    "maitris",
    "maitriser",
    "manag",
    "minimum",
    "mission",
    "mois",
    "month",
    "motiv",
    "motivated",
    "mutuel",
    "need",
    "new",
    "niveau",
    "nouveau",
    "nouvel",
    "offr",
    "opportuniti",
    "part",
    "participer",
    "partiel",
    "passion",
    "passionat",
    "plein",
    "plus",
    "position",
    "post",
    "preferred",
    "premier",
    "profil",
    "projet",
    "provid",
    "qualification",
    "qualit",
    "realiser",
    "recherch",
    "rechercher",
    "rejoignez",
    "rejoindr",
    "remuneration",
    "required",
    "requirement",
    "requis",
    "responsabilit",
    "responsibiliti",
    "responsibl",
    "restaurant",
    "rigueur",
    "role",
    "salair",
    "salari",
    "secteur",
    "sein",
    "sen",
    "servic",
    "skill",
    "societ",
    "souhait",
    "strong",
    "successful",
    "support",
    "tach",
    "team",
    "teletravail",
    "temp",
    "ticket",
    "time",
    "travail",
    "travailler",
    "using",
    "well",
    "within",
    "work",
    "year",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn score(summary: &str, description: &str) -> f64 {
        measure(
            &vector(&Prose::of([summary])),
            &vector(&Prose::of([description])),
        )
        .unwrap()
        .score
    }

    #[test]
    fn the_same_text_scores_one_and_an_unrelated_one_zero() {
        let words = "Infirmière en réanimation, soins intensifs et urgences";
        assert!((score(words, words) - 1.0).abs() < 1e-9);
        assert!(score("charpente couverture zinguerie", words) < 1e-9);
    }

    #[test]
    fn a_closer_text_scores_higher() {
        let description = "Nous recherchons un développeur Rust pour nos services PostgreSQL.";
        let close = score("Développeuse Rust, bases PostgreSQL", description);
        let near = score("Développeur PHP, sites de commerce", description);
        let far = score("Cuisinier en restauration collective", description);
        assert!(close > near && near > far, "{close} {near} {far}");
    }

    #[test]
    fn known_words_meet_across_languages() {
        let english = "Nurse with experience in first aid";
        assert!(score("Infirmière, premiers secours", english) > 0.3);
    }

    #[test]
    fn common_words_alone_are_little() {
        let common = "Vous rejoignez notre équipe pour un poste avec de l'expérience";
        let both = score(
            &format!("{common} plomberie sanitaire zinguerie"),
            &format!("{common} comptabilité trésorerie fiscalité"),
        );
        assert!(both < 0.5, "{both}");
    }

    #[test]
    fn stop_words_alone_say_nothing() {
        assert!(vector(&Prose::of(["le la les of the and"])).is_empty());
        assert!(vector(&Prose::default()).is_empty());
    }

    #[test]
    fn the_common_stems_can_be_searched() {
        let mut sorted = COMMON_STEMS.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, COMMON_STEMS);
    }
}
