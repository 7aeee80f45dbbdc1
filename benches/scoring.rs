//! Measures the pairs per second that one core scores, with and without the result document.
//!
//! `cargo bench --bench scoring`. The profiles are variations of the shipped samples.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't go on ends, and says where"
)]

mod pairs;
mod profiles;

fn main() {
    let rates = pairs::PairRates::measure();
    for (what, rate) in [
        ("candidates read, compiled", rates.candidates_compiled),
        ("postings read, compiled", rates.job_postings_compiled),
        ("pairs scored, each alone", rates.scored_alone),
        ("pairs scored", rates.scored),
        ("documents written", rates.documented),
    ] {
        println!("{what:<26} {rate:>10.0}/s");
    }
    println!("{} bytes a document", rates.document_bytes);
}
