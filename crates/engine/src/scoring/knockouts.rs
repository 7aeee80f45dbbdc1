//! Must-haves: checks those that a posting declares against the profile. Result documents list the
//! ones that are not met or have to be asked about as `knockouts`.
//!
//! | must-have | met when the candidate | failed when the candidate | unknown when the candidate |
//! |---|---|---|---|
//! | a skill | states it, a skill that implies it, a kind of it, or a misspelling of it, among skills or licences; lists it as a language; mentions it in titles or summary | states other skills or describes work, without this skill | says nothing about skills, or the summary says it in other words |
//! | a language | lists it at the level asked for or above (C2 is enough for native) | lists other languages only, or this one at a lower level | lists none, or this one without a level; names it elsewhere in the profile |
//! | a licence, certificate or title | lists it, among licences or skills, or as a diploma | lists other licences | lists no licence; only the summary or a title names it |
//! | a permit to work in a country | lists it | lists others | lists none |
//! | the contract, which isn't marked | (not listed) | wants jobs only, and only an internship, an apprenticeship or volunteering is offered | (not listed) |
//! | the place of work | lives within the limit, in the city, or in the country where no city is named; would relocate; or the work is remote and limited to no country or to the candidate's | lives beyond the limit or in another country | lives in a place whose distance isn't known |
//!
//! Result documents name the three outcomes `met`, `not_met` (failed) and `ask` (unknown). A failed
//! must-have caps the score at [`CAP`], so that the category is weak at best; the score without the
//! cap stays in the document. An unknown one is reported and costs nothing, because missing data
//! calls for a question. Nationality is never read.

use std::{borrow::Cow, collections::BTreeSet, ops::Range, sync::Arc};

use super::{
    criteria::{
        contract,
        languages::{self, Languages},
        location::{self, Reach, Terms},
        skills::{self, CandidateSkills, EvidenceInText, RequestedSkill, RequestedSkills},
    },
    engine::{CandidateForm, PostingForm},
    name_cache::NameCache,
    prose::Prose,
    text,
    vocabulary::country_code,
    wire_name::wire_names,
};
use crate::profiles::{
    candidate::Candidate, contract::ContractType, job_posting::JobPosting, language::LanguageLevel,
    licence_names::alternatives_in, location::Location,
};

/// Maximum score with a failed must-have: the category is weak at best, because moderate begins at
/// 0.5.
pub const CAP: f64 = 0.49;

wire_names! {
    /// Kind of a must-have.
    pub enum KnockoutKind {
        /// A skill.
        Skill = "skill",
        /// A language.
        Language = "language",
        /// A licence, certificate or title.
        Licence = "licence",
        /// A permit to work in a country.
        WorkPermit = "work_permit",
        /// The place of work.
        Location = "location",
        /// The type of contract, which applies without being declared.
        Contract = "contract",
    }
}

wire_names! {
    /// Outcome of a must-have.
    #[derive(PartialOrd, Ord)]
    pub enum KnockoutOutcome {
        /// The profile shows that it isn't met.
        Failed = "not_met",
        /// The profile doesn't say.
        Unknown = "ask",
        /// The profile shows that it is met.
        Met = "met",
    }
}

/// A must-have with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knockout {
    /// Kind of the must-have.
    pub kind: KnockoutKind,
    /// Name as the posting writes it; the code of a language.
    pub name: String,
    /// Outcome.
    pub outcome: KnockoutOutcome,
    /// Quote of the candidate's text that names the licence, if no field states it.
    pub stated_in_text: Option<EvidenceInText>,
}

/// The compiled must-haves of a posting.
#[derive(Debug, Default)]
pub struct MustHaveForm {
    skills: RequestedSkills,
    languages: Languages,
    licences: Vec<Named<Licence>>,
    work_permits: Vec<Named<String>>,
    /// The place as written, if it is a must-have.
    place: Option<String>,
}

impl MustHaveForm {
    /// Yields the licences as written, in their order.
    pub fn licences(&self) -> impl Iterator<Item = &str> {
        self.licences.iter().map(|licence| licence.written.as_str())
    }
}

/// A must-have's compiled value, with its name as written.
#[derive(Debug)]
struct Named<T> {
    written: String,
    meaning: T,
}

/// A candidate's compiled licences and work permits, against which the must-haves of those kinds
/// are checked.
#[derive(Debug, Default)]
pub struct LicencesAndPermits {
    /// All stated names that may be a licence: licences, skills and held diplomas.
    licences: Box<[Arc<Option<Licence>>]>,
    /// True if the profile lists licences, so that one which isn't listed counts as not held.
    lists_licences: bool,
    /// Licences that only the summary names, with the byte range of their words. They have to be
    /// asked about, because a sentence may be about a lost or a planned licence.
    licences_in_text: Box<[(Licence, Range<u32>)]>,
    /// Codes of the countries with a work permit.
    work_permits: Vec<String>,
}

impl MustHaveForm {
    /// Compiles a posting's must-haves.
    pub fn of(posting: &JobPosting) -> Self {
        let stated = &posting.must_haves;
        Self {
            skills: RequestedSkills::of(&stated.skills, &[], &Prose::default()),
            languages: languages::languages(&stated.languages),
            licences: named(&stated.licences, Licence::of),
            work_permits: named(&stated.work_permits, country_code),
            place: posting
                .location
                .as_ref()
                .filter(|_| stated.location)
                .and_then(written_place),
        }
    }
}

