//! Explains a result document in sentences.
//!
//! A sentence states what the profiles show and nothing beyond. This file selects the statements,
//! as [`Statement`]s without words; [`english`] and [`french`] contain the words. Statements are
//! derived from the document alone, so that a stored document can be rendered in another language.
//!
//! Strengths come from criteria that reach their `strength` of the table of criteria, and from
//! skills if at least half of them are held. Gaps come from criteria below 0.6, from every
//! shortfall against a requirement, and from every missing skill. Criteria of weight 0 are neither.
//! Both are ordered by their effect on the score; failed must-haves come first.

mod countries;
mod english;
mod french;
mod questions;
mod words;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono::NaiveDate;

use super::{
    category::Category,
    counterfactuals::{Change, ChangeValue},
    criteria::{
        Criterion, Number, Unscored,
        contract::ContractFacts,
        location::Proximity,
        salary::{SalaryFacts, StatedPayFact},
        skills::{EvidenceInText, Matched, Related, RelatedBy, SkillLists},
    },
    document::{
        Counterfactual, Document, EducationFacts, ExperienceFacts, FieldFacts, Head, KnockoutFact,
        LanguageFact, LocationFacts, TextFacts, TitleFacts, WorkSource,
    },
    knockouts::{KnockoutKind, KnockoutOutcome},
    language::Language,
    name_cache::NameCache,
    taxonomy::is_soft_skill,
    text,
    vocabulary::{city_key, is_credential, language_code, names_licence, names_title, resolve},
    wire_name::WireName,
};
use crate::profiles::{
    location::{RemoteMode, RemotePreference},
    position::to_tenths,
    salary::SalaryPeriod,
};
use questions::Question;
pub(super) use questions::{not_judged, questions};
use words::{Listed, Separator, quote, say};

const STRENGTH_FROM: f64 = 0.75;
/// Minimum credit at which a skill that is not stated is shown as one that the candidate has.
pub(super) const HELD_FROM: f64 = 0.75;
const GAP_BELOW: f64 = 0.6;
/// Score of the title below which it is told as one of other work.
const OTHER_TITLE_BELOW: f64 = 0.4;
const OBSTACLE_BELOW: f64 = 0.5;
const MOST_SENTENCES: usize = 5;
/// Maximum number of skills to be confirmed that a recommendation names.
const MOST_CLOSE: usize = 3;
/// Share of the configured weight below which a recommendation says that it rests on little data.
const THIN_COVERAGE: f64 = 0.4;
/// Importance of preferred skills relative to required ones.
const OF_PREFERRED: f64 = 0.3;
/// The same among the gaps, where facts such as a late start date come before wishes.
const OF_PREFERRED_GAP: f64 = 0.001;
/// Weight of gaps that are obstacles, above that of all other gaps.
const OF_OBSTACLE: f64 = 1.0;

