//! Looks up skills by their names, and the relations between skills.

use std::sync::LazyLock;

use super::tables::{U32s, longest_key, table, table_text, text};
use crate::scoring::{names, text as words, vocabulary::table};

static KEYS: LazyLock<Option<fst::Map<&'static [u8]>>> =
    LazyLock::new(|| fst::Map::new(&table!("skills.fst")[..]).ok());
const ENGLISH_ENDS: U32s = U32s(table!("skills.english.ends"));
static ENGLISH: &str = table_text!("skills.english.text");
const FRENCH_ENDS: U32s = U32s(table!("skills.french.ends"));
static FRENCH: &str = table_text!("skills.french.text");
static FLAGS: &[u8] = table!("skills.flags");
static RARITY: &[u8] = table!("skills.rarity");
const RELATION_ENDS: U32s = U32s(table!("skills.relations.ends"));
const RELATIONS: U32s = U32s(table!("skills.relations.items"));

const SOFTWARE: u8 = 1;
const ASKED_IN_TEXT: u8 = 2;
const EVERYDAY: u8 = 8;
const LANGUAGE: u8 = 16;

/// Index of a skill in the taxonomy.
pub type KnownSkill = u32;

/// The relation of one skill to another, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Both are the same skill.
    Same,
    /// Having the first implies having the other: Django implies Python.
    Implies,
    /// The first is a kind of the other: spot welding is welding.
    Narrower,
    /// The first is a misspelling of the other.
    Misspelt,
    /// Both have nearly the same meaning, by the taxonomy's labels.
    Near,
    /// Having the first makes the other quick to learn: React and Vue.js.
    Neighbour,
    /// The other builds on the first: Django on Python.
    Foundation,
}

/// The contexts of running text in which a name counts as the skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// In any context.
    Anywhere,
    /// If it is written with a capital, a digit or a sign, as names are ("Slate", not "slate").
    WhereCapitalised,
    /// If other software, or a word of the software trade, stands nearby (Go, R, Java).
    AmongSoftware,
    /// Under the condition of [`Self::AmongSoftware`], or if it is written with a capital inside a
    /// clause (Rust, Excel).
    WhereNamed,
    /// Never: text uses the name in another sense.
    Never,
}

fn read(value: u64) -> (KnownSkill, Reading) {
    let reading = match value & 7 {
        0 => Reading::Anywhere,
        1 => Reading::WhereCapitalised,
        2 => Reading::AmongSoftware,
        3 => Reading::WhereNamed,
        _ => Reading::Never,
    };
    (u32::try_from(value >> 3).unwrap_or(u32::MAX), reading)
}

/// Returns the skill of a key (see [`names::skill_key`]).
pub fn skill_keyed(key: &str) -> Option<KnownSkill> {
    Some(read(KEYS.as_ref()?.get(key)?).0)
}

/// Returns the length in bytes of the longest prefix that the key shares with any key.
pub fn known_beginning(key: &str) -> usize {
    let Some(keys) = &*KEYS else { return 0 };
    let keys = keys.as_fst();
    let mut node = keys.root();
    key.bytes()
        .take_while(|byte| {
            let next = node.find_input(*byte);
            if let Some(next) = next {
                node = keys.node(node.transition_addr(next));
            }
            next.is_some()
        })
        .count()
}

/// Returns a skill's name in English or French.
pub fn skill_name(skill: KnownSkill, in_french: bool) -> &'static str {
    if in_french {
        text(FRENCH_ENDS, FRENCH, skill as usize)
    } else {
        text(ENGLISH_ENDS, ENGLISH, skill as usize)
    }
}

fn has(skill: KnownSkill, flag: u8) -> bool {
    FLAGS
        .get(skill as usize)
        .is_some_and(|flags| flags & flag != 0)
}

/// True if a skill is software, whose names may include a version.
pub fn is_software(skill: KnownSkill) -> bool {
    has(skill, SOFTWARE)
}

