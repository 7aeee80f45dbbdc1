//! The engine alone, on one core: what `cargo bench --bench scoring` measures.

use crate::{
    pairs::PairRates,
    table::{Row, rate},
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
        rates.document_bytes
    );
    vec![
        row(
            "scoring, one core, compiled profiles".to_owned(),
            rates.scored,
            "≥ 500,000/s",
            500_000.0,
        ),
        row(document, rates.documented, "≥ 150,000/s", 150_000.0),
        compiled("candidate", rates.candidates_compiled),
        compiled("job posting", rates.job_postings_compiled),
    ]
}

/// What a task does for each counterpart before it can score it.
fn compiled(kind: &str, per_second: f64) -> Row {
    Row {
        name: format!("reading and compiling a stored {kind}, one core"),
        measured: rate(&[per_second]),
        ..Row::default()
    }
}
