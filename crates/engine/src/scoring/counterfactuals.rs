//! Counterfactuals: the changes to a profile that would raise its score most.
//!
//! A change is one that a person can make or that a recruiter can ask about: a listed skill, a
//! level reached, a longer distance accepted. Each is measured, not estimated: the engine scores
//! the affected criteria again and applies the same weights, so that making the change and scoring
//! the profile again gives exactly the score plus the gain.
//!
//! | change | of | when |
//! |---|---|---|
//! | `add_skill` | skills, must-haves | a skill asked for is not shown (of the first 32) |
//! | `raise_level`, `skill_years` | skills | it is stated below the level or years asked for |
//! | `more_years` | experience | at most two years are missing; more years of the requested work, which count in full |
//! | `education_level` | education | one level below the level asked for |
//! | `add_language`, `language_level` | languages, skills, must-haves | one level below the one asked for, or not listed and no level above the first asked for |
//! | `distance` | location, must-haves | beyond the limit, and no more than 100 km |
//! | `work_mode`, `contract_type`, `salary`, `available_from` | their criterion | what is offered isn't what is wanted |
//! | `add_licence`, `add_work_permit` | must-haves | one that failed |
//!
//! Criteria without a score stay without one: their reasons ask for the missing data. Of the
//! changes to skills, only the three that raise the criterion most are considered (three with and
//! three without a failed must-have), so that the selection doesn't depend on the weights. Of all
//! changes considered, the three with the largest gains are shown, equal ones by name. Gains below
//! 0.015 are dropped, and those of years and diplomas, which take long to earn, below 0.1. A change
//! that leaves a decisive requirement unmet is not shown either: a must-have, the place, the
//! contract, the pay or a language, or for a skill a title of quite different work. A skill
//! that is also requested as a language or as a must-have licence is one change, that of the
//! language or licence. Moving house is never suggested: whether the place suits is a question.

use std::{borrow::Cow, fmt, ops::Range};

use chrono::NaiveDate;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess},
};

use super::{
    assessment::Assessment,
    criteria::{
        Criterion, Number, Outcome, contract, education, experience, languages, location,
        skills::{self, CandidateSkills, Evidence, Practice, PracticeChange, RequestedSkills},
    },
    document::{
        Counterfactual, Json, document,
        value::{Context, Schemas, Value},
    },
    engine::{CandidateForm, PostingForm},
    explanation::{HELD_FROM, Having},
    knockouts::{self, MustHaveForm},
    taxonomy::Relation,
    total::{ByCriterion, Total, round},
    vocabulary::language_skill,
    wire_name::{WireName, wire_names},
};
use crate::profiles::{language::LanguageLevel, location::RemotePreference, skill::Skill};

/// Minimum gain, so that it is shown as at least two hundredths (0.015 is printed as 0.01). One
/// hundredth decides nothing, and if the text carries the score, each of many skills gains that
/// little.
const LEAST_GAIN: f64 = 0.0151;
/// Minimum gain of years of experience and of a diploma, which nobody earns for less.
const LEAST_GAIN_OF_YEARS: f64 = 0.1;
/// Criteria that decide, with the score below which they are unmet. Remote work from another
/// country, which the employer may allow, scores above that of the place.
const DECISIVE: [(Criterion, f64); 4] = [
    (Criterion::Location, 0.06),
    (Criterion::Contract, 0.5),
    (Criterion::Salary, 0.5),
    (Criterion::Languages, 0.6),
];
/// Score of the title below which one skill more changes nothing.
const OTHER_WORK_BELOW: f64 = 0.2;
/// Maximum number of changes shown.
const MOST_SHOWN: usize = 3;
/// Maximum number of changes to skills considered, with and without a failed must-have each.
const MOST_OF_SKILLS: usize = 3;
/// Maximum number of requested skills whose addition is considered.
const MOST_SKILLS: usize = 32;
/// Capacity reserved for changes other than those to skills; enough for most profiles.
const OTHER_CHANGES: usize = 8;
/// Maximum years of experience that a candidate may lack: more come too late for this posting.
const MOST_YEARS_MORE: f64 = 2.0;
/// Maximum years of experience that a profile may state.
const MOST_YEARS: f64 = 80.0;
/// Maximum distance to work, in kilometres, that a candidate is asked to accept.
const MAX_DISTANCE_KM: f64 = 100.0;

