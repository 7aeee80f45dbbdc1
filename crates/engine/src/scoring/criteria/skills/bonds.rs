//! What one skill says for another, by what the two are called. How well they are practised comes
//! on top.

use super::prepared::PreparedSkill;
use crate::scoring::taxonomy::{self, KnownSkill, Relation};

pub(super) const IMPLIED: f64 = 0.9;
const NARROWER: f64 = 0.8;
pub(super) const MISSPELT: f64 = 0.8;
pub(super) const NEAR: f64 = 0.7;
const NEIGHBOUR: f64 = 0.4;
const FOUNDATION: f64 = 0.25;
/// What the weakest relation of the taxonomy earns; names that are joined by less are compared by
/// their vectors.
const LEAST_OF_RELATIONS: f64 = FOUNDATION;
/// Share of the meaning where one of the two names is known and the other is not; the rest is how
/// near the unknown name is to the known skill's labels, word by word.
const BY_MEANING: f64 = 0.5;
/// What the nearness of two names of software counts for: they are alike by their makers more than
/// by their use.
const OF_SOFTWARE: f64 = 0.3;
/// Names less near than this have nothing to do with each other.
const LEAST_NEARNESS: f64 = 0.02;

/// How a stated skill speaks for one asked for, and what that earns, in (0, 1].
#[derive(Debug, Clone, Copy)]
pub(super) struct Bond {
    pub(super) relation: Relation,
    pub(super) credit: f64,
}

/// What the stated skills, by their places, say for one skill asked for; those that say nothing may
/// be left out. In the order of their places.
pub(super) trait Bonds {
    /// What joins the names.
    fn bonds(&self) -> impl Iterator<Item = (usize, Bond)>;

    /// What they earn by their vectors alone, in [0, 1).
    fn kinships(&self) -> impl Iterator<Item = (usize, f64)>;

    /// The bond of the stated skill at this place.
    fn bond_at(&self, at: usize) -> Option<Bond>;

    /// Whether the names of the stated skill at this place and of the one asked for are joined so
    /// that their vectors don't matter. No other skill changes that, nor does practice: with more
    /// of either a credit never falls.
    fn are_related(&self, at: usize) -> bool {
        let bond = self.bond_at(at);
        bond.is_some_and(|bond| bond.credit >= LEAST_OF_RELATIONS)
    }
}

/// Bonds found when asked for: most are, for a single pair, not.
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

/// What joins two names; of alternatives asked for, the strongest.
pub(super) fn bond(held: &PreparedSkill, asked: &PreparedSkill) -> Option<Bond> {
    if asked.alternatives.is_empty() {
        return bond_of_one(held, asked);
    }
    // The whole entry, stated as it is asked for.
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

/// Joins a language with itself alone: "business English" is a kind of English, and English says
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

/// Two names of one skill.
pub(super) const SAME: Bond = Bond {
    relation: Relation::Same,
    credit: 1.0,
};

const MISSPELT_ONE: Bond = Bond {
    relation: Relation::Misspelt,
    credit: MISSPELT,
};

/// Returns whether a stated name contains the one asked for, or one of the two abbreviates the
/// other.
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

/// Whether an unknown name is a known one with a slip of the pen.
fn slip(unknown: &PreparedSkill, known: &PreparedSkill) -> Option<Bond> {
    let misspells = unknown.unknown.as_ref()?.misspells?;
    (misspells == known.id).then_some(MISSPELT_ONE)
}

/// Whether an unknown name means nearly what a known one does.
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

/// What a skill earns that means nearly what is asked for.
fn near_credit(nearness: f64) -> f64 {
    NEAR * nearness * nearness
}

/// What two names earn by their vectors; of alternatives asked for, the most.
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

/// How near the meanings of two names are, in [0, 1].
fn meaning(one: &PreparedSkill, other: &PreparedSkill) -> f64 {
    match (&one.vector, &other.vector) {
        (Some(one), Some(other)) => taxonomy::nearness_of_meanings(one, other),
        _ => 0.0,
    }
}
