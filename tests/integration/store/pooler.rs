//! PostgreSQL behind PgBouncer. Without `TEST_PGBOUNCER`, of which `scripts/test` tells, these
//! tests check nothing.

use matching::{
    domain::task::TaskState,
    store::{Jobs, Schema, StoreError, postgres::PostgresStore},
};
use matching_test_servers::pgbouncer::PgBouncer;

use super::builders::{job, run, single, state};
use crate::support::databases::{SCHEMA, TestStore, patient};

/// Shows a store and the same database as seen through a PgBouncer with these settings.
async fn behind_pooler(settings: &str, behaviour: impl AsyncFnOnce(&TestStore, PostgresStore)) {
    let store = TestStore::empty_postgres().await;
    store
        .show(async |store| {
            let mut url = store.postgres_url();
            let Some(pooler) = PgBouncer::start(&url, settings).await else {
                return;
            };
            url.set_port(Some(pooler.port())).unwrap();
            let behind = PostgresStore::connect_lazy(url.as_str(), &patient(SCHEMA)).unwrap();
            behaviour(store, behind).await;
        })
        .await;
}

#[tokio::test]
async fn a_pooler_in_session_mode_serves() {
    behind_pooler("pool_mode = session", async |store, behind| {
        behind.migrate().await.unwrap();
        behind.check().await.unwrap();
        let submission = single().submit_dispatched(store).await;
        run(store, &submission).await;
        let job_id = job(&submission, 1);
        assert_eq!(state(store, &job_id).await, TaskState::Completed);
        assert!(behind.job(&job_id).await.unwrap().is_some());
    })
    .await;
}

/// No setting of a session reaches other clients of the pooler.
#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_at_once() {
    for settings in [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_round_robin = 1",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = statement",
    ] {
        behind_pooler(settings, async |store, behind| {
            for refused in [behind.migrate().await, behind.check().await] {
                let refused = refused.unwrap_err();
                assert!(matches!(refused, StoreError::SharedSessions), "{refused:?}");
                assert!(!refused.is_retryable());
            }
            let schemas = store.texts("SELECT nspname::text FROM pg_namespace").await;
            assert!(!schemas.contains(&"matching".to_owned()));
        })
        .await;
    }
}
