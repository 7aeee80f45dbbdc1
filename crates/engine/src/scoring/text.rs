//! Text as the engine compares it: folded, cut into words, lightly stemmed, hashed.
//!
//! French and English share one set of rules. The stemming is light on purpose: it joins number
//! and gender (« développeuses » and « développeur », "skills" and "skill"), and nothing that needs
//! a dictionary. A stem need not be a word; only equal stems matter.

use std::{hash::Hasher as _, ops::Range};

use fnv::FnvHasher;
use unicode_normalization::char::is_combining_mark;

pub use crate::profiles::folded_text::fold_letters as fold;

/// A word with the place of its bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word, folded.
    pub folded: String,
    /// Where it stands.
    pub span: Range<usize>,
}

/// The folded words of a text. `+`, `#` and `.` stay where they are part of a name: `c++`, `c#`,
/// `.net`, `node.js`, `bac+2`, `r&d`; everything else that is neither letter nor digit separates.
pub fn words(text: &str) -> Vec<String> {
    placed_words(text).map(|word| word.folded).collect()
}

/// As [`words`], with their places.
pub fn placed_words(text: &str) -> impl Iterator<Item = Word> {
    let is_letter = |letter: char| {
        letter.is_alphanumeric()
            || is_combining_mark(letter)
            || matches!(letter, LOST_LETTER | SOFT_HYPHEN)
    };
    let mut letters = text.char_indices().peekable();
    let mut previous = ' ';
    std::iter::from_fn(move || {
        let (mut start, mut length) = (None, 0);
        while let Some(&(at, letter)) = letters.peek() {
            let next = text[at + letter.len_utf8()..].chars().next().unwrap_or(' ');
            let keeps = match letter {
                '.' => is_letter(next) && (length > 0 || previous.is_whitespace()),
                '+' => length > 0 && !next.is_alphabetic(),
                '#' => length > 0 && !is_letter(next),
                // R&D, H&M; but HTML&CSS are two words.
                '&' => length == 1 && is_letter(next),
                // « déve-\nloppement »: a word cut at the end of a line.
                '-' => length > 1 && goes_on_in_next_line(&text[at + 1..]),
                '\n' => length > 1 && previous == '-' && goes_on_in_next_line(&text[at..]),
                other => is_letter(other),
            };
            if !keeps && start.is_some() {
                break;
            }
            letters.next();
            previous = letter;
            if keeps {
                start.get_or_insert(at);
                length += 1;
            }
        }
        let start = start?;
        let end = letters.peek().map_or(text.len(), |(at, _)| *at);
        Some(Word {
            folded: fold_word(&text[start..end]),
            span: start..end,
        })
    })
}

/// Stands where a letter could not be decoded.
const LOST_LETTER: char = '\u{fffd}';
const SOFT_HYPHEN: char = '\u{ad}';

/// Whether a line ends here and the next one begins with a small letter.
fn goes_on_in_next_line(text: &str) -> bool {
    text.strip_prefix('\n')
        .and_then(|rest| rest.chars().next())
        .is_some_and(char::is_lowercase)
}

/// A word folded, without the hyphens at which it was cut.
fn fold_word(word: &str) -> String {
    if word.contains(['\n', SOFT_HYPHEN]) {
        fold(&word.replace("-\n", "").replace(SOFT_HYPHEN, ""))
    } else {
        fold(word)
    }
}

/// Endings that inclusive spelling puts behind a word: « vendeur(se) », « chargé·e ».
const GENDER_ENDINGS: &[&str] = &[
    "e", "es", "se", "euse", "euses", "rice", "trice", "ere", "iere", "ne", "enne", "te",
];

/// The words of running text: as [`words`], but a full stop without a space after it ends a
/// sentence (« équipe.Vous »), except in names (`node.js`, `asp.net`), and inclusive endings go.
pub fn prose_words(text: &str) -> Vec<String> {
    placed_prose_words(text).map(|word| word.folded).collect()
}

/// As [`prose_words`], with their places.
pub fn placed_prose_words(text: &str) -> impl Iterator<Item = Word> {
    placed_words(text).flat_map(|word| {
        let Some((head, tail)) = word
            .folded
            .rsplit_once('.')
            .filter(|(head, _)| !head.is_empty())
        else {
            return vec![word];
        };
        if GENDER_ENDINGS.contains(&tail) {
            let folded = head.to_owned();
            return vec![Word { folded, ..word }];
        }
        let is_sentence = tail.len() > 2
            && tail != "net"
            && word.folded.chars().all(|c| c == '.' || c.is_alphabetic());
        if !is_sentence {
            return vec![word];
        }
        // A sentence ends in the middle of the word: the signs are the same before folding.
        let mut start = word.span.start;
        let mut parts = Vec::new();
        for part in text[word.span.clone()].split('.') {
            if !part.is_empty() {
                parts.push(Word {
                    folded: fold(part),
                    span: start..start + part.len(),
                });
            }
            start += part.len() + 1;
        }
        parts
    })
}

