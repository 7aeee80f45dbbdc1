//! Education: a level of the European Qualifications Framework, and a field.
//!
//! The required level or a higher one scores 1, one level below 0.6, each further level half of
//! that. Fields are compared by their shared terms (see [`overlap`]) and by their vectors; the
//! larger similarity counts. If a posting requires both and the candidate states both, the level
//! has weight 0.75 and the field 0.25; otherwise the one that both sides state decides alone.

use super::{Outcome, Scored, Unscored};
use crate::{
    embedding::{self, Direction, Vector},
    profiles::education::{Education, EducationLevel},
    scoring::{
        text,
        vocabulary::{FIELDS, Terms, overlap},
    },
};

const LEVEL_SHARE: f64 = 0.75;
const ONE_STEP_BELOW: f64 = 0.6;
/// Fields with this cosine or a smaller one are unrelated.
const UNRELATED_COSINE: f64 = 0.2;

/// The most characters of a diploma that is named; a longer one is running text.
const LONGEST_DIPLOMA: usize = 60;

/// Words of the names of diplomas, which say nothing about the field.
const OF_DIPLOMAS: &[&str] = &[
    "bachelor",
    "baccalaureat",
    "brevet",
    "certificat",
    "certificate",
    "degree",
    "diploma",
    "diplome",
    "doctorat",
    "formation",
    "licence",
    "master",
    "mention",
    "niveau",
    "option",
    "professionnel",
    "professionnelle",
    "superieur",
    "technicien",
    "titre",
];

/// True if a field has a known word that is no acronym, which may have several meanings.
fn has_known_word(field: &str) -> bool {
    let is_word = |word: &str| word.len() > 3 && word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let words = embedding::words(field);
    (words.iter()).any(|word| {
        is_word(word)
            && !OF_DIPLOMAS.contains(&word.as_str())
            && Direction::of_known_word(word).is_some()
    })
}

/// One side's education, compiled.
#[derive(Debug, Default)]
pub struct StatedEducation {
    /// The level.
    pub level: Option<EducationLevel>,
    /// The diploma of that level, as stated; `None` if only the level is stated.
    pub diploma: Option<Box<str>>,
    /// A higher level in progress.
    in_progress: Option<EducationLevel>,
    /// The field's terms; empty if no field is stated.
    field: Terms,
    /// Vector of the field; `None` if none of its words is known: « MCO ».
    meaning: Option<Vector>,
}

impl StatedEducation {
    /// Compiles one side.
    pub fn of(education: Option<&Education>) -> Self {
        let field = education.and_then(|education| education.field.as_deref());
        Self {
            level: education.and_then(|education| education.level),
            diploma: None,
            in_progress: education.and_then(|education| education.in_progress),
            field: FIELDS.term_set(&text::prose_words(field.unwrap_or_default())),
            meaning: field
                .filter(|field| has_known_word(field))
                .and_then(Vector::of),
        }
    }

    /// Adds the held diploma of this level. If it is written together with the level ("vocational
    /// DEAS"), the level is removed from its name.
    pub fn with_diploma(mut self, diplomas: &[String]) -> Self {
        let Some(level) = self.level else {
            return self;
        };
        let name = |diploma: &String| {
            let diploma = diploma.trim();
            let (first, rest) = diploma.split_once(' ').unwrap_or((diploma, ""));
            let states_level = first.eq_ignore_ascii_case(level.as_str());
            let name = if states_level { rest.trim() } else { diploma };
            let named = EducationLevel::parse(name)?;
            let is_plain = name.chars().all(|letter| !letter.is_control());
            let is_its = named == level || states_level;
            let is_short = name.chars().count() <= LONGEST_DIPLOMA;
            (is_its && is_short && is_plain && !name.eq_ignore_ascii_case(level.as_str()))
                .then(|| name.into())
        };
        let mut named: Vec<Box<str>> = diplomas.iter().filter_map(name).collect();
        named.sort_unstable();
        self.diploma = named.into_iter().next();
        self
    }

    fn says_something(&self) -> bool {
        self.level.is_some() || !self.field.is_empty()
    }

    /// Returns the similarity of the field to the required one, in [0, 1]: the share of its terms
    /// or the similarity of the vectors, whichever is larger. Returns `None` if a side states no
    /// field, or if nothing is shared and one of them has no vector.
    fn field_similarity(&self, requested: &Self) -> Option<f64> {
        if self.field.is_empty() || requested.field.is_empty() {
            return None;
        }
        let shared = overlap(&requested.field, &self.field);
        match self.meaning.as_ref().zip(requested.meaning.as_ref()) {
            Some((held, requested)) => {
                let cosine = f64::from(held.cosine(requested));
                let nearness = (cosine - UNRELATED_COSINE) / (1.0 - UNRELATED_COSINE);
                Some(shared.max(nearness).clamp(0.0, 1.0) + 0.0)
            }
            None => Some(shared).filter(|shared| *shared > 0.0),
        }
    }
}

