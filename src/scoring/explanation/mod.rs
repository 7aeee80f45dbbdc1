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
        AvailabilityFacts, ContractFacts, Document, EducationFacts, ExperienceFacts, IndustryFacts,
        KnockoutFact, LanguageFact, LanguageFacts, LocationFacts, SalaryFacts, TitleFacts,
    },
    knockouts::{KnockoutKind, KnockoutOutcome},
    language::Language,
    stable_name::StableName,
};

const STRENGTH_FROM: f64 = 0.75;
const GAP_BELOW: f64 = 0.6;
const MOST_SENTENCES: usize = 5;
/// Below this share of the configured weight a recommendation says that it rests on little.
const THIN_COVERAGE: f64 = 0.4;
/// How much preferred skills matter beside required ones.
const OF_PREFERRED: f64 = 0.3;

/// One thing to say.
#[derive(Debug, Clone, PartialEq)]
enum Statement<'a> {
    /// The criterion has no score, for this reason.
    Unscored(Criterion, Unscored),
    /// How many of the skills asked for the candidate has.
    Skills {
        kind: SkillKind,
        total: usize,
        /// Those that the candidate has.
        had: Vec<&'a str>,
        /// Those that only another skill speaks for.
        close: Vec<&'a str>,
    },
    /// Skills asked for that nothing speaks for; at least one.
    MissingSkills(SkillKind, Vec<&'a str>),
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
struct KnockoutStatement<'a> {
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
struct ChangeStatement<'a> {
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
        word_of(self.change.from.as_ref())?.parse().ok()
    }

    fn date_after(self) -> Option<NaiveDate> {
        word_of(self.change.to.as_ref())?.parse().ok()
    }
}

fn number_of(value: Option<&ChangeValue<'_>>) -> Option<Number> {
    match value? {
        ChangeValue::Number(number) => Some(*number),
        ChangeValue::Word(_) => None,
    }
}

fn word_of<'a>(value: Option<&'a ChangeValue<'_>>) -> Option<&'a str> {
    match value? {
        ChangeValue::Number(_) => None,
        ChangeValue::Word(word) => Some(word),
    }
}

/// Skills by how they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SkillKind {
    Required,
    Preferred,
    /// Read from the description.
    Described,
}

/// A share in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
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
#[derive(Debug, Clone, PartialEq)]
enum Recommendation<'a> {
    /// The two profiles have nothing to be compared by.
    NotComparable,
    KnockedOut {
        /// Must-haves that are not met; at least one.
        failed: Vec<Topic<'a>>,
        /// Must-haves to be checked. May be empty.
        checks: Vec<Topic<'a>>,
    },
    Fit {
        category: Category,
        /// What decides: ask about it. May be empty.
        topics: Vec<Topic<'a>>,
        /// Must-haves to be checked. May be empty.
        checks: Vec<Topic<'a>>,
        /// Whether it rests on few data.
        is_thin: bool,
    },
}

