//! Categories: names for ranges of scores.

use serde::{Deserialize, Serialize};

/// The category of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Below 0.30.
    Insufficient,
    /// 0.30 and above.
    Weak,
    /// 0.50 and above.
    Moderate,
    /// 0.70 and above.
    Good,
    /// 0.85 and above.
    Excellent,
}

impl Category {
    /// Returns the category of a score in [0, 1].
    #[must_use]
    pub fn of(score: f64) -> Self {
        match score {
            score if score >= 0.85 => Self::Excellent,
            score if score >= 0.70 => Self::Good,
            score if score >= 0.50 => Self::Moderate,
            score if score >= 0.30 => Self::Weak,
            _ => Self::Insufficient,
        }
    }

    /// Returns the wire name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Moderate => "moderate",
            Self::Weak => "weak",
            Self::Insufficient => "insufficient",
        }
    }
}
