//! Tables that map folded phrases to meanings.

use std::{cmp::Ordering, ops::Range};

/// The length of the longest phrase in any table, in words.
const LONGEST: usize = 9;

/// A sorted table of folded phrases (see [`super::folded_text::fold`]) of up to nine words, with
/// their meanings. An apostrophe ends a word, as a space does.
pub(super) struct Phrases<T: 'static>(&'static [(&'static str, T)]);

impl<T: Copy> Phrases<T> {
    /// Wraps a table. An entry that is out of order or repeated fails at compile time.
    pub(super) const fn sorted(entries: &'static [(&'static str, T)]) -> Self {
        let mut index = 1;
        while index < entries.len() {
            assert!(
                matches!(
                    compare(entries[index - 1].0.as_bytes(), entries[index].0.as_bytes()),
                    Ordering::Less
                ),
                "the phrases of a table must be sorted and distinct"
            );
            index += 1;
        }
        Self(entries)
    }

    /// Returns the meaning of the whole text.
    pub(super) fn meaning_of(&self, folded: &str) -> Option<T> {
        let index = self
            .0
            .binary_search_by(|(phrase, _)| (*phrase).cmp(folded))
            .ok()?;
        self.0.get(index).map(|(_, meaning)| *meaning)
    }

    /// Finds phrases in a text from left to right: the longest match at each position, without
    /// overlaps.
    pub(super) fn find_all<'t>(
        &'t self,
        folded: &'t str,
    ) -> impl Iterator<Item = (Range<usize>, T)> + 't {
        let mut start = 0;
        std::iter::from_fn(move || {
            while start < folded.len() {
                let from = start;
                let rest = &folded[from..];
                let mut ends = [0; LONGEST];
                let mut words = 0;
                for end in rest
                    .match_indices([' ', '\''])
                    .map(|(end, _)| end)
                    .chain([rest.len()])
                    .take(LONGEST)
                {
                    ends[words] = end;
                    words += 1;
                }
                let found = ends[..words]
                    .iter()
                    .rev()
                    .find_map(|end| Some((*end, self.meaning_of(&rest[..*end])?)));
                if let Some((end, meaning)) = found {
                    start = from + end + 1;
                    return Some((from..from + end, meaning));
                }
                start = from + ends[0] + 1;
            }
            None
        })
    }

    /// Returns the meaning of the first phrase in the text.
    pub(super) fn first_in(&self, folded: &str) -> Option<T> {
        self.find_all(folded).next().map(|(_, meaning)| meaning)
    }
}

const fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let mut index = 0;
    while index < one.len() && index < other.len() {
        if one[index] != other[index] {
            return if one[index] < other[index] {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        index += 1;
    }
    if one.len() < other.len() {
        Ordering::Less
    } else if one.len() == other.len() {
        Ordering::Equal
    } else {
        Ordering::Greater
    }
}

/// Panics if a phrase of the table could never be found.
#[cfg(test)]
pub(super) fn assert_findable<T: Copy>(table: &Phrases<T>) {
    for (phrase, _) in table.0 {
        assert_eq!(&super::folded_text::fold(phrase), phrase, "is not folded");
        let (found, _) = table.find_all(phrase).next().unwrap();
        assert_eq!(found, 0..phrase.len(), "{phrase:?} has too many words");
    }
}

#[cfg(test)]
mod tests {
    use super::{Phrases, assert_findable};

    const NUMBERS: Phrases<u8> =
        Phrases::sorted(&[("d'un", 3), ("two", 2), ("two and a half", 25), ("un", 1)]);

    #[test]
    fn the_longest_phrase_wins_at_each_place() {
        let found: Vec<u8> = NUMBERS
            .find_all("two and two and a half d'un l'un unx")
            .map(|(_, meaning)| meaning)
            .collect();
        assert_eq!(found, [2, 25, 3, 1]);
        assert_eq!(NUMBERS.first_in("twos"), None);
        assert_eq!(NUMBERS.first_in(""), None);
        assert_findable(&NUMBERS);
    }
}
