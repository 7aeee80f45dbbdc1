//! Normalises names of countries, and gives their names for sentences.

use std::{collections::HashMap, sync::LazyLock};

use super::table;
use crate::scoring::text;

/// The names of a country in sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryNames {
    /// English name: "France", "the United Kingdom".
    pub english: &'static str,
    /// French name without an article: « France », « Royaume-Uni ».
    pub french: &'static str,
    /// French name with its preposition: « en France », « au Royaume-Uni ».
    pub where_in_french: &'static str,
}

/// French prepositions with their articles, longest first.
const FRENCH_PREPOSITIONS: [&str; 8] = [
    "dans le ",
    "dans les ",
    "à la ",
    "à l'",
    "aux ",
    "au ",
    "en ",
    "à ",
];

/// Code in lower case and names of each country in the table, by folded name.
static COUNTRIES: LazyLock<HashMap<String, (String, CountryNames)>> = LazyLock::new(|| {
    let mut countries = HashMap::new();
    for row in table::rows(include_str!("countries.txt")) {
        let code = text::fold(row.name);
        let forms: Vec<&str> = row.forms().collect();
        let [_, _, english, where_in_french, ..] = forms[..] else {
            continue;
        };
        let french = FRENCH_PREPOSITIONS
            .iter()
            .find_map(|preposition| where_in_french.strip_prefix(preposition))
            .unwrap_or(where_in_french);
        let names = CountryNames {
            english,
            french,
            where_in_french,
        };
        let short = english.strip_prefix("the ").unwrap_or(english);
        for form in forms.into_iter().chain([short, french]) {
            countries.insert(text::words(form).join(" "), (code.clone(), names));
        }
    }
    countries
});

/// Returns the ISO 3166-1 alpha-2 code in lower case, or the folded name of a country that the
/// table lacks. Returns `None` for a text without a letter.
pub fn country_code(country: &str) -> Option<String> {
    let folded = text::words(country).join(" ");
    match COUNTRIES.get(&folded) {
        Some((code, _)) => Some(code.clone()),
        None => (!folded.is_empty()).then_some(folded),
    }
}

/// Returns the names of a country given by its code or by a name; `None` if the table lacks it.
pub fn country_names(country: &str) -> Option<CountryNames> {
    // Nearly always it is a code in lower case, which is its own folded form.
    let known = COUNTRIES.get(country);
    let known = known.or_else(|| COUNTRIES.get(&text::words(country).join(" ")));
    known.map(|(_, names)| *names)
}

/// Returns the countries that a name means: one country, the members of a group such as "EU" or
/// « Europe », or [`Countries::All`] for a name of the whole world, which limits nothing.
pub fn countries_of(name: &str) -> Countries {
    let folded = text::words(name).join(" ");
    if WORLD.contains(&folded.as_str()) {
        return Countries::All;
    }
    let group = GROUPS
        .iter()
        .find(|(names, _)| names.contains(&folded.as_str()));
    match group {
        Some((_, members)) => Countries::These(members.split(' ').map(str::to_owned).collect()),
        None => Countries::These(country_code(name).into_iter().collect()),
    }
}

/// Returns the codes of the countries that a text names, by their own names or by a group's. Codes
/// of countries are ordinary words ("IT", "in") and don't count.
pub fn countries_named_in(text: &str) -> Vec<String> {
    let words: Vec<text::Word> = text::placed_words(text).collect();
    let mut codes = Vec::new();
    for from in 0..words.len() {
        for run in (1..=MOST_WORDS_OF_A_NAME).map_while(|length| words.get(from..from + length)) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                add_country(&text[first.span.start..last.span.end], &mut codes);
            }
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Number of words of the longest name that is looked up in a text.
const MOST_WORDS_OF_A_NAME: usize = 3;

/// Adds the countries of a name that is written with a capital.
fn add_country(written: &str, codes: &mut Vec<String>) {
    let folded = text::words(written).join(" ");
    let is_group = GROUPS
        .iter()
        .any(|(names, _)| names.contains(&folded.as_str()));
    let is_name = written.starts_with(char::is_uppercase)
        && (is_group || written.len() > CODE_LENGTH && COUNTRIES.contains_key(&folded));
    if is_name && let Countries::These(named) = countries_of(written) {
        codes.extend(named);
    }
}

/// Number of letters of the longest code of a country.
const CODE_LENGTH: usize = 3;

/// The result of [`countries_of`].
#[derive(Debug, PartialEq, Eq)]
pub enum Countries {
    /// Every country.
    All,
    /// Countries with these codes; empty if the name has no letter.
    These(Vec<String>),
}

const WORLD: [&str; 12] = [
    "anywhere",
    "anywhere in the world",
    "earth",
    "global",
    "international",
    "le monde entier",
    "monde",
    "monde entier",
    "partout",
    "partout dans le monde",
    "world",
    "worldwide",
];

const UNION: &str =
    "at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk";
const EUROPE: &str = "at be bg ch cy cz de dk ee es fi fr gb gr hr hu ie is it li lt lu lv mc mt nl no \
                      pl pt ro se si sk";
const NORTH_AMERICA: &str = "ca mx us";

/// Groups of countries: folded names, and the members.
const GROUPS: [(&[&str], &str); 3] = [
    (
        &[
            "eu",
            "ue",
            "european union",
            "union europeenne",
            "eea",
            "eee",
        ],
        UNION,
    ),
    (&["europe", "european countries", "pays europeens"], EUROPE),
    (&["north america", "amerique du nord"], NORTH_AMERICA),
];

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, countries_named_in, country_code, country_names, table};

    #[test]
    fn every_country_of_the_standard_is_known_by_all_its_names() {
        let rows: Vec<_> = table::rows(include_str!("countries.txt")).collect();
        assert_eq!(rows.len(), 249);
        for row in rows {
            let code = row.name.to_lowercase();
            for form in row.forms() {
                assert_eq!(country_code(form).as_deref(), Some(&*code), "{form}");
            }
            let names = country_names(row.name).unwrap();
            assert!(names.french.starts_with(char::is_uppercase), "{names:?}");
            assert_ne!(names.french, names.where_in_french, "{names:?}");
        }
        assert!(COUNTRIES.contains_key("gambia") && COUNTRIES.contains_key("gambie"));
    }

    #[test]
    fn countries_are_recognised_by_code_and_by_french_and_english_name() {
        for (one, other) in [
            ("FR", "France"),
            ("États-Unis", "usa"),
            ("Belgique", "BE"),
            ("Allemagne", "Germany"),
        ] {
            assert_eq!(country_code(one), country_code(other), "{one} / {other}");
        }
        assert_ne!(country_code("France"), country_code("Belgique"));
        assert_eq!(country_code(" - "), None);
    }

    #[test]
    fn countries_and_groups_are_found_in_running_text() {
        for (text, codes) in [
            (
                "Remote from Belgium, France or the Netherlands",
                &["be", "fr", "nl"][..],
            ),
            (
                "télétravail depuis la France, la Belgique ou le Royaume-Uni",
                &["be", "fr", "gb"],
            ),
            ("IT support in our team, remote", &[]),
            ("we turkey-trot every october", &[]),
        ] {
            assert_eq!(countries_named_in(text), codes, "{text}");
        }
        assert!(countries_named_in("EU residents only").contains(&"at".to_owned()));
    }
}
