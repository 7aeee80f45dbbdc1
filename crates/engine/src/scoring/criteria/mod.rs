//! The criteria. Each is a pure function from the candidate's side and the posting's side to a
//! score in [0, 1] with its finding, or to the reason why there is no score.

pub mod availability;
pub mod contract;
pub mod education;
pub mod experience;
pub mod industry;
pub mod languages;
pub mod location;
pub mod salary;
pub mod skills;
pub mod text;
pub mod title;

use serde::{Deserialize, Serialize, Serializer};

/// An aspect in which a candidate and a job posting are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Requested skills against stated and mentioned skills.
    Skills,
    /// Years of experience.
    Experience,
    /// The posting's title against current and past titles.
    Title,
    /// Level and field of education.
    Education,
    /// Languages and their levels.
    Languages,
    /// Distance and mode of work.
    Location,
    /// Type of contract.
    Contract,
    /// Pay.
    Salary,
    /// First day of availability against the start date.
    Availability,
    /// Industry.
    Industry,
    /// The summary's text against the description's.
    Text,
}

impl Criterion {
    /// All criteria, in the order of result documents.
    pub const ALL: [Self; 11] = [
        Self::Skills,
        Self::Experience,
        Self::Title,
        Self::Education,
        Self::Languages,
        Self::Location,
        Self::Contract,
        Self::Salary,
        Self::Availability,
        Self::Industry,
        Self::Text,
    ];

    /// Returns the wire name, which result documents and settings use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Experience => "experience",
            Self::Title => "title",
            Self::Education => "education",
            Self::Languages => "languages",
            Self::Location => "location",
            Self::Contract => "contract",
            Self::Salary => "salary",
            Self::Availability => "availability",
            Self::Industry => "industry",
            Self::Text => "text",
        }
    }
}

/// The reason why a criterion has no score. Having no score differs from a score of 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unscored {
    /// The candidate's profile states nothing.
    CandidateSilent,
    /// The candidate's profile states it in a form that can't be read.
    CandidateUnreadable,
    /// The job posting states nothing.
    #[serde(rename = "job_posting_silent")]
    PostingSilent,
    /// Neither side states anything.
    BothSilent,
    /// Pay is in two currencies without a fixed exchange rate.
    CurrenciesDiffer,
}

impl Unscored {
    /// Returns the reason for a missing statement; at least one side must be silent.
    pub(super) fn silent(candidate_says: bool, posting_says: bool) -> Self {
        match (candidate_says, posting_says) {
            (false, false) => Self::BothSilent,
            (false, true) => Self::CandidateSilent,
            _ => Self::PostingSilent,
        }
    }

    /// Replaces the candidate's silence if the candidate did state something, but unreadably.
    pub(super) fn unreadable_if(self, is_unreadable: bool) -> Self {
        match self {
            Self::CandidateSilent if is_unreadable => Self::CandidateUnreadable,
            Self::BothSilent if is_unreadable => Self::PostingSilent,
            other => other,
        }
    }
}

/// A score with its finding.
#[derive(Debug, Clone, Copy)]
pub struct Scored<F> {
    /// Score in [0, 1].
    pub score: f64,
    /// The facts that explain the score.
    pub finding: F,
}

/// The result of measuring one criterion.
pub type Outcome<F> = Result<Scored<F>, Unscored>;

/// A number that serialises without decimals if it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0.trunc();
        if whole.to_bits() == self.0.to_bits() && whole.abs() < 1e15 {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            serializer.serialize_i64(whole as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Returns a number of a profile if it is finite and not negative.
pub(super) fn stated(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// Converts a loss to a score: linearly down to 0.1, then ever more slowly. Strictly decreasing: of
/// two losses the smaller one always scores higher.
pub(super) fn falling(loss: f64) -> f64 {
    const BEND: f64 = 0.9;
    if loss <= BEND {
        1.0 - loss
    } else {
        (1.0 - BEND) * BEND / loss
    }
}

/// Sums the weights of equal keys, and sorts by key. The sort is stable, so that sums are formed in
/// one order.
pub(super) fn summed<K: Ord + Copy>(mut weights: Vec<(K, f64)>) -> Vec<(K, f64)> {
    weights.sort_by_key(|entry| entry.0);
    weights.dedup_by(|again, kept| {
        let is_same = again.0 == kept.0;
        if is_same {
            kept.1 += again.1;
        }
        is_same
    });
    weights
}

/// Scales the weights to a Euclidean length of 1.
pub(super) fn of_unit_length<K>(mut weights: Vec<(K, f64)>) -> Vec<(K, f64)> {
    let length = weights
        .iter()
        .map(|entry| entry.1 * entry.1)
        .sum::<f64>()
        .sqrt();
    for entry in &mut weights {
        entry.1 /= length;
    }
    weights
}
