//! The HTTP server: accepts connections up to a limit, with deadlines for heads of requests.
//!
//! `actix_web::HttpServer` does the same for plain TCP streams; here the streams are
//! [`Connection`]s.

use std::{fmt, io, time::Duration};

use actix_http::{HttpService, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::{Error, body::MessageBody, dev::AppConfig};
use tokio::net::TcpStream;

use super::refused_heads::Connection;

/// The time for the head of a request, from the first byte of the connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// The number of threads.
    pub threads: usize,
    /// The maximum number of open connections. Others wait until one is closed.
    pub connections: usize,
    /// The time that a stopping server waits for open requests.
    pub shutdown_grace: Duration,
}

/// Prepares a server of the application that the factory builds, once for each thread.
///
/// # Errors
/// If the listener can't be used.
pub(super) fn serve<F, I, S, B>(
    listener: std::net::TcpListener,
    settings: ServerSettings,
    factory: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Service: 'static,
    S::Response: Into<Response<B>> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let threads = settings.threads.max(1);
    let builder = ServerBuilder::default()
        .workers(threads)
        .max_concurrent_connections(settings.connections.div_ceil(threads))
        .disable_signals()
        .shutdown_timeout(settings.shutdown_grace.as_secs());
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("http", listener, move || {
        let application = factory()
            .into_factory()
            .map_err(|error| error.into().error_response());
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(HEAD_TIMEOUT)
            // A client that closes its half has hung up: its request is dropped.
            .h1_allow_half_closed(false)
            .local_addr(address)
            .h1(map_config(application, |()| AppConfig::default()));
        fn_service(|stream: TcpStream| {
            let connection = Connection::new(stream);
            let client = connection.client();
            std::future::ready(Ok((connection, client)))
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}
