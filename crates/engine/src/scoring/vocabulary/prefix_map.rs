//! A map that finds the longest key at the beginning of a sequence of words.

/// Sorted keys with values. A repeated key keeps its first value.
#[derive(Debug)]
pub struct PrefixMap<V> {
    entries: Vec<(String, V)>,
    /// Separator of the words of a key.
    separator: &'static str,
}

impl<V> PrefixMap<V> {
    /// Builds a map.
    pub fn new(mut entries: Vec<(String, V)>, separator: &'static str) -> Self {
        entries.retain(|(key, _)| !key.is_empty());
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        entries.dedup_by(|again, kept| again.0 == kept.0);
        Self { entries, separator }
    }

    /// Returns the value of a key.
    #[cfg(test)]
    pub fn get(&self, key: &str) -> Option<&V> {
        let at = self.at(key);
        self.entries
            .get(at)
            .filter(|(found, _)| found == key)
            .map(|(_, value)| value)
    }

    /// Returns the longest key that the first words form and that `accept` accepts: its number of
    /// words, and its value. Stops at the first word with which no key continues.
    pub fn longest<'a>(
        &self,
        words: impl Iterator<Item = &'a str>,
        accept: impl Fn(&str) -> bool,
    ) -> Option<(usize, &V)> {
        let mut key = String::new();
        let mut longest = None;
        for (position, word) in words.enumerate() {
            if position > 0 {
                key.push_str(self.separator);
            }
            key.push_str(word);
            match self.entries.get(self.at(&key)) {
                Some((found, value)) if *found == key => {
                    if accept(&key) {
                        longest = Some((position + 1, value));
                    }
                }
                Some((found, _)) if found.starts_with(&key) => {}
                _ => break,
            }
        }
        longest
    }

    /// Returns the index of a key, or of the first key after it.
    fn at(&self, key: &str) -> usize {
        self.entries
            .partition_point(|(entry, _)| entry.as_str() < key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_key_wins_and_the_first_value_stays() {
        let entries = [
            ("chef de", 0),
            ("chef", 1),
            ("chef de projet", 2),
            ("chef", 3),
        ];
        let map = PrefixMap::new(entries.map(|(key, n)| (key.to_owned(), n)).into(), " ");
        let longest = |text: &str| map.longest(text.split(' '), |_| true);
        assert_eq!(longest("chef de projet rust"), Some((3, &2)));
        assert_eq!(longest("chef de"), Some((2, &0)));
        assert_eq!(longest("chef pro"), Some((1, &1)));
        assert_eq!(longest("che"), None);
        let without = map.longest("chef de projet".split(' '), |key| key != "chef de projet");
        assert_eq!(without, Some((2, &0)));
        assert_eq!((map.get("chef"), map.get("che")), (Some(&1), None));
    }
}
