//! What a result document says in sentences.
//!
//! A sentence says what the profiles show and nothing beyond. This file decides what is worth
//! saying, as a list of [`Statement`]s without words; [`english`] and [`french`] have the words, one
//! file for each language. Statements are made from the document alone, so that a stored document
//! can be told in another language.
//!
//! Strengths come from criteria that score 0.75 or more, gaps from those below 0.6 and from every
//! missing skill; what lies between is neither, and so is what counts for nothing. They are ordered
//! by what they add to, or take from, the score; a must-have that isn't met goes before all.

mod english;
mod french;
mod words;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use super::{
    category::Category,
    counterfactuals::{Change, ChangeValue},
    criteria::{
        Criterion, Number, Unscored,
        skills::{Matched, Related, RelatedBy, SkillLists},
    },
    document::{
        AvailabilityFacts, ContractFacts, Counterfactual, Document, EducationFacts,
        ExperienceFacts, IndustryFacts, KnockoutFact, LanguageFact, LanguageFacts, LocationFacts,
        SalaryFacts, TitleFacts,
    },
    knockouts::{KnockoutKind, KnockoutOutcome},
    language::Language,
    stable_name::StableName,
};
use words::{Listed, Separator, say};

const STRENGTH_FROM: f64 = 0.75;
const GAP_BELOW: f64 = 0.6;
const MOST_SENTENCES: usize = 5;
/// Below this share of the configured weight a recommendation says that it rests on little.
const THIN_COVERAGE: f64 = 0.4;
/// How much preferred skills matter beside required ones.
const OF_PREFERRED: f64 = 0.3;

/// One thing to say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement<'a> {
    /// The criterion has no score, for this reason.
    Unscored(Criterion, Unscored),
    /// How many of the skills asked for the candidate has.
    Skills {
        kind: SkillKind,
        total: usize,
        /// Those that the candidate has.
        had: Listed<&'a str>,
        /// Those that only another skill speaks for.
        close: Listed<&'a str>,
    },
    /// Skills asked for that nothing speaks for; at least one.
    MissingSkills(SkillKind, Listed<&'a str>),
    /// Required skills of a lower level or of fewer years than asked for; at least one.
    ShallowSkills(Vec<&'a Matched<'a>>),
    Experience(ExperienceFacts),
    Title(&'a TitleFacts<'a>),
    Education(EducationFacts),
    Languages(&'a LanguageFacts<'a>),
    Location(LocationFacts),
    Contract(&'a ContractFacts),
    Salary(&'a SalaryFacts<'a>),
    Availability(AvailabilityFacts),
    Industry(&'a IndustryFacts<'a>),
    /// How much of the work the summary speaks of.
    Text(Share),
    /// What speaks for a skill that isn't stated.
    Related(&'a Related<'a>),
    Knockout(KnockoutStatement<'a>),
    /// A change that would raise the score.
    Change(ChangeStatement<'a>),
    Recommendation(Recommendation<'a>),
}

/// A must-have that isn't met, or isn't known to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KnockoutStatement<'a> {
    kind: KnockoutKind,
    /// Of a language its code.
    name: &'a str,
    outcome: KnockoutOutcome,
    /// How the language is spoken, if it is about one and the languages were compared.
    language: Option<&'a LanguageFact<'a>>,
    /// How the places lie, if it is about them and they were compared.
    location: Option<LocationFacts>,
}

/// A change that would raise the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChangeStatement<'a> {
    change: &'a Change<'a>,
    gain: f64,
    /// Of pay, as ISO 4217 code.
    currency: Option<&'a str>,
}

impl ChangeStatement<'_> {
    fn number_before(self) -> Option<Number> {
        number_of(self.change.from.as_ref())
    }

    fn number_after(self) -> Option<Number> {
        number_of(self.change.to.as_ref())
    }

    /// What is there, of a kind of word.
    fn word_before<T: StableName>(self) -> Option<T> {
        word_of(self.change.from.as_ref()).and_then(T::of_name)
    }

    fn word_after<T: StableName>(self) -> Option<T> {
        word_of(self.change.to.as_ref()).and_then(T::of_name)
    }

    fn date_before(self) -> Option<NaiveDate> {
        date_of(self.change.from.as_ref())
    }

    fn date_after(self) -> Option<NaiveDate> {
        date_of(self.change.to.as_ref())
    }
}

fn number_of(value: Option<&ChangeValue<'_>>) -> Option<Number> {
    match value? {
        ChangeValue::Number(number) => Some(*number),
        ChangeValue::Date(_) | ChangeValue::Word(_) => None,
    }
}

fn date_of(value: Option<&ChangeValue<'_>>) -> Option<NaiveDate> {
    match value? {
        ChangeValue::Date(date) => Some(*date),
        ChangeValue::Number(_) | ChangeValue::Word(_) => None,
    }
}

fn word_of<'a>(value: Option<&'a ChangeValue<'_>>) -> Option<&'a str> {
    match value? {
        ChangeValue::Number(_) | ChangeValue::Date(_) => None,
        ChangeValue::Word(word) => Some(word),
    }
}

/// Skills by how they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SkillKind {
    Required,
    Preferred,
    /// Read from the description.
    Described,
}

