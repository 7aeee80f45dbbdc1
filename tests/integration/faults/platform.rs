//! A simulated platform that submits matches continuously, records what it was promised, and
//! verifies all of it afterwards.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use rand::{RngExt, SeedableRng, prelude::IndexedRandom, rngs::StdRng};
use serde_json::{Value, json};

use crate::support::{polling, receiver::ReceivedWebhook};

/// The number of existing profiles of each kind, with the ids from 1.
pub const PROFILES: i64 = 20;
/// The id of a posting that never exists.
const UNKNOWN: i64 = 999_999;
/// The time after which a call counts as failed.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause between two calls, as on a busy platform.
const PAUSE: Duration = Duration::from_millis(60);
/// The number of attempts after which a repeated call is given up.
const TRIES: usize = 600;
/// The number of jobs that are checked concurrently.
const AT_ONCE: usize = 16;

/// The webhooks that a call asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Each,
    Batch,
}

/// One call that was answered with 202.
#[derive(Debug, Clone)]
struct Promise {
    /// The jobs, each with its posting.
    jobs: Vec<(String, i64)>,
    candidate: i64,
    batch: Option<String>,
    asked: Asked,
    /// True if it waits for another job.
    chained: bool,
}

/// The final state of everything that was promised.
#[derive(Debug, Default)]
pub struct Tally {
    pub calls: usize,
    /// Calls that failed before an answer and were not repeated.
    pub unanswered: usize,
    pub matches: usize,
    pub results: usize,
    /// Counts by error code.
    pub dead_letters: BTreeMap<String, usize>,
    pub webhooks_expected: usize,
    pub webhooks_received: usize,
    pub webhook_ids: usize,
    /// Descriptions of broken promises.
    pub lost: Vec<String>,
    /// Descriptions of duplicates.
    pub duplicated: Vec<String>,
    /// Descriptions of impossible state changes that a poller saw.
    pub seen_backwards: Vec<String>,
}

/// The platform.
pub struct Platform {
    base: String,
    receiver: String,
    client: reqwest::Client,
    stopped: AtomicBool,
    promises: Mutex<Vec<Promise>>,
    unanswered: AtomicUsize,
    /// The last state of each job that pollers saw.
    seen: Mutex<HashMap<String, String>>,
    seen_backwards: Mutex<Vec<String>>,
    /// Descriptions of answers other than 202, incomplete answers and timeouts; not of calls whose
    /// connection was refused or ended before an answer.
    pub failed_calls: Mutex<Vec<String>>,
}

impl Platform {
    pub fn new(base: &str, receiver: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(CALL_TIMEOUT)
            // No connection is reused, so that no call fails because an earlier call's connection
            // has ended.
            .pool_max_idle_per_host(0);
        Self {
            base: base.to_owned(),
            receiver: receiver.to_owned(),
            client: client.build().unwrap(),
            stopped: AtomicBool::new(false),
            promises: Mutex::default(),
            unanswered: AtomicUsize::new(0),
            seen: Mutex::default(),
            seen_backwards: Mutex::default(),
            failed_calls: Mutex::default(),
        }
    }

    /// Stops new calls; those under way continue.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Waits until `more` further calls have been accepted.
    pub async fn until_accepted_more(&self, more: usize) {
        let accepted = || self.promises.lock().unwrap().len();
        let wanted = accepted() + more;
        polling::eventually(async || accepted() >= wanted).await;
    }

