//! Probes `/metrics` and `/readyz` of each process, as a monitoring system does, but more often.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::http::{Connection, get};

/// The pause between two probes of one path.
const PAUSE: Duration = Duration::from_millis(250);
/// The time after which a probe is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// The number of characters that are shown of a fault.
const SHOWN: usize = 160;

/// One answer of a process.
struct Seen {
    sent: Instant,
    elapsed: Duration,
    /// The status, 2 to 0 from `unavailable` to `ready`, and the first fault or warning; `None` of
    /// `/metrics`.
    state: Option<(u8, String)>,
}

#[derive(Default)]
pub struct Probes(Mutex<Vec<Seen>>);

impl Probes {
    /// Probes these processes for ever.
    pub async fn run(&self, addresses: &[String]) {
        let probes = addresses.iter().flat_map(|address| {
            let probe = move |path| self.probe(address, path);
            ["/metrics", "/readyz"].map(probe)
        });
        futures::future::join_all(probes).await;
    }

    async fn probe(&self, address: &str, path: &str) {
        let request = get(path);
        loop {
            let mut connection = Connection::open(address).await;
            loop {
                let sent = Instant::now();
                let answer = connection.try_send(&request);
                let answer = tokio::time::timeout(PATIENCE, answer).await;
                let elapsed = sent.elapsed();
                // A kept connection may end just when it is used.
                let Ok(Ok(answer)) = answer else {
                    if elapsed < Duration::from_secs(1) {
                        break;
                    }
                    self.note(sent, elapsed, None);
                    break;
                };
                let state = (path == "/readyz").then(|| state_of(&answer.json()));
                self.note(sent, elapsed, state);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn note(&self, sent: Instant, elapsed: Duration, state: Option<(u8, String)>) {
        let seen = Seen {
            sent,
            elapsed,
            state,
        };
        self.0.lock().unwrap().push(seen);
    }

    /// Returns the slowest answers of `/metrics` and `/readyz` to probes since this time, in
    /// seconds.
    pub fn slowest(&self, since: Instant) -> [f64; 2] {
        [false, true].map(|readiness| {
            let seen = self.0.lock().unwrap();
            let of_path = seen
                .iter()
                .filter(|one| one.sent >= since && one.state.is_some() == readiness);
            let slowest = of_path.map(|one| one.elapsed).max();
            slowest.unwrap_or_default().as_secs_f64()
        })
    }

    /// Returns the worst state that was shown between two times, with the words that were shown
    /// most often; empty if it was always ready without a warning.
    pub fn worst_state(&self, from: Instant, to: Instant) -> String {
        let seen = self.0.lock().unwrap();
        let states = seen
            .iter()
            .filter(|one| (from..to).contains(&one.sent))
            .filter_map(|one| one.state.as_ref())
            .filter(|(grade, words)| *grade > 0 || !words.is_empty());
        let mut counts = std::collections::BTreeMap::<(u8, &str), usize>::new();
        for (grade, words) in states {
            *counts.entry((*grade, words)).or_default() += 1;
        }
        let worst = counts
            .iter()
            .max_by_key(|((grade, _), count)| (*grade, **count));
        let Some(((grade, words), _)) = worst else {
            return String::new();
        };
        let grade = ["ready", "degraded", "unavailable"][usize::from(*grade)];
        format!("{grade}; {words}")
    }
}

fn state_of(body: &Value) -> (u8, String) {
    let grade = match body["status"].as_str() {
        Some("ready") => 0,
        Some("degraded") => 1,
        _ => 2,
    };
    let checks = body["checks"].as_object();
    let faults = checks
        .into_iter()
        .flatten()
        .filter(|(_, word)| *word != "ok");
    let faults = faults.map(|(check, word)| format!("{check}: {}", word.as_str().unwrap()));
    let warnings = body["warnings"].as_array().into_iter().flatten();
    let warnings = warnings.filter_map(|warning| Some(warning.as_str()?.to_owned()));
    let words = faults.chain(warnings).next().unwrap_or_default();
    let shown = words.replace('|', " ");
    // Ports differ from run to run.
    let shown = shown.split_whitespace().map(|word| {
        if word.starts_with("127.0.0.1:") {
            "HOST"
        } else {
            word
        }
    });
    let shown = shown.collect::<Vec<_>>().join(" ");
    (grade, shown.chars().take(SHOWN).collect())
}