/// A share in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Large,
    Middling,
    Small,
}

impl Share {
    fn of(score: f64) -> Self {
        match score {
            score if score >= STRENGTH_FROM => Self::Large,
            score if score >= 0.4 => Self::Middling,
            _ => Self::Small,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Recommendation<'a> {
    /// The two profiles have nothing to be compared by.
    NotComparable,
    KnockedOut {
        /// Must-haves that are not met; at least one.
        failed: Listed<Topic<'a>>,
        /// Must-haves to be checked. May be empty.
        checks: Listed<Topic<'a>>,
    },
    Fit {
        category: Category,
        /// What decides: ask about it. May be empty.
        topics: Listed<Topic<'a>>,
        /// Must-haves to be checked. May be empty.
        checks: Listed<Topic<'a>>,
        /// Whether it rests on few data.
        is_thin: bool,
    },
}

/// Something to ask about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Topic<'a> {
    Skill(&'a str),
    /// By its code.
    Language(&'a str),
    Licence(&'a str),
    WorkPermit(&'a str),
    /// Never the title, the industry or the text: they are what they are.
    Criterion(Criterion),
}

impl Statement<'_> {
    /// Appends the sentence that says it.
    pub(super) fn tell(&self, language: Language, text: &mut String) {
        match language {
            Language::English => english::sentence(self, text),
            Language::French => french::sentence(self, text),
        }
    }

    /// The sentence that says it.
    fn told(&self, language: Language) -> String {
        let mut text = String::new();
        self.tell(language, &mut text);
        text
    }
}

/// One text about each criterion: what was found, or why it has no score.
pub(super) fn of_criterion(
    document: &Document<'_>,
    criterion: Criterion,
    language: Language,
) -> String {
    let has_score = document.criteria.heads()[criterion as usize]
        .unscored
        .is_none();
    let points: &[Point<'_>] = if criterion == Criterion::Skills && has_score {
        &[Point::Skills(true), Point::Skills(false)]
    } else {
        &[Point::Criterion(criterion)]
    };
    let mut text = String::new();
    let mut before = Separator::of(" ");
    for statement in points.iter().filter_map(|point| point.statement(document)) {
        say!(&mut text, before.part());
        statement.tell(language, &mut text);
    }
    text
}

/// What speaks for the skills that the candidate doesn't state, one sentence each.
pub(super) fn of_related_skills(document: &Document<'_>, language: Language) -> Vec<String> {
    let related = &document.criteria.skills.facts.related;
    related
        .iter()
        .map(|related| Statement::Related(related).told(language))
        .collect()
}

/// What may be worth a sentence.
#[derive(Debug, Clone, Copy)]
enum Point<'a> {
    Criterion(Criterion),
    /// Those asked for that the candidate has, of the required or the other skills.
    Skills(bool),
    MissingSkills(bool),
    ShallowSkills,
    Knockout(&'a KnockoutFact<'a>),
}

impl<'a> Point<'a> {
    /// What is to be said; nothing where there is none of it.
    fn statement(self, document: &'a Document<'_>) -> Option<Statement<'a>> {
        let criteria = &document.criteria;
        let skills = &criteria.skills.facts;
        match self {
            Self::Criterion(criterion) => about(document, criterion),
            Self::Skills(required) => share_of_skills(skills, required),
            Self::MissingSkills(required) => Some(Statement::MissingSkills(
                kind_of_skills(skills, required),
                untold_skills(document, required).collect(),
            )),
            Self::ShallowSkills => Some(Statement::ShallowSkills(shallow_skills(skills).collect())),
            Self::Knockout(fact) => Some(Statement::Knockout(knockout(document, fact))),
        }
    }
}

/// Why a criterion has no score, or what was found for one other than the skills; nothing where a
/// scored one has no facts.
fn about<'a>(document: &'a Document<'_>, criterion: Criterion) -> Option<Statement<'a>> {
    let criteria = &document.criteria;
    let head = criteria.heads()[criterion as usize];
    if let Some(unscored) = head.unscored {
        return Some(Statement::Unscored(criterion, unscored));
    }
    match criterion {
        Criterion::Skills => None,
        Criterion::Experience => Some(Statement::Experience(criteria.experience.facts)),
        Criterion::Title => criteria.title.facts.as_ref().map(Statement::Title),
        Criterion::Education => criteria.education.facts.map(Statement::Education),
        Criterion::Languages => criteria.languages.facts.as_ref().map(Statement::Languages),
        Criterion::Location => criteria.location.facts.map(Statement::Location),
        Criterion::Contract => criteria.contract.facts.as_ref().map(Statement::Contract),
        Criterion::Salary => criteria.salary.facts.as_ref().map(Statement::Salary),
        Criterion::Availability => criteria.availability.facts.map(Statement::Availability),
        Criterion::Industry => criteria.industry.facts.as_ref().map(Statement::Industry),
        Criterion::Text => {
            let score = head.score.unwrap_or_default();
            Some(Statement::Text(Share::of(score)))
        }
    }
}

fn kind_of_skills(skills: &SkillLists<'_>, required: bool) -> SkillKind {
    match (required, &skills.source) {
        (true, _) => SkillKind::Required,
        (false, None) => SkillKind::Preferred,
        (false, Some(_)) => SkillKind::Described,
    }
}

/// Whether the candidate has the skill itself by what the profile says, if not among the skills.
fn is_had(relation: RelatedBy) -> bool {
    match relation {
        RelatedBy::Misspelt
        | RelatedBy::Spoken
        | RelatedBy::Mentioned
        | RelatedBy::Implies
        | RelatedBy::Narrower => true,
        RelatedBy::Near | RelatedBy::Occupation | RelatedBy::Neighbour | RelatedBy::Foundation => {
            false
        }
    }
}

/// None where no such skill is asked for.
fn share_of_skills<'a>(skills: &'a SkillLists<'_>, required: bool) -> Option<Statement<'a>> {
    let matched = skills
        .matched
        .iter()
        .filter(|skill| skill.required == required)
        .map(|skill| &*skill.name);
    let related = |is_had: bool| {
        skills
            .related
            .iter()
            .filter(move |skill| skill.required == required)
            .filter(move |skill| self::is_had(skill.relation) == is_had)
            .map(|skill| &*skill.name)
    };
    let had: Listed<&str> = matched.chain(related(true)).collect();
    let close: Listed<&str> = related(false).collect();
    let total = had.count + close.count + missing_skills(skills, required).count();
    (total > 0).then(|| Statement::Skills {
        kind: kind_of_skills(skills, required),
        total,
        had,
        close,
    })
}

fn missing_skills<'a>(skills: &'a SkillLists<'_>, required: bool) -> impl Iterator<Item = &'a str> {
    skills
        .missing
        .iter()
        .filter(move |skill| skill.required == required)
        .map(|skill| &*skill.name)
}

/// The missing skills that no must-have tells of.
fn untold_skills<'a>(document: &'a Document<'_>, required: bool) -> impl Iterator<Item = &'a str> {
    missing_skills(&document.criteria.skills.facts, required).filter(|name| {
        !failed_knockouts(document)
            .any(|fact| fact.kind == KnockoutKind::Skill && fact.name == *name)
    })
}

/// The required skills of a lower level or of fewer years than asked for.
fn shallow_skills<'a>(skills: &'a SkillLists<'_>) -> impl Iterator<Item = &'a Matched<'a>> {
    let matched = skills.matched.iter();
    matched.filter(|skill| skill.required && skill.credit < 1.0)
}

fn failed_knockouts<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a KnockoutFact<'a>> {
    let knockouts = document.knockouts.iter();
    knockouts.filter(|fact| fact.outcome == KnockoutOutcome::Failed)
}

