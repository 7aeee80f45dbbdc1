//! Skills as profiles state them.

use super::{folded_text::fold, phrases::Phrases};

/// A skill that a candidate has or a posting asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Skill {
    /// The name as written and trimmed: 1 to 200 characters.
    pub name: String,
    /// Level from 1 (beginner) to 5 (expert).
    pub level: Option<u8>,
    /// Years of use, 0 to 80.
    pub years: Option<f64>,
}

impl Skill {
    /// Returns a skill without level and years.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            level: None,
            years: None,
        }
    }

    /// Reads a level in words, as 1 to 5: « débutant » is 1, "expert" is 5.
    ///
    /// ```
    /// use matching_engine::profiles::skill::Skill;
    /// assert_eq!(Skill::level_named("Confirmé"), Some(4));
    /// assert_eq!(Skill::level_named("ninja"), None);
    /// ```
    #[must_use]
    pub fn level_named(words: &str) -> Option<u8> {
        LEVELS.first_in(&fold(words))
    }
}

/// Words for levels. The five levels are those of the Dreyfus model of skill acquisition (novice,
/// advanced beginner, competent, proficient, expert), under the names that CVs use.
const LEVELS: Phrases<u8> = Phrases::sorted(&[
    ("advanced", 4),
    ("advanced beginner", 2),
    ("autonome", 3),
    ("avance", 4),
    ("avancee", 4),
    ("base", 1),
    ("bases", 1),
    ("basic", 1),
    ("basics", 1),
    ("beginner", 1),
    ("bon", 4),
    ("competent", 3),
    ("confirme", 4),
    ("confirmee", 4),
    ("debutant", 1),
    ("debutante", 1),
    ("elementaire", 2),
    ("elementary", 2),
    ("excellent", 5),
    ("experienced", 4),
    ("expert", 5),
    ("experte", 5),
    ("expertise", 5),
    ("fundamental", 2),
    ("fundamentals", 2),
    ("good", 4),
    ("intermediaire", 3),
    ("intermediate", 3),
    ("junior", 1),
    ("learning", 1),
    ("maitrise", 5),
    ("master", 5),
    ("mastery", 5),
    ("mid", 3),
    ("moyen", 3),
    ("notions", 1),
    ("novice", 1),
    ("proficient", 4),
    ("senior", 4),
    ("tres bon", 5),
    ("upper intermediate", 4),
    ("very good", 5),
    ("working knowledge", 3),
]);

#[cfg(test)]
mod tests {
    use super::{LEVELS, Skill};
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn words_are_parsed_as_levels() {
        for (words, level) in [
            ("Débutant", Some(1)),
            ("advanced beginner", Some(2)),
            ("intermédiaire", Some(3)),
            ("Advanced", Some(4)),
            ("Master", Some(5)),
            ("", None),
        ] {
            assert_eq!(Skill::level_named(words), level, "{words:?}");
        }
        assert_findable(&LEVELS);
    }
}