wire_names! {
    /// Kind of a change.
    #[derive(PartialOrd, Ord)]
    pub enum ChangeKind {
        AddSkill = "add_skill",
        RaiseLevel = "raise_level",
        SkillYears = "skill_years",
        MoreYears = "more_years",
        EducationLevel = "education_level",
        AddLanguage = "add_language",
        LanguageLevel = "language_level",
        Distance = "distance",
        WorkMode = "work_mode",
        ContractType = "contract_type",
        Salary = "salary",
        AvailableFrom = "available_from",
        AddLicence = "add_licence",
        AddWorkPermit = "add_work_permit",
    }
}

impl ChangeKind {
    /// Returns the minimum gain at which a change of this kind is shown.
    fn least_gain(self) -> f64 {
        match self {
            Self::MoreYears | Self::EducationLevel => LEAST_GAIN_OF_YEARS,
            _ => LEAST_GAIN,
        }
    }
}

/// Value of a change: a number, a date as YYYY-MM-DD, or a wire name (a level).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum ChangeValue<'a> {
    /// A number.
    Number(Number),
    /// A date.
    Date(NaiveDate),
    /// A wire name.
    Word(Cow<'a, str>),
}

impl Value for ChangeValue<'_> {
    fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
        match self {
            Self::Number(number) => number.write(json, context),
            Self::Date(date) => date.write(json, context),
            Self::Word(word) => word.write(json, context),
        }
    }

    fn schema(_: &mut Schemas) -> serde_json::Value {
        serde_json::json!({"type": ["number", "string"]})
    }
}

document! {
    /// One change, independent of weights.
    pub struct Change<'a> {
        /// Kind of the change.
        always kind as "change": ChangeKind,
        /// Name of a skill, licence or country, or code of a language; else the criterion.
        always name: Cow<'a, str>,
        /// Current value; null if nothing is stated.
        always from: Option<ChangeValue<'a>>,
        /// Value after the change; null if listing the name is the whole change.
        always to: Option<ChangeValue<'a>>,
        /// Scores of the affected criteria after the change, to four digits; at most two.
        always scores: NewScores,
        /// True if a must-have would still fail.
        optional knocked_out: bool,
    }
}

/// Scores of at most two criteria, to four digits.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NewScores([Option<(Criterion, f64)>; 2]);

impl NewScores {
    fn of(criterion: Criterion, score: f64) -> Self {
        Self([Some((criterion, to_four_digits(score))), None])
    }

    fn and(self, other: Option<(Criterion, f64)>) -> Self {
        Self([
            self.0[0],
            other.map(|(criterion, score)| (criterion, to_four_digits(score))),
        ])
    }

    pub fn iter(&self) -> impl Iterator<Item = (Criterion, f64)> {
        self.0.into_iter().flatten()
    }
}

impl Value for NewScores {
    fn write(&self, json: &mut Json, _: &Context<'_, '_>) {
        json.by_criterion(self.iter());
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        schemas.object("ScoresAfterChange", &["Scores of criteria."], |object| {
            for criterion in Criterion::ALL {
                let description = criterion.description();
                object.optional_member::<f64>(criterion.as_str(), &[description]);
            }
        })
    }
}

