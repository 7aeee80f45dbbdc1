//! Explains a result document in sentences.
//!
//! A sentence states what the profiles show and nothing beyond. This file selects the statements,
//! as [`Statement`]s without words; [`english`] and [`french`] contain the words. Statements are
//! derived from the document alone, so that a stored document can be rendered in another language.
//!
//! Strengths are the requested skills that the profile names, and criteria that reach their
//! `strength` of the table of criteria. Gaps are certain: unmet must-haves, and values that both
//! sides state in comparable units and that fall short. Criteria of weight 0 are neither. Both are
//! ordered by their effect on the score; failed must-haves come first.
//!
//! A skill that the profile doesn't name may be there in other words, so its absence is no gap:
//! one question lists all of them, each with the words of the profile that come closest.

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
        LanguageFact, LocationFacts, TextFacts, TitleFacts,
    },
    knockouts::{KnockoutKind, KnockoutOutcome},
    language::Language,
    name_cache::NameCache,
    names::skill_key,
    taxonomy::is_soft_skill,
    text,
    vocabulary::{city_key, is_credential, language_code, names_licence, names_title, resolve},
    wire_name::WireName,
};
use crate::profiles::{
    contract::ContractType,
    education::EducationLevel,
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
/// Share of the configured weight below which a recommendation says that it rests on little data.
const THIN_COVERAGE: f64 = 0.4;
/// Weight of required skills among the strengths, above that of all others.
const OF_REQUIRED: f64 = 1.0;
/// Importance of preferred skills relative to required ones.
const OF_PREFERRED: f64 = 0.3;
/// Weight of gaps that are obstacles, above that of all other gaps.
const OF_OBSTACLE: f64 = 1.0;

/// A statement to render as a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement<'a> {
    /// A criterion without a score: the reason, and a quote from a text about it.
    Unscored(Criterion, Unscored, Option<&'a EvidenceInText>),
    /// Requested skills that the profile shows; at least one.
    Skills {
        kind: SkillKind,
        /// Number of all requested skills of the kind.
        total: usize,
        /// Skills that the profile names.
        named: Vec<ShownSkill<'a>>,
        /// Skills that the profile shows under other names.
        in_other_words: Vec<ShownSkill<'a>>,
    },
    /// Required skills that the profile doesn't name; at least one.
    UnnamedSkills(Vec<ShownSkill<'a>>),
    /// The question about required skills that the profile doesn't name; at least one.
    AskedSkills(Vec<ShownSkill<'a>>),
    /// Skills below the requested level or years; at least one.
    ShallowSkills(Vec<&'a Matched<'a>>),
    Experience(&'a ExperienceFacts),
    Title(&'a TitleFacts<'a>),
    Education(EducationFacts<'a>),
    /// Languages; at least one.
    Languages(Vec<&'a LanguageFact<'a>>),
    /// The place, with a quote that widens or narrows it.
    Location(LocationFacts<'a>, Option<&'a EvidenceInText>),
    /// A criterion of fields.
    Fields(FieldFacts<'a>),
    /// The share of the work that the summary, or the title used instead, covers.
    Text(&'a TextFacts<'a>),
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

/// A requested skill, and the words of the profile about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ShownSkill<'a> {
    name: &'a str,
    words: Option<Words<'a>>,
}

/// Words of a profile about a requested skill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Words<'a> {
    /// An entry of the profile.
    Entry(&'a str),
    /// A part of a text.
    Text(&'a EvidenceInText),
    /// All of them: the skill is the language that the summary is written in.
    Language,
}

/// How a profile shows a requested skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Showing {
    /// By its name.
    Named,
    /// Under another name.
    InOtherWords,
    /// At best by something close to it.
    Unnamed,
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
}

impl ChangeStatement<'_> {
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

/// Returns true if a similarity is large enough to call two fields of study fitting.
pub(super) fn is_fitting(similarity: f64) -> bool {
    similarity >= STRENGTH_FROM
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
        /// Number of required skills that the profile doesn't name, and of all.
        unnamed: (usize, usize),
        /// Topics to ask about, because they decide; may be empty.
        topics: Listed<Topic<'a>>,
        /// Must-haves to check; may be empty.
        checks: Listed<Topic<'a>>,
        /// True if the score rests on little data.
        is_thin: bool,
    },
}

/// Kind of an entry of the list of requested skills.
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
    WorkPermit(&'a str),
    /// A criterion; never the title, the industry or the text, which a talk can't change.
    Criterion(Criterion),
    /// The work is remote and the candidate lives in another country.
    RemoteAbroad,
    /// The offered contract is not a wanted one.
    Contract(&'a ContractFacts),
    /// The offered pay is well below the requested pay.
    Pay(&'a SalaryFacts<'a>),
    /// The two titles, which name different steps of seniority.
    Seniority(&'a TitleFacts<'a>),
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
            Point::UnnamedSkills,
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
    /// The skills that the profile shows: the required ones if true, else the others.
    Skills(bool),
    /// The required skills that the profile doesn't name.
    UnnamedSkills,
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
            Self::Skills(required) => shown_skills(document, required),
            Self::UnnamedSkills => {
                let unnamed: Vec<ShownSkill<'_>> = unnamed_skills(document).collect();
                (!unnamed.is_empty()).then_some(Statement::UnnamedSkills(unnamed))
            }
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
        Criterion::Text => Some(Statement::Text(&criteria.text.facts)),
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
        // A level far above the requested one is no advantage, and none at all in a training.
        Statement::Education(facts) if is_overqualified(document, &facts) => None,
        // Years of other work would count for the requested ones.
        Statement::Experience(facts) if !suffices_in_such_work(facts) => None,
        // A title that a summary names may be another person's.
        Statement::Title(facts) if facts.in_summary => None,
        // Industries contain each other, and similar texts are no fact to rely on.
        Statement::Fields(FieldFacts::Industry(facts))
            if facts.closest.to_lowercase() != facts.industry_required.to_lowercase() =>
        {
            None
        }
        Statement::Text(..) => None,
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
        Statement::Fields(FieldFacts::Salary(facts)) if !is_pay_comparable(facts) => None,
        statement => Some(statement),
    }
}

/// True if no years are known to be of other work, or those of similar work suffice alone.
fn suffices_in_such_work(facts: &ExperienceFacts) -> bool {
    let least = facts.min.map_or(0.0, |min| min.0);
    facts
        .by_work()
        .is_none_or(|(relevant, ..)| relevant.0 > 0.0 && relevant.0 >= least)
}

/// True if the level of education is more than one step above the requested one, or above it for
/// an apprenticeship or internship.
fn is_overqualified(document: &Document<'_>, facts: &EducationFacts<'_>) -> bool {
    let contract = document.criteria.contract.facts.as_ref();
    let is_training = contract.is_some_and(|facts| {
        matches!(
            facts.offered,
            ContractType::Apprenticeship | ContractType::Internship
        )
    });
    let levels = facts.level_actual.zip(facts.level_required);
    levels.is_some_and(|(held, requested)| {
        held.step().saturating_sub(requested.step()) > u8::from(!is_training)
    })
}

/// Returns the unfavourable facts of a criterion if they are certain: both sides state them in
/// comparable units.
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
        // A question asks for the work of these years; only their number can be a gap.
        Statement::Experience(facts) => {
            (lacks_years(facts) || is_far_above(document)).then_some(Statement::Experience(facts))
        }
        Statement::Fields(FieldFacts::Salary(facts)) if !is_pay_comparable(facts) => None,
        Statement::Education(facts) => {
            falls_short(document, criterion).then_some(Statement::Education(facts))
        }
        // Work and industries have many names, and often contain each other.
        Statement::Title(_) | Statement::Fields(FieldFacts::Industry(_)) | Statement::Text(..) => {
            None
        }
        statement => Some(statement),
    }
}

/// True if all years together are fewer than requested.
fn lacks_years(facts: &ExperienceFacts) -> bool {
    let years = facts.actual.zip(facts.min);
    years.is_some_and(|(actual, min)| actual.0 < min.0)
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

/// True if both sides state pay for one period and in one currency, and both gross or both net:
/// else hours, months or bonuses that nobody states would decide.
fn is_pay_comparable(facts: &SalaryFacts<'_>) -> bool {
    is_pay_in_one_unit(facts) && !is_net_to_be_checked(facts)
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

/// Returns how the profile shows a related skill, and with which words.
fn showing_of<'a>(skill: &'a Related<'_>) -> (Showing, Option<Words<'a>>) {
    let text = skill.evidence.as_deref().map(Words::Text);
    let entry = Some(Words::Entry(&skill.via));
    let is_held = skill.credit >= HELD_FROM;
    match skill.relation {
        RelatedBy::Misspelt => (Showing::Named, entry),
        RelatedBy::Spoken => (Showing::Named, None),
        RelatedBy::Mentioned => match &skill.evidence {
            Some(said) if skill_key(&said.quote) == skill_key(&skill.name) => {
                (Showing::Named, None)
            }
            _ => (Showing::InOtherWords, text),
        },
        RelatedBy::Implies | RelatedBy::Narrower if is_held => {
            if is_within(&skill.name, &skill.via) {
                (Showing::Named, entry)
            } else {
                (Showing::InOtherWords, entry)
            }
        }
        RelatedBy::Industry => (Showing::InOtherWords, entry),
        RelatedBy::HeldTitle if skill.evidence.is_none() => (Showing::InOtherWords, entry),
        RelatedBy::WrittenIn => (Showing::InOtherWords, Some(Words::Language)),
        RelatedBy::Implies | RelatedBy::Narrower | RelatedBy::Neighbour => {
            (Showing::Unnamed, entry)
        }
        // Of a stated skill, vectors tell the field more than the likeness.
        RelatedBy::Near | RelatedBy::Nearest => (Showing::Unnamed, text),
        RelatedBy::InOtherWords => match &skill.evidence {
            // The clause may name it in another number or order.
            Some(said) if skill_key(&said.quote).contains(&skill_key(&skill.name)) => {
                (Showing::Named, text)
            }
            _ => (Showing::Unnamed, text.or(entry)),
        },
        // The usual needs of an occupation, or what a skill builds on, show nothing of it, and a
        // title that a text names may be another person's.
        RelatedBy::Occupation | RelatedBy::Foundation | RelatedBy::HeldTitle => {
            (Showing::Unnamed, None)
        }
    }
}

/// True if a stated skill is below the requested level or years.
fn is_shallow(skill: &Matched<'_>) -> bool {
    skill.credit < 1.0
}

/// Returns the requested skills and how the profile shows them, without those below the requested
/// level or years.
fn skills_with_showing<'a>(
    document: &'a Document<'_>,
    required: bool,
) -> impl Iterator<Item = (ShownSkill<'a>, Showing)> {
    let skills = &document.criteria.skills.facts;
    let matched = (skills.matched.iter())
        .filter(move |skill| skill.required == required && !is_shallow(skill))
        .map(|skill| {
            let name = &*skill.name;
            let stated_as = skill.stated_as.as_deref();
            let other = stated_as.filter(|stated| !names_the_same(name, stated));
            let showing = other.map_or(Showing::Named, |_| Showing::InOtherWords);
            let words = other.map(Words::Entry);
            (ShownSkill { name, words }, showing)
        });
    let related = (skills.related.iter())
        .filter(move |skill| skill.required == required)
        .map(|skill| {
            let (showing, words) = showing_of(skill);
            let name = &*skill.name;
            (ShownSkill { name, words }, showing)
        });
    let missing = (skills.missing.iter())
        .filter(move |skill| skill.required == required)
        .map(|skill| {
            let (name, words) = (&*skill.name, None);
            (ShownSkill { name, words }, Showing::Unnamed)
        });
    matched.chain(related).chain(missing)
}

/// True if a reader sees that two names are of one skill; the taxonomy also joins distant ones.
fn names_the_same(name: &str, stated: &str) -> bool {
    let is_language = || matches!(Having::of(name), Having::Language(_));
    is_within(name, stated) || skill_key(name) == skill_key(stated) || is_language()
}

/// True if the words of the profile show by themselves that they name a skill: they contain its
/// name, or are its beginning (Postgres), whatever the case.
fn is_within(name: &str, stated: &str) -> bool {
    let (name, stated) = (name.to_lowercase(), stated.to_lowercase());
    stated.contains(&name) || name.starts_with(&stated)
}

/// Returns the skills that the profile shows; `None` if it shows none.
fn shown_skills<'a>(document: &'a Document<'_>, required: bool) -> Option<Statement<'a>> {
    let (mut named, mut in_other_words, mut total) = (Vec::new(), Vec::new(), 0);
    for (skill, showing) in skills_with_showing(document, required) {
        total += 1;
        let is_shown = showing != Showing::Unnamed;
        // The languages tell it.
        if is_shown && is_lacking_language(document, || Having::of(skill.name)) {
            continue;
        }
        match showing {
            Showing::Named => named.push(skill),
            Showing::InOtherWords => in_other_words.push(skill),
            Showing::Unnamed => {}
        }
    }
    let skills = &document.criteria.skills.facts;
    total += shallow_skills(skills)
        .filter(|skill| skill.required == required)
        .count();
    (named.len() + in_other_words.len() > 0).then(|| Statement::Skills {
        kind: kind_of_skills(skills, required),
        total,
        named,
        in_other_words,
    })
}

/// Returns the required skills that the profile doesn't name, without those that a must-have or the
/// languages tell.
fn unnamed_skills<'a>(document: &'a Document<'_>) -> impl Iterator<Item = ShownSkill<'a>> {
    skills_with_showing(document, true)
        .filter(|(_, showing)| *showing == Showing::Unnamed)
        .map(|(skill, _)| skill)
        .filter(|skill| {
            !is_must_have(document, skill.name)
                && !is_lacking_language(document, || Having::of(skill.name))
        })
}

/// True if a must-have that isn't met covers a skill, as a skill or as a licence.
fn is_must_have(document: &Document<'_>, name: &str) -> bool {
    document.knockouts.iter().any(|fact| match fact.kind {
        KnockoutKind::Skill => fact.name == name,
        KnockoutKind::Licence => resolve(&fact.name).id == resolve(name).id,
        _ => false,
    })
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

/// Returns the number of requested skills that the profile shows, and of all.
fn share_shown(document: &Document<'_>, required: bool) -> (usize, usize) {
    let skills = &document.criteria.skills.facts;
    let shallow = shallow_skills(skills).filter(|skill| skill.required == required);
    let (mut shown, mut all) = (0, shallow.count());
    for (skill, showing) in skills_with_showing(document, required) {
        all += 1;
        let is_shown = showing != Showing::Unnamed
            && !is_lacking_language(document, || Having::of(skill.name));
        shown += usize::from(is_shown);
    }
    (shown, all)
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
    Statement::Change(ChangeStatement {
        change: &counterfactual.change,
        gain: counterfactual.gain,
        currency: salary.and_then(|facts| facts.currency.as_deref()),
        pay: salary,
        has_other_work: document.criteria.experience.facts.by_work().is_some(),
        location,
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
                let (shown, all) = share_shown(document, required);
                if shown > 0 {
                    let share = to_share(shown, all);
                    // Every required skill is told: among the strengths, gaps or questions.
                    let first = if required { OF_REQUIRED } else { 0.0 };
                    points.add(first + weight * share * importance, Point::Skills(required));
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
    let (shown, all) = share_shown(document, true);
    (all > 0).then_some((shown, all))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn to_share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
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
        Criterion::Experience => lacks_years(&criteria.experience.facts) || is_far_above(document),
        Criterion::Education => criteria.education.facts.as_ref().is_some_and(|facts| {
            let levels = facts.level_actual.zip(facts.level_required);
            // The name of the diploma may tell a higher level than the stated one.
            let named = facts.diploma.as_deref().and_then(EducationLevel::parse);
            levels.is_some_and(|(actual, required)| actual.max(named.unwrap_or(actual)) < required)
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
            let skills = &document.criteria.skills.facts;
            if shallow_skills(skills).next().is_some() {
                points.add(lost * 0.5, Point::ShallowSkills);
            }
        } else if (score < GAP_BELOW || falls_short(document, criterion))
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
    let obstacles: Listed<Topic<'_>> = obstacles(document).collect();
    let counts = document.criteria.skills.head.weight > 0.0;
    let unnamed = unnamed_skills(document).filter(|_| counts).count();
    let topics = if obstacles.count + unnamed > 0 {
        std::iter::empty().collect()
    } else {
        weak_criteria(document)
    };
    Recommendation::Fit {
        category: document.category,
        obstacles,
        unnamed: (unnamed, share_shown(document, true).1),
        topics,
        checks,
        is_thin: document.coverage < THIN_COVERAGE,
    }
}

/// Returns the reasons against the pair at any score: an unwanted contract, pay well below the
/// requested pay, titles of another level of seniority, less than half of the years, a place out
/// of reach.
fn obstacles<'a>(document: &'a Document<'_>) -> impl Iterator<Item = Topic<'a>> {
    let criteria = &document.criteria;
    counting(document).filter_map(|(criterion, score, _)| match criterion {
        Criterion::Contract => (criteria.contract.facts.as_ref())
            .filter(|facts| !facts.wanted && score < OBSTACLE_BELOW)
            .map(Topic::Contract),
        Criterion::Salary => (criteria.salary.facts.as_ref())
            .filter(|facts| score < OBSTACLE_BELOW && is_pay_comparable(facts))
            .map(Topic::Pay),
        Criterion::Title => (criteria.title.facts.as_ref())
            .filter(|facts| !facts.in_summary && !facts.past)
            .filter(|facts| facts.seniority_steps.is_some_and(|steps| steps.abs() >= 2))
            .map(Topic::Seniority),
        Criterion::Experience => {
            let facts = &criteria.experience.facts;
            let lacks = score < OBSTACLE_BELOW && lacks_years(facts);
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
        _ => None,
    })
}

/// Returns the two criteria that lost most and that a talk can clear up; skills have a question
/// of their own.
fn weak_criteria<'a>(document: &'a Document<'_>) -> Listed<Topic<'a>> {
    let mut weak = Weightiest::<Criterion, 2>::new();
    for (criterion, score, weight) in counting(document) {
        let can_be_cleared_up = !matches!(
            criterion,
            Criterion::Skills | Criterion::Title | Criterion::Industry | Criterion::Text
        );
        if score < GAP_BELOW && can_be_cleared_up {
            weak.add(weight * (1.0 - score), criterion);
        }
    }
    weak.into_items().map(Topic::Criterion).collect()
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

/// Returns the clause that shows a skill in other words.
fn clause<'a>(skill: &'a Related<'_>) -> Cow<'a, str> {
    let quoted = skill.evidence.as_ref();
    quoted.map_or(Cow::Borrowed(&*skill.via), |evidence| said(evidence))
}

/// Returns a quote, with an ellipsis if it was cut.
fn said(evidence: &EvidenceInText) -> Cow<'_, str> {
    let words = quote(without_half_brackets(&evidence.quote));
    let length = evidence.end.saturating_sub(evidence.start);
    if evidence.quote.chars().count() < length && !words.ends_with('…') {
        Cow::Owned(format!("{words}…"))
    } else {
        words
    }
}

/// Returns the part of a clause outside brackets that begin or end in another clause.
fn without_half_brackets(clause: &str) -> &str {
    let closed = match (clause.find('('), clause.find(')')) {
        (None, Some(end)) => Some(end),
        (Some(begin), Some(end)) if end < begin => Some(end),
        _ => None,
    };
    let behind = closed.map_or(clause, |end| &clause[end + 1..]);
    let behind = behind.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let behind = if closed.is_some() { behind } else { clause };
    match (behind.rfind('('), behind.rfind(')')) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => behind[..begin].trim_end(),
        _ => behind,
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