    /// Submits matches until stopped. `caller` distinguishes the names of several callers.
    pub async fn ask(&self, seed: u64, caller: usize) {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(caller as u64));
        let mut number = 0;
        while !self.stopped.load(Ordering::Relaxed) {
            number += 1;
            let name = format!("load-{caller}-{number}");
            match random.random_range(0..10) {
                0 | 1 => self.ask_for_many(&mut random, &name).await,
                _ => self.ask_for_one(&mut random, &name).await,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn ask_for_one(&self, random: &mut StdRng, name: &str) {
        let candidate = random.random_range(1..=PROFILES);
        let posting = match random.random_range(0..12) {
            0 => UNKNOWN,
            _ => random.random_range(1..=PROFILES),
        };
        let priority = ["high", "standard", "bulk"].choose(random).unwrap();
        let mut parameters = vec![format!("priority={priority}")];
        let named = random.random_bool(0.5);
        if named {
            parameters.push(format!("id={name}"));
        }
        let parent = random
            .random_bool(0.25)
            .then(|| self.any_job(random))
            .flatten();
        if let Some(parent) = &parent {
            parameters.push(format!("depends_on={parent}"));
        }
        let mut body = json!({"candidate_id": candidate, "job_id": posting});
        let asked = if random.random_bool(0.7) {
            body["webhook_url"] = json!(self.receiver);
            Asked::Each
        } else {
            Asked::Nothing
        };
        let path = format!("/api/v1/queue-matching?{}", parameters.join("&"));
        if let Some((answer, _)) = self.call(&path, None, &body, named).await {
            let job = answer["job_id"].as_str().unwrap().to_owned();
            self.keep(Promise {
                jobs: vec![(job, posting)],
                candidate,
                batch: None,
                asked,
                chained: parent.is_some(),
            });
        }
    }

    async fn ask_for_many(&self, random: &mut StdRng, name: &str) {
        let candidate = random.random_range(1..=PROFILES);
        let count = random.random_range(2..=40);
        let postings: Vec<i64> = (0..count)
            .map(|_| match random.random_range(0..40) {
                0 => UNKNOWN,
                _ => random.random_range(1..=PROFILES),
            })
            .collect();
        let mut body = json!({"candidate_id": candidate, "job_ids": postings});
        let asked = *[Asked::Nothing, Asked::Each, Asked::Batch]
            .choose(random)
            .unwrap();
        if asked != Asked::Nothing {
            body["webhook_url"] = json!(self.receiver);
            body["webhook_events"] = json!(if asked == Asked::Each {
                "each"
            } else {
                "batch"
            });
        }
        let repeated = random.random_bool(0.5);
        let key = repeated.then_some(name);
        let path = "/api/v1/queue-matching/bulk";
        if let Some((answer, batch)) = self.call(path, key, &body, repeated).await {
            let jobs = answer.as_array().unwrap().iter();
            let jobs: Vec<_> = jobs
                .map(|job| job["job_id"].as_str().unwrap().to_owned())
                .zip(postings.iter().copied())
                .collect();
            assert_eq!(jobs.len(), postings.len());
            self.keep(Promise {
                jobs,
                candidate,
                batch: Some(batch),
                asked,
                chained: false,
            });
        }
    }

    /// Makes a call, and repeats it after a failure if it is idempotent. Returns the answer and the
    /// batch's id if the answer was 202.
    async fn call(
        &self,
        path: &str,
        key: Option<&str>,
        body: &Value,
        repeatable: bool,
    ) -> Option<(Value, String)> {
        for _ in 0..TRIES {
            let mut request = self
                .client
                .post(format!("{}{path}", self.base))
                .header("content-type", "application/json")
                .body(body.to_string());
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            match self.answer(path, request).await {
                Some(answer) => return Some(answer),
                None if repeatable => tokio::time::sleep(PAUSE).await,
                None => break,
            }
        }
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        None
    }

    async fn answer(
        &self,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> Option<(Value, String)> {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                // A stopping server resets connections that the system had accepted but the server
                // had not; for the caller such a connection is the same as a refused one.
                if error.is_timeout() {
                    self.note_failure(format!("{path}: {error:?}"));
                }
                return None;
            }
        };
        let status = response.status();
        let batch = response.headers().get("x-batch-id");
        let batch = batch.map_or(String::new(), |id| id.to_str().unwrap().to_owned());
        let text = match response.text().await {
            Ok(text) => text,
            Err(error) => {
                self.note_failure(format!("{path}: {status}, then {error:?}"));
                return None;
            }
        };
        if status != 202 {
            self.note_failure(format!("{path}: {status} {text}"));
            return None;
        }
        Some((serde_json::from_str(&text).unwrap(), batch))
    }

    fn note_failure(&self, failure: String) {
        self.failed_calls.lock().unwrap().push(failure);
    }

    fn keep(&self, promise: Promise) {
        self.promises.lock().unwrap().push(promise);
    }

    fn any_job(&self, random: &mut StdRng) -> Option<String> {
        let promises = self.promises.lock().unwrap();
        let promise = promises.choose(random)?;
        Some(promise.jobs.choose(random)?.0.clone())
    }

    /// Polls random jobs until stopped, and records their states.
    pub async fn watch(&self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        while !self.stopped.load(Ordering::Relaxed) {
            if let Some(job) = self.any_job(&mut random) {
                self.look(&job).await;
            }
            tokio::time::sleep(PAUSE / 3).await;
        }
    }

    async fn look(&self, job: &str) -> Option<Value> {
        let url = format!("{}/api/v1/result/{job}", self.base);
        let response = self.client.get(url).send().await.ok()?;
        let status = response.status();
        let body: Value = serde_json::from_str(&response.text().await.ok()?).ok()?;
        if status == 404 {
            self.note_backwards(format!("{job}, which was accepted, is not known: {body}"));
        }
        if status != 200 {
            return None;
        }
        let now = body["status"].as_str().unwrap().to_owned();
        let mut seen = self.seen.lock().unwrap();
        if let Some(before) = seen.get(job) {
            let is_backwards =
                stage(&now) < stage(before) || (stage(before) == 2 && now != *before);
            if is_backwards {
                self.note_backwards(format!("{job} was {before} and then {now}"));
            }
        }
        // The order of two concurrent polls is unknown.
        seen.entry(job.to_owned())
            .and_modify(|last| {
                if stage(&now) > stage(last) {
                    last.clone_from(&now);
                }
            })
            .or_insert(now);
        Some(body)
    }

    fn note_backwards(&self, what: String) {
        self.seen_backwards.lock().unwrap().push(what);
    }

    /// Checks every promised job, and compares it with the received webhooks.
    pub async fn take_stock(&self, received: &[ReceivedWebhook]) -> Tally {
        let promises = self.promises.lock().unwrap().clone();
        let mut tally = Tally {
            calls: promises.len(),
            unanswered: self.unanswered.load(Ordering::Relaxed),
            webhooks_received: received.len(),
            ..Tally::default()
        };
        let mut arrivals = HashMap::<(String, String), BTreeSet<String>>::new();
        for webhook in received {
            webhook.assert_signed();
            let event = webhook.event();
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            arrivals
                .entry((text("job_id"), text("type")))
                .or_default()
                .insert(webhook.id().to_owned());
        }
        tally.webhook_ids = arrivals.values().map(BTreeSet::len).sum();
        for ((job, event), ids) in &arrivals {
            if ids.len() != 1 {
                tally
                    .duplicated
                    .push(format!("{event} of {job} has the ids {ids:?}"));
            }
        }
        let mut states = self.look_at_all(&promises).await;
        for promise in &promises {
            take_stock_of(promise, &mut states, &arrivals, &mut tally);
        }
        tally
            .seen_backwards
            .clone_from(&self.seen_backwards.lock().unwrap());
        tally
    }

    async fn look_at_all(&self, promises: &[Promise]) -> HashMap<String, Value> {
        let jobs = promises.iter().flat_map(|promise| &promise.jobs);
        futures::stream::iter(jobs)
            .map(|(job, _)| async move { Some((job.clone(), self.look(job).await?)) })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }
}

fn take_stock_of(
    promise: &Promise,
    states: &mut HashMap<String, Value>,
    arrivals: &HashMap<(String, String), BTreeSet<String>>,
    tally: &mut Tally,
) {
    for (job, posting) in &promise.jobs {
        let posting = *posting;
        let body = states.remove(job);
        tally.matches += 1;
        let Some(body) = body else {
            tally.lost.push(format!("{job} can't be looked at"));
            continue;
        };
        let event = match body["status"].as_str().unwrap() {
            "completed" => {
                tally.results += 1;
                let pair = (
                    body["result"]["candidate_id"].as_i64(),
                    body["result"]["job_posting_id"].as_i64(),
                );
                if pair != (Some(promise.candidate), Some(posting)) || posting == UNKNOWN {
                    tally
                        .lost
                        .push(format!("{job} has another's result: {body}"));
                }
                "match.completed"
            }
            "failed" => {
                let code = body["error"]["code"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let is_right = match code.as_str() {
                    "job_posting_not_found" => posting == UNKNOWN,
                    "dependency_failed" => promise.chained,
                    // Two workers died while they ran it, which may happen to any task.
                    "worker_lost" => true,
                    _ => false,
                };
                if !is_right {
                    tally.lost.push(format!("{job} failed: {body}"));
                }
                *tally.dead_letters.entry(code).or_default() += 1;
                "match.failed"
            }
            _ => {
                tally.lost.push(format!("{job} did not end: {body}"));
                continue;
            }
        };
        if promise.asked == Asked::Each {
            expect_webhook(job, event, arrivals, tally);
        }
    }
    if let Some(batch) = &promise.batch
        && promise.asked == Asked::Batch
    {
        expect_webhook(batch, "batch.completed", arrivals, tally);
    }
}

fn expect_webhook(
    job: &str,
    event: &str,
    arrivals: &HashMap<(String, String), BTreeSet<String>>,
    tally: &mut Tally,
) {
    tally.webhooks_expected += 1;
    if !arrivals.contains_key(&(job.to_owned(), event.to_owned())) {
        tally.lost.push(format!("{event} of {job} never came"));
    }
}

/// Returns the progress of a job as a number. `queued` and `processing` are equal, since they
/// alternate during retries.
fn stage(status: &str) -> u8 {
    match status {
        "waiting" => 0,
        "queued" | "processing" => 1,
        _ => 2,
    }
}