/// A statement to render as a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement<'a> {
    /// A criterion without a score: the reason, and a quote from a text about it.
    Unscored(Criterion, Unscored, Option<&'a EvidenceInText>),
    /// The share of the requested skills that the candidate has.
    Skills {
        kind: SkillKind,
        total: usize,
        /// Skills that the candidate has at the requested level.
        had: Listed<&'a str>,
        /// Skills with only related evidence; empty in a strength.
        close: Listed<&'a str>,
    },
    /// Requested skills with only related evidence; at least one.
    CloseSkills(SkillKind, Listed<&'a Related<'a>>),
    /// Requested skills without evidence; at least one.
    MissingSkills(SkillKind, Listed<&'a str>),
    /// Skills below the requested level or years; at least one.
    ShallowSkills(Vec<&'a Matched<'a>>),
    Experience(&'a ExperienceFacts),
    Title(&'a TitleFacts<'a>),
    /// The title, as a gap.
    OtherTitle(&'a TitleFacts<'a>),
    Education(EducationFacts<'a>),
    /// Languages; at least one.
    Languages(Vec<&'a LanguageFact<'a>>),
    /// The place, with a quote that widens or narrows it.
    Location(LocationFacts<'a>, Option<&'a EvidenceInText>),
    /// A criterion of fields.
    Fields(FieldFacts<'a>),
    /// The share of the work that the summary, or the title used instead, covers.
    Text(Share, &'a TextFacts<'a>),
    /// The evidence for a skill that isn't stated.
    Related(&'a Related<'a>),
    Knockout(KnockoutStatement<'a>),
    /// A change that would raise the score.
    Change(ChangeStatement<'a>),
    /// Boxed, since it is twice as large as any other statement, and statements are moved often.
    Recommendation(Box<Recommendation<'a>>),
    /// An interview question.
    Question(Question<'a>),
    /// Criteria that no field states; at least one in total.
    NotJudged {
        /// Criteria that the candidate's profile doesn't mention.
        silent: AllCriteria,
        /// Criteria that only the candidate's summary mentions.
        in_summary: AllCriteria,
        /// Criteria that only the posting's description mentions.
        described: AllCriteria,
    },
}

/// A failed or unknown must-have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KnockoutStatement<'a> {
    kind: KnockoutKind,
    /// Name of the must-have; the code of a language.
    name: &'a str,
    outcome: KnockoutOutcome,
    /// Evidence in the summary for the skill or licence, which is no proof.
    related: Option<&'a Related<'a>>,
    /// Quote of a text that names the licence.
    stated_in_text: Option<&'a EvidenceInText>,
    /// True if the profile shows nothing about skills.
    is_silent_about_skills: bool,
    /// The candidate's level of the language, if the must-have is a language and languages were
    /// compared.
    language: Option<&'a LanguageFact<'a>>,
    /// The compared places, if the must-have is the location.
    location: Option<&'a LocationFacts<'a>>,
}

/// A change that would raise the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChangeStatement<'a> {
    change: &'a Change<'a>,
    gain: f64,
    /// ISO 4217 code of the pay's currency.
    currency: Option<&'a str>,
    /// The pay of both sides, if it was compared.
    pay: Option<&'a SalaryFacts<'a>>,
    /// True if a part of the years of experience was spent on other work.
    has_other_work: bool,
    /// Facts for sentences about the place.
    location: Option<&'a LocationFacts<'a>>,
    /// The verb for a requested skill, if it is known without a look-up.
    having: Option<Having>,
}

impl ChangeStatement<'_> {
    fn having(self) -> Having {
        self.having.unwrap_or_else(|| Having::of(&self.change.name))
    }

    fn number_before(self) -> Option<Number> {
        number_of(self.change.from.as_ref())
    }

    fn number_after(self) -> Option<Number> {
        number_of(self.change.to.as_ref())
    }

    /// Parses the value before the change.
    fn word_before<T: WireName>(self) -> Option<T> {
        word_of(self.change.from.as_ref()).and_then(T::of_name)
    }

    fn word_after<T: WireName>(self) -> Option<T> {
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

/// A selection of criteria, all of which are named.
pub(super) type AllCriteria = Listed<Criterion, { Criterion::ALL.len() }>;

/// Kind of requested skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SkillKind {
    Required,
    Preferred,
    /// Skills read from the description.
    Described,
}

/// A share in words.
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

/// A recommendation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Recommendation<'a> {
    /// The two profiles have no criterion in common.
    NotComparable,
    KnockedOut {
        /// Failed must-haves; at least one.
        failed: Listed<Topic<'a>>,
        /// Must-haves to check; may be empty.
        checks: Listed<Topic<'a>>,
    },
    Fit {
        category: Category,
        /// Reasons against the pair at any score; may be empty.
        obstacles: Listed<Topic<'a>>,
        /// Topics to ask about, because they decide; may be empty.
        topics: Listed<Topic<'a>>,
        /// Must-haves to check; may be empty.
        checks: Listed<Topic<'a>>,
        /// True if the topics are requirements that the profile doesn't name.
        are_unnamed: bool,
        /// True if skills are required and the profile shows none of them.
        is_none_shown: bool,
        /// True if the score rests on little data.
        is_thin: bool,
    },
}

/// Verb for an entry of the list of skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Having {
    /// A skill: used.
    Use,
    /// A soft skill, which no profile proves and no candidate denies: nothing is said about it.
    Quality,
    /// A licence, certificate or diploma: held.
    Licence,
    /// The title of an occupation: held.
    Title,
    /// The language of this code: spoken.
    Language(&'static str),
}

impl Having {
    /// Looks a name up. The answers are cached, since several look-ups for each missing skill would
    /// take longer than the rest of the document.
    pub(super) fn of(name: &str) -> Self {
        static BY_NAME: NameCache<Having> = NameCache::new();
        *BY_NAME.get_or_insert_with(name, || Self::look_up(name))
    }

    fn look_up(name: &str) -> Self {
        if names_licence(name) || is_credential(name) || is_card(name) {
            Self::Licence
        } else if let Some(code) = language_code(name) {
            Self::Language(code)
        } else if names_title(name) && !name.to_lowercase().ends_with("tech") {
            // An industry and a role share the name: "HR tech".
            Self::Title
        } else if resolve(name).known.is_some_and(is_soft_skill) {
            Self::Quality
        } else {
            Self::Use
        }
    }
}

/// First words of certificates and cards that are held, beyond the names of licences.
const CARDS: &[&str] = &[
    "accreditation",
    "adr",
    "afgsu",
    "agrement",
    "attestation",
    "badge",
    "brevet",
    "cqp",
    "fco",
    "fimo",
    "fluides",
    "psc1",
    "registration",
    "ssiap",
    "sst",
    "titre",
];

/// True if a name is that of a card or certificate: « carte professionnelle », « attestation
/// fluides », "CSCS card", "code 95".
fn is_card(name: &str) -> bool {
    let words = text::words(name);
    let first = words.first().map(String::as_str);
    let is_profession_card = |pair: &[String]| pair[0] == "carte" && pair[1].starts_with("pro");
    first.is_some_and(|first| CARDS.contains(&first))
        || words == ["code", "95"]
        || words.len() > 1 && words.last().is_some_and(|last| last == "card")
        || words.windows(2).next().is_some_and(is_profession_card)
}

/// A topic to ask about or to name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Topic<'a> {
    Skill(&'a str),
    /// A language, by its code.
    Language(&'a str),
    Licence(&'a str),
    /// A title of an occupation, requested among the skills.
    Title(&'a str),
    WorkPermit(&'a str),
    /// A criterion; never the title, the industry or the text, which a talk can't change.
    Criterion(Criterion),
    /// The missing required skills, if more than half of them, or all of several skills read from
    /// the description, have no evidence although the score is high.
    MostSkills {
        kind: SkillKind,
        /// True if no skill has evidence.
        all: bool,
    },
    /// The work is remote and the candidate lives in another country.
    RemoteAbroad,
    /// The offered contract is not a wanted one.
    Contract(&'a ContractFacts),
    /// The offered pay is well below the requested pay.
    Pay(&'a SalaryFacts<'a>),
    /// Steps of seniority of the title above the posting's; negative below.
    Seniority(i64),
    /// Less than half of the requested years.
    Years(&'a ExperienceFacts),
}

impl Topic<'_> {
    /// Returns the criterion of an obstacle that also is a gap.
    fn criterion(self) -> Option<Criterion> {
        match self {
            Self::Criterion(criterion) => Some(criterion),
            Self::RemoteAbroad => Some(Criterion::Location),
            Self::Contract(_) => Some(Criterion::Contract),
            Self::Pay(_) => Some(Criterion::Salary),
            Self::Years(_) => Some(Criterion::Experience),
            _ => None,
        }
    }
}

impl Statement<'_> {
    /// Appends the sentence.
    pub(super) fn write(&self, language: Language, text: &mut String) {
        match language {
            Language::English => english::sentence(self, text),
            Language::French => french::sentence(self, text),
        }
        // The name may end with full stops itself.
        if let [.., b'.' | b' ', b'.' | b' '] = text.as_bytes() {
            text.truncate(text.trim_end_matches(['.', ' ']).len());
            text.push('.');
        }
    }

    /// Returns the sentence.
    fn rendered(&self, language: Language) -> String {
        let mut text = String::new();
        self.write(language, &mut text);
        text
    }
}

/// Returns the text about a criterion: the finding, or the reason for a missing score.
pub(super) fn of_criterion(
    document: &Document<'_>,
    criterion: Criterion,
    language: Language,
) -> String {
    let has_score = document.criteria.heads()[criterion as usize]
        .unscored
        .is_none();
    let points: &[Point<'_>] = if criterion == Criterion::Skills && has_score {
        &[
            Point::Skills(true),
            Point::Skills(false),
            Point::ShallowSkills,
        ]
    } else {
        &[Point::Criterion(criterion)]
    };
    let mut text = String::new();
    let mut before = Separator::of(" ");
    for statement in points.iter().filter_map(|point| point.statement(document)) {
        say!(&mut text, before.part());
        statement.write(language, &mut text);
    }
    text
}

/// Returns one sentence about the evidence for each skill that the candidate doesn't state.
pub(super) fn of_related_skills(document: &Document<'_>, language: Language) -> Vec<String> {
    let related = &document.criteria.skills.facts.related;
    related
        .iter()
        .map(|related| Statement::Related(related).rendered(language))
        .collect()
}

/// A candidate for a sentence.
#[derive(Debug, Clone, Copy)]
enum Point<'a> {
    Criterion(Criterion),
    /// A criterion as a strength, with favourable facts only.
    Strength(Criterion),
    /// A criterion as a gap, with unfavourable facts only.
    Gap(Criterion),
    /// The skills that the candidate has or comes close to: the required ones if true, else the
    /// others.
    Skills(bool),
    /// The skills that the candidate has: the required ones if true, else the others.
    HadSkills(bool),
    CloseSkills(bool),
    MissingSkills(bool),
    ShallowSkills,
    Knockout(&'a KnockoutFact<'a>),
}

impl<'a> Point<'a> {
    /// Returns the statement; `None` if there is nothing to state.
    fn statement(self, document: &'a Document<'_>) -> Option<Statement<'a>> {
        let criteria = &document.criteria;
        let skills = &criteria.skills.facts;
        match self {
            Self::Criterion(criterion) => about(document, criterion),
            Self::Strength(criterion) => strength(document, criterion),
            Self::Gap(criterion) => gap(document, criterion),
            Self::Skills(required) => share_of_skills(document, required),
            Self::HadSkills(required) => match share_of_skills(document, required)? {
                Statement::Skills {
                    kind, total, had, ..
                } => Some(Statement::Skills {
                    kind,
                    total,
                    had,
                    close: std::iter::empty().collect(),
                }),
                other => Some(other),
            },
            Self::CloseSkills(required) => {
                let close: Listed<&Related<'_>> = close_skills(document, required).collect();
                (close.count > 0)
                    .then(|| Statement::CloseSkills(kind_of_skills(skills, required), close))
            }
            Self::MissingSkills(required) => Some(Statement::MissingSkills(
                kind_of_skills(skills, required),
                uncovered_skills(document, required).collect(),
            )),
            Self::ShallowSkills => {
                let shallow: Vec<&Matched<'_>> = shallow_skills(skills).collect();
                (!shallow.is_empty()).then_some(Statement::ShallowSkills(shallow))
            }
            Self::Knockout(fact) => Some(Statement::Knockout(knockout(document, fact))),
        }
    }
}

/// Returns the finding of a criterion other than skills, or the reason for a missing score. Returns
/// `None` for a scored criterion without facts.
fn about<'a>(document: &'a Document<'_>, criterion: Criterion) -> Option<Statement<'a>> {
    let criteria = &document.criteria;
    let head = criteria.heads()[criterion as usize];
    if let Some(unscored) = head.unscored {
        return Some(Statement::Unscored(
            criterion,
            unscored,
            head.stated_in_text.as_deref(),
        ));
    }
    match criterion {
        Criterion::Skills => None,
        Criterion::Experience => Some(Statement::Experience(&criteria.experience.facts)),
        Criterion::Title => criteria.title.facts.as_ref().map(Statement::Title),
        Criterion::Education => criteria.education.facts.clone().map(Statement::Education),
        Criterion::Languages => (criteria.languages.facts.as_ref())
            .map(|facts| Statement::Languages(facts.requested.iter().collect())),
        Criterion::Location => (criteria.location.facts.clone())
            .map(|facts| (facts, head.stated_in_text.as_deref()))
            .filter(|(facts, terms)| says_something(facts) || terms.is_some())
            .map(|(facts, terms)| Statement::Location(facts, terms)),
        Criterion::Text => {
            let score = head.score.unwrap_or_default();
            Some(Statement::Text(Share::of(score), &criteria.text.facts))
        }
        of_fields => criteria.of_fields(of_fields).map(Statement::Fields),
    }
}

/// Returns the favourable facts of a criterion with a high score.
fn strength<'a>(document: &'a Document<'_>, criterion: Criterion) -> Option<Statement<'a>> {
    match about(document, criterion)? {
        // One met language would hide another below its level.
        Statement::Languages(requested) if !requested.iter().all(|fact| is_spoken_well(fact)) => {
            None
        }
        // The level alone would hide a field that may be another one.
        Statement::Education(facts) if facts.field_similarity == Some(0.0) => None,
        // A wanted way of working would hide a place out of reach.
        Statement::Location(facts, _) if !facts.relocation && !is_within_reach(&facts) => None,
        // Who would move, but names other places, has not said yes to this one.
        Statement::Location(..) if relocates_elsewhere(document) => None,
        Statement::Location(mut facts, terms) => {
            let is_narrowed = terms.is_some_and(is_of_posting);
            if !is_within_stated_limit(&facts)
                || is_narrowed && facts.proximity == Some(Proximity::Anywhere)
            {
                facts.proximity = None;
            }
            // The candidate's words about other places speak against the place of the job, and limit
            // where a candidate would move.
            let terms = terms.filter(|terms| {
                facts.relocation || is_of_posting(terms) || is_job_city_wanted(document)
            });
            (says_something(&facts) && is_mode_wanted(&facts))
                .then_some(Statement::Location(facts, terms))
        }
        Statement::Text(_, facts)
            if facts.title.is_none()
                && facts.compared_with == Some(WorkSource::Title)
                && !is_work_confirmed(document) =>
        {
            None
        }
        // A day rate as yearly pay is a guess.
        Statement::Fields(FieldFacts::Salary(facts)) if is_day_rate_against_pay(facts) => None,
        statement => Some(statement),
    }
}

/// Returns the unfavourable facts of a criterion with a low score.
fn gap<'a>(document: &'a Document<'_>, criterion: Criterion) -> Option<Statement<'a>> {
    let is_covered = |code: &str| {
        failed_knockouts(document)
            .any(|fact| fact.kind == KnockoutKind::Language && fact.name == code)
    };
    match about(document, criterion)? {
        Statement::Languages(requested) => {
            let lacking: Vec<&LanguageFact<'_>> = (requested.into_iter())
                .filter(|fact| !is_spoken_well(fact) && !is_covered(&fact.code))
                .collect();
            (!lacking.is_empty()).then_some(Statement::Languages(lacking))
        }
        Statement::Location(mut facts, terms) => {
            if is_mode_wanted(&facts) {
                facts.mode_wanted = None;
                facts.mode_offered = facts.mode_offered.filter(|_| is_remote_abroad(&facts));
            }
            if is_within_reach(&facts) {
                facts.proximity = None;
            }
            let says_something = facts.proximity.is_some() || facts.mode_wanted.is_some();
            says_something.then_some(Statement::Location(facts, terms))
        }
        Statement::Title(facts) => {
            // A title that a summary names may be another person's.
            let is_stated = !facts.in_summary;
            (is_stated && is_title_of_other_work(document)).then_some(Statement::OtherTitle(facts))
        }
        // A day rate is no salary: charges, holidays and days without work are in it.
        Statement::Fields(FieldFacts::Salary(facts)) if is_day_rate_against_pay(facts) => None,
        // Industries have many names, and often contain each other.
        Statement::Fields(FieldFacts::Industry(_)) => None,
        statement => Some(statement),
    }
}

/// True if the title names other work and nothing else in the document says the opposite.
fn is_title_of_other_work(document: &Document<'_>) -> bool {
    let score = |head: &Head<'_>| head.score.unwrap_or_default();
    let criteria = &document.criteria;
    score(&criteria.title.head) < OTHER_TITLE_BELOW
        && score(&criteria.text.head) < STRENGTH_FROM
        && document.category < Category::Good
        && holds_required_skills(document).is_none_or(|(held, all)| 2 * held <= all)
}

/// True if the titles and the required skills confirm that the summary is one of the job's work. A
/// few words of a title alone don't show that.
fn is_work_confirmed(document: &Document<'_>) -> bool {
    let similarity = document.criteria.title.head.score;
    let is_same_work = similarity.is_none_or(|score| score >= OTHER_TITLE_BELOW);
    let is_like = similarity.is_some_and(|score| score >= STRENGTH_FROM);
    let is_shown = holds_required_skills(document)
        .is_none_or(|(held, all)| 2 * held >= all || is_like && held > 0);
    is_same_work && is_shown
}

/// True if one side states pay for a day of work and the other for another period.
fn is_day_rate_against_pay(facts: &SalaryFacts<'_>) -> bool {
    let is_daily = |pay: &Option<StatedPayFact<'_>>| {
        pay.as_ref()
            .is_some_and(|pay| pay.period == SalaryPeriod::Day)
    };
    is_daily(&facts.offered) != is_daily(&facts.requested)
}

/// True if a quote is from the posting.
fn is_of_posting(quote: &EvidenceInText) -> bool {
    quote.field == "description"
}

/// True if the candidate's summary names the city of the job among the places that suit.
fn is_job_city_wanted(document: &Document<'_>) -> bool {
    let is_wanted = &document.is_job_city_wanted;
    *is_wanted.get_or_init(|| names_job_city(document))
}

fn names_job_city(document: &Document<'_>) -> bool {
    let entry = &document.criteria.location;
    let city = entry
        .facts
        .as_ref()
        .and_then(|facts| facts.job_city.as_deref());
    let terms = entry.head.stated_in_text.as_deref();
    let terms = terms.filter(|terms| !is_of_posting(terms));
    city.zip(terms).is_some_and(|(city, terms)| {
        let (words_of_city, said) = (text::words(city), text::words(&terms.quote));
        let is_named = |words: &[String]| words == words_of_city;
        said.windows(words_of_city.len().max(1)).any(is_named)
            || is_written_otherwise(city, &terms.quote)
    })
}

/// True if a name in the quote is the city in another language or spelling: Gent, Gand.
fn is_written_otherwise(city: &str, quote: &str) -> bool {
    let mut names = quote
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.starts_with(char::is_uppercase))
        .peekable();
    // Keys are computed only for quotes with a name.
    names.peek().is_some() && {
        let wanted = city_key(city);
        wanted.is_some() && names.any(|name| city_key(name) == wanted)
    }
}

/// True if the candidate would move and the summary names places for that, but not the job's.
/// Regions aren't known, so the job's place may be in one of them: a question, not a gap.
fn relocates_elsewhere(document: &Document<'_>) -> bool {
    let entry = &document.criteria.location;
    let terms = entry.head.stated_in_text.as_deref();
    let terms = terms.filter(|terms| !is_of_posting(terms));
    let would_move =
        (entry.facts.as_ref()).is_some_and(|facts| facts.relocation && !is_within_reach(facts));
    would_move
        && terms.is_some_and(|terms| names_a_place(&terms.quote))
        && !is_job_city_wanted(document)
}

/// Words that open a wish to all places: "anywhere in France", « dans toute la France ».
const OF_ALL_PLACES: [&str; 7] = [
    "anywhere",
    "everywhere",
    "nationwide",
    "partout",
    "tout",
    "toute",
    "toutes",
];

/// True if a word within a quote is written as a name, a capital before a small letter, and no word
/// opens the quote to all places.
fn names_a_place(quote: &str) -> bool {
    let is_open = |word: &String| OF_ALL_PLACES.contains(&word.as_str());
    if text::words(quote).iter().any(is_open) {
        return false;
    }
    quote.split_whitespace().skip(1).any(|word| {
        let mut letters = word.trim_start_matches(['(', '«', '"', '“']).chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
    })
}

fn is_spoken_well(fact: &LanguageFact<'_>) -> bool {
    fact.spoken && fact.level_actual >= fact.level_required
}

/// True if there are facts about the place or the work mode to tell.
fn says_something(facts: &LocationFacts<'_>) -> bool {
    facts.proximity.is_some() || facts.relocation || facts.mode_wanted.is_some()
}

/// True if the offered work mode is a wanted one.
fn is_mode_wanted(facts: &LocationFacts<'_>) -> bool {
    match (facts.mode_wanted, facts.mode_offered) {
        (Some(RemotePreference::Only(wanted)), Some(offered)) => wanted == offered,
        _ => true,
    }
}

/// True if the work is remote and offered from another country than the candidate's.
fn is_remote_abroad(facts: &LocationFacts<'_>) -> bool {
    facts.proximity == Some(Proximity::OtherCountry)
        && facts.mode_offered == Some(RemoteMode::Remote)
}

/// Works as [`is_within_reach`] does, by the limit that the candidate states.
fn is_within_stated_limit(facts: &LocationFacts<'_>) -> bool {
    let stated = facts.distance_km.zip(facts.limit_km_stated);
    is_within_reach(facts) && stated.is_none_or(|(distance, limit)| distance.0 <= limit.0)
}

fn is_within_reach(facts: &LocationFacts<'_>) -> bool {
    match facts.proximity {
        Some(Proximity::Measured) => (facts.distance_km.zip(facts.limit_km))
            .is_none_or(|(distance, limit)| distance.0 <= limit.0),
        Some(Proximity::OtherCity | Proximity::OtherCountry) => false,
        _ => true,
    }
}

fn kind_of_skills(skills: &SkillLists<'_>, required: bool) -> SkillKind {
    match (required, &skills.source) {
        (true, _) => SkillKind::Required,
        (false, None) => SkillKind::Preferred,
        (false, Some(_)) => SkillKind::Described,
    }
}

/// True if the profile shows the skill itself outside the list of skills.
fn is_had(skill: &Related<'_>) -> bool {
    match skill.relation {
        RelatedBy::Misspelt
        | RelatedBy::Spoken
        | RelatedBy::Mentioned
        | RelatedBy::Implies
        | RelatedBy::Narrower => skill.credit >= HELD_FROM,
        RelatedBy::Near
        | RelatedBy::InOtherWords
        | RelatedBy::Occupation
        | RelatedBy::Neighbour
        | RelatedBy::Foundation
        | RelatedBy::Industry
        | RelatedBy::HeldTitle
        | RelatedBy::WrittenIn
        | RelatedBy::Nearest => false,
    }
}

/// True if a stated skill is below the requested level or years.
fn is_shallow(skill: &Matched<'_>) -> bool {
    skill.credit < 1.0
}

/// Returns the skills with evidence: those that the candidate has at the requested level, or those
/// that are only close. A requested language below its level is close.
fn shown_skills<'a>(
    document: &'a Document<'_>,
    required: bool,
    is_had: bool,
) -> impl Iterator<Item = &'a str> {
    let skills = &document.criteria.skills.facts;
    let matched = (skills.matched.iter())
        .filter(move |skill| skill.required == required && !is_shallow(skill))
        .map(|skill| (&*skill.name, true));
    let related = (skills.related.iter())
        .filter(move |skill| skill.required == required)
        .map(|skill| (&*skill.name, self::is_had(skill)));
    matched
        .chain(related)
        .filter(move |(name, had)| {
            (*had && !is_lacking_language(document, || Having::of(name))) == is_had
        })
        .map(|(name, _)| name)
}

/// Returns the skills that are only close, except those that a failed must-have or the languages
/// cover.
fn close_skills<'a>(
    document: &'a Document<'_>,
    required: bool,
) -> impl Iterator<Item = &'a Related<'a>> {
    let related = document.criteria.skills.facts.related.iter();
    related
        .filter(move |skill| skill.required == required && !is_had(skill))
        .filter(|skill| skill.having() != Having::Quality)
        .filter(|skill| !is_covered_by_must_have(document, &skill.name))
        .filter(|skill| !is_lacking_language(document, || Having::of(&skill.name)))
}

/// True if a failed must-have covers a skill, as a skill or as a licence.
fn is_covered_by_must_have(document: &Document<'_>, name: &str) -> bool {
    failed_knockouts(document).any(|fact| match fact.kind {
        KnockoutKind::Skill => fact.name == name,
        KnockoutKind::Licence => resolve(&fact.name).id == resolve(name).id,
        _ => false,
    })
}

/// Returns the share of skills; `None` if no such skill is requested.
fn share_of_skills<'a>(document: &'a Document<'_>, required: bool) -> Option<Statement<'a>> {
    let skills = &document.criteria.skills.facts;
    let had: Listed<&str> = shown_skills(document, required, true).collect();
    let close: Listed<&str> = shown_skills(document, required, false).collect();
    let shallow = shallow_skills(skills)
        .filter(|skill| skill.required == required)
        .count();
    let total = had.count + close.count + shallow + missing_skills(skills, required).count();
    // If all skills with evidence are below the requested level, only that is stated.
    let says_something = total > 0 && (had.count + close.count > 0 || shallow == 0);
    says_something.then(|| Statement::Skills {
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

/// Returns the missing skills that neither a failed must-have nor the languages cover.
fn uncovered_skills<'a>(
    document: &'a Document<'_>,
    required: bool,
) -> impl Iterator<Item = &'a str> {
    let missing = document.criteria.skills.facts.missing.iter();
    missing
        .filter(move |skill| skill.required == required)
        .filter(|skill| {
            skill.having() != Having::Quality
                && !is_covered_by_must_have(document, &skill.name)
                && !is_lacking_language(document, || skill.having())
        })
        .map(|skill| &*skill.name)
}

/// True if a skill is a requested language that isn't listed or is below its level.
fn is_lacking_language(document: &Document<'_>, having: impl FnOnce() -> Having) -> bool {
    let languages = document.criteria.languages.facts.as_ref();
    let requested = languages.map_or(&[][..], |facts| &facts.requested);
    // Most documents have none.
    let mut lacking = requested
        .iter()
        .filter(|fact| !is_spoken_well(fact))
        .peekable();
    lacking.peek().is_some()
        && matches!(having(), Having::Language(code) if lacking.any(|fact| fact.code == code))
}

/// Returns the skills below the requested level or years, required ones first.
fn shallow_skills<'a>(skills: &'a SkillLists<'_>) -> impl Iterator<Item = &'a Matched<'a>> {
    let matched = skills.matched.iter();
    matched.filter(|skill| is_shallow(skill))
}

fn failed_knockouts<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a KnockoutFact<'a>> {
    let knockouts = document.knockouts.iter();
    knockouts.filter(|fact| fact.outcome == KnockoutOutcome::Failed)
}

/// Returns the share of skills that the candidate has at the requested level.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn share_held(document: &Document<'_>, required: bool) -> f64 {
    let skills = &document.criteria.skills.facts;
    let of_kind = |is_required: &bool| *is_required == required;
    let matched = skills.matched.iter().map(|skill| skill.required);
    let related = skills.related.iter().map(|skill| skill.required);
    let missing = skills.missing.iter().map(|skill| skill.required);
    let all = matched.chain(related).chain(missing).filter(of_kind);
    let total = all.count().max(1) as f64;
    shown_skills(document, required, true).count() as f64 / total
}

