//! Kept connections: consecutive calls reuse a connection without handing it back to the pool.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Executor, PgPool, Postgres, pool::PoolConnection};

use super::{ONE_PLAN, TRUSTED_IDLE, connections::Connections};
use crate::store::StoreError;

/// The time after which an unused connection goes back to the pool.
const UNUSED: Duration = Duration::from_millis(200);
/// The longest time that a connection is kept from the pool, which closes old connections.
const KEPT_AT_MOST: Duration = Duration::from_mins(1);

/// Connections that consecutive calls of any kind reuse, with [`ONE_PLAN`] for each statement.
///
/// The pool pings a connection twice when it comes back: two round trips, which cost the server as
/// much as the statement of a single match. A connection that is used again soon is spared them. A
/// connection that failed, or whose call was given up, is not kept: the pool checks it.
#[derive(Debug)]
pub(super) struct KeptConnections {
    pool: PgPool,
    connections: Arc<Connections>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The most recently used connection is the last.
    connections: Vec<KeptConnection>,
    is_watched: bool,
}

#[derive(Debug)]
pub(super) struct KeptConnection {
    pub(super) connection: PoolConnection<Postgres>,
    taken_from_pool: Instant,
    used: Instant,
}

impl KeptConnections {
    pub(super) fn of(pool: &PgPool, connections: &Arc<Connections>) -> Arc<Self> {
        Arc::new(Self {
            pool: pool.clone(),
            connections: Arc::clone(connections),
            kept: Mutex::default(),
        })
    }

    /// Takes the connection that was used last, or one from the pool.
    pub(super) async fn take(&self) -> Result<KeptConnection, StoreError> {
        let last = self.kept().connections.pop();
        let now = Instant::now();
        let is_usable = |kept: &KeptConnection| {
            now - kept.used < TRUSTED_IDLE && !self.connections.is_retired(kept.taken_from_pool)
        };
        if let Some(kept) = last.filter(is_usable) {
            return Ok(kept);
        }
        let mut connection = self.pool.acquire().await?;
        connection.execute(ONE_PLAN).await?;
        Ok(KeptConnection {
            connection,
            taken_from_pool: now,
            used: now,
        })
    }

    /// Keeps a connection that works, unless other callers may be waiting for one, half of all are
    /// kept, or the pool has to check it again.
    pub(super) fn keep(self: &Arc<Self>, connection: KeptConnection) {
        let most = self.pool.options().get_max_connections();
        let others_find_one = self.pool.num_idle() > 0 || self.pool.size() < most;
        let now = Instant::now();
        let is_too_old = now - connection.taken_from_pool > KEPT_AT_MOST
            || self.connections.is_retired(connection.taken_from_pool);
        if !others_find_one || is_too_old {
            return;
        }
        let mut kept = self.kept();
        if kept.connections.len() >= most as usize / 2 {
            return;
        }
        kept.connections.push(KeptConnection {
            used: now,
            ..connection
        });
        if !std::mem::replace(&mut kept.is_watched, true) {
            tokio::spawn(Arc::clone(self).give_back_unused());
        }
    }

    /// Gives connections back to the pool that stayed unused, until none is kept.
    async fn give_back_unused(self: Arc<Self>) {
        loop {
            tokio::time::sleep(UNUSED / 2).await;
            let mut kept = self.kept();
            let now = Instant::now();
            kept.connections.retain(|kept| now - kept.used < UNUSED);
            if kept.connections.is_empty() {
                kept.is_watched = false;
                return;
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeptConnections {
    /// Closes the kept connections: handing them back needs a runtime, which may be gone.
    fn drop(&mut self) {
        for kept in self.kept().connections.drain(..) {
            drop(kept.connection.detach());
        }
    }
}
