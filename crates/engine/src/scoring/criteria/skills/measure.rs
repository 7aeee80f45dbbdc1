//! Measures skills: from the two sides to a credit for each requested skill, and their mean.

use super::{
    candidate_skills::{CandidateSkills, Mentioned},
    compiled_skill::{CompiledSkill, Practice, PracticeChange},
    relation_credit::{
        IMPLIED, MISSPELT, NEAR, RelationCredit, RelationCredits, SAME, UncachedCredits,
    },
    requested_skills::{RequestedSkill, RequestedSkills},
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
/// Weight of the mean credit if the text criterion supports the score.
const SHARE_OF_CREDITS: f64 = 0.12;
/// Weight of the text criterion's score in that case. Below 1, because a text is no evidence for
/// every requested skill.
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
    /// True if the evidence shows the requested skill itself, so that a must-have is met: the
    /// skill, one that implies it, a kind or a misspelling of it, a listed language or a mention.
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

    /// Replaces credit and evidence if this credit is higher.
    fn offer(&mut self, credit: f64, evidence: Evidence) {
        if credit > self.credit {
            *self = Self { credit, evidence };
        }
    }

    /// Raises the credit to the higher of both. Keeps the evidence that shows the requested skill
    /// itself, even if the other earns more, because it shows that a must-have is met; of two of
    /// the same kind, that with the higher credit.
    fn merge(&mut self, credit: f64, evidence: Evidence) {
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
    candidate: &CandidateSkills,
    posting: &RequestedSkills,
    described: Option<f64>,
) -> Outcome<Finding> {
    measure_with_practice(candidate, posting, described, None)
}

/// Scores skills by their names only, without clauses that describe a skill in other words.
pub fn measure_by_names(
    candidate: &CandidateSkills,
    posting: &RequestedSkills,
) -> Outcome<Finding> {
    measure_by(candidate, posting, None, |_, requested| {
        let relation_credits = UncachedCredits {
            stated: &candidate.stated,
            requested: &requested.skill,
        };
        credit_by_names(candidate, &requested.skill, None, &relation_credits)
    })
}

/// Scores skills as if a stated skill had another level or other years.
pub fn measure_with_practice(
    candidate: &CandidateSkills,
    posting: &RequestedSkills,
    described: Option<f64>,
    practice_change: Option<PracticeChange>,
) -> Outcome<Finding> {
    measure_by(candidate, posting, described, |_, requested| {
        let relation_credits = UncachedCredits {
            stated: &candidate.stated,
            requested: &requested.skill,
        };
        credit(
            candidate,
            &requested.skill,
            practice_change,
            &relation_credits,
        )
    })
}

/// Scores skills, given a function that returns the credit of the requested skill at an index.
pub(super) fn measure_by(
    candidate: &CandidateSkills,
    posting: &RequestedSkills,
    described: Option<f64>,
    mut credit_of: impl FnMut(usize, &RequestedSkill) -> Credit,
) -> Outcome<Finding> {
    if posting.requested.is_empty() {
        return Err(Unscored::silent(!candidate.stated.is_empty(), false));
    }
    let requested = posting.requested.iter().enumerate();
    let credits: Vec<Credit> = requested
        .map(|(at, requested)| credit_of(at, requested))
        .collect();
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
    posting: &RequestedSkills,
    credits: impl Iterator<Item = f64>,
    described: Option<f64>,
) -> f64 {
    let weighed = posting.weights.iter().zip(credits);
    let earned: f64 = weighed.map(|(weight, credit)| weight * credit).sum();
    let mean = (earned / posting.total_weight).clamp(0.0, 1.0);
    described.map_or(mean, |described| {
        mean.max(SHARE_OF_CREDITS * mean + SHARE_OF_TEXT * described)
    })
}

/// Returns the candidate's credit for one requested skill.
pub(super) fn credit(
    candidate: &CandidateSkills,
    requested: &CompiledSkill,
    practice_change: Option<PracticeChange>,
    relation_credits: &impl RelationCredits,
) -> Credit {
    let mut best = credit_by_names(candidate, requested, practice_change, relation_credits);
    if best.credit < IN_OTHER_WORDS
        && let Some((at, strength)) = candidate.clause_showing(requested)
    {
        best.merge(IN_OTHER_WORDS * strength, Evidence::InOtherWords(at));
    }
    best
}

/// Returns the credit without clauses that describe the skill in other words.
fn credit_by_names(
    candidate: &CandidateSkills,
    requested: &CompiledSkill,
    practice_change: Option<PracticeChange>,
    relation_credits: &impl RelationCredits,
) -> Credit {
    let mut best = Credit::NONE;
    let depth_at = |at: usize| depth(candidate.practice(at, practice_change), requested);
    let mut strongest = 0.0_f64;
    let mut consider = |at: usize, relation_credit: RelationCredit| {
        let credit = relation_credit.credit * depth_at(at);
        let evidence = Evidence::Stated(at, relation_credit.relation);
        // Of equal credits, prefers the skill that would earn more at the requested level.
        let is_equal = credit.total_cmp(&best.credit).is_eq()
            && best.evidence.shows_the_skill() == evidence.shows_the_skill();
        if is_equal && relation_credit.credit > strongest {
            best.evidence = evidence;
        } else {
            best.merge(credit, evidence);
        }
        if best.evidence == evidence {
            strongest = relation_credit.credit;
        }
    };
    if requested.known.is_some() || !requested.alternatives.is_empty() {
        relation_credits
            .by_name()
            .for_each(|(at, relation_credit)| consider(at, relation_credit));
    } else if let Some(at) = candidate.place_of(requested.id) {
        // Relations of an unknown name are guesses, and are considered after mentions in texts.
        consider(at, SAME);
    }
    if let Some((at, depth)) = second_program(candidate, requested, depth_at) {
        best.merge(IMPLIED * depth, Evidence::Stated(at, Relation::Implies));
    }
    if requested
        .meanings()
        .any(|requested| candidate.spoken.contains(&requested.id))
    {
        best.offer(1.0, Evidence::Spoken);
    }
    if best.credit < MENTIONED
        && let Some(mention) = requested
            .meanings()
            .find_map(|requested| candidate.mention_of(requested))
    {
        // Keeps the stated skill as evidence if it is stated below the requested level.
        if matches!(best.evidence, Evidence::Stated(_, Relation::Same)) {
            best.credit = MENTIONED;
        } else {
            best.offer(MENTIONED, Evidence::Mentioned(mention));
        }
    }
    if requested.known.is_none() && best.credit < MISSPELT {
        for (at, relation_credit) in relation_credits.by_name() {
            if relation_credit.relation == Relation::Same {
                continue;
            }
            let evidence = Evidence::Stated(at, relation_credit.relation);
            best.merge(relation_credit.credit * depth_at(at), evidence);
        }
    }
    if best.credit < NEAR {
        for (at, vector_credit) in relation_credits.by_vector() {
            let credit = vector_credit * depth_at(at);
            if credit > best.credit && !relation_credits.are_related(at) {
                best.merge(credit, Evidence::Stated(at, Relation::Near));
            }
        }
    }
    if best.credit < OCCUPATION
        && let Some(at) = requested
            .meanings()
            .find_map(|requested| candidate.title_needing(requested))
    {
        best.offer(OCCUPATION, Evidence::Title(at));
    }
    best
}

/// Returns the index of a program that shows the use of a requested suite, with its factor for
/// level and years. Two stated programs show the suite; the less practised of the best two decides,
/// so that further programs or more practice never lower the result.
fn second_program(
    candidate: &CandidateSkills,
    requested: &CompiledSkill,
    depth_at: impl Fn(usize) -> f64,
) -> Option<(usize, f64)> {
    let software = requested
        .meanings()
        .filter(|requested| requested.is_software);
    let suites = software.filter_map(|requested| requested.known);
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

/// Returns the factor, in [0.5, 1], for a level or years below the requested ones.
fn depth(held: Practice, requested: &CompiledSkill) -> f64 {
    let share = |held: f64, requested: f64| {
        if held >= requested {
            1.0
        } else {
            0.5 + 0.5 * held / requested
        }
    };
    let level = held
        .level
        .zip(requested.level)
        .map_or(1.0, |(held, requested)| share(held, requested));
    let years = held
        .years
        .zip(requested.years)
        .map_or(1.0, |(held, requested)| share(held, requested));
    level.min(years)
}