/// The share of such skills that the candidate has in full or nearly so.
fn share_held(skills: &SkillLists<'_>, required: bool) -> f64 {
    let matched = skills
        .matched
        .iter()
        .map(|skill| (skill.required, skill.credit));
    let related = skills
        .related
        .iter()
        .map(|skill| (skill.required, skill.credit));
    let missing = skills.missing.iter().map(|skill| (skill.required, 0.0));
    let (mut held, mut total) = (0.0, 0.0);
    for (is_required, credit) in matched.chain(related).chain(missing) {
        if is_required == required {
            total += 1.0;
            held += f64::from(u8::from(credit >= STRENGTH_FROM));
        }
    }
    if total > 0.0 { held / total } else { 0.0 }
}

/// What is to be said about a must-have.
pub(super) fn of_knockout<'a>(
    document: &'a Document<'_>,
    fact: &'a KnockoutFact<'_>,
) -> Statement<'a> {
    Statement::Knockout(knockout(document, fact))
}

/// What is to be said about a change.
pub(super) fn of_change<'a>(
    document: &'a Document<'_>,
    counterfactual: &'a Counterfactual<'_>,
) -> Statement<'a> {
    let salary = document.criteria.salary.facts.as_ref();
    Statement::Change(ChangeStatement {
        change: &counterfactual.change,
        gain: counterfactual.gain,
        currency: salary.and_then(|facts| facts.currency.as_deref()),
    })
}