/// Something to ask about.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Topic<'a> {
    Skill(&'a str),
    /// By its code.
    Language(&'a str),
    Licence(&'a str),
    WorkPermit(&'a str),
    /// Never the title, the industry or the text: they are what they are.
    Criterion(Criterion),
}

impl Statement<'_> {
    fn tell(&self, language: Language) -> String {
        match language {
            Language::English => english::sentence(self),
            Language::French => french::sentence(self),
        }
    }
}

/// Writes all sentences of a document in a language.
pub(super) fn write(document: &mut Document<'_>, language: Language) {
    let reasons = document.criteria.heads().map(|head| head.unscored);
    let knockouts: Vec<String> = document
        .knockouts
        .iter()
        .map(|fact| Statement::Knockout(knockout(document, fact)).tell(language))
        .collect();
    let salary = document.criteria.salary.facts.as_ref();
    let currency = salary.and_then(|facts| facts.currency.as_deref());
    let changes: Vec<String> = document
        .counterfactuals
        .iter()
        .map(|counterfactual| ChangeStatement {
            change: &counterfactual.change,
            gain: counterfactual.gain,
            currency,
        })
        .map(|statement| Statement::Change(statement).tell(language))
        .collect();
    let strengths = tell_all(&strengths(document), language);
    let gaps = tell_all(&gaps(document), language);
    let recommendation = Statement::Recommendation(recommendation(document)).tell(language);
    let heads = document.criteria.heads_mut();
    for ((criterion, head), unscored) in Criterion::ALL.into_iter().zip(heads).zip(reasons) {
        head.reason =
            unscored.map(|unscored| Statement::Unscored(criterion, unscored).tell(language));
    }
    for (fact, reason) in document.knockouts.iter_mut().zip(knockouts) {
        fact.reason = reason;
    }
    for (counterfactual, sentence) in document.counterfactuals.iter_mut().zip(changes) {
        counterfactual.sentence = sentence;
    }
    document.strengths = strengths;
    document.gaps = gaps;
    document.recommendation = recommendation;
    document.language = language;
}

/// One text about each criterion: what was found, or why it has no score.
pub(super) fn of_criterion(
    document: &Document<'_>,
    criterion: Criterion,
    language: Language,
) -> String {
    let sentences: Vec<String> = about(document, criterion)
        .iter()
        .map(|statement| statement.tell(language))
        .collect();
    sentences.join(" ")
}

/// What speaks for the skills that the candidate doesn't state, one sentence each.
pub(super) fn of_related_skills(document: &Document<'_>, language: Language) -> Vec<String> {
    let related = &document.criteria.skills.facts.related;
    related
        .iter()
        .map(|related| Statement::Related(related).tell(language))
        .collect()
}

/// What is to be said about a criterion; nothing where a scored one has no facts.
fn about<'a>(document: &'a Document<'_>, criterion: Criterion) -> Vec<Statement<'a>> {
    let criteria = &document.criteria;
    let head = criteria.heads()[criterion as usize];
    if let Some(unscored) = head.unscored {
        return vec![Statement::Unscored(criterion, unscored)];
    }
    let score = head.score.unwrap_or_default();
    let statement = match criterion {
        Criterion::Skills => {
            return [true, false]
                .into_iter()
                .filter_map(|required| share_of_skills(&criteria.skills.facts, required))
                .collect();
        }
        Criterion::Experience => Some(Statement::Experience(criteria.experience.facts)),
        Criterion::Title => criteria.title.facts.as_ref().map(Statement::Title),
        Criterion::Education => criteria.education.facts.map(Statement::Education),
        Criterion::Languages => criteria.languages.facts.as_ref().map(Statement::Languages),
        Criterion::Location => criteria.location.facts.map(Statement::Location),
        Criterion::Contract => criteria.contract.facts.as_ref().map(Statement::Contract),
        Criterion::Salary => criteria.salary.facts.as_ref().map(Statement::Salary),
        Criterion::Availability => criteria.availability.facts.map(Statement::Availability),
        Criterion::Industry => criteria.industry.facts.as_ref().map(Statement::Industry),
        Criterion::Text => Some(Statement::Text(Share::of(score))),
    };
    statement.into_iter().collect()
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
        .filter(|skill| skill.required == required);
    let related = skills
        .related
        .iter()
        .filter(|skill| skill.required == required);
    let mut had: Vec<&str> = matched.map(|skill| &*skill.name).collect();
    let (also_had, close): (Vec<_>, Vec<_>) = related.partition(|skill| is_had(skill.relation));
    had.extend(also_had.iter().map(|skill| &*skill.name));
    let missing = skills
        .missing
        .iter()
        .filter(|skill| skill.required == required);
    let total = had.len() + close.len() + missing.count();
    (total > 0).then(|| Statement::Skills {
        kind: kind_of_skills(skills, required),
        total,
        had,
        close: close.iter().map(|skill| &*skill.name).collect(),
    })
}

fn missing_skills<'a>(skills: &'a SkillLists<'_>, required: bool) -> Vec<&'a str> {
    skills
        .missing
        .iter()
        .filter(|skill| skill.required == required)
        .map(|skill| &*skill.name)
        .collect()
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
fn must_haves<'a>(document: &'a Document<'_>, outcome: KnockoutOutcome) -> Vec<Topic<'a>> {
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
        })
        .collect()
}

/// The strengths, weightiest first.
fn strengths<'a>(document: &'a Document<'_>) -> Vec<Statement<'a>> {
    let skills = &document.criteria.skills.facts;
    let mut statements = Vec::new();
    for (criterion, score, weight) in counting(document) {
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED)] {
                let share = share_held(skills, required);
                // Half of the skills asked for is worth saying whatever the others do.
                if share >= 0.5 {
                    let statement = share_of_skills(skills, required);
                    statements.extend(
                        statement.map(|statement| (weight * share * importance, statement)),
                    );
                }
            }
        } else if score >= STRENGTH_FROM {
            let found = about(document, criterion);
            statements.extend(found.into_iter().map(|found| (weight * score, found)));
        }
    }
    weightiest(statements)
}

