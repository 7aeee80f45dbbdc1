//! Profiles between the store and the engine: checked when they are submitted, compiled when they
//! are scored.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value;

use super::{
    encode_profiles::{self, ProfileDocuments, WarningsByIndex},
    encoder::TextEncoder,
};
use crate::{
    domain::{
        identifiers::ProfileId,
        task::{Pair, TaskError},
    },
    store::{CriterionScores, Profiles, StoreError},
};
use matching_engine::{
    profiles::{
        candidate::Candidate, foreign_documents, job_posting::JobPosting,
        profile_document::ProfileDocument, profile_fault::ProfileFault, profile_kind::ProfileKind,
        profile_warning::ProfileWarning,
    },
    scoring::{
        Assessment, CandidateComparison, CompiledCandidate, CompiledJobPosting, Engine,
        JobPostingComparison,
    },
};

/// A profile that is ready to be scored many times.
#[derive(Clone)]
pub enum CompiledProfile {
    /// A candidate.
    Candidate(CompiledCandidate),
    /// A job posting.
    JobPosting(CompiledJobPosting),
}

/// A score with the document that explains it.
#[derive(Debug, Clone)]
pub struct ScoredMatch {
    /// The score, in [0, 1], rounded to 4 digits.
    pub score: f64,
    /// The category's wire name.
    pub category: &'static str,
    /// The score of each criterion.
    pub criterion_scores: CriterionScores,
    /// The upper limit of the score, if a must-have is not met.
    pub score_cap: Option<f64>,
    /// The result document, JSON text.
    pub document: String,
}

/// A profile document that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedProfile {
    /// The document's id, if it has one.
    pub id: Option<ProfileId>,
    /// The document in the form that is stored.
    pub document: Value,
    /// Warnings about values of a foreign document that were left out.
    pub warnings: Vec<ProfileWarning>,
}

/// Checks a profile document and converts it to the form that is stored: JSON Resume and schema.org
/// documents are converted to the service's own format, other documents are not changed. Jobs
/// without an end last until the day on which the document was received.
///
/// # Errors
/// All faults of a document in the service's own format.
pub fn check(
    kind: ProfileKind,
    document: Value,
    received_on: NaiveDate,
) -> Result<CheckedProfile, Vec<ProfileFault>> {
    let mapped =
        foreign_documents::mapped(kind, &ProfileDocument::of(&document), Some(received_on));
    let (document, warnings) = match mapped {
        Some(mapped) => (mapped.document, mapped.warnings),
        None => (document, Vec::new()),
    };
    let id = check_own(kind, &ProfileDocument::of(&document))?;
    Ok(CheckedProfile {
        id,
        document,
        warnings,
    })
}

/// Checks a document in the service's own format; returns its id if it has one.
fn check_own(
    kind: ProfileKind,
    document: &ProfileDocument<'_>,
) -> Result<Option<ProfileId>, Vec<ProfileFault>> {
    let id = match kind {
        ProfileKind::Candidate => Candidate::check(document)?,
        ProfileKind::JobPosting => JobPosting::read(document)?.id,
    };
    Ok(id.and_then(|id| ProfileId::try_from(id).ok()))
}

/// A line of an import that can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLine {
    /// The platform's id.
    pub id: ProfileId,
    /// The document to store, JSON text.
    pub document: String,
    /// Warnings about values that were left out.
    pub warnings: Vec<ProfileWarning>,
}

/// The format of the documents of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DocumentFormat {
    /// Each document in the format that its members show.
    #[default]
    Any,
    /// The service's own format; a document of another one is refused.
    Native,
    /// JSON Resume, for candidates, or schema.org, for job postings; a document of another format is
    /// refused.
    Foreign,
}

impl DocumentFormat {
    /// The names of the formats.
    pub const NAMES: [&str; 3] = ["native", "json_resume", "schema_org"];

    /// Reads the name of a format for profiles of this kind.
    ///
    /// # Errors
    /// The reason why profiles of this kind have no such format.
    pub fn named(name: &str, kind: ProfileKind) -> Result<Self, String> {
        match (name, kind) {
            ("native", _) => Ok(Self::Native),
            ("json_resume", ProfileKind::Candidate) | ("schema_org", ProfileKind::JobPosting) => {
                Ok(Self::Foreign)
            }
            (_, ProfileKind::Candidate) => {
                Err("send native or json_resume for candidates".to_owned())
            }
            (_, ProfileKind::JobPosting) => {
                Err("send native or schema_org for job postings".to_owned())
            }
        }
    }