/// Whether a word is an ending of inclusive spelling, or one of its letters (« H/F », "m/w/d").
pub fn is_gender_mark(word: &str) -> bool {
    GENDER_ENDINGS.contains(&word) || matches!(word, "h" | "f" | "m" | "w" | "x")
}

/// A folded word without its plural: `reseaux` → `reseau`, `journaux` → `journal`,
/// `technologies` and `technology` → `technologie`. Words of up to three characters, and names with
/// digits or signs, stay as they are.
pub fn singular(word: &str) -> String {
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if let Some(head) = word.strip_suffix("eaux") {
        return format!("{head}eau");
    }
    if let Some(head) = word.strip_suffix("aux")
        && head.len() >= 3
    {
        return format!("{head}al");
    }
    if let Some(head) = word.strip_suffix('y')
        && head.len() >= 4
    {
        return format!("{head}ie");
    }
    // `process`, `status`, `analysis`, `macos`, `nodejs` are singular.
    let is_singular = ["ss", "us", "is", "os", "as", "js"]
        .iter()
        .any(|ending| word.ends_with(ending));
    match word.strip_suffix('s') {
        Some(head) if !is_singular => head.to_owned(),
        _ => word.to_owned(),
    }
}

/// A folded word without number and without the endings that only tell a gender in French:
/// `developpeuses` → `developpeur`, `creative` → `creatif`, `polyvalente` → `polyvalent`. English
/// words may change with them; only equal results matter.
pub fn neutral(word: &str) -> String {
    let mut word = singular(word);
    if let Ok(at) = IRREGULAR.binary_search_by_key(&word.as_str(), |pair| pair.0) {
        return IRREGULAR[at].1.to_owned();
    }
    if word.len() < 5 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    while word.ends_with("ee") {
        word.pop();
    }
    for (ending, neutral, shortest_head) in [
        ("trice", "teur", 2),
        ("drice", "deur", 3),
        ("euse", "eur", 3),
        ("eux", "eur", 3),
        ("esse", "e", 3),
        ("enne", "en", 3),
        ("anne", "an", 3),
        ("ique", "ic", 2),
        ("onne", "on", 3),
        ("elle", "el", 3),
        ("effe", "ef", 2),
        ("iere", "ier", 3),
        ("ive", "if", 3),
        ("ente", "ent", 4),
        ("ante", "ant", 4),
    ] {
        if let Some(head) = word.strip_suffix(ending)
            && head.len() >= shortest_head
        {
            return format!("{head}{neutral}");
        }
    }
    word
}

/// Forms that no ending gives away, most of them feminine adjectives, with the masculine ones;
/// sorted.
const IRREGULAR: &[(&str, &str)] = &[
    ("apprentie", "apprenti"),
    ("apprentis", "apprenti"),
    ("belle", "beau"),
    ("benigne", "benin"),
    ("blanche", "blanc"),
    ("breve", "bref"),
    ("complete", "complet"),
    ("concrete", "concret"),
    ("discrete", "discret"),
    ("douce", "doux"),
    ("epaisse", "epais"),
    ("favorite", "favori"),
    ("fraiche", "frais"),
    ("franche", "franc"),
    ("gentille", "gentil"),
    ("grasse", "gras"),
    ("grecque", "grec"),
    ("grosse", "gros"),
    ("inquiete", "inquiet"),
    ("jumelle", "jumeau"),
    ("longue", "long"),
    ("maligne", "malin"),
    ("nette", "net"),
    ("neuve", "neuf"),
    ("nouvelle", "nouveau"),
    ("prete", "pret"),
    ("publique", "public"),
    ("seche", "sec"),
    ("secrete", "secret"),
    ("sotte", "sot"),
    ("turque", "turc"),
    ("vieille", "vieux"),
];

/// A folded word without number and gender, and without a last `e` or "ing": `infirmiere` →
/// `infirmier`, `chargee` → `charg`.
pub fn stem(word: &str) -> String {
    let word = neutral(word);
    if word.len() < 5 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    if let Some(head) = word.strip_suffix("ing")
        && head.len() >= 4
    {
        return head.to_owned();
    }
    match word.trim_end_matches('e') {
        head if head.len() >= 4 => head.to_owned(),
        _ => word,
    }
}

/// A word's root, for comparing running text: [`stem`] without the endings that make nouns of verbs
/// and the like (`accounting`, « comptabiliser » stay words of their own; `manager`, `managing` and
/// `management` meet). Coarser than a stem, so never used for names.
pub fn root(word: &str) -> String {
    let mut root = stem(word);
    if root.len() > 4 && root.bytes().all(|byte| byte.is_ascii_lowercase()) {
        for ending in [
            "ation", "ating", "ated", "at", "ing", "er", "eur", "or", "ed", "ement", "ment",
        ] {
            if let Some(head) = root.strip_suffix(ending)
                && head.len() >= 4
            {
                root.truncate(head.len());
                break;
            }
        }
    }
    root
}

/// The hashed roots of the words that say something, in their order.
pub fn roots(words: &[String]) -> impl Iterator<Item = u32> {
    words
        .iter()
        .filter(|word| word.chars().nth(1).is_some() && !is_stop_word(word))
        .map(|word| short_hash(&root(word)))
}

