//! The load: callers that submit bulks and single matches, follow each until it ends, and repeat
//! calls that failed. Repeated calls carry the same key, so no match is accepted twice.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::http::{Answer, Connection, get, post};

/// The numbers of callers of bulks and of single matches.
const BULK_CALLERS: u64 = 4;
const SINGLE_CALLERS: u64 = 4;
/// The pause after a single match, so that they are urgent matches among bulks.
const SINGLE_PAUSE: Duration = Duration::from_millis(200);
/// The pause between two polls, and before a failed call is repeated.
const POLL: Duration = Duration::from_millis(50);
const REPEAT: Duration = Duration::from_millis(200);
/// The time after which a call counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The speed at which bulks are submitted.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each caller submits its next bulk when the last one has ended.
    Full,
    /// A rate that leaves the service idle for a part of the time, so that other load on the
    /// machine does not change it.
    Steady,
}

impl Pace {
    /// Returns the matches of a bulk, and the time between two bulks of a caller.
    fn bulks(self) -> (i64, Duration) {
        match self {
            Self::Full => (500, Duration::from_millis(1)),
            Self::Steady => (25, Duration::from_millis(250)),
        }
    }
}

/// The load and its account. Matches of profiles 1 to `profiles` of each kind are submitted.
pub struct Load {
    address: String,
    profiles: i64,
    pace: Pace,
    stopped: AtomicBool,
    accepted: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    /// The numbers of matches that were seen to have ended, each with the time.
    ended: Mutex<Vec<(Instant, u64)>>,
}

impl Load {
    pub fn new(address: &str, profiles: i64, pace: Pace) -> Self {
        Self {
            address: address.to_owned(),
            profiles,
            pace,
            stopped: AtomicBool::new(false),
            accepted: AtomicU64::new(0),
            completed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            ended: Mutex::default(),
        }
    }

    /// Submits until stopped, and returns when everything accepted has ended.
    pub async fn run(&self) {
        let bulks = (0..BULK_CALLERS).map(|caller| self.submit_bulks(caller));
        let singles = (0..SINGLE_CALLERS).map(|caller| self.submit_singles(caller));
        futures::join!(
            futures::future::join_all(bulks),
            futures::future::join_all(singles)
        );
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Returns the matches a second that ended between two times.
    pub fn rate(&self, from: Instant, to: Instant) -> f64 {
        let ended = self.ended.lock().unwrap();
        let within = ended.iter().filter(|(at, _)| (from..to).contains(at));
        let count: u64 = within.map(|(_, count)| count).sum();
        count as f64 / (to - from).as_secs_f64()
    }

    /// Returns the accepted matches that have not ended, and those that failed.
    pub fn lost_and_failed(&self) -> (u64, u64) {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let failed = load(&self.failed);
        (
            load(&self.accepted) - load(&self.completed) - failed,
            failed,
        )
    }

    async fn submit_bulks(&self, caller: u64) {
        let mut client = Client::new(&self.address);
        let (count, period) = self.pace.bulks();
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut number = caller;
        while !self.is_stopped() {
            ticks.tick().await;
            let candidate = 1 + number.cast_signed() % self.profiles;
            let first = number.cast_signed() * count % self.profiles;
            let postings = (first..first + count).map(|id| 1 + id % self.profiles);
            let body = json!({
                "candidate_id": candidate, "job_ids": postings.collect::<Vec<_>>(),
            });
            let request = post("/api/v1/queue-matching/bulk", &body.to_string());
            let request = with_header(request, &format!("Idempotency-Key: bulk-{number}"));
            number += BULK_CALLERS;
            let answer = client.until_status(&request, 202).await;
            self.accepted
                .fetch_add(count.cast_unsigned(), Ordering::Relaxed);
            self.follow_bulk(&mut client, answer.header("x-batch-id"))
                .await;
        }
    }

    async fn follow_bulk(&self, client: &mut Client, batch: &str) {
        let request = get(&format!("/api/v1/batches/{batch}"));
        let (mut completed, mut failed) = (0, 0);
        loop {
            let progress = client.until_status(&request, 200).await.json();
            let count = |name: &str| progress[name].as_u64().unwrap();
            self.note(count("completed") - completed, count("failed") - failed);
            (completed, failed) = (count("completed"), count("failed"));
            if progress["status"] == "completed" {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn submit_singles(&self, caller: u64) {
        let mut client = Client::new(&self.address);
        let mut number = caller;
        while !self.is_stopped() {
            let priority = if number.is_multiple_of(2) {
                "high"
            } else {
                "standard"
            };
            let id = number.cast_signed();
            let body = json!({
                "candidate_id": 1 + id % self.profiles, "job_id": 1 + id * 7 % self.profiles,
            });
            let path = format!("/api/v1/queue-matching?priority={priority}&id=single-{number}");
            number += SINGLE_CALLERS;
            client
                .until_status(&post(&path, &body.to_string()), 202)
                .await;
            self.accepted.fetch_add(1, Ordering::Relaxed);
            self.follow_single(&mut client, &format!("single-{id}"))
                .await;
            tokio::time::sleep(SINGLE_PAUSE).await;
        }
    }

    async fn follow_single(&self, client: &mut Client, job: &str) {
        let request = get(&format!("/api/v1/status/{job}"));
        loop {
            let status: Value = client.until_status(&request, 200).await.json();
            match status["status"].as_str().unwrap() {
                "completed" => return self.note(1, 0),
                "failed" => return self.note(0, 1),
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn note(&self, completed: u64, failed: u64) {
        self.completed.fetch_add(completed, Ordering::Relaxed);
        self.failed.fetch_add(failed, Ordering::Relaxed);
        if completed > 0 {
            self.ended.lock().unwrap().push((Instant::now(), completed));
        }
    }
}

fn with_header(request: Vec<u8>, header: &str) -> Vec<u8> {
    let text = String::from_utf8(request).unwrap();
    text.replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
        .into_bytes()
}

/// A caller that repeats what failed.
struct Client {
    address: String,
    connection: Option<Connection>,
}

impl Client {
    fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            connection: None,
        }
    }

    /// Repeats a call until its answer has this status.
    async fn until_status(&mut self, request: &[u8], status: u16) -> Answer {
        loop {
            match self.call(request).await {
                Some(answer) if answer.status == status => return answer,
                // A refusal that repetition does not change would make the load hang.
                Some(answer) if (400..500).contains(&answer.status) => {
                    panic!("{}", String::from_utf8_lossy(&answer.body));
                }
                _ => tokio::time::sleep(REPEAT).await,
            }
        }
    }

    /// Makes one call; `None` if it has no answer.
    async fn call(&mut self, request: &[u8]) -> Option<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.address).await,
        };
        let sent = tokio::time::timeout(PATIENCE, connection.try_send(request)).await;
        let answer = sent.ok()?.ok()?;
        self.connection = Some(connection);
        Some(answer)
    }
}
