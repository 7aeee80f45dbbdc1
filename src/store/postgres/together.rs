//! Calls that come together share a statement and, while they keep coming, a connection.
//!
//! A connection that was used is asked whether it still works before it is used again; those round trips
//! cost the server as much as the statement of a single match. So whoever runs the statements of one turn
//! keeps its connection from each to the next, unless others may be waiting for one.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tracing::warn;

use crate::{gathering::Gathering, store::StoreError};

/// Statements under way at once: while one waits for the disk, the next is prepared.
const RUNS_AT_ONCE: usize = 2;
/// Callers of one statement.
const CALLS_TOGETHER: usize = 100;

/// The statement for some calls, which answers each, in their order.
type Statement<Request, Answer> = for<'a> fn(
    &'a mut PgConnection,
    &'a [Request],
) -> BoxFuture<'a, Result<Vec<Answer>, StoreError>>;

/// Calls of one sort.
#[derive(Debug)]
pub(super) struct Together<Request, Answer> {
    gathering: Arc<Gathering<Request, Result<Answer, StoreError>>>,
    statement: Statement<Request, Answer>,
    pool: PgPool,
    limit: Duration,
    tried_alone: AtomicU64,
}

impl<Request: Send + Sync + 'static, Answer: Send + 'static> Together<Request, Answer> {
    /// Calls that this statement answers, each within this limit.
    pub(super) fn new(
        pool: &PgPool,
        limit: Duration,
        statement: Statement<Request, Answer>,
    ) -> Self {
        Self {
            gathering: Gathering::new(RUNS_AT_ONCE, CALLS_TOGETHER),
            statement,
            pool: pool.clone(),
            limit,
            tried_alone: AtomicU64::new(0),
        }
    }

    /// How many calls the shared statement failed for.
    pub(super) fn tried_alone(&self) -> u64 {
        self.tried_alone.load(Ordering::Relaxed)
    }

    /// Makes a call together with others. `None` where the statement failed for another reason than
    /// the server's: that may be any of the calls, so each is to be tried alone.
    ///
    /// # Errors
    /// When the server fails.
    pub(super) async fn call(&self, request: Request) -> Result<Option<Answer>, StoreError> {
        let connection = KeptConnection::of(&self.pool);
        let (statement, limit) = (self.statement, self.limit);
        let run = move |requests: Vec<Request>| {
            let kept = Arc::clone(&connection);
            async move {
                let running = async {
                    let mut connection = kept.take().await?;
                    let answers = statement(&mut connection, &requests).await?;
                    kept.keep(connection);
                    Ok(answers)
                };
                let answers = tokio::time::timeout(limit, running).await;
                match answers.unwrap_or(Err(StoreError::TimedOut { limit })) {
                    Ok(answers) => answers.into_iter().map(Ok).collect(),
                    Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
                }
            }
        };
        match self.gathering.join(request, run).await {
            Some(Ok(answer)) => return Ok(Some(answer)),
            Some(Err(error)) if error.is_retryable() => return Err(error),
            Some(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                warn!(
                    error,
                    "a statement for several calls failed; each is tried alone"
                );
            }
            None => warn!("calls that came together broke off; each is tried alone"),
        }
        self.tried_alone.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }
}

/// The connection of one turn; back in the pool when that ends. One that failed, or whose call was
/// given up, is not kept: the pool finds out what it is worth.
struct KeptConnection {
    pool: PgPool,
    connection: Mutex<Option<PoolConnection<Postgres>>>,
}

impl KeptConnection {
    fn of(pool: &PgPool) -> Arc<Self> {
        Arc::new(Self {
            pool: pool.clone(),
            connection: Mutex::default(),
        })
    }

    async fn take(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        let kept = self.held().take();
        match kept {
            Some(connection) => Ok(connection),
            None => Ok(self.pool.acquire().await?),
        }
    }

    fn keep(&self, connection: PoolConnection<Postgres>) {
        let others_find_one = self.pool.num_idle() > 0
            || self.pool.size() < self.pool.options().get_max_connections();
        if others_find_one {
            *self.held() = Some(connection);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<PoolConnection<Postgres>>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
