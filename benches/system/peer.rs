//! The peer: `benches/peer/peer.py`, with two processes for calls and two workers.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use matching_test_servers::commands::free_port;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    environment::Environment,
    http::{Connection, until},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peer");

pub struct Peer {
    pub address: String,
    environment: [(&'static str, String); 2],
    python: PathBuf,
    /// Each process is in a process group of its own.
    groups: Vec<Child>,
}

impl Peer {
    /// Starts the peer's API with the profiles of a database of the service, without workers.
    /// Returns the reason if Python or its packages are missing.
    pub async fn start(environment: &Environment, database: &str) -> Result<Self, String> {
        let python = virtual_environment()?;
        let name = database.rsplit('/').next().unwrap();
        // The peer has its own tables beside the service's.
        let pool = PgPool::connect(database).await.unwrap();
        for statement in [
            "CREATE SCHEMA peer",
            "CREATE TABLE peer.results (LIKE public.results INCLUDING ALL)",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
        // The peer has a Redis database of its own: the service uses number 0.
        let number = 1 + name.bytes().map(usize::from).sum::<usize>() % 15;
        let mut peer = Self {
            address: format!("127.0.0.1:{}", free_port()),
            environment: [
                (
                    "DATABASE_URL",
                    format!("{database}?options=-csearch_path%3Dpeer,public"),
                ),
                ("REDIS_URL", format!("{}/{number}", environment.redis.url())),
            ],
            python,
            groups: vec![],
        };
        let port = peer.address.rsplit(':').next().unwrap().to_owned();
        peer.spawn(&[
            "-m",
            "uvicorn",
            "peer:app",
            "--workers",
            "2",
            "--port",
            &port,
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--no-access-log",
            "--log-level",
            "warning",
        ]);
        let path = "/api/v1/status/none";
        let answering = async { Connection::open(&peer.address).await.get(path).await.status };
        match tokio::time::timeout(Duration::from_mins(1), answering).await {
            Ok(404) => Ok(peer),
            other => Err(format!("the peer does not serve: {other:?}")),
        }
    }

    /// Starts its two workers.
    pub fn work(&mut self) {
        for _ in 0..2 {
            self.spawn(&["peer.py"]);
        }
    }

    fn spawn(&mut self, arguments: &[&str]) {
        use std::os::unix::process::CommandExt;
        let child = Command::new(&self.python)
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(FOLDER)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn();
        self.groups.push(child.unwrap());
    }

    /// Measures a bulk of one candidate and the first postings, from the call to the last stored
    /// result.
    pub async fn run_bulk(&self, pool: &PgPool, candidate: i64, postings: i64) -> Duration {
        let ids: Vec<i64> = (1..=postings).collect();
        let body = json!({"candidate_id": candidate, "job_ids": ids}).to_string();
        let mut connection = Connection::open(&self.address).await;
        let began = Instant::now();
        let accepted = connection.post("/api/v1/queue-matching/bulk", &body).await;
        assert_eq!(accepted.status, 202);
        until(Duration::from_millis(10), || async {
            let count = "SELECT count(*) FROM peer.results WHERE candidate_id = $1";
            let count = sqlx::query_scalar::<_, i64>(count).bind(candidate);
            (count.fetch_one(pool).await.unwrap() == postings).then_some(())
        })
        .await;
        began.elapsed()
    }

    /// Deletes all queued work.
    pub async fn forget(&self) {
        let client = redis::Client::open(self.environment[1].1.as_str()).unwrap();
        let mut redis = client.get_multiplexed_async_connection().await.unwrap();
        let flush: redis::RedisResult<()> = redis::cmd("FLUSHDB").query_async(&mut redis).await;
        flush.unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        for child in &mut self.groups {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
        }
    }
}

/// Returns the Python of the virtual environment, which the first use creates.
fn virtual_environment() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-peer");
    let python = folder.join("bin/python");
    let requirements = format!("{FOLDER}/requirements.txt");
    let installed = folder.join("requirements.txt");
    let is_current = std::fs::read(&installed).ok() == std::fs::read(&requirements).ok();
    if !is_current {
        let run = |command: &mut Command| match command.stdout(Stdio::null()).output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        };
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            .map_err(|why| format!("no Python: {why}"))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements))
        .map_err(|why| format!("no packages: {why}"))?;
        std::fs::copy(&requirements, &installed).map_err(|error| error.to_string())?;
    }
    Ok(python)
}
