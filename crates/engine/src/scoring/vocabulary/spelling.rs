//! Recognises misspelt names.

use crate::scoring::{
    names,
    taxonomy::{self, KnownSkill},
    text,
};

/// Minimum length of a key in which a misspelling is searched; shorter names often differ by one
/// letter.
const SHORTEST: usize = 6;

/// Minimum Dice coefficient of the trigrams of two spellings of one name.
const ENOUGH_SHARED: f64 = 0.8;

/// Maximum number of trigrams that one edit removes: a swap of neighbours touches four.
const TRIGRAMS_OF_ONE_EDIT: u32 = 4;

/// A name, compiled for many comparisons.
#[derive(Debug)]
pub struct Spelling {
    letters: Box<[char]>,
    /// Hashes of the trigrams, sorted and without repetition.
    trigrams: Box<[u64]>,
    /// Bloom filter of the trigrams, one bit each: proves most pairs different in one step.
    mask: u128,
    /// Words of up to three letters: « permis B » is not « permis C ».
    short_words: String,
    /// True if the key (`names::skill_key`) has at least [`SHORTEST`] letters and nothing else:
    /// « ISO 9001 » is not « ISO 9002 ».
    may_be_misspelt: bool,
}

impl Spelling {
    /// Compiles a name.
    pub fn of(name: &str) -> Self {
        let letters: Box<[char]> = names::skill_key(name).chars().collect();
        let mut bounded = vec!['^'];
        bounded.extend(letters.iter());
        bounded.push('$');
        let mut trigrams: Vec<u64> = bounded
            .windows(3)
            .map(|window| text::hash(&window.iter().collect::<String>()))
            .collect();
        trigrams.sort_unstable();
        trigrams.dedup();
        Self {
            mask: trigrams
                .iter()
                .fold(0, |mask, trigram| mask | 1 << (trigram % 128)),
            may_be_misspelt: letters.len() >= SHORTEST && letters.iter().all(|c| c.is_alphabetic()),
            trigrams: trigrams.into(),
            letters,
            short_words: short_words(name),
        }
    }

    /// Yields the keys one edit away that may be known: a swap of neighbours, a deletion, a
    /// substitution or an insertion. Empty for a name that can't be checked. The part before the
    /// edit must be a prefix of a known key, which excludes most edits after the first few letters.
    pub fn single_slips(&self) -> impl Iterator<Item = String> {
        let letters: &[char] = if self.may_be_misspelt {
            &self.letters
        } else {
            &[]
        };
        let places = letters.len();
        let known = {
            let key: String = letters.iter().collect();
            let bytes = taxonomy::known_beginning(&key);
            key.char_indices()
                .filter(|(at, letter)| at + letter.len_utf8() <= bytes)
                .count()
        };
        let reached = places.min(known + 1);
        let joined = |before: &[char], between: &[char], after: &[char]| {
            before
                .iter()
                .chain(between)
                .chain(after)
                .collect::<String>()
        };
        let swapped = (1..places.min(known + 2)).map(move |at| {
            joined(
                &letters[..at - 1],
                &[letters[at], letters[at - 1]],
                &letters[at + 1..],
            )
        });
        let removed = (0..reached).map(move |at| joined(&letters[..at], &[], &letters[at + 1..]));
        let other = (0..reached).flat_map(move |at| {
            ('a'..='z').map(move |letter| joined(&letters[..at], &[letter], &letters[at + 1..]))
        });
        let more = (0..=places.min(known))
            .filter(move |_| places > 0)
            .flat_map(move |at| {
                ('a'..='z').map(move |letter| joined(&letters[..at], &[letter], &letters[at..]))
            });
        swapped.chain(removed).chain(other).chain(more)
    }

    /// True if a known skill has the same short words as the name.
    pub fn may_be(&self, skill: KnownSkill) -> bool {
        [false, true]
            .map(|in_french| short_words(taxonomy::skill_name(skill, in_french)))
            .contains(&self.short_words)
    }

    /// True if one name is likely a misspelling of the other: they are one edit apart (an
    /// insertion, a deletion, a substitution or a swap of neighbours; Damerau, 1964), or their
    /// trigrams have a Dice coefficient of 0.8 or more (Dice, 1945). Also true for equal names.
    pub fn is_typo_of(&self, other: &Self) -> bool {
        if !self.may_be_misspelt || !other.may_be_misspelt {
            return false;
        }
        let sum = self.trigrams.len() + other.trigrams.len();
        // `lost` is a lower bound of the trigrams that aren't shared, `spare` their maximum for
        // that coefficient.
        let spare = (1.0 - ENOUGH_SHARED) * sum as f64;
        let lost = (self.mask & !other.mask).count_ones();
        if lost > TRIGRAMS_OF_ONE_EDIT && f64::from(lost) > spare {
            return false;
        }
        if self.short_words != other.short_words {
            return false;
        }
        let shared = self
            .trigrams
            .iter()
            .filter(|trigram| other.trigrams.binary_search(trigram).is_ok())
            .count();
        2.0 * shared as f64 >= ENOUGH_SHARED * sum as f64
            || is_one_edit(&self.letters, &other.letters)
    }
}

fn short_words(name: &str) -> String {
    let words: Vec<String> = text::words(name)
        .into_iter()
        .filter(|word| word.chars().count() <= 3 && !text::is_function_word(word))
        .collect();
    words.join(" ")
}

fn is_one_edit(one: &[char], other: &[char]) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match (long.len() - short.len(), &short[same..], &long[same..]) {
        (0, [_, rest @ ..], [_, other_rest @ ..]) if rest == other_rest => true,
        (0, [a, b, rest @ ..], [c, d, other_rest @ ..]) => a == d && b == c && rest == other_rest,
        (0, [], []) => true,
        (1, rest, [_, other_rest @ ..]) => rest == other_rest,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_typo(one: &str, other: &str) -> bool {
        Spelling::of(one).is_typo_of(&Spelling::of(other))
    }

    #[test]
    fn one_inserted_deleted_replaced_or_swapped_letter_is_a_misspelling() {
        for (one, other) in [
            ("Kubernets", "Kubernetes"),
            ("Pyhton", "Python"),
            ("Pythonn", "Python"),
            ("plonberie", "plomberie"),
            ("comptabilite generalle", "comptabilité générales"),
        ] {
            assert!(
                is_typo(one, other) && is_typo(other, one),
                "{one} / {other}"
            );
        }
    }

    #[test]
    fn numbers_initials_and_short_names_are_never_misspellings() {
        for (one, other) in [
            ("ISO 9001", "ISO 9002"),
            ("licence A", "licence B"),
            ("Rust", "Rest"),
            ("plomberie", "maçonnerie"),
        ] {
            assert!(!is_typo(one, other), "{one} / {other}");
        }
    }
}