impl<'de> Deserialize<'de> for NewScores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = NewScores;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("at most two criteria with scores")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NewScores, A::Error> {
                let scores = NewScores([map.next_entry()?, map.next_entry()?]);
                match map.next_entry::<Criterion, f64>()? {
                    None => Ok(scores),
                    Some(_) => Err(de::Error::invalid_length(3, &self)),
                }
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Effects of adding each requested skill, language or licence on the skills of a posting.
#[derive(Debug, Default)]
pub struct Additions {
    /// Additions of the requested skills, in their order.
    skills: Vec<Addition>,
    /// Additions of the requested languages, in their order.
    languages: Vec<Addition>,
    /// Additions of the requested licences, in their order.
    licences: Vec<Addition>,
    /// The credits of all additions, in one allocation. With one allocation for each addition, each
    /// change of each document would cost a cache miss.
    credits: Vec<(usize, f64)>,
}

/// Effect of one addition on a profile without other skills.
#[derive(Debug)]
struct Addition {
    /// Range in [`Additions::credits`]: indices of requested skills, with the credits that the
    /// addition earns.
    credits: Range<usize>,
    /// Indices of must-have skills that the addition shows.
    shown: Vec<usize>,
}

impl Additions {
    /// Computes the additions, once for each posting.
    pub fn of(
        requested: &RequestedSkills,
        languages: &languages::Languages,
        must_haves: &MustHaveForm,
    ) -> Self {
        let mut credits = Vec::new();
        let mut addition = |held: &CandidateSkills| {
            let start = credits.len();
            if let Ok(found) = skills::measure(held, requested, None) {
                let found = found.finding.credits.into_iter();
                let found = found.map(|credit| credit.credit).enumerate();
                credits.extend(found.filter(|(_, credit)| *credit > 0.0));
            }
            Addition {
                credits: start..credits.len(),
                shown: knockouts::shown_skills(held, must_haves),
            }
        };
        Self {
            skills: requested
                .requested
                .iter()
                .take(MOST_SKILLS)
                .map(|requested| {
                    let skill = Skill::named(requested.skill.name.as_str());
                    addition(&CandidateSkills::listed(&[skill], &Vec::new()))
                })
                .collect(),
            languages: languages
                .iter()
                .map(|language| addition(&CandidateSkills::listed(&[], &vec![language.clone()])))
                .collect(),
            licences: must_haves
                .licences()
                .map(|licence| addition(&CandidateSkills::licensed(licence)))
                .collect(),
            credits,
        }
    }
}

/// Returns all changes considered, by kind and name, independently of weights.
pub fn considered(assessment: &Assessment) -> Vec<Change<'_>> {
    let mut search = Search {
        held: &assessment.candidate,
        requested: &assessment.posting,
        scores: assessment.sub_scores(),
        counted: (assessment.findings.experience.as_ref().ok())
            .and_then(|found| found.finding.counted),
        is_knocked_out: assessment.cap().is_some(),
        changes: Vec::with_capacity(assessment.posting.skills.requested.len() + OTHER_CHANGES),
    };
    search.skills(assessment);
    keep_best_of_skills(&mut search.changes);
    search.years_and_education();
    search.languages(assessment);
    search.location(assessment);
    search.terms(assessment);
    search.licences_and_permits(assessment);
    let mut changes = search.changes;
    put_in_order(&mut changes);
    changes
}

/// Sorts changes by kind and name.
pub fn put_in_order(changes: &mut [Change<'_>]) {
    changes.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
}

/// Splits changes into those to show, with their gains, and the others; the first by gain, the
/// others in their order.
pub fn split<'a>(
    mut changes: Vec<Change<'a>>,
    scores: &ByCriterion<Option<f64>>,
    shares: &ByCriterion<f64>,
    total: &Total,
) -> (Vec<Counterfactual<'a>>, Vec<Change<'a>>) {
    if !total.is_comparable() {
        return (Vec::new(), changes);
    }
    let mut gains: Vec<(f64, usize)> = changes
        .iter()
        .map(|change| gain(change, scores, shares, total))
        .zip(0..)
        .filter(|(gain, at): &(f64, usize)| {
            let change = &changes[*at];
            *gain >= change.kind.least_gain() && !leaves_unmet(change, scores)
        })
        .collect();
    gains.sort_by(|one, other| {
        let name = |at: usize| (&changes[at].name, changes[at].kind);
        let by_name = || name(one.1).cmp(&name(other.1));
        other.0.total_cmp(&one.0).then_with(by_name)
    });
    gains.truncate(MOST_SHOWN);
    let mut shown = Vec::with_capacity(gains.len());
    for (index, (gain, at)) in gains.iter().enumerate() {
        // Elements removed before it have shifted it forward.
        let before = gains[..index].iter().filter(|(_, taken)| taken < at);
        let change = changes.remove(at - before.count());
        shown.push(Counterfactual {
            change,
            gain: *gain,
        });
    }
    (shown, changes)
}

/// True if a decisive requirement stays unmet after a change.
fn leaves_unmet(change: &Change<'_>, scores: &ByCriterion<Option<f64>>) -> bool {
    let mut after = *scores;
    for (criterion, score) in change.scores.iter() {
        after[criterion as usize] = Some(score);
    }
    let is_below = |(criterion, least): (Criterion, f64)| {
        after[criterion as usize].is_some_and(|score| score < least)
    };
    let is_of_skill = change.kind == ChangeKind::AddSkill;
    change.knocked_out
        || DECISIVE.into_iter().any(is_below)
        || is_of_skill && is_below((Criterion::Title, OTHER_WORK_BELOW))
}

/// Returns the gain of a change in the score, to four digits.
fn gain(
    change: &Change<'_>,
    scores: &ByCriterion<Option<f64>>,
    shares: &ByCriterion<f64>,
    total: &Total,
) -> f64 {
    let mut after = *scores;
    for (criterion, score) in change.scores.iter() {
        after[criterion as usize] = Some(score);
    }
    let cap = change.knocked_out.then_some(knockouts::CAP);
    let keeps_weights = (change.scores.iter()).all(|(one, _)| scores[one as usize].is_some());
    let after = if keeps_weights {
        total.score_of(&after, cap)
    } else {
        Total::of(&after, shares, cap).score
    };
    to_four_digits(after - total.score)
}

