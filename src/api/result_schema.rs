//! The schema of a result document, for the OpenAPI document only. The engine writes result
//! documents itself.

use std::borrow::Cow;

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{RefBuilder, Schema, Type},
    },
};

use matching_engine::scoring::Criterion;

/// The result of one match: the score, its explanation, and the receipts.
#[derive(ToSchema)]
#[schema(as = ResultDocument)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct ResultDocumentView {
    /// The candidate's id.
    candidate_id: Option<i64>,
    /// The job posting's id.
    job_posting_id: Option<i64>,
    /// The score, in [0, 1], to four digits.
    score: f64,
    /// The score before the cap of a must-have that is not met; absent without one.
    score_before_knockouts: Option<f64>,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    category: String,
    /// The reliability of the score, in [0, 1], to two digits.
    confidence: f64,
    /// Must-haves that are not met or have to be clarified.
    knockouts: Vec<KnockoutView>,
    /// Must-haves that are met.
    must_haves_met: Vec<MustHaveView>,
    /// Each criterion by its name.
    criteria: CriteriaView,
    /// At most five sentences.
    strengths: Vec<String>,
    /// At most five sentences.
    gaps: Vec<String>,
    /// The recommended next step, in one sentence.
    recommendation: String,
    /// At most three questions for the interview.
    questions: Vec<String>,
    /// The criteria that could not be judged because the profile lacks the data, in one sentence.
    not_judged: Option<String>,
    /// The changes that would raise the score most, at most three.
    #[schema(value_type = Vec<Object>)]
    counterfactuals: Vec<Value>,
    /// The other changes that were considered.
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
    /// The language of the sentences, `en` or `fr`.
    language: String,
    /// The version of the rules that computed the score.
    engine_version: String,
    /// The version of the data that names are looked up in.
    taxonomy_version: String,
    /// SHA-256 of the parts of both profiles that the engine reads.
    profiles_hash: String,
    /// SHA-256 of that hash and the weights.
    input_hash: String,
    /// RFC 3339, UTC.
    computed_at: String,
}

/// A must-have and its status.
#[derive(ToSchema)]
#[schema(as = MustHave)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct MustHaveView {
    /// `skill`, `language`, `licence`, `work_permit` or `location`.
    kind: String,
    /// The name in the posting; of a language, its code.
    name: String,
    /// `met`.
    status: String,
}

/// A must-have that is not met or has to be clarified.
#[derive(ToSchema)]
#[schema(as = Knockout)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct KnockoutView {
    /// `skill`, `language`, `licence`, `work_permit`, `location` or `contract`.
    kind: String,
    /// The name in the posting; of a language, its code.
    name: String,
    /// `not_met` or `ask`.
    status: String,
    /// A quote from the summary or a title that names the licence, if no field states it.
    told: Option<EvidenceView>,
    /// The reason, in one sentence.
    reason: String,
}

/// The findings for each criterion.
pub struct CriteriaView;

impl PartialSchema for CriteriaView {
    fn schema() -> RefOr<Schema> {
        let criteria = Criterion::ALL.map(|criterion| {
            let view = match criterion {
                Criterion::Skills => SkillsView::name(),
                _ => CriterionView::name(),
            };
            let description = format!("{}{}", criterion.description(), own_members(criterion));
            let schema = RefBuilder::new()
                .ref_location_from_schema_name(view)
                .description(Some(description));
            (criterion.as_str(), schema)
        });
        let schema = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("The findings for each criterion."));
        criteria
            .into_iter()
            .fold(schema, |schema, (name, view)| {
                schema.property(name, view).required(name)
            })
            .into()
    }
}

impl ToSchema for CriteriaView {
    fn name() -> Cow<'static, str> {
        "Criteria".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((CriterionView::name().into(), CriterionView::schema()));
        schemas.push((SkillsView::name().into(), SkillsView::schema()));
        CriterionView::schemas(schemas);
        SkillsView::schemas(schemas);
    }
}

