//! Positions of a candidate's history, with their duration.

use chrono::NaiveDate;

/// A position of known duration in a candidate's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The title, if stated.
    pub title: Option<String>,
    /// The time worked in the position.
    pub time: WorkedTime,
}

/// The time worked in a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WorkedTime {
    /// Dates: the interval from the first day up to, and excluding, the day after the last. An open
    /// position ends at the profile's reference date.
    Dates {
        /// The first day.
        first_day: NaiveDate,
        /// The day after the last one.
        day_after: NaiveDate,
    },
    /// A number of years without dates.
    Years(f64),
}

/// Converts days to years of 365.25 days.
#[must_use]
pub fn years_of_days(days: i64) -> f64 {
    days as f64 / 365.25
}

/// Rounds years to one decimal.
#[must_use]
pub fn to_tenths(years: f64) -> f64 {
    (years * 10.0).round() / 10.0
}

/// Returns the years that these times cover. Overlapping time counts once, and gaps do not count.
/// Years without dates are assumed not to overlap with any others.
#[must_use]
pub fn years_covered(times: impl IntoIterator<Item = WorkedTime>) -> f64 {
    let (mut dated, mut undated) = (Vec::new(), Vec::new());
    for time in times {
        match time {
            WorkedTime::Dates {
                first_day,
                day_after,
            } => dated.push((first_day, day_after)),
            WorkedTime::Years(years) => undated.push(years),
        }
    }
    dated.sort_unstable();
    // Sorted, so that the floating-point sum does not depend on the order of the document.
    undated.sort_by(f64::total_cmp);
    let mut days = 0;
    let mut covered_until = NaiveDate::MIN;
    for (start, end) in dated {
        let from = start.max(covered_until);
        if from < end {
            days += (end - from).num_days();
            covered_until = end;
        }
    }
    undated
        .into_iter()
        .fold(years_of_days(days), |sum, years| sum + years)
}
