//! The result document: every fact about one scored pair, and sentences derived from the facts
//! alone.
//!
//! Facts are independent of language: names as the profiles write them, wire names, numbers. All
//! sentences (reasons, strengths, gaps, the recommendation) are derived from them by
//! [`explanation`] while the text is written: when a pair is scored, and when a stored document is
//! read in another language. So a [`ResultDocument`] can be rendered in either language, and
//! reweighted, without the profiles.
//!
//! [`declaration::document`] declares every object once: for writing, parsing and the schema. Each
//! value is written, and described, by its type in [`value`].

mod declaration;
mod facts;
mod json;
pub(super) mod value;

#[cfg(test)]
pub(super) mod tests;

use std::{borrow::Cow, sync::OnceLock};

use serde_json::{Map, Value as Schema};

pub(super) use declaration::document;
pub(super) use facts::{
    Counterfactual, Criteria, EducationFacts, ExperienceFacts, FieldFacts, Head, KnockoutFact,
    LanguageFact, LocationFacts, TextFacts, TitleFacts, WorkSource,
};
pub(super) use json::Json;

use value::{Context, Schemas, Value as _};

use super::{
    assessment::Assessment,
    category::Category,
    confidence,
    counterfactuals::{self, Change},
    criteria::Criterion,
    digest,
    engine::ENGINE_VERSION,
    explanation::{self, Statement},
    knockouts::{self, KnockoutOutcome},
    language::Language,
    taxonomy::TAXONOMY_VERSION,
    total::{self, ByCriterion, Total},
    weights::Weights,
};

document! {
    /// The result of one match: the score, its explanation, and the receipts.
    pub struct Document<'a> as "ResultDocument" {
        /// The candidate's id.
        always candidate_id: Option<i64>,
        /// The job posting's id.
        always job_posting_id: Option<i64>,
        /// The score, in [0, 1], to four digits.
        always score: f64,
        /// The score before the cap of a must-have that is not met; absent without one.
        optional score_before_knockouts: Option<f64>,
        /// The category of the score.
        always category: Category,
        /// The reliability of the score, in [0, 1], to two digits.
        always confidence: f64,
        /// Must-haves that are not met or have to be clarified.
        always knockouts: Vec<KnockoutFact<'a>>,
        /// Must-haves that are met.
        always must_haves_met: Vec<KnockoutFact<'a>>,
        /// Each criterion by its name.
        always criteria: Criteria<'a>,
        /// At most five sentences.
        list strengths: Statement<'_> = |document, _context| explanation::strengths(document),
        /// At most five sentences.
        list gaps: Statement<'_> = |document, _context| explanation::gaps(document),
        /// The recommended next step, in one sentence.
        always recommendation: Statement<'_> = |document, _context| {
            explanation::recommendation(document)
        },
        /// At most three questions for the interview.
        list questions: Statement<'_> = |document, _context| explanation::questions(document),
        /// The criteria that could not be judged because the profile lacks the data, in one
        /// sentence.
        always not_judged: Option<Statement<'_>> = |document, _context| {
            explanation::not_judged(document)
        },
        /// The changes that would raise the score most, at most three, the largest gain first.
        always counterfactuals: Vec<Counterfactual<'a>>,
        /// The other changes that were considered: under other weights they may come first.
        always other_changes: Vec<Change<'a>>,
        /// The share of the weights that had data, in [0, 1].
        always coverage: f64,
        /// The weights that were applied.
        always weights_configured: Weights,
        /// The weights divided by their sum.
        internal shares: ByCriterion<f64>,
        /// True if the summary wants the city of the job; computed at first use, for several
        /// sentences.
        internal is_job_city_wanted: OnceLock<bool>,
        /// The engine's own weights.
        always weights_default: Weights,
        /// The language of the sentences.
        always language: Language,
        /// The version of the rules that computed the score.
        always engine_version: Cow<'a, str>,
        /// The version of the data that names are looked up in.
        always taxonomy_version: Cow<'a, str>,
        /// SHA-256 of the parts of both profiles that the engine reads.
        always profiles_hash: Cow<'a, str>,
        /// SHA-256 of that hash and the weights.
        always input_hash: String,
        /// RFC 3339, UTC.
        always computed_at: Cow<'a, str>,
    }
}

impl<'a> Document<'a> {
    /// Collects the facts of an assessment.
    pub fn of(
        assessment: &'a Assessment,
        candidate_id: Option<i64>,
        job_posting_id: Option<i64>,
        computed_at: &'a str,
        language: Language,
    ) -> Self {
        let profiles_hash =
            digest::of_profiles(&assessment.candidate.digest, &assessment.posting.digest);
        let weights = assessment.settings.weights;
        let criteria = Criteria::of(assessment);
        let must_haves = assessment.knockouts.iter().map(KnockoutFact::of);
        let (must_haves_met, knockouts) =
            must_haves.partition(|fact| fact.outcome == KnockoutOutcome::Met);
        let mut document = Self {
            candidate_id,
            job_posting_id,
            score: assessment.score(),
            score_before_knockouts: assessment.cap().map(|_| assessment.total.uncapped),
            category: assessment.category(),
            confidence: confidence::confidence(
                &criteria.certainties(),
                &assessment.settings.shares,
            ),
            knockouts,
            must_haves_met,
            criteria,
            counterfactuals: Vec::new(),
            other_changes: counterfactuals::considered(assessment),
            coverage: assessment.coverage(),
            weights_configured: weights,
            shares: assessment.settings.shares,
            is_job_city_wanted: OnceLock::new(),
            weights_default: Weights::default(),
            language,
            engine_version: Cow::Borrowed(ENGINE_VERSION),
            taxonomy_version: Cow::Borrowed(TAXONOMY_VERSION),
            input_hash: digest::of_input(&profiles_hash, &weights),
            profiles_hash: Cow::Owned(profiles_hash),
            computed_at: Cow::Borrowed(computed_at),
        };
        document.choose_changes(&assessment.settings.shares, &assessment.total);
        document
    }

