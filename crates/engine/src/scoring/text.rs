//! Text processing of the engine: folding, tokenisation, light stemming and hashing.
//!
//! French and English share one set of rules. Stemming is deliberately light: it unifies number and
//! gender (« développeuses » and « développeur », "skills" and "skill"), and nothing that needs a
//! dictionary. A stem need not be a word; only equality of stems matters.

use std::{hash::Hasher as _, ops::Range};

use fnv::FnvHasher;
use unicode_normalization::char::is_combining_mark;

pub use crate::profiles::folded_text::fold_letters as fold;

/// A word with its position in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The folded word.
    pub folded: String,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// Splits a text into folded words. `+`, `#`, `.` and `&` are kept where they are part of a name:
/// `c++`, `c#`, `.net`, `node.js`, `bac+2`, `r&d`; any other sign separates words.
pub fn words(text: &str) -> Vec<String> {
    placed_words(text).map(|word| word.folded).collect()
}

/// Works as [`words`] does, and returns positions.
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
                // "R&D" and "H&M" are one word each; "HTML&CSS" is two.
                '&' => length == 1 && is_letter(next),
                // « déve-\nloppement »: a word hyphenated at the end of a line.
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

/// Replacement character, in place of a letter that could not be decoded.
const LOST_LETTER: char = '\u{fffd}';
const SOFT_HYPHEN: char = '\u{ad}';

/// True if a line ends here and the next one begins with a lower-case letter.
fn goes_on_in_next_line(text: &str) -> bool {
    text.strip_prefix('\n')
        .and_then(|rest| rest.chars().next())
        .is_some_and(char::is_lowercase)
}

/// Folds a word and removes the hyphens of line breaks.
fn fold_word(word: &str) -> String {
    if word.contains(['\n', SOFT_HYPHEN]) {
        fold(&word.replace("-\n", "").replace(SOFT_HYPHEN, ""))
    } else {
        fold(word)
    }
}

/// Endings that inclusive spelling appends to a word: « vendeur(se) », « chargé·e ».
const GENDER_ENDINGS: &[&str] = &[
    "e", "es", "se", "euse", "euses", "rice", "trice", "ere", "iere", "ne", "enne", "te",
];

/// Splits running text into folded words. Differs from [`words`] in two ways: a full stop without a
/// space after it ends a sentence (« équipe.Vous »), except in names (`node.js`, `asp.net`), and
/// inclusive endings are removed.
pub fn prose_words(text: &str) -> Vec<String> {
    placed_prose_words(text).map(|word| word.folded).collect()
}

/// Works as [`prose_words`] does, and returns positions.
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
        // A sentence ends in the middle of the word. Folding keeps the full stops, so the parts
        // agree.
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

/// True for an ending of inclusive spelling or a letter of a gender mark (« H/F », "m/w/d").
pub fn is_gender_mark(word: &str) -> bool {
    GENDER_ENDINGS.contains(&word) || matches!(word, "h" | "f" | "m" | "w" | "x")
}

/// Returns the singular of a folded word: `reseaux` → `reseau`, `journaux` → `journal`,
/// `technologies` and `technology` → `technologie`. Words of up to three characters, and names with
/// digits or signs, are returned unchanged.
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

/// Returns a folded word without number and without the endings that only mark gender in French:
/// `developpeuses` → `developpeur`, `creative` → `creatif`, `polyvalente` → `polyvalent`. English
/// words may change too; only equality of results matters.
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

/// Irregular forms, most of them feminine adjectives, with the masculine form; sorted.
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

/// Returns a folded word without number and gender, and without a final `e` or "ing": `infirmiere`
/// → `infirmier`, `chargee` → `charg`.
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

/// Returns a word's root, for comparing running text: the [`stem`] without noun-forming and verbal
/// endings. `manager`, `managing` and `management` share a root; `accounting` and « comptabiliser »
/// do not. Coarser than a stem, so never used for names.
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

/// Returns the hashed roots of the words that are neither stop words nor single letters, in text
/// order.
pub fn roots(words: &[String]) -> impl Iterator<Item = u32> {
    words
        .iter()
        .filter(|word| word.chars().nth(1).is_some() && !is_stop_word(word))
        .map(|word| short_hash(&root(word)))
}

/// Computes the FNV-1a hash, 64 bits. Unlike the standard library's hasher it is the same on every
/// machine and in every release. <http://www.isthe.com/chongo/tech/comp/fnv/>
pub fn hash(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Returns the upper half of [`hash`]; sufficient where a rare collision barely changes a
/// similarity.
pub fn short_hash(text: &str) -> u32 {
    (hash(text) >> 32) as u32
}

/// True for a folded function word, which names of skills and titles ignore: « de », "of". The
/// build script uses it for the taxonomy's keys, so a change alters scores (`ENGINE_VERSION`). Stop
/// words of running text are a larger set, see [`is_stop_word`].
pub fn is_function_word(word: &str) -> bool {
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

/// True for stop words: French and English words that carry no information about a job.
pub fn is_stop_word(word: &str) -> bool {
    is_function_word(word) || STOP_WORDS.binary_search(&word).is_ok()
}

/// Sorted and folded.
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
    fn names_keep_their_distinguishing_signs() {
        assert_eq!(
            words("C++, C#, .NET, Node.js; (C) bac+2. R&D, HTML&CSS"),
            [
                "c++", "c#", ".net", "node.js", "c", "bac+2", "r&d", "html", "css"
            ]
        );
    }

    #[test]
    fn accents_ligatures_and_apostrophes_are_folded() {
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
    fn the_stop_words_are_sorted() {
        let mut sorted = STOP_WORDS.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, STOP_WORDS);
    }

    #[test]
    fn irregular_forms_share_the_masculine_stem() {
        assert!(IRREGULAR.is_sorted());
        for (form, masculine) in IRREGULAR {
            assert_eq!(neutral(form), neutral(masculine));
        }
        assert_eq!(neutral("vieilles"), "vieux");
        assert_eq!(neutral("apprenties"), neutral("apprentis"));
    }
}
