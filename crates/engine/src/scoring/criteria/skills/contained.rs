//! Finds skills that an unknown name contains: "WMS Reflex" is a kind of WMS.
//!
//! An unknown name is parsed as text is, so that expressions that only look like a skill ("rust
//! removal") are excluded. A contained skill carries the meaning of the name if it is rare among
//! the labels of skills, has a large part of the rarity of all words, and is the head of the name:
//! the last words in English ("CNC turning", but not the sales of "sales tax"), the first ones in
//! French (« froid négatif »), or the object of a word such as « établissement ». Names of software
//! carry it in any position ("SAP SD").

use std::ops::Range;

use crate::scoring::{
    names,
    prose::Prose,
    taxonomy::{self, KnownSkill},
    text,
};

/// Minimum rarity of a word that carries meaning by itself: labels of about 260 skills contain it.
/// "Management" has 3. Both limits are chosen on pairs of ROME and ESCO skills (`skills_fr2en`):
/// most of the additional pairs found with a share of a third, rarity 5 and any word position were
/// wrong.
pub(super) const LEAST_RARITY: f32 = 4.5;
/// Minimum share of the rarity of all words.
const LEAST_SHARE: f32 = 0.37;
/// Rarity assumed for a word without a vector beside the contained skill: mostly the name of a
/// vendor or product, which changes the meaning little.
const RARITY_OF_A_NAME: f32 = 4.0;
/// Rarity assumed for such a word within the contained skill, of which it is the distinctive part.
const RARITY_OF_A_REQUESTED_NAME: f32 = 8.0;

/// Folded words that join a noun to the words that qualify it (« froid de laboratoire »).
const JOINING: &[&str] = &[
    "a", "an", "d", "de", "des", "du", "en", "for", "l", "la", "le", "les", "of", "pour", "the",
    "un", "une",
];

/// Folded nouns for doing something, whose object carries the meaning (« suivi des stocks »).
const DOING: &[&str] = &[
    "administration",
    "edition",
    "elaboration",
    "etablissement",
    "execution",
    "gestion",
    "pilotage",
    "preparation",
    "production",
    "realisation",
    "suivi",
    "traitement",
];

/// Returns the known skills that an unknown name contains and that carry its meaning.
pub(super) fn known(name: &str) -> Box<[KnownSkill]> {
    let read = Prose::of([name]).skills;
    let carried = read.into_iter().filter(|mention| {
        let bytes = mention.bytes.start as usize..mention.bytes.end as usize;
        let inside = &name[bytes.clone()];
        let first = names::skill_key_words(inside).into_iter().next();
        let english = names::skill_key_words(taxonomy::skill_name(mention.skill, false));
        let form = Form {
            is_software: taxonomy::is_software(mention.skill)
                && inside.contains(char::is_uppercase),
            is_french: looks_french(name) || first.is_none_or(|word| !english.contains(&word)),
        };
        bytes.len() < name.len() && carries(name, bytes, form)
    });
    carried.map(|mention| mention.skill).collect()
}

/// Kind and language of the contained words.
#[derive(Clone, Copy)]
struct Form {
    is_software: bool,
    is_french: bool,
}

/// True if a name contains the words of another one, by their stems, and these carry its meaning.
pub(super) fn has_words(name: &str, stems: &[u64]) -> bool {
    let words: Vec<_> = text::placed_words(name)
        .filter(|word| !text::is_function_word(&word.folded))
        .collect();
    let stem = |word: &text::Word| text::hash(&text::stem(&word.folded));
    let mut places = words.windows(stems.len().max(1));
    let found = places.find(|words| words.iter().map(stem).eq(stems.iter().copied()));
    found.is_some_and(|words| {
        let bytes = words[0].span.start..words[words.len() - 1].span.end;
        let form = Form {
            is_software: false,
            is_french: looks_french(name),
        };
        bytes.len() < name.len() && carries(name, bytes, form)
    })
}

/// True if these bytes of a name carry its meaning.
fn carries(name: &str, bytes: Range<usize>, form: Form) -> bool {
    let (before, after) = (
        text::words(&name[..bytes.start]),
        text::words(&name[bytes.end..]),
    );
    let inside = text::words(&name[bytes]);
    // Numbers and codes are versions and references: "Incoterms 2020", « nacelle (R486) ».
    let has_digit = |word: &String| word.contains(|letter: char| letter.is_ascii_digit());
    let says = |word: &&String| {
        !text::is_function_word(word) && !DOING.contains(&word.as_str()) && !has_digit(word)
    };
    let rarities = |words: &[String], unknown: f32| -> Vec<f32> {
        let rarity = |word: &String| taxonomy::label_rarity(word).unwrap_or(unknown);
        words.iter().filter(says).map(rarity).collect()
    };
    let own = rarities(&inside, RARITY_OF_A_REQUESTED_NAME);
    let others = [&before, &after].map(|words| rarities(words, RARITY_OF_A_NAME));
    let own_sum: f32 = own.iter().sum();
    let total = own_sum + others.iter().flatten().sum::<f32>();
    if own.iter().copied().fold(0.0, f32::max) < LEAST_RARITY || own_sum < LEAST_SHARE * total {
        return false;
    }
    if form.is_software {
        return true;
    }
    let is_joined =
        |word: Option<&String>| word.is_some_and(|word| JOINING.contains(&word.as_str()));
    match others.each_ref().map(Vec::is_empty) {
        [true, true] => true,
        // « composants mécaniques » is not mechanics.
        [false, true] => !is_joined(before.last()) && !form.is_french,
        [true, false] => is_joined(after.first()) || form.is_french,
        [false, false] => false,
    }
}

/// True if a name has a letter or a function word that English lacks.
fn looks_french(name: &str) -> bool {
    let is_french = |word: &String| {
        matches!(
            word.as_str(),
            "de" | "des" | "du" | "la" | "le" | "et" | "en"
        )
    };
    name.chars()
        .any(|letter| letter.is_alphabetic() && !letter.is_ascii())
        || text::words(name).iter().any(is_french)
}
