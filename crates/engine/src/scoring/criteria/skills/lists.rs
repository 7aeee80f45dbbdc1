//! What documents show of skills: those of both sides, by what was found.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    asked::{AskedSkill, AskedSkills},
    held::{EvidenceInText, HeldSkills},
    measure::{Credit, Evidence, Finding},
    prepared::PreparedSkill,
};
use crate::scoring::{criteria::Number, taxonomy::Relation, total::round};

/// What a skill of near meaning earns at least to be told as related.
const TELLING_CREDIT: f64 = 0.2;

/// The finding with the names it is about, as result documents show it.
pub struct View<'a> {
    /// What was found; none when the criterion has no score, which leaves all lists empty.
    pub finding: Option<&'a Finding>,
    /// The candidate's skills.
    pub held: &'a HeldSkills,
    /// The posting's skills.
    pub asked: &'a AskedSkills,
}

impl<'a> View<'a> {
    /// The strongest evidence for a skill: where titles or summary name it, or how it is stated.
    fn shown(&self, skill: &PreparedSkill) -> (Rung, Option<Cow<'a, EvidenceInText>>) {
        let evidence = |mentioned| Some(Cow::Owned(self.held.evidence_of(mentioned)));
        if let Some(mentioned) = self.held.title_mention_of(skill) {
            return (Rung::InTitle, evidence(mentioned));
        }
        let mentioned = self.held.mention_of(skill).and_then(evidence);
        let is_used_for_years = skill.years.is_some_and(|years| years > 0.0);
        match (is_used_for_years, &mentioned) {
            (true, _) => (Rung::UsedForYears, mentioned),
            (false, Some(_)) => (Rung::Used, mentioned),
            (false, None) => (Rung::Listed, None),
        }
    }

    fn credited(&self) -> impl Iterator<Item = (&'a AskedSkill, Credit)> + use<'a> {
        let credits = self.finding.map_or(&[][..], |finding| &finding.credits);
        self.asked.asked.iter().zip(credits.iter().copied())
    }

    /// Stated skills that no list names for what they earned, licences aside.
    fn additional(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let credits = self.finding.map_or(&[][..], |finding| &finding.credits);
        let shown = if self.finding.is_some() {
            self.held.stated.len()
        } else {
            0
        };
        self.held
            .stated
            .iter()
            .take(shown)
            .enumerate()
            .filter(|(_, skill)| !skill.is_licence)
            .filter(|(at, _)| {
                credits.iter().all(|credit| match credit.evidence {
                    Evidence::Stated(used, _) => used != *at || is_too_distant(*credit),
                    Evidence::Spoken
                    | Evidence::Mentioned(_)
                    | Evidence::InOtherWords(_)
                    | Evidence::Title(_)
                    | Evidence::None => true,
                })
            })
            .map(|(_, skill)| skill.name.as_str())
    }
}

/// Whether a credit comes from a stated skill that is too distant to be told as a reason.
fn is_too_distant(credit: Credit) -> bool {
    matches!(credit.evidence, Evidence::Stated(_, Relation::Near)) && credit.credit < TELLING_CREDIT
}

/// A skill asked for that the candidate states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matched<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    pub credit: f64,
    /// What it counts for among the skills asked for, to four digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_as: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_required: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_actual: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years_required: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years_actual: Option<Number>,
    pub rung: Rung,
    /// Where a text names it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Cow<'a, EvidenceInText>>,
}

/// How well a profile shows a skill, from the weakest to the strongest evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// It stands in a list.
    Listed,
    /// A text about the work names it.
    Used,
    /// It is stated with years of use.
    UsedForYears,
    /// A job title names it.
    InTitle,
}

/// A skill asked for that something else speaks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    pub credit: f64,
    /// What it counts for among the skills asked for, to four digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    pub via: Cow<'a, str>,
    pub relation: RelatedBy,
    /// How well the profile shows what speaks for it.
    pub rung: Rung,
    /// Where a text names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Cow<'a, EvidenceInText>>,
}