impl LicencesAndPermits {
    /// Compiles a candidate's licences and work permits. Skills are included, because licences are
    /// often listed among them.
    pub fn of(candidate: &Candidate, licences_in_text: Vec<(String, Range<u32>)>) -> Self {
        let skills = candidate.skills.iter().map(|skill| &skill.name);
        let diplomas = candidate.diplomas.iter();
        let diplomas = diplomas
            .map(|name| LICENCES.get_or_insert_with(name, || Licence::of(name)))
            // Diplomas are never driving licences.
            .filter(|diploma| matches!(**diploma, Some(Licence::Other(_))));
        Self {
            licences: candidate
                .licences
                .iter()
                .chain(skills)
                .map(|name| LICENCES.get_or_insert_with(name, || Licence::of(name)))
                .filter(|licence| licence.is_some())
                .chain(diplomas)
                .collect(),
            licences_in_text: licences_in_text
                .into_iter()
                .filter_map(|(name, words)| Some((Licence::of(&name)?, words)))
                .collect(),
            lists_licences: !candidate.licences.is_empty(),
            work_permits: candidate
                .work_permits
                .iter()
                .filter_map(|country| country_code(country))
                .collect(),
        }
    }
}

/// Cache of parsed licences: names of licences and skills repeat from profile to profile.
static LICENCES: NameCache<Option<Licence>> = NameCache::new();

/// Compiles names, sorted and without repetition.
fn named<T>(written: &[String], meaning_of: impl Fn(&str) -> Option<T>) -> Vec<Named<T>> {
    let written: BTreeSet<&str> = written.iter().map(|name| name.trim()).collect();
    written
        .into_iter()
        .filter_map(|name| {
            Some(Named {
                written: name.to_owned(),
                meaning: meaning_of(name)?,
            })
        })
        .collect()
}

fn written_place(location: &Location) -> Option<String> {
    let place: Vec<&str> = [&location.city, &location.country]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    match location.coordinates {
        _ if !place.is_empty() => Some(place.join(", ")),
        Some(point) => Some(format!("{:.3}, {:.3}", point.latitude, point.longitude)),
        None => None,
    }
}

/// A licence.
#[derive(Debug, PartialEq, Eq)]
enum Licence {
    /// A driving licence: index of its category in [`CATEGORIES`].
    Driving(usize),
    /// Any other licence: its distinguishing words as sorted stems without repetition.
    Other(Vec<String>),
    /// Alternatives, any of which suffices.
    AnyOf(Vec<Licence>),
}

/// Words in names of driving licences that don't tell the category.
const OF_DRIVING: &[&str] = &[
    "car",
    "cat",
    "categorie",
    "category",
    "conduire",
    "conduite",
    "d",
    "de",
    "driver",
    "drivers",
    "driving",
    "du",
    "licence",
    "license",
    "permis",
    "permit",
    "s",
    "the",
];
/// Words that state that a driving licence is valid or required.
const VALID: &[&str] = &[
    "clean",
    "exige",
    "full",
    "obligatoire",
    "required",
    "requis",
    "valid",
    "valide",
];
/// Driving licences with the categories that their holders may drive as well: those that they had
/// to hold before and keep (Directive 2006/126/EC, article 6(1)), lighter ones of their kind
/// (article 4), and those of article 6(2).
const CATEGORIES: &[(&str, &[&str])] = &[
    ("a", &["a1", "a2", "am"]),
    ("a1", &["am"]),
    ("a2", &["a1", "am"]),
    ("am", &[]),
    ("b", &["am"]),
    ("be", &["b", "am"]),
    ("c", &["b", "c1", "am"]),
    ("c1", &["b", "am"]),
    ("c1e", &["b", "be", "c1", "am"]),
    ("ce", &["b", "be", "c", "c1", "c1e", "am"]),
    ("d", &["b", "d1", "am"]),
    ("d1", &["b", "am"]),
    ("d1e", &["b", "be", "d1", "am"]),
    ("de", &["b", "be", "d", "d1", "d1e", "am"]),
];

/// Other names of categories: the French ones before 2013, and those of the vehicles.
const NAMES_OF_CATEGORIES: &[(&str, &str)] = &[
    ("b e", "be"),
    ("c e", "ce"),
    ("c1 e", "c1e"),
    ("d e", "de"),
    ("d1 e", "d1e"),
    ("e c", "ce"),
    ("eb", "be"),
    ("ec", "ce"),
    ("ed", "de"),
    ("pl", "c"),
    ("poids lourd", "c"),
    ("poids lourds", "c"),
    ("spl", "ce"),
    ("super lourd", "ce"),
    ("super poids lourd", "ce"),
];

/// Recommendations by which French employers license operators of machines (CACES), by their
/// numbers until 2020.
const OLD_RECOMMENDATIONS: &[(&str, &str)] = &[
    ("r372", "r482"),
    ("r372m", "r482"),
    ("r377", "r487"),
    ("r383", "r483"),
    ("r386", "r486"),
    ("r389", "r489"),
    ("r390", "r490"),
];

impl Licence {
    fn of(name: &str) -> Option<Self> {
        let alternatives = alternatives_in(name);
        if alternatives.is_empty() {
            return Self::of_one(name);
        }
        let mut licences: Vec<Self> = (alternatives.iter())
            .filter_map(|name| Self::of_one(name))
            .collect();
        if licences.len() > 1 {
            Some(Self::AnyOf(licences))
        } else {
            licences.pop()
        }
    }

