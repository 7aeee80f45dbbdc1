//! The two kinds of profiles that a match compares.

use std::fmt;

/// The kind of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileKind {
    /// A person looking for work.
    Candidate,
    /// A position to fill.
    JobPosting,
}

impl ProfileKind {
    /// Returns the wire name, which is also stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::JobPosting => "job_posting",
        }
    }

    /// Returns the kind on the other side of a match.
    #[must_use]
    pub const fn counterpart(self) -> Self {
        match self {
            Self::Candidate => Self::JobPosting,
            Self::JobPosting => Self::Candidate,
        }
    }

    /// Parses the wire name.
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
