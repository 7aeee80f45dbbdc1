//! The wall clock. `clippy.toml` forbids reading it elsewhere, so that other functions get the time
//! as an argument; the domain and the engine never read it.

use chrono::{DateTime, NaiveDate, Utc};

/// Returns the current time.
#[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Returns the current date in UTC.
pub(crate) fn today() -> NaiveDate {
    now().date_naive()
}