/// True if there is evidence for a requested skill.
fn shows_any(skills: &SkillLists<'_>, required: bool) -> bool {
    let matched = skills.matched.iter().map(|skill| skill.required);
    let related = skills.related.iter().map(|skill| skill.required);
    matched.chain(related).any(|is| is == required)
}

/// True if more than half of the required skills have no evidence.
fn are_most_missing(skills: &SkillLists<'_>) -> bool {
    let missing = missing_skills(skills, true).count();
    let matched = skills.matched.iter().map(|skill| skill.required);
    let related = skills.related.iter().map(|skill| skill.required);
    let others = matched.chain(related).filter(|required| *required).count();
    missing > others
}

/// Returns the statement about a must-have.
pub(super) fn of_knockout<'a>(
    document: &'a Document<'_>,
    fact: &'a KnockoutFact<'_>,
) -> Statement<'a> {
    Statement::Knockout(knockout(document, fact))
}

/// Returns the statement about a change.
pub(super) fn of_change<'a>(
    document: &'a Document<'_>,
    counterfactual: &'a Counterfactual<'_>,
) -> Statement<'a> {
    let salary = document.criteria.salary.facts.as_ref();
    let location = document.criteria.location.facts.as_ref();
    let skills = &document.criteria.skills.facts;
    let missing = (skills.missing.iter()).map(|skill| (&skill.name, skill.having));
    let related = (skills.related.iter()).map(|skill| (&skill.name, skill.having));
    // Looking the names up again took 3% of the time of a document.
    let requested = missing
        .chain(related)
        .find(|(name, _)| **name == counterfactual.change.name);
    Statement::Change(ChangeStatement {
        change: &counterfactual.change,
        gain: counterfactual.gain,
        currency: salary.and_then(|facts| facts.currency.as_deref()),
        pay: salary,
        has_other_work: document.criteria.experience.facts.by_work().is_some(),
        location,
        having: requested.and_then(|(_, having)| having),
    })
}

