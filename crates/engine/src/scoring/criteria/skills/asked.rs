//! The requested skills of a posting: required and preferred ones.

use super::prepared::{Merge, PreparedSkill, prepare};
use crate::{
    profiles::skill::Skill,
    scoring::{prose::Prose, taxonomy, vocabulary::language_skill},
};

const REQUIRED_WEIGHT: f64 = 3.0;
const PREFERRED_WEIGHT: f64 = 1.0;
/// Factor for the weight of soft skills and the basics of office software.
const EVERYDAY: f64 = 0.25;

/// A requested skill.
#[derive(Debug)]
pub struct AskedSkill {
    /// The skill.
    pub skill: PreparedSkill,
    /// True if the skill is required rather than preferred.
    pub is_required: bool,
    /// Weight among the requested skills, in [0.075, 3].
    pub weight: f64,
}

impl AskedSkill {
    fn of(skill: PreparedSkill, is_required: bool) -> Self {
        let importance = if is_required {
            REQUIRED_WEIGHT
        } else {
            PREFERRED_WEIGHT
        };
        let everyday = if skill.is_everyday() { EVERYDAY } else { 1.0 };
        Self {
            weight: importance * skill.rarity() * everyday,
            skill,
            is_required,
        }
    }

    /// True if the skill is the language with this code.
    pub fn is_language(&self, code: &str) -> bool {
        let language = language_skill(code);
        language.is_some()
            && self
                .skill
                .meanings()
                .any(|skill| language == Some(skill.id))
    }
}

/// The requested skills.
#[derive(Debug, Default)]
pub struct AskedSkills {
    /// Required skills first, then by name.
    pub asked: Box<[AskedSkill]>,
    /// True if they were read from the description.
    pub are_read: bool,
}

impl AskedSkills {
    /// Compiles the two lists, or the description's skills if both are empty. A skill in both lists
    /// is required.
    pub fn of(required: &[Skill], preferred: &[Skill], description: &Prose) -> Self {
        let required = prepare(required, &[], Merge::Asked);
        let mut preferred = prepare(preferred, &[], Merge::Asked);
        let are_read = required.is_empty() && preferred.is_empty();
        if are_read {
            let mentions = description.skills.iter();
            let read: Vec<Skill> = mentions
                .filter(|mention| taxonomy::is_asked_in_text(mention.skill))
                .map(|mention| Skill::named(description.said.quote(mention.bytes.clone()).0))
                .collect();
            preferred = prepare(&read, &[], Merge::Asked);
        }
        preferred.retain(|skill| required.iter().all(|required| required.id != skill.id));
        let ask = |is_required: bool| move |skill| AskedSkill::of(skill, is_required);
        Self {
            are_read: are_read && !preferred.is_empty(),
            asked: required
                .into_iter()
                .map(ask(true))
                .chain(preferred.into_iter().map(ask(false)))
                .collect(),
        }
    }
}
