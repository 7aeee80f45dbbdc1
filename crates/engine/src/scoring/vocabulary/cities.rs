//! Normalises names of cities.

use std::{collections::HashMap, sync::LazyLock};

use super::table;
use crate::scoring::text;

static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    table::rows(include_str!("cities.txt"))
        .flat_map(|row| {
            let name = folded(row.name);
            row.forms()
                .map(|form| (folded(form), name.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
});

/// Words beside a city's name that extend it to its surroundings.
const SURROUNDINGS: [&str; 14] = [
    "agglomeration",
    "alentours",
    "area",
    "district",
    "environs",
    "grand",
    "greater",
    "metro",
    "metropole",
    "metropolitan",
    "peripherie",
    "region",
    "secteur",
    "ville",
];
/// Function words beside those.
const LITTLE_WORDS: [&str; 8] = ["and", "de", "d", "et", "of", "ses", "the", "in"];

/// Returns a city's name as a key that is equal in all languages, without district, postal code or
/// CEDEX: « Paris 15e », « Lyon Cedex 03 », « St-Étienne », "Greater Lyon Area", « Genève ».
/// Returns `None` for a text without a letter.
pub fn city_key(city: &str) -> Option<String> {
    let key = folded(city);
    if let Some(name) = NAMES.get(&key) {
        return Some(name.clone());
    }
    let words: Vec<&str> = key.split(' ').collect();
    let without: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !SURROUNDINGS.contains(word) && !LITTLE_WORDS.contains(word))
        .collect();
    if words.iter().any(|word| SURROUNDINGS.contains(word)) && !without.is_empty() {
        let name = without.join(" ");
        return Some(NAMES.get(&name).cloned().unwrap_or(name));
    }
    (!key.is_empty()).then_some(key)
}

fn folded(city: &str) -> String {
    let words: Vec<String> = text::words(city)
        .into_iter()
        .filter(|word| {
            !matches!(word.as_str(), "cedex" | "arrondissement")
                && !word.starts_with(|c: char| c.is_ascii_digit())
                && word.chars().any(char::is_alphanumeric)
        })
        .map(|word| match word.as_str() {
            "st" => "saint".to_owned(),
            "ste" => "sainte".to_owned(),
            _ => word,
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::city_key;

    #[test]
    fn a_city_has_one_key_in_all_languages() {
        for (one, other) in [
            ("Genève", "Geneva"),
            ("Bruxelles", "Brussels"),
            ("Londres", "London"),
            ("Anvers", "Antwerpen"),
            ("Köln", "Cologne"),
            ("Milano", "Milan"),
            ("Bâle", "Basel"),
            ("La Haye", "The Hague"),
            ("Lisbonne", "Lisboa"),
            ("Saint-Étienne", "ST ETIENNE"),
            ("Paris 15e", "paris"),
            ("Lyon 3ème", "Lyon Cedex 03"),
            ("Greater Lyon Area", "Lyon et ses alentours"),
            ("Grand Londres", "London"),
        ] {
            assert_eq!(city_key(one), city_key(other), "{one} / {other}");
        }
    }

    #[test]
    fn different_cities_stay_different() {
        for (one, other) in [
            ("Paris", "Lyon"),
            ("Saint-Denis", "Saint-Étienne"),
            ("Vienne", "Wien"),
            ("Grandville", "Ville"),
            ("Valence", "Valencia"),
        ] {
            assert_ne!(city_key(one), city_key(other), "{one} / {other}");
        }
        assert_eq!(city_key("69003"), None);
        assert_eq!(city_key("\u{fffd} \u{1f680}"), None);
    }
}