/// Keeps the best changes to skills; see the module documentation.
fn keep_best_of_skills(changes: &mut Vec<Change<'_>>) {
    let score = |change: &Change<'_>| change.scores.iter().map(|(_, score)| score).sum::<f64>();
    if changes.len() <= MOST_OF_SKILLS {
        return;
    }
    // Without and with a failed must-have: scores and indices of the best so far, the best first.
    let mut best = [[None::<(f64, usize)>; MOST_OF_SKILLS]; 2];
    for (at, change) in changes.iter().enumerate() {
        let score = score(change);
        // The first of equal ones is kept.
        let is_better = |other: &Option<(f64, usize)>| {
            other.is_none_or(|(other_score, other)| {
                let other = &changes[other];
                let by_name = || (&change.name, change.kind).cmp(&(&other.name, other.kind));
                other_score.total_cmp(&score).then_with(by_name).is_lt()
            })
        };
        let best = &mut best[usize::from(change.knocked_out)];
        if let Some(place) = best.iter().position(is_better) {
            best[place..].rotate_right(1);
            best[place] = Some((score, at));
        }
    }
    let mut places = 0..;
    changes.retain(|_| {
        let place = places.next();
        let mut kept = best.as_flattened().iter().flatten();
        kept.any(|(_, kept)| Some(*kept) == place)
    });
}

struct Search<'a> {
    held: &'a CandidateForm,
    requested: &'a PostingForm,
    scores: ByCriterion<Option<f64>>,
    /// The years that count, if their work is known.
    counted: Option<experience::Counted>,
    is_knocked_out: bool,
    changes: Vec<Change<'a>>,
}

impl<'a> Search<'a> {
    /// Adds a change if it helps under some weights.
    fn offer(
        &mut self,
        kind: ChangeKind,
        name: &'a str,
        (from, to): (Option<ChangeValue<'a>>, Option<ChangeValue<'a>>),
        scores: NewScores,
        mut change: knockouts::Change<'_>,
    ) {
        let raises_a_score = scores.iter().any(|(criterion, score)| {
            self.scores[criterion as usize].is_none_or(|before| score > before)
        });
        let tells_skills = scores.iter().any(|(one, _)| one == Criterion::Skills);
        change.tells_skills = tells_skills || self.is_scored(Criterion::Skills);
        // A change may also leave must-haves unmet that it does not concern.
        let knocked_out = knockouts::any_fails(self.held, self.requested, change);
        if raises_a_score || (self.is_knocked_out && !knocked_out) {
            self.changes.push(Change {
                kind,
                name: Cow::Borrowed(name),
                from,
                to,
                scores,
                knocked_out,
            });
        }
    }

    /// Adds a change that affects no must-have.
    fn offer_plain(
        &mut self,
        kind: ChangeKind,
        criterion: Criterion,
        values: (Option<ChangeValue<'a>>, Option<ChangeValue<'a>>),
        score: f64,
    ) {
        let scores = NewScores::of(criterion, score);
        let change = knockouts::Change::default();
        self.offer(kind, criterion.as_str(), values, scores, change);
    }

    fn is_scored(&self, criterion: Criterion) -> bool {
        self.scores[criterion as usize].is_some()
    }

    fn skills(&mut self, assessment: &'a Assessment) {
        let Ok(found) = &assessment.findings.skills else {
            return;
        };
        let credits = &found.finding.credits;
        let requested = &self.requested.skills;
        let written_in = self.held.stated_in_text.written_in.and_then(language_skill);
        let mut raised = Vec::with_capacity(credits.len());
        for (at, (skill, credit)) in requested.requested.iter().zip(credits).enumerate() {
            // A skill that the explanation shows as held is no change.
            if credit.credit >= 1.0 || is_held(credit.evidence, credit.credit) {
                continue;
            }
            // Neither is one that another field states.
            let mut industries = self.held.fields.industry.iter();
            if industries.any(|industry| skill.is(industry.skill))
                || written_in.is_some_and(|language| skill.is(language))
            {
                continue;
            }
            // A requirement stated twice is one change, and nobody adds a soft skill.
            if self.is_other_change(assessment, at) || skill.skill.having() == Having::Quality {
                continue;
            }
            let name = skill.skill.name.as_str();
            // Takes the first stated alternative. A stated skill always has evidence, because it
            // earns some credit at any level of practice.
            let stated = match credit.evidence {
                Evidence::None => None,
                _ => self.held.skills.stated_at(skill),
            };
            if let Some(stated) = stated {
                self.practice(name, stated, skill.skill.practice());
            } else if let Some(addition) = self.requested.additions().skills.get(at) {
                raised.clear();
                raised.extend(credits.iter().map(|credit| credit.credit));
                let score = self.score_with(&mut raised, addition);
                let change = knockouts::Change {
                    shows_skills: &addition.shown,
                    lists_skill: Some(skill),
                    licence: Some(name),
                    ..knockouts::Change::default()
                };
                let scores = NewScores::of(Criterion::Skills, score);
                self.offer(ChangeKind::AddSkill, name, (None, None), scores, change);
            }
        }
    }

