//! Computes the examples of `docs/scoring.md` again: the page must state what the engine computes.

use matching_engine::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::{Criterion, Engine, Weights},
};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/scoring.md");

/// Returns the JSON document after a marker of the page.
fn document(marker: &str) -> Value {
    let (_, rest) = PAGE
        .split_once(&format!("<!-- worked example: {marker} -->"))
        .unwrap();
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_table_of_weights_is_the_engines() {
    for criterion in Criterion::ALL {
        let (name, weight) = (criterion.as_str(), criterion.default_weight());
        let row = format!("| `{name}` | {weight:.2} | ");
        assert!(PAGE.contains(&row), "the page should have the row {row}");
    }
}

#[test]
fn every_number_of_the_worked_example_is_what_the_engine_computes() {
    assert_is_on_the_page("candidate", "job posting");
}

#[test]
fn a_text_alone_scores_as_documented() {
    assert_is_on_the_page("text candidate", "text job posting");
}

/// Scores the two documents of an example. The page must have the row of each criterion with a
/// score, and the total.
fn assert_is_on_the_page(candidate: &str, job_posting: &str) {
    let engine = Engine::new(Weights::default());
    let candidate = Candidate::from_document(&document(candidate)).unwrap();
    let posting = JobPosting::from_document(&document(job_posting)).unwrap();
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
        let Some(score) = entry["score"].as_f64() else {
            continue;
        };
        let weight = entry["weight"].as_f64().unwrap();
        total += score * weight;
        let row = format!(
            "| {name} | {score:.4} | {weight:.6} | {:.4} |",
            score * weight
        );
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