/// True if a description that names a skill requests it. False for soft skills, which nearly every
/// posting names, and for languages, which are a separate criterion.
pub fn is_requested_in_text(skill: KnownSkill) -> bool {
    has(skill, ASKED_IN_TEXT)
}

/// True if nearly every posting may request a skill: a soft skill, or the basics of office
/// software.
pub fn is_everyday(skill: KnownSkill) -> bool {
    has(skill, EVERYDAY)
}

/// True if a skill is a soft one.
pub fn is_soft_skill(skill: KnownSkill) -> bool {
    is_everyday(skill) && !is_requested_in_text(skill) && !is_language(skill)
}

/// True if a skill is a language, or a part of one ("write Hungarian").
pub fn is_language(skill: KnownSkill) -> bool {
    has(skill, LANGUAGE)
}

/// Returns how strongly a skill distinguishes candidates, in [0.3, 1]: less for a skill that many
/// occupations use.
pub fn rarity(skill: KnownSkill) -> f64 {
    RARITY
        .get(skill as usize)
        .map_or(1.0, |hundredths| f64::from(*hundredths) / 100.0)
}

/// Returns the strongest relation of one skill to another; `None` for a skill and itself.
pub fn relation(from: KnownSkill, to: KnownSkill) -> Option<Relation> {
    let span = RELATION_ENDS.span(from as usize);
    let link = RELATIONS.get(RELATIONS.find_by(span, to, |link| link >> 3)?);
    Some(match link & 7 {
        1 => Relation::Implies,
        2 => Relation::Narrower,
        3 => Relation::Neighbour,
        _ => Relation::Foundation,
    })
}

/// Maximum length, in words, of a name that is searched in text.
const LONGEST: usize = 9;

/// Distance, in words to either side, within which other software makes an ambiguous name software.
const BESIDE: usize = 8;

/// Distance, in words to either side, within which a word of the trade does so.
const BESIDE_TRADE: usize = 3;

/// Prefixes of folded words of the software trade.
const TRADE: &[&str] = &[
    "backend",
    "code",
    "coding",
    "developer",
    "developp",
    "framework",
    "frontend",
    "logiciel",
    "program",
    "script",
    "software",
];

/// Prefixes of folded words about mastering something, which make a capitalised name a skill.
const MASTERY: &[&str] = &[
    "competence",
    "connaissance",
    "experience",
    "expert",
    "knowledge",
    "langage",
    "maitris",
    "outil",
    "proficien",
    "skill",
    "tool",
];

/// A skill that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkillInText {
    /// The skill.
    pub skill: KnownSkill,
    /// Index of its first word.
    pub from: usize,
    /// Index after its last word.
    pub to: usize,
}

