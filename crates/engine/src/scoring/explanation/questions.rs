//! Interview questions, and criteria that could not be judged.
//!
//! Questions come from missing, unknown or weakly shown facts, the weightiest first: unknown
//! must-haves, required skills without full credit, criteria that the profile doesn't mention, and
//! criteria with a low score. They are about the work, its place and its terms, never about the
//! person.

use super::{AllCriteria, Having, Topic, Weightiest, counting, is_had, topic_of};
use crate::profiles::location::RemoteMode;
use crate::scoring::{
    criteria::{
        Criterion, Unscored,
        contract::ContractFacts,
        salary::SalaryFacts,
        skills::{Related, RelatedBy},
    },
    document::{Document, EducationFacts, ExperienceFacts, LanguageFact, LocationFacts},
    explanation::{GAP_BELOW, Statement, words::Listed},
    knockouts::{KnockoutKind, KnockoutOutcome},
};

const MOST_QUESTIONS: usize = 3;
/// Maximum number of skills named in one question.
const MOST_NAMED: usize = 3;
/// Weight of an unknown must-have: more than any criterion.
const MUST_HAVE: f64 = 2.0;
/// Weight of a criterion without a score, relative to one with a score of 0.
const UNKNOWN: f64 = 0.5;

/// Subject of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::scoring) enum Question<'a> {
    /// A must-have that the profile doesn't mention, or a licence requested as a skill.
    MustHave(Topic<'a>),
    /// Licences and certificates requested as skills, which the profile doesn't show; several.
    Licences(Listed<&'a str>),
    /// Required skills that the profile doesn't show; at least one.
    Skills(Listed<&'a str>),
    /// A required skill that a stated one comes close to.
    CloseSkill(&'a Related<'a>),
    /// A required skill stated below the requested level or years, or shown in other words.
    ShallowSkill(&'a str),
    /// A criterion that the profile doesn't mention.
    Unknown(Criterion),
    /// Fewer years than requested.
    Years(&'a ExperienceFacts),
    Education(&'a EducationFacts<'a>),
    /// A language below the requested level, or not stated.
    Language(&'a LanguageFact<'a>),
    Location {
        /// True if the place is in doubt.
        place: bool,
        /// The offered work mode, if it is not a wanted one.
        mode: Option<RemoteMode>,
        /// City of the job.
        city: Option<&'a str>,
    },
    Contract(&'a ContractFacts),
    Salary(&'a SalaryFacts<'a>),
    /// Days from the start date to the candidate's first day.
    Availability(i64),
}

type Questions<'a> = Weightiest<Question<'a>, MOST_QUESTIONS>;

/// Returns the questions, the weightiest first; at most three.
pub(in crate::scoring) fn questions<'a>(
    document: &'a Document<'_>,
) -> impl Iterator<Item = Statement<'a>> {
    // Equal weights keep the order of must-haves, skills and criteria.
    let mut questions = Questions::new();
    for fact in &document.knockouts {
        if fact.outcome == KnockoutOutcome::Unknown {
            questions.add(MUST_HAVE, Question::MustHave(topic_of(fact)));
        }
    }
    ask_about_skills(document, &mut questions);
    ask_about_criteria(document, &mut questions);
    let shares = document.shares;
    for (criterion, is_quoted) in silent_criteria(document) {
        let is_answered = is_quoted || criterion == Criterion::Industry && is_beginner(document);
        if !is_answered && !is_covered_by_must_have(document, criterion) {
            let weight = shares[criterion as usize] * UNKNOWN;
            questions.add(weight, Question::Unknown(criterion));
        }
    }
    questions.into_items().map(Statement::Question)
}

/// True if the candidate states less than a year of experience, and so has no industry to name.
fn is_beginner(document: &Document<'_>) -> bool {
    let years = document.criteria.experience.facts.years();
    years.is_some_and(|years| years.0 < 1.0)
}

/// True if an unknown must-have covers the criterion.
fn is_covered_by_must_have(document: &Document<'_>, criterion: Criterion) -> bool {
    document.knockouts.iter().any(|fact| match fact.kind {
        KnockoutKind::Skill => criterion == Criterion::Skills,
        KnockoutKind::Language => criterion == Criterion::Languages,
        KnockoutKind::Location => criterion == Criterion::Location,
        KnockoutKind::Contract => criterion == Criterion::Contract,
        KnockoutKind::Licence | KnockoutKind::WorkPermit => false,
    })
}

/// Returns the weight of a skill; documents of older versions have none.
fn counted(weight: Option<f64>) -> f64 {
    weight.unwrap_or(1.0)
}

/// Adds questions about required skills without full credit, weighted by their approximate cost to
/// the score.
fn ask_about_skills<'a>(document: &'a Document<'_>, questions: &mut Questions<'a>) {
    let (head, skills) = (
        &document.criteria.skills.head,
        &document.criteria.skills.facts,
    );
    let is_known = |name: &str| {
        let knockouts = document.knockouts.iter();
        knockouts.clone().any(|fact| fact.name == name)
    };
    let matched = (skills.matched.iter()).map(|skill| (skill.required, skill.weight));
    let related = (skills.related.iter()).map(|skill| (skill.required, skill.weight));
    let missing = (skills.missing.iter()).map(|skill| (skill.required, skill.weight));
    let required: f64 = (matched.chain(related).chain(missing))
        .filter(|(required, _)| *required)
        .map(|(_, weight)| counted(weight))
        .sum();
    if head.weight <= 0.0 || required <= 0.0 {
        return;
    }
    let weight = |credit: f64, of_skill: Option<f64>| {
        head.weight * (1.0 - credit) * counted(of_skill) / required
    };
    // One question for all missing skills leaves room for others.
    let mut not_shown: Vec<(f64, &str, Having)> = (skills.missing.iter())
        .filter(|skill| skill.required && !is_known(&skill.name))
        .filter(|skill| skill.having() != Having::Quality)
        .map(|skill| (weight(0.0, skill.weight), &*skill.name, skill.having()))
        .collect();
    for skill in &skills.related {
        // Skills that the profile shows need no question.
        if !skill.required || is_had(skill) || is_known(&skill.name) {
            continue;
        }
        let weight = weight(skill.credit, skill.weight);
        match skill.relation {
            _ if skill.having() == Having::Quality => {}
            RelatedBy::Neighbour | RelatedBy::Near | RelatedBy::Nearest => {
                questions.add(weight, Question::CloseSkill(skill));
            }
            // The summary already shows its use, in other words.
            RelatedBy::InOtherWords => {
                questions.add(weight, Question::ShallowSkill(&skill.name));
            }
            // An industry is no skill to ask about.
            RelatedBy::Industry => {}
            _ => not_shown.push((weight, &skill.name, skill.having())),
        }
    }
    // Licences, titles and languages are held, not used. Several licences are one question.
    let is_licence = |having: Having| having == Having::Licence;
    let licences = not_shown.iter().filter(|(.., having)| is_licence(*having));
    if licences.clone().count() > 1 {
        let weight = licences.clone().map(|(weight, ..)| weight).sum();
        let named = licences.take(MOST_NAMED).map(|(_, name, _)| *name);
        questions.add(weight, Question::Licences(named.collect()));
        not_shown.retain(|(.., having)| !is_licence(*having));
    }
    not_shown.retain(|(weight, name, having)| {
        let topic = match having {
            Having::Use | Having::Quality => return true,
            Having::Licence => Topic::Licence(name),
            Having::Title => Topic::Title(name),
            Having::Language(code) => Topic::Language(code),
        };
        let question = Question::MustHave(topic);
        let is_known = match topic {
            Topic::Language(code) => is_known(code),
            _ => false,
        };
        // A requirement stated twice is asked about once.
        if !is_known && !questions.has(&question) {
            questions.add(*weight, question);
        }
        false
    });
    // The sort is stable: missing skills come first.
    not_shown.sort_by(|one, other| other.0.total_cmp(&one.0));
    if !not_shown.is_empty() {
        let weight = not_shown.iter().map(|(weight, ..)| weight).sum();
        let named = not_shown.iter().take(MOST_NAMED).map(|(_, name, _)| *name);
        questions.add(weight, Question::Skills(named.collect()));
    }
    for skill in &skills.matched {
        if skill.required && skill.credit < 1.0 {
            let weight = weight(skill.credit, skill.weight);
            questions.add(weight, Question::ShallowSkill(&skill.name));
        }
    }
}

/// Adds questions about criteria with a low score that a talk can clear up.
fn ask_about_criteria<'a>(document: &'a Document<'_>, questions: &mut Questions<'a>) {
    let criteria = &document.criteria;
    for (criterion, score, weight) in counting(document) {
        let is_elsewhere = criterion == Criterion::Location && super::relocates_elsewhere(document);
        if score >= GAP_BELOW && !is_elsewhere {
            continue;
        }
        let question = match criterion {
            Criterion::Experience => {
                let facts = &criteria.experience.facts;
                let lacks = facts
                    .years()
                    .zip(facts.min)
                    .is_some_and(|(has, min)| has.0 < min.0);
                lacks.then_some(Question::Years(facts))
            }
            Criterion::Education => (criteria.education.facts.as_ref())
                .filter(|facts| facts.level_required.is_some())
                .map(Question::Education),
            Criterion::Languages => criteria.languages.facts.as_ref().and_then(|facts| {
                let is_requested =
                    |code: &str| questions.has(&Question::MustHave(Topic::Language(code)));
                let lacking = facts
                    .requested
                    .iter()
                    .filter(|fact| !super::is_spoken_well(fact) && !is_requested(&fact.code));
                // The first language of the lowest credit.
                let lowest = lacking.min_by(|one, other| one.credit.total_cmp(&other.credit));
                lowest.map(Question::Language)
            }),
            Criterion::Location => (criteria.location.facts.as_ref())
                .filter(|_| !is_covered_by_must_have(document, criterion))
                .filter(|facts| !is_answered(facts) && !super::is_job_city_wanted(document))
                .map(|facts| {
                    let mode = (facts.mode_offered).filter(|_| !super::is_mode_wanted(facts));
                    let is_remote = mode == Some(RemoteMode::Remote);
                    Question::Location {
                        place: !is_remote && !super::is_within_reach(facts),
                        mode,
                        city: facts.job_city.as_deref(),
                    }
                }),
            Criterion::Contract => criteria.contract.facts.as_ref().map(Question::Contract),
            Criterion::Salary => criteria.salary.facts.as_ref().map(Question::Salary),
            Criterion::Availability => {
                let facts = criteria.availability.facts.as_ref();
                facts.map(|facts| Question::Availability(facts.days_late))
            }
            _ => None,
        };
        if let Some(question) = question {
            questions.add(weight * (1.0 - score), question);
        }
    }
}

/// True if the profile already answers the question about the place: the place is beyond the
/// distance that the candidate states and refuses to exceed by moving, or the work is remote from
/// another country, which only the employer can answer.
fn is_answered(facts: &LocationFacts<'_>) -> bool {
    let is_beyond = facts.limit_km_stated.is_some() && !super::is_within_reach(facts);
    facts.stays && is_beyond || super::is_mode_wanted(facts) && super::is_remote_abroad(facts)
}

/// Returns the criteria that count and that the posting states but no field of the candidate does,
/// without the text; each with whether the candidate's summary mentions it.
fn silent_criteria<'a, 'document>(
    document: &'a Document<'document>,
) -> impl Iterator<Item = (Criterion, bool)> + use<'a, 'document> {
    let shares = document.shares;
    let heads = document.criteria.heads();
    Criterion::ALL.into_iter().filter_map(move |criterion| {
        let head = heads[criterion as usize];
        let is_silent = head.unscored == Some(Unscored::CandidateSilent);
        // A described work says more than a title would.
        let is_described =
            criterion == Criterion::Title && document.criteria.text.head.score.is_some();
        let counts = criterion != Criterion::Text && shares[criterion as usize] > 0.0;
        let counts = counts && !is_described;
        (is_silent && counts).then_some((criterion, head.stated_in_text.is_some()))
    })
}

/// Returns the sentence about the criteria that could not be judged, since no field states them; a
/// reader can ask for them, or read them in the text.
pub(in crate::scoring) fn not_judged<'a>(document: &'a Document<'_>) -> Option<Statement<'a>> {
    let of_silent = |are_quoted: bool| {
        let silent =
            silent_criteria(document).filter(move |(_, is_quoted)| *is_quoted == are_quoted);
        silent.map(|(criterion, _)| criterion).collect()
    };
    let (silent, in_summary): (AllCriteria, AllCriteria) = (of_silent(false), of_silent(true));
    let shares = document.shares;
    let criteria = Criterion::ALL.into_iter().zip(document.criteria.heads());
    let described: AllCriteria = criteria
        .filter(|(_, head)| head.unscored.is_some())
        .filter(|(criterion, _)| shares[*criterion as usize] > 0.0)
        .filter(|(_, head)| {
            head.stated_in_text.is_some() && head.unscored != Some(Unscored::CandidateSilent)
        })
        .map(|(criterion, _)| criterion)
        .collect();
    let can_be_compared = counting(document).next().is_some();
    let are_quoted = in_summary.count + described.count > 0;
    (are_quoted || silent.count > 0 && can_be_compared).then_some(Statement::NotJudged {
        silent,
        in_summary,
        described,
    })
}