fn knockout<'a>(document: &'a Document<'_>, fact: &'a KnockoutFact<'_>) -> KnockoutStatement<'a> {
    let requested = document.criteria.languages.facts.as_ref();
    KnockoutStatement {
        kind: fact.kind,
        name: &fact.name,
        outcome: fact.outcome,
        related: (document.criteria.skills.facts.related.iter()).find(|skill| {
            let is_covered = match fact.kind {
                KnockoutKind::Skill => skill.relation == RelatedBy::InOtherWords,
                KnockoutKind::Licence => {
                    let quoted = skill.evidence.as_ref();
                    quoted.is_some_and(|evidence| evidence.field == "summary")
                }
                _ => false,
            };
            is_covered && skill.name == fact.name
        }),
        stated_in_text: fact.stated_in_text.as_deref(),
        is_silent_about_skills: document.criteria.skills.head.unscored.is_some(),
        language: requested
            .filter(|_| fact.kind == KnockoutKind::Language)
            .and_then(|facts| {
                facts
                    .requested
                    .iter()
                    .find(|requested| requested.code == fact.name)
            }),
        location: document
            .criteria
            .location
            .facts
            .as_ref()
            .filter(|_| fact.kind == KnockoutKind::Location),
    }
}

/// Returns the must-haves with an outcome, as topics.
fn must_haves<'a>(document: &'a Document<'_>, outcome: KnockoutOutcome) -> Listed<Topic<'a>> {
    let knockouts = document.knockouts.iter();
    knockouts
        .filter(|fact| fact.outcome == outcome)
        .map(topic_of)
        .collect()
}