    fn of_one(name: &str) -> Option<Self> {
        let mut words = text::words(&without_gender_endings(name));
        let category = driving_category(&words);
        if category.is_some() {
            return category.map(Self::Driving);
        }
        words = in_full(name, words);
        for word in &mut words {
            if let Some((_, new)) = OLD_RECOMMENDATIONS
                .iter()
                .find(|(old, _)| *old == word.as_str())
            {
                (*new).clone_into(word);
            }
        }
        // A category alone means that of forklifts: "CACES 3".
        let begins_with = |letter: fn(char) -> bool| {
            words
                .iter()
                .any(|word| word.starts_with(letter) && word.contains(char::is_numeric))
        };
        if words.iter().any(|word| word == "caces")
            && begins_with(|letter| letter.is_ascii_digit())
            && !begins_with(|letter| letter == 'r')
        {
            words.push("r489".to_owned());
        }
        let telling =
            |word: &&String| !OF_DRIVING.contains(&word.as_str()) && !text::is_function_word(word);
        let has_telling = words.iter().any(|word| telling(&word));
        let words: BTreeSet<String> = words
            .iter()
            .filter(|word| !has_telling || telling(word))
            .map(|word| text::stem(word))
            .collect();
        (!words.is_empty()).then(|| Self::Other(words.into_iter().collect()))
    }

    /// True if this licence satisfies the requested one: the same, a more exact name of it (« CACES
    /// R489 3 » for « CACES 3 »), or a driving licence that includes it. Distinguishing words of
    /// one or two letters must be equal.
    fn covers(&self, requested: &Self) -> bool {
        match (self, requested) {
            (held, requested) if held == requested => true,
            (held, Self::AnyOf(requested)) => {
                requested.iter().any(|requested| held.covers(requested))
            }
            (Self::AnyOf(held), requested) => held.iter().all(|held| held.covers(requested)),
            (Self::Driving(held), Self::Driving(requested)) => {
                held == requested || CATEGORIES[*held].1.contains(&CATEGORIES[*requested].0)
            }
            (Self::Other(held), Self::Other(requested)) => match requested.as_slice() {
                [short] if short.chars().count() <= 2 => held == requested,
                _ => requested.iter().all(|word| {
                    held.contains(word)
                        || is_divided_category(word)
                            && (held.iter()).any(|held| held.strip_suffix(['a', 'b']) == Some(word))
                }),
            },
            _ => false,
        }
    }

    /// Returns the wordings by which a text may name it, as stems; empty for a driving licence.
    fn ways_to_say(&self) -> Vec<Vec<u64>> {
        match self {
            Self::Driving(_) => Vec::new(),
            Self::AnyOf(licences) => (licences.iter()).flat_map(Self::ways_to_say).collect(),
            Self::Other(words) => {
                let abbreviations = ABBREVIATIONS.iter().filter(|(_, full)| {
                    let full: Vec<String> = full.iter().map(|word| text::stem(word)).collect();
                    words.len() > 1 && words.iter().all(|word| full.contains(word))
                });
                let hashes = |words: &[String]| words.iter().map(|word| text::hash(word)).collect();
                std::iter::once(hashes(words))
                    .chain(abbreviations.map(|(short, _)| hashes(&[(*short).to_owned()])))
                    .collect()
            }
        }
    }
}

/// True if a word may be a category of CACES that is divided since 2020: 1 into 1A and 1B.
fn is_divided_category(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Removes the endings of inclusive spelling: « infirmier(ère) diplômé·e ».
fn without_gender_endings(name: &str) -> Cow<'_, str> {
    const ENDINGS: &[&str] = &[
        "(e)", "(ère)", "(ere)", "(ière)", "(ne)", "(se)", "(euse)", "(trice)", "(rice)", "·e",
        "·ère", "·ne", "·se", "·euse", "·trice", "·rice",
    ];
    if !name.contains(['(', '·']) {
        return Cow::Borrowed(name);
    }
    let mut name = name.to_owned();
    for ending in ENDINGS {
        name = name.replace(ending, "");
    }
    Cow::Owned(name)
}

/// French State diplomas of health and social work by their usual abbreviations.
const ABBREVIATIONS: &[(&str, &[&str])] = &[
    (
        "deaes",
        &["diplome", "etat", "accompagnant", "educatif", "social"],
    ),
    ("deap", &["diplome", "etat", "auxiliaire", "puericulture"]),
    ("deas", &["diplome", "etat", "aide", "soignant"]),
    (
        "deass",
        &["diplome", "etat", "assistant", "service", "social"],
    ),
    ("dees", &["diplome", "etat", "educateur", "specialise"]),
    ("dei", &["diplome", "etat", "infirmier"]),
    ("deje", &["diplome", "etat", "educateur", "jeune", "enfant"]),
    ("ide", &["diplome", "etat", "infirmier"]),
];

/// Expands the abbreviations in a name: « DE infirmier », « infirmière D.E. », "DEAS".
fn in_full(name: &str, words: Vec<String>) -> Vec<String> {
    let is_of_the_state = words.len() > 1
        && name
            .split(|letter: char| !letter.is_alphanumeric() && letter != '.')
            .any(|word| matches!(word, "DE" | "D.E." | "D.E"));
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        match (
            word.as_str(),
            ABBREVIATIONS.iter().find(|(short, _)| *short == word),
        ) {
            (_, Some((_, full))) => all.extend(full.iter().map(|word| (*word).to_owned())),
            ("diploma" | "diplomas", None) => all.push("diplome".to_owned()),
            ("certificate" | "certification", None) => all.push("certificat".to_owned()),
            ("d.e", None) => {}
            _ => all.push(word),
        }
    }
    if is_of_the_state {
        all.extend(["diplome", "etat"].map(str::to_owned));
    }
    all
}

