//! Countries as sentences name them: "in the United States", « aux États-Unis ».

use std::borrow::Cow;

use super::words::quote;
use crate::scoring::vocabulary::country_names;

/// Returns the English name of a country; as written if the table lacks it.
pub fn in_english(written: &str) -> Cow<'_, str> {
    country_names(written).map_or_else(|| quote(written), |names| Cow::Borrowed(names.english))
}

/// Returns the French name of a country; as written if the table lacks it.
pub fn in_french(written: &str) -> Cow<'_, str> {
    country_names(written).map_or_else(|| quote(written), |names| Cow::Borrowed(names.french))
}

/// Returns « en France », « au Portugal »; `None` if the table lacks the country.
pub fn where_in_french(written: &str) -> Option<&'static str> {
    country_names(written).map(|names| names.where_in_french)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_have_names_and_prepositions() {
        for (written, english, french) in [
            ("FR", "France", Some("en France")),
            ("prt", "Portugal", Some("au Portugal")),
            ("États-Unis", "the United States", Some("aux États-Unis")),
            ("MC", "Monaco", Some("à Monaco")),
            ("Kenya", "Kenya", Some("au Kenya")),
            ("XX", "XX", None),
        ] {
            assert_eq!(in_english(written), english);
            assert_eq!(where_in_french(written), french);
        }
        assert_eq!(in_french("bb"), "Barbade");
        assert_eq!(in_french("re"), "La Réunion");
    }
}
