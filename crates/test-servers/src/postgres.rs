//! A PostgreSQL server that can be stopped, crashed and started again.

use std::path::{Path, PathBuf};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{
    commands::{self, free_port},
    polling::poll,
    process::{PATIENCE, signal, spawn},
};

/// The setting of a server whose files need not survive a crash of the machine.
const NOT_DURABLE: &str = "fsync=off";
/// The settings of servers for tests.
const TEST_SETTINGS: [&str; 3] = ["max_connections=200", NOT_DURABLE, "full_page_writes=off"];
/// The settings of the server that all tests share. A commit does not wait for its log either.
const SHARED_SETTINGS: [&str; 6] = [
    "max_connections=400",
    NOT_DURABLE,
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];
/// The setting of a shared server that keeps what it promises, for measurements.
const DURABLE_SETTINGS: [&str; 1] = ["max_connections=400"];
/// The name of the log in the server's folder.
const LOG: &str = "log";

/// Returns the URL of a [`PostgresServer`] at this address, or behind a proxy at this address.
pub fn postgres_url(address: &str) -> String {
    format!("postgres://postgres@{address}/postgres")
}

/// A PostgreSQL server with one database.
pub struct PostgresServer {
    running: Option<Child>,
    folder: TempDir,
    port: u16,
    settings: &'static [&'static str],
}

impl PostgresServer {
    /// Makes a cluster for a test and starts it. Crashes of its processes lose nothing that was
    /// committed; a crash of the machine may.
    pub async fn start() -> Self {
        Self::start_with(&TEST_SETTINGS).await
    }

    /// Makes a cluster that many tests share and starts it; with `durable`, its commits survive a
    /// crash of the machine.
    pub async fn start_shared(durable: bool) -> Self {
        if durable {
            Self::start_with(&DURABLE_SETTINGS).await
        } else {
            Self::start_with(&SHARED_SETTINGS).await
        }
    }

    /// Makes a cluster and starts it with these settings.
    pub async fn start_with(settings: &'static [&'static str]) -> Self {
        Self::start_in(&std::env::temp_dir(), settings).await
    }

    /// Makes a cluster below this folder, which may be a small disk, and starts it with these
    /// settings.
    pub async fn start_in(parent: &Path, settings: &'static [&'static str]) -> Self {
        let folder = commands::postgres_folder(parent);
        let mut initdb = Command::from(commands::initdb(folder.path()));
        if settings.contains(&NOT_DURABLE) {
            initdb.arg("--no-sync");
        }
        let made = initdb.status().await.unwrap();
        assert!(made.success(), "initdb failed");
        let mut postgres = Self {
            folder,
            port: free_port(),
            running: None,
            settings,
        };
        postgres.restart().await;
        postgres
    }

    /// Returns its host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns its URL, which leads past all proxies.
    pub fn url(&self) -> String {
        postgres_url(&self.address())
    }

    /// Returns the id of its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().and_then(Child::id).unwrap()
    }

    /// Returns the path of its log, which each start begins anew.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join(LOG)
    }

    /// Starts it again, and waits until it has recovered.
    pub async fn restart(&mut self) {
        let mut child = self.spawn();
        let look = async || {
            // A server ends at once while remains of a crashed one still hold its memory.
            if child.try_wait().unwrap().is_some() {
                child = self.spawn();
            }
            let connection = PgConnection::connect(&self.url()).await;
            connection.map_err(|error| error.to_string())
        };
        let started = poll(PATIENCE, look).await;
        let connection = started.unwrap_or_else(|error| {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            panic!("PostgreSQL does not start: {error}\n{log}")
        });
        connection.close().await.unwrap();
        self.running = Some(child);
    }

    fn spawn(&self) -> Child {
        let mut command = commands::postgres(self.folder.path(), self.port, self.settings);
        command.stderr(std::fs::File::create(self.log()).unwrap());
        spawn(command)
    }

    /// Waits until its process ends.
    pub async fn ended(&mut self) {
        let running = self.running.as_mut().unwrap();
        running.wait().await.unwrap();
    }

    /// Stops it immediately: all connections are cut, and the next start recovers what was
    /// committed.
    pub async fn stop_immediately(&mut self) {
        let mut running = self.running.take().unwrap();
        if let Some(id) = running.id() {
            signal("QUIT", &[id.to_string()]);
        }
        running.wait().await.unwrap();
    }

    /// Sends SIGKILL to the server and to each process of its connections.
    pub async fn crash(&mut self) {
        let mut running = self.running.take().unwrap();
        let parent = running.id().unwrap().to_string();
        let output = std::process::Command::new("ps")
            .args(["-o", "pid=", "--ppid", &parent])
            .output()
            .unwrap();
        let children = String::from_utf8(output.stdout).unwrap();
        let mut processes = vec![parent];
        processes.extend(children.split_whitespace().map(str::to_owned));
        signal("KILL", &processes);
        running.wait().await.unwrap();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(running) = &self.running
            && let Some(id) = running.id()
        {
            // Ends its children with it, which SIGKILL would leave running.
            signal("QUIT", &[id.to_string()]);
        }
    }
}
