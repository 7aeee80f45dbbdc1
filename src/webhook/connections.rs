//! Tells requests that open a connection from requests on a kept one.
//!
//! A receiver may close a kept connection at any time, also just when a request arrives on it. Such
//! a request failed for a reason that says nothing about the receiver, unlike one that opened its
//! connection. reqwest does not report which of both a request was, so a layer around its connector
//! records it: the connector runs within the task of the request that needs the connection.

use std::{
    cell::Cell,
    error::Error,
    io, iter,
    task::{Context, Poll},
};

use tower::{Layer, Service};

tokio::task_local! {
    static OPENED_CONNECTION: Cell<bool>;
}

/// Makes a request and returns its outcome, and true if it opened a connection.
pub(super) async fn watching<T>(request: impl Future<Output = T>) -> (T, bool) {
    let watched = async {
        let outcome = request.await;
        (outcome, OPENED_CONNECTION.with(Cell::get))
    };
    OPENED_CONNECTION.scope(Cell::new(false), watched).await
}

/// True if the connection ended before a complete head of an answer.
pub(super) fn ended_unanswered(error: &reqwest::Error) -> bool {
    let mut causes = iter::successors(error.source(), |cause| (*cause).source());
    !error.is_timeout()
        && causes.any(|cause| {
            let ended_by_http = cause
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_incomplete_message);
            ended_by_http
                || cause.downcast_ref::<io::Error>().is_some_and(|cause| {
                    matches!(
                        cause.kind(),
                        io::ErrorKind::ConnectionReset
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::BrokenPipe
                            | io::ErrorKind::UnexpectedEof
                    )
                })
        })
}

/// The layer around reqwest's connector.
#[derive(Clone, Copy)]
pub(super) struct ConnectionWatch;

impl<S> Layer<S> for ConnectionWatch {
    type Service = WatchedConnector<S>;

    fn layer(&self, connector: S) -> WatchedConnector<S> {
        WatchedConnector(connector)
    }
}

/// A connector that records its calls.
#[derive(Clone)]
pub(super) struct WatchedConnector<S>(S);

impl<S: Service<Target>, Target> Service<Target> for WatchedConnector<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: Target) -> S::Future {
        // Outside of a watched request there is nothing to record.
        let _ = OPENED_CONNECTION.try_with(|opened| opened.set(true));
        self.0.call(target)
    }
}
