//! The schema: migrations, and the check for them.

use std::sync::LazyLock;

use async_trait::async_trait;
use sqlx::{migrate::Migrator, postgres::PgPoolOptions};
use tracing::instrument;

use super::PostgresStore;
use crate::{
    breaker::Breaker,
    store::{Schema, StoreError, migrations},
};

static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| migrations::of(sqlx_macros::migrate!("migrations/postgres")));

#[async_trait]
impl Schema for PostgresStore {
    #[instrument(name = "store.migrate", level = "debug", skip_all)]
    async fn migrate(&self) -> Result<(), StoreError> {
        // Without a limit: a migration may rewrite a large table, or wait for another process's.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.pool.options().get_acquire_timeout())
            .connect_lazy_with((*self.pool.connect_options()).clone());
        let migrating = async { Ok(MIGRATIONS.run(&pool).await?) };
        let outcome = self.breaker.call(StoreError::is_outage, migrating).await;
        pool.close().await;
        outcome
    }

    #[instrument(name = "store.check", level = "debug", skip_all)]
    async fn check(&self) -> Result<(), StoreError> {
        let applied = self.call(async {
            Ok(
                sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                    .fetch_one(&self.pool)
                    .await?,
            )
        });
        migrations::check(&MIGRATIONS, applied.await?)
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }
}