/// Returns the index in [`CATEGORIES`] of the driving licence that a name states. Returns `None` if
/// the name has words that don't belong to driving licences.
fn driving_category(words: &[String]) -> Option<usize> {
    let last = words.last()?.as_str();
    let is_around = |word: &&str| OF_DRIVING.contains(word);
    let mut telling: Vec<&str> = words.iter().map(String::as_str).collect();
    // « permis C en cours de validité », « permis C à jour »
    for said in [&["en", "cours", "de", "validite"][..], &["a", "jour"]] {
        let at = (0..telling.len()).find(|at| telling[*at..].starts_with(said));
        if let Some(at) = at {
            telling.drain(at..at + said.len());
        }
    }
    telling.retain(|word| !is_around(word) && !VALID.contains(word));
    // British names of vehicles: "HGV class 1" is CE.
    let is_heavy = telling.iter().any(|word| matches!(*word, "hgv" | "lgv"));
    telling.retain(|word| !matches!(*word, "hgv" | "lgv"));
    let class = telling
        .windows(2)
        .position(|pair| pair[0] == "class" && matches!(pair[1], "1" | "2"));
    if let Some(at) = class {
        let class = if telling[at + 1] == "1" { "ce" } else { "c" };
        telling.drain(at..at + 2);
        if telling.is_empty() {
            telling.push(class);
        }
    } else if telling.is_empty() && is_heavy {
        telling.push("c");
    }
    // Categories that are also function words: « permis D » and "DE", but not « permis de conduire
    // ».
    if telling.is_empty() && matches!(last, "d" | "de") {
        telling.push(last);
    }
    let name = telling.join(" ");
    let is_to_drive = |word: &String| word == "permis" || word.starts_with("driv");
    let category = if name.is_empty() && words.iter().any(is_to_drive) {
        // A licence without a category is for cars.
        "b"
    } else {
        let other = NAMES_OF_CATEGORIES.iter().find(|(other, _)| *other == name);
        other.map_or(name.as_str(), |(_, category)| category)
    };
    CATEGORIES.iter().position(|(known, _)| *known == category)
}

/// A hypothetical change to a candidate, limited to what must-haves depend on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// Indices of must-have skills that would be shown.
    pub shows_skills: &'a [usize],
    /// The skill that would be listed.
    pub lists_skill: Option<&'a RequestedSkill>,
    /// True if the profile would say something about skills, so that skills which it doesn't show
    /// count as not held.
    pub tells_skills: bool,
    /// A language that would be listed, with its level.
    pub language: Option<(&'a str, Option<LanguageLevel>)>,
    /// A licence that would be held.
    pub licence: Option<&'a str>,
    /// True if it would be listed among the licences.
    pub lists_licence: bool,
    /// A country with a work permit.
    pub work_permit: Option<&'a str>,
    /// Terms that the candidate would accept for the place.
    pub terms: Option<Terms>,
    /// A type of contract that would be accepted.
    pub contract_type: Option<ContractType>,
}

/// Returns all must-haves: failed ones first, then unknown ones, then met ones, each in the order
/// of the kinds. A candidate is silent about skills if that criterion has no score.
pub fn measure(
    candidate: &CandidateForm,
    posting: &PostingForm,
    is_silent_about_skills: bool,
) -> Vec<Knockout> {
    let mut knockouts = Vec::new();
    let change = Change {
        tells_skills: !is_silent_about_skills,
        ..Change::default()
    };
    outcomes(candidate, posting, change, |kind, name, outcome| {
        knockouts.push(Knockout {
            kind,
            name: name.to_owned(),
            outcome,
            stated_in_text: None,
        });
    });
    for knockout in &mut knockouts {
        if knockout.kind == KnockoutKind::Licence && knockout.outcome == KnockoutOutcome::Unknown {
            let mut requested = posting.must_haves.licences.iter();
            let requested = requested.find(|requested| requested.written == knockout.name);
            knockout.stated_in_text =
                requested.and_then(|requested| licence_in_text(candidate, requested));
        }
    }
    // The sort is stable: the order of the kinds is kept.
    knockouts.sort_by_key(|knockout| knockout.outcome);
    knockouts
}

/// True if a must-have would fail after a change.
pub fn any_fails(candidate: &CandidateForm, posting: &PostingForm, change: Change<'_>) -> bool {
    let mut any_fails = false;
    outcomes(candidate, posting, change, |_, _, outcome| {
        any_fails |= outcome == KnockoutOutcome::Failed;
    });
    any_fails
}

