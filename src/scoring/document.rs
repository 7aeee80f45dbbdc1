//! The result document.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    assessment::Assessment,
    criteria::{
        Criterion, Outcome, Unscored, availability, contract, education, experience, languages,
        location, salary, skills, title,
    },
    digest,
    engine::ENGINE_VERSION,
    explanation,
    weights::Weights,
};

/// Bytes that most documents fit into.
const USUAL_SIZE: usize = 4096;

#[derive(Serialize)]
struct Document<'a> {
    candidate_id: Option<i64>,
    job_posting_id: Option<i64>,
    score: f64,
    category: &'static str,
    criteria: Criteria<'a>,
    strengths: Vec<String>,
    gaps: Vec<String>,
    recommendation: String,
    coverage: f64,
    weights_configured: &'a Weights,
    engine_version: &'static str,
    input_hash: String,
    computed_at: &'a str,
}

/// The fields are in the order of [`Criterion::ALL`].
#[derive(Serialize)]
struct Criteria<'a> {
    skills: Entry<skills::View<'a>>,
    experience: Entry<experience::Finding>,
    title: Entry<Titles<'a>>,
    education: Entry<Option<&'a education::Finding>>,
    languages: Entry<Languages<'a>>,
    location: Entry<Option<&'a location::Finding>>,
    contract: Entry<Option<&'a contract::Finding>>,
    salary: Entry<Option<&'a salary::Finding>>,
    availability: Entry<Option<&'a availability::Finding>>,
    industry: Entry<Industries<'a>>,
    text: Entry<()>,
}

/// One criterion: its score and weight, then what it was found from.
#[derive(Serialize)]
struct Entry<F> {
    score: Option<f64>,
    weight: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(flatten)]
    finding: F,
}

#[derive(Serialize)]
struct Titles<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    closest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    past: Option<bool>,
}

#[derive(Serialize)]
struct Languages<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<languages::View<'a>>,
}

#[derive(Serialize)]
struct Industries<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    closest: Option<&'a str>,
}

/// Why there is no score, written without a string in between.
struct Reason(Criterion, Unscored);

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        explanation::write_reason(formatter, self.0, self.1)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes the result document of an assessment.
pub(super) fn write(
    assessment: &Assessment,
    candidate_id: Option<i64>,
    job_posting_id: Option<i64>,
    computed_at: &str,
) -> String {
    let document = Document {
        candidate_id,
        job_posting_id,
        score: assessment.score(),
        category: assessment.category().as_str(),
        criteria: criteria(assessment),
        strengths: assessment.strengths(),
        gaps: assessment.gaps(),
        recommendation: assessment.recommendation(),
        coverage: assessment.coverage(),
        weights_configured: &assessment.settings.weights,
        engine_version: ENGINE_VERSION,
        input_hash: digest::of_input(
            &assessment.candidate.digest,
            &assessment.posting.digest,
            &assessment.settings.weights,
        ),
        computed_at,
    };
    let mut written = Vec::with_capacity(USUAL_SIZE);
    // Maps with string keys and finite or null numbers, written to memory: nothing can fail.
    let _ = serde_json::to_writer(&mut written, &document);
    String::from_utf8(written).unwrap_or_default()
}

fn criteria(assessment: &Assessment) -> Criteria<'_> {
    fn finding<F>(outcome: &Outcome<F>) -> Option<&F> {
        outcome.as_ref().ok().map(|scored| &scored.finding)
    }
    let (held, asked, findings) = (
        &*assessment.candidate,
        &*assessment.posting,
        &assessment.findings,
    );
    let title = finding(&findings.title);
    Criteria {
        skills: entry(
            assessment,
            Criterion::Skills,
            skills::View {
                finding: finding(&findings.skills),
                held: &held.skills,
                asked: &asked.skills,
            },
        ),
        experience: entry(
            assessment,
            Criterion::Experience,
            experience::finding(held.experience, asked.experience),
        ),
        title: entry(
            assessment,
            Criterion::Title,
            Titles {
                closest: title
                    .and_then(|finding| held.titles.closest(finding))
                    .map(|title| title.written.as_str()),
                past: title.map(title::Finding::is_past),
            },
        ),
        education: entry(
            assessment,
            Criterion::Education,
            finding(&findings.education),
        ),
        languages: entry(
            assessment,
            Criterion::Languages,
            Languages {
                asked: finding(&findings.languages).map(|finding| languages::View {
                    finding,
                    asked: &asked.languages,
                }),
            },
        ),
        location: entry(assessment, Criterion::Location, finding(&findings.location)),
        contract: entry(assessment, Criterion::Contract, finding(&findings.contract)),
        salary: entry(assessment, Criterion::Salary, finding(&findings.salary)),
        availability: entry(
            assessment,
            Criterion::Availability,
            finding(&findings.availability),
        ),
        industry: entry(
            assessment,
            Criterion::Industry,
            Industries {
                closest: finding(&findings.industry)
                    .and_then(|finding| held.industries.get(finding.closest))
                    .map(|industry| industry.written.as_str()),
            },
        ),
        text: entry(assessment, Criterion::Text, ()),
    }
}

fn entry<F>(assessment: &Assessment, criterion: Criterion, finding: F) -> Entry<F> {
    let score = assessment.scores[criterion as usize];
    Entry {
        score: score.ok(),
        weight: assessment.weights[criterion as usize],
        reason: score.err().map(|unscored| Reason(criterion, unscored)),
        finding,
    }
}
