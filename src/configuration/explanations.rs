//! `[explanations]`.

use super::reader::SettingsReader;
use matching_engine::scoring::Language;

pub(super) fn read_language(reader: &mut SettingsReader<'_>) -> Language {
    let known = |tag: &str| Language::ALL.into_iter().find(|one| one.as_str() == tag);
    let language = reader.parsed("explanations.language", "en or fr", known);
    language.unwrap_or_default()
}