    /// Selects the changes that raise the score most.
    fn choose_changes(&mut self, shares: &ByCriterion<f64>, total: &Total) {
        let changes = std::mem::take(&mut self.other_changes);
        let scores = self.criteria.scores();
        (self.counterfactuals, self.other_changes) =
            counterfactuals::split(changes, &scores, shares, total);
    }

    /// Writes the document as JSON text.
    pub fn to_text(&self) -> String {
        /// Capacity in bytes that suffices for nearly all documents.
        const USUAL_SIZE: usize = 8192;

        let mut json = Json::with_capacity(USUAL_SIZE);
        let context = Context {
            document: self,
            criterion: None,
        };
        self.write(&mut json, &context);
        json.into_text()
    }
}

/// A stored result document, which can be rendered in a language or reweighted.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultDocument {
    document: Document<'static>,
    /// The text as parsed; `None` once the document was changed.
    text: Option<String>,
}

/// Reason why a text is not a result document of this engine.
#[derive(Debug, thiserror::Error)]
pub enum ResultDocumentError {
    /// The text is not JSON, or was written by an engine that recorded other facts.
    #[error("not a result document of this engine; score the pair again")]
    Form(#[from] serde_json::Error),
    /// A criterion has a score without its facts.
    #[error("the criterion {0} has a score without its facts; score the pair again")]
    WithoutFacts(&'static str),
}

impl ResultDocument {
    /// Parses a stored document.
    ///
    /// # Errors
    ///
    /// Returns [`ResultDocumentError`]; the pair has to be scored again.
    pub fn parse(text: &str) -> Result<Self, ResultDocumentError> {
        let mut document: Document<'static> = serde_json::from_str(text)?;
        document.shares = total::shares(&document.weights_configured);
        match document.criteria.first_without_facts() {
            Some(criterion) => Err(ResultDocumentError::WithoutFacts(criterion.as_str())),
            None => Ok(Self {
                document,
                text: Some(text.to_owned()),
            }),
        }
    }

    /// Returns the document of the same pair under other weights, computed from the scores of its
    /// criteria: byte for byte the document that an engine with these weights writes for the same
    /// profiles. Invalid weights count as 0.
    #[must_use]
    pub fn reweighed(self, weights: &Weights) -> Self {
        let mut document = self.document;
        let weights = weights.without_faults();
        let cap = knockouts::cap(document.knockouts.iter().map(|knockout| knockout.outcome));
        let shares = total::shares(&weights);
        let total = Total::of(&document.criteria.scores(), &shares, cap);
        document.score = total.score;
        document.score_before_knockouts = cap.map(|_| total.uncapped);
        document.category = Category::of(total.score);
        document.criteria.weigh(&total.weights);
        document.confidence = confidence::confidence(&document.criteria.certainties(), &shares);
        document.coverage = total.coverage;
        document.weights_configured = weights;
        document.shares = shares;
        document.input_hash = digest::of_input(&document.profiles_hash, &weights);
        let shown = std::mem::take(&mut document.counterfactuals);
        let shown = shown
            .into_iter()
            .map(|counterfactual| counterfactual.change);
        document.other_changes.extend(shown);
        counterfactuals::put_in_order(&mut document.other_changes);
        document.choose_changes(&shares, &total);
        Self {
            document,
            text: None,
        }
    }

    /// Writes the document as JSON text, with sentences in this language. An untouched document in
    /// its own language gives the bytes that were parsed.
    #[must_use]
    pub fn to_text(&self, language: Language) -> String {
        match &self.text {
            Some(text) if language == self.document.language => text.clone(),
            _ => Document {
                language,
                ..self.document.clone()
            }
            .to_text(),
        }
    }

    /// Returns the JSON Schemas of result documents (`ResultDocument`) and of their parts, by name.
    /// They refer to each other as components of an OpenAPI document.
    #[must_use]
    pub fn schemas() -> Map<String, Schema> {
        let mut schemas = Schemas::default();
        Document::schema(&mut schemas);
        schemas.0
    }

    /// Returns one or two sentences about a criterion: the finding, or the reason for a missing
    /// score.
    #[must_use]
    pub fn sentence(&self, criterion: Criterion, language: Language) -> String {
        explanation::of_criterion(&self.document, criterion, language)
    }

    /// Returns one sentence about the evidence for each requested skill that the candidate doesn't
    /// state (Django for Python), in the order of `related`.
    #[must_use]
    pub fn relations(&self, language: Language) -> Vec<String> {
        explanation::of_related_skills(&self.document, language)
    }

    /// Returns the score in [0, 1], to four digits.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.document.score
    }

    /// Returns the category of the score.
    #[must_use]
    pub fn category(&self) -> Category {
        self.document.category
    }
}
