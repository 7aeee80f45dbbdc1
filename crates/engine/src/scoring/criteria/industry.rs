//! Industry: compares the posting's industry with the closest of the candidate's, by the terms that
//! they share (see [`overlap`]).

use serde::Serialize;

use super::{Outcome, Scored, Unscored};
use crate::scoring::{
    text,
    vocabulary::{INDUSTRIES, SkillId, Terms, overlap, resolve},
};

/// An industry, compiled.
#[derive(Debug)]
pub struct Industry {
    /// The text as written, trimmed.
    pub written: String,
    terms: Terms,
    /// The skill of this name, for postings that request an industry as a skill.
    pub skill: SkillId,
}

impl Industry {
    /// Compiles an industry; returns `None` for a text without words.
    pub fn of(written: &str) -> Option<Self> {
        let terms = INDUSTRIES.term_set(&text::prose_words(written));
        (!terms.is_empty()).then(|| Self {
            written: written.trim().to_owned(),
            terms,
            skill: resolve(written).id,
        })
    }

    /// Compiles several industries, sorted by their text.
    pub fn all(written: &[String]) -> Vec<Self> {
        let mut industries: Vec<Self> = written.iter().filter_map(|one| Self::of(one)).collect();
        industries.sort_by(|one, other| one.written.cmp(&other.written));
        industries
    }
}

/// The candidate's closest industry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its index among the candidate's industries.
    #[serde(skip)]
    pub closest: usize,
}

/// Returns the best [`overlap`].
pub fn measure(candidate: &[Industry], posting: Option<&Industry>) -> Outcome<Finding> {
    let Some(requested) = posting.filter(|_| !candidate.is_empty()) else {
        return Err(Unscored::silent(!candidate.is_empty(), posting.is_some()));
    };
    let mut best = (-1.0, 0);
    for (at, known) in candidate.iter().enumerate() {
        let score = overlap(&requested.terms, &known.terms);
        if score > best.0 {
            best = (score, at);
        }
    }
    Ok(Scored {
        score: best.0,
        finding: Finding { closest: best.1 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_industry_counts_in_either_language() {
        let known = Industry::all(&["Santé".to_owned(), "Bâtiment".to_owned()]);
        let score = |requested: &str| {
            measure(&known, Industry::of(requested).as_ref())
                .unwrap()
                .score
        };
        assert!((score("Construction") - 1.0).abs() < 1e-9);
        assert!((score("Healthcare") - 1.0).abs() < 1e-9);
        assert!(score("Banque") < 1e-9);
    }
}
