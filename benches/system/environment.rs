//! The environment of the measurements: the servers, and databases with profiles.

use std::io::Write;

use matching_test_servers::{postgres::PostgresServer, redis::RedisServer};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tempfile::TempDir;

use crate::{Options, machine, profiles::Samples, servers, service};

/// The number of different profiles of each kind that are stored for the rows about matches.
pub const PROFILES: i64 = 10_000;

pub struct Environment {
    pub options: Options,
    pub samples: Samples,
    pub folder: TempDir,
    pub postgres: PostgresServer,
    pub redis: RedisServer,
}

impl Environment {
    pub async fn start(options: Options) -> Self {
        Self {
            options,
            samples: Samples::read(),
            folder: tempfile::tempdir().unwrap(),
            postgres: servers::start_postgres().await,
            redis: RedisServer::start().await,
        }
    }

    /// Creates an empty database; returns its URL.
    pub async fn empty_database(&self, name: &str) -> String {
        let mut connection = PgConnection::connect(&self.postgres.url()).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        // Measurements read and fill the service's tables by connections of their own.
        let search_path =
            AssertSqlSafe(format!("ALTER DATABASE {name} SET search_path = matching"));
        sqlx::query(search_path)
            .execute(&mut connection)
            .await
            .unwrap();
        let url = self.database_url(name);
        let migrated = service::command(self, &url, &["migrate"]).output().unwrap();
        assert!(migrated.status.success());
        url
    }

    /// Empties Redis, which contains data of earlier rows and of the peer, and resets the peak of
    /// its memory.
    pub async fn forget_redis(&self) {
        let client = redis::Client::open(self.redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut emptying = redis::pipe();
        emptying.cmd("FLUSHALL").cmd("MEMORY").arg("PURGE");
        let _: redis::Value = emptying.query_async(&mut connection).await.unwrap();
        machine::forget_peak(self.redis.id());
    }

    pub fn database_url(&self, name: &str) -> String {
        let mut url: url::Url = self.postgres.url().parse().unwrap();
        url.set_path(name);
        url.into()
    }

    /// Creates a database with the profiles 1 to [`PROFILES`] of each kind; returns its URL.
    pub async fn database(&self, name: &str) -> String {
        let url = self.empty_database(name).await;
        let candidate = |id| self.samples.candidate(id);
        let posting = |id| self.samples.job_posting(id);
        let kinds: [(&str, &dyn Fn(i64) -> String); 2] =
            [("candidates", &candidate), ("job-postings", &posting)];
        for (kind, profile) in kinds {
            let path = self.folder.path().join(kind);
            if !path.exists() {
                let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
                for id in 1..=PROFILES {
                    writeln!(file, "{}", profile(id)).unwrap();
                }
                file.flush().unwrap();
            }
            let import = ["import", kind, path.to_str().unwrap()];
            let imported = service::command(self, &url, &import).output().unwrap();
            let said = String::from_utf8_lossy(&imported.stderr);
            assert!(imported.status.success(), "{said}");
        }
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let analyze = sqlx::query("VACUUM (ANALYZE) candidates, job_postings");
        analyze.execute(&mut connection).await.unwrap();
        url
    }

    /// Writes a checkpoint before each side of a comparison, so that neither pays for the other's
    /// writes.
    pub async fn settle(&self, pool: &PgPool) {
        sqlx::query("CHECKPOINT").execute(pool).await.unwrap();
    }
}
