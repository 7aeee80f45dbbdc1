//! Relation credit: the credit that a stated skill earns for a requested one, by their names alone.
//! Level and years of practice are applied afterwards.

use super::compiled_skill::CompiledSkill;
use crate::scoring::{
    taxonomy::{self, KnownSkill, Relation},
    vocabulary::names_licence,
};

pub(super) const IMPLIED: f64 = 0.9;
const NARROWER: f64 = 0.8;
pub(super) const MISSPELT: f64 = 0.8;
pub(super) const NEAR: f64 = 0.7;
const NEIGHBOUR: f64 = 0.4;
const FOUNDATION: f64 = 0.25;
/// Credit of the taxonomy's weakest relation. Two names whose relation earns less, or that have
/// none, are also compared by their vectors.
const LEAST_OF_RELATIONS: f64 = FOUNDATION;
/// Weight of the vector similarity if one of the two names is known and the other is not; the rest
/// is the similarity of the unknown name to the known skill's labels, word by word.
const BY_MEANING: f64 = 0.5;
/// Factor for the similarity of two names of software, which resemble each other by vendor more
/// than by use.
const OF_SOFTWARE: f64 = 0.3;
/// Names with a smaller similarity are unrelated.
const LEAST_NEARNESS: f64 = 0.02;

/// The relation of a stated skill to a requested one, and its credit in (0, 1].
#[derive(Debug, Clone, Copy)]
pub(super) struct RelationCredit {
    pub(super) relation: Relation,
    pub(super) credit: f64,
}

/// Relations of all stated skills to one requested skill. Iterators yield the index of each stated
/// skill that has a relation, in ascending order.
pub(super) trait RelationCredits {
    /// Yields the relations of the names.
    fn by_name(&self) -> impl Iterator<Item = (usize, RelationCredit)>;

    /// Yields the credits of vector similarity alone, each in [0, 1).
    fn by_vector(&self) -> impl Iterator<Item = (usize, f64)>;

    /// Returns the relation of the stated skill at an index.
    fn by_name_at(&self, at: usize) -> Option<RelationCredit>;

    /// True if the stated skill at an index has a relation that makes its vector irrelevant. Other
    /// skills, level and years have no influence, so that adding any of them never lowers a credit.
    fn are_related(&self, at: usize) -> bool {
        let relation_credit = self.by_name_at(at);
        relation_credit.is_some_and(|relation_credit| relation_credit.credit >= LEAST_OF_RELATIONS)
    }
}

/// Computes relations lazily, since most are never needed for a single pair.
pub(super) struct UncachedCredits<'a> {
    pub(super) stated: &'a [CompiledSkill],
    pub(super) requested: &'a CompiledSkill,
}

impl RelationCredits for UncachedCredits<'_> {
    fn by_name(&self) -> impl Iterator<Item = (usize, RelationCredit)> {
        let stated = self.stated.iter().enumerate();
        stated.filter_map(|(at, held)| Some((at, relation_credit(held, self.requested)?)))
    }

    fn by_vector(&self) -> impl Iterator<Item = (usize, f64)> {
        let stated = self.stated.iter().enumerate();
        stated.map(|(at, held)| (at, vector_credit(held, self.requested)))
    }

    fn by_name_at(&self, at: usize) -> Option<RelationCredit> {
        relation_credit(&self.stated[at], self.requested)
    }
}

/// Returns the relation of two names; for requested alternatives, the strongest.
pub(super) fn relation_credit(
    held: &CompiledSkill,
    requested: &CompiledSkill,
) -> Option<RelationCredit> {
    if requested.alternatives.is_empty() {
        return relation_credit_of_one(held, requested);
    }
    // The stated name equals the whole entry, including its alternatives.
    if held.id == requested.id {
        return Some(SAME);
    }
    let relation_credits = requested
        .meanings()
        .filter_map(|requested| relation_credit_of_one(held, requested));
    relation_credits.reduce(|best, relation_credit| {
        if relation_credit.credit > best.credit {
            relation_credit
        } else {
            best
        }
    })
}

fn relation_credit_of_one(
    held: &CompiledSkill,
    requested: &CompiledSkill,
) -> Option<RelationCredit> {
    if held.id == requested.id {
        return Some(SAME);
    }
    if held.language.is_some() || requested.language.is_some() {
        return relation_credit_of_languages(held, requested);
    }
    match (held.known, requested.known) {
        (Some(held), Some(requested)) => relation_credit_of_known(held, requested),
        (None, Some(known)) => slip(held, requested)
            .or_else(|| by_words(held, requested))
            .or_else(|| near(held, known, requested)),
        (Some(known), None) => slip(requested, held).or_else(|| {
            by_words(held, requested).or_else(|| {
                let is_compared = !held.is_licence;
                is_compared.then(|| near(requested, known, held)).flatten()
            })
        }),
        (None, None) => by_words(held, requested).or_else(|| {
            let (held, requested) = held.unknown.as_ref().zip(requested.unknown.as_ref())?;
            let is_slip = held.spelling.is_typo_of(&requested.spelling);
            is_slip.then_some(MISSPELT_ONE)
        }),
    }
}

