//! Scoring, pure and deterministic: the same two profiles, weights and engine give the same bytes.
//!
//! An [`Engine`] compiles each profile once and scores pairs of compiled profiles. Every criterion
//! gives a score in [0, 1] or the reason why it has none. Criteria without a score get no weight,
//! and the total is the weighted mean of the others, capped if a must-have is not met. There is no
//! clock, no I/O and no model in this module, and the order of the lists in a profile changes
//! nothing.
//!
//! Findings are recorded without prose, in a result document that can be parsed back: rendered in
//! another language or reweighted, it equals the document that the engine itself would have
//! written.

mod calibration;
mod comparison;
mod confidence;
mod counterfactuals;
mod engine;
mod knockouts;
mod total;
mod weights;

mod comparison_cache;
mod criteria;
mod encoder_text;
mod name_cache;
mod names;
mod negation;
mod other_people;
mod private_circumstances;
mod prose;
mod stated_in_text;
mod taxonomy;
mod text;
mod vocabulary;

mod assessment;
mod category;
mod digest;
mod document;
mod explanation;
mod language;
mod number_format;
mod swar;
mod wire_name;

#[cfg(test)]
mod properties;

pub use assessment::Assessment;
pub use category::Category;
pub use comparison::{CandidateComparison, JobPostingComparison};
pub use criteria::Criterion;
pub use document::{ResultDocument, ResultDocumentError};
pub use encoder_text::text_for_encoder;
pub use engine::{CompiledCandidate, CompiledJobPosting, ENGINE_VERSION, Engine};
pub use language::Language;
pub use taxonomy::TAXONOMY_VERSION;
pub use total::{Total, shares as weight_shares};
pub use vocabulary::country_code;
pub use weights::{Weights, WeightsError};