    /// True if a change that adds a language or a licence would fully show the requested skill at
    /// this index.
    fn is_other_change(&self, assessment: &Assessment, at: usize) -> bool {
        let additions = self.requested.additions();
        let shows = |addition: &Addition| {
            let mut credits = additions.credits[addition.credits.clone()].iter();
            credits.any(|(place, credit)| *place == at && *credit >= 1.0)
        };
        let languages = assessment.findings.languages.as_ref();
        let credits = languages.map_or(&[][..], |found| &found.finding.credits);
        let unspoken = (credits.iter().zip(&additions.languages)).filter(|one| !one.0.is_spoken);
        if unspoken.map(|(_, addition)| addition).any(shows) {
            return true;
        }
        let mut licences = self
            .requested
            .must_haves
            .licences()
            .zip(&additions.licences);
        licences.any(|(name, addition)| {
            let mut knockouts = assessment.knockouts.iter();
            let is_failed = knockouts.any(|knockout| {
                knockout.kind == knockouts::KnockoutKind::Licence
                    && knockout.outcome == knockouts::KnockoutOutcome::Failed
                    && knockout.name == name
            });
            is_failed && shows(addition)
        })
    }

    /// Adds a change to a stated skill below the requested level or years.
    fn practice(&mut self, name: &'a str, at: usize, requested: Practice) {
        let held = self.held.skills.stated[at].practice();
        let level = below(held.level, requested.level).map(|level| Practice {
            level: Some(level),
            ..held
        });
        let years = below(held.years, requested.years).map(|years| Practice {
            years: Some(years),
            ..held
        });
        for (kind, practice) in [
            (ChangeKind::RaiseLevel, level),
            (ChangeKind::SkillYears, years),
        ] {
            let Some(practice) = practice else {
                continue;
            };
            let raised = Some(PracticeChange { at, practice });
            let found = skills::measure_with_practice(
                &self.held.skills,
                &self.requested.skills,
                self.scores[Criterion::Text as usize],
                raised,
            );
            if let Some(score) = score(&found) {
                let values = match kind {
                    ChangeKind::RaiseLevel => (held.level, practice.level),
                    _ => (held.years, practice.years),
                };
                let values = (values.0.map(number), values.1.map(number));
                let scores = NewScores::of(Criterion::Skills, score);
                self.offer(kind, name, values, scores, knockouts::Change::default());
            }
        }
    }

    fn years_and_education(&mut self) {
        let requested = self.requested.experience;
        let (held, counted) = (self.held.experience.years, self.counted);
        let has = counted.map(|counted| counted.years).or(held);
        if let Some(requested) = requested
            && let Some(min) = below(has, requested.min)
            && let Some((years, count)) =
                counted.map_or(Some((min, min)), |counted| counted.stated_for(min))
            && years <= MOST_YEARS
            && has.is_none_or(|has| years - has <= MOST_YEARS_MORE)
        {
            let score = experience::score_of(count, requested);
            let values = (held.map(number), Some(number(years)));
            self.offer_plain(ChangeKind::MoreYears, Criterion::Experience, values, score);
        }
        let (held, requested) = (&self.held.education, &self.requested.education);
        if let (Some(level), Some(wanted)) = (held.level, requested.level)
            && level < wanted
            && wanted.step() - level.step() == 1
            && let Some(score) = score(&education::measure_at(Some(wanted), held, requested))
        {
            let values = (Some(word(level)), Some(word(wanted)));
            self.offer_plain(
                ChangeKind::EducationLevel,
                Criterion::Education,
                values,
                score,
            );
        }
    }