fn topic_of<'a>(fact: &'a KnockoutFact<'_>) -> Topic<'a> {
    match fact.kind {
        KnockoutKind::Skill => Topic::Skill(&fact.name),
        KnockoutKind::Language => Topic::Language(&fact.name),
        KnockoutKind::Licence => Topic::Licence(&fact.name),
        KnockoutKind::WorkPermit => Topic::WorkPermit(&fact.name),
        KnockoutKind::Location => Topic::Criterion(Criterion::Location),
        KnockoutKind::Contract => Topic::Criterion(Criterion::Contract),
    }
}

/// Returns the strengths, the weightiest first.
pub(super) fn strengths<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
    let mut points = Points::new();
    for (criterion, score, weight) in counting(document) {
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED)] {
                let share = share_held(document, required);
                // Half of the requested skills is a strength, independently of the others.
                if share >= 0.5 {
                    points.add(weight * share * importance, Point::HadSkills(required));
                }
            }
        } else if score >= criterion.strength_from()
            && (criterion != Criterion::Experience || !is_in_unlike_work(document))
            && strength(document, criterion).is_some()
            && !is_of_failed_must_have(document, criterion)
        {
            points.add(weight * score, Point::Strength(criterion));
        }
    }
    points.statements(document)
}

/// True if nothing shows that the years were spent on work like the job's: their work isn't known,
/// the title is not a similar one, and it names other work or no required skill is held.
fn is_in_unlike_work(document: &Document<'_>) -> bool {
    let criteria = &document.criteria;
    let similarity = criteria.title.head.score;
    criteria.experience.facts.counted.is_none()
        && similarity.is_none_or(|score| score < STRENGTH_FROM)
        && (similarity.is_some() && is_title_of_other_work(document)
            || holds_required_skills(document).is_some_and(|(held, _)| held == 0))
}

