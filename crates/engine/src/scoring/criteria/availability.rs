//! Availability.
//!
//! A candidate who is free on the start date or before scores 1. Each day of delay costs 1/90 of a
//! [`falling`] score, after the three months' notice that is usual for managers in France.

use chrono::NaiveDate;

use super::{FieldCriterion, Outcome, Scored, Unscored, falling};
use crate::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::document::document,
};

const LONGEST_WAIT_DAYS: f64 = 90.0;

/// The delay of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Days from the start date to the candidate's first day; 0 if free by then.
    pub days_late: i64,
}

document! {
    /// The facts about the first day.
    #[derive(Copy)]
    pub struct AvailabilityFacts {
        /// Days from the start date to the candidate's first day.
        always days_late: i64,
    }
}

/// The rules of this criterion.
pub struct Rules;

impl FieldCriterion for Rules {
    type Held = Option<NaiveDate>;
    type Requested = Option<NaiveDate>;
    type Finding = Finding;
    type Facts<'a> = AvailabilityFacts;

    fn held(candidate: &Candidate) -> Option<NaiveDate> {
        candidate.available_from
    }

    fn requested(posting: &JobPosting) -> Option<NaiveDate> {
        posting.start_date
    }

    fn measure(held: &Option<NaiveDate>, requested: &Option<NaiveDate>) -> Outcome<Finding> {
        measure(*held, *requested)
    }

    fn facts<'a>(
        found: &Scored<Finding>,
        _: &'a Option<NaiveDate>,
        _: &'a Option<NaiveDate>,
    ) -> Option<AvailabilityFacts> {
        Some(AvailabilityFacts {
            days_late: found.finding.days_late,
        })
    }

    fn falls_short(facts: &AvailabilityFacts) -> bool {
        facts.days_late > 0
    }
}

/// Scores availability by the rules of the module documentation.
pub fn measure(candidate: Option<NaiveDate>, posting: Option<NaiveDate>) -> Outcome<Finding> {
    let (Some(free), Some(start)) = (candidate, posting) else {
        return Err(Unscored::silent(candidate.is_some(), posting.is_some()));
    };
    let days_late = free.signed_duration_since(start).num_days().max(0);
    Ok(Scored {
        score: falling(days_late as f64 / LONGEST_WAIT_DAYS),
        finding: Finding { days_late },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(free: &str, start: &str) -> f64 {
        measure(free.parse().ok(), start.parse().ok())
            .unwrap()
            .score
    }

    #[test]
    fn availability_in_time_scores_fully() {
        assert!((score("2026-01-01", "2026-03-01") - 1.0).abs() < 1e-9);
        assert!((score("2026-03-01", "2026-03-01") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn each_day_late_costs_a_ninetieth() {
        assert!((score("2026-03-31", "2026-03-01") - 2.0 / 3.0).abs() < 1e-9);
        let (late, later) = (
            score("2026-09-01", "2026-03-01"),
            score("2027-03-01", "2026-03-01"),
        );
        assert!(0.0 < later && later < late && late < 0.05);
    }

    #[test]
    fn the_farthest_dates_do_not_overflow() {
        let late = measure(Some(NaiveDate::MAX), Some(NaiveDate::MIN)).unwrap();
        assert!(late.score < 1e-6);
    }
}