    fn languages(&mut self, assessment: &'a Assessment) {
        let Ok(found) = &assessment.findings.languages else {
            return;
        };
        let credits = &found.finding.credits;
        for (at, (requested, found)) in self.requested.languages.iter().zip(credits).enumerate() {
            // The native level can't be reached by learning.
            let level = requested.level.map(|level| level.min(LanguageLevel::C2));
            let written_in = self.held.stated_in_text.written_in;
            let is_written = !found.is_spoken && written_in == Some(requested.code.as_str());
            if is_written || found.is_spoken && found.level >= level {
                continue;
            }
            // Proposes one level at most: nobody learns a language to a working level for one job.
            // A question asks about larger differences.
            let steps = |level: Option<LanguageLevel>| level.map_or(0, LanguageLevel::step);
            if steps(level) > steps(found.level) + 1 {
                continue;
            }
            let raised = languages::credit(level, requested.level);
            let score = languages::score_of(
                (credits.iter().enumerate())
                    .map(|(other, found)| if other == at { raised } else { found.credit }),
            );
            let kind = if found.is_spoken {
                ChangeKind::LanguageLevel
            } else {
                ChangeKind::AddLanguage
            };
            let addition = self.requested.additions().languages.get(at);
            let addition = addition.filter(|_| !found.is_spoken);
            let change = knockouts::Change {
                shows_skills: addition.map_or(&[], |addition| &addition.shown),
                language: Some((&requested.code, level)),
                ..knockouts::Change::default()
            };
            let skills = addition.and_then(|addition| self.skills_with(assessment, addition));
            let scores = NewScores::of(Criterion::Languages, score)
                .and(skills.map(|score| (Criterion::Skills, score)));
            let values = (found.level.map(word), level.map(word));
            self.offer(kind, &requested.code, values, scores, change);
        }
    }

    /// Returns the score of the skills with an additional language or licence; `None` if it stays
    /// the same.
    fn skills_with(&self, assessment: &Assessment, addition: &Addition) -> Option<f64> {
        if addition.credits.is_empty() {
            return None;
        }
        let found = assessment.findings.skills.as_ref();
        let mut credits = vec![0.0; self.requested.skills.requested.len()];
        if let Ok(found) = found {
            let found = &found.finding.credits;
            (credits.iter_mut().zip(found)).for_each(|(credit, found)| *credit = found.credit);
        }
        Some(self.score_with(&mut credits, addition))
    }

    /// Returns the score of the skills with each credit raised to at least that of the addition.
    fn score_with(&self, credits: &mut [f64], addition: &Addition) -> f64 {
        let earned = &self.requested.additions().credits[addition.credits.clone()];
        for (at, earned) in earned {
            credits[*at] = credits[*at].max(*earned);
        }
        let described = self.scores[Criterion::Text as usize];
        skills::score_of(&self.requested.skills, credits.iter().copied(), described)
    }

    fn location(&mut self, assessment: &'a Assessment) {
        let Ok(found) = &assessment.findings.location else {
            return;
        };
        let (found, terms) = (&found.finding, self.held.place.terms);
        let mode = found.mode_offered;
        if let (Some(Number(distance)), Some(Number(limit))) = (found.distance_km, found.limit_km)
            && distance > limit
        {
            let way = location::limit_for(distance, mode);
            // For hybrid work a limit allows 1.5 times its distance, so both are checked.
            if way.max(distance) <= MAX_DISTANCE_KM {
                let values = (terms.limit_km.map(number), Some(number(way)));
                self.place(ChangeKind::Distance, values, terms.with_limit_km(way));
            }
        }
        if let (Some(RemotePreference::Only(wanted)), Some(offered)) = (found.mode_wanted, mode)
            && wanted != offered
        {
            let accepting = terms.with_preference(RemotePreference::Only(offered));
            let values = (Some(word(wanted)), Some(word(offered)));
            self.place(ChangeKind::WorkMode, values, accepting);
        }
    }

    fn place(
        &mut self,
        kind: ChangeKind,
        values: (Option<ChangeValue<'a>>, Option<ChangeValue<'a>>),
        terms: location::Terms,
    ) {
        let (held, requested) = (&self.held.place, &self.requested.place);
        if let Some(score) = score(&location::measure_under(terms, held, requested)) {
            let change = knockouts::Change {
                terms: Some(terms),
                ..knockouts::Change::default()
            };
            let scores = NewScores::of(Criterion::Location, score);
            self.offer(kind, Criterion::Location.as_str(), values, scores, change);
        }
    }

