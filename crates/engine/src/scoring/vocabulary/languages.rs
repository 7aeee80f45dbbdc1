//! Languages as skills.

use std::sync::LazyLock;

use super::{SkillId, resolve};

/// The English names of ISO 639-1 codes, sorted; codes that are rare in job postings are left out.
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

/// The skill that a language is, by its code; none for a code that is rare in job postings.
pub fn language_skill(code: &str) -> Option<SkillId> {
    static SKILLS: LazyLock<Vec<SkillId>> =
        LazyLock::new(|| NAMES.iter().map(|(_, name)| resolve(name).id).collect());
    let at = NAMES.binary_search_by_key(&code, |entry| entry.0).ok()?;
    SKILLS.get(at).copied()
}
