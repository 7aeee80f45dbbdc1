//! Skills by their names, and how one speaks for another.

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

/// A skill's place in the taxonomy.
pub type KnownSkill = u32;

/// How one skill speaks for another, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is the same skill.
    Same,
    /// Who has it has the other: Django implies Python.
    Implies,
    /// It is a kind of the other: arc welding is welding.
    Narrower,
    /// It is the same skill, written with a slip of the pen.
    Misspelt,
    /// It means nearly the same, by the taxonomy's words for it.
    Near,
    /// It is learned quickly by who has the other: React and Vue.js.
    Neighbour,
    /// It is what the other builds on: Python for Django.
    Foundation,
}

/// When a name is taken from running text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Wherever it stands.
    Anywhere,
    /// Where it is written with a capital, a digit or a sign, as names are ("Slate", not "slate").
    WhereCapitalised,
    /// Where other software, or a word of the trade, stands beside it (Go, R, Java).
    AmongSoftware,
    /// There, and where it is written with a capital inside a clause (Rust, Excel).
    WhereNamed,
    /// Never: text uses it for something else.
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

/// The skill that a key names (see [`names::skill_key`]).
pub fn skill_keyed(key: &str) -> Option<KnownSkill> {
    Some(read(KEYS.as_ref()?.get(key)?).0)
}

/// How many of a key's first bytes some key begins with.
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

/// A skill's name in English, or in French.
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

/// Whether a skill is software, whose names may carry a version.
pub fn is_software(skill: KnownSkill) -> bool {
    has(skill, SOFTWARE)
}

/// Whether a description that names a skill asks for it: not so for soft skills, which nearly every
/// posting names, and for languages, which are a criterion of their own.
pub fn is_asked_in_text(skill: KnownSkill) -> bool {
    has(skill, ASKED_IN_TEXT)
}

/// Whether nearly every posting may ask for a skill: a soft skill, or the basics of office
/// software.
pub fn is_everyday(skill: KnownSkill) -> bool {
    has(skill, EVERYDAY)
}

/// Returns whether a skill is a language, or a part of one ("write Hungarian").
pub fn is_language(skill: KnownSkill) -> bool {
    has(skill, LANGUAGE)
}

/// How much a skill tells people apart, in [0.3, 1]: less for what many occupations use.
pub fn rarity(skill: KnownSkill) -> f64 {
    RARITY
        .get(skill as usize)
        .map_or(1.0, |hundredths| f64::from(*hundredths) / 100.0)
}

/// How having one skill speaks for having another; the strongest relation, none to itself.
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

/// Words of the longest name that is looked for in text.
const LONGEST: usize = 9;

/// Words to either side among which other software makes a short name software.
const BESIDE: usize = 8;

/// Words to either side among which a word of the trade does so.
const BESIDE_TRADE: usize = 3;

/// How words begin, folded, that are about software.
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

/// How words begin, folded, that are about mastering something: beside a name with a capital.
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
    /// Which one.
    pub skill: KnownSkill,
    /// The place of its first word.
    pub from: usize,
    /// The place after its last word.
    pub to: usize,
}

/// The skills that a text names, in its order, none overlapping another, the longest name at each
/// place. `written` gives a word as it is written, for names that count only where capitalised.
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
    // Little words are no part of a key.
    let said: Vec<(usize, String)> = folded
        .iter()
        .enumerate()
        .filter(|(_, word)| !words::is_little_word(word))
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
                // No name goes on across a comma or the end of a sentence.
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
    // Names that are software wherever they stand vouch for the others, and those that are
    // named for others with a capital; the nearest to either side.
    let is_named_inside = |one: &SkillInText| {
        let first = written(one.from);
        first.written.starts_with(char::is_uppercase) && !first.begins_clause
    };
    // With a capital inside a clause, or all of what stands between two commas or the like.
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
    // Spelt like the name and like no ordinary word (SAP).
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
            // The capital at the beginning of a sentence says nothing about a single word.
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

/// For each skill found, whether another one within [`BESIDE`] words vouches for it.
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

/// A word of a text as it stands there.
#[derive(Debug, Clone, Copy)]
pub struct WrittenWord<'a> {
    /// The word.
    pub written: &'a str,
    /// Whether a comma, a bracket or the end of a sentence stands before it.
    pub begins_clause: bool,
    /// Whether a sign stands before it across which no name goes on.
    pub is_cut_off: bool,
    /// Whether an apostrophe stands behind it: « C'est », « J'excelle ».
    pub is_elided: bool,
}

/// Whether a single word that has the key of a skill is another word of the language: an elided
/// letter (« C'est »), a little word in small letters (« est », « mes »), or an inflected form that
/// only shares the key (« excelle » and Excel).
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

/// Words by which a name of software has another sense, by the name: « docker » at a port.
static OTHER_SENSES: LazyLock<Vec<(KnownSkill, Vec<String>)>> = LazyLock::new(|| {
    let rows = table::rows(include_str!("../vocabulary/other_senses.txt"));
    let senses = rows.filter_map(|row| {
        let skill = skill_keyed(&names::skill_key(row.name))?;
        let beside = row.forms().skip(1).map(words::fold).collect();
        Some((skill, beside))
    });
    senses.collect()
});

/// Words to either side among which a word shows the other sense.
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

/// Whether a word is written as no ordinary word is, wherever it stands: with a capital, digit or
/// sign behind its first letter (`MongoDB`, Log4j).
fn tells_itself(written: &str) -> bool {
    written.chars().skip(1).any(|letter| !letter.is_lowercase())
}

/// Whether a word is written as names are: with a capital, a digit or a sign in it, a short one
/// throughout (SAN, but not « Sans » at the beginning of a sentence).
fn is_a_name(written: &str) -> bool {
    const SHORT: usize = 4;
    let mut letters = written.chars();
    if written.chars().nth(SHORT).is_none() {
        letters.all(|letter| !letter.is_lowercase())
    } else {
        letters.any(|letter| !letter.is_lowercase())
    }
}
