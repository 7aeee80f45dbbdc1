//! Measures skills: from the two sides to a credit for each requested skill, and their mean.

use super::{
    asked::{AskedSkill, AskedSkills},
    bonds::{Bond, Bonds, IMPLIED, MISSPELT, NEAR, SAME, Unremembered},
    held::{HeldSkills, Mentioned},
    prepared::{Practice, PreparedSkill, Raised},
};
use crate::scoring::{
    criteria::{Outcome, Scored, Unscored},
    taxonomy::Relation,
    vocabulary::suite_programs,
};

pub(super) const MENTIONED: f64 = 0.8;
const OCCUPATION: f64 = 0.5;
/// Factor for the strength of a clause that shows a skill in other words.
const IN_OTHER_WORDS: f64 = 0.7;
/// Weight of the mean credit if free text counts for the rest.
const SHARE_OF_CREDITS: f64 = 0.12;
/// Weight of the text criterion's score in that case. Below 1, because a text alone does not stand
/// for every requested skill.
const SHARE_OF_TEXT: f64 = 0.88;

/// The source of a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// No evidence.
    None,
    /// The stated skill at this index, the same or a related one.
    Stated(usize, Relation),
    /// The list of languages.
    Spoken,
    /// A passage of titles or summary.
    Mentioned(Mentioned),
    /// The clause of the summary at this index, in other words.
    InOtherWords(usize),
    /// The occupation of the title at this index.
    Title(usize),
}

impl Evidence {
    /// True if the evidence shows the very skill, or one that implies it.
    pub fn shows_the_skill(self) -> bool {
        match self {
            Self::Stated(_, relation) => matches!(
                relation,
                Relation::Same | Relation::Implies | Relation::Narrower | Relation::Misspelt
            ),
            Self::Spoken | Self::Mentioned(_) => true,
            Self::InOtherWords(_) | Self::Title(_) | Self::None => false,
        }
    }
}

/// The credit of one requested skill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credit {
    /// Credit in [0, 1].
    pub credit: f64,
    /// Source of the credit.
    pub evidence: Evidence,
}

impl Credit {
    const NONE: Self = Self {
        credit: 0.0,
        evidence: Evidence::None,
    };

    /// True if there is no evidence.
    pub fn is_missing(&self) -> bool {
        self.evidence == Evidence::None
    }

    /// Takes another credit if it is higher.
    fn offer(&mut self, credit: f64, evidence: Evidence) {
        if credit > self.credit {
            *self = Self { credit, evidence };
        }
    }

    /// Takes the higher credit. Evidence for the very skill takes precedence over evidence for
    /// another one, however little the skill is practised, so that a met must-have stays met.
    fn take(&mut self, credit: f64, evidence: Evidence) {
        match (self.evidence.shows_the_skill(), evidence.shows_the_skill()) {
            (true, false) => self.credit = self.credit.max(credit),
            (false, true) => {
                self.credit = self.credit.max(credit);
                self.evidence = evidence;
            }
            _ => self.offer(credit, evidence),
        }
    }
}

/// The credits, one for each requested skill, in the posting's order.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// One credit for each requested skill.
    pub credits: Vec<Credit>,
}

/// Scores skills by the rules of the module documentation. `described` is the text criterion's
/// score, rounded to four digits.
pub fn measure(
    candidate: &HeldSkills,
    posting: &AskedSkills,
    described: Option<f64>,
) -> Outcome<Finding> {
    measure_raised(candidate, posting, described, None)
}

/// Scores skills by their names only, without clauses that describe a skill in other words.
pub fn measure_by_names(candidate: &HeldSkills, posting: &AskedSkills) -> Outcome<Finding> {
    measure_by(candidate, posting, None, |_, asked| {
        let bonds = Unremembered {
            stated: &candidate.stated,
            asked: &asked.skill,
        };
        credit_by_names(candidate, &asked.skill, None, &bonds)
    })
}

/// Scores skills as if a stated skill had another level or other years.
pub fn measure_raised(
    candidate: &HeldSkills,
    posting: &AskedSkills,
    described: Option<f64>,
    raised: Option<Raised>,
) -> Outcome<Finding> {
    measure_by(candidate, posting, described, |_, asked| {
        let bonds = Unremembered {
            stated: &candidate.stated,
            asked: &asked.skill,
        };
        credit(candidate, &asked.skill, raised, &bonds)
    })
}

/// Scores skills, given a function that returns the credit of the requested skill at an index.
pub(super) fn measure_by(
    candidate: &HeldSkills,
    posting: &AskedSkills,
    described: Option<f64>,
    mut credit_of: impl FnMut(usize, &AskedSkill) -> Credit,
) -> Outcome<Finding> {
    if posting.asked.is_empty() {
        return Err(Unscored::silent(!candidate.stated.is_empty(), false));
    }
    let asked = posting.asked.iter().enumerate();
    let credits: Vec<Credit> = asked.map(|(at, asked)| credit_of(at, asked)).collect();
    if candidate.is_silent() && credits.iter().all(Credit::is_missing) {
        return Err(Unscored::CandidateSilent);
    }
    let credited = credits.iter().map(|credit| credit.credit);
    Ok(Scored {
        score: score_of(posting, credited, described),
        finding: Finding { credits },
    })
}