    /// Returns the fault of a document of another format.
    fn refusal(self, kind: ProfileKind, document: &ProfileDocument<'_>) -> Option<ProfileFault> {
        let is_foreign = || foreign_documents::is_foreign(kind, document);
        let detail = match (self, kind) {
            (Self::Native, _) if is_foreign() => {
                "the document is JSON Resume or schema.org; leave the format out, or name it"
            }
            (Self::Foreign, ProfileKind::Candidate) if !is_foreign() => {
                "the document is no JSON Resume; leave the format out, or send `native`"
            }
            (Self::Foreign, ProfileKind::JobPosting) if !is_foreign() => {
                "the document holds no JobPosting of schema.org; leave the format out, or send `native`"
            }
            _ => return None,
        };
        Some(ProfileFault {
            pointer: String::new(),
            code: "other_format",
            detail: detail.to_owned(),
        })
    }
}

/// Checks one line of an NDJSON import, which must contain the platform's id. An unknown
/// enumeration value is left out with a warning, even from a document in the service's own format:
/// the sender of a file can't correct a single line.
///
/// # Errors
/// All faults of the line.
pub fn read_line(
    kind: ProfileKind,
    format: DocumentFormat,
    line: &[u8],
    received_on: NaiveDate,
) -> Result<CheckedLine, Vec<ProfileFault>> {
    let fault = |pointer: &str, code, detail: String| {
        vec![ProfileFault {
            pointer: pointer.to_owned(),
            code,
            detail,
        }]
    };
    let malformed =
        |error: &dyn std::error::Error| fault("", "malformed_json", format!("not JSON: {error}"));
    let text = std::str::from_utf8(line).map_err(|error| malformed(&error))?;
    let document = ProfileDocument::parse(text).map_err(|error| malformed(&error))?;
    if let Some(refusal) = format.refusal(kind, &document) {
        return Err(vec![refusal]);
    }
    let mut mapped = foreign_documents::mapped(kind, &document, Some(received_on));
    let mut checked = match &mapped {
        Some(mapped) => check_own(kind, &ProfileDocument::of(&mapped.document)),
        None => check_own(kind, &document),
    };
    if let Err(faults) = &checked
        && let Some(mut rest) =
            foreign_documents::without_unknown_words(kind, &document.to_value(), faults)
    {
        let dated = foreign_documents::mapped(
            kind,
            &ProfileDocument::of(&rest.document),
            Some(received_on),
        );
        if let Some(dated) = dated {
            rest.document = dated.document;
            rest.warnings.extend(dated.warnings);
        }
        checked = check_own(kind, &ProfileDocument::of(&rest.document));
        mapped = Some(rest);
    }
    let id = checked?.ok_or_else(|| {
        let is_other_id = mapped
            .as_ref()
            .is_some_and(|mapped| mapped.document.get("reference").is_some());
        let detail = if is_other_id {
            "send the platform's id, a whole number of 1 or more; an identifier of schema.org is the \
             employer's, and another employer may use the same"
        } else {
            "send the platform's id, a whole number of 1 or more"
        };
        fault("/id", "required", detail.to_owned())
    })?;
    if mapped.is_none() && document.whole_number("id") == Some(id.number()) {
        return Ok(CheckedLine {
            id,
            document: text.trim_ascii().to_owned(),
            warnings: Vec::new(),
        });
    }
    let (mut document, warnings) = match mapped {
        Some(mapped) => (mapped.document, mapped.warnings),
        None => (document.to_value(), Vec::new()),
    };
    set_id(&mut document, id);
    Ok(CheckedLine {
        id,
        document: as_text(&document),
        warnings,
    })
}

/// Returns the text of a document in the form that is stored. Equal to its `Display` form, but
/// written without a formatter.
pub(super) fn as_text(document: &Value) -> String {
    serde_json::to_string(document).unwrap_or_else(|_| document.to_string())
}

/// The result of storing profiles.
#[derive(Debug)]
pub struct StoredProfiles {
    /// Profiles that were not stored before.
    pub created: u64,
    /// Profiles that replaced an older document.
    pub replaced: u64,
    /// Warnings about profiles that could not be encoded, with their indices.
    pub warnings: WarningsByIndex,
}

/// Stores checked profiles in one transaction, with their encodings if there is an encoder.
///
/// # Errors
/// If the database fails; then none is stored.
pub async fn put_all(
    store: &(impl Profiles + ?Sized),
    encoder: Option<&Arc<dyn TextEncoder>>,
    kind: ProfileKind,
    mut profiles: ProfileDocuments,
) -> Result<StoredProfiles, StoreError> {
    let mut warnings = Vec::new();
    if let Some(encoder) = encoder {
        (profiles, warnings) = encode_profiles::encode(store, encoder, kind, profiles).await;
    }
    let put = store.put_profiles(kind, &profiles).await?;
    Ok(StoredProfiles {
        created: put.created,
        replaced: put.replaced,
        warnings,
    })
}

/// Writes the id into a document, which may have had no id or another one.
pub fn set_id(document: &mut Value, id: ProfileId) {
    if let Value::Object(fields) = document {
        fields.insert("id".to_owned(), id.number().into());
    }
}