/// The compared values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The required level.
    pub level_required: Option<EducationLevel>,
    /// The level held.
    pub level_actual: Option<EducationLevel>,
    /// The higher level in progress; it earns nothing.
    pub level_in_progress: Option<EducationLevel>,
    /// The similarity of the fields, in [0, 1], if both are stated. 0 also if they can't be
    /// compared, in which case the level alone decides the score.
    pub field_similarity: Option<f64>,
}

/// Scores education by the rules of the module documentation.
pub fn measure(candidate: &StatedEducation, posting: &StatedEducation) -> Outcome<Finding> {
    measure_at(candidate.level, candidate, posting)
}

/// Scores education as if the candidate held another level.
pub fn measure_at(
    level_actual: Option<EducationLevel>,
    candidate: &StatedEducation,
    posting: &StatedEducation,
) -> Outcome<Finding> {
    let level = level_actual.zip(posting.level).map(|(held, requested)| {
        match requested.step().saturating_sub(held.step()) {
            0 => 1.0,
            steps => ONE_STEP_BELOW / f64::from(1_u32 << (steps - 1)),
        }
    });
    let field = candidate.field_similarity(posting);
    let are_fields_stated = !candidate.field.is_empty() && !posting.field.is_empty();
    let score = match (level, field) {
        (Some(level), Some(field)) => LEVEL_SHARE * level + (1.0 - LEVEL_SHARE) * field,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => {
            // Each side may state only what the other does not, in which case the candidate counts
            // as the silent side.
            let posting_says = posting.says_something();
            let candidate_says = candidate.says_something() && !posting_says;
            return Err(Unscored::silent(candidate_says, posting_says));
        }
    };
    Ok(Scored {
        score,
        finding: Finding {
            level_required: posting.level,
            level_actual,
            level_in_progress: candidate.in_progress.filter(|_| level.is_some()),
            field_similarity: field
                .or(are_fields_stated.then_some(0.0))
                .map(|similarity| (similarity * 1e4).round() / 1e4),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(level: Option<EducationLevel>, field: Option<&str>) -> StatedEducation {
        StatedEducation::of(Some(&Education {
            level,
            field: field.map(str::to_owned),
            in_progress: None,
        }))
    }

    fn score(candidate: &StatedEducation, posting: &StatedEducation) -> f64 {
        measure(candidate, posting).unwrap().score
    }

    #[test]
    fn the_requested_level_or_more_scores_fully() {
        let requested = stated(Some(EducationLevel::Bachelor), None);
        for (level, expected) in [
            (EducationLevel::Doctorate, 1.0),
            (EducationLevel::Bachelor, 1.0),
            (EducationLevel::ShortCycle, 0.6),
            (EducationLevel::Secondary, 0.3),
            (EducationLevel::Vocational, 0.15),
            (EducationLevel::None, 0.075),
        ] {
            let actual = score(&stated(Some(level), None), &requested);
            assert!((actual - expected).abs() < 1e-9, "{level:?}: {actual}");
        }
    }

    #[test]
    fn the_field_counts_for_a_quarter_in_either_language() {
        let requested = stated(Some(EducationLevel::Master), Some("Computer science"));
        let same = stated(Some(EducationLevel::Master), Some("Informatique"));
        let other = stated(Some(EducationLevel::Master), Some("Droit"));
        assert!((score(&same, &requested) - 1.0).abs() < 1e-9);
        assert!((score(&other, &requested) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn related_fields_are_partly_similar() {
        for (held, requested) in [
            ("Mechanical fitting", "Mechanical engineering"),
            ("comptabilité et gestion", "finance"),
            ("soudage", "chaudronnerie"),
        ] {
            let (held, requested) = (stated(None, Some(held)), stated(None, Some(requested)));
            let similarity = held.field_similarity(&requested).unwrap();
            assert!(similarity > 0.0 && similarity < 1.0, "{similarity}");
        }
    }

    #[test]
    fn an_unknown_acronym_is_not_another_field() {
        let requested = stated(Some(EducationLevel::ShortCycle), Some("commerce"));
        let held = stated(Some(EducationLevel::ShortCycle), Some("MCO"));
        assert_eq!(held.field_similarity(&requested), None);
        assert!((score(&held, &requested) - 1.0).abs() < 1e-9);
        assert_eq!(held.field_similarity(&held), Some(1.0));
    }

    #[test]
    fn a_field_against_a_level_is_not_compared() {
        let requested = stated(Some(EducationLevel::Master), None);
        let held = stated(None, Some("Droit"));
        assert_eq!(
            measure(&held, &requested).unwrap_err(),
            Unscored::CandidateSilent
        );
        assert_eq!(
            measure(&held, &stated(None, None)).unwrap_err(),
            Unscored::PostingSilent
        );
    }
}
