//! A PgBouncer before a PostgreSQL server.

use std::path::PathBuf;

use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::process::Child;

use crate::{
    commands::{self, free_port},
    polling::poll,
    process::{PATIENCE, spawn},
};

/// A PgBouncer before the PostgreSQL that `scripts/test` started. It ends when this is dropped.
pub struct PgBouncer {
    _running: Child,
    _folder: TempDir,
    port: u16,
}

impl PgBouncer {
    /// Starts one with these settings before the server of this URL. Returns `None` where PgBouncer
    /// is not installed.
    #[expect(clippy::disallowed_methods, reason = "`scripts/test` exports the path")]
    pub async fn start(database: &url::Url, settings: &str) -> Option<Self> {
        let program = PathBuf::from(std::env::var_os("TEST_PGBOUNCER")?);
        let folder = commands::postgres_folder(&std::env::temp_dir());
        let port = free_port();
        let server_port = database.port().unwrap();
        let lines = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\n{settings}\n"
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), lines).unwrap();
        let mut command = commands::command(&program, folder.path());
        commands::as_postgres_account(&mut command);
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

    /// Returns its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}