    /// True if the sides state pay for different periods, so that accepting one for the other is no
    /// single change: a day rate is no salary, and hours of work a month are not stated.
    fn is_pay_of_other_periods(&self) -> bool {
        let sides = [&self.held.fields.salary, &self.requested.fields.salary];
        let [held, requested] = sides.map(|pay| pay.as_ref().map(|pay| pay.stated.period));
        held != requested
    }

    /// Adds changes of contract, pay and start date.
    fn terms(&mut self, assessment: &'a Assessment) {
        let findings = &assessment.findings;
        if let Ok(found) = &findings.contract
            && let offered = found.finding.offered
            && let Some(score) = score(&contract::measure(&[offered], &[offered]))
        {
            let values = (None, Some(word(offered)));
            let change = knockouts::Change {
                contract_type: Some(offered),
                ..knockouts::Change::default()
            };
            let scores = NewScores::of(Criterion::Contract, score);
            let name = Criterion::Contract.as_str();
            self.offer(ChangeKind::ContractType, name, values, scores, change);
        }
        if let Ok(found) = &findings.salary
            && !self.is_pay_of_other_periods()
        {
            let pay = &found.finding;
            // Rounded down to whole units, so that the change asks for no more than is offered.
            let offered = pay.offered_per_year.0.floor();
            if offered >= 1.0 && offered < pay.asked_per_year.0 {
                let values = (
                    Some(ChangeValue::Number(pay.asked_per_year)),
                    Some(number(offered)),
                );
                self.offer_plain(ChangeKind::Salary, Criterion::Salary, values, 1.0);
            }
        }
        if let (Some(free), Some(start)) = (
            self.held.fields.availability,
            self.requested.fields.availability,
        ) && free > start
        {
            let values = (
                Some(ChangeValue::Date(free)),
                Some(ChangeValue::Date(start)),
            );
            self.offer_plain(
                ChangeKind::AvailableFrom,
                Criterion::Availability,
                values,
                1.0,
            );
        }
    }

    /// Adds failed licences and work permits.
    fn licences_and_permits(&mut self, assessment: &'a Assessment) {
        use knockouts::{KnockoutKind, KnockoutOutcome};
        for knockout in &assessment.knockouts {
            if knockout.outcome != KnockoutOutcome::Failed {
                continue;
            }
            let name = knockout.name.as_str();
            let mut scores = NewScores::default();
            let (kind, change) = match knockout.kind {
                KnockoutKind::Licence => {
                    let place = self
                        .requested
                        .must_haves
                        .licences()
                        .position(|one| one == name);
                    let addition = place.and_then(|at| self.requested.additions().licences.get(at));
                    if let Some(skills) =
                        addition.and_then(|addition| self.skills_with(assessment, addition))
                    {
                        scores = NewScores::of(Criterion::Skills, skills);
                    }
                    let shown = addition.map_or(&[][..], |addition| &addition.shown);
                    let change = knockouts::Change {
                        licence: Some(name),
                        lists_licence: true,
                        shows_skills: shown,
                        ..knockouts::Change::default()
                    };
                    (ChangeKind::AddLicence, change)
                }
                KnockoutKind::WorkPermit => (
                    ChangeKind::AddWorkPermit,
                    knockouts::Change {
                        work_permit: Some(name),
                        ..knockouts::Change::default()
                    },
                ),
                KnockoutKind::Skill
                | KnockoutKind::Language
                | KnockoutKind::Location
                | KnockoutKind::Contract => continue,
            };
            self.offer(kind, name, (None, None), scores, change);
        }
    }
}

/// True if the profile shows the skill itself without stating it, with full or nearly full credit.
fn is_held(evidence: Evidence, credit: f64) -> bool {
    let shows_the_skill = match evidence {
        Evidence::Stated(_, relation) => matches!(
            relation,
            Relation::Implies | Relation::Narrower | Relation::Misspelt
        ),
        Evidence::Spoken | Evidence::Mentioned(_) => true,
        Evidence::InOtherWords(_) | Evidence::Title(_) | Evidence::None => false,
    };
    // Rounded as in the document.
    shows_the_skill && to_four_digits(credit) >= HELD_FROM
}

/// Returns the requested value if the held one is lower.
fn below(held: Option<f64>, requested: Option<f64>) -> Option<f64> {
    let (held, requested) = held.zip(requested)?;
    (held < requested).then_some(requested)
}

fn score<F>(outcome: &Outcome<F>) -> Option<f64> {
    outcome.as_ref().ok().map(|scored| scored.score)
}

