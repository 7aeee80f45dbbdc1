//! A database of its own for each test, in both kinds, gone when the test ends; and the model.

use std::{
    ops::Deref,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use futures::{FutureExt, future::try_join_all};
use matching::{
    breaker::BreakerSettings,
    store::{
        Store,
        postgres::{PostgresSettings, PostgresStore},
        sqlite::SqliteStore,
    },
};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgTransaction, Postgres,
    pool::PoolConnection,
};
use tempfile::TempDir;
use ulid::Ulid;
use url::Url;

use super::planted::plant;
use crate::model_store::ModelStore;

/// Generous: a test never waits this long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// The default of `database.schema`.
pub const SCHEMA: &str = "matching";

/// A store in a database that only one test knows.
pub struct TestStore {
    adapter: Adapter,
    location: Arc<Location>,
}

enum Adapter {
    Postgres(PostgresStore),
    Sqlite(SqliteStore),
    Model(ModelStore),
}

enum Location {
    Postgres { server: Url, database: String },
    Sqlite { folder: TempDir },
    Memory,
}

impl Deref for TestStore {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        match &self.adapter {
            Adapter::Postgres(store) => store,
            Adapter::Sqlite(store) => store,
            Adapter::Model(store) => store,
        }
    }
}

impl TestStore {
    /// An empty PostgreSQL database, without a schema.
    pub async fn empty_postgres() -> Self {
        Self::postgres_with("").await
    }

    /// An empty PostgreSQL database that is created with these options.
    pub async fn postgres_with(options: &str) -> Self {
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            panic!("TEST_POSTGRES_URL is not set: run `scripts/test`, which starts the databases");
        };
        let server: Url = server.parse().unwrap();
        let database = format!("matching_test_{}", Ulid::generate()).to_lowercase();
        run_on_server(&server, format!("CREATE DATABASE {database} {options}")).await;
        Self {
            adapter: postgres_adapter(&server, &database, SCHEMA),
            location: Arc::new(Location::Postgres { server, database }),
        }
    }

    /// An empty SQLite file, without a schema.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            adapter: sqlite_adapter(&folder).await,
            location: Arc::new(Location::Sqlite { folder }),
        }
    }

    /// An empty model.
    pub fn empty_model() -> Self {
        Self {
            adapter: Adapter::Model(ModelStore::new(Utc::now())),
            location: Arc::new(Location::Memory),
        }
    }

    /// True for the model.
    pub fn is_model(&self) -> bool {
        matches!(self.adapter, Adapter::Model(_))
    }

    /// Runs a test with this store, and removes the database however the test ends.
    pub async fn show(self, behaviour: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(behaviour(&self)).catch_unwind().await;
        self.remove().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    /// The same database as another process would see it: with connections of its own.
    pub async fn another_process(&self) -> Self {
        let adapter = match (&self.adapter, &*self.location) {
            (_, Location::Postgres { server, database }) => {
                postgres_adapter(server, database, SCHEMA)
            }
            (_, Location::Sqlite { folder }) => sqlite_adapter(folder).await,
            (Adapter::Model(store), Location::Memory) => Adapter::Model(store.clone()),
            (_, Location::Memory) => panic!("only the model is in memory"),
        };
        Self {
            adapter,
            location: Arc::clone(&self.location),
        }
    }

    /// Another service in the same PostgreSQL database, with a schema of its own.
    pub fn in_schema(&self, schema: &str) -> Self {
        let Location::Postgres { server, database } = &*self.location else {
            panic!("only PostgreSQL has schemas");
        };
        Self {
            adapter: postgres_adapter(server, database, schema),
            location: Arc::clone(&self.location),
        }
    }

    /// How many calls were tried alone because the statement that they shared failed.
    pub fn calls_tried_alone(&self) -> u64 {
        match &self.adapter {
            Adapter::Postgres(store) => store.calls_tried_alone(),
            Adapter::Sqlite(_) | Adapter::Model(_) => 0,
        }
    }

    /// All of PostgreSQL's connections for requests at once, as soon as none is in use.
    pub async fn all_connections(&self) -> Vec<PoolConnection<Postgres>> {
        let Adapter::Postgres(store) = &self.adapter else {
            panic!("only PostgreSQL has connections");
        };
        let all = (0..store.pool().options().get_max_connections()).map(|_| store.pool().acquire());
        try_join_all(all).await.unwrap()
    }

    /// Runs SQL that the database understands, one statement or several, for what the port can't bring
    /// about.
    pub async fn execute(&self, sql: &'static str) {
        match &self.adapter {
            Adapter::Postgres(store) => {
                store.pool().execute(sql).await.unwrap();
            }
            Adapter::Sqlite(store) => {
                store.pool().execute(sql).await.unwrap();
            }
            Adapter::Model(store) => plant(&mut store.ledger(), sql),
        }
    }

    /// Returns the texts that a statement selects in PostgreSQL.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        let Adapter::Postgres(store) = &self.adapter else {
            panic!("only PostgreSQL has catalogs");
        };
        let texts = sqlx::query_scalar(sql).fetch_all(store.pool());
        texts.await.unwrap()
    }

    /// Lets rows be written that the schema's constraints refuse.
    pub async fn lift_constraints(&self) {
        match &self.adapter {
            Adapter::Postgres(_) => {
                self.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_lease")
                    .await;
                self.execute("ALTER TABLE results DROP CONSTRAINT results_document")
                    .await;
            }
            Adapter::Sqlite(_) => self.execute("PRAGMA ignore_check_constraints = ON").await,
            Adapter::Model(_) => {}
        }
    }

    /// Runs SQL in a transaction that stays open; in PostgreSQL, where others may write meanwhile.
    pub async fn uncommitted(&self, sql: &'static str) -> PgTransaction<'static> {
        let Adapter::Postgres(store) = &self.adapter else {
            panic!("SQLite has one writer at a time");
        };
        let mut transaction = store.pool().begin().await.unwrap();
        sqlx::query(sql).execute(&mut *transaction).await.unwrap();
        transaction
    }

    /// Where its PostgreSQL database is.
    pub fn postgres_url(&self) -> Url {
        let Location::Postgres { server, database } = &*self.location else {
            panic!("this store is a file");
        };
        let mut url = server.clone();
        url.set_path(database);
        url
    }

    async fn remove(self) {
        // A SQLite file goes with its folder.
        if let Location::Postgres { server, database } = &*self.location {
            run_on_server(server, format!("DROP DATABASE {database} WITH (FORCE)")).await;
        }
    }
}

fn postgres_adapter(server: &Url, database: &str, schema: &str) -> Adapter {
    let mut url = server.clone();
    url.set_path(database);
    Adapter::Postgres(PostgresStore::connect_lazy(url.as_str(), &patient(schema)).unwrap())
}

/// Settings with generous limits.
pub fn patient(schema: &str) -> PostgresSettings {
    PostgresSettings {
        schema: schema.to_owned(),
        max_connections: 6,
        acquire_timeout: PATIENCE,
        statement_timeout: PATIENCE,
        breaker: BreakerSettings {
            failure_threshold: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: PATIENCE,
        },
    }
}

async fn sqlite_adapter(folder: &TempDir) -> Adapter {
    Adapter::Sqlite(
        SqliteStore::open(&sqlite_file(folder), PATIENCE)
            .await
            .unwrap(),
    )
}

/// In a folder that does not exist yet, so that opening has to make it.
fn sqlite_file(folder: &TempDir) -> PathBuf {
    folder.path().join("new/folder/matching.db")
}

async fn run_on_server(server: &Url, sql: String) {
    let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
