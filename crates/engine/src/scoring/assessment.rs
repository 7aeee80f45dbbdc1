//! One scored pair: what its criteria found, and the score they give.

use std::sync::Arc;

use super::{
    category::Category,
    criteria::{
        Outcome, Unscored, availability, contract, education, experience, industry, languages,
        location, salary, skills, text, title,
    },
    document::Document,
    engine::{CandidateForm, PostingForm, Settings},
    knockouts::{self, Knockout},
    language::Language,
    total::{ByCriterion, Total, round},
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
    fn scores(&self) -> ByCriterion<Result<f64, Unscored>> {
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
    /// To four digits.
    pub(super) scores: ByCriterion<Result<f64, Unscored>>,
    /// All must-haves, failed ones first.
    pub(super) knockouts: Vec<Knockout>,
    pub(super) total: Total,
}

impl Assessment {
    pub(super) fn new(
        settings: Arc<Settings>,
        candidate: Arc<CandidateForm>,
        posting: Arc<PostingForm>,
        findings: Findings,
    ) -> Self {
        let scores = findings.scores();
        let knockouts = knockouts::measure(&candidate, &posting, findings.skills.is_err());
        let cap = knockouts::cap(knockouts.iter().map(|knockout| knockout.outcome));
        let total = Total::of(&scores.map(Result::ok), &settings.shares, cap);
        Self {
            settings,
            candidate,
            posting,
            findings,
            scores,
            knockouts,
            total,
        }
    }

    /// In [0, 1], rounded to 4 digits; 0 when nothing could be compared (see
    /// [`Self::is_comparable`]).
    #[must_use]
    pub fn score(&self) -> f64 {
        self.total.score
    }

    /// The score in one word; insufficient when nothing could be compared.
    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(self.total.score)
    }

    /// Whether any criterion that counts has a score. A pair without one gets the score 0 and a
    /// recommendation that says there is not enough data.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.total.is_comparable()
    }

    /// The share of the configured weight that had data on both sides, in [0, 1], to four digits:
    /// how much of the comparison could be made at all.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        self.total.coverage
    }

    /// The score of each criterion in the order of [`Criterion::ALL`](super::Criterion::ALL), in
    /// [0, 1], to four digits; none without data. Weights change nothing here: with these and
    /// [`Self::cap`] a pair is weighed anew without its profiles.
    #[must_use]
    pub fn sub_scores(&self) -> [Option<f64>; 11] {
        self.scores.map(Result::ok)
    }

    /// The highest score that a failed knock-out leaves; none where none failed.
    #[must_use]
    pub fn cap(&self) -> Option<f64> {
        knockouts::cap(self.knockouts.iter().map(|knockout| knockout.outcome))
    }

    /// The result document in English, JSON text. The same inputs, weights, engine version, ids and
    /// time give the same bytes.
    #[must_use]
    pub fn to_document(
        &self,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &str,
    ) -> String {
        self.to_document_in(Language::English, candidate_id, job_posting_id, computed_at)
    }

    /// The same, its sentences in a language of choice.
    #[must_use]
    pub fn to_document_in(
        &self,
        language: Language,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &str,
    ) -> String {
        Document::of(self, candidate_id, job_posting_id, computed_at, language).to_text(language)
    }
}
