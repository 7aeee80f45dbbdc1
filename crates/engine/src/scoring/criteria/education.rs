//! Education: a level on the ladder of the European Qualifications Framework, and a field.
//!
//! The level asked for or a higher one scores 1, one step below 0.6, each further
//! step half of that. Fields are
//! compared by the terms that they share (see [`overlap`]) and by their vectors; the larger
//! likeness counts. Where a posting asks for both and the candidate states
//! both, the level counts for 0.75 and the field for 0.25; otherwise the one that both sides state
//! decides alone.

use serde::Serialize;

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
/// Fields of this cosine or less have nothing to do with each other.
const UNRELATED_COSINE: f64 = 0.2;

/// Characters of the longest diploma that is named; a longer one is a text.
const LONGEST_DIPLOMA: usize = 60;

/// Returns whether any word of a field is known and no acronym, which stands for several things.
fn has_known_word(field: &str) -> bool {
    let is_word = |word: &str| word.len() > 3 && word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let words = embedding::words(field);
    (words.iter()).any(|word| is_word(word) && Direction::of_known_word(word).is_some())
}

/// Education as one side states it, prepared.
#[derive(Debug, Default)]
pub struct StatedEducation {
    /// The level.
    pub level: Option<EducationLevel>,
    /// The diploma of that level, as stated; none where only the level is.
    pub diploma: Option<Box<str>>,
    /// A higher level that is being studied for.
    in_progress: Option<EducationLevel>,
    /// The field's terms; empty when no field is stated.
    field: Terms,
    /// Vector of the field; none where no word of it is known: « MCO ».
    meaning: Option<Vector>,
}

impl StatedEducation {
    /// Reads one side.
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

    /// The same with the diploma of its level, of those that are held. One that is written together
    /// with its level loses that: "vocational DEAS".
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

    /// How close the field is to the one asked for, in [0, 1]: the share of its terms, or how near
    /// the meanings are. None where a side states none, and where nothing is shared and one means
    /// nothing that is known.
    fn field_likeness(&self, asked: &Self) -> Option<f64> {
        if self.field.is_empty() || asked.field.is_empty() {
            return None;
        }
        let shared = overlap(&asked.field, &self.field);
        match self.meaning.as_ref().zip(asked.meaning.as_ref()) {
            Some((held, asked)) => {
                let cosine = f64::from(held.cosine(asked));
                let nearness = (cosine - UNRELATED_COSINE) / (1.0 - UNRELATED_COSINE);
                Some(shared.max(nearness).clamp(0.0, 1.0) + 0.0)
            }
            None => Some(shared).filter(|shared| *shared > 0.0),
        }
    }
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Finding {
    /// The level asked for.
    #[serde(serialize_with = "level_name")]
    pub level_required: Option<EducationLevel>,
    /// The level the candidate has.
    #[serde(serialize_with = "level_name")]
    pub level_actual: Option<EducationLevel>,
    /// The higher level that is being studied for; it earns nothing.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "level_name")]
    pub level_in_progress: Option<EducationLevel>,
    /// How close the fields are, 0 to 1, where both are stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_likeness: Option<f64>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn level_name<S: serde::Serializer>(
    level: &Option<EducationLevel>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    level.map(EducationLevel::as_str).serialize(serializer)
}

/// See the module's head.
pub fn measure(candidate: &StatedEducation, posting: &StatedEducation) -> Outcome<Finding> {
    measure_at(candidate.level, candidate, posting)
}

/// The same, the candidate's level being another.
pub fn measure_at(
    level_actual: Option<EducationLevel>,
    candidate: &StatedEducation,
    posting: &StatedEducation,
) -> Outcome<Finding> {
    let level = level_actual.zip(posting.level).map(|(held, asked)| {
        match asked.step().saturating_sub(held.step()) {
            0 => 1.0,
            steps => ONE_STEP_BELOW / f64::from(1_u32 << (steps - 1)),
        }
    });
    let field = candidate.field_likeness(posting);
    let score = match (level, field) {
        (Some(level), Some(field)) => LEVEL_SHARE * level + (1.0 - LEVEL_SHARE) * field,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => {
            // Each side may state what the other leaves open; then the candidate lacks what is
            // asked.
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
            field_likeness: field.map(|likeness| (likeness * 1e4).round() / 1e4),
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
    fn the_level_asked_for_or_more_is_enough() {
        let asked = stated(Some(EducationLevel::Bachelor), None);
        for (level, expected) in [
            (EducationLevel::Doctorate, 1.0),
            (EducationLevel::Bachelor, 1.0),
            (EducationLevel::ShortCycle, 0.6),
            (EducationLevel::Secondary, 0.3),
            (EducationLevel::Vocational, 0.15),
            (EducationLevel::None, 0.075),
        ] {
            let actual = score(&stated(Some(level), None), &asked);
            assert!((actual - expected).abs() < 1e-9, "{level:?}: {actual}");
        }
    }

    #[test]
    fn the_field_counts_for_a_quarter_in_either_language() {
        let asked = stated(Some(EducationLevel::Master), Some("Computer science"));
        let same = stated(Some(EducationLevel::Master), Some("Informatique"));
        let other = stated(Some(EducationLevel::Master), Some("Droit"));
        assert!((score(&same, &asked) - 1.0).abs() < 1e-9);
        assert!((score(&other, &asked) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn related_fields_are_neither_equal_nor_wholly_apart() {
        for (held, asked) in [
            ("Mechanical fitting", "Mechanical engineering"),
            ("comptabilité et gestion", "finance"),
            ("soudage", "chaudronnerie"),
        ] {
            let (held, asked) = (stated(None, Some(held)), stated(None, Some(asked)));
            let likeness = held.field_likeness(&asked).unwrap();
            assert!(likeness > 0.0 && likeness < 1.0, "{likeness}");
        }
    }

    #[test]
    fn an_unknown_acronym_is_no_other_field() {
        let asked = stated(Some(EducationLevel::ShortCycle), Some("commerce"));
        let held = stated(Some(EducationLevel::ShortCycle), Some("MCO"));
        assert_eq!(held.field_likeness(&asked), None);
        assert!((score(&held, &asked) - 1.0).abs() < 1e-9);
        assert_eq!(held.field_likeness(&held), Some(1.0));
    }

    #[test]
    fn a_field_against_a_level_is_not_compared() {
        let asked = stated(Some(EducationLevel::Master), None);
        let held = stated(None, Some("Droit"));
        assert_eq!(
            measure(&held, &asked).unwrap_err(),
            Unscored::CandidateSilent
        );
        assert_eq!(
            measure(&held, &stated(None, None)).unwrap_err(),
            Unscored::PostingSilent
        );
    }
}
