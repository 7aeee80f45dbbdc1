//! The PostgreSQL of the benches, configured as in production: durable, and with the memory of a
//! small server.

use matching_test_servers::postgres::PostgresServer;
use sqlx::{Connection, PgConnection};

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

/// Starts a PostgreSQL server that has its WAL files already.
pub async fn start_postgres() -> PostgresServer {
    let server = PostgresServer::start_with(&POSTGRES_SETTINGS).await;
    make_wal_files(&server.url()).await;
    server
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