/// Parses and compiles a stored document.
///
/// # Errors
/// A final error: the same document would fail again. (Documents are checked before they are
/// stored, so this only happens to a document that was stored by other means or by another
/// version.)
pub fn compile(
    engine: &Engine,
    kind: ProfileKind,
    document: &str,
) -> Result<CompiledProfile, TaskError> {
    let document = ProfileDocument::parse(document)
        .map_err(|error| unreadable(kind, &format!("not JSON: {error}")))?;
    compile_document(engine, kind, &document).map_err(|faults| {
        let faults: Vec<String> = faults.iter().take(5).map(ProfileFault::to_string).collect();
        unreadable(kind, &faults.join("; "))
    })
}

/// Compiles a parsed document.
///
/// # Errors
/// All faults of the document.
pub fn compile_document(
    engine: &Engine,
    kind: ProfileKind,
    document: &ProfileDocument<'_>,
) -> Result<CompiledProfile, Vec<ProfileFault>> {
    Ok(match kind {
        ProfileKind::Candidate => {
            CompiledProfile::Candidate(engine.compile_candidate(&Candidate::read(document)?))
        }
        ProfileKind::JobPosting => {
            CompiledProfile::JobPosting(engine.compile_job_posting(&JobPosting::read(document)?))
        }
    })
}

fn unreadable(kind: ProfileKind, why: &str) -> TaskError {
    let code = match kind {
        ProfileKind::Candidate => "candidate_unreadable",
        ProfileKind::JobPosting => "job_posting_unreadable",
    };
    TaskError::new(
        code,
        format!("the stored {kind} can't be read; put it again: {why}"),
    )
}

/// Returns the final error of a match whose profile is not stored.
pub fn not_found(kind: ProfileKind, id: ProfileId) -> TaskError {
    let code = match kind {
        ProfileKind::Candidate => "candidate_not_found",
        ProfileKind::JobPosting => "job_posting_not_found",
    };
    TaskError::new(
        code,
        format!(
            "{kind} {id} is not stored here; store it, then ask again or retry the dead letter"
        ),
    )
}

/// Scores one pair; the two profiles may be in either order. `None` for two profiles of the same
/// kind.
pub fn score_profiles(
    engine: &Engine,
    one: &CompiledProfile,
    other: &CompiledProfile,
) -> Option<Assessment> {
    match (one, other) {
        (CompiledProfile::Candidate(candidate), CompiledProfile::JobPosting(posting))
        | (CompiledProfile::JobPosting(posting), CompiledProfile::Candidate(candidate)) => {
            Some(engine.score(candidate, posting))
        }
        _ => None,
    }
}

/// Compares one profile with many of the other kind. Gives the same scores as [`score_profiles`]
/// for each pair, but faster.
pub enum Comparison {
    /// A candidate against job postings.
    OfCandidate(CandidateComparison),
    /// A job posting against candidates.
    OfJobPosting(JobPostingComparison),
}

impl Comparison {
    /// Prepares the comparison of this profile.
    pub fn of(engine: &Engine, subject: &CompiledProfile) -> Self {
        match subject {
            CompiledProfile::Candidate(candidate) => {
                Self::OfCandidate(engine.compare_candidate(candidate))
            }
            CompiledProfile::JobPosting(posting) => {
                Self::OfJobPosting(engine.compare_job_posting(posting))
            }
        }
    }

    /// Scores the pair with the other profile. `None` for two profiles of the same kind.
    pub fn score(&mut self, other: &CompiledProfile) -> Option<Assessment> {
        match (self, other) {
            (Self::OfCandidate(comparison), CompiledProfile::JobPosting(posting)) => {
                Some(comparison.score(posting))
            }
            (Self::OfJobPosting(comparison), CompiledProfile::Candidate(candidate)) => {
                Some(comparison.score(candidate))
            }
            _ => None,
        }
    }
}

impl ScoredMatch {
    /// Returns the score and its document, with this time of computation.
    pub fn of(assessment: &Assessment, pair: Pair, computed_at: &str) -> Self {
        Self {
            score: assessment.score(),
            category: assessment.category().as_str(),
            criterion_scores: assessment.sub_scores(),
            score_cap: assessment.cap(),
            document: assessment.to_document(
                Some(pair.candidate_id.number()),
                Some(pair.job_posting_id.number()),
                computed_at,
            ),
        }
    }
}

