//! PostgreSQL and Redis servers for the bench, configured as in production: PostgreSQL is durable,
//! and has the memory of a small server.

use std::{
    fs::File,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// All settings that differ from PostgreSQL's defaults. `fsync`, `synchronous_commit` and
/// `full_page_writes` don't.
pub const POSTGRES_SETTINGS: [&str; 7] = [
    "shared_buffers=1GB",
    "max_wal_size=4GB",
    "min_wal_size=4GB",
    "effective_cache_size=4GB",
    "maintenance_work_mem=512MB",
    "random_page_cost=1.1",
    "max_connections=200",
];

/// The name of the log in the server's folder.
const LOG: &str = "log";

const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that is stopped when this value is dropped.
pub struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the path of its log.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join(LOG)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT makes PostgreSQL disconnect its clients and stop at once.
        let _ = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        let _ = self.child.wait();
    }
}

/// The account that `scripts/test` found for PostgreSQL, which refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn of_servers() -> Option<Self> {
        let name = std::env::var("TEST_POSTGRES_USER").ok()?;
        let number = |flag: &str| {
            let output = Command::new("id").args([flag, &name]).output().unwrap();
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

fn server(program: &Path, folder: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join(LOG)).unwrap());
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

fn variable(name: &str) -> PathBuf {
    let value = std::env::var(name);
    PathBuf::from(value.expect("run `scripts/test --run cargo bench --bench system`"))
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub async fn start_postgres() -> (Server, String) {
    let binaries = variable("TEST_POSTGRES_BIN");
    let folder = tempfile::tempdir().unwrap();
    let account = Account::of_servers();
    if let Some(account) = account {
        chown(folder.path(), Some(account.user), Some(account.group)).unwrap();
    }
    let made = server(&binaries.join("initdb"), folder.path(), account)
        .args(["-D", "cluster", "-U", "postgres", "-A", "trust"])
        .args(["-E", "UTF8", "--no-locale"])
        .status();
    assert!(made.unwrap().success(), "initdb failed");
    let port = free_port();
    let mut postgres = server(&binaries.join("postgres"), folder.path(), account);
    postgres.args(["-D", "cluster", "-p", &port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="]
        .into_iter()
        .chain(POSTGRES_SETTINGS)
    {
        postgres.args(["-c", setting]);
    }
    let server = Server {
        child: postgres.spawn().unwrap(),
        port,
        folder,
    };
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
    let starting = async {
        while PgConnection::connect(&url).await.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let started = tokio::time::timeout(PATIENCE, starting).await;
    started.expect("PostgreSQL does not start");
    make_wal_files(&url).await;
    (server, url)
}

/// Makes the server create its WAL files. A server that has been in use recycles WAL files; a new
/// one creates each file first, filled with zeros, and so writes twice as much, which would distort
/// the comparison of a long run with a short one.
async fn make_wal_files(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let each = "DO $$ BEGIN
            FOR file IN 1..240 LOOP
                PERFORM pg_logical_emit_message(false, 'bench', 'so that there is something to switch from');
                PERFORM pg_switch_wal();
            END LOOP;
        END $$";
    for statement in [each, "CHECKPOINT"] {
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

pub async fn start_redis() -> (Server, String) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let child = server(&variable("TEST_REDIS_SERVER"), folder.path(), None)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .spawn()
        .unwrap();
    let server = Server {
        child,
        port,
        folder,
    };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let client = redis::Client::open(url.as_str()).unwrap();
    let starting = async {
        while client.get_multiplexed_async_connection().await.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let started = tokio::time::timeout(PATIENCE, starting).await;
    started.expect("Redis does not start");
    (server, url)
}
