//! Audits of neutrality: a score must not depend on a candidate's identity.
//!
//! Two separate questions, both answered without a clock and without I/O:
//!
//! - *Does the engine react to identifying details?* [`Neutrality`] changes names, grammatical
//!   gender, civility, age, nationality, family, contact data and postal codes of candidates, one
//!   at a time, and compares the scores with those of the unchanged profile. Each difference is a
//!   fault. A sentence about leave, disability or religion may cost no more than a neutral one of
//!   its length.
//! - *Do groups of candidates fare differently?* [`Impact`] compares the selection rates of groups.
//!   A difference is a finding to investigate, not by itself a fault of the engine.
//!
//! The groups are input of the audit only: no profile contains them, and the engine never receives
//! them. `docs/fairness.md` states what both audits can show and what they can't.

mod gendered_forms;
mod impact;
mod neutrality;
mod perturbations;
mod profile_texts;

pub use gendered_forms::gendered_forms;
pub use impact::{Conclusion, GroupImpact, Groups, GroupsFault, Impact, Selection};
pub use neutrality::{Deviation, Neutrality, PerturbationTally};
pub use perturbations::Perturbation;