/// Returns the number of required skills that the profile shows, and of all; `None` if none is
/// required.
fn holds_required_skills(document: &Document<'_>) -> Option<(usize, usize)> {
    match share_of_skills(document, true)? {
        Statement::Skills { had, total, .. } => Some((had.count, total)),
        _ => None,
    }
}

/// True if the years exceed the maximum so far that the score doesn't fall further.
fn is_far_above(document: &Document<'_>) -> bool {
    let facts = document.criteria.experience.facts;
    let above = facts.years().zip(facts.max);
    above.is_some_and(|(years, max)| years.0 - max.0 >= 10.0)
}

/// True if a failed must-have covers the criterion.
fn is_of_failed_must_have(document: &Document<'_>, criterion: Criterion) -> bool {
    failed_knockouts(document).any(|fact| match fact.kind {
        KnockoutKind::Language => criterion == Criterion::Languages,
        KnockoutKind::Location => criterion == Criterion::Location,
        KnockoutKind::Contract => criterion == Criterion::Contract,
        KnockoutKind::Skill | KnockoutKind::Licence | KnockoutKind::WorkPermit => false,
    })
}

/// True if the profile states less than requested, or far more years: a gap at any cost.
fn falls_short(document: &Document<'_>, criterion: Criterion) -> bool {
    let criteria = &document.criteria;
    match criterion {
        Criterion::Experience => {
            let facts = criteria.experience.facts;
            let lacks = facts.years().zip(facts.min);
            is_far_above(document) || lacks.is_some_and(|(years, min)| years.0 < min.0)
        }
        Criterion::Education => criteria.education.facts.as_ref().is_some_and(|facts| {
            let levels = facts.level_actual.zip(facts.level_required);
            levels.is_some_and(|(actual, required)| actual < required)
        }),
        Criterion::Languages => (criteria.languages.facts.as_ref())
            .is_some_and(|facts| !facts.requested.iter().all(is_spoken_well)),
        Criterion::Location => criteria.location.facts.as_ref().is_some_and(|facts| {
            let is_measured = facts.proximity == Some(Proximity::Measured);
            is_measured && !facts.relocation && !is_within_reach(facts) || !is_mode_wanted(facts)
        }),
        of_fields => (criteria.of_fields(of_fields)).is_some_and(FieldFacts::fall_short),
    }
}

