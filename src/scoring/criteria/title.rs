//! Job titles.
//!
//! A title is cut into terms: known occupations and title words (French and English forms are one
//! term, generic words such as « responsable » or "manager" count for half), stems of all other
//! words, and apart from them a seniority (junior, senior, lead, …). Gender forms, « (H/F) » and
//! little words are left out.
//!
//! The score is Tversky's index of the terms (see [`overlap`]), less 0.1 for each step between the
//! seniorities where both titles name one (at most 0.3). The candidate's current title counts in
//! full, a past one for 0.85 of its score; the best one decides. Past titles are not told apart by
//! age: a long list of positions says little about which one matters.

use serde::Serialize;

use super::{Outcome, Scored, Unscored};
use crate::scoring::{
    text,
    vocabulary::{TITLES, Terms, overlap},
};

const PAST_TITLE: f64 = 0.85;
const LOSS_PER_STEP: f64 = 0.1;
const MOST_STEPS: u8 = 3;

/// One title, prepared.
#[derive(Debug)]
pub struct Title {
    /// As written, trimmed.
    pub written: String,
    terms: Terms,
    seniority: Option<u8>,
}

impl Title {
    /// Reads a title; none when it names no occupation or task.
    pub fn of(written: &str) -> Option<Self> {
        let mut seniority = None;
        let words: Vec<String> = text::prose_words(written)
            .into_iter()
            .filter(|word| match seniority_of(word) {
                Some(step) => {
                    seniority = seniority.max(Some(step));
                    false
                }
                None => !text::is_gender_mark(word),
            })
            .collect();
        let terms = TITLES.term_set(&words);
        (!terms.is_empty()).then(|| Self {
            written: written.trim().to_owned(),
            terms,
            seniority,
        })
    }

    fn likeness(&self, asked: &Self) -> f64 {
        let steps = match (self.seniority, asked.seniority) {
            (Some(held), Some(asked)) => held.abs_diff(asked).min(MOST_STEPS),
            _ => 0,
        };
        overlap(&asked.terms, &self.terms) * (1.0 - LOSS_PER_STEP * f64::from(steps))
    }
}

/// The step of a seniority word: 0 in training, 1 junior, 2 experienced, 3 senior, 4 leading.
fn seniority_of(word: &str) -> Option<u8> {
    match text::stem(word).as_str() {
        "stagiair" | "stag" | "intern" | "internship" | "traine" | "apprenti" | "apprentic"
        | "alternant" | "alternanc" | "apprentissag" | "apprenticeship" => Some(0),
        "junior" | "debutant" | "jr" => Some(1),
        "confirm" | "experiment" | "experienced" | "mid" | "intermediat" | "intermediair" => {
            Some(2)
        }
        "senior" | "sr" => Some(3),
        "lead" | "leader" | "principal" => Some(4),
        _ => None,
    }
}

/// The candidate's titles.
#[derive(Debug, Default)]
pub struct HeldTitles {
    current: Option<Title>,
    /// Sorted by their text.
    past: Vec<Title>,
}

impl HeldTitles {
    /// Reads the current title and the past ones.
    pub fn of(current: Option<&str>, past: &[String]) -> Self {
        let mut past: Vec<Title> = past.iter().filter_map(|title| Title::of(title)).collect();
        past.sort_by(|one, other| one.written.cmp(&other.written));
        Self {
            current: current.and_then(Title::of),
            past,
        }
    }

    fn is_silent(&self) -> bool {
        self.current.is_none() && self.past.is_empty()
    }

    /// The title a finding is about.
    pub fn closest(&self, finding: &Finding) -> Option<&Title> {
        match finding.past {
            Some(at) => self.past.get(at),
            None => self.current.as_ref(),
        }
    }
}

/// Which of the candidate's titles is closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its place among the past titles; none for the current one.
    #[serde(skip)]
    past: Option<usize>,
}

impl Finding {
    /// Whether the closest title is a past one.
    pub fn is_past(&self) -> bool {
        self.past.is_some()
    }
}

/// See the module's head.
pub fn measure(candidate: &HeldTitles, posting: Option<&Title>) -> Outcome<Finding> {
    let Some(asked) = posting.filter(|_| !candidate.is_silent()) else {
        return Err(Unscored::silent(!candidate.is_silent(), posting.is_some()));
    };
    let current = candidate
        .current
        .as_ref()
        .map(|title| (title.likeness(asked), None));
    let past = candidate
        .past
        .iter()
        .enumerate()
        .map(|(at, title)| (title.likeness(asked) * PAST_TITLE, Some(at)));
    let mut best = (-1.0, None);
    for (score, at) in current.into_iter().chain(past) {
        if score > best.0 {
            best = (score, at);
        }
    }
    Ok(Scored {
        score: best.0,
        finding: Finding { past: best.1 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(current: &str, past: &[&str], asked: &str) -> f64 {
        let past: Vec<String> = past.iter().map(ToString::to_string).collect();
        measure(
            &HeldTitles::of(Some(current), &past),
            Title::of(asked).as_ref(),
        )
        .unwrap()
        .score
    }

    #[test]
    fn gender_forms_marks_and_languages_make_no_difference() {
        for (held, asked) in [
            ("Développeuse Rust", "Développeur / Développeuse Rust (H/F)"),
            ("Chargée de recrutement", "Chargé(e) de recrutement H/F"),
            ("Vendeuse", "Vendeur(se)"),
            ("Vendeuse", "Vendeur.euse (f/h/x)"),
            ("Infirmière", "Registered nurse"),
            ("Comptable", "Accountant"),
            ("Aide soignante", "Aide-soignant(e)"),
            ("Software engineer", "Développeur·euse"),
            ("Sales assistant", "Conseillère de vente"),
            ("Back-end developer", "Développeur backend"),
            ("Chef de projet", "Project manager"),
        ] {
            let score = score(held, &[], asked);
            assert!(score > 0.99, "{held} / {asked}: {score}");
        }
    }

    #[test]
    fn a_shared_generic_word_is_not_a_shared_occupation() {
        assert!(score("Responsable paie", &[], "Responsable logistique") < 0.5);
        assert!(score("Chef de cuisine", &[], "Chef de projet") < 0.1);
        assert!(score("Infirmière", &[], "Développeur") < 1e-9);
    }

    #[test]
    fn a_missing_word_costs_more_than_one_too_many() {
        let missing = score("Développeur", &[], "Développeur Rust");
        let extra = score("Développeur Rust", &[], "Développeur");
        assert!(missing < extra && extra < 1.0, "{missing} {extra}");
    }

    #[test]
    fn seniority_counts_only_where_both_name_one() {
        let same = score("Développeur senior", &[], "Senior developer");
        let apart = score("Développeur junior", &[], "Senior developer");
        let unsaid = score("Développeur", &[], "Senior developer");
        assert!((same - 1.0).abs() < 1e-9 && (unsaid - 1.0).abs() < 1e-9);
        assert!((apart - 0.8).abs() < 1e-9, "{apart}");
    }

    #[test]
    fn a_past_title_counts_for_less_than_the_current_one() {
        let past = score("Vendeuse", &["Serveuse", "Comptable"], "Comptable");
        assert!((past - 0.85).abs() < 1e-9, "{past}");
    }

    #[test]
    fn a_title_of_marks_alone_says_nothing() {
        assert!(Title::of("(H/F)").is_none());
        assert!(Title::of("  ").is_none());
        assert_eq!(
            measure(&HeldTitles::default(), Title::of("Comptable").as_ref()).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
