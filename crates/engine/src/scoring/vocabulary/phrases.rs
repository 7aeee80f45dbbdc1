//! Short texts as sets of terms: a known phrase is one term in every language; any other word is
//! represented by its stem.

use super::{prefix_map::PrefixMap, table};
use crate::scoring::{names, text};

/// Weight of words in a `[generic]` section: ranks or roles that many occupations share.
const GENERIC_WEIGHT: f64 = 0.5;

/// Terms of a text with their weights, sorted by term and without repetition.
pub type Terms = Vec<(u64, f64)>;

/// A table of phrases that have the same meaning.
#[derive(Debug)]
pub struct PhraseTable {
    /// Maps stems joined by spaces to the terms and weights of their meaning.
    phrases: PrefixMap<Terms>,
}

impl PhraseTable {
    /// Parses a table. If two rows share a form, the first keeps it. A name of several, joined by
    /// `+`, means each of them.
    pub fn parse(table: &str) -> Self {
        let mut phrases = Vec::new();
        for row in table::rows(table) {
            let weight = if row.section == "generic" {
                GENERIC_WEIGHT
            } else {
                1.0
            };
            // A prefix that no folded word can have prevents collisions of phrases and stems.
            let terms: Terms = row
                .name
                .split(" + ")
                .map(|name| (text::hash(&format!("={name}")), weight))
                .collect();
            phrases.extend(row.forms().map(|form| {
                let stems = stems_of_short_text(&text::prose_words(form));
                (stems.join(" "), terms.clone())
            }));
        }
        Self {
            phrases: PrefixMap::new(phrases, " "),
        }
    }

    fn read_stems(&self, stems: Vec<String>) -> impl Iterator<Item = Terms> {
        let mut position = 0;
        std::iter::from_fn(move || {
            let rest = &stems[position..];
            let first = rest.first()?;
            let phrase = self
                .phrases
                .longest(rest.iter().map(String::as_str), |_| true);
            let (length, terms) = match phrase {
                Some((length, terms)) => (length, terms.clone()),
                // Any other word is represented by itself.
                None => (1, vec![(text::hash(first), 1.0)]),
            };
            position += length;
            Some(terms)
        })
    }

    /// Returns the terms of the table's phrases only, without generic phrases and other words;
    /// sorted and without repetition.
    pub fn known_terms(&self, words: &[String]) -> Vec<u64> {
        let stems = stems_of_short_text(words);
        let (mut terms, mut at) = (Vec::new(), 0);
        while at < stems.len() {
            let rest = stems[at..].iter().map(String::as_str);
            let Some((length, found)) = self.phrases.longest(rest, |_| true) else {
                at += 1;
                continue;
            };
            terms.extend(found.iter().filter(|term| term.1 >= 1.0).map(|term| term.0));
            at += length;
        }
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    /// True if the words form one phrase of the table.
    pub fn has_phrase(&self, words: &[String]) -> bool {
        let stems = stems_of_short_text(words);
        let stems_read = stems.iter().map(String::as_str);
        let longest = self.phrases.longest(stems_read, |_| true);
        longest.is_some_and(|(length, _)| length == stems.len())
    }

    /// Returns the terms of a short text such as a title or an industry, sorted and without
    /// repetition.
    pub fn term_set(&self, words: &[String]) -> Terms {
        let mut terms: Terms = self
            .read_stems(stems_of_short_text(words))
            .flatten()
            .collect();
        terms.sort_unstable_by_key(|term| term.0);
        terms.dedup_by_key(|term| term.0);
        terms
    }
}

/// Returns the stems of the words that are no stop words.
fn stems(words: &[String]) -> Vec<String> {
    words
        .iter()
        .filter(|word| !text::is_stop_word(word))
        .map(|word| names::title_stem(word))
        .collect()
}

/// Works as [`stems`] does, but keeps stop words if there are no other words: the industry "IT".
fn stems_of_short_text(words: &[String]) -> Vec<String> {
    let stems = stems(words);
    if stems.is_empty() {
        words.iter().map(|word| names::title_stem(word)).collect()
    } else {
        stems
    }
}

/// Returns the share of the requested terms that is held, in [0, 1]: Tversky's index ("Features of
/// similarity", 1977) with weight 0.7 for requested terms that are not held, and 0.3 for held terms
/// that are not requested. Returns 1 if and only if the sets are equal.
pub fn overlap(requested: &Terms, held: &Terms) -> f64 {
    let total = |terms: &Terms| terms.iter().map(|term| term.1).sum::<f64>();
    let shared: f64 = requested
        .iter()
        .filter(|term| held.binary_search_by_key(&term.0, |held| held.0).is_ok())
        .map(|term| term.1)
        .sum();
    let missing = total(requested) - shared;
    let extra = (total(held) - shared).max(0.0);
    let measure = shared + 0.7 * missing + 0.3 * extra;
    if measure > 0.0 {
        (shared / measure).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::scoring::vocabulary::INDUSTRIES;

    #[test]
    fn no_phrase_has_two_meanings() {
        for table in [
            include_str!("titles.txt"),
            include_str!("industries.txt"),
            include_str!("fields.txt"),
        ] {
            let mut owners: HashMap<String, &str> = HashMap::new();
            for row in table::rows(table) {
                for form in row.forms() {
                    let stems = stems_of_short_text(&text::prose_words(form)).join(" ");
                    assert!(!stems.is_empty(), "{form}");
                    let owner = owners.entry(stems).or_insert(row.name);
                    assert_eq!(*owner, row.name, "{form} stands for both");
                }
            }
        }
    }

    #[test]
    fn a_stop_word_alone_is_a_name() {
        let terms = |text: &str| INDUSTRIES.term_set(&text::prose_words(text));
        assert_eq!(terms("IT"), terms("Informatique"));
    }

    #[test]
    fn equal_sets_overlap_fully_and_disjoint_sets_not_at_all() {
        let (one, other) = (vec![(1, 1.0), (2, 0.5)], vec![(3, 1.0)]);
        assert!((overlap(&one, &one) - 1.0).abs() < 1e-9);
        assert!(overlap(&one, &other) < 1e-9);
        let requested = vec![(1, 1.0), (2, 1.0)];
        assert!((overlap(&requested, &vec![(1, 1.0)]) - 1.0 / 1.7).abs() < 1e-9);
    }
}
