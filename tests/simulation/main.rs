//! The ledger's protocol in simulated time: the real services of several processes on a model of
//! the store and of the queues, with crashes, lost answers, outages and delays drawn from a seed.
//!
//! `scripts/simulate` runs many seeds; `SEED=7 scripts/simulate` replays one with its trace.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails, and says where"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "reads what `scripts/simulate` exports"
)]

mod model_store;
mod process;
mod random;
mod receivers;
mod scenario;
mod verdict;
mod world;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

/// The number of seeds without a request for more.
const SEEDS: u64 = 300;
/// The number of broken seeds after which no further one begins, without a request for another.
const BREACHES: u64 = 10;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// Runs seeds on all processors; returns those that broke a promise, and how.
fn broken_seeds(first: u64, count: u64) -> Vec<(u64, String)> {
    let next = AtomicU64::new(first);
    let broken = Mutex::new(Vec::new());
    let (simulated, matches) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let enough = usize::try_from(number("SIMULATION_BREACHES").unwrap_or(BREACHES)).unwrap();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || broken.lock().unwrap().len() >= enough {
                        return;
                    }
                    let outcome = scenario::run(seed, false);
                    simulated.fetch_add(outcome.length.as_secs(), Ordering::Relaxed);
                    matches.fetch_add(outcome.matches as u64, Ordering::Relaxed);
                    if let Some(breach) = outcome.breach {
                        broken.lock().unwrap().push((seed, breach));
                    }
                }
            });
        }
    });
    let mut broken = broken.into_inner().unwrap();
    broken.sort();
    eprintln!(
        "{count} seeds from {first} in {:.1} s: {} matches in {} simulated hours, {} seeds broken",
        began.elapsed().as_secs_f64(),
        matches.into_inner(),
        simulated.into_inner() / 3_600,
        broken.len(),
    );
    broken
}

#[test]
fn no_seed_breaks_a_promise() {
    if let Some(seed) = number("SEED") {
        let outcome = scenario::run(seed, true);
        for line in outcome.trace {
            println!("{line}");
        }
        assert_eq!(outcome.breach, None, "seed {seed}");
        return;
    }
    let first = number("SIMULATION_FIRST").unwrap_or(1);
    let broken = broken_seeds(first, number("SIMULATION_SEEDS").unwrap_or(SEEDS));
    for (seed, breach) in &broken {
        eprintln!("seed {seed}: {breach}");
    }
    assert!(broken.is_empty(), "SEED=n scripts/simulate replays a seed");
}

#[test]
fn a_seed_replays_the_same_run() {
    for seed in 1..=20 {
        let (one, other) = (scenario::run(seed, true), scenario::run(seed, true));
        for (line, again) in one.trace.iter().zip(&other.trace) {
            assert_eq!(line, again, "seed {seed}");
        }
        assert_eq!(one.trace.len(), other.trace.len(), "seed {seed}");
    }
}