/// What speaks for a related skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelatedBy {
    /// A stated skill that implies it.
    Implies,
    /// A stated skill that is a kind of it.
    Narrower,
    /// A stated skill that means nearly the same.
    Near,
    /// The occupation that the current title names.
    Occupation,
    /// A stated skill that looks like it.
    Misspelt,
    /// A stated neighbour.
    Neighbour,
    /// A stated skill that it builds on.
    Foundation,
    /// The list of languages.
    Spoken,
    /// A title or the summary.
    Mentioned,
    /// A clause of the summary, in other words.
    InOtherWords,
}

/// A skill asked for that nothing speaks for, or only a distant one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing<'a> {
    pub name: Cow<'a, str>,
    pub required: bool,
    /// What it counts for among the skills asked for, to four digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What a distant skill earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<f64>,
}

/// The skills of both sides, by what was found, as result documents show them. All lists are empty
/// when the criterion has no score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillLists<'a> {
    /// `description` where the skills asked for were read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Cow<'a, str>>,
    pub matched: Vec<Matched<'a>>,
    pub related: Vec<Related<'a>>,
    pub missing: Vec<Missing<'a>>,
    pub additional: Vec<Cow<'a, str>>,
}

impl<'a> View<'a> {
    /// The lists.
    pub fn lists(&self) -> SkillLists<'a> {
        let mut lists = SkillLists {
            source: self.asked.are_read.then_some(Cow::Borrowed("description")),
            matched: Vec::new(),
            related: Vec::new(),
            missing: Vec::with_capacity(self.asked.asked.len()),
            additional: self.additional().map(Cow::Borrowed).collect(),
        };
        for (asked, credit) in self.credited() {
            let (name, required) = (Cow::Borrowed(asked.skill.name.as_str()), asked.is_required);
            let weight = Some(round(asked.weight, 1e4));
            let (mut rung, mut evidence) = (Rung::Listed, None);
            let (via, relation) = match credit.evidence {
                Evidence::None => {
                    lists.missing.push(Missing {
                        name,
                        required,
                        weight,
                        credit: None,
                    });
                    continue;
                }
                // The credit is shown so that the sum can be checked.
                Evidence::Stated(..) if is_too_distant(credit) => {
                    lists.missing.push(Missing {
                        name,
                        required,
                        weight,
                        credit: Some(round(credit.credit, 1e4)),
                    });
                    continue;
                }
                Evidence::Stated(at, relation) => {
                    let held = &self.held.stated[at];
                    let relation = match relation {
                        Relation::Same => {
                            let (rung, evidence) = self.shown(held);
                            lists.matched.push(Matched {
                                required,
                                credit: round(credit.credit, 1e4),
                                weight,
                                stated_as: (held.name != name).then_some(Cow::Borrowed(&held.name)),
                                level_required: asked.skill.level.map(Number),
                                level_actual: held.level.map(Number),
                                years_required: asked.skill.years.map(Number),
                                years_actual: held.years.map(Number),
                                name,
                                rung,
                                evidence,
                            });
                            continue;
                        }
                        Relation::Implies => RelatedBy::Implies,
                        Relation::Narrower => RelatedBy::Narrower,
                        Relation::Near => RelatedBy::Near,
                        Relation::Misspelt => RelatedBy::Misspelt,
                        Relation::Neighbour => RelatedBy::Neighbour,
                        Relation::Foundation => RelatedBy::Foundation,
                    };
                    (rung, evidence) = self.shown(held);
                    (held.name.as_str(), relation)
                }
                Evidence::Spoken => ("languages", RelatedBy::Spoken),
                Evidence::Mentioned(mentioned) => {
                    let found = self.held.evidence_of(mentioned);
                    rung = if self.held.title_mention_of(&asked.skill).is_some() {
                        Rung::InTitle
                    } else {
                        Rung::Used
                    };
                    evidence = Some(Cow::Owned(found));
                    ("title or summary", RelatedBy::Mentioned)
                }
                Evidence::InOtherWords(at) => {
                    rung = Rung::Used;
                    evidence = Some(Cow::Owned(self.held.evidence_in_clause(at)));
                    ("summary", RelatedBy::InOtherWords)
                }
                Evidence::Title(at) => {
                    rung = Rung::InTitle;
                    (self.held.title(at), RelatedBy::Occupation)
                }
            };
            lists.related.push(Related {
                name,
                required,
                credit: round(credit.credit, 1e4),
                weight,
                via: Cow::Borrowed(via),
                relation,
                rung,
                evidence,
            });
        }
        lists
    }
}
