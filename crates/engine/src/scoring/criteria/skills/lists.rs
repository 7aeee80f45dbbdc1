//! The skills of both sides as result documents show them.

use std::borrow::Cow;

use super::{
    candidate_skills::{CandidateSkills, EvidenceInText, Mentioned},
    compiled_skill::CompiledSkill,
    measure::{Credit, Evidence, Finding},
    requested_skills::{RequestedSkill, RequestedSkills},
};
use crate::scoring::{
    criteria::{Number, industry::Industry},
    document::document,
    explanation::Having,
    taxonomy::Relation,
    total::round,
    vocabulary::SkillId,
    wire_name::wire_names,
};

/// Minimum credit of a skill of similar meaning that is listed as related by `near`; below, the
/// requested skill is listed as related by another field or as `nearest`, or else as missing, with
/// its credit.
const TELLING_CREDIT: f64 = 0.2;

/// A finding with the skills that it refers to.
pub struct View<'a> {
    /// The finding; `None` if the criterion has no score, which leaves all lists empty.
    pub finding: Option<&'a Finding>,
    /// The candidate's skills.
    pub held: &'a CandidateSkills,
    /// The requested skills.
    pub requested: &'a RequestedSkills,
    /// The candidate's industries.
    pub industries: &'a [Industry],
    /// The language that the summary is written in.
    pub written_in: Option<SkillId>,
}

