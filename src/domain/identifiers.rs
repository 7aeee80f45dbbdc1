//! Identifiers as distinct types, so that a task's id can't be used as a job's.

use std::fmt;

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is known to be a valid id: one that was generated here or read
            /// from the database.
            pub fn from_trusted(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_identifier! {
    /// Identifies one ledger row: a ULID. A queue contains nothing else.
    TaskId
}
text_identifier! {
    /// Identifies a batch, which is one bulk call: a ULID, or an id that the caller chose.
    BatchId
}
text_identifier! {
    /// Identifies one queued match, as its caller polls it: a ULID, `BATCH-n` for the n-th match of
    /// a batch (counted from 1), or an id that the caller chose.
    JobId
}
text_identifier! {
    /// Identifies one webhook: the `webhook-id` of all its attempts.
    DeliveryId
}

/// The maximum length of an id that a caller chooses, in characters.
pub const CALLER_ID_LIMIT: usize = 200;

/// Returns true if a caller may use this text as an id: 1 to [`CALLER_ID_LIMIT`] characters, which
/// are ASCII letters and digits and `. _ : @ + -`, the first a letter or digit, so that it needs no
/// escaping in a URL, a header or a log line.
pub fn is_caller_id(id: &str) -> bool {
    let mut characters = id.chars();
    id.len() <= CALLER_ID_LIMIT
        && characters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && characters.all(|c| c.is_ascii_alphanumeric() || "._:@+-".contains(c))
}

impl JobId {
    /// Returns the id of a batch's n-th match, counted from 1.
    pub fn of_batch(batch: &BatchId, position: i32) -> Self {
        Self(format!("{batch}-{position}"))
    }

    /// Reads the id as the n-th match of a batch, which may not exist in the ledger.
    ///
    /// ```
    /// use matching::domain::identifiers::JobId;
    /// let (batch, position) = JobId::from_trusted("monday-12").as_batch_position().unwrap();
    /// assert_eq!((batch.as_str(), position), ("monday", 12));
    /// assert!(JobId::from_trusted("monday").as_batch_position().is_none());
    /// ```
    pub fn as_batch_position(&self) -> Option<(BatchId, i32)> {
        let (batch, position) = self.0.rsplit_once('-')?;
        let canonical = !batch.is_empty()
            && !position.starts_with('0')
            && position.chars().all(|c| c.is_ascii_digit());
        let position = canonical.then(|| position.parse().ok())??;
        Some((BatchId(batch.to_owned()), position))
    }
}
