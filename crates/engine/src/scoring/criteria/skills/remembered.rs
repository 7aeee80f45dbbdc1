//! Cached measure: scores skills of one profile against many. Results for names of the other
//! profiles are cached, because names repeat from profile to profile.

use super::{
    asked::AskedSkills,
    bonds::{Bond, Bonds, Unremembered, bond, kinship},
    held::HeldSkills,
    measure::{Credit, Finding, credit, measure_by},
    name::SkillName,
    prepared::PreparedSkill,
};
use crate::scoring::{criteria::Outcome, memory::Memory};

/// Cached credits of one candidate for requested skills. Equal requests earn equal credits.
pub struct AskedNames(Memory<SkillName, AskedAs, Credit>);

/// The part of a requested skill, besides its name, that its credit depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct AskedAs {
    looks_near: bool,
    level: u64,
    years: u64,
}

impl AskedAs {
    fn of(asked: &PreparedSkill) -> Self {
        // No stated number has these bits.
        let bits = |number: Option<f64>| number.map_or(u64::MAX, f64::to_bits);
        Self {
            looks_near: asked.looks_near,
            level: bits(asked.level),
            years: bits(asked.years),
        }
    }
}

impl AskedNames {
    /// Creates a cache with a capacity in entries.
    pub fn with_room(room: usize) -> Self {
        Self(Memory::with_room(room))
    }

    /// Works as [`super::measure()`] does, for this candidate.
    pub fn measure(
        &mut self,
        candidate: &HeldSkills,
        posting: &AskedSkills,
        described: Option<f64>,
    ) -> Outcome<Finding> {
        measure_by(candidate, posting, described, |_, asked| {
            let asked = &asked.skill;
            let find = || {
                let bonds = Unremembered {
                    stated: &candidate.stated,
                    asked,
                };
                credit(candidate, asked, None, &bonds)
            };
            let beside = AskedAs::of(asked);
            self.0
                .with(&asked.meaning, beside, find, |_| 1, |credit| *credit)
        })
    }
}

/// Cached relations of candidates' skills to the skills that one posting requests.
pub struct HeldNames {
    names: Memory<SkillName, HeldAs, Joined>,
    /// For each requested skill, its relations to the current candidate's skills.
    at_hand: Vec<AtHand>,
}

/// The part of a stated skill, besides its name, that its relations depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct HeldAs {
    is_licence: bool,
    looks_near: bool,
}

/// Relations of a name to the requested skills, given by index; usually empty.
#[derive(Default)]
struct Joined {
    bonds: Vec<(usize, Bond)>,
    kinships: Vec<(usize, f64)>,
}

impl Joined {
    fn of(held: &PreparedSkill, posting: &AskedSkills) -> Self {
        let mut joined = Self::default();
        for (place, asked) in posting.asked.iter().enumerate() {
            if let Some(bond) = bond(held, &asked.skill) {
                joined.bonds.push((place, bond));
            }
            let kinship = kinship(held, &asked.skill);
            if kinship > 0.0 {
                joined.kinships.push((place, kinship));
            }
        }
        joined
    }
}

/// The relations of the current candidate's skills to one requested skill.
#[derive(Default)]
struct AtHand {
    bonds: Vec<(usize, Bond)>,
    kinships: Vec<(usize, f64)>,
}

impl Bonds for AtHand {
    fn bonds(&self) -> impl Iterator<Item = (usize, Bond)> {
        self.bonds.iter().copied()
    }

    fn kinships(&self) -> impl Iterator<Item = (usize, f64)> {
        self.kinships.iter().copied()
    }

    fn bond_at(&self, at: usize) -> Option<Bond> {
        let place = self.bonds.binary_search_by_key(&at, |entry| entry.0).ok()?;
        Some(self.bonds[place].1)
    }
}

impl HeldNames {
    /// Creates a cache with a capacity in entries.
    pub fn with_room(room: usize) -> Self {
        Self {
            names: Memory::with_room(room),
            at_hand: Vec::new(),
        }
    }

    /// Works as [`super::measure()`] does, for this posting.
    pub fn measure(
        &mut self,
        candidate: &HeldSkills,
        posting: &AskedSkills,
        described: Option<f64>,
    ) -> Outcome<Finding> {
        self.at_hand
            .resize_with(posting.asked.len(), AtHand::default);
        for at_hand in &mut self.at_hand {
            at_hand.bonds.clear();
            at_hand.kinships.clear();
        }
        for (at, held) in candidate.stated.iter().enumerate() {
            let beside = HeldAs {
                is_licence: held.is_licence,
                looks_near: held.looks_near,
            };
            let find = || Joined::of(held, posting);
            let entries = |joined: &Joined| 1 + (joined.bonds.len() + joined.kinships.len()) / 4;
            self.names
                .with(&held.meaning, beside, find, entries, |joined| {
                    for (place, bond) in &joined.bonds {
                        self.at_hand[*place].bonds.push((at, *bond));
                    }
                    for (place, kinship) in &joined.kinships {
                        self.at_hand[*place].kinships.push((at, *kinship));
                    }
                });
        }
        let at_hand = &self.at_hand;
        measure_by(candidate, posting, described, |place, asked| {
            credit(candidate, &asked.skill, None, &at_hand[place])
        })
    }
}