/// FNV-1a, 64 bits: the same on every machine and in every release, unlike the standard library's
/// hasher. <http://www.isthe.com/chongo/tech/comp/fnv/>
pub fn hash(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// The upper half of [`hash`]: enough where a rare collision changes a similarity by little.
pub fn short_hash(text: &str) -> u32 {
    (hash(text) >> 32) as u32
}

/// Little words that join the parts of a name: « gestion de la paie », "terms of sale".
pub fn is_little_word(word: &str) -> bool {
    matches!(
        word,
        "de" | "du"
            | "des"
            | "d"
            | "la"
            | "le"
            | "les"
            | "l"
            | "et"
            | "en"
            | "au"
            | "aux"
            | "of"
            | "the"
            | "and"
            | "for"
            | "pour"
    )
}

/// French and English words that say nothing about a job.
pub fn is_stop_word(word: &str) -> bool {
    is_little_word(word) || STOP_WORDS.binary_search(&word).is_ok()
}

/// Sorted, folded.
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "afin", "after", "again", "ai", "ainsi", "all", "alors", "also", "am",
    "an", "any", "apres", "are", "as", "at", "aussi", "autre", "autres", "avec", "avez", "avoir",
    "avons", "be", "been", "being", "bien", "but", "by", "c", "can", "car", "ce", "cela", "ces",
    "cet", "cette", "chez", "comme", "could", "dans", "did", "do", "does", "donc", "dont", "e",
    "elle", "elles", "entre", "es", "est", "etc", "ete", "etes", "etre", "eux", "faire", "from",
    "had", "has", "have", "he", "her", "him", "his", "how", "i", "il", "ils", "in", "into", "is",
    "it", "its", "j", "je", "leur", "leurs", "lors", "lui", "m", "ma", "mais", "me", "meme", "mes",
    "moins", "mon", "more", "most", "my", "n", "ne", "ni", "no", "non", "nos", "not", "notre",
    "nous", "on", "ont", "or", "other", "ou", "our", "out", "over", "par", "pas", "plus", "qu",
    "quand", "que", "quel", "quelle", "qui", "quoi", "s", "sa", "sans", "se", "ses", "she",
    "should", "si", "so", "soit", "some", "son", "sont", "sous", "such", "suis", "sur", "t", "ta",
    "tel", "telle", "tels", "tes", "than", "that", "their", "them", "then", "there", "these",
    "they", "this", "those", "through", "to", "toi", "ton", "tous", "tout", "toute", "toutes",
    "tres", "tu", "un", "under", "une", "until", "up", "us", "vers", "very", "via", "vos", "votre",
    "vous", "was", "we", "were", "what", "when", "where", "which", "while", "who", "will", "with",
    "would", "y", "you", "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_signs_that_tell_them_apart() {
        assert_eq!(
            words("C++, C#, .NET, Node.js; (C) bac+2. R&D, HTML&CSS"),
            [
                "c++", "c#", ".net", "node.js", "c", "bac+2", "r&d", "html", "css"
            ]
        );
    }

    #[test]
    fn accents_ligatures_and_apostrophes_fold() {
        assert_eq!(
            words("L’Œuvre générale d'Été İstanbul"),
            ["l", "oeuvre", "generale", "d", "ete", "istanbul"]
        );
    }

    #[test]
    fn a_full_stop_without_a_space_ends_a_sentence() {
        assert_eq!(
            prose_words("en équipe.Vous codez en node.js et asp.net, chargé.e"),
            [
                "en", "equipe", "vous", "codez", "en", "node.js", "et", "asp.net", "charge"
            ]
        );
    }

    #[test]
    fn plurals_and_feminine_forms_share_a_stem() {
        for (one, other) in [
            ("developpeuses", "developpeur"),
            ("infirmiere", "infirmiers"),
            ("technicienne", "technicien"),
            ("directrice", "directeur"),
            ("assistante", "assistant"),
            ("chargee", "charge"),
            ("commerciaux", "commercial"),
            ("reseaux", "reseau"),
            ("technologies", "technology"),
            ("skills", "skill"),
            ("nurses", "nurse"),
            ("actrice", "acteur"),
            ("cheffe", "chef"),
            ("maitresse", "maitre"),
            ("administrative", "administratif"),
            ("serieuse", "serieux"),
            ("passionnee", "passionne"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} / {other}");
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [
            ("java", "javascript"),
            ("comptable", "compte"),
            ("process", "proces"),
        ] {
            assert_ne!(stem(one), stem(other), "{one} / {other}");
        }
    }

    #[test]
    fn the_stop_words_can_be_searched() {
        let mut sorted = STOP_WORDS.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, STOP_WORDS);
    }

    #[test]
    fn irregular_forms_meet_in_the_masculine() {
        assert!(IRREGULAR.is_sorted());
        for (form, masculine) in IRREGULAR {
            assert_eq!(neutral(form), neutral(masculine));
        }
        assert_eq!(neutral("vieilles"), "vieux");
        assert_eq!(neutral("apprenties"), neutral("apprentis"));
    }
}
