//! The requested skills of a posting: required and preferred ones.

use std::sync::Arc;

use super::compiled_skill::{CompiledSkill, Merge, compile};
use crate::{
    profiles::skill::Skill,
    scoring::{
        criteria::title::Title,
        prose::Prose,
        taxonomy,
        vocabulary::{SkillId, language_skill, names_title},
    },
};

const REQUIRED_WEIGHT: f64 = 3.0;
const PREFERRED_WEIGHT: f64 = 1.0;
/// Factor for the weight of soft skills and the basics of office software.
const EVERYDAY: f64 = 0.25;

/// A requested skill.
#[derive(Debug)]
pub struct RequestedSkill {
    /// The skill.
    pub skill: CompiledSkill,
    /// True if the skill is required rather than preferred.
    pub is_required: bool,
    /// Weight among the requested skills, in [0.075, 3].
    pub weight: f64,
    /// The title that it is, if it is an occupation's: "registered nurse".
    pub(super) title: Option<Arc<Title>>,
}

impl RequestedSkill {
    fn of(skill: CompiledSkill, is_required: bool) -> Self {
        let importance = if is_required {
            REQUIRED_WEIGHT
        } else {
            PREFERRED_WEIGHT
        };
        let everyday = if skill.is_everyday() { EVERYDAY } else { 1.0 };
        Self {
            weight: importance * skill.rarity() * everyday,
            title: names_title(&skill.name)
                .then(|| Title::of(&skill.name))
                .flatten(),
            skill,
            is_required,
        }
    }

    /// True if the skill is the language with this code.
    pub fn is_language(&self, code: &str) -> bool {
        language_skill(code).is_some_and(|language| self.is(language))
    }

    /// True if it is this skill, or has it among its alternatives.
    pub fn is(&self, skill: SkillId) -> bool {
        self.skill.meanings().any(|meaning| meaning.id == skill)
    }
}

/// The requested skills.
#[derive(Debug, Default)]
pub struct RequestedSkills {
    /// Required skills first, then by name.
    pub requested: Box<[RequestedSkill]>,
    /// The weights of `requested` in one slice, since each considered change weighs the credits
    /// again.
    pub weights: Box<[f64]>,
    /// The sum of `weights`.
    pub total_weight: f64,
    /// True if they were read from the description.
    pub are_read: bool,
}

impl RequestedSkills {
    /// Compiles the two lists, or the description's skills if both are empty. A skill in both lists
    /// is required.
    pub fn of(required: &[Skill], preferred: &[Skill], description: &Prose) -> Self {
        let required = compile(required, &[], Merge::Requested);
        let mut preferred = compile(preferred, &[], Merge::Requested);
        let are_read = required.is_empty() && preferred.is_empty();
        if are_read {
            let mentions = description.skills.iter();
            let read: Vec<Skill> = mentions
                .filter(|mention| taxonomy::is_requested_in_text(mention.skill))
                .map(|mention| {
                    Skill::named(description.content_words.quote(mention.bytes.clone()).0)
                })
                .collect();
            preferred = compile(&read, &[], Merge::Requested);
        }
        preferred.retain(|skill| required.iter().all(|required| required.id != skill.id));
        let are_read = are_read && !preferred.is_empty();
        let ask = |is_required: bool| move |skill| RequestedSkill::of(skill, is_required);
        let required = required.into_iter().map(ask(true));
        let requested: Box<[RequestedSkill]> = required
            .chain(preferred.into_iter().map(ask(false)))
            .collect();
        let weights: Box<[f64]> = requested.iter().map(|requested| requested.weight).collect();
        Self {
            total_weight: weights.iter().sum(),
            weights,
            requested,
            are_read,
        }
    }
}
