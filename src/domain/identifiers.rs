//! Identifiers as distinct types, so that a candidate's id is never taken for a job posting's.

use std::fmt;

macro_rules! integer_identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Wraps the platform's id; it must be 1 or more.
            pub const fn new(id: i64) -> Option<Self> {
                if id >= 1 { Some(Self(id)) } else { None }
            }

            /// The platform's number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_identifier! {
    /// A candidate, as numbered by the platform (1 or more).
    CandidateId
}
integer_identifier! {
    /// A job posting, as numbered by the platform (1 or more).
    JobPostingId
}