/// Describes the members that only this criterion has.
fn own_members(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Experience => {
            " `years_required`, `years_maximum`, `years_actual`; if the candidate's positions are \
             dated also `years_relevant` and `years_other` (in work like the posting's, in other \
             work) and `years_counted`."
        }
        Criterion::Education => " `diploma` is as stated.",
        Criterion::Location => {
            " `candidate_city` and `job_city` are as stated, `candidate_country` and `job_country` \
             codes, if they differ."
        }
        Criterion::Salary => {
            " Per year, `offered_per_year` and `asked_per_year`, in `currency`; `offered` and \
             `asked` (`amount`, `period`, `currency`, `net`) as stated, if that is not gross pay \
             per year. `offered_bound` and `asked_bound` state the meaning of a single amount: \
             `exactly`, `at_least` or `at_most`."
        }
        _ => "",
    }
}

/// The members that all criteria have; each criterion has further members of its own.
#[derive(ToSchema)]
#[schema(as = Criterion)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct CriterionView {
    /// The score, in [0, 1], to four digits; null without data.
    score: Option<f64>,
    /// The applied weight; 0 without a score.
    weight: f64,
    /// The certainty of the score by the amount and precision of its evidence, in [0, 1]; absent
    /// without a score.
    certainty: Option<f64>,
    /// The reason for a missing score, in one word.
    unscored: Option<String>,
    /// The reason for a missing score, in one sentence.
    reason: Option<String>,
    /// A quote from a text about this criterion if no field states the value, to be confirmed: the
    /// candidate's summary on experience, education, languages, place, contract, pay and first day,
    /// or the posting's description of these except languages.
    told: Option<EvidenceView>,
}

/// The criterion of skills.
#[derive(ToSchema)]
#[schema(as = SkillsCriterion)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct SkillsView {
    /// The score, in [0, 1], to four digits; null without data.
    score: Option<f64>,
    /// The applied weight; 0 without a score.
    weight: f64,
    /// The certainty of the score by the amount and precision of its evidence, in [0, 1]; absent
    /// without a score.
    certainty: Option<f64>,
    /// The reason for a missing score, in one word.
    unscored: Option<String>,
    /// The reason for a missing score, in one sentence.
    reason: Option<String>,
    /// `description` if the requested skills were read from it.
    source: Option<String>,
    /// Requested skills that the candidate states.
    matched: Vec<SkillView>,
    /// Requested skills for which there is indirect evidence.
    related: Vec<SkillView>,
    /// Requested skills without any evidence.
    #[schema(value_type = Vec<Object>)]
    missing: Vec<Value>,
    /// Stated skills that are not requested.
    additional: Vec<String>,
}

/// A requested skill that the profile shows.
#[derive(ToSchema)]
#[schema(as = ShownSkill)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct SkillView {
    /// The name in the posting.
    name: String,
    /// True if the posting requires it, false if it is only wanted.
    required: bool,
    /// The credit, in [0, 1], to four digits.
    credit: f64,
    /// Its weight among the requested skills.
    weight: Option<f64>,
    /// `listed`, `used`, `used_for_years` or `in_title`.
    rung: String,
    /// The candidate's name of a matched skill, if it is another.
    stated_as: Option<String>,
    /// The evidence for a related skill.
    via: Option<String>,
    /// The relation of that evidence to the skill, such as `implies` or `in_other_words`.
    relation: Option<String>,
    /// The place where a text names it.
    evidence: Option<EvidenceView>,
}

/// The place where a text names a skill.
#[derive(ToSchema)]
#[schema(as = Evidence)]
#[expect(dead_code, reason = "documents what the engine writes")]
pub struct EvidenceView {
    /// `summary`, `title` or `description`.
    field: String,
    /// The words as written.
    quote: String,
    /// The position at which they begin, in characters.
    start: usize,
    /// The position at which they end, in characters.
    end: usize,
}
