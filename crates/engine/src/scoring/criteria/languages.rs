//! Languages.
//!
//! Each required language is scored, and the mean is the criterion's score. The required level or a
//! higher one scores 1; each CEFR level below it costs 0.25 (see [`falling`]). If a native speaker
//! is required, any other level earns 0.9 of its score for a required C2, because C2 is the same
//! command of the language. A language at an unknown level scores 0.75 if a level is required. A
//! required language scores 0 if the candidate lists languages without it.

use super::{Outcome, Scored, Unscored, falling};
use crate::profiles::language::{LanguageLevel, LanguageSkill};

const LOSS_PER_STEP: f64 = 0.25;
const C2_FOR_NATIVE: f64 = 0.9;
const UNKNOWN_LEVEL: f64 = 0.75;

/// One side's languages, sorted by code, each once with its highest stated level.
pub type Languages = Vec<LanguageSkill>;

/// Compiles one side's languages.
pub fn languages(stated: &[LanguageSkill]) -> Languages {
    let mut languages: Languages = stated
        .iter()
        .map(|language| LanguageSkill {
            // Regions are ignored: fr-FR and fr-CA are both French.
            code: language
                .code
                .split(['-', '_'])
                .next()
                .unwrap_or_default()
                .trim()
                .to_lowercase(),
            level: language.level,
        })
        .filter(|language| !language.code.is_empty())
        .collect();
    languages.sort_by(|one, other| {
        (one.code.as_str(), other.level).cmp(&(other.code.as_str(), one.level))
    });
    languages.dedup_by(|one, other| one.code == other.code);
    languages
}

/// The credit of each required language.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// One credit for each required language, in their order.
    pub credits: Vec<LanguageCredit>,
}

/// The candidate's command of one language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LanguageCredit {
    /// Credit in [0, 1].
    pub credit: f64,
    /// True if the candidate lists the language.
    pub is_spoken: bool,
    /// The candidate's level.
    pub level: Option<LanguageLevel>,
}

/// Scores languages by the rules of the module documentation.
pub fn measure(candidate: &Languages, posting: &Languages) -> Outcome<Finding> {
    if candidate.is_empty() || posting.is_empty() {
        return Err(Unscored::silent(!candidate.is_empty(), !posting.is_empty()));
    }
    let credits: Vec<LanguageCredit> = posting
        .iter()
        .map(|requested| {
            let spoken = candidate
                .binary_search_by(|language| language.code.cmp(&requested.code))
                .ok()
                .map(|at| &candidate[at]);
            let level = spoken.and_then(|language| language.level);
            LanguageCredit {
                credit: spoken.map_or(0.0, |_| credit(level, requested.level)),
                is_spoken: spoken.is_some(),
                level,
            }
        })
        .collect();
    Ok(Scored {
        score: score_of(credits.iter().map(|language| language.credit)),
        finding: Finding { credits },
    })
}

/// Returns the mean of the credits of all required languages; there must be at least one.
pub fn score_of(credits: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = credits.len();
    let sum: f64 = credits.sum();
    (sum / count as f64).clamp(0.0, 1.0)
}

/// Returns the credit of a listed language, in [0, 1].
pub fn credit(held: Option<LanguageLevel>, requested: Option<LanguageLevel>) -> f64 {
    match (held, requested) {
        (_, None) => 1.0,
        (None, Some(_)) => UNKNOWN_LEVEL,
        (Some(held), Some(requested)) if held >= requested => 1.0,
        (Some(held), Some(requested)) => {
            let as_cefr = requested.min(LanguageLevel::C2);
            let steps = as_cefr.step().saturating_sub(held.step());
            let native = if requested == LanguageLevel::Native {
                C2_FOR_NATIVE
            } else {
                1.0
            };
            native * falling(LOSS_PER_STEP * f64::from(steps))
        }
    }
}

#[cfg(test)]
mod tests {
    use LanguageLevel::{A1, A2, B1, B2, C2, Native};

    use super::*;

    fn language(code: &str, level: Option<LanguageLevel>) -> LanguageSkill {
        LanguageSkill {
            code: code.to_owned(),
            level,
        }
    }

    fn score(held: Option<LanguageLevel>, requested: Option<LanguageLevel>) -> f64 {
        measure(
            &languages(&[language("en", held)]),
            &languages(&[language("en", requested)]),
        )
        .unwrap()
        .score
    }

    #[test]
    fn each_missing_step_costs_a_quarter() {
        for (held, requested, expected) in [
            (Native, C2, 1.0),
            (B2, B2, 1.0),
            (C2, A1, 1.0),
            (B1, B2, 0.75),
            (A2, B2, 0.5),
            (A2, C2, 0.09),
            (A1, C2, 0.072),
            (C2, Native, 0.9),
        ] {
            let actual = score(Some(held), Some(requested));
            assert!(
                (actual - expected).abs() < 1e-9,
                "{held:?} for {requested:?}"
            );
        }
    }

    #[test]
    fn an_unknown_level_earns_partial_credit() {
        assert!((score(None, Some(B2)) - 0.75).abs() < 1e-9);
        assert!((score(None, None) - 1.0).abs() < 1e-9);
        assert!((score(Some(A1), None) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_language_missing_from_the_list_earns_nothing() {
        let held = languages(&[language("FR-fr", Some(Native))]);
        let requested = languages(&[language("fr", None), language("de", Some(B1))]);
        let found = measure(&held, &requested).unwrap();
        assert!((found.score - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_language_listed_twice_counts_with_its_highest_level() {
        let listed = languages(&[
            language("en", None),
            language("en", Some(B2)),
            language("EN", Some(A2)),
        ]);
        assert_eq!(listed, [language("en", Some(B2))]);
    }

    #[test]
    fn a_missing_list_is_unscored_rather_than_empty() {
        let requested = languages(&[language("en", None)]);
        assert_eq!(
            measure(&vec![], &requested).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