/// Scores the next pair of a comparison.
pub fn score(
    comparison: &mut Comparison,
    other: &CompiledProfile,
    pair: Pair,
    computed_at: &str,
) -> Option<ScoredMatch> {
    let assessment = comparison.score(other)?;
    Some(ScoredMatch::of(&assessment, pair, computed_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ProfileKind, line: &[u8]) -> Result<CheckedLine, Vec<ProfileFault>> {
        let received_on = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        read_line(kind, DocumentFormat::Any, line, received_on)
    }

    fn checked(document: &str, warnings: &[ProfileWarning]) -> CheckedLine {
        CheckedLine {
            id: ProfileId::try_from(7).unwrap(),
            document: document.to_owned(),
            warnings: warnings.to_vec(),
        }
    }

    #[test]
    fn an_unknown_word_is_left_out_of_a_line_and_kept_as_a_warning() {
        let line = br#"{"id": 7, "title": "Comptable", "experience_years": "beaucoup"}"#;
        let read = read(ProfileKind::Candidate, line).unwrap();
        assert_eq!(read.warnings[0].pointer, "/experience_years");
        let stored: Value = serde_json::from_str(&read.document).unwrap();
        assert_eq!(stored["title"], "Comptable");
        assert_eq!(stored.get("experience_years"), None);
        assert_eq!(stored["warnings"][0]["pointer"], "/experience_years");
    }

    #[test]
    fn an_open_job_counts_to_the_day_of_the_import() {
        let line = br#"{"id": 7, "work": [{"position": "x", "startDate": "2016-12"}]}"#;
        let read = read(ProfileKind::Candidate, line).unwrap();
        let stored: Value = serde_json::from_str(&read.document).unwrap();
        assert_eq!(stored["experience_years"], 10.0);
        assert_eq!(stored["reference_date"], "2026-11-28");
    }

    #[test]
    fn an_open_position_of_our_own_format_counts_to_the_day_of_the_import() {
        let line = br#"{"id": 7, "remote": "on Mars", "positions": [{"title": "x", "start_date": "2016-12"}]}"#;
        let read = read(ProfileKind::Candidate, line).unwrap();
        assert_eq!(read.warnings[0].pointer, "/remote");
        let stored: Value = serde_json::from_str(&read.document).unwrap();
        assert_eq!(stored["reference_date"], "2026-11-28");
        let candidate = Candidate::from_document(&stored).unwrap();
        assert_eq!(candidate.experience_years, Some(10.0));
    }

    #[test]
    fn an_identifier_of_schema_org_is_no_id() {
        let line = br#"{"@type": "JobPosting", "title": "x", "identifier": {"value": "1001"}}"#;
        let faults = read(ProfileKind::JobPosting, line).unwrap_err();
        assert_eq!((&*faults[0].pointer, faults[0].code), ("/id", "required"));
        assert!(faults[0].detail.contains("identifier"));
    }

    #[test]
    fn a_line_in_our_own_form_is_stored_as_it_came() {
        for line in [
            r#"{"title":  "Welder \u00e9", "salary": 1.50e3, "id": 7, "unknown": [ ]}"#,
            r#"{"id": 7, "summary": "l'été"}"#,
        ] {
            for written in [line.to_owned(), format!(" {line}\r\n")] {
                let read = read(ProfileKind::Candidate, written.as_bytes());
                assert_eq!(read.unwrap(), checked(line, &[]));
            }
        }
    }

    #[test]
    fn a_line_with_another_form_of_id_or_of_document_is_stored_in_ours() {
        let with_text = br#"{"id": "7", "title": "Welder"}"#;
        let resume = br#"{"id": 7, "basics": {"name": "A. Person", "label": "Welder"}}"#;
        for (line, stored) in [
            (&with_text[..], r#"{"id":7,"title":"Welder"}"#),
            (&resume[..], r#"{"id":7,"title":"Welder"}"#),
        ] {
            let read = read(ProfileKind::Candidate, line);
            assert_eq!(read.unwrap(), checked(stored, &[]));
        }
    }

    #[test]
    fn a_line_of_another_format_than_the_stated_one_is_refused() {
        let received_on = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        let native = br#"{"id": 7, "title": "Welder"}"#;
        let resume = br#"{"id": 7, "basics": {"name": "A. Person", "label": "Welder"}}"#;
        let kind = ProfileKind::Candidate;
        for (format, line, is_read) in [
            (DocumentFormat::Native, &native[..], true),
            (DocumentFormat::Native, resume, false),
            (DocumentFormat::Foreign, native, false),
            (DocumentFormat::Foreign, resume, true),
        ] {
            let read = read_line(kind, format, line, received_on);
            assert_eq!(read.is_ok(), is_read, "{format:?}");
            if let Err(faults) = read {
                assert_eq!(faults[0].code, "other_format");
            }
        }
        assert!(DocumentFormat::named("schema_org", kind).is_err());
    }

    #[test]
    fn a_line_that_is_no_utf_8_is_told_to_be_no_json() {
        let half_a_character = b"{\"id\": 7, \"title\": \"\xc3\"}";
        let faults = read(ProfileKind::Candidate, half_a_character).unwrap_err();
        assert_eq!(faults[0].code, "malformed_json");
    }
}
