//! The engine: compiles profiles once, scores pairs of compiled profiles.

use super::{category::Category, weights::Weights};
use crate::domain::{candidate::Candidate, job_posting::JobPosting};

/// Scores pairs. Cheap to share, immutable.
#[derive(Debug)]
pub struct Engine {
    weights: Weights,
}

/// A candidate prepared for many comparisons.
#[derive(Debug)]
pub struct CompiledCandidate;

/// A job posting prepared for many comparisons.
#[derive(Debug)]
pub struct CompiledJobPosting;

/// The score of one pair, with what explains it.
#[derive(Debug)]
pub struct Assessment {
    score: f64,
}

impl Engine {
    /// An engine with these weights.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        Self { weights }
    }

    /// Prepares a candidate.
    #[must_use]
    pub fn compile_candidate(&self, _candidate: &Candidate) -> CompiledCandidate {
        CompiledCandidate
    }

    /// Prepares a job posting.
    #[must_use]
    pub fn compile_job_posting(&self, _job_posting: &JobPosting) -> CompiledJobPosting {
        CompiledJobPosting
    }

    /// Scores one pair.
    #[must_use]
    pub fn score(
        &self,
        _candidate: &CompiledCandidate,
        _posting: &CompiledJobPosting,
    ) -> Assessment {
        Assessment {
            score: self.weights.skills.clamp(0.0, 1.0),
        }
    }
}

impl Assessment {
    /// In [0, 1], rounded to 4 digits.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The score in one word.
    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(self.score)
    }

    /// The result document, JSON text.
    #[must_use]
    pub fn to_document(
        &self,
        _candidate_id: Option<i64>,
        _job_posting_id: Option<i64>,
        _computed_at: &str,
    ) -> String {
        String::from("{}")
    }
}
