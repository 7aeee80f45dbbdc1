//! Categories: names for ranges of scores.

use serde::Serialize;

use super::wire_name::wire_names;

wire_names! {
    /// The category of a score.
    #[derive(PartialOrd, Ord, Serialize)]
    pub enum Category {
        /// Below 0.30.
        Insufficient = "insufficient",
        /// 0.30 and above.
        Weak = "weak",
        /// 0.50 and above.
        Moderate = "moderate",
        /// 0.70 and above.
        Good = "good",
        /// 0.85 and above.
        Excellent = "excellent",
    }
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
}