fn outcomes(
    candidate: &CandidateForm,
    posting: &PostingForm,
    change: Change<'_>,
    mut report: impl FnMut(KnockoutKind, &str, KnockoutOutcome),
) {
    use KnockoutOutcome::{Failed, Met, Unknown};
    let (requested, stated) = (&posting.must_haves, &candidate.licences_and_permits);
    if !requested.skills.requested.is_empty() {
        let found = skills::measure_by_names(&candidate.skills, &requested.skills);
        let credits = found.map_or_else(|_| Vec::new(), |found| found.finding.credits);
        let is_silent = candidate.skills.is_silent() && !change.tells_skills;
        let outcome = if is_silent { Unknown } else { Failed };
        for (at, requested) in requested.skills.requested.iter().enumerate() {
            let credit = credits.get(at);
            let is_shown = credit.is_some_and(|credit| credit.evidence.shows_the_skill());
            let outcome = if is_shown || change.shows_skills.contains(&at) {
                Met
            } else if candidate.skills.says_in_other_words(requested) {
                Unknown
            } else {
                outcome
            };
            report(KnockoutKind::Skill, &requested.skill.name, outcome);
        }
    }
    let is_named = |code: &str| {
        candidate.skills.names_language(code)
            || change
                .lists_skill
                .is_some_and(|skill| skill.is_language(code))
    };
    for requested in &requested.languages {
        let changed = change.language.filter(|(code, _)| *code == requested.code);
        let held = candidate
            .languages
            .iter()
            .find(|held| held.code == requested.code);
        let spoken = changed
            .map(|(_, level)| level)
            .or(held.map(|held| held.level));
        let is_silent = candidate.languages.is_empty() && change.language.is_none();
        // C2 is the same command of a language as a native speaker's, but acquired later.
        let level = requested.level.map(|level| level.min(LanguageLevel::C2));
        let outcome = match (spoken, level) {
            (None, _) if is_silent || is_named(&requested.code) => Unknown,
            (Some(_), None) => Met,
            (Some(None), Some(_)) => Unknown,
            (Some(Some(held)), Some(requested)) if held >= requested => Met,
            (None | Some(Some(_)), _) => Failed,
        };
        report(KnockoutKind::Language, &requested.code, outcome);
    }
    let new_licence = change
        .licence
        .filter(|_| !requested.licences.is_empty())
        .and_then(Licence::of);
    for requested in &requested.licences {
        let listed = stated
            .licences
            .iter()
            .filter_map(|held| held.as_ref().as_ref());
        let mut held = listed.chain(&new_licence);
        let is_silent = !stated.lists_licences && !change.lists_licence;
        let outcome = match held.any(|held| held.covers(&requested.meaning)) {
            true => Met,
            false if is_silent || licence_in_text(candidate, requested).is_some() => Unknown,
            false => Failed,
        };
        report(KnockoutKind::Licence, &requested.written, outcome);
    }
    let new_permit = change
        .work_permit
        .filter(|_| !requested.work_permits.is_empty())
        .and_then(country_code);
    for requested in &requested.work_permits {
        let mut held = stated.work_permits.iter().chain(&new_permit);
        let is_silent = stated.work_permits.is_empty() && change.work_permit.is_none();
        let outcome = match held.any(|held| *held == requested.meaning) {
            true => Met,
            false if is_silent => Unknown,
            false => Failed,
        };
        report(KnockoutKind::WorkPermit, &requested.written, outcome);
    }
    if let Some(place) = &requested.place {
        let terms = change.terms.unwrap_or(candidate.place.terms);
        match location::reach(&candidate.place, terms, &posting.place) {
            Reach::Within => report(KnockoutKind::Location, place, Met),
            Reach::Beyond => report(KnockoutKind::Location, place, Failed),
            Reach::Unknown => report(KnockoutKind::Location, place, Unknown),
        }
    }
    let offered = &posting.fields.contract;
    if change.contract_type.is_none()
        && contract::is_ruled_out(&candidate.fields.contract, offered)
        && let Some(first) = offered.first()
    {
        report(KnockoutKind::Contract, first.as_str(), Failed);
    }
}

/// Returns the quote of the summary or a title that names a licence.
fn licence_in_text(
    candidate: &CandidateForm,
    requested: &Named<Licence>,
) -> Option<EvidenceInText> {
    let named = &candidate.licences_and_permits.licences_in_text;
    let named = named
        .iter()
        .find(|(licence, _)| licence.covers(&requested.meaning));
    match named {
        Some((_, words)) => Some(candidate.skills.evidence_in_summary(words.clone())),
        None => (requested.meaning.ways_to_say().iter())
            .find_map(|stems| candidate.skills.evidence_with(stems)),
    }
}

/// Returns the indices of the must-have skills that these skills show by themselves.
pub fn shown_skills(held: &CandidateSkills, posting: &MustHaveForm) -> Vec<usize> {
    let Ok(found) = skills::measure_by_names(held, &posting.skills) else {
        return Vec::new();
    };
    let credits = found.finding.credits.iter().enumerate();
    credits
        .filter(|(_, credit)| credit.evidence.shows_the_skill())
        .map(|(at, _)| at)
        .collect()
}

/// Returns the cap on a score; `None` if nothing failed.
pub fn cap(outcomes: impl IntoIterator<Item = KnockoutOutcome>) -> Option<f64> {
    outcomes
        .into_iter()
        .any(|outcome| outcome == KnockoutOutcome::Failed)
        .then_some(CAP)
}

#[cfg(test)]
mod tests {
    use KnockoutKind::{
        Language, Licence as ALicence, Location as APlace, Skill as ASkill, WorkPermit,
    };
    use KnockoutOutcome::{Failed, Unknown};
    use serde_json::{Value, json};

    use super::*;
    use crate::scoring::{Engine, Weights};

    fn knockouts(
        candidate: &Value,
        posting: &Value,
    ) -> Vec<(KnockoutKind, String, KnockoutOutcome)> {
        let engine = Engine::new(Weights::default());
        let candidate = engine.compile_candidate(&Candidate::from_document(candidate).unwrap());
        let posting = engine.compile_job_posting(&JobPosting::from_document(posting).unwrap());
        engine
            .score(&candidate, &posting)
            .knockouts
            .into_iter()
            .filter(|knockout| knockout.outcome != KnockoutOutcome::Met)
            .map(|knockout| (knockout.kind, knockout.name, knockout.outcome))
            .collect()
    }

    fn outcome(candidate: &Value, posting: &Value) -> Option<KnockoutOutcome> {
        let knockouts = knockouts(candidate, posting);
        assert!(knockouts.len() < 2, "{knockouts:?}");
        knockouts.first().map(|knockout| knockout.2)
    }

