//! Languages of explanations.

use serde::Serialize;

use super::wire_name::wire_names;

wire_names! {
    /// A language in which explanations can be written; its wire name is its ISO 639-1 code.
    #[derive(Default, Serialize)]
    pub enum Language {
        /// English, the language of stored documents.
        #[default]
        English = "en",
        /// French.
        French = "fr",
    }
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Parses a BCP 47 tag such as `fr`, `fr-CA` or `en_GB`, in any case. Returns `None` for a
    /// language that explanations are not available in.
    ///
    /// ```
    /// use matching_engine::scoring::Language;
    /// assert_eq!(Language::from_tag("fr-CA"), Some(Language::French));
    /// assert_eq!(Language::from_tag("de"), None);
    /// ```
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|known| language.eq_ignore_ascii_case(known.as_str()))
    }
}
