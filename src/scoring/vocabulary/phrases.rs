//! Short texts as sets of terms: a known phrase is one term whatever its language, any other word
//! is its stem.

use super::{prefix_map::PrefixMap, table};
use crate::scoring::text;

/// A word of a `[generic]` section: it names a rank or a role that many occupations share.
const GENERIC_WEIGHT: f64 = 0.5;

/// Terms of a text with their weights, sorted by term, each once.
pub type Terms = Vec<(u64, f64)>;

/// Phrases that mean the same.
#[derive(Debug)]
pub struct PhraseTable {
    /// Stems joined by a space → the term and weight of what they stand for.
    phrases: PrefixMap<(u64, f64)>,
}

impl PhraseTable {
    /// Reads a table; of two rows that share a form, the first keeps it.
    pub fn parse(table: &str) -> Self {
        let mut phrases = Vec::new();
        for row in table::rows(table) {
            let weight = if row.section == "generic" {
                GENERIC_WEIGHT
            } else {
                1.0
            };
            // A prefix that no folded word can have keeps phrases and stems apart.
            let term = text::hash(&format!("={}", row.name));
            phrases.extend(row.forms().map(|form| {
                let stems = stems(&text::prose_words(form));
                (stems.join(" "), (term, weight))
            }));
        }
        Self {
            phrases: PrefixMap::new(phrases, " "),
        }
    }

    /// What a text's words say, in their order, the longest known phrase first. Stop words go.
    pub fn read(&self, words: &[String]) -> impl Iterator<Item = Said> {
        let stems = stems(words);
        let mut position = 0;
        std::iter::from_fn(move || {
            let rest = &stems[position..];
            let first = rest.first()?;
            let phrase = self
                .phrases
                .longest(rest.iter().map(String::as_str), |_| true);
            let (length, said) = match phrase {
                Some((length, &(term, weight))) => (length, Said::Phrase(term, weight)),
                None => (1, Said::Word(first.clone())),
            };
            position += length;
            Some(said)
        })
    }

    /// The terms of a short text, sorted, each once.
    pub fn term_set(&self, words: &[String]) -> Terms {
        let mut terms: Terms = self
            .read(words)
            .map(|said| match said {
                Said::Phrase(term, weight) => (term, weight),
                Said::Word(stem) => (text::hash(&stem), 1.0),
            })
            .collect();
        terms.sort_unstable_by_key(|term| term.0);
        terms.dedup_by_key(|term| term.0);
        terms
    }
}

/// One thing a text says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A known phrase: its term and its weight.
    Phrase(u64, f64),
    /// Any other word: its stem.
    Word(String),
}

/// Stems of the words that say something.
fn stems(words: &[String]) -> Vec<String> {
    words
        .iter()
        .filter(|word| !text::is_stop_word(word))
        .map(|word| text::stem(word))
        .collect()
}

/// How much of what is asked is held, in [0, 1]: Tversky's index ("Features of similarity", 1977)
/// with 0.7 for what is asked and not held, 0.3 for what is held and not asked. Equal sets give 1,
/// and so does nothing else.
pub fn overlap(asked: &Terms, held: &Terms) -> f64 {
    let total = |terms: &Terms| terms.iter().map(|term| term.1).sum::<f64>();
    let shared: f64 = asked
        .iter()
        .filter(|term| held.binary_search_by_key(&term.0, |held| held.0).is_ok())
        .map(|term| term.1)
        .sum();
    let missing = total(asked) - shared;
    let extra = (total(held) - shared).max(0.0);
    let measure = shared + 0.7 * missing + 0.3 * extra;
    if measure > 0.0 {
        (shared / measure).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