    #[test]
    fn a_must_have_skill_is_met_by_the_skill_itself_or_one_that_implies_it() {
        let posting = json!({"required_skills": [{"name": "Python", "must_have": true}, "Rust"]});
        for (candidate, expected) in [
            (json!({"skills": ["python"]}), None),
            (json!({"skills": ["Django"]}), None),
            (
                json!({"skills": ["Tricot"], "summary": "Outils en Python."}),
                None,
            ),
            (json!({"skills": ["Java"]}), Some(Failed)),
            (json!({}), Some(Unknown)),
        ] {
            assert_eq!(outcome(&candidate, &posting), expected, "{candidate}");
        }
    }

    #[test]
    fn a_licence_is_met_as_a_skill_and_a_skill_as_a_licence() {
        let posting = |name: &str| json!({"required_skills": [{"name": name, "must_have": true}]});
        for (requested, licences, expected) in [
            ("permis CE", json!(["permis CE"]), None),
            ("permis C", json!(["permis CE"]), None),
            ("permis B", json!(["permis CE"]), None),
            ("permis CE", json!(["permis C"]), Some(Failed)),
            ("CACES 3", json!(["CACES R489 cat 3"]), None),
            (
                "habilitation nucléaire",
                json!(["Habilitation nucléaire"]),
                None,
            ),
        ] {
            let candidate = json!({"skills": ["Tricot"], "licences": licences});
            assert_eq!(
                outcome(&candidate, &posting(requested)),
                expected,
                "{requested}"
            );
        }
        let licences_alone = json!({"licences": ["permis C"]});
        assert_eq!(outcome(&licences_alone, &posting("Rust")), Some(Unknown));
    }

    #[test]
    fn a_must_have_described_in_other_words_is_unknown() {
        let posting =
            json!({"required_skills": [{"name": "Animer des formations", "must_have": true}]});
        let summary = "J'ai animé des formations pour 40 techniciens.";
        for (skills, expected) in [
            (json!(["Tricot"]), Some(Unknown)),
            // A skill that is near to it does not make it worse.
            (json!(["Tricot", "Formation d'adultes"]), Some(Unknown)),
            (json!(["Animer des formations"]), None),
        ] {
            let candidate = json!({"skills": skills, "summary": summary});
            assert_eq!(outcome(&candidate, &posting), expected, "{skills}");
        }
    }

    #[test]
    fn scattered_words_do_not_meet_a_must_have() {
        let posting = json!({
            "required_skills": [{"name": "Habilitation nucléaire", "must_have": true}],
        });
        for (summary, expected) in [
            (
                "Titulaire de l'habilitation nucléaire depuis trois ans.",
                None,
            ),
            ("Je n'ai pas l'habilitation nucléaire.", Some(Failed)),
            (
                "J'ai travaillé dans une centrale nucléaire comme cuisinier. Plus tard, j'ai géré \
                 l'habilitation de mots de passe.",
                Some(Failed),
            ),
        ] {
            let candidate = json!({"skills": ["Tricot"], "summary": summary});
            assert_eq!(outcome(&candidate, &posting), expected, "{summary}");
        }
    }

    #[test]
    fn a_language_that_only_the_summary_names_is_unknown() {
        let posting = json!({"languages": [{"code": "en", "level": "B2", "must_have": true}]});
        for (summary, expected) in [
            ("Assistante bilingue anglais, dix ans à Londres.", Unknown),
            ("Dix ans à Londres.", Failed),
            ("Je ne parle pas anglais.", Failed),
        ] {
            let candidate = json!({"languages": ["français"], "summary": summary});
            assert_eq!(outcome(&candidate, &posting), Some(expected), "{summary}");
        }
    }

    #[test]
    fn a_must_have_language_is_met_at_its_level() {
        let posting =
            json!({"languages": [{"code": "en", "level": "B2", "must_have": true}, "de"]});
        for (languages, expected) in [
            (json!(["English C1"]), None),
            (json!(["anglais B2"]), None),
            (json!(["anglais B1"]), Some(Failed)),
            (json!(["français"]), Some(Failed)),
            (json!(["anglais"]), Some(Unknown)),
            (json!([]), Some(Unknown)),
        ] {
            let candidate = json!({"languages": languages});
            assert_eq!(outcome(&candidate, &posting), expected, "{candidate}");
        }
        let native = json!({"languages": [{"code": "en", "level": "native", "must_have": true}]});
        assert_eq!(
            outcome(&json!({"languages": ["anglais C2"]}), &native),
            None
        );
    }

    #[test]
    fn licences_are_recognised_by_any_of_their_names() {
        for (requested, held, expected) in [
            ("B", "Permis B", None),
            ("permis de conduire B", "driving licence, category B", None),
            ("B", "BE", None),
            ("B", "Permis CE", None),
            ("B", "A", Some(Failed)),
            ("C", "B", Some(Failed)),
            ("C", "permis CE", None),
            ("permis poids lourd", "permis de catégorie EC", None),
            ("permis CE", "permis C", Some(Failed)),
            ("permis D", "DE", None),
            ("B", "driver's licence D1", None),
            ("B", "permis de conduire", None),
            ("C", "permis de conduire", Some(Failed)),
            ("CACES 3", "CACES R489 catégorie 3", None),
            ("CACES 3", "CACES 1", Some(Failed)),
            ("CACES R489 3", "CACES R389 cat 3", None),
            ("CACES 3", "CACES R482 catégorie 3", Some(Failed)),
            ("CACES", "CACES R482 catégorie 3", None),
            (
                "Infirmier diplômé d'État",
                "Diplôme d'État d'infirmière diplômée",
                None,
            ),
        ] {
            let posting = json!({"licences": [requested]});
            let candidate = json!({"licences": [held]});
            assert_eq!(
                outcome(&candidate, &posting),
                expected,
                "{requested} / {held}"
            );
        }
        let posting = json!({"licenses": "B"});
        assert_eq!(outcome(&json!({"skills": ["Permis B"]}), &posting), None);
        assert_eq!(
            outcome(&json!({"skills": ["Rust"]}), &posting),
            Some(Unknown)
        );
    }