/// Finds skills in a text from left to right: the longest name at each position, without overlaps.
/// `written` returns a word as written, for names that count only in some contexts.
#[expect(
    clippy::too_many_lines,
    reason = "one scan, whose parts would share most of its state"
)]
pub fn skills_in_text<'a>(
    folded: &[String],
    written: impl Fn(usize) -> WrittenWord<'a>,
) -> Vec<SkillInText> {
    let Some(keys) = &*KEYS else {
        return Vec::new();
    };
    // Function words are no part of a key.
    let said: Vec<(usize, String)> = folded
        .iter()
        .enumerate()
        .filter(|(_, word)| !words::is_function_word(word))
        .map(|(at, word)| (at, words::neutral(word)))
        .collect();
    let mut found: Vec<(SkillInText, Reading)> = Vec::new();
    let mut at = 0;
    while at < said.len() {
        let mut next = at;
        let longest = longest_key(
            keys,
            |key| {
                let Some((place, word)) = said.get(next).filter(|_| next < at + LONGEST) else {
                    return false;
                };
                // No name spans a comma or the end of a sentence.
                if next > at && (said[next - 1].0 + 1..=*place).any(|at| written(at).is_cut_off) {
                    return false;
                }
                names::push_key_part(key, word);
                next += 1;
                true
            },
            |length, value| {
                if length == 1
                    && is_another_word(read(value).0, &folded[said[at].0], written(said[at].0))
                {
                    return false;
                }
                match read(value).1 {
                    Reading::Anywhere | Reading::AmongSoftware | Reading::WhereNamed => true,
                    Reading::WhereCapitalised => {
                        (at..at + length).any(|at| is_a_name(written(said[at].0).written))
                    }
                    Reading::Never => false,
                }
            },
        );
        let Some((length, value)) = longest else {
            at += 1;
            continue;
        };
        let (skill, reading) = read(value);
        let (from, to) = (said[at].0, said[at + length - 1].0 + 1);
        found.push((SkillInText { skill, from, to }, reading));
        at += length;
    }
    found.retain(|(one, _)| !has_another_sense(one, folded));
    // Software whose name is unambiguous in its position confirms ambiguous names nearby. A name of
    // `Reading::WhereNamed` with a capital confirms only other names with a capital.
    let is_named_inside = |one: &SkillInText| {
        let first = written(one.from);
        first.written.starts_with(char::is_uppercase) && !first.begins_clause
    };
    // With a capital inside a clause, or alone between two separators.
    let is_named = |one: &SkillInText| {
        let first = written(one.from);
        first.written.starts_with(char::is_uppercase)
            && (!first.begins_clause || one.to == folded.len() || written(one.to).begins_clause)
    };
    let vouches = |(other, reading): &(SkillInText, Reading)| {
        is_software(other.skill)
            && match reading {
                Reading::Anywhere => true,
                Reading::WhereCapitalised => {
                    is_named_inside(other) || tells_itself(written(other.from).written)
                }
                Reading::AmongSoftware | Reading::WhereNamed | Reading::Never => false,
            }
    };
    let vouches_for_names = |(other, reading): &(SkillInText, Reading)| {
        *reading == Reading::WhereNamed && is_software(other.skill) && is_named(other)
    };
    let mut is_beside_software = are_beside(&found, vouches);
    let beside_names = are_beside(&found, vouches_for_names);
    for ((is_beside, beside_name), (one, _)) in
        is_beside_software.iter_mut().zip(beside_names).zip(&found)
    {
        let has_capital = written(one.from).written.starts_with(char::is_uppercase);
        *is_beside |= beside_name && has_capital;
    }
    let is_of_the_trade = |one: &SkillInText| {
        let beside = one.from.saturating_sub(BESIDE_TRADE)..folded.len().min(one.to + BESIDE_TRADE);
        let has_capital = written(one.from).written.starts_with(char::is_uppercase);
        folded[beside].iter().any(|word| {
            let begins = |words: &[&str]| words.iter().any(|one| word.starts_with(one));
            begins(TRADE) || (has_capital && begins(MASTERY))
        })
    };
    // Written exactly as the name and unlike any ordinary word (SAP).
    let is_unmistakable = |one: &SkillInText| {
        let first = written(one.from).written;
        tells_itself(first) && first == skill_name(one.skill, false)
    };
    found
        .iter()
        .zip(is_beside_software)
        .filter(|((one, reading), is_beside)| match reading {
            Reading::AmongSoftware => *is_beside || is_of_the_trade(one),
            Reading::WhereNamed => {
                *is_beside || is_named(one) || is_of_the_trade(one) || is_unmistakable(one)
            }
            // The capital at the beginning of a sentence is no evidence for a single word.
            Reading::WhereCapitalised if one.to == one.from + 1 => {
                *is_beside
                    || tells_itself(written(one.from).written)
                    || is_named(one)
                    || is_of_the_trade(one)
            }
            Reading::Anywhere | Reading::WhereCapitalised | Reading::Never => true,
        })
        .map(|((one, _), _)| *one)
        .collect()
}