impl<'a> View<'a> {
    /// Returns the strongest evidence for a skill: a passage of titles or summary, or its
    /// statement.
    fn shown(&self, skill: &CompiledSkill) -> (Rung, Option<Cow<'a, EvidenceInText>>) {
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

    /// Returns other fields in which the profile states a skill, which earn no credit of their own:
    /// the industries, the titles, and the language of the summary.
    fn stated_elsewhere(
        &self,
        skill: &RequestedSkill,
    ) -> Option<(&'a str, RelatedBy, Option<EvidenceInText>)> {
        let mut industries = self.industries.iter();
        // « rail » is an industry, and a spelling of Ruby on Rails.
        let may_be = |industry: &Industry| {
            let name = &skill.skill.name;
            !skill.skill.is_software || name.eq_ignore_ascii_case(&industry.written)
        };
        let industry = industries.find(|industry| skill.is(industry.skill) && may_be(industry));
        industry
            .map(|industry| (industry.written.as_str(), RelatedBy::Industry, None))
            .or_else(|| {
                let (title, evidence) = self.held.title_like(skill.title.as_ref()?)?;
                Some((title, RelatedBy::HeldTitle, evidence))
            })
            .or_else(|| {
                let language = self.written_in.filter(|language| skill.is(*language));
                language.map(|_| ("summary", RelatedBy::WrittenIn, None))
            })
    }

    /// Returns the clause of the summary nearest to a skill that the profile doesn't name.
    fn nearest(
        &self,
        requested: &RequestedSkill,
    ) -> Option<(&'a str, RelatedBy, Option<EvidenceInText>)> {
        // Licences and titles are held or not, languages are spoken or not, and nothing is said
        // about soft skills.
        if requested.skill.having() != Having::Use {
            return None;
        }
        let clause = self.held.clause_near(&requested.skill)?;
        Some(("summary", RelatedBy::Nearest, Some(clause)))
    }

    /// True if the evidence of a credit is close enough to be shown as the reason for it.
    fn is_telling(&self, requested: &RequestedSkill, credit: Credit) -> bool {
        match credit.evidence {
            Evidence::None => false,
            // A licence is held or not: neither a base nor a neighbour is one.
            Evidence::Stated(_, Relation::Foundation | Relation::Neighbour | Relation::Near)
                if requested.skill.having() == Having::Licence =>
            {
                false
            }
            Evidence::InOtherWords(at) => self.held.shows_specifically(at, &requested.skill),
            Evidence::Stated(at, Relation::Near) => {
                let held = &self.held.stated[at];
                !is_too_distant(credit)
                    && !are_other_numbers(&held.name, &requested.skill.name)
                    && requested.skill.is_distinguished_by(held)
            }
            _ => true,
        }
    }

    /// Returns the passage that names a skill; of a language, with the words around it, which tell
    /// how well it is spoken.
    fn mentioned(&self, requested: &RequestedSkill, mentioned: Mentioned) -> EvidenceInText {
        let clause = match requested.skill.having() {
            Having::Language(code) => self.held.clause_naming_any([code].into_iter()),
            _ => None,
        };
        clause.map_or_else(
            || self.held.evidence_of(mentioned),
            |clause| self.held.evidence_in_summary(clause),
        )
    }

    fn credited(&self) -> impl Iterator<Item = (&'a RequestedSkill, Credit)> + use<'a> {
        let credits = self.finding.map_or(&[][..], |finding| &finding.credits);
        self.requested.requested.iter().zip(credits.iter().copied())
    }

    /// Returns the stated skills that no other list shows, without licences.
    fn additional(&self) -> Vec<Cow<'a, str>> {
        if self.finding.is_none() {
            return Vec::new();
        }
        let is_shown = |at: usize| {
            self.credited().any(|(requested, credit)| {
                matches!(credit.evidence, Evidence::Stated(used, _) if used == at)
                    && self.is_telling(requested, credit)
            })
        };
        let stated = self.held.stated.iter().enumerate();
        stated
            .filter(|(at, skill)| !skill.is_licence && !is_shown(*at))
            .map(|(_, skill)| Cow::Borrowed(skill.name.as_str()))
            .collect()
    }
}

/// True if a credit comes from a stated skill that is too distant to be shown as a reason.
fn is_too_distant(credit: Credit) -> bool {
    matches!(credit.evidence, Evidence::Stated(_, Relation::Near)) && credit.credit < TELLING_CREDIT
}

/// True if two names have different numbers: ISO 9001 is no evidence for ISO 14001.
fn are_other_numbers(one: &str, other: &str) -> bool {
    let digits = |name: &str| -> String { name.chars().filter(char::is_ascii_digit).collect() };
    let (one, other) = (digits(one), digits(other));
    !one.is_empty() && !other.is_empty() && one != other
}

document! {
    /// A required skill that the candidate states.
    pub struct Matched<'a> as "MatchedSkill" {
        /// The name in the posting.
        always name: Cow<'a, str>,
        /// True if the posting requires it, false if it is only wanted.
        always required: bool,
        /// The credit, in [0, 1], to four digits.
        always credit: f64,
        /// Its weight among the required skills, to four digits.
        optional weight: Option<f64>,
        /// The candidate's name of the skill, if it is another.
        optional stated_as: Option<Cow<'a, str>>,
        /// The required level, if the posting states one.
        optional level_required: Option<Number>,
        /// The candidate's level, if stated.
        optional level_actual: Option<Number>,
        /// The required years of use, if the posting states them.
        optional years_required: Option<Number>,
        /// The candidate's years of use, if stated.
        optional years_actual: Option<Number>,
        /// The strength of the evidence.
        always rung: Rung,
        /// The passage that also names the skill.
        optional evidence: Option<Cow<'a, EvidenceInText>>,
    }
}

wire_names! {
    /// Kind of the evidence for a skill, in ascending order of strength.
    #[derive(PartialOrd, Ord)]
    pub enum Rung {
        /// The skill is listed.
        Listed = "listed",
        /// A text about the work names it.
        Used = "used",
        /// It is stated with years of use.
        UsedForYears = "used_for_years",
        /// A job title names it.
        InTitle = "in_title",
    }
}

document! {
    /// A required skill for which there is indirect evidence.
    pub struct Related<'a> as "RelatedSkill" {
        /// The name in the posting.
        always name: Cow<'a, str>,
        /// True if the posting requires it, false if it is only wanted.
        always required: bool,
        /// The credit, in [0, 1], to four digits.
        always credit: f64,
        /// Its weight among the required skills, to four digits.
        optional weight: Option<f64>,
        /// The evidence: a stated skill, a title, or a part of the profile.
        always via: Cow<'a, str>,
        /// The relation of the evidence to the skill.
        always relation: RelatedBy,
        /// The strength of the evidence for the skill in `via`.
        always rung: Rung,
        /// The passage that names it.
        optional evidence: Option<Cow<'a, EvidenceInText>>,
    }
}

