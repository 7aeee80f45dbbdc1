//! Rows of an invariant's check.

use crate::store::{Finding, Invariant};

/// How many ids a finding names.
pub(in crate::store) const EXAMPLES: u32 = 5;

impl Finding {
    /// A finding of the first ids, each with how many there are in all.
    pub(in crate::store) fn of_rows(invariant: Invariant, rows: Vec<(String, i64)>) -> Self {
        Self {
            invariant,
            count: rows
                .first()
                .map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0)),
            examples: rows.into_iter().map(|(id, _)| id).collect(),
        }
    }
}