/// Returns the relation of two known skills in the taxonomy, with its credit.
fn relation_credit_of_known(held: KnownSkill, requested: KnownSkill) -> Option<RelationCredit> {
    let relation = taxonomy::relation(held, requested)?;
    // The taxonomy says that a higher licence builds on a lower one, which is no evidence for it.
    if relation == Relation::Foundation && names_licence(taxonomy::skill_name(requested, false)) {
        return None;
    }
    let credit = match relation {
        Relation::Implies => IMPLIED,
        Relation::Narrower => NARROWER,
        Relation::Neighbour => NEIGHBOUR,
        _ => FOUNDATION,
    };
    Some(RelationCredit { relation, credit })
}

/// Returns the relation of two names of which at least one is a language. Only names of the same
/// language are related ("business German" is a kind of German), apart from misspellings.
fn relation_credit_of_languages(
    held: &CompiledSkill,
    requested: &CompiledSkill,
) -> Option<RelationCredit> {
    match (held.known, requested.known) {
        (Some(held), Some(requested)) => relation_credit_of_known(held, requested),
        _ if held.language != requested.language => {
            slip(held, requested).or_else(|| slip(requested, held))
        }
        (None, Some(_)) => Some(RelationCredit {
            relation: Relation::Narrower,
            credit: NARROWER,
        }),
        (Some(_), None) => Some(RelationCredit {
            relation: Relation::Foundation,
            credit: FOUNDATION,
        }),
        (None, None) => None,
    }
}

/// The relation of two names of one skill.
pub(super) const SAME: RelationCredit = RelationCredit {
    relation: Relation::Same,
    credit: 1.0,
};

const MISSPELT_ONE: RelationCredit = RelationCredit {
    relation: Relation::Misspelt,
    credit: MISSPELT,
};

/// Returns a relation if a stated name contains the requested one, or if one abbreviates the other.
fn by_words(held: &CompiledSkill, requested: &CompiledSkill) -> Option<RelationCredit> {
    if held.abbreviates(requested) || held.clips(requested) {
        return Some(RelationCredit {
            relation: Relation::Implies,
            credit: IMPLIED,
        });
    }
    held.contains(requested).then_some(RelationCredit {
        relation: Relation::Narrower,
        credit: NARROWER,
    })
}

/// Returns a relation if an unknown name is a misspelling of a known one.
fn slip(unknown: &CompiledSkill, known: &CompiledSkill) -> Option<RelationCredit> {
    let misspells = unknown.unknown.as_ref()?.misspells?;
    (misspells == known.id).then_some(MISSPELT_ONE)
}

/// Returns a relation if an unknown name has nearly the meaning of a known one.
fn near(
    unknown: &CompiledSkill,
    known: KnownSkill,
    named: &CompiledSkill,
) -> Option<RelationCredit> {
    if !unknown.looks_near {
        return None;
    }
    let by_labels = f64::from(unknown.nearness(known)?);
    let by_meaning = meaning(unknown, named);
    Some(RelationCredit {
        relation: Relation::Near,
        credit: near_credit((1.0 - BY_MEANING) * by_labels + BY_MEANING * by_meaning),
    })
}

/// Returns the credit of a skill of similar meaning.
fn near_credit(nearness: f64) -> f64 {
    NEAR * nearness * nearness
}

/// Returns the credit of two names by their vectors; for requested alternatives, the largest.
pub(super) fn vector_credit(held: &CompiledSkill, requested: &CompiledSkill) -> f64 {
    if requested.alternatives.is_empty() {
        return vector_credit_of_one(held, requested);
    }
    let earned = requested
        .meanings()
        .map(|requested| vector_credit_of_one(held, requested));
    earned.fold(0.0, f64::max)
}

fn vector_credit_of_one(held: &CompiledSkill, requested: &CompiledSkill) -> f64 {
    if held.is_licence || held.language != requested.language {
        return 0.0;
    }
    let mut nearness = meaning(held, requested);
    if held.is_software && requested.is_software {
        nearness *= OF_SOFTWARE;
    }
    if requested.known.is_some() != held.known.is_some() {
        nearness *= BY_MEANING;
    }
    if nearness >= LEAST_NEARNESS {
        near_credit(nearness)
    } else {
        0.0
    }
}

/// Returns the vector similarity of two names, in [0, 1].
fn meaning(one: &CompiledSkill, other: &CompiledSkill) -> f64 {
    match (&one.vector, &other.vector) {
        (Some(one), Some(other)) => taxonomy::nearness_of_meanings(one, other),
        _ => 0.0,
    }
}
