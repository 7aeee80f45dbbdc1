//! PostgreSQL and Redis servers of one test's own, to be crashed and started again. The others,
//! which all tests share, are `scripts/test`'s.

use std::{
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long a server may take to start before a test fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause between looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(20);

/// The account that servers run as, where tests run as root, whom PostgreSQL refuses.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn of_servers() -> Option<Self> {
        let name = std::env::var("TEST_POSTGRES_USER").ok()?;
        let number = |flag: &str| {
            let output = std::process::Command::new("id")
                .args([flag, name.as_str()])
                .output()
                .unwrap();
            String::from_utf8(output.stdout)
                .unwrap()
                .trim()
                .parse()
                .unwrap()
        };
        Some(Self {
            user: number("-u"),
            group: number("-g"),
        })
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run scripts/test"))
}

/// A free port below those that Linux gives to outgoing connections: nobody takes it while the
/// server is down.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn server(program: &Path, folder: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
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
    binaries: PathBuf,
    folder: TempDir,
    account: Option<Account>,
    port: u16,
}

impl PostgresServer {
    /// Makes a cluster and starts it. It survives crashes of its processes with all it committed,
    /// though not one of the machine.
    pub async fn start() -> Self {
        let binaries = PathBuf::from(variable("TEST_POSTGRES_BIN"));
        let folder = tempfile::tempdir().unwrap();
        let account = Account::of_servers();
        if let Some(account) = account {
            chown(folder.path(), Some(account.user), Some(account.group)).unwrap();
        }
        let made = server(&binaries.join("initdb"), folder.path(), account)
            .args([
                "-D", "cluster", "-U", "postgres", "-A", "trust", "-E", "UTF8",
            ])
            .args(["--no-locale", "--no-sync"])
            .status()
            .await
            .unwrap();
        assert!(made.success(), "initdb failed");
        let mut postgres = Self {
            binaries,
            folder,
            account,
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
        let starting = async {
            loop {
                let port = self.port.to_string();
                let mut child = server(
                    &self.binaries.join("postgres"),
                    self.folder.path(),
                    self.account,
                )
                .args(["-D", "cluster", "-p", &port])
                .args(["-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories="])
                .args(["-c", "max_connections=200"])
                .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
                .spawn()
                .unwrap();
                // It ends at once while remains of a crashed one still hold its memory.
                while child.try_wait().unwrap().is_none() {
                    if let Ok(connection) = PgConnection::connect(&self.url()).await {
                        connection.close().await.unwrap();
                        return child;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let started = tokio::time::timeout(PATIENCE, starting).await;
        self.running = Some(started.expect("PostgreSQL does not start"));
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
        let folder = tempfile::tempdir().unwrap();
        let account = Account::of_servers();
        if let Some(account) = account {
            chown(folder.path(), Some(account.user), Some(account.group)).unwrap();
        }
        let port = free_port();
        let server_port = database.port().unwrap();
        let lines = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\n{settings}\n"
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), lines).unwrap();
        let running = server(&program, folder.path(), account)
            .arg("pgbouncer.ini")
            .spawn()
            .unwrap();
        let mut url = database.clone();
        url.set_port(Some(port)).unwrap();
        let options = url.as_str().parse::<PgConnectOptions>().unwrap();
        let options = options.extra_float_digits(None);
        let starting = async {
            loop {
                if let Ok(connection) = options.connect().await {
                    return connection.close().await.unwrap();
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let started = tokio::time::timeout(PATIENCE, starting).await;
        started.expect("PgBouncer does not start");
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
        let program = PathBuf::from(variable("TEST_REDIS_SERVER"));
        let child = server(&program, self.folder.path(), None)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .spawn()
            .unwrap();
        self.running = Some(child);
        let starting = async {
            while self.try_call::<String>(&["PING"]).await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let started = tokio::time::timeout(PATIENCE, starting).await;
        started.expect("Redis does not start");
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
