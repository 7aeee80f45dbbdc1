//! Positions held, with the time they lasted.

use chrono::NaiveDate;

/// A position of a candidate's history whose time is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The title, where one is stated.
    pub title: Option<String>,
    /// How long it lasted.
    pub time: WorkedTime,
}

/// The time that a position lasted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WorkedTime {
    /// From the first day to the one after the last; an open position ends at the profile's
    /// reference date.
    Dates {
        /// The first day.
        first_day: NaiveDate,
        /// The day after the last one.
        day_after: NaiveDate,
    },
    /// Years at a time that is not stated.
    Years(f64),
}

/// Days as years.
#[must_use]
pub fn years_of_days(days: i64) -> f64 {
    days as f64 / 365.25
}

/// Years to one decimal.
#[must_use]
pub fn to_tenths(years: f64) -> f64 {
    (years * 10.0).round() / 10.0
}

/// The years that these times cover: what is done at the same time counts once and gaps count
/// nothing. Years without dates are taken to lie beside all others.
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
    // Sorted, so that the sum does not depend on the order of the document.
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