fn knockout<'a>(document: &'a Document<'_>, fact: &'a KnockoutFact<'_>) -> KnockoutStatement<'a> {
    let asked = document.criteria.languages.facts.as_ref();
    KnockoutStatement {
        kind: fact.kind,
        name: &fact.name,
        outcome: fact.outcome,
        language: asked
            .filter(|_| fact.kind == KnockoutKind::Language)
            .and_then(|facts| facts.asked.iter().find(|asked| asked.code == fact.name)),
        location: document
            .criteria
            .location
            .facts
            .filter(|_| fact.kind == KnockoutKind::Location),
    }
}

/// The must-haves that stand so, as something to ask about.
fn must_haves<'a>(document: &'a Document<'_>, outcome: KnockoutOutcome) -> Listed<Topic<'a>> {
    document
        .knockouts
        .iter()
        .filter(|fact| fact.outcome == outcome)
        .map(|fact| match fact.kind {
            KnockoutKind::Skill => Topic::Skill(&fact.name),
            KnockoutKind::Language => Topic::Language(&fact.name),
            KnockoutKind::Licence => Topic::Licence(&fact.name),
            KnockoutKind::WorkPermit => Topic::WorkPermit(&fact.name),
            KnockoutKind::Location => Topic::Criterion(Criterion::Location),
            KnockoutKind::Contract => Topic::Criterion(Criterion::Contract),
        })
        .collect()
}

/// The strengths, weightiest first.
pub(super) fn strengths<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
    let mut points = Points::default();
    for (criterion, score, weight) in counting(document) {
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED)] {
                let share = share_held(&document.criteria.skills.facts, required);
                // Half of the skills asked for is worth saying whatever the others do.
                if share >= 0.5 {
                    points.add(weight * share * importance, Point::Skills(required));
                }
            }
        } else if score >= STRENGTH_FROM {
            points.add(weight * score, Point::Criterion(criterion));
        }
    }
    points.statements(document)
}

