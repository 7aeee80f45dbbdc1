//! The contract of the [`Store`](matching::store::Store) port. Each behaviour is written once and
//! is one test for each database: `store::leases::postgres::…` and `store::leases::sqlite::…`.

/// Makes each of the functions a test against each database, with the schema in place.
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

/// Makes each of the functions a test against PostgreSQL, with the schema in place: SQLite has one writer
/// at a time.
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

mod steps;

mod schema;

mod profile_changes;
mod profiles;

mod accepting;
mod batches;
mod cancelling;
mod dependencies;
mod dispatching;
mod leases;
mod lock_order;
mod outcomes;
mod queues;
mod together;

mod dead_letters;
mod deliveries;
mod inspecting;
mod results;
mod retention;
mod reweighing;

mod unavailable;
