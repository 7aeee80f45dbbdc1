//! What is wrong with one field of a profile document.

use std::fmt;

/// One fault, in a form the HTTP interface can report as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFault {
    /// JSON pointer (RFC 6901) of the field within the document, `/skills/3/level`; empty for the
    /// document itself.
    pub pointer: String,
    /// Stable code: `malformed_json`, `wrong_type`, `out_of_range`, `unknown_value`, `too_long`,
    /// `too_many`, `min_above_max`, `required`.
    pub code: &'static str,
    /// What is expected, and what to do.
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
