//! The criteria, one pure function each: what the candidate's side and the posting's side say, to
//! a score in [0, 1] and what it was found from, or the reason why there is none.

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

/// What a candidate and a job posting are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Skills asked for, and skills stated or mentioned.
    Skills,
    /// Years of experience.
    Experience,
    /// The posting's title against current and past titles.
    Title,
    /// Level and field of education.
    Education,
    /// Languages and their levels.
    Languages,
    /// Distance and way of working.
    Location,
    /// Type of contract.
    Contract,
    /// Pay.
    Salary,
    /// First day of availability against the start date.
    Availability,
    /// Industry.
    Industry,
    /// Words of the summary against words of the description.
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

    /// The stable name, as result documents and settings write it.
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

/// Why a criterion has no score. No score is not a score of 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unscored {
    /// The candidate's profile doesn't say.
    CandidateSilent,
    /// The candidate's profile says it in a way that can't be read.
    CandidateUnreadable,
    /// The job posting doesn't say.
    #[serde(rename = "job_posting_silent")]
    PostingSilent,
    /// Neither says.
    BothSilent,
    /// Pay is in two currencies that no fixed rate joins.
    CurrenciesDiffer,
}

impl Unscored {
    /// Which side is silent; at least one has to be.
    pub(super) fn silent(candidate_says: bool, posting_says: bool) -> Self {
        match (candidate_says, posting_says) {
            (false, false) => Self::BothSilent,
            (false, true) => Self::CandidateSilent,
            _ => Self::PostingSilent,
        }
    }

    /// The reason for a candidate that says it in a way that can't be read, which is not silence.
    pub(super) fn unreadable_if(self, is_unreadable: bool) -> Self {
        match self {
            Self::CandidateSilent if is_unreadable => Self::CandidateUnreadable,
            Self::BothSilent if is_unreadable => Self::PostingSilent,
            other => other,
        }
    }
}

/// A score with what it was found from.
#[derive(Debug, Clone, Copy)]
pub struct Scored<F> {
    /// In [0, 1].
    pub score: f64,
    /// What explains it.
    pub finding: F,
}

/// What measuring one criterion gives.
pub type Outcome<F> = Result<Scored<F>, Unscored>;

/// A number that is written without decimals where it has none.
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

/// A number a profile states, unless it isn't one.
pub(super) fn stated(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// A score that falls with a loss: in a straight line to 0.1, then ever slower. It never ends: of
/// two losses the smaller one always scores higher.
pub(super) fn falling(loss: f64) -> f64 {
    const BEND: f64 = 0.9;
    if loss <= BEND {
        1.0 - loss
    } else {
        (1.0 - BEND) * BEND / loss
    }
}

/// One entry for each key, sorted, with the sum of its weights. The sort is stable, so that sums
/// are formed in one order.
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

/// The weights scaled to a length of 1.
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
