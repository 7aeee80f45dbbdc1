//! PostgreSQL and Redis servers for the bench, configured as in production: PostgreSQL is durable,
//! and has the memory of a small server.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command},
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::server_commands::{self, free_port};

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

pub async fn start_postgres() -> (Server, String) {
    let folder = server_commands::postgres_folder();
    let made = server_commands::initdb(folder.path()).status();
    assert!(made.unwrap().success(), "initdb failed");
    let port = free_port();
    let mut command = server_commands::postgres(folder.path(), port, &POSTGRES_SETTINGS);
    command.stderr(File::create(folder.path().join(LOG)).unwrap());
    let server = Server {
        child: command.spawn().unwrap(),
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
    let child = server_commands::redis(folder.path(), port).spawn().unwrap();
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
