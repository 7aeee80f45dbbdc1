//! Scoring, pure and deterministic: the same two profiles, weights and engine give the same bytes.

mod category;
mod engine;
mod weights;

pub use category::Category;
pub use engine::{Assessment, CompiledCandidate, CompiledJobPosting, Engine};
pub use weights::Weights;
