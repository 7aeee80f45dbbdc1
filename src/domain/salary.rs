//! Pay, as a range.

/// What the amounts of a range are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalaryPeriod {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// A range of gross pay; at least one end is known, and `min` is not above `max`.
#[derive(Debug, Clone, PartialEq)]
pub struct SalaryRange {
    /// Lowest amount, not negative.
    pub min: Option<f64>,
    /// Highest amount.
    pub max: Option<f64>,
    /// ISO 4217 code in upper case; missing means unknown.
    pub currency: Option<String>,
    /// What the amounts are paid for; missing means a year.
    pub period: Option<SalaryPeriod>,
}