/// Returns the gaps: failed must-haves, then the others, the weightiest first.
pub(super) fn gaps<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
    let mut points = Points::new();
    for fact in failed_knockouts(document) {
        // More than any weight.
        points.add(2.0, Point::Knockout(fact));
    }
    let mut are_obstacles = [false; Criterion::ALL.len()];
    for criterion in obstacles(document).filter_map(Topic::criterion) {
        are_obstacles[criterion as usize] = true;
    }
    for (criterion, score, weight) in counting(document) {
        let lost = weight * (1.0 - score);
        if criterion == Criterion::Skills {
            for (required, importance) in [(true, 1.0), (false, OF_PREFERRED_GAP)] {
                if uncovered_skills(document, required).next().is_some() {
                    points.add(lost * importance, Point::MissingSkills(required));
                }
                if close_skills(document, required).next().is_some() {
                    points.add(lost * importance * 0.5, Point::CloseSkills(required));
                }
            }
            let skills = &document.criteria.skills.facts;
            if shallow_skills(skills).next().is_some() {
                points.add(lost * 0.5, Point::ShallowSkills);
            }
        } else if (score < GAP_BELOW || falls_short(document, criterion))
            // A missing statement in a summary gives nothing to act on.
            && criterion != Criterion::Text
            && (criterion == Criterion::Languages || !is_of_failed_must_have(document, criterion))
            && gap(document, criterion).is_some()
        {
            let weight = if are_obstacles[criterion as usize] {
                lost + OF_OBSTACLE
            } else {
                lost
            };
            points.add(weight, Point::Gap(criterion));
        }
    }
    points.statements(document)
}

/// Returns the recommendation.
pub(super) fn recommendation<'a>(document: &'a Document<'_>) -> Statement<'a> {
    Statement::Recommendation(Box::new(recommended(document)))
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
    let missing: Listed<Topic<'_>> = uncovered_skills(document, true).map(Topic::Skill).collect();
    let obstacles: Listed<Topic<'_>> = obstacles(document).collect();
    let are_unnamed = missing.count > 0 && skills.head.weight > 0.0;
    let topics = if are_unnamed {
        missing
    } else if obstacles.count > 0 {
        std::iter::empty().collect()
    } else {
        weak_criteria(document)
    };
    Recommendation::Fit {
        category: document.category,
        obstacles,
        topics,
        checks,
        are_unnamed,
        is_none_shown: are_unnamed && !shows_any(&skills.facts, true),
        is_thin: document.coverage < THIN_COVERAGE,
    }
}

