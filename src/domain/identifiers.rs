//! Identifiers as distinct types, so that a task's id is never taken for a job's.

use std::fmt;

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that is known to be such an id: one that was made here or read back.
            pub fn from_trusted(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
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
    /// One ledger row: a ULID. The queue carries nothing else.
    TaskId
}
text_identifier! {
    /// What one bulk call made: a ULID, or the caller's own name for it.
    BatchId
}
text_identifier! {
    /// One queued match, as its caller polls it: a ULID, `BATCH-n` for the n-th of a batch
    /// (counted from 1), or the caller's own name for it.
    JobId
}
text_identifier! {
    /// One webhook; the `webhook-id` of all its attempts.
    DeliveryId
}

/// The longest id a caller may choose, in characters.
pub const CALLER_ID_LIMIT: usize = 200;

/// Whether a caller may use this text as an id: 1 to [`CALLER_ID_LIMIT`] characters out of letters
/// and digits of ASCII and `. _ : @ + -`, the first a letter or digit, so that it needs no escaping
/// in a URL, a header or a log line.
pub fn is_caller_id(id: &str) -> bool {
    let mut characters = id.chars();
    id.len() <= CALLER_ID_LIMIT
        && characters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && characters.all(|c| c.is_ascii_alphanumeric() || "._:@+-".contains(c))
}

impl JobId {
    /// The id of a batch's n-th match, counted from 1.
    pub fn of_batch(batch: &BatchId, position: i32) -> Self {
        Self(format!("{batch}-{position}"))
    }

    /// Reads the id as the n-th match of some batch; whether that batch exists is for the ledger
    /// to say.
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