/// The gaps: must-haves that are not met, then the others, weightiest first.
fn gaps<'a>(document: &'a Document<'_>) -> Vec<Statement<'a>> {
    let skills = &document.criteria.skills.facts;
    let failed = document
        .knockouts
        .iter()
        .filter(|fact| fact.outcome == KnockoutOutcome::Failed);
    // No weight is as much.
    let mut statements: Vec<(f64, Statement<'_>)> = failed
        .clone()
        .map(|fact| (2.0, Statement::Knockout(knockout(document, fact))))
        .collect();
    let is_said = |name: &str| {
        failed
            .clone()
            .any(|fact| fact.kind == KnockoutKind::Skill && fact.name == name)
    };
    for (criterion, score, weight) in counting(document) {
        let lost = weight * (1.0 - score);
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED)] {
                let mut missing = missing_skills(skills, required);
                missing.retain(|name| !is_said(name));
                if !missing.is_empty() {
                    let kind = kind_of_skills(skills, required);
                    statements.push((lost * importance, Statement::MissingSkills(kind, missing)));
                }
            }
            let is_shallow = |skill: &&Matched<'_>| skill.required && skill.credit < 1.0;
            let shallow: Vec<&Matched<'_>> = skills.matched.iter().filter(is_shallow).collect();
            if !shallow.is_empty() {
                statements.push((lost * 0.5, Statement::ShallowSkills(shallow)));
            }
        } else if score < GAP_BELOW {
            let found = about(document, criterion);
            statements.extend(found.into_iter().map(|found| (lost, found)));
        }
    }
    weightiest(statements)
}

fn recommendation<'a>(document: &'a Document<'_>) -> Recommendation<'a> {
    if counting(document).next().is_none() {
        return Recommendation::NotComparable;
    }
    let failed = must_haves(document, KnockoutOutcome::Failed);
    if !failed.is_empty() {
        let checks = must_haves(document, KnockoutOutcome::Unknown);
        return Recommendation::KnockedOut { failed, checks };
    }
    let missing = missing_skills(&document.criteria.skills.facts, true);
    let topics = if missing.is_empty() || document.criteria.skills.head.weight <= 0.0 {
        weak_criteria(document)
    } else {
        missing.into_iter().map(Topic::Skill).collect()
    };
    Recommendation::Fit {
        category: document.category,
        topics,
        checks: must_haves(document, KnockoutOutcome::Unknown),
        is_thin: document.coverage < THIN_COVERAGE,
    }
}

/// The two criteria that lost most and that a talk can clear up.
fn weak_criteria<'a>(document: &Document<'_>) -> Vec<Topic<'a>> {
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

/// The sort is stable: equal weights keep the order of the criteria.
fn weightiest(mut statements: Vec<(f64, Statement<'_>)>) -> Vec<Statement<'_>> {
    statements.sort_by(|one, other| other.0.total_cmp(&one.0));
    statements.truncate(MOST_SENTENCES);
    statements
        .into_iter()
        .map(|(_, statement)| statement)
        .collect()
}

fn tell_all(statements: &[Statement<'_>], language: Language) -> Vec<String> {
    statements
        .iter()
        .map(|statement| statement.tell(language))
        .collect()
}

/// Whether a number of things is one, to the digit that is shown.
fn is_one(number: Number) -> bool {
    (number.0 - 1.0).abs() < 0.05
}
