//! Words of job titles that name no occupation: contracts, hours, places, seniority, abbreviations
//! and broad roles.

use std::sync::LazyLock;

use super::{prefix_map::PrefixMap, table};
use crate::scoring::text;

/// The meaning of a phrase in a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TitleWord {
    /// Irrelevant to the occupation.
    Ignored,
    /// Irrelevant to the occupation if it stands alone between separators.
    IgnoredAlone,
    /// A place.
    Place,
    /// A place if it stands alone between separators or after a preposition.
    PlaceAlone,
    /// A preposition that precedes a place.
    Preposition,
    /// A level of seniority, from 0 in training to 4 leading.
    Seniority(u8),
    /// An abbreviation, with the words that it expands to.
    Short(Box<[String]>),
    /// A diploma, licence or certificate, which says nothing about the occupation behind one.
    Credential,
}

static WORDS: LazyLock<PrefixMap<Vec<TitleWord>>> = LazyLock::new(|| {
    let mut phrases: Vec<(String, Vec<TitleWord>)> = Vec::new();
    for row in rows() {
        let word = match row.section {
            "ignored" => TitleWord::Ignored,
            "ignored alone" => TitleWord::IgnoredAlone,
            "place" => TitleWord::Place,
            "place alone" => TitleWord::PlaceAlone,
            "behind" => TitleWord::Preposition,
            "seniority" => TitleWord::Seniority(row.name.parse().unwrap_or_default()),
            "short" => TitleWord::Short(text::words(row.name).into()),
            "credential" => TitleWord::Credential,
            _ => continue,
        };
        let forms = row.forms().skip(1);
        phrases.extend(forms.map(|form| (key(form), vec![word.clone()])));
    }
    phrases.sort_by(|one, other| one.0.cmp(&other.0));
    // A phrase in several sections has all of their meanings.
    let mut joined: Vec<(String, Vec<TitleWord>)> = Vec::new();
    for (phrase, words) in phrases {
        match joined.last_mut() {
            Some((last, known)) if *last == phrase => known.extend(words),
            _ => joined.push((phrase, words)),
        }
    }
    PrefixMap::new(joined, " ")
});

static BROAD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rows = rows().filter(|row| row.section == "broad");
    let mut words: Vec<String> = rows
        .flat_map(|row| row.forms().skip(1).map(key).collect::<Vec<_>>())
        .collect();
    words.sort_unstable();
    words
});

fn rows() -> impl Iterator<Item = table::Row<'static>> {
    table::rows(include_str!("title_words.txt"))
}

/// Returns stems joined by spaces, so that gender and number make no difference.
fn key(form: &str) -> String {
    let stems: Vec<String> = text::prose_words(form)
        .iter()
        .map(|word| text::stem(word))
        .collect();
    stems.join(" ")
}

/// Returns the longest phrase at the beginning of these stems: its number of stems, and its
/// meanings.
pub fn title_words<'a>(
    stems: impl Iterator<Item = &'a str>,
) -> Option<(usize, &'static [TitleWord])> {
    let (length, words) = WORDS.longest(stems, |_| true)?;
    Some((length, words))
}

/// True if a name is the usual abbreviation of a diploma, licence or certificate: "PMP", « DEAS ».
pub fn is_credential(name: &str) -> bool {
    // No abbreviation is longer, which excludes most names without splitting them into words.
    name.len() <= LONGEST_CREDENTIAL && {
        let stems: Vec<String> = text::prose_words(name)
            .iter()
            .map(|word| text::stem(word))
            .collect();
        let found = title_words(stems.iter().map(String::as_str));
        found.is_some_and(|(length, says)| {
            length == stems.len() && says.contains(&TitleWord::Credential)
        })
    }
}

/// Bytes of the longest abbreviation of a credential, with signs around it.
const LONGEST_CREDENTIAL: usize = 12;

/// True if stems name a role that many occupations share (« responsable », "technical director") or
/// an acronym that means nothing by itself.
pub fn is_broad_role(stems: &[String]) -> bool {
    let is_broad = |stem: &String| BROAD.binary_search(stem).is_ok();
    stems.iter().all(is_broad) || BROAD.binary_search(&stems.join(" ")).is_ok()
}
