//! The properties that must hold for any bytes that are received as a profile, checked with the
//! public interface only. The fuzz target and the property test of the integration tests share
//! them.

use matching_engine::{
    profiles::{
        candidate::Candidate, foreign_documents::normalise, job_posting::JobPosting,
        profile_document::ProfileDocument, profile_fault::ProfileFault, profile_kind::ProfileKind,
    },
    scoring::{Engine, Weights, text_for_encoder},
};
use serde_json::{Value, json};

/// Panics if a property is violated: the readers and the engine never panic themselves, a refusal
/// states position and reason, a score is in [0, 1] and reproducible, and the result document is
/// JSON of bounded length without invisible characters; the same holds for the text for an encoder.
pub fn check(bytes: &[u8]) {
    let document = serde_json::from_slice(bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(bytes);
        json!({"title": text, "summary": text, "description": text, "skills": text,
               "location": text, "education": text, "languages": text, "salary": text})
    });
    check_document(&document);
}

fn check_document(document: &Value) {
    let candidate = normalise(ProfileKind::Candidate, document.clone(), None);
    check_text_for_encoder(ProfileKind::Candidate, &candidate);
    let candidate = checked(&candidate, Candidate::from_document(&candidate));
    let posting = normalise(ProfileKind::JobPosting, document.clone(), None);
    check_text_for_encoder(ProfileKind::JobPosting, &posting);
    let posting = checked(&posting, JobPosting::from_document(&posting));
    // Each profile with itself, and with an empty one.
    let candidate = candidate.unwrap_or_default();
    let posting = posting.unwrap_or_default();
    let engine = Engine::new(Weights::default());
    let compiled = (
        engine.compile_candidate(&candidate),
        engine.compile_job_posting(&posting),
    );
    let assessment = engine.score(&compiled.0, &compiled.1);
    assert!((0.0..=1.0).contains(&assessment.score()));
    let result = assessment.to_document(candidate.id, posting.id, "");
    let again = engine.score(
        &engine.compile_candidate(&candidate),
        &engine.compile_job_posting(&posting),
    );
    assert_eq!(again.to_document(candidate.id, posting.id, ""), result);
    let read: Value = serde_json::from_str(&result).expect("a result is JSON");
    assert!(read["score"].is_number());
    // A name may be repeated in a list, in a sentence, and escaped, but not without limit.
    let said = document.to_string().len();
    assert!(
        result.len() <= 65_536 + 64 * said,
        "{} bytes of {said}",
        result.len()
    );
    assert!(!result.contains(is_invisible), "{result}");
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn check_text_for_encoder(kind: ProfileKind, document: &Value) {
    if let Some(text) = text_for_encoder(kind, &ProfileDocument::of(document)) {
        assert!((1..=8_000).contains(&text.chars().count()));
        assert!(!text.contains(is_invisible), "{text}");
    }
}

fn checked<T>(document: &Value, read: Result<T, Vec<ProfileFault>>) -> Option<T> {
    match read {
        Ok(profile) => Some(profile),
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                // The fault's position exists, or its parent lacks it.
                let parent = fault.pointer.rsplit_once('/').map(|(parent, _)| parent);
                let place = document.pointer(&fault.pointer);
                assert!(
                    place
                        .or(parent.and_then(|parent| document.pointer(parent)))
                        .is_some()
                );
                assert!(!fault.detail.is_empty() && fault.detail.len() < 1_000);
            }
            None
        }
    }
}
