//! The contract of the ports of the store ([`matching::store::ports`]). Each behaviour is written
//! once and is one test for each store: `store::leases::postgres::…`, `store::leases::sqlite::…`
//! and `store::leases::model::…`, the model on which the simulation runs.

/// Makes each of the functions a test against each database, with a migrated schema.
macro_rules! on_both_databases {
    ($($behaviour:ident),* $(,)?) => {
        mod postgres {
            use crate::support::databases::TestStore;
            $(
                #[tokio::test]
                async fn $behaviour() {
                    let store = TestStore::empty_postgres().await;
                    store.migrate().await.unwrap();
                    store.show(super::$behaviour).await;
                }
            )*
        }
        mod sqlite {
            use crate::support::databases::TestStore;
            $(
                #[tokio::test]
                async fn $behaviour() {
                    let store = TestStore::empty_sqlite().await;
                    store.migrate().await.unwrap();
                    store.show(super::$behaviour).await;
                }
            )*
        }
    };
}

/// Makes each of the functions a test against each database and against the model.
macro_rules! on_every_store {
    ($($behaviour:ident),* $(,)?) => {
        on_both_databases! { $($behaviour,)* }
        mod model {
            use crate::support::databases::TestStore;
            $(
                #[tokio::test]
                async fn $behaviour() {
                    TestStore::empty_model().show(super::$behaviour).await;
                }
            )*
        }
    };
}

/// Makes each of the functions a test against PostgreSQL only, with a migrated schema: SQLite has
/// one writer at a time.
macro_rules! on_postgres {
    ($($behaviour:ident),* $(,)?) => {
        mod only_postgres {
            use crate::support::databases::TestStore;
            $(
                #[tokio::test]
                async fn $behaviour() {
                    let store = TestStore::empty_postgres().await;
                    store.migrate().await.unwrap();
                    store.show(super::$behaviour).await;
                }
            )*
        }
    };
}

mod builders;

mod api_keys;

mod schema;

mod profile_changes;
mod profiles;

mod batches;
mod cancellation;
mod coalescing;
mod dependencies;
mod dispatch;
mod job_lists;
mod leases;
mod lock_order;
mod outcomes;
mod processes;
mod progress;
mod queues;
mod submissions;
mod watching;

mod dead_letters;
mod deliveries;
mod invariants;
mod rematching;
mod results;
mod retention;
mod reweighing;

mod platform;
mod pooler;
mod unavailable;
