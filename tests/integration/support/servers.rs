//! PostgreSQL and Redis servers of one test's own, to be crashed and started again. The others,
//! which all tests share, are `scripts/test`'s.

use std::{path::PathBuf, process::Stdio, time::Duration};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{
    polling::poll,
    server_commands::{self, free_port},
};

/// How long a server may take to start before a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

fn spawn(command: std::process::Command) -> Child {
    let mut command = Command::from(command);
    command.kill_on_drop(true).spawn().unwrap()
}

fn signal(name: &str, processes: &[String]) {
    // One that has ended meanwhile is no fault.
    let _ = std::process::Command::new("kill")
        .arg(format!("-{name}"))
        .args(processes)
        .stderr(Stdio::null())
        .status();
}

/// The URL of a [`PostgresServer`], by the wire that leads to it.
pub fn postgres_url(address: &str) -> String {
    format!("postgres://postgres@{address}/postgres")
}

/// A PostgreSQL server with one database.
pub struct PostgresServer {
    running: Option<Child>,
    folder: TempDir,
    port: u16,
}

impl PostgresServer {
    /// Makes a cluster and starts it. It survives crashes of its processes with all it committed,
    /// though not one of the machine.
    pub async fn start() -> Self {
        let folder = server_commands::postgres_folder();
        let made = Command::from(server_commands::initdb(folder.path()))
            .arg("--no-sync")
            .status()
            .await
            .unwrap();
        assert!(made.success(), "initdb failed");
        let mut postgres = Self {
            folder,
            port: free_port(),
            running: None,
        };
        postgres.restart().await;
        postgres
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its URL, past all wires.
    pub fn url(&self) -> String {
        postgres_url(&self.address())
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
        let connection = started.expect("PostgreSQL does not start");
        connection.close().await.unwrap();
        self.running = Some(child);
    }

    fn spawn(&self) -> Child {
        let settings = ["max_connections=200", "fsync=off", "full_page_writes=off"];
        let command = server_commands::postgres(self.folder.path(), self.port, &settings);
        spawn(command)
    }

    /// An immediate stop: all connections are cut, what was committed is recovered at the start.
    pub async fn stop_immediately(&mut self) {
        let mut running = self.running.take().unwrap();
        signal("QUIT", &[running.id().unwrap().to_string()]);
        running.wait().await.unwrap();
    }

    /// SIGKILL for the server and for each process of its connections.
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
            // Its children end with it, which SIGKILL would not see to.
            signal("QUIT", &[id.to_string()]);
        }
    }
}

/// A PgBouncer before the PostgreSQL that `scripts/test` started.
pub struct PgBouncer {
    /// Ends with this.
    _running: Child,
    _folder: TempDir,
    port: u16,
}

impl PgBouncer {
    /// Starts one with these settings before the server of this URL. Returns `None` where PgBouncer
    /// is not installed.
    pub async fn start(database: &url::Url, settings: &str) -> Option<Self> {
        let program = PathBuf::from(std::env::var_os("TEST_PGBOUNCER")?);
        let folder = server_commands::postgres_folder();
        let port = free_port();
        let server_port = database.port().unwrap();
        let lines = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\n{settings}\n"
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), lines).unwrap();
        let mut command = server_commands::command(&program, folder.path());
        server_commands::as_postgres_account(&mut command);
        command.arg("pgbouncer.ini");
        let running = spawn(command);
        let mut url = database.clone();
        url.set_port(Some(port)).unwrap();
        let options = url.as_str().parse::<PgConnectOptions>().unwrap();
        let options = options.extra_float_digits(None);
        let look = async || match options.connect().await {
            Ok(connection) => connection.close().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        poll(PATIENCE, look)
            .await
            .expect("PgBouncer does not start");
        Some(Self {
            _running: running,
            _folder: folder,
            port,
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A Redis server without persistence: it forgets everything whenever it ends.
pub struct RedisServer {
    running: Option<Child>,
    folder: TempDir,
    port: u16,
}

impl RedisServer {
    pub async fn start() -> Self {
        let mut redis = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            running: None,
        };
        redis.restart().await;
        redis
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Starts it again, empty.
    pub async fn restart(&mut self) {
        let command = server_commands::redis(self.folder.path(), self.port);
        self.running = Some(spawn(command));
        let look = async || {
            let answer = self.try_call::<String>(&["PING"]).await;
            answer.map_err(|error| error.to_string())
        };
        poll(PATIENCE, look).await.expect("Redis does not start");
    }

    /// SIGKILL.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().kill().await.unwrap();
    }

    /// One command, its words separated.
    pub async fn call<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_call(words).await.unwrap()
    }

    async fn try_call<T: redis::FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        command.query_async(&mut connection).await
    }

    /// Ends every connection that clients have.
    pub async fn kill_clients(&self) {
        for kind in ["normal", "pubsub"] {
            let _: redis::Value = self
                .call(&["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"])
                .await;
        }
    }
}