/// Returns, for each skill found, true if another one within [`BESIDE`] words confirms it.
fn are_beside(
    found: &[(SkillInText, Reading)],
    vouches: impl Fn(&(SkillInText, Reading)) -> bool,
) -> Vec<bool> {
    let mut are_beside = vec![false; found.len()];
    let mut before = None;
    for (entry, is_beside) in found.iter().zip(&mut are_beside) {
        *is_beside |= before.is_some_and(|to| entry.0.from < to + BESIDE);
        if vouches(entry) {
            before = Some(entry.0.to);
        }
    }
    let mut after = None;
    for (entry, is_beside) in found.iter().zip(&mut are_beside).rev() {
        *is_beside |= after.is_some_and(|from| from < entry.0.to + BESIDE);
        if vouches(entry) {
            after = Some(entry.0.from);
        }
    }
    are_beside
}

/// A word of a text with its context.
#[derive(Debug, Clone, Copy)]
pub struct WrittenWord<'a> {
    /// The word as written.
    pub written: &'a str,
    /// True if a comma, a bracket or the end of a sentence precedes it.
    pub begins_clause: bool,
    /// True if a separator that no name spans precedes it.
    pub is_cut_off: bool,
    /// True if an apostrophe follows it: « C'est », « J'excelle ».
    pub is_elided: bool,
}

/// True if a single word with the key of a skill is an ordinary word: an elided letter (« C'est »),
/// a stop word in lower case (« est », « mes »), or an inflected form that only shares the key
/// (« excelle » and Excel).
fn is_another_word(skill: KnownSkill, folded: &str, written: WrittenWord<'_>) -> bool {
    if written.is_elided && folded.chars().nth(1).is_none() {
        return true;
    }
    let is_small = written.written.chars().any(char::is_lowercase);
    if is_small && words::is_stop_word(folded) {
        return true;
    }
    let singular = words::singular(folded);
    is_software(skill)
        && words::neutral(folded) != singular
        && [false, true].iter().all(|in_french| {
            let name = words::fold(skill_name(skill, *in_french));
            name != folded && name != singular
        })
}

/// For each ambiguous name of software, words that mark its other sense: « docker » at a port.
static OTHER_SENSES: LazyLock<Vec<(KnownSkill, Vec<String>)>> = LazyLock::new(|| {
    let rows = table::rows(include_str!("../vocabulary/other_senses.txt"));
    let senses = rows.filter_map(|row| {
        let skill = skill_keyed(&names::skill_key(row.name))?;
        let beside = row.forms().skip(1).map(words::fold).collect();
        Some((skill, beside))
    });
    senses.collect()
});

/// Distance, in words to either side, within which such a word marks the other sense.
const BESIDE_SENSE: usize = 10;

fn has_another_sense(one: &SkillInText, folded: &[String]) -> bool {
    let Some((_, senses)) = OTHER_SENSES.iter().find(|sense| sense.0 == one.skill) else {
        return false;
    };
    let from = one.from.saturating_sub(BESIDE_SENSE);
    let to = folded.len().min(one.to + BESIDE_SENSE);
    folded[from..to]
        .iter()
        .any(|word| senses.contains(&words::singular(word)))
}

/// True if a word is written unlike any ordinary word: with a capital, digit or sign after its
/// first letter (`MongoDB`, Log4j).
fn tells_itself(written: &str) -> bool {
    written.chars().skip(1).any(|letter| !letter.is_lowercase())
}

/// True if a word is written as a name: with a capital, a digit or a sign; a word of up to four
/// letters must have no lower-case letter (SAN, but not « Sans » at the beginning of a sentence).
fn is_a_name(written: &str) -> bool {
    const SHORT: usize = 4;
    let mut letters = written.chars();
    if written.chars().nth(SHORT).is_none() {
        letters.all(|letter| !letter.is_lowercase())
    } else {
        letters.any(|letter| !letter.is_lowercase())
    }
}
