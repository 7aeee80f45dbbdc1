//! Years of experience.
//!
//! Below the minimum the score is the share of it that is there (2 of 4 years: 0.5). From minimum
//! to maximum it is 1. Above the maximum it falls by 0.02 a year, not below 0.8: over-qualification
//! is a mild mismatch, which a recruiter may well overlook.

use super::{Number, Outcome, Scored, Unscored, stated};
use crate::profiles::job_posting::ExperienceRange;

const LOSS_PER_YEAR_ABOVE: f64 = 0.02;
const LEAST_ABOVE: f64 = 0.8;

/// Years asked for; at least one end is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AskedYears {
    /// At least.
    pub min: Option<f64>,
    /// At most, not below `min`.
    pub max: Option<f64>,
}

impl AskedYears {
    /// What a posting asks for.
    pub fn of(range: Option<ExperienceRange>) -> Option<Self> {
        let range = range?;
        let min = stated(range.min);
        let max = stated(range.max).filter(|max| min.is_none_or(|min| min <= *max));
        (min.is_some() || max.is_some()).then_some(Self { min, max })
    }
}

/// The years on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Lowest number asked for.
    pub min: Option<Number>,
    /// Highest number asked for.
    pub max: Option<Number>,
    /// What the candidate has.
    pub actual: Option<Number>,
}

/// Both sides side by side, scored or not.
pub fn finding(candidate: Option<f64>, posting: Option<AskedYears>) -> Finding {
    Finding {
        min: posting.and_then(|asked| asked.min).map(Number),
        max: posting.and_then(|asked| asked.max).map(Number),
        actual: candidate.map(Number),
    }
}

/// See the module's head.
pub fn measure(candidate: Option<f64>, posting: Option<AskedYears>) -> Outcome<Finding> {
    let (Some(years), Some(asked)) = (candidate, posting) else {
        return Err(Unscored::silent(candidate.is_some(), posting.is_some()));
    };
    let score = match (asked.min, asked.max) {
        (Some(min), _) if years < min => years / min,
        (_, Some(max)) if years > max => {
            (1.0 - LOSS_PER_YEAR_ABOVE * (years - max)).max(LEAST_ABOVE)
        }
        _ => 1.0,
    };
    Ok(Scored {
        score,
        finding: finding(candidate, posting),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(years: f64, min: Option<f64>, max: Option<f64>) -> f64 {
        let asked = AskedYears::of(Some(ExperienceRange { min, max }));
        measure(Some(years), asked).unwrap().score
    }

    fn assert_close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1e-9,
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn below_the_minimum_counts_the_share_that_is_there() {
        assert_close(score(2.0, Some(4.0), None), 0.5);
        assert_close(score(0.0, Some(3.0), Some(5.0)), 0.0);
    }

    #[test]
    fn within_the_range_is_a_full_score() {
        for years in [3.0, 4.5, 6.0] {
            assert_close(score(years, Some(3.0), Some(6.0)), 1.0);
        }
        assert_close(score(0.0, Some(0.0), None), 1.0);
        assert_close(score(40.0, Some(3.0), None), 1.0);
    }

    #[test]
    fn above_the_maximum_loses_little_and_never_more_than_a_fifth() {
        assert_close(score(8.0, Some(3.0), Some(6.0)), 0.96);
        assert_close(score(60.0, None, Some(1.0)), 0.8);
    }

    #[test]
    fn silence_is_not_a_score() {
        let asked = AskedYears::of(Some(ExperienceRange {
            min: Some(3.0),
            max: None,
        }));
        assert_eq!(measure(None, asked).unwrap_err(), Unscored::CandidateSilent);
        assert_eq!(
            measure(Some(3.0), None).unwrap_err(),
            Unscored::PostingSilent
        );
        assert_eq!(AskedYears::of(Some(ExperienceRange::default())), None);
    }
}
