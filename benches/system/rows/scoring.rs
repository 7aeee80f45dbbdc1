//! The engine alone, on one core, as `cargo bench --bench scoring` measures it.

use crate::{
    pairs::PairRates,
    table::{Row, grouped, rate},
};

pub async fn measure() -> Vec<Row> {
    let rates = tokio::task::spawn_blocking(PairRates::measure)
        .await
        .unwrap();
    let row = |name: String, per_second: f64, target, least| Row {
        name,
        measured: rate(&[per_second]),
        target,
        met: Some(per_second >= least),
        ..Row::default()
    };
    let document = format!(
        "scoring, one core, with the document of {} bytes",
        grouped(rates.document_bytes)
    );
    vec![
        row(
            "scoring, one core, compiled profiles".to_owned(),
            rates.scored,
            "≥ 500,000/s",
            500_000.0,
        ),
        row(document, rates.documented, "≥ 150,000/s", 150_000.0),
        free("scoring, one core, each pair by itself", rates.scored_alone),
        // The work of a task for each counterpart before it can score it.
        free(
            "reading and compiling a stored candidate, one core",
            rates.candidates_compiled,
        ),
        free(
            "reading and compiling a stored job posting, one core",
            rates.job_postings_compiled,
        ),
    ]
}

/// Returns a row without a target.
fn free(name: &str, per_second: f64) -> Row {
    Row {
        name: name.to_owned(),
        measured: rate(&[per_second]),
        ..Row::default()
    }
}
