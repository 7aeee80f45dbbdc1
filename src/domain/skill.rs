//! A skill as a profile states it.

/// One skill of a candidate, or one a posting asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Skill {
    /// The name as written, trimmed; never empty, at most 200 characters.
    pub name: String,
    /// 1 (beginner) to 5 (expert).
    pub level: Option<u8>,
    /// Years of use, 0 to 80.
    pub years: Option<f64>,
}

impl Skill {
    /// A skill of which only the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            level: None,
            years: None,
        }
    }
}
