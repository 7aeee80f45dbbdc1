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
    /// All categories, the best first.
    pub const ALL: [Self; 5] = [
        Self::Excellent,
        Self::Good,
        Self::Moderate,
        Self::Weak,
        Self::Insufficient,
    ];

    /// Returns the lowest score of the category.
    #[must_use]
    pub const fn lowest_score(self) -> f64 {
        match self {
            Self::Excellent => 0.85,
            Self::Good => 0.70,
            Self::Moderate => 0.50,
            Self::Weak => 0.30,
            Self::Insufficient => 0.0,
        }
    }

    /// Returns the category of a score in [0, 1].
    #[must_use]
    pub fn of(score: f64) -> Self {
        Self::ALL
            .into_iter()
            .find(|category| score >= category.lowest_score())
            .unwrap_or(Self::Insufficient)
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