    #[test]
    fn each_licence_in_a_list_is_separate() {
        for (requested, held, expected) in [
            ("permis CE", "Permis C et CE", None),
            ("permis C", "Permis B, C, CE", None),
            ("driving licence C1", "driving licence B and C1", None),
            ("CE licence", "Class 1 (C+E) licence", None),
            ("Class 1 licence", "permis EC", None),
            ("permis EC", "C+E", None),
            ("HGV licence", "permis CE", None),
            ("permis CE", "HGV class 2", Some(Failed)),
            ("permis D", "Permis B et C", Some(Failed)),
            ("Permis C ou CE", "permis C", None),
            ("FIMO ou FCO", "FCO", None),
            ("FIMO ou FCO", "FIMO ou FCO", None),
            ("CACES R489 1, 3, 5", "CACES R489 cat. 1A, 3 et 5", None),
            ("CACES R489 1, 3, 5", "CACES 1A-3-5", None),
            ("CACES R489 5", "CACES R489 cat. 1A, 3", Some(Failed)),
            ("permis CE", "permis CE en cours de validité", None),
            ("permis CE", "permis CE en cours", Some(Failed)),
        ] {
            let posting = json!({"licences": [requested]});
            let candidate = json!({"licences": [held]});
            assert_eq!(
                outcome(&candidate, &posting),
                expected,
                "{requested} / {held}"
            );
        }
        let posting = json!({"required_skills": [{"name": "permis CE", "must_have": true}]});
        for held in [
            "Permis C et CE",
            "CE licence",
            "Class 1 (C+E) licence",
            "permis EC",
        ] {
            let candidate = json!({"skills": ["Tricot"], "licences": [held]});
            assert_eq!(outcome(&candidate, &posting), None, "{held}");
        }
    }

    #[test]
    fn a_must_have_title_may_be_a_diploma() {
        for (requested, education, expected) in [
            (
                "Diplôme d'État d'infirmier",
                json!("Diplôme d'État d'infirmier"),
                None,
            ),
            ("Diplôme d'État d'infirmier", json!("DE infirmier"), None),
            (
                "Diplôme d'État d'infirmier(ère)",
                json!([{"level": "bachelor", "field": "soins"}, {"degree": "DE", "field": "infirmière"}]),
                None,
            ),
            ("Diplôme d'État d'aide-soignant", json!("DEAS"), None),
            (
                "Bachelor of Nursing",
                json!({"level": "bachelor", "field": "nursing"}),
                None,
            ),
            (
                "Diplôme d'État d'infirmier",
                json!("Diplôme d'État d'infirmier en cours"),
                Some(Failed),
            ),
            (
                "Diplôme d'État d'infirmier",
                json!("Diplôme d'État d'aide-soignant"),
                Some(Failed),
            ),
            ("permis DE", json!("DE"), Some(Failed)),
        ] {
            let candidate = json!({"education": education, "licences": ["Permis B"]});
            let posting = json!({"licences": [requested]});
            assert_eq!(
                outcome(&candidate, &posting),
                expected,
                "{requested} / {education}"
            );
        }
    }

    #[test]
    fn a_licence_named_only_in_a_text_is_unknown() {
        let engine = Engine::new(Weights::default());
        for (requested, candidate, quote) in [
            (
                "permis CE",
                json!({"summary": "Permis C et CE, FIMO. Dix ans de route."}),
                Some("Permis C et CE"),
            ),
            (
                "permis CE",
                json!({"summary": "Driver. CE licence since 2013.", "licences": ["B"]}),
                Some("CE licence"),
            ),
            (
                "permis C",
                json!({"summary": "Titulaire des permis B, C et CE"}),
                Some("C et CE"),
            ),
            (
                "FIMO",
                json!({"summary": "Permis C et CE, FIMO.", "licences": ["B"]}),
                Some("FIMO"),
            ),
            (
                "CACES R489 3",
                json!({"summary": "CACES R489 1A, 3 et 5"}),
                Some("3 et 5"),
            ),
            (
                "Diplôme d'État d'infirmier",
                json!({"title": "Infirmière diplômée d'État", "licences": ["B"]}),
                Some("Infirmière diplômée d'État"),
            ),
            (
                "Diplôme d'État d'infirmier",
                json!({"summary": "IDE depuis 2015"}),
                Some("IDE depuis 2015"),
            ),
            (
                "permis CE",
                json!({"summary": "Je n'ai pas le permis CE"}),
                None,
            ),
            (
                "permis CE",
                json!({"summary": "Titulaire du permis C"}),
                None,
            ),
        ] {
            let posting = JobPosting::from_document(&json!({"licences": [requested]})).unwrap();
            let held = engine.compile_candidate(&Candidate::from_document(&candidate).unwrap());
            let found = engine
                .score(&held, &engine.compile_job_posting(&posting))
                .knockouts;
            assert_eq!(found[0].outcome, Unknown, "{requested} / {candidate}");
            let stated_in_text = found[0]
                .stated_in_text
                .as_ref()
                .map(|stated_in_text| &*stated_in_text.quote);
            assert_eq!(stated_in_text, quote, "{requested} / {candidate}");
        }
    }