/// Returns the weighted mean of the credits of all requested skills; there must be at least one.
pub fn score_of(
    posting: &AskedSkills,
    credits: impl Iterator<Item = f64>,
    described: Option<f64>,
) -> f64 {
    let (mut earned, mut total) = (0.0, 0.0);
    for (asked, credit) in posting.asked.iter().zip(credits) {
        earned += asked.weight * credit;
        total += asked.weight;
    }
    let mean = (earned / total).clamp(0.0, 1.0);
    described.map_or(mean, |described| {
        mean.max(SHARE_OF_CREDITS * mean + SHARE_OF_TEXT * described)
    })
}

/// Returns the candidate's credit for one requested skill.
pub(super) fn credit(
    candidate: &HeldSkills,
    asked: &PreparedSkill,
    raised: Option<Raised>,
    bonds: &impl Bonds,
) -> Credit {
    let mut best = credit_by_names(candidate, asked, raised, bonds);
    if best.credit < IN_OTHER_WORDS
        && let Some((at, strength)) = candidate.clause_showing(asked)
    {
        best.take(IN_OTHER_WORDS * strength, Evidence::InOtherWords(at));
    }
    best
}

/// Returns the credit without clauses that describe the skill in other words.
fn credit_by_names(
    candidate: &HeldSkills,
    asked: &PreparedSkill,
    raised: Option<Raised>,
    bonds: &impl Bonds,
) -> Credit {
    let mut best = Credit::NONE;
    let depth_at = |at: usize| depth(candidate.practice(at, raised), asked);
    let mut strongest = 0.0_f64;
    let mut consider = |at: usize, bond: Bond| {
        let credit = bond.credit * depth_at(at);
        let evidence = Evidence::Stated(at, bond.relation);
        // Of equal credits, prefers the skill that would earn more at the requested level.
        let is_equal = credit.total_cmp(&best.credit).is_eq()
            && best.evidence.shows_the_skill() == evidence.shows_the_skill();
        if is_equal && bond.credit > strongest {
            best.evidence = evidence;
        } else {
            best.take(credit, evidence);
        }
        if best.evidence == evidence {
            strongest = bond.credit;
        }
    };
    if asked.known.is_some() || !asked.alternatives.is_empty() {
        bonds.bonds().for_each(|(at, bond)| consider(at, bond));
    } else if let Some(at) = candidate.place_of(asked.id) {
        // Guesses about an unknown name are considered after mentions in texts.
        consider(at, SAME);
    }
    if let Some((at, depth)) = second_program(candidate, asked, depth_at) {
        best.take(IMPLIED * depth, Evidence::Stated(at, Relation::Implies));
    }
    if asked
        .meanings()
        .any(|asked| candidate.spoken.contains(&asked.id))
    {
        best.offer(1.0, Evidence::Spoken);
    }
    if best.credit < MENTIONED
        && let Some(mention) = asked
            .meanings()
            .find_map(|asked| candidate.mention_of(asked))
    {
        // Keeps the stated skill as evidence if it is stated below the requested level.
        if matches!(best.evidence, Evidence::Stated(_, Relation::Same)) {
            best.credit = MENTIONED;
        } else {
            best.offer(MENTIONED, Evidence::Mentioned(mention));
        }
    }
    if asked.known.is_none() && best.credit < MISSPELT {
        for (at, bond) in bonds.bonds() {
            if bond.relation == Relation::Same {
                continue;
            }
            let evidence = Evidence::Stated(at, bond.relation);
            best.take(bond.credit * depth_at(at), evidence);
        }
    }
    if best.credit < NEAR {
        for (at, kinship) in bonds.kinships() {
            let credit = kinship * depth_at(at);
            if credit > best.credit && !bonds.are_related(at) {
                best.take(credit, Evidence::Stated(at, Relation::Near));
            }
        }
    }
    if best.credit < OCCUPATION
        && let Some(at) = asked
            .meanings()
            .find_map(|asked| candidate.title_needing(asked))
    {
        best.offer(OCCUPATION, Evidence::Title(at));
    }
    best
}

/// Returns the second-best practised of the stated programs of a requested suite, with its factor:
/// using two of its programs is using the suite. More programs or more practice never lower the
/// result.
fn second_program(
    candidate: &HeldSkills,
    asked: &PreparedSkill,
    depth_at: impl Fn(usize) -> f64,
) -> Option<(usize, f64)> {
    let software = asked.meanings().filter(|asked| asked.is_software);
    let suites = software.filter_map(|asked| asked.known);
    let seconds = suites
        .map(suite_programs)
        .filter(|programs| !programs.is_empty());
    let seconds = seconds.filter_map(|programs| {
        let stated = candidate.stated.iter().enumerate();
        let mut used: Vec<(usize, f64)> = stated
            .filter(|(_, held)| held.known.is_some_and(|known| programs.contains(&known)))
            .map(|(at, _)| (at, depth_at(at)))
            .collect();
        used.sort_by(|one, other| other.1.total_cmp(&one.1));
        used.get(1).copied()
    });
    seconds.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Returns the factor for a level or years below the requested ones.
fn depth(held: Practice, asked: &PreparedSkill) -> f64 {
    let share = |held: f64, asked: f64| {
        if held >= asked {
            1.0
        } else {
            0.5 + 0.5 * held / asked
        }
    };
    let level = held
        .level
        .zip(asked.level)
        .map_or(1.0, |(held, asked)| share(held, asked));
    let years = held
        .years
        .zip(asked.years)
        .map_or(1.0, |(held, asked)| share(held, asked));
    level.min(years)
}
