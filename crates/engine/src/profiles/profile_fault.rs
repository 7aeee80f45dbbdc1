//! Faults of profile documents.

use std::fmt;

/// A fault of one field, ready to be reported over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFault {
    /// JSON pointer (RFC 6901) of the field within the document, `/skills/3/level`; empty for the
    /// whole document.
    pub pointer: String,
    /// Stable code: `malformed_json`, `wrong_type`, `out_of_range`, `unknown_value`, `too_long`,
    /// `too_many`, `min_above_max`, `required`.
    pub code: &'static str,
    /// The expected value, and how to correct the fault.
    pub detail: String,
}

impl fmt::Display for ProfileFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            formatter.write_str(&self.detail)
        } else {
            write!(formatter, "{}: {}", self.pointer, self.detail)
        }
    }
}
