//! The wall clock. `clippy.toml` forbids reading it anywhere else, so that every other function can
//! be given its time: the domain and the engine never ask for it.

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
