//! Measures the compiled profiles and the scored pairs per second of one core, for each way of
//! scoring.
//!
//!     cargo bench -p matching-engine --bench rates [-- MODE…]
//!
//! Modes: `alone`, `candidate` (one candidate against many postings), `posting` (one posting
//! against many candidates), `documents`. Without a mode: all of them, and compilation. The
//! profiles are those of `benches/profiles`. Rates use the processor time of the single thread, so
//! that other processes have little influence.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark that can't go on ends, and says where"
)]

#[path = "../../../benches/profiles/mod.rs"]
mod profiles;

use std::{env, fs, hint::black_box, time::Instant};

use matching_engine::{
    profiles::{candidate::Candidate, job_posting::JobPosting},
    scoring::{CompiledCandidate, CompiledJobPosting, Engine, Weights},
};
use profiles::Samples;
use serde_json::Value;

/// Number of profiles of each kind; all pairs of them are scored.
const PROFILES: i64 = 300;
const ROUNDS: usize = 5;

fn main() {
    let modes: Vec<String> = env::args()
        .skip(1)
        .filter(|mode| mode != "--bench")
        .collect();
    let is_requested =
        |mode: &str| modes.is_empty() || modes.iter().any(|requested| requested == mode);
    let samples = Samples::read();
    let engine = Engine::new(Weights::default());
    let (mut candidates, mut postings): (Vec<CompiledCandidate>, Vec<CompiledJobPosting>) =
        (vec![], vec![]);
    let documents: Vec<(Value, Value)> = (1..=PROFILES)
        .map(|id| {
            let read = |text: String| serde_json::from_str(&text).unwrap();
            (read(samples.candidate(id)), read(samples.job_posting(id)))
        })
        .collect();
    let compile_rounds = if modes.is_empty() { ROUNDS } else { 1 };
    let compile_candidates = rate(compile_rounds, documents.len(), || {
        let compiled = documents.iter().map(|(candidate, _)| {
            engine.compile_candidate(&Candidate::from_document(candidate).unwrap())
        });
        candidates = compiled.collect();
    });
    let compile_postings = rate(compile_rounds, documents.len(), || {
        let compiled = documents.iter().map(|(_, posting)| {
            engine.compile_job_posting(&JobPosting::from_document(posting).unwrap())
        });
        postings = compiled.collect();
    });
    if modes.is_empty() {
        println!("candidates compiled {compile_candidates:>10.0}/s");
        println!("postings compiled   {compile_postings:>10.0}/s");
    }
    let pairs = candidates.len() * postings.len();
    if is_requested("alone") {
        let rate = rate(ROUNDS, pairs, || {
            for candidate in &candidates {
                for posting in &postings {
                    black_box(engine.score(candidate, posting).score());
                }
            }
        });
        println!("alone               {rate:>10.0}/s");
    }
    if is_requested("candidate") {
        let rate = rate(ROUNDS, pairs, || {
            for candidate in &candidates {
                let mut comparison = engine.compare_candidate(candidate);
                for posting in &postings {
                    black_box(comparison.score(posting).score());
                }
            }
        });
        println!("candidate           {rate:>10.0}/s");
    }
    if is_requested("posting") {
        let rate = rate(ROUNDS, pairs, || {
            for posting in &postings {
                let mut comparison = engine.compare_job_posting(posting);
                for candidate in &candidates {
                    black_box(comparison.score(candidate).score());
                }
            }
        });
        println!("posting             {rate:>10.0}/s");
    }
    if is_requested("documents") {
        let mut bytes = 0;
        let rate = rate(ROUNDS, pairs, || {
            bytes = 0;
            for candidate in &candidates {
                let mut comparison = engine.compare_candidate(candidate);
                for posting in &postings {
                    let assessment = comparison.score(posting);
                    let document = assessment.to_document(Some(1), Some(2), "2026-01-01T00:00:00Z");
                    bytes += black_box(document).len();
                }
            }
        });
        println!(
            "documents           {rate:>10.0}/s, {} bytes each",
            bytes / pairs
        );
    }
}

/// Returns the median rate over some rounds, in items per second of this thread's processor time.
fn rate(rounds: usize, count: usize, mut run: impl FnMut()) -> f64 {
    let mut rates: Vec<f64> = (0..rounds)
        .map(|_| {
            let (began, ran_before) = (Instant::now(), processor_nanoseconds());
            run();
            let elapsed = began.elapsed().as_nanos() as f64;
            let ran = processor_nanoseconds().zip(ran_before);
            let nanoseconds = ran.map_or(elapsed, |(after, before)| after - before);
            count as f64 / nanoseconds * 1e9
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[rounds / 2]
}

/// Returns the processor time of this thread in nanoseconds; `None` if the system does not report
/// it.
fn processor_nanoseconds() -> Option<f64> {
    let ran = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    ran.split(' ').next()?.parse().ok()
}
