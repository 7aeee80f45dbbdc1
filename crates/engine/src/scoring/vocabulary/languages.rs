//! Languages as skills.

use std::sync::LazyLock;

use super::{SkillId, known_id, resolve, skills::is_qualifier};
use crate::scoring::{
    names,
    taxonomy::{self, KnownSkill},
};

/// English names of ISO 639-1 codes, sorted. Codes that are rare in job postings are left out.
const NAMES: &[(&str, &str)] = &[
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("hu", "Hungarian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("zh", "Chinese"),
];

/// Returns the skill of a language, given by its code; `None` for a code that is rare in job
/// postings.
pub fn language_skill(code: &str) -> Option<SkillId> {
    static SKILLS: LazyLock<Vec<SkillId>> =
        LazyLock::new(|| NAMES.iter().map(|(_, name)| resolve(name).id).collect());
    let at = NAMES.binary_search_by_key(&code, |entry| entry.0).ok()?;
    SKILLS.get(at).copied()
}

/// Returns the code of the language that a skill's name is, qualified or not; none for a code that
/// is rare in job postings.
pub fn language_code(name: &str) -> Option<&'static str> {
    let known = resolve(name)
        .known
        .filter(|known| taxonomy::is_language(*known));
    let language = known_id(known.or_else(|| language_named(name))?);
    let mut names = NAMES.iter();
    names.find_map(|(code, _)| (language_skill(code) == Some(language)).then_some(*code))
}

/// Words beside a language's name that leave it a language: "business English", « anglais oral ».
const BESIDE: &[&str] = &[
    "affaire",
    "business",
    "commercial",
    "conversational",
    "langue",
    "medical",
    "mother",
    "oral",
    "professional",
    "professionnel",
    "speaker",
    "speaking",
    "spoken",
    "technical",
    "tongue",
    "working",
    "written",
];

/// Returns the language that an unknown name qualifies ("business German"). Returns `None` for
/// names with further meaning ("French cuisine").
pub fn language_named(name: &str) -> Option<KnownSkill> {
    let mut named = None;
    for word in names::skill_key_words(name) {
        let language = taxonomy::skill_keyed(&word).filter(|skill| taxonomy::is_language(*skill));
        match language {
            Some(_) if named.is_some() => return None,
            Some(_) => named = language,
            None if BESIDE.contains(&word.as_str()) || is_qualifier(&word) => {}
            None => return None,
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualified_language_names_are_languages_and_other_names_are_not() {
        for (name, language) in [
            ("technical English for beginners", None),
            ("business German", Some("German")),
            ("German (native speaker)", Some("German")),
            ("allemand oral", Some("German")),
            ("French cuisine", None),
            ("cuisine française", None),
            ("English and German", None),
        ] {
            let named = language_named(name).map(|skill| taxonomy::skill_name(skill, false));
            assert_eq!(named, language, "{name}");
        }
    }
}
