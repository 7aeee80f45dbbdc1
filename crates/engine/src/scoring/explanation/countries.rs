//! Countries as sentences name them: "in the United States", « aux États-Unis ».

use std::borrow::Cow;

use super::words::quote;
use crate::scoring::vocabulary::country_code;

/// Codes in ascending order, with the English name, the French name and the French preposition.
const COUNTRIES: &[(&str, &str, &str, &str)] = &[
    (
        "ae",
        "the United Arab Emirates",
        "Émirats arabes unis",
        "aux",
    ),
    ("at", "Austria", "Autriche", "en"),
    ("au", "Australia", "Australie", "en"),
    ("be", "Belgium", "Belgique", "en"),
    ("bg", "Bulgaria", "Bulgarie", "en"),
    ("br", "Brazil", "Brésil", "au"),
    ("ca", "Canada", "Canada", "au"),
    ("ch", "Switzerland", "Suisse", "en"),
    ("ci", "Ivory Coast", "Côte d'Ivoire", "en"),
    ("cm", "Cameroon", "Cameroun", "au"),
    ("cn", "China", "Chine", "en"),
    ("cz", "Czechia", "Tchéquie", "en"),
    ("de", "Germany", "Allemagne", "en"),
    ("dk", "Denmark", "Danemark", "au"),
    ("dz", "Algeria", "Algérie", "en"),
    ("ee", "Estonia", "Estonie", "en"),
    ("eg", "Egypt", "Égypte", "en"),
    ("es", "Spain", "Espagne", "en"),
    ("fi", "Finland", "Finlande", "en"),
    ("fr", "France", "France", "en"),
    ("gb", "the United Kingdom", "Royaume-Uni", "au"),
    ("gf", "French Guiana", "Guyane", "en"),
    ("gp", "Guadeloupe", "Guadeloupe", "en"),
    ("gr", "Greece", "Grèce", "en"),
    ("hr", "Croatia", "Croatie", "en"),
    ("hu", "Hungary", "Hongrie", "en"),
    ("ie", "Ireland", "Irlande", "en"),
    ("in", "India", "Inde", "en"),
    ("it", "Italy", "Italie", "en"),
    ("jp", "Japan", "Japon", "au"),
    ("lb", "Lebanon", "Liban", "au"),
    ("lt", "Lithuania", "Lituanie", "en"),
    ("lu", "Luxembourg", "Luxembourg", "au"),
    ("lv", "Latvia", "Lettonie", "en"),
    ("ma", "Morocco", "Maroc", "au"),
    ("mc", "Monaco", "Monaco", "à"),
    ("mg", "Madagascar", "Madagascar", "à"),
    ("mq", "Martinique", "Martinique", "en"),
    ("mu", "Mauritius", "Maurice", "à"),
    ("mx", "Mexico", "Mexique", "au"),
    ("nc", "New Caledonia", "Nouvelle-Calédonie", "en"),
    ("nl", "the Netherlands", "Pays-Bas", "aux"),
    ("no", "Norway", "Norvège", "en"),
    ("pf", "French Polynesia", "Polynésie française", "en"),
    ("pl", "Poland", "Pologne", "en"),
    ("pt", "Portugal", "Portugal", "au"),
    ("re", "Réunion", "La Réunion", "à"),
    ("ro", "Romania", "Roumanie", "en"),
    ("se", "Sweden", "Suède", "en"),
    ("si", "Slovenia", "Slovénie", "en"),
    ("sk", "Slovakia", "Slovaquie", "en"),
    ("sn", "Senegal", "Sénégal", "au"),
    ("tn", "Tunisia", "Tunisie", "en"),
    ("tr", "Turkey", "Turquie", "en"),
    ("ua", "Ukraine", "Ukraine", "en"),
    ("us", "the United States", "États-Unis", "aux"),
    ("yt", "Mayotte", "Mayotte", "à"),
];

fn country(written: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let place_of = |code: &str| COUNTRIES.binary_search_by_key(&code, |country| country.0);
    // Nearly always it is a code.
    let at = place_of(written).or_else(|absent| {
        let code = country_code(written);
        code.map_or(Err(absent), |code| place_of(&code))
    });
    at.ok()
        .map(|at| (COUNTRIES[at].1, COUNTRIES[at].2, COUNTRIES[at].3))
}

/// Returns the English name of a country; as written if the table lacks it.
pub fn in_english(written: &str) -> Cow<'_, str> {
    country(written).map_or_else(|| quote(written), |(name, ..)| Cow::Borrowed(name))
}

/// Returns the French name of a country; as written if the table lacks it.
pub fn in_french(written: &str) -> Cow<'_, str> {
    country(written).map_or_else(|| quote(written), |(_, name, _)| Cow::Borrowed(name))
}

/// Returns « en France », « au Portugal »; `None` if the table lacks the country.
pub fn where_in_french(written: &str) -> Option<String> {
    country(written).map(|(_, name, preposition)| format!("{preposition} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_have_names_and_prepositions() {
        assert!(COUNTRIES.is_sorted_by_key(|country| country.0));
        for (written, english, french) in [
            ("FR", "France", Some("en France")),
            ("prt", "Portugal", Some("au Portugal")),
            ("États-Unis", "the United States", Some("aux États-Unis")),
            ("MC", "Monaco", Some("à Monaco")),
            ("XX", "XX", None),
        ] {
            assert_eq!(in_english(written), english);
            assert_eq!(where_in_french(written).as_deref(), french);
        }
        for (code, ..) in COUNTRIES {
            assert_eq!(country_code(code).as_deref(), Some(*code));
        }
    }
}
