//! Records facts about the connections of this store: since when the older ones are not to be used,
//! why none can be made, and what the server refused lately.
//!
//! After a failover, connections to the former primary stay open and answer reads. So every
//! connection is asked on its return whether its server accepts writes, and the first failure that
//! is due to the connection retires all older ones.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::store::StoreError;

/// The time limit of a connection that is made to learn why the pool can't make one.
const EXPLANATION_LIMIT: Duration = Duration::from_secs(1);
/// The time for which an explanation is used again.
const EXPLANATION_AGE: Duration = Duration::from_secs(1);
/// The time for which a refusal that needs an operator is remembered.
const REFUSAL_AGE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Connections {
    options: PgConnectOptions,
    server: Arc<str>,
    noticed: Mutex<Noticed>,
    explanation: tokio::sync::Mutex<Option<(Instant, Option<StoreError>)>>,
}

#[derive(Debug, Default)]
struct Noticed {
    /// Older connections are not used again.
    retired_before: Option<Instant>,
    refusal: Option<(Instant, StoreError)>,
}

impl Connections {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let server = format!("{}:{}", options.get_host(), options.get_port());
        Self {
            options,
            server: server.into(),
            noticed: Mutex::default(),
            explanation: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the error of a server that accepts no writes.
    pub(super) fn read_only(&self) -> StoreError {
        StoreError::ReadOnly {
            server: Arc::clone(&self.server),
        }
    }

    /// True if a connection that existed at this time must not be used again.
    pub(super) fn is_retired(&self, existed: Instant) -> bool {
        let retired_before = self.noticed().retired_before;
        retired_before.is_some_and(|retired_before| existed <= retired_before)
    }

    /// Retires all current connections after a failure of one that existed at this time. Failures
    /// of connections that are retired already retire no newer ones.
    pub(super) fn retire(&self, existed: Instant) {
        let mut noticed = self.noticed();
        let is_news = noticed.retired_before.is_none_or(|before| existed > before);
        if is_news {
            noticed.retired_before = Some(Instant::now());
        }
    }

    /// Draws the consequences of a failed call that began at this time, and returns its error with
    /// the address of the server and the reason why there was no connection.
    pub(super) async fn judge(&self, error: StoreError, began: Instant) -> StoreError {
        if error.discredits_connections() {
            self.retire(began);
        }
        if error.needs_operator() {
            self.noticed().refusal = Some((Instant::now(), error.clone()));
        }
        match error {
            StoreError::Unavailable(source) => match *source {
                sqlx::Error::PoolTimedOut => {
                    let explanation = self.explain().await;
                    explanation.unwrap_or(StoreError::Unavailable(source))
                }
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) => self.unreachable(source),
                _ => StoreError::Unavailable(source),
            },
            error => error,
        }
    }

    /// Returns what the server refused lately, if that needs an operator.
    pub(super) fn recent_refusal(&self) -> Option<StoreError> {
        let noticed = self.noticed();
        let (at, refusal) = noticed.refusal.as_ref()?;
        (at.elapsed() < REFUSAL_AGE).then(|| refusal.clone())
    }

    /// Returns the error of a new connection, which the pool does not tell; `None` if it can be
    /// made, so all connections of the pool are in use.
    async fn explain(&self) -> Option<StoreError> {
        let mut last = self.explanation.lock().await;
        if let Some((at, explanation)) = &*last
            && at.elapsed() < EXPLANATION_AGE
        {
            return explanation.clone();
        }
        let connecting = tokio::time::timeout(EXPLANATION_LIMIT, self.options.connect());
        let explanation = match connecting.await {
            Ok(Ok(connection)) => {
                close(connection);
                None
            }
            Ok(Err(error)) => Some(self.unreachable(Arc::new(error))),
            Err(_) => Some(StoreError::TimedOut {
                limit: EXPLANATION_LIMIT,
            }),
        };
        *last = Some((Instant::now(), explanation.clone()));
        explanation
    }

    fn unreachable(&self, source: Arc<sqlx::Error>) -> StoreError {
        StoreError::Unreachable {
            server: Arc::clone(&self.server),
            source,
        }
    }

    fn noticed(&self) -> MutexGuard<'_, Noticed> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a connection in the background.
fn close(connection: PgConnection) {
    tokio::spawn(connection.close());
}
