//! The example of `docs/scoring.md`, computed again: the page says what the engine does.

use matching_engine::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::{Criterion, Engine, Weights},
};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/scoring.md");

/// The JSON document behind a marker of the page.
fn document(marker: &str) -> Value {
    let (_, rest) = PAGE
        .split_once(&format!("<!-- worked example: {marker} -->"))
        .unwrap();
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_number_of_the_worked_example_is_what_the_engine_computes() {
    let engine = Engine::new(Weights::default());
    let candidate = Candidate::from_document(&document("candidate")).unwrap();
    let posting = JobPosting::from_document(&document("job posting")).unwrap();
    let assessment = engine.score(
        &engine.compile_candidate(&candidate),
        &engine.compile_job_posting(&posting),
    );
    let result = assessment.to_document(Some(1), Some(2), "2026-01-01T00:00:00Z");
    let result: Value = serde_json::from_str(&result).unwrap();
    let mut total = 0.0;
    for criterion in Criterion::ALL {
        let name = criterion.as_str();
        let entry = &result["criteria"][name];
        let weight = entry["weight"].as_f64().unwrap();
        let score = entry["score"].as_f64();
        total += score.unwrap_or_default() * weight;
        let shown = score.map_or("null".to_owned(), |score| format!("{score:.4}"));
        let product = score.unwrap_or_default() * weight;
        let row = format!("| {name} | {shown} | {weight:.6} | {product:.4} |");
        assert!(PAGE.contains(&row), "the page should have the row {row}");
    }
    let line = format!(
        "**Total: {:.4} ({})**",
        assessment.score(),
        assessment.category().as_str()
    );
    assert!(PAGE.contains(&line), "the page should have the line {line}");
    assert!((total - assessment.score()).abs() < 1e-4);
}
