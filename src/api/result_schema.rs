//! The schema of a result document, for the OpenAPI document only. The engine writes result
//! documents itself.

use serde_json::Value;
use utoipa::ToSchema;

/// The result of one match: the score, what explains it, and the receipts.
#[derive(ToSchema)]
#[schema(as = ResultDocument)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct ResultDocumentView {
    /// The candidate's id.
    candidate_id: Option<i64>,
    /// The job posting's id.
    job_posting_id: Option<i64>,
    /// In [0, 1], to four digits.
    score: f64,
    /// The score without the cap of a must-have that is not met; absent without one.
    score_before_knockouts: Option<f64>,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    category: String,
    /// How far the score can be relied on, in [0, 1], to two digits.
    confidence: f64,
    /// Must-haves that are not met, or to be asked about.
    knockouts: Vec<KnockoutView>,
    /// Must-haves that are met.
    must_haves_met: Vec<MustHaveView>,
    /// Each criterion by its name.
    criteria: CriteriaView,
    /// At most five sentences.
    strengths: Vec<String>,
    /// At most five sentences.
    gaps: Vec<String>,
    /// What to do, in one sentence.
    recommendation: String,
    /// At most three questions for the interview.
    questions: Vec<String>,
    /// What could not be judged since the profile does not say it, in one sentence.
    not_judged: Option<String>,
    /// The changes that would raise the score most, at most three.
    #[schema(value_type = Vec<Object>)]
    counterfactuals: Vec<Value>,
    /// Those considered beside them.
    #[schema(value_type = Vec<Object>)]
    other_changes: Vec<Value>,
    /// The share of the weights that had data, in [0, 1].
    coverage: f64,
    /// The weights that were applied.
    #[schema(value_type = Object)]
    weights_configured: Value,
    /// The engine's own weights.
    #[schema(value_type = Object)]
    weights_default: Value,
    /// Of the sentences, `en` or `fr`.
    language: String,
    /// The rules the score was computed by.
    engine_version: String,
    /// The data that names are known by.
    taxonomy_version: String,
    /// SHA-256 of what the engine sees of both profiles.
    profiles_hash: String,
    /// SHA-256 of that hash and the weights.
    input_hash: String,
    /// RFC 3339, UTC.
    computed_at: String,
}

/// A must-have and how it stands.
#[derive(ToSchema)]
#[schema(as = MustHave)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct MustHaveView {
    /// `skill`, `language`, `licence`, `work_permit` or `location`.
    kind: String,
    /// As the posting writes it; of a language its code.
    name: String,
    /// `met`.
    status: String,
}

/// A must-have that is not met, or to be asked about.
#[derive(ToSchema)]
#[schema(as = Knockout)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct KnockoutView {
    /// `skill`, `language`, `licence`, `work_permit` or `location`.
    kind: String,
    /// As the posting writes it; of a language its code.
    name: String,
    /// `not_met` or `ask`.
    status: String,
    /// Quote of the summary or a title that names the licence, where no field states it.
    told: Option<EvidenceView>,
    /// Why, in one sentence.
    reason: String,
}

/// What was found for each criterion.
#[derive(ToSchema)]
#[schema(as = Criteria)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct CriteriaView {
    /// Skills asked for and skills shown.
    skills: SkillsView,
    /// Years of experience: `years_required`, `years_maximum`, `years_actual`; where the candidate's
    /// positions are dated also `years_relevant` and `years_other` (in work like the posting's, in
    /// other work) and `years_counted`.
    experience: CriterionView,
    /// Job titles.
    title: CriterionView,
    /// Level and field of education; `diploma` as stated.
    education: CriterionView,
    /// Languages and their levels.
    languages: CriterionView,
    /// Distance and way of working; `candidate_city` and `job_city` as stated, `candidate_country`
    /// and `job_country` by their codes, where they differ.
    location: CriterionView,
    /// Type of contract.
    contract: CriterionView,
    /// Pay for a year, `offered_per_year` and `asked_per_year`, in `currency`; `offered` and
    /// `asked` (`amount`, `period`, `currency`, `net`) as stated, where that is not gross pay for a
    /// year. `offered_bound` and `asked_bound` say what a single amount is: `exactly`, `at_least` or
    /// `at_most`.
    salary: CriterionView,
    /// First day of availability.
    availability: CriterionView,
    /// Industry.
    industry: CriterionView,
    /// The summary against the posting's work.
    text: CriterionView,
}

/// What all criteria have; each has members of its own beside these.
#[derive(ToSchema)]
#[schema(as = Criterion)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct CriterionView {
    /// In [0, 1], to four digits; null without data.
    score: Option<f64>,
    /// As applied; 0 without a score.
    weight: f64,
    /// How much evidence the score rests on and how sharp it is, in [0, 1]; absent without a score.
    certainty: Option<f64>,
    /// Why there is no score, in one word.
    unscored: Option<String>,
    /// Why there is no score, in one sentence.
    reason: Option<String>,
    /// Quote of a text about it where no field states it, to be confirmed: the candidate's summary
    /// of experience, education, languages, place, contract, pay and first day, or the posting's
    /// description of these, languages aside.
    told: Option<EvidenceView>,
}

/// The criterion of skills.
#[derive(ToSchema)]
#[schema(as = SkillsCriterion)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct SkillsView {
    /// In [0, 1], to four digits; null without data.
    score: Option<f64>,
    /// As applied; 0 without a score.
    weight: f64,
    /// How much evidence the score rests on and how sharp it is, in [0, 1]; absent without a score.
    certainty: Option<f64>,
    /// Why there is no score, in one word.
    unscored: Option<String>,
    /// Why there is no score, in one sentence.
    reason: Option<String>,
    /// `description` if the skills asked for were read from it.
    source: Option<String>,
    /// Skills asked for that the candidate states.
    matched: Vec<SkillView>,
    /// Skills asked for that something else speaks for.
    related: Vec<SkillView>,
    /// Skills asked for that nothing speaks for.
    #[schema(value_type = Vec<Object>)]
    missing: Vec<Value>,
    /// Stated skills that are not asked for.
    additional: Vec<String>,
}

/// A skill asked for that the profile shows.
#[derive(ToSchema)]
#[schema(as = ShownSkill)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct SkillView {
    /// As the posting writes it.
    name: String,
    /// Whether the posting requires it.
    required: bool,
    /// In [0, 1], to four digits.
    credit: f64,
    /// What it counts for among the skills asked for.
    weight: Option<f64>,
    /// `listed`, `used`, `used_for_years` or `in_title`.
    rung: String,
    /// The candidate's name of a matched skill, if it is another.
    stated_as: Option<String>,
    /// What speaks for a related skill.
    via: Option<String>,
    /// How it speaks for a related skill, such as `implies` or `in_other_words`.
    relation: Option<String>,
    /// Where a text names it.
    evidence: Option<EvidenceView>,
}

/// Where a text names a skill.
#[derive(ToSchema)]
#[schema(as = Evidence)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct EvidenceView {
    /// `summary` or `title`.
    field: String,
    /// The words, as written.
    quote: String,
    /// Where they begin in the text, in characters.
    start: usize,
    /// Where they end.
    end: usize,
}