/// The gaps: must-haves that are not met, then the others, weightiest first.
pub(super) fn gaps<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
    let mut points = Points::default();
    for fact in failed_knockouts(document) {
        // No weight is as much.
        points.add(2.0, Point::Knockout(fact));
    }
    for (criterion, score, weight) in counting(document) {
        let lost = weight * (1.0 - score);
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED)] {
                if untold_skills(document, required).next().is_some() {
                    points.add(lost * importance, Point::MissingSkills(required));
                }
            }
            let skills = &document.criteria.skills.facts;
            if shallow_skills(skills).next().is_some() {
                points.add(lost * 0.5, Point::ShallowSkills);
            }
        } else if score < GAP_BELOW {
            points.add(lost, Point::Criterion(criterion));
        }
    }
    points.statements(document)
}

/// What to do.
pub(super) fn recommendation<'a>(document: &'a Document<'_>) -> Statement<'a> {
    Statement::Recommendation(recommended(document))
}

fn recommended<'a>(document: &'a Document<'_>) -> Recommendation<'a> {
    if counting(document).next().is_none() {
        return Recommendation::NotComparable;
    }
    let failed = must_haves(document, KnockoutOutcome::Failed);
    let checks = must_haves(document, KnockoutOutcome::Unknown);
    if failed.count > 0 {
        return Recommendation::KnockedOut { failed, checks };
    }
    let skills = &document.criteria.skills;
    let missing: Listed<Topic<'_>> = missing_skills(&skills.facts, true)
        .map(Topic::Skill)
        .collect();
    let topics = if missing.count == 0 || skills.head.weight <= 0.0 {
        weak_criteria(document)
    } else {
        missing
    };
    Recommendation::Fit {
        category: document.category,
        topics,
        checks,
        is_thin: document.coverage < THIN_COVERAGE,
    }
}

/// The two criteria that lost most and that a talk can clear up.
fn weak_criteria<'a>(document: &Document<'_>) -> Listed<Topic<'a>> {
    let mut weak: Vec<(f64, Criterion)> = counting(document)
        .filter(|(criterion, score, _)| {
            let can_be_cleared_up = !matches!(
                criterion,
                Criterion::Title | Criterion::Industry | Criterion::Text
            );
            *score < GAP_BELOW && can_be_cleared_up
        })
        .map(|(criterion, score, weight)| (weight * (1.0 - score), criterion))
        .collect();
    weak.sort_by(|one, other| other.0.total_cmp(&one.0));
    weak.into_iter()
        .take(2)
        .map(|(_, criterion)| Topic::Criterion(criterion))
        .collect()
}

/// Criteria that count, with score and weight.
fn counting(document: &Document<'_>) -> impl Iterator<Item = (Criterion, f64, f64)> {
    let heads = document
        .criteria
        .heads()
        .map(|head| (head.score, head.weight));
    Criterion::ALL
        .into_iter()
        .zip(heads)
        .filter_map(|(criterion, (score, weight))| Some((criterion, score?, weight)))
        .filter(|(_, _, weight)| *weight > 0.0)
}

/// The weightiest points, the weightiest first; equal ones in the order they were added in.
#[derive(Default)]
struct Points<'a>([Option<(f64, Point<'a>)>; MOST_SENTENCES]);

impl<'a> Points<'a> {
    fn add(&mut self, weight: f64, point: Point<'a>) {
        let is_weightier = |place: &Option<(f64, Point<'_>)>| {
            place.is_none_or(|(other, _)| weight.total_cmp(&other).is_gt())
        };
        if let Some(place) = self.0.iter().position(is_weightier) {
            self.0[place..].rotate_right(1);
            self.0[place] = Some((weight, point));
        }
    }

    fn statements(self, document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
        let points = self.0.into_iter().flatten();
        points.filter_map(|(_, point)| point.statement(document))
    }
}

/// Whether a number of things is one, to the digit that is shown.
fn is_one(number: Number) -> bool {
    (number.0 - 1.0).abs() < 0.05
}
