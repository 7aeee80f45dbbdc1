//! Relation credit: the credit of one skill for another, by their names. Level and years of
//! practice are applied separately.

use super::prepared::PreparedSkill;
use crate::scoring::taxonomy::{self, KnownSkill, Relation};

pub(super) const IMPLIED: f64 = 0.9;
const NARROWER: f64 = 0.8;
pub(super) const MISSPELT: f64 = 0.8;
pub(super) const NEAR: f64 = 0.7;
const NEIGHBOUR: f64 = 0.4;
const FOUNDATION: f64 = 0.25;
/// Credit of the taxonomy's weakest relation. Pairs of names with less are compared by their
/// vectors.
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
pub(super) struct Bond {
    pub(super) relation: Relation,
    pub(super) credit: f64,
}

/// Relations of the stated skills, given by index, to one requested skill. Stated skills without
/// one may be left out. Iterators yield them in ascending order of index.
pub(super) trait Bonds {
    /// Yields the relations of the names.
    fn bonds(&self) -> impl Iterator<Item = (usize, Bond)>;

    /// Yields the credits of vector similarity alone, each in [0, 1).
    fn kinships(&self) -> impl Iterator<Item = (usize, f64)>;

    /// Returns the relation of the stated skill at an index.
    fn bond_at(&self, at: usize) -> Option<Bond>;

    /// True if the relation of the stated skill at an index is strong enough that vectors don't
    /// matter. This depends neither on other skills nor on practice, so that more of either never
    /// lowers a credit.
    fn are_related(&self, at: usize) -> bool {
        let bond = self.bond_at(at);
        bond.is_some_and(|bond| bond.credit >= LEAST_OF_RELATIONS)
    }
}

/// Computes relations lazily, since most are never needed for a single pair.
pub(super) struct Unremembered<'a> {
    pub(super) stated: &'a [PreparedSkill],
    pub(super) asked: &'a PreparedSkill,
}

impl Bonds for Unremembered<'_> {
    fn bonds(&self) -> impl Iterator<Item = (usize, Bond)> {
        let stated = self.stated.iter().enumerate();
        stated.filter_map(|(at, held)| Some((at, bond(held, self.asked)?)))
    }

    fn kinships(&self) -> impl Iterator<Item = (usize, f64)> {
        let stated = self.stated.iter().enumerate();
        stated.map(|(at, held)| (at, kinship(held, self.asked)))
    }

    fn bond_at(&self, at: usize) -> Option<Bond> {
        bond(&self.stated[at], self.asked)
    }
}

/// Returns the relation of two names; for requested alternatives, the strongest.
pub(super) fn bond(held: &PreparedSkill, asked: &PreparedSkill) -> Option<Bond> {
    if asked.alternatives.is_empty() {
        return bond_of_one(held, asked);
    }
    // The stated name equals the whole entry, including its alternatives.
    if held.id == asked.id {
        return Some(SAME);
    }
    let bonds = asked
        .meanings()
        .filter_map(|asked| bond_of_one(held, asked));
    bonds.reduce(|best, bond| {
        if bond.credit > best.credit {
            bond
        } else {
            best
        }
    })
}

fn bond_of_one(held: &PreparedSkill, asked: &PreparedSkill) -> Option<Bond> {
    if held.id == asked.id {
        return Some(SAME);
    }
    if held.language.is_some() || asked.language.is_some() {
        return bond_of_languages(held, asked);
    }
    match (held.known, asked.known) {
        (Some(held), Some(asked)) => bond_of_known(held, asked),
        (None, Some(known)) => slip(held, asked)
            .or_else(|| by_words(held, asked))
            .or_else(|| near(held, known, asked)),
        (Some(known), None) => slip(asked, held).or_else(|| {
            by_words(held, asked).or_else(|| {
                let is_compared = !held.is_licence;
                is_compared.then(|| near(asked, known, held)).flatten()
            })
        }),
        (None, None) => by_words(held, asked).or_else(|| {
            let (held, asked) = held.unknown.as_ref().zip(asked.unknown.as_ref())?;
            let is_slip = held.spelling.is_typo_of(&asked.spelling);
            is_slip.then_some(MISSPELT_ONE)
        }),
    }
}