wire_names! {
    /// The indirect evidence for a related skill.
    pub enum RelatedBy {
        /// A stated skill that implies it.
        Implies = "implies",
        /// A stated skill that is a kind of it.
        Narrower = "narrower",
        /// A stated skill of similar meaning.
        Near = "near",
        /// The occupation that a title names.
        Occupation = "occupation",
        /// A stated skill that is a misspelling of it.
        Misspelt = "misspelt",
        /// A stated neighbour.
        Neighbour = "neighbour",
        /// A stated skill that it builds on.
        Foundation = "foundation",
        /// The list of languages.
        Spoken = "spoken",
        /// A title or the summary.
        Mentioned = "mentioned",
        /// A clause of the summary, in other words.
        InOtherWords = "in_other_words",
        /// One of the stated industries. It earns no credit; that of a distant skill is shown.
        Industry = "industry",
        /// A title of the same work. It earns no credit; that of a distant skill is shown.
        HeldTitle = "held_title",
        /// The language of the summary. It earns no credit; that of a distant skill is shown.
        WrittenIn = "written_in",
        /// The clause of the summary that is nearest in meaning.
        Nearest = "nearest",
    }
}

document! {
    /// A required skill without evidence, or with a distant skill only.
    pub struct Missing<'a> as "MissingSkill" {
        /// The name in the posting.
        always name: Cow<'a, str>,
        /// True if the posting requires it, false if it is only wanted.
        always required: bool,
        /// Its weight among the required skills, to four digits.
        optional weight: Option<f64>,
        /// The credit of a distant skill.
        optional credit: Option<f64>,
    }
}

document! {
    /// The skills of both sides as result documents show them. All lists are empty if the criterion
    /// has no score.
    pub struct SkillLists<'a> {
        /// `description` if the required skills were read from it.
        optional source: Option<Cow<'a, str>>,
        /// Required skills that the candidate states.
        always matched: Vec<Matched<'a>>,
        /// Required skills for which there is indirect evidence.
        always related: Vec<Related<'a>>,
        /// Required skills without evidence, or with a distant skill only.
        always missing: Vec<Missing<'a>>,
        /// Stated skills that are not required.
        always additional: Vec<Cow<'a, str>>,
    }
}

impl<'a> View<'a> {
    /// Builds the lists.
    pub fn lists(&self) -> SkillLists<'a> {
        let mut lists = SkillLists {
            source: self
                .requested
                .are_read
                .then_some(Cow::Borrowed("description")),
            matched: Vec::with_capacity(self.requested.requested.len()),
            related: Vec::new(),
            missing: Vec::with_capacity(self.requested.requested.len()),
            additional: self.additional(),
        };
        for (requested, credit) in self.credited() {
            let (name, required) = (
                Cow::Borrowed(requested.skill.name.as_str()),
                requested.is_required,
            );
            let weight = Some(round(requested.weight, 1e4));
            let (mut rung, mut evidence) = (Rung::Listed, None);
            let (via, relation) = match credit.evidence {
                _ if !self.is_telling(requested, credit) => {
                    let elsewhere = self.stated_elsewhere(requested);
                    let Some(elsewhere) = elsewhere.or_else(|| self.nearest(requested)) else {
                        // The credit is shown so that the sum can be verified.
                        let credit = Some(round(credit.credit, 1e4));
                        lists.missing.push(Missing {
                            name,
                            required,
                            weight,
                            credit: credit.filter(|credit| *credit > 0.0),
                        });
                        continue;
                    };
                    evidence = elsewhere.2.map(Cow::Owned);
                    (elsewhere.0, elsewhere.1)
                }
                Evidence::None => continue,
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
                                level_required: requested.skill.level.map(Number),
                                level_actual: held.level.map(Number),
                                years_required: requested.skill.years.map(Number),
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
                    let found = self.mentioned(requested, mentioned);
                    rung = if self.held.title_mention_of(&requested.skill).is_some() {
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
