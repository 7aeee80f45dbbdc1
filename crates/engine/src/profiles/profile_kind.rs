//! The two kinds of profile that a match brings together.

use std::fmt;

/// Which of the two profiles is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileKind {
    /// A person looking for work.
    Candidate,
    /// A position to fill.
    JobPosting,
}

impl ProfileKind {
    /// The stable name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::JobPosting => "job_posting",
        }
    }

    /// The other side of a match.
    #[must_use]
    pub const fn counterpart(self) -> Self {
        match self {
            Self::Candidate => Self::JobPosting,
            Self::JobPosting => Self::Candidate,
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Candidate, Self::JobPosting]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ProfileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Candidate => "candidate",
            Self::JobPosting => "job posting",
        })
    }
}
