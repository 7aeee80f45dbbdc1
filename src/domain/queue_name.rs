//! The three priority queues. Their names are stable strings: they are stored, logged, shown and
//! used as prefixes of Redis keys, so a renamed queue would lose its tasks.

use std::fmt;

/// One of the three queues, each with its own worker pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueName {
    /// The queue of matches whose caller is waiting for the result.
    High,
    /// The default of single matches.
    Standard,
    /// The default of bulk calls.
    Bulk,
}

impl QueueName {
    /// All queues, most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Standard, Self::Bulk];

    /// Returns the full name, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "matching_high",
            Self::Standard => "matching_standard",
            Self::Bulk => "matching_bulk",
        }
    }

    /// Returns the name that callers and settings use.
    pub const fn short_name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Standard => "standard",
            Self::Bulk => "bulk",
        }
    }

    /// Returns a small stable number, for advisory locks and array indexes.
    pub const fn index(self) -> usize {
        match self {
            Self::High => 0,
            Self::Standard => 1,
            Self::Bulk => 2,
        }
    }

    /// Reads the full or the short name (`matching_high` or `high`).
    ///
    /// ```
    /// use matching::domain::queue_name::QueueName;
    /// assert_eq!(QueueName::parse("high"), Some(QueueName::High));
    /// assert_eq!(QueueName::parse("matching_bulk"), Some(QueueName::Bulk));
    /// assert_eq!(QueueName::parse("urgent"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        let short = name.strip_prefix("matching_").unwrap_or(name);
        let mut all = Self::ALL.into_iter();
        all.find(|queue| queue.short_name() == short)
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
