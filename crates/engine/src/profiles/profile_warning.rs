//! Warnings about values of a foreign document that its mapped profile lacks.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::profile_fault::ProfileFault;

/// Maximum number of warnings kept for one profile. The last one then counts the rest.
const WARNINGS_LIMIT: usize = 50;

/// A warning about one value that was left out or read only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileWarning {
    /// JSON pointer (RFC 6901) of the field in the sender's document, such as `/work/2/startDate`.
    pub pointer: String,
    /// Stable code: one of a fault ([`ProfileFault`]), or `unreadable_date`, `no_reference_date`,
    /// `several_postings`, `no_amount`, `ambiguous_contract`, `no_place`, `further_warnings`,
    /// `not_encoded`.
    pub code: &'static str,
    /// States what was left out, why, and what to send instead. Never quotes the value.
    pub detail: String,
}

impl ProfileWarning {
    /// Returns the warning for a value that is left out because of this fault.
    #[must_use]
    pub fn of_fault(fault: &ProfileFault) -> Self {
        Self {
            pointer: fault.pointer.clone(),
            code: fault.code,
            detail: format!("left out; {}", fault.detail),
        }
    }
}

impl fmt::Display for ProfileWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            formatter.write_str(&self.detail)
        } else {
            write!(formatter, "{}: {}", self.pointer, self.detail)
        }
    }
}

/// Collects warnings up to the limit and counts the rest.
#[derive(Debug, Default)]
pub(super) struct ProfileWarnings {
    kept: Vec<ProfileWarning>,
    beyond: usize,
}

impl ProfileWarnings {
    pub(super) fn push(&mut self, warning: ProfileWarning) {
        if self.kept.contains(&warning) {
            return;
        }
        if self.kept.len() + 1 < WARNINGS_LIMIT {
            self.kept.push(warning);
        } else {
            self.beyond += 1;
        }
    }

    pub(super) fn finish(mut self) -> Vec<ProfileWarning> {
        if self.beyond > 0 {
            self.kept.push(ProfileWarning {
                pointer: String::new(),
                code: "further_warnings",
                detail: format!("{} more values were left out", self.beyond),
            });
        }
        self.kept
    }
}

/// Converts warnings to the JSON that the stored document contains.
pub(super) fn as_value(warnings: &[ProfileWarning]) -> Value {
    warnings
        .iter()
        .map(|warning| {
            json!({"pointer": warning.pointer, "code": warning.code, "detail": warning.detail})
        })
        .collect()
}
