//! Countries by any of their names.

use std::{collections::HashMap, sync::LazyLock};

use super::table;
use crate::scoring::text;

static CODES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    table::rows(include_str!("countries.txt"))
        .flat_map(|row| {
            let code = text::fold(row.name);
            row.forms()
                .map(|form| (text::words(form).join(" "), code.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
});

/// The ISO 3166-1 alpha-2 code in lower case, or the folded name of a country that the table
/// doesn't have; none when there is no letter in it.
pub fn country_code(country: &str) -> Option<String> {
    let folded = text::words(country).join(" ");
    match CODES.get(&folded) {
        Some(code) => Some(code.clone()),
        None => (!folded.is_empty()).then_some(folded),
    }
}

#[cfg(test)]
mod tests {
    use super::country_code;

    #[test]
    fn a_country_is_known_by_code_and_by_french_and_english_name() {
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
}
