//! Measures the pairs per second that one core scores, with and without the result document: each
//! candidate with all job postings, as a bulk request does it, and each pair by itself.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use matching::service::profiles::{Comparison, CompiledProfile, compile, score_profiles};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Engine, Weights},
};

use crate::profiles::Samples;

/// The number of profiles of each kind; all pairs of them are scored.
const PROFILES: i64 = 300;
const ROUNDS: usize = 5;

/// Medians over several rounds, in items per second.
pub struct PairRates {
    pub candidates_compiled: f64,
    pub job_postings_compiled: f64,
    pub scored_alone: f64,
    pub scored: f64,
    pub documented: f64,
    /// The mean size of a result document, in bytes.
    pub document_bytes: usize,
}

impl PairRates {
    pub fn measure() -> Self {
        let samples = Samples::read();
        let engine = Engine::new(Weights::default());
        let texts = |write: &dyn Fn(i64) -> String| (1..=PROFILES).map(write).collect();
        let candidates: Vec<String> = texts(&|id| samples.candidate(id));
        let postings: Vec<String> = texts(&|id| samples.job_posting(id));
        // The first use reads the tables.
        black_box(compile(&engine, ProfileKind::Candidate, &candidates[0]).unwrap());

        let (candidates_compiled, candidates) =
            compile_all(&engine, ProfileKind::Candidate, &candidates);
        let (job_postings_compiled, postings) =
            compile_all(&engine, ProfileKind::JobPosting, &postings);
        let pair_count = candidates.len() * postings.len();
        let scored_alone = rate(pair_count, || {
            for candidate in &candidates {
                for posting in &postings {
                    let assessment = score_profiles(&engine, candidate, posting).unwrap();
                    black_box(assessment.score());
                }
            }
        });
        let scored = rate(pair_count, || {
            for candidate in &candidates {
                let mut comparison = Comparison::of(&engine, candidate);
                for posting in &postings {
                    black_box(comparison.score(posting).unwrap().score());
                }
            }
        });
        let mut bytes = 0;
        let documented = rate(pair_count, || {
            bytes = 0;
            for candidate in &candidates {
                let mut comparison = Comparison::of(&engine, candidate);
                for posting in &postings {
                    let assessment = comparison.score(posting).unwrap();
                    let document = assessment.to_document(Some(1), Some(2), "2026-01-01T00:00:00Z");
                    bytes += black_box(document).len();
                }
            }
        });
        Self {
            candidates_compiled,
            job_postings_compiled,
            scored_alone,
            scored,
            documented,
            document_bytes: bytes / pair_count,
        }
    }
}

/// Compiles all documents like a task: from the stored text to a profile that can be scored.
fn compile_all(
    engine: &Engine,
    kind: ProfileKind,
    texts: &[String],
) -> (f64, Vec<CompiledProfile>) {
    let mut compiled = vec![];
    let rate = rate(texts.len(), || {
        compiled = texts
            .iter()
            .map(|text| compile(engine, kind, text).unwrap())
            .collect();
    });
    (rate, compiled)
}

/// Measures by this thread's processor time, so that other load on the machine hardly matters.
fn rate(count: usize, mut run: impl FnMut()) -> f64 {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let (began, ran_before) = (Instant::now(), processor_time());
            run();
            let elapsed = began.elapsed();
            let ran = ran_before.and_then(|before| processor_time()?.checked_sub(before));
            count as f64 / ran.unwrap_or(elapsed).as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[ROUNDS / 2]
}

/// Returns the time for which a processor has run this thread; `None` if the system doesn't provide
/// it.
fn processor_time() -> Option<Duration> {
    let ran = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = ran.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
