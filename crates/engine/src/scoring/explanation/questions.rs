//! Interview questions, and criteria that could not be judged.
//!
//! Questions come from missing, unknown or weakly shown facts, the weightiest first: unknown
//! must-haves, the required skills that the profile doesn't name, criteria that the profile doesn't
//! mention, and criteria with a low score. They are about the work, its place and its terms, never
//! about the person.

use super::{AllCriteria, ShownSkill, Topic, Weightiest, counting, topic_of, unnamed_skills};
use crate::profiles::location::RemoteMode;
use crate::scoring::{
    criteria::{Criterion, Unscored, contract::ContractFacts, salary::SalaryFacts},
    document::{Document, EducationFacts, ExperienceFacts, LanguageFact, LocationFacts},
    explanation::{GAP_BELOW, Statement},
    knockouts::{KnockoutKind, KnockoutOutcome},
};

const MOST_QUESTIONS: usize = 3;
/// Maximum number of must-haves asked about beside the question about skills.
const MOST_MUST_HAVES: usize = 2;
/// Weight of an unknown must-have: more than any criterion.
const MUST_HAVE: f64 = 2.0;
/// Weight of a criterion without a score, relative to one with a score of 0.
const UNKNOWN: f64 = 0.5;

/// Subject of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::scoring) enum Question<'a> {
    /// A must-have that the profile doesn't mention.
    MustHave(Topic<'a>),
    /// All required skills that the profile doesn't name; at least one.
    Skills,
    /// A criterion that the profile doesn't mention.
    Unknown(Criterion),
    /// Fewer years than requested, all together or in such work.
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
    let counts = document.criteria.skills.head.weight > 0.0;
    let unnamed = move || unnamed_skills(document).filter(move |_| counts);
    let has_unnamed = unnamed().next().is_some();
    let unknown = (document.knockouts.iter())
        .filter(|fact| fact.outcome == KnockoutOutcome::Unknown)
        .take(if has_unnamed {
            MOST_MUST_HAVES
        } else {
            MOST_QUESTIONS
        });
    for fact in unknown {
        questions.add(MUST_HAVE, Question::MustHave(topic_of(fact)));
    }
    if has_unnamed {
        questions.add(MUST_HAVE, Question::Skills);
    }
    ask_about_criteria(document, &mut questions);
    let shares = document.shares;
    for (criterion, is_quoted) in silent_criteria(document) {
        let is_answered = is_quoted || criterion == Criterion::Industry && is_beginner(document);
        if !is_answered && !is_covered_by_must_have(document, criterion) {
            let weight = shares[criterion as usize] * UNKNOWN;
            questions.add(weight, Question::Unknown(criterion));
        }
    }
    questions.into_items().map(move |question| match question {
        Question::Skills => {
            let skills: Vec<ShownSkill<'_>> = unnamed().collect();
            Statement::AskedSkills(skills)
        }
        other => Statement::Question(other),
    })
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
                let lacks = facts.years().zip(facts.min);
                let lacks = lacks.is_some_and(|(has, min)| has.0 < min.0);
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
                // The language of the lowest credit, and of the highest requested level among
                // equals.
                let lowest = lacking.min_by(|one, other| {
                    let levels = other.level_required.cmp(&one.level_required);
                    one.credit.total_cmp(&other.credit).then(levels)
                });
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