    #[test]
    fn a_permit_to_work_is_read_from_permits_alone() {
        let posting = json!({"work_permit": ["FR"]});
        for (candidate, expected) in [
            (json!({"work_permits": "France"}), None),
            (json!({"work_permits": ["BE", "fra"]}), None),
            (json!({"work_permits": ["CH"]}), Some(Failed)),
            (json!({"nationality": "FR"}), Some(Unknown)),
        ] {
            assert_eq!(outcome(&candidate, &posting), expected, "{candidate}");
        }
    }

    #[test]
    fn a_must_have_place_must_be_within_reach_without_relocation() {
        let lyon = json!({"city": "Lyon", "country": "FR", "lat": 45.764, "lon": 4.8357,
                          "must_have": true});
        let paris = json!({"city": "Paris", "country": "FR", "lat": 48.8566, "lon": 2.3522});
        let posting = json!({"location": lyon});
        for (candidate, expected) in [
            (json!({"location": lyon}), None),
            (json!({"location": "Lyon"}), None),
            (json!({"location": paris}), Some(Failed)),
            (json!({"location": paris, "max_distance_km": 500}), None),
            (
                json!({"location": paris, "willing_to_relocate": true}),
                None,
            ),
            (json!({"location": "Berlin, Allemagne"}), Some(Failed)),
            (json!({"location": "Villeurbanne"}), Some(Unknown)),
            (json!({"location": "France"}), Some(Unknown)),
            (json!({}), Some(Unknown)),
        ] {
            assert_eq!(outcome(&candidate, &posting), expected, "{candidate}");
        }
        let remote = json!({"location": lyon, "remote": "remote"});
        assert_eq!(outcome(&json!({"location": paris}), &remote), None);
    }

    #[test]
    fn met_must_haves_are_found_with_their_names() {
        let engine = Engine::new(Weights::default());
        let candidate = json!({
            "skills": ["Django"], "licences": ["CE"], "languages": ["en C2"], "work_permits": "FR",
            "location": "Lyon",
        });
        let posting = json!({
            "required_skills": [{"name": "Python", "must_have": true}], "licences": ["Permis B"],
            "languages": [{"code": "en", "level": "native", "must_have": true}],
            "work_permit": "France", "location": {"city": "Lyon", "must_have": true},
        });
        let candidate = engine.compile_candidate(&Candidate::from_document(&candidate).unwrap());
        let posting = engine.compile_job_posting(&JobPosting::from_document(&posting).unwrap());
        let found = engine.score(&candidate, &posting).knockouts;
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["Python", "en", "Permis B", "France", "Lyon"]);
        assert!(
            found
                .iter()
                .all(|found| found.outcome == KnockoutOutcome::Met)
        );
    }

    #[test]
    fn remote_work_is_within_reach_in_its_countries_only() {
        let posting = |countries: Value| json!({"remote": "remote", "location": {"countries": countries, "must_have": true}});
        for (countries, home, expected) in [
            (json!(["US"]), json!("Lyon, France"), Some(Failed)),
            (json!(["US", "FR"]), json!("Lyon, France"), None),
            (json!("EU"), json!({"country": "Belgique"}), None),
            (json!(["CH", "GB"]), json!({"country": "FR"}), Some(Failed)),
            (json!(["US"]), json!("Lyon"), Some(Unknown)),
            (json!(["worldwide"]), json!("Lyon, France"), None),
        ] {
            let candidate = json!({"location": home});
            let found = outcome(&candidate, &posting(countries.clone()));
            assert_eq!(found, expected, "{countries} {home}");
        }
        let moves = json!({"location": "Lyon, France", "willing_to_relocate": true});
        assert_eq!(outcome(&moves, &posting(json!(["US"]))), None);
    }

    #[test]
    fn an_internship_is_a_knock_out_for_a_candidate_who_wants_a_job() {
        for (wanted, offered, expected) in [
            (json!(["CDI"]), json!("stage"), Some(Failed)),
            (json!(["CDI", "CDD"]), json!("alternance"), Some(Failed)),
            (json!(["CDI", "stage"]), json!("stage"), None),
            (json!([]), json!("stage"), None),
            (json!(["CDI"]), json!(["stage", "CDI"]), None),
            (json!(["CDI"]), json!("CDD"), None),
        ] {
            let found = outcome(
                &json!({"contract_types": wanted}),
                &json!({"contract_type": offered}),
            );
            assert_eq!(found, expected, "{wanted} / {offered}");
        }
    }

    #[test]
    fn failed_must_haves_come_first_in_the_order_of_kinds() {
        let found = knockouts(
            &json!({"skills": ["Tricot"], "languages": ["fr"], "licences": ["A"]}),
            &json!({
                "required_skills": [{"name": "Rust", "must_have": true}], "licences": ["B"],
                "languages": [{"code": "en", "must_have": "yes"}], "work_permit": "FR",
                "location": {"city": "Lyon", "must_have": true},
            }),
        );
        let found: Vec<_> = found
            .iter()
            .map(|(kind, name, outcome)| (*kind, name.as_str(), *outcome))
            .collect();
        assert_eq!(
            found,
            [
                (ASkill, "Rust", Failed),
                (Language, "en", Failed),
                (ALicence, "B", Failed),
                (WorkPermit, "FR", Unknown),
                (APlace, "Lyon", Unknown),
            ]
        );
    }
}
