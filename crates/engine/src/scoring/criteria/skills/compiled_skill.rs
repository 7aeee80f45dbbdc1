//! A compiled skill of either side.

use std::{ops::Deref, sync::Arc};

use super::name::SkillName;
use crate::{
    profiles::skill::Skill,
    scoring::{criteria::stated, taxonomy},
};

/// Maximum number of one profile's unknown names for which similar skills are searched.
const MOST_NEAR: usize = 100;

/// A compiled skill: its shared name, and the statements of one profile about it.
#[derive(Debug)]
pub struct CompiledSkill {
    pub(super) meaning: Arc<SkillName>,
    /// True if it is listed only among the licences. Such a skill is evidence for itself and for
    /// the skills that it implies, but a profile with licences alone counts as one without skills.
    pub(in crate::scoring) is_licence: bool,
    /// True if its name is unknown and known skills with similar labels are searched for it.
    pub(super) looks_near: bool,
    /// Level from 1 to 5, whole.
    pub level: Option<f64>,
    /// Years of use.
    pub years: Option<f64>,
    /// Alternatives, any of which satisfies it; empty unless its name states alternatives.
    pub(super) alternatives: Box<[CompiledSkill]>,
}

impl Deref for CompiledSkill {
    type Target = SkillName;

    fn deref(&self) -> &SkillName {
        &self.meaning
    }
}

impl CompiledSkill {
    /// Returns how strongly it distinguishes candidates, in [0.3, 1].
    pub(super) fn rarity(&self) -> f64 {
        let rarity = |skill: &Self| skill.known.map_or(1.0, taxonomy::rarity);
        self.meanings().map(rarity).fold(1.0, f64::min)
    }

    /// True if it is a soft skill or the basics of office software; for alternatives, true if all
    /// are.
    pub(super) fn is_everyday(&self) -> bool {
        let mut meanings = self.meanings();
        meanings.all(|skill| skill.known.is_some_and(taxonomy::is_everyday))
    }

    /// Returns its alternatives, or itself.
    pub(super) fn meanings(&self) -> impl Iterator<Item = &Self> {
        let itself = std::iter::once(self).filter(|skill| skill.alternatives.is_empty());
        itself.chain(&self.alternatives)
    }

    /// Returns its level and years.
    pub fn practice(&self) -> Practice {
        Practice {
            level: self.level,
            years: self.years,
        }
    }
}

/// Level and years of practice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Practice {
    /// Level from 1 to 5.
    pub level: Option<f64>,
    /// Years of use.
    pub years: Option<f64>,
}

/// A hypothetical change to the practice of a stated skill.
#[derive(Debug, Clone, Copy)]
pub struct PracticeChange {
    /// Index among the stated skills.
    pub at: usize,
    /// The hypothetical level and years.
    pub practice: Practice,
}

/// Rule for merging the levels and years of a skill that is listed twice.
#[derive(Clone, Copy)]
pub(super) enum Merge {
    /// Takes the higher value; a missing value requires nothing.
    Requested,
    /// Takes the higher value, but none if either is missing: a missing value satisfies any
    /// request, and listing a skill again must not lower a score.
    Held,
}

impl Merge {
    fn of(self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        match (self, one.zip(other)) {
            (_, Some((one, other))) => Some(one.max(other)),
            (Self::Requested, None) => one.or(other),
            (Self::Held, None) => None,
        }
    }
}

/// Compiles skills, sorted by name and without repetition.
pub(super) fn compile(skills: &[Skill], licences: &[String], merge: Merge) -> Vec<CompiledSkill> {
    let names_of = |entry: &str| match merge {
        Merge::Requested => SkillName::requested(entry),
        Merge::Held => SkillName::all(entry),
    };
    let one =
        |meaning: &Arc<SkillName>, is_licence, skill: Option<&Skill>, alternatives| CompiledSkill {
            meaning: Arc::clone(meaning),
            is_licence,
            looks_near: false,
            level: skill.and_then(|skill| skill.level).map(f64::from),
            years: stated(skill.and_then(|skill| skill.years)),
            alternatives,
        };
    let listed = |meaning: &Arc<SkillName>, is_licence, skill: Option<&Skill>| {
        let alternatives = meaning.alternatives.iter();
        let alternatives = alternatives.map(|name| one(name, is_licence, None, Box::default()));
        one(meaning, is_licence, skill, alternatives.collect())
    };
    let mut compiled: Vec<CompiledSkill> = Vec::new();
    for skill in skills {
        let names = names_of(&skill.name);
        compiled.extend(names.iter().map(|name| listed(name, false, Some(skill))));
    }
    for licence in licences {
        let names = names_of(licence);
        compiled.extend(names.iter().map(|name| listed(name, true, None)));
    }
    compiled.sort_by(|one, other| {
        (one.id, one.is_licence, &one.key, &one.name).cmp(&(
            other.id,
            other.is_licence,
            &other.key,
            &other.name,
        ))
    });
    compiled.dedup_by(|again, kept| {
        let is_same = again.id == kept.id;
        if is_same {
            kept.level = merge.of(kept.level, again.level);
            kept.years = merge.of(kept.years, again.years);
        }
        is_same
    });
    // Sorted by name, so that lists are readable and don't depend on the taxonomy's numbering.
    compiled.sort_by(|one, other| (&one.key, &one.name).cmp(&(&other.key, &other.name)));
    let mut unknown = 0;
    for skill in &mut compiled {
        if let Some(name) = &skill.meaning.unknown {
            skill.looks_near = name.misspells.is_none() && !skill.is_licence && unknown < MOST_NEAR;
            let has_room = unknown < MOST_NEAR;
            for alternative in &mut skill.alternatives {
                let unknown = alternative.meaning.unknown.as_ref();
                alternative.looks_near = has_room
                    && skill.looks_near
                    && unknown.is_some_and(|name| name.misspells.is_none());
            }
            unknown += 1;
        }
    }
    compiled.shrink_to_fit();
    compiled
}
