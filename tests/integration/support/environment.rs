//! Where processes run: a database, a queue prefix, an object store and a folder of their own.

use std::process::Output;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;

use super::{
    object_store::{ACCESS_KEY, ObjectStoreServer, SECRET_KEY},
    process::{self, Process},
};

/// The secret that processes sign webhooks with.
pub const WEBHOOK_SECRET: &str = "whsec_dGVzdC1zZWNyZXQtb2YtMzItYnl0ZXMtbGVuZ3RoIQ==";

/// The environment of one test; dropping it removes everything in it.
pub struct Environment {
    variables: Vec<(String, String)>,
    folder: TempDir,
    pub object_store: Option<ObjectStoreServer>,
}

impl Environment {
    /// An environment with only a folder: SQLite and in-process queues.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = Self {
            variables: vec![],
            folder,
            object_store: None,
        };
        let folder = environment.folder.path().to_str().unwrap().to_owned();
        environment
            .with("DATA_DIR", &folder)
            .with("PORT", "0")
            .with("WEBHOOK_SECRET", WEBHOOK_SECRET)
            .with("MATCHING__WEBHOOK__ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8")
            .with("WEBHOOK_RETRY_DELAY", "0.05")
            .with("RETRY_DELAY", "0.05")
    }

    /// PostgreSQL, Redis and S3.
    pub async fn on_servers() -> Self {
        let database = create_database().await;
        let object_store = ObjectStoreServer::start().await;
        let prefix = format!("test-{}", ulid::Ulid::generate());
        let mut environment = Self::embedded()
            .with("DATABASE_URL", &database)
            .with("MATCHING__DATABASE__MAX_CONNECTIONS", "8")
            .with("REDIS_URL", &redis_url())
            .with("MATCHING__REDIS__KEY_PREFIX", &prefix)
            .with("MINIO_ENDPOINT", &object_store.endpoint)
            .with("MINIO_ACCESS_KEY", ACCESS_KEY)
            .with("MINIO_SECRET_KEY", SECRET_KEY);
        environment.object_store = Some(object_store);
        environment
    }

    /// Servers at these addresses, which the caller owns.
    pub fn on(database_url: &str, redis_url: &str, object_store: &str) -> Self {
        Self::embedded()
            .with("DATABASE_URL", database_url)
            .with("MATCHING__DATABASE__MAX_CONNECTIONS", "8")
            .with("REDIS_URL", redis_url)
            .with("MINIO_ENDPOINT", object_store)
            .with("MINIO_ACCESS_KEY", ACCESS_KEY)
            .with("MINIO_SECRET_KEY", SECRET_KEY)
    }

    /// Sets a variable for the processes that start from now on.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Returns the value of a variable, empty if it is unset.
    pub fn variable(&self, name: &str) -> String {
        let set = self.variables.iter().find(|(known, _)| known == name);
        set.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub async fn serve(&self, arguments: &[&str]) -> Process {
        let arguments: Vec<&str> = [&["serve"], arguments].concat();
        Process::start(&arguments, &self.variables, self.folder()).await
    }

    pub async fn work(&self, queue: &str) -> Process {
        self.start(&["work", "--queue", queue]).await
    }

    /// Starts a `serve` or `work`.
    pub async fn start(&self, arguments: &[&str]) -> Process {
        Process::start(arguments, &self.variables, self.folder()).await
    }

    /// Starts a `serve` or `work` that ignores SIGHUP.
    pub async fn start_under_nohup(&self, arguments: &[&str]) -> Process {
        let command = self.command(arguments);
        let command = command.as_std();
        let mut nohup = tokio::process::Command::new("nohup");
        nohup
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder())
            .kill_on_drop(true);
        Process::run(nohup).await
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        process::run(arguments, &self.variables, self.folder()).await
    }

    /// Runs SQL on its database, behind the service's back.
    pub async fn execute(&self, sql: &'static str) {
        let url = self.variable("DATABASE_URL");
        if url.is_empty() {
            let file = self.folder().join("matching.db");
            let options = SqliteConnectOptions::new().filename(file);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let search_path = sqlx::query("SET search_path = matching");
            search_path.execute(&mut connection).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }

    /// A command that is not started yet.
    pub fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        process::command(arguments, &self.variables, self.folder())
    }
}

/// A new database on the PostgreSQL that `scripts/test` started, and which goes with it.
async fn create_database() -> String {
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set; run scripts/test");
    let name = format!("test_{}", ulid::Ulid::generate()).to_lowercase();
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    url.into()
}

/// The Redis that `scripts/test` started.
pub fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL is not set; run scripts/test")
}