/// Returns the reasons against the pair at any score: an unwanted contract, pay well below the
/// requested pay, another level of seniority, less than half of the years, a place out of reach,
/// most required skills not found.
fn obstacles<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Topic<'a>> {
    let criteria = &document.criteria;
    counting(document).filter_map(|(criterion, score, _)| match criterion {
        Criterion::Contract => (criteria.contract.facts.as_ref())
            .filter(|facts| !facts.wanted && score < OBSTACLE_BELOW)
            .map(Topic::Contract),
        Criterion::Salary => (criteria.salary.facts.as_ref())
            .filter(|facts| score < OBSTACLE_BELOW && !is_day_rate_against_pay(facts))
            .map(Topic::Pay),
        Criterion::Title => (criteria.title.facts.as_ref())
            .and_then(|facts| facts.seniority_steps)
            .filter(|steps| steps.abs() >= 2)
            .map(Topic::Seniority),
        Criterion::Experience => {
            let facts = &criteria.experience.facts;
            let lacks = score < OBSTACLE_BELOW && facts.min.is_some();
            lacks.then_some(Topic::Years(facts))
        }
        Criterion::Location => (score < 0.3 && !is_job_city_wanted(document)).then(|| {
            let is_remote = criteria
                .location
                .facts
                .as_ref()
                .is_some_and(is_remote_abroad);
            if is_remote {
                Topic::RemoteAbroad
            } else {
                Topic::Criterion(criterion)
            }
        }),
        Criterion::Skills => {
            let is_high = document.category >= Category::Good;
            let skills = &criteria.skills.facts;
            let required = skills.source.is_none();
            let all = !shows_any(skills, required);
            let is_obstacle = match skills.source {
                None => are_most_missing(skills),
                // A description names many skills that the work doesn't depend on.
                Some(_) => all && skills.missing.len() > 1,
            };
            (is_high && is_obstacle).then(|| Topic::MostSkills {
                kind: kind_of_skills(skills, required),
                all,
            })
        }
        _ => None,
    })
}

/// Returns the two criteria that lost most and that a talk can clear up; for skills, the names of
/// those to be confirmed.
fn weak_criteria<'a>(document: &'a Document<'_>) -> Listed<Topic<'a>> {
    let mut weak = Weightiest::<Criterion, 2>::new();
    for (criterion, score, weight) in counting(document) {
        let can_be_cleared_up = !matches!(
            criterion,
            Criterion::Title | Criterion::Industry | Criterion::Text
        );
        if score < GAP_BELOW && can_be_cleared_up {
            weak.add(weight * (1.0 - score), criterion);
        }
    }
    let mut topics: Vec<Topic<'_>> = Vec::new();
    for criterion in weak.into_items() {
        let named = topics.len();
        if criterion == Criterion::Skills {
            let close = close_skills(document, true).map(|skill| Topic::Skill(&skill.name));
            topics.extend(close.take(MOST_CLOSE));
        }
        if topics.len() == named {
            topics.push(Topic::Criterion(criterion));
        }
    }
    topics.into_iter().collect()
}

/// Yields the criteria that count, with score and weight.
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

/// The `MOST` weightiest items, the weightiest first; equal ones in order of insertion.
struct Weightiest<T, const MOST: usize>([Option<(f64, T)>; MOST]);

impl<T: Copy, const MOST: usize> Weightiest<T, MOST> {
    fn new() -> Self {
        Self([None; MOST])
    }

    fn add(&mut self, weight: f64, item: T) {
        let is_weightier = |place: &Option<(f64, T)>| {
            place.is_none_or(|(other, _)| weight.total_cmp(&other).is_gt())
        };
        if let Some(place) = self.0.iter().position(is_weightier) {
            self.0[place..].rotate_right(1);
            self.0[place] = Some((weight, item));
        }
    }

    /// True if an equal item is among the weightiest.
    fn has(&self, item: &T) -> bool
    where
        T: PartialEq,
    {
        self.0.iter().flatten().any(|(_, other)| other == item)
    }

    fn into_items(self) -> impl Iterator<Item = T> {
        self.0.into_iter().flatten().map(|(_, item)| item)
    }
}

type Points<'a> = Weightiest<Point<'a>, MOST_SENTENCES>;

impl<'a> Points<'a> {
    fn statements(self, document: &'a Document<'_>) -> impl Iterator<Item = Statement<'a>> {
        (self.into_items()).filter_map(|point| point.statement(document))
    }
}

/// Side of a comparison of pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PaySide {
    Offered,
    Requested,
}

impl PaySide {
    /// Returns this side's pay per year, and as stated if it was stated in another unit.
    fn of<'a>(self, facts: &'a SalaryFacts<'_>) -> (Number, Option<&'a StatedPayFact<'a>>) {
        match self {
            Self::Offered => (facts.offered_per_year, facts.offered.as_ref()),
            Self::Requested => (facts.asked_per_year, facts.requested.as_ref()),
        }
    }
}

/// True if both sides state their pay for the same period and in the same currency, so that no
/// yearly amount is needed to compare them.
fn is_pay_in_one_unit(facts: &SalaryFacts<'_>) -> bool {
    match (&facts.offered, &facts.requested) {
        (Some(offered), Some(requested)) => {
            offered.period == requested.period && offered.currency == requested.currency
        }
        (Some(pay), None) | (None, Some(pay)) => {
            pay.period == SalaryPeriod::Year && pay.currency.is_none()
        }
        (None, None) => true,
    }
}

/// True if one side states net pay and the other doesn't say.
fn is_net_to_be_checked(facts: &SalaryFacts<'_>) -> bool {
    let is_net = |pay: &Option<StatedPayFact<'_>>| pay.as_ref().is_some_and(|pay| pay.net);
    is_net(&facts.offered) != is_net(&facts.requested)
}

/// True if a clause of the summary shows a skill or names a title of its work.
fn is_said_in_summary(skill: &Related<'_>) -> bool {
    match skill.relation {
        RelatedBy::InOtherWords => true,
        RelatedBy::HeldTitle | RelatedBy::Nearest => skill.evidence.is_some(),
        _ => false,
    }
}

/// Returns the clause that shows a skill in other words.
fn clause<'a>(skill: &'a Related<'_>) -> Cow<'a, str> {
    let quoted = skill.evidence.as_ref();
    quoted.map_or(Cow::Borrowed(&*skill.via), |evidence| said(evidence))
}

/// Returns a quote, with an ellipsis if it was cut.
fn said(evidence: &EvidenceInText) -> Cow<'_, str> {
    let words = quote(&evidence.quote);
    let length = evidence.end.saturating_sub(evidence.start);
    if evidence.quote.chars().count() < length && !words.ends_with('…') {
        Cow::Owned(format!("{words}…"))
    } else {
        words
    }
}

/// Returns the difference of two numbers, rounded to one decimal.
fn difference(larger: Number, smaller: Number) -> Number {
    Number(to_tenths(larger.0 - smaller.0))
}

/// True if a number is one, as rounded for display.
fn is_one(number: Number) -> bool {
    (number.0 - 1.0).abs() < 0.05
}
