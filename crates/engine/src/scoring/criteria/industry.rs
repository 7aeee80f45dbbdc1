//! Industry: compares the posting's industry with the closest of the candidate's, by the terms that
//! they share (see [`overlap`]).

use std::borrow::Cow;

use super::{FieldCriterion, Outcome, Scored, Unscored};
use crate::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::{
        document::document,
        text,
        total::round,
        vocabulary::{INDUSTRIES, SkillId, Terms, overlap, resolve},
    },
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Its index among the candidate's industries.
    pub closest: usize,
}

document! {
    /// The facts about industries.
    pub struct IndustryFacts<'a> {
        /// The posting's industry.
        always industry_required: Cow<'a, str>,
        /// The candidate's industry that is most similar to it.
        always closest: Cow<'a, str>,
        /// True if the candidate states several, and none is known to be similar.
        optional none_near: bool,
    }
}

/// The rules of this criterion.
pub struct Rules;

impl FieldCriterion for Rules {
    type Held = Vec<Industry>;
    type Requested = Option<Industry>;
    type Finding = Finding;
    type Facts<'a> = IndustryFacts<'a>;

    fn held(candidate: &Candidate) -> Vec<Industry> {
        Industry::all(&candidate.industries)
    }

    fn requested(posting: &JobPosting) -> Option<Industry> {
        posting.industry.as_deref().and_then(Industry::of)
    }

    fn measure(held: &Vec<Industry>, requested: &Option<Industry>) -> Outcome<Finding> {
        measure(held, requested.as_ref())
    }

    fn facts<'a>(
        found: &Scored<Finding>,
        held: &'a Vec<Industry>,
        requested: &'a Option<Industry>,
    ) -> Option<IndustryFacts<'a>> {
        Some(IndustryFacts {
            industry_required: Cow::Borrowed(&requested.as_ref()?.written),
            closest: Cow::Borrowed(&held.get(found.finding.closest)?.written),
            none_near: held.len() > 1 && round(found.score, 1e4) <= 0.0,
        })
    }
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
