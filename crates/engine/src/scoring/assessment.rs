//! A scored pair: the finding of each criterion, and the resulting score.

use std::sync::Arc;

use super::{
    category::Category,
    criteria::{self, Criterion, FieldCriterion, Outcome, Unscored, all_criteria},
    document::Document,
    engine::{CandidateForm, PostingForm, Settings},
    knockouts::{self, Knockout},
    language::Language,
    total::{ByCriterion, Total, round},
};

macro_rules! findings {
    ($(
        $(#[$description:meta])+
        $variant:ident: $name:ident {
            weight: $weight:literal,
            strength: $strength:literal,
            french: $french:literal,
            $(fields $fields:ident)?
            $(joint $joint:ident: $facts:ty)?
        }
    )+) => {
        /// The findings of the criteria that are measured jointly.
        #[derive(Debug)]
        pub(super) struct JointFindings {
            $($(pub $joint: Outcome<criteria::$joint::Finding>,)?)+
        }

        /// The finding of each criterion, or the reason why it has none.
        #[derive(Debug)]
        pub(super) struct Findings {
            $(pub $name: Outcome<criteria::$name::Finding>,)+
        }

        impl Findings {
            /// Measures the criteria of fields.
            pub fn of(
                joint: JointFindings,
                held: &criteria::HeldFields,
                requested: &criteria::RequestedFields,
            ) -> Self {
                Self {
                    $($($joint: joint.$joint,)?
                    $($fields: criteria::$fields::Rules::measure(
                        &held.$fields,
                        &requested.$fields,
                    ),)?)+
                }
            }

            fn scores(&self) -> ByCriterion<Result<f64, Unscored>> {
                fn score<F>(outcome: &Outcome<F>) -> Result<f64, Unscored> {
                    outcome
                        .as_ref()
                        .map(|scored| round(scored.score.clamp(0.0, 1.0), 1e4))
                        .map_err(|unscored| *unscored)
                }
                [$(score(&self.$name),)+]
            }
        }
    };
}
all_criteria!(findings);

/// The score of one pair, with everything that explains it.
#[derive(Debug)]
pub struct Assessment {
    pub(super) settings: Arc<Settings>,
    pub(super) candidate: Arc<CandidateForm>,
    pub(super) posting: Arc<PostingForm>,
    pub(super) findings: Findings,
    /// Scores in [0, 1], rounded to four digits.
    pub(super) scores: ByCriterion<Result<f64, Unscored>>,
    /// All must-haves, unmet ones first.
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

    /// Returns the score in [0, 1], rounded to 4 digits; 0 if nothing could be compared (see
    /// [`Self::is_comparable`]).
    #[must_use]
    pub fn score(&self) -> f64 {
        self.total.score
    }

    /// Returns the category of the score; `Insufficient` if nothing could be compared.
    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(self.total.score)
    }

    /// True if any criterion with a positive weight has a score. A pair without one gets the score
    /// 0 and a recommendation that says there is not enough data.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.total.is_comparable()
    }

    /// Returns the share of the configured weight that had data on both sides, in [0, 1], rounded
    /// to four digits.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        self.total.coverage
    }

    /// Returns the score of each criterion in the order of
    /// [`Criterion::ALL`], in [0, 1], rounded to four digits; `None` without
    /// data. Independent of the weights: with these scores and [`Self::cap`] a pair can be
    /// reweighted without its profiles.
    #[must_use]
    pub fn sub_scores(&self) -> [Option<f64>; Criterion::ALL.len()] {
        self.scores.map(Result::ok)
    }

    /// Returns the highest score that an unmet must-have allows; `None` if none is unmet.
    #[must_use]
    pub fn cap(&self) -> Option<f64> {
        knockouts::cap(self.knockouts.iter().map(|knockout| knockout.outcome))
    }

    /// Writes the result document in English as JSON text. The same inputs, weights, engine
    /// version, ids and time give the same bytes.
    #[must_use]
    pub fn to_document(
        &self,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &str,
    ) -> String {
        self.to_document_in(Language::English, candidate_id, job_posting_id, computed_at)
    }

    /// Writes the result document in another language; see [`Self::to_document`].
    #[must_use]
    pub fn to_document_in(
        &self,
        language: Language,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &str,
    ) -> String {
        Document::of(self, candidate_id, job_posting_id, computed_at, language).to_text()
    }
}
