//! The binary as it runs in production: `serve --no-workers`, and one `work` for each queue.

use std::{
    ops::Range,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    deployment::process::{self, Process},
    environment::{Environment, PROFILES},
    http::Connection,
    machine,
};

/// The number of matches of one bulk call: one candidate with all postings.
pub const BULK: i64 = PROFILES;

/// The time for which a process must have been nearly idle to count as quiet.
const LOOK: Duration = Duration::from_secs(1);

/// Returns the command with default settings, which logs to a file.
pub fn command(environment: &Environment, database: &str, arguments: &[&str]) -> Command {
    // Each database has queues of its own.
    let name = database.rsplit('/').next().unwrap();
    let mut command = process::command(arguments);
    command
        .env("DATABASE_URL", database)
        .env("REDIS_URL", environment.redis.url())
        .env("MATCHING__REDIS__KEY_PREFIX", name)
        .env("DATA_DIR", environment.folder.path());
    command
}

/// The processor time that each process has used.
pub struct Usage {
    since: Instant,
    seconds: Vec<(&'static str, f64)>,
}

pub struct Service {
    pub address: String,
    /// The processes with their roles.
    processes: Vec<(&'static str, Process)>,
}

impl Service {
    /// Starts the API, with the workers of all queues or without any, and waits until all are
    /// ready.
    pub async fn start(environment: &Environment, database: &str, with_workers: bool) -> Self {
        let mut service = Self {
            address: String::new(),
            processes: vec![],
        };
        service.address = service
            .add(environment, database, "serve", &["serve", "--no-workers"])
            .await;
        if with_workers {
            for queue in ["high", "standard", "bulk"] {
                let arguments = ["work", "--queue", queue];
                service.add(environment, database, queue, &arguments).await;
            }
        }
        service.until_quiet().await;
        service
    }

    /// Waits until the background work of a start has ended: `serve` reads all profiles for
    /// searches.
    async fn until_quiet(&self) {
        let seconds = || machine::processor_seconds(self.process("serve"));
        let mut before = seconds();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = seconds();
            if now - before < LOOK.as_secs_f64() / 20.0 {
                return;
            }
            before = now;
        }
    }

    /// Starts a process; returns the address that it listens on, or an empty text if it doesn't
    /// listen.
    async fn add(
        &mut self,
        environment: &Environment,
        database: &str,
        role: &'static str,
        arguments: &[&str],
    ) -> String {
        let path = environment.folder.path().join(format!("{role}.log"));
        let mut command = command(environment, database, arguments);
        command.env("PORT", "0");
        let process = Process::start(command, &path).await;
        let address = process.address.clone();
        self.processes.push((role, process));
        address
    }

    pub async fn connect(&self) -> Connection {
        Connection::open(&self.address).await
    }

    /// Returns the peak memory of the process with this role, in MiB.
    pub fn peak_memory(&self, role: &str) -> f64 {
        machine::peak_memory(self.process(role))
    }

    /// Returns the processor seconds used so far, by role.
    pub fn usage(&self, environment: &Environment) -> Usage {
        let own = self.processes.iter();
        let own = own.map(|(role, process)| (*role, process.id()));
        let servers = [
            ("PostgreSQL", environment.postgres.id()),
            ("Redis", environment.redis.id()),
        ];
        let seconds = own
            .chain(servers)
            .map(|(role, process)| (role, machine::processor_seconds(process)))
            .collect();
        Usage {
            since: Instant::now(),
            seconds,
        }
    }

    /// Prints the cores that each role has used since `before`, beside the table.
    pub fn tell_cores(&self, environment: &Environment, before: &Usage) {
        let now = self.usage(environment);
        let elapsed = before.since.elapsed().as_secs_f64();
        for ((role, now), (_, before)) in now.seconds.iter().zip(&before.seconds) {
            eprint!("  {role} {:.2}", (now - before) / elapsed);
        }
        eprintln!(" cores");
    }

    fn process(&self, role: &str) -> u32 {
        let mut processes = self.processes.iter();
        let process = processes.find(|(of, _)| *of == role);
        process.unwrap().1.id()
    }

    /// Runs each of the candidates with all postings, one call after the other. Returns the time
    /// from the first call to the last stored result.
    pub async fn run_bulks(&self, candidates: Range<i64>) -> Duration {
        let mut connection = self.connect().await;
        let began = Instant::now();
        let mut batches = Vec::new();
        for candidate in candidates {
            batches.push(queue_bulk(&mut connection, candidate, BULK).await);
        }
        for batch in batches {
            until_ended(&mut connection, &batch).await;
        }
        began.elapsed()
    }
}

/// Queues a candidate with the first postings; returns the batch's id.
pub async fn queue_bulk(connection: &mut Connection, candidate: i64, postings: i64) -> String {
    let postings: Vec<i64> = (1..=postings).collect();
    let body = json!({"candidate_id": candidate, "job_ids": postings}).to_string();
    let path = "/api/v1/queue-matching/bulk";
    let accepted = connection.post(path, &body).await;
    assert_eq!(accepted.status, 202);
    accepted.header("x-batch-id").to_owned()
}

/// Waits until every match of the batch has its result.
pub async fn until_ended(connection: &mut Connection, batch: &str) {
    let path = format!("/api/v1/batches/{batch}");
    loop {
        let progress = connection.get(&path).await.json();
        if progress["status"] == "completed" {
            assert_eq!(progress["completed"], progress["total"]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