/// Rounds as the scores of criteria are rounded.
fn to_four_digits(score: f64) -> f64 {
    round(score.clamp(-1.0, 1.0), 1e4)
}

fn number<'a>(value: f64) -> ChangeValue<'a> {
    ChangeValue::Number(Number(value))
}

fn word<'a>(word: impl WireName) -> ChangeValue<'a> {
    ChangeValue::Word(Cow::Borrowed(word.name()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        profiles::{candidate::Candidate, job_posting::JobPosting},
        scoring::{Engine, Weights},
    };

    fn document(candidate: &Value, posting: &Value) -> Value {
        let engine = Engine::new(Weights::default());
        let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
        let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
        let document = engine
            .score(&candidate, &posting)
            .to_document(None, None, "");
        serde_json::from_str(&document).unwrap()
    }

    fn shown(document: &Value) -> Vec<(&str, &str)> {
        let shown = document["counterfactuals"].as_array().unwrap().iter();
        shown
            .map(|one| {
                let text = |member: &str| one[member].as_str().unwrap();
                (text("change"), text("name"))
            })
            .collect()
    }

    #[test]
    fn gains_are_sorted_and_small_ones_dropped() {
        let document = document(
            &json!({"skills": ["Tricot"], "experience_years": 1, "available_from": "2026-03-02"}),
            &json!({
                "required_skills": ["Rust", "SQL"], "preferred_skills": ["Excel"],
                "experience_years": 2, "start_date": "2026-03-01"
            }),
        );
        assert_eq!(
            shown(&document),
            [
                ("add_skill", "Rust"),
                ("add_skill", "SQL"),
                ("more_years", "experience")
            ]
        );
        assert_eq!(
            document["counterfactuals"][2],
            json!({
                "change": "more_years", "name": "experience", "from": 1, "to": 2,
                "scores": {"experience": 1.0}, "gain": 0.1333,
                "sentence": "With 2 years of experience instead of 1: +0.13."
            })
        );
    }

    #[test]
    fn a_perfect_candidate_has_no_counterfactuals() {
        let document = document(
            &json!({"skills": ["Rust"], "languages": ["en C2"], "remote": "onsite"}),
            &json!({
                "required_skills": ["Rust"], "remote": "onsite",
                "languages": [{"code": "en", "level": "native"}]
            }),
        );
        assert_eq!(shown(&document), []);
        assert_eq!(document["other_changes"], json!([]));
    }

    #[test]
    fn under_a_cap_only_changes_that_lift_it_gain() {
        let posting = json!({
            "required_skills": ["Rust", "SQL"], "licences": ["B"], "experience_years": 4
        });
        let held_down = document(
            &json!({"skills": ["Rust", "SQL"], "experience_years": 3, "licences": ["A"]}),
            &posting,
        );
        assert_eq!(shown(&held_down), [("add_licence", "B")]);
        assert_eq!(held_down["other_changes"][0]["change"], "more_years");
        let below_the_cap = document(
            &json!({"skills": ["SQL"], "experience_years": 0, "licences": ["A"]}),
            &posting,
        );
        assert_eq!(shown(&below_the_cap), []);
        let others = below_the_cap["other_changes"].as_array().unwrap();
        assert!(
            others.iter().any(|change| change["knocked_out"] == true),
            "{others:?}"
        );
    }

    #[test]
    fn a_change_that_leaves_the_place_out_of_reach_is_not_shown() {
        let posting = json!({
            "required_skills": ["Rust", "SQL"],
            "location": {"city": "Lyon", "lat": 45.764, "lon": 4.8357}
        });
        for (lat, is_shown) in [(45.7, true), (50.63, false)] {
            let candidate = json!({
                "skills": ["Rust"], "location": {"city": "Ici", "lat": lat, "lon": 4.83}
            });
            let shown = shown(&document(&candidate, &posting)).contains(&("add_skill", "SQL"));
            assert_eq!(shown, is_shown, "{lat}");
        }
    }

    #[test]
    fn refused_and_unscored_changes_are_not_suggested() {
        let lyon = json!({"city": "Lyon", "lat": 45.764, "lon": 4.8357});
        let paris = json!({"city": "Paris", "lat": 48.8566, "lon": 2.3522});
        let posting = json!({
            "location": lyon, "languages": ["en"], "experience_years": 5, "contract_type": "CDI"
        });
        let willing = document(&json!({"location": paris}), &posting);
        assert_eq!(shown(&willing), []);
        let refusing = json!({"location": paris, "willing_to_relocate": false});
        assert_eq!(shown(&document(&refusing, &posting)), []);
    }
}
