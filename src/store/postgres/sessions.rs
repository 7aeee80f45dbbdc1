//! Sessions: their settings, and the proof that each connection has a session of its own.

use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

use crate::store::StoreError;

/// Rounds of the probe. A pooler on which other clients work may hand out the expected session by
/// chance in one round.
const PROBES: u32 = 4;

/// Settings that every connection needs, and proof that they stay with it.
///
/// A pooler in transaction mode gives each transaction to any of its sessions: a search path would
/// reach other clients of the pooler, whose tables have the same names.
#[derive(Debug)]
pub(super) struct Sessions {
    options: PgConnectOptions,
    schema: String,
    proven: OnceCell<()>,
}

impl Sessions {
    pub(super) fn new(options: PgConnectOptions, schema: &str) -> Self {
        Self {
            options,
            schema: schema.to_owned(),
            proven: OnceCell::new(),
        }
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the schema's name as an identifier.
    pub(super) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// Returns the statement that makes the schema the only one in which names are looked up.
    pub(super) fn search_path(&self) -> String {
        format!("SET search_path = {}", self.quoted_schema())
    }

    /// Checks once that connections have sessions of their own. Changes no session: two connections
    /// ask for their server processes, outside of transactions and without prepared statements.
    ///
    /// # Errors
    /// [`StoreError::SharedSessions`] if a process changed, or served both.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        let probing = async || {
            let (mut one, mut other) =
                (self.options.connect().await?, self.options.connect().await?);
            let outcome = have_own_sessions(&mut one, &mut other).await;
            one.close().await?;
            other.close().await?;
            if outcome? {
                Ok(())
            } else {
                Err(StoreError::SharedSessions)
            }
        };
        self.proven.get_or_try_init(probing).await.copied()
    }
}

/// True if each connection keeps its server process, and they differ. Poolers hand out either the
/// session that was used last or sessions in turn, so each connection asks once after itself and
/// once after the other.
async fn have_own_sessions(
    one: &mut PgConnection,
    other: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    let expected = (process_of(one).await?, process_of(other).await?);
    let mut stays = expected.0 != expected.1;
    for _ in 0..PROBES {
        stays &= process_of(other).await? == expected.1;
        stays &= process_of(one).await? == expected.0;
        stays &= process_of(one).await? == expected.0;
        stays &= process_of(other).await? == expected.1;
    }
    Ok(stays)
}

async fn process_of(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    // Raw SQL needs no prepared statement, which a shared session could lose.
    let row = connection.fetch_one("SELECT pg_backend_pid()").await?;
    row.try_get(0)
}
