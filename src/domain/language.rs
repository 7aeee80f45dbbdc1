//! Languages and their levels, on the Common European Framework of Reference (CEFR).

/// CEFR levels in rising order, and native.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LanguageLevel {
    /// Breakthrough.
    A1,
    /// Waystage.
    A2,
    /// Threshold.
    B1,
    /// Vantage.
    B2,
    /// Effective operational proficiency.
    C1,
    /// Mastery.
    C2,
    /// First language.
    Native,
}

impl LanguageLevel {
    /// The stable name, as a profile document writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::B1 => "B1",
            Self::B2 => "B2",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::Native => "native",
        }
    }

    /// The step on the ladder: 1 (A1) to 7 (native).
    #[must_use]
    pub fn step(self) -> u8 {
        self as u8 + 1
    }
}

/// One language a candidate speaks, or a posting asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageSkill {
    /// ISO 639 code in lower case, `fr`; a written name (« anglais ») has been turned into it, and
    /// one that has no code here is kept as folded text.
    pub code: String,
    /// The level; missing means "speaks it", of unknown level.
    pub level: Option<LanguageLevel>,
}
