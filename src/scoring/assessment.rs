//! One scored pair: the score, the criteria behind it, and the result document.
//!
//! The arithmetic can be repeated by hand from the document: each criterion's score is rounded to
//! four digits first, the weights of the scored criteria are renormalised to a sum of 1 and rounded
//! to six, and the total is the sum of their products, rounded to four.

use std::sync::Arc;

use super::{
    category::Category,
    criteria::{
        Criterion, Outcome, Unscored, availability, contract, education, experience, industry,
        languages, location, salary, skills, text, title,
    },
    document,
    engine::{CandidateForm, PostingForm, Settings},
    explanation,
};

/// What each criterion found.
#[derive(Debug)]
pub(super) struct Findings {
    pub skills: Outcome<skills::Finding>,
    pub experience: Outcome<experience::Finding>,
    pub title: Outcome<title::Finding>,
    pub education: Outcome<education::Finding>,
    pub languages: Outcome<languages::Finding>,
    pub location: Outcome<location::Finding>,
    pub contract: Outcome<contract::Finding>,
    pub salary: Outcome<salary::Finding>,
    pub availability: Outcome<availability::Finding>,
    pub industry: Outcome<industry::Finding>,
    pub text: Outcome<text::Finding>,
}

impl Findings {
    fn scores(&self) -> [Result<f64, Unscored>; Criterion::ALL.len()] {
        fn score<F>(outcome: &Outcome<F>) -> Result<f64, Unscored> {
            outcome
                .as_ref()
                .map(|scored| round(scored.score.clamp(0.0, 1.0), 1e4))
                .map_err(|unscored| *unscored)
        }
        [
            score(&self.skills),
            score(&self.experience),
            score(&self.title),
            score(&self.education),
            score(&self.languages),
            score(&self.location),
            score(&self.contract),
            score(&self.salary),
            score(&self.availability),
            score(&self.industry),
            score(&self.text),
        ]
    }
}

/// The score of one pair, with what explains it.
#[derive(Debug)]
pub struct Assessment {
    pub(super) settings: Arc<Settings>,
    pub(super) candidate: Arc<CandidateForm>,
    pub(super) posting: Arc<PostingForm>,
    pub(super) findings: Findings,
    /// In the order of [`Criterion::ALL`], to four digits.
    pub(super) scores: [Result<f64, Unscored>; Criterion::ALL.len()],
    /// Renormalised, to six digits; 0 without a score.
    pub(super) weights: [f64; Criterion::ALL.len()],
    coverage: f64,
    score: f64,
}

/// One criterion of an assessment.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionSummary {
    /// Which one.
    pub criterion: Criterion,
    /// In [0, 1], to four digits; none without data.
    pub score: Option<f64>,
    /// The weight that was applied, in [0, 1], to six digits; 0 without a score.
    pub weight: f64,
    /// What was found, or why there is no score: one English sentence.
    pub explanation: String,
}

impl Assessment {
    pub(super) fn new(
        settings: Arc<Settings>,
        candidate: Arc<CandidateForm>,
        posting: Arc<PostingForm>,
        findings: Findings,
    ) -> Self {
        let scores = findings.scores();
        let mut weights = [0.0; Criterion::ALL.len()];
        let mut compared = 0.0;
        for (score, share) in scores.iter().zip(settings.shares) {
            if score.is_ok() {
                compared += share;
            }
        }
        let mut total = 0.0;
        for ((score, share), weight) in scores.iter().zip(settings.shares).zip(&mut weights) {
            if let Ok(score) = score {
                *weight = round(share / compared, 1e6);
                total += score * *weight;
            }
        }
        Self {
            settings,
            candidate,
            posting,
            findings,
            scores,
            weights,
            coverage: round(compared.min(1.0), 1e4),
            score: round(total.clamp(0.0, 1.0), 1e4),
        }
    }

    /// In [0, 1], rounded to 4 digits; 0 when nothing could be compared (see
    /// [`Self::is_comparable`]).
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The score in one word; insufficient when nothing could be compared.
    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(self.score)
    }

    /// Whether any criterion has a score. A pair without one gets the score 0 and a recommendation
    /// that says there is not enough data.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.scores.iter().any(Result::is_ok)
    }

    /// The share of the configured weight that had data on both sides, in [0, 1], to four digits:
    /// how much of the comparison could be made at all.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// Every criterion, in the order of the result document.
    pub fn criteria(&self) -> impl Iterator<Item = CriterionSummary> {
        Criterion::ALL
            .into_iter()
            .zip(&self.scores)
            .zip(self.weights)
            .map(|((criterion, score), weight)| CriterionSummary {
                criterion,
                score: score.ok(),
                weight,
                explanation: explanation::of_criterion(self, criterion),
            })
    }

    /// What speaks for the candidate: at most five English sentences, the weightiest first.
    #[must_use]
    pub fn strengths(&self) -> Vec<String> {
        explanation::strengths(self)
    }

    /// What speaks against, likewise.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        explanation::gaps(self)
    }

    /// What to do, in one English sentence.
    #[must_use]
    pub fn recommendation(&self) -> String {
        explanation::recommendation(self)
    }

    /// The result document, JSON text. The same inputs, weights, engine version, ids and time give
    /// the same bytes.
    #[must_use]
    pub fn to_document(
        &self,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &str,
    ) -> String {
        document::write(self, candidate_id, job_posting_id, computed_at)
    }
}

fn round(value: f64, precision: f64) -> f64 {
    (value * precision).round() / precision
}