/// Returns the relation of two known skills in the taxonomy, with its credit.
fn bond_of_known(held: KnownSkill, asked: KnownSkill) -> Option<Bond> {
    let relation = taxonomy::relation(held, asked)?;
    let credit = match relation {
        Relation::Implies => IMPLIED,
        Relation::Narrower => NARROWER,
        Relation::Neighbour => NEIGHBOUR,
        _ => FOUNDATION,
    };
    Some(Bond { relation, credit })
}

/// Relates a language only to itself: "business English" is a kind of English, and English says
/// nothing about German.
fn bond_of_languages(held: &PreparedSkill, asked: &PreparedSkill) -> Option<Bond> {
    match (held.known, asked.known) {
        (Some(held), Some(asked)) => bond_of_known(held, asked),
        _ if held.language != asked.language => slip(held, asked).or_else(|| slip(asked, held)),
        (None, Some(_)) => Some(Bond {
            relation: Relation::Narrower,
            credit: NARROWER,
        }),
        (Some(_), None) => Some(Bond {
            relation: Relation::Foundation,
            credit: FOUNDATION,
        }),
        (None, None) => None,
    }
}

/// The relation of two names of one skill.
pub(super) const SAME: Bond = Bond {
    relation: Relation::Same,
    credit: 1.0,
};

const MISSPELT_ONE: Bond = Bond {
    relation: Relation::Misspelt,
    credit: MISSPELT,
};

/// Returns a relation if a stated name contains the requested one, or if one abbreviates the other.
fn by_words(held: &PreparedSkill, asked: &PreparedSkill) -> Option<Bond> {
    if held.abbreviates(asked) || held.clips(asked) {
        return Some(Bond {
            relation: Relation::Implies,
            credit: IMPLIED,
        });
    }
    held.contains(asked).then_some(Bond {
        relation: Relation::Narrower,
        credit: NARROWER,
    })
}

/// Returns a relation if an unknown name is a misspelling of a known one.
fn slip(unknown: &PreparedSkill, known: &PreparedSkill) -> Option<Bond> {
    let misspells = unknown.unknown.as_ref()?.misspells?;
    (misspells == known.id).then_some(MISSPELT_ONE)
}

/// Returns a relation if an unknown name has nearly the meaning of a known one.
fn near(unknown: &PreparedSkill, known: KnownSkill, named: &PreparedSkill) -> Option<Bond> {
    if !unknown.looks_near {
        return None;
    }
    let by_labels = f64::from(unknown.nearness(known)?);
    let by_meaning = meaning(unknown, named);
    Some(Bond {
        relation: Relation::Near,
        credit: near_credit((1.0 - BY_MEANING) * by_labels + BY_MEANING * by_meaning),
    })
}

/// Returns the credit of a skill of similar meaning.
fn near_credit(nearness: f64) -> f64 {
    NEAR * nearness * nearness
}

/// Returns the credit of two names by their vectors; for requested alternatives, the largest.
pub(super) fn kinship(held: &PreparedSkill, asked: &PreparedSkill) -> f64 {
    if asked.alternatives.is_empty() {
        return kinship_of_one(held, asked);
    }
    let earned = asked.meanings().map(|asked| kinship_of_one(held, asked));
    earned.fold(0.0, f64::max)
}

fn kinship_of_one(held: &PreparedSkill, asked: &PreparedSkill) -> f64 {
    if held.is_licence || held.language != asked.language {
        return 0.0;
    }
    let mut nearness = meaning(held, asked);
    if held.is_software && asked.is_software {
        nearness *= OF_SOFTWARE;
    }
    if asked.known.is_some() != held.known.is_some() {
        nearness *= BY_MEANING;
    }
    if nearness >= LEAST_NEARNESS {
        near_credit(nearness)
    } else {
        0.0
    }
}

/// Returns the vector similarity of two names, in [0, 1].
fn meaning(one: &PreparedSkill, other: &PreparedSkill) -> f64 {
    match (&one.vector, &other.vector) {
        (Some(one), Some(other)) => taxonomy::nearness_of_meanings(one, other),
        _ => 0.0,
    }
}
