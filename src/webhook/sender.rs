//! Sends webhooks: one attempt at one delivery, with every outcome classified.
//!
//! This is the only module that calls addresses chosen by callers, so its client is restricted:
//! addresses are filtered while resolving, redirects are not followed, the environment's proxies
//! are ignored (a proxy would resolve names outside of the policy's control), every wait has a
//! limit and only a small part of an answer is read. An endpoint that keeps failing is paused for
//! all callers, one that asks for a pause gets it, and concurrent deliveries to each endpoint are
//! limited, so that neither a failing nor a slow endpoint can occupy the whole webhook pool.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, redirect};
use url::Url;

use super::address_policy::{AddressPolicy, ReceiverRefused};
use super::connections::{ConnectionWatch, ended_unanswered, watching};
use super::endpoints::Endpoints;
use super::retry_after::retry_after;
use super::signature::{SignedHeaders, WEBHOOK_ID, WEBHOOK_TIMESTAMP, WebhookSigner};
use crate::breaker::BreakerSettings;
use crate::domain::identifiers::EndpointId;
use crate::service::webhook_transport::{
    Delivered, DeliveryError, EndpointPause, OutgoingDelivery, WebhookTransport,
};

/// The header with the position in a trace: W3C Trace Context.
const TRACEPARENT: &str = "traceparent";
/// The maximum size of an answer that is read, in bytes. Its content is never used; reading a short
/// answer to its end lets the connection be reused.
const MAXIMUM_RESPONSE_BYTES: usize = 4096;
/// The time limit for the rest of an answer after its status.
const RESPONSE_DRAIN_LIMIT: Duration = Duration::from_secs(1);
const IDLE_CONNECTIONS_PER_HOST: usize = 4;
const IDLE_CONNECTION_LIFETIME: Duration = Duration::from_secs(30);

/// The limits of the sender.
#[derive(Debug, Clone, Copy)]
pub struct WebhookSenderSettings {
    /// The time limit for opening a connection.
    pub connect_timeout: Duration,
    /// The time limit of a whole attempt, including connecting.
    pub request_timeout: Duration,
    /// The maximum number of concurrent deliveries to one endpoint; at least 1.
    pub endpoint_concurrency: usize,
    /// The settings of the endpoints' circuit breakers.
    pub breaker: BreakerSettings,
}

/// The client can't be built.
#[derive(Debug, thiserror::Error)]
#[error("the webhook client can't be built")]
pub struct WebhookClientError(#[source] reqwest::Error);

/// Signs and sends deliveries. There is one for the whole process: it owns the connections and the
/// state of endpoints.
pub struct WebhookSender {
    client: Client,
    /// Opens a new connection for each request.
    unpooled_client: Client,
    policy: AddressPolicy,
    signer: Option<WebhookSigner>,
    endpoints: Endpoints,
    request_timeout: Duration,
}

impl WebhookSender {
    /// Builds the client. Without a signer, deliveries have their id and time but no signature.
    ///
    /// The system's root certificates are trusted for `https` receivers, or those of
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`. A minimal image may have none; then a warning is logged,
    /// `http` receivers work and `https` ones are unreachable.
    ///
    /// # Errors
    ///
    /// [`WebhookClientError`], if the client can't be built.
    pub fn new(
        settings: WebhookSenderSettings,
        policy: AddressPolicy,
        signer: Option<WebhookSigner>,
    ) -> Result<Self, WebhookClientError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error means that another thread has just installed one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let build = |idle_connections| {
            let builder = || client_builder(&settings, policy.clone(), idle_connections);
            builder()
                .build()
                .or_else(|error| {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "no root certificates were found on this system: \
                         webhooks can be sent to http receivers only",
                    );
                    builder().tls_certs_only([]).build()
                })
                .map_err(WebhookClientError)
        };
        Ok(Self {
            client: build(IDLE_CONNECTIONS_PER_HOST)?,
            unpooled_client: build(0)?,
            policy,
            signer,
            endpoints: Endpoints::new(settings.endpoint_concurrency, settings.breaker),
            request_timeout: settings.request_timeout,
        })
    }

    async fn attempt(
        &self,
        url: Url,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError> {
        let response = self
            .exchange(url, delivery, timestamp_seconds)
            .await
            .map_err(from_transport)?;

        let status = response.status();
        let retry_after = retry_after(response.headers(), timestamp_seconds);
        drain(response).await;
        if status.is_success() {
            Ok(Delivered {
                status: status.as_u16(),
            })
        } else if status.is_redirection() {
            Err(DeliveryError::Redirected {
                status: status.as_u16(),
            })
        } else if status == StatusCode::GONE {
            Err(DeliveryError::Gone)
        } else {
            Err(DeliveryError::Rejected {
                status: status.as_u16(),
                retry_after,
            })
        }
    }
}

impl WebhookSender {
    /// Sends the request and returns the head of the answer. A receiver may close a kept connection
    /// just when the next request arrives, which is no fault of either side: then the request is
    /// sent once more, on a new connection. Receivers recognise a request that they got twice by
    /// its `webhook-id`.
    async fn exchange(
        &self,
        url: Url,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Response, reqwest::Error> {
        let began = Instant::now();
        let request = self.request(&self.client, url.clone(), delivery, timestamp_seconds);
        let (answered, opened_connection) = watching(request.send()).await;
        match answered {
            Err(error) if !opened_connection && ended_unanswered(&error) => {
                let time_left = self.request_timeout.saturating_sub(began.elapsed());
                self.request(&self.unpooled_client, url, delivery, timestamp_seconds)
                    .timeout(time_left)
                    .send()
                    .await
            }
            answered => answered,
        }
    }

    fn request(
        &self,
        client: &Client,
        url: Url,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> RequestBuilder {
        let id = delivery.id.as_str();
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json");
        if let Some(signer) = &self.signer {
            let headers: SignedHeaders = signer.headers(id, timestamp_seconds, &delivery.body);
            for (name, value) in headers.pairs() {
                request = request.header(name, value);
            }
        } else {
            request = request
                .header(WEBHOOK_ID, id)
                .header(WEBHOOK_TIMESTAMP, timestamp_seconds);
        }
        if let Some(trace) = delivery.trace {
            request = request.header(TRACEPARENT, trace.to_string());
        }
        request.body(delivery.body.clone())
    }
}

#[async_trait]
impl WebhookTransport for WebhookSender {
    async fn send(
        &self,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError> {
        let refused = |refused: ReceiverRefused| DeliveryError::Refused(refused.into());
        let url = self.policy.check_url(&delivery.url).map_err(refused)?;
        self.policy.check_port(&url).await.map_err(refused)?;
        let endpoint = &delivery.endpoint;
        let _slot = self.endpoints.slot(endpoint).await;
        let permit = self.endpoints.permit(endpoint)?;
        let outcome = self.attempt(url, delivery, timestamp_seconds).await;
        match &outcome {
            Err(error) if error.is_outage() => {
                self.endpoints.failed(endpoint, error.reason());
                permit.failed();
            }
            // A delivery that was refused or can't be sent says nothing about the endpoint.
            Err(error) if error.status().is_none() => drop(permit),
            Err(error) => {
                if let Some(wait) = error.throttle() {
                    let seconds = wait.as_secs();
                    let reason = format!("{error} and asked for a pause of {seconds} s");
                    self.endpoints.throttle(endpoint, wait, reason);
                }
                permit.answered();
            }
            Ok(_) => permit.answered(),
        }
        self.endpoints.publish_paused();
        outcome
    }

    fn pauses(&self) -> HashMap<EndpointId, EndpointPause> {
        self.endpoints.pauses()
    }

    fn end_pause(&self, endpoint: &EndpointId) {
        self.endpoints.end_pause(endpoint);
        self.endpoints.publish_paused();
    }
}

impl fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSender")
            .field("policy", &self.policy)
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

fn client_builder(
    settings: &WebhookSenderSettings,
    policy: AddressPolicy,
    idle_connections: usize,
) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("matching/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .dns_resolver(policy)
        .connector_layer(ConnectionWatch)
        .pool_max_idle_per_host(idle_connections)
        .pool_idle_timeout(IDLE_CONNECTION_LIFETIME)
}

fn from_transport(error: reqwest::Error) -> DeliveryError {
    if let Some(refused) = refusal_within(&error) {
        return DeliveryError::Refused(refused.into());
    }
    let error = error.without_url();
    if error.is_builder() {
        DeliveryError::Unsendable(error.into())
    } else if error.is_timeout() {
        DeliveryError::TimedOut(error.into())
    } else {
        DeliveryError::Unreachable(error.into())
    }
}

/// Returns the policy's refusal if it is the cause of this error.
fn refusal_within(error: &reqwest::Error) -> Option<ReceiverRefused> {
    let mut source = error.source();
    while let Some(current) = source {
        if let Some(refused) = current.downcast_ref::<ReceiverRefused>() {
            return Some(refused.clone());
        }
        source = current.source();
    }
    None
}

/// Reads a short answer to its end, so that the connection can be reused; a long or slow one is
/// dropped. The status is known by now, so an answer that breaks off changes nothing.
async fn drain(mut response: Response) {
    let read = async {
        let mut received = 0;
        while received < MAXIMUM_RESPONSE_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => received += chunk.len(),
                Ok(None) | Err(_) => break,
            }
        }
    };
    let _ = tokio::time::timeout(RESPONSE_DRAIN_LIMIT, read).await;
}

#[cfg(test)]
mod tests {
    use actix_web::web::{self, Bytes};
    use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
    use standardwebhooks::Webhook;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;

    const SECRET: &str = "a plain secret";

    fn settings() -> WebhookSenderSettings {
        WebhookSenderSettings {
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(5),
            endpoint_concurrency: 8,
            breaker: breaker(3, Duration::from_mins(1)),
        }
    }

    fn breaker(failure_threshold: u32, pause: Duration) -> BreakerSettings {
        BreakerSettings {
            failure_threshold,
            first_pause: pause,
            longest_pause: pause,
        }
    }

    fn signer() -> Option<WebhookSigner> {
        WebhookSigner::from_secrets(&[SECRET.into()]).unwrap()
    }

    fn loopback() -> AddressPolicy {
        let networks = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap());
        AddressPolicy::new(networks.to_vec(), Vec::new())
    }

    fn sender() -> WebhookSender {
        WebhookSender::new(settings(), loopback(), signer()).unwrap()
    }

    fn delivery(url: impl Into<String>) -> OutgoingDelivery {
        let url = url.into();
        OutgoingDelivery {
            id: "msg_01J".parse().unwrap(),
            endpoint: EndpointId::of(&url),
            url,
            trace: None,
            body: br#"{"type":"match.completed"}"#.to_vec(),
        }
    }

    fn now() -> i64 {
        crate::clock::now().timestamp()
    }

    /// A request as the receiver got it: path, headers and body.
    type Received = (String, Vec<(String, String)>, Vec<u8>);

    /// Starts a receiver that answers `/status/N` with N and reports every request.
    fn receiver() -> (String, mpsc::UnboundedReceiver<Received>) {
        let (sender, received) = mpsc::unbounded_channel();
        let server = HttpServer::new(move || {
            let sender = sender.clone();
            App::new().route(
                "/status/{status}",
                web::to(
                    move |request: HttpRequest, status: web::Path<u16>, body: Bytes| {
                        let headers = request
                            .headers()
                            .iter()
                            .map(|(name, value)| {
                                (name.to_string(), value.to_str().unwrap().to_owned())
                            })
                            .collect();
                        sender
                            .send((request.path().to_owned(), headers, body.to_vec()))
                            .unwrap();
                        async move {
                            let status = actix_web::http::StatusCode::from_u16(*status).unwrap();
                            HttpResponse::build(status)
                                .insert_header(("Location", "/status/200"))
                                .insert_header(("Retry-After", "120"))
                                .body("x".repeat(100_000))
                        }
                    },
                ),
            )
        })
        .workers(1)
        .bind(("127.0.0.1", 0))
        .unwrap();
        let base = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.disable_signals().run());
        (base, received)
    }

    /// Starts a receiver that answers every connection with these bytes and keeps it open.
    async fn raw_receiver(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer).await;
                open.push(stream);
            }
        });
        url
    }

    /// Returns a loopback URL on which nothing listens.
    async fn closed_port() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    }

    #[tokio::test]
    async fn a_delivery_arrives_with_signatures_that_verify() {
        let (base, mut received) = receiver();
        let delivery = delivery(format!("{base}/status/204"));
        let delivered = sender().send(&delivery, now()).await.unwrap();
        assert_eq!(delivered, Delivered { status: 204 });

        let (_, headers, body) = received.recv().await.unwrap();
        assert_eq!(body, delivery.body);
        let header = |name: &str| {
            headers
                .iter()
                .find_map(|(n, value)| (n == name).then_some(value.as_str()))
        };
        assert_eq!(header("webhook-id"), Some("msg_01J"));
        assert_eq!(header("content-type"), Some("application/json"));
        assert_eq!(
            header("user-agent"),
            Some(concat!("matching/", env!("CARGO_PKG_VERSION")))
        );
        let expected = signer().unwrap().headers("any", 0, &body).body_signature;
        assert_eq!(header("x-webhook-signature"), Some(expected.as_str()));
        let map = headers
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    value.parse().unwrap(),
                )
            })
            .collect();
        Webhook::from_bytes(SECRET.as_bytes().to_vec())
            .unwrap()
            .verify(&body, &map)
            .unwrap();
    }

    #[tokio::test]
    async fn without_a_secret_a_delivery_is_unsigned_but_identified() {
        let (base, mut received) = receiver();
        let sender = WebhookSender::new(settings(), loopback(), None).unwrap();
        sender
            .send(&delivery(format!("{base}/status/200")), 1_700_000_000)
            .await
            .unwrap();
        let (_, headers, _) = received.recv().await.unwrap();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert!(headers.contains(&("webhook-timestamp".into(), "1700000000".into())));
        assert!(names.contains(&"webhook-id"));
        assert!(!names.contains(&"webhook-signature"));
        assert!(!names.contains(&"x-webhook-signature"));
    }

    #[tokio::test]
    async fn answers_are_classed() {
        let (base, _received) = receiver();
        let sender = sender();
        for (status, retryable) in [
            (302, false),
            (307, false),
            (400, true),
            (404, true),
            (408, true),
            (410, false),
            (429, true),
            (500, true),
            (503, true),
        ] {
            let error = sender
                .send(&delivery(format!("{base}/status/{status}")), now())
                .await
                .unwrap_err();
            assert_eq!(error.status(), Some(status), "{error}");
            assert_eq!(error.is_retryable(), retryable, "{error}");
            let asks_for_a_pause = matches!(status, 429 | 503);
            assert_eq!(error.consumes_attempt(), !asks_for_a_pause, "{error}");
            let expected = retryable.then_some(Duration::from_mins(2));
            assert_eq!(error.retry_after(), expected, "{error}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (base, mut received) = receiver();
        let error = sender()
            .send(&delivery(format!("{base}/status/307")), now())
            .await
            .unwrap_err();
        assert!(matches!(error, DeliveryError::Redirected { status: 307 }));
        assert_eq!(received.recv().await.unwrap().0, "/status/307");
        assert!(received.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_silent_receiver_times_out() {
        let url = raw_receiver(b"").await;
        let settings = WebhookSenderSettings {
            request_timeout: Duration::from_millis(200),
            ..settings()
        };
        let sender = WebhookSender::new(settings, loopback(), signer()).unwrap();
        let error = sender.send(&delivery(url), now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::TimedOut(_)), "{error:?}");
        assert!(error.is_retryable());
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_counts_by_its_status() {
        let url = raw_receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nstill").await;
        let delivered = sender().send(&delivery(url), now()).await.unwrap();
        assert_eq!(delivered.status, 200);
    }

    #[tokio::test]
    async fn an_answer_that_is_not_http_is_retryable() {
        let url = raw_receiver(b"SSH-2.0-OpenSSH\r\n").await;
        let error = sender().send(&delivery(url), now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Unreachable(_)), "{error:?}");
    }

    #[tokio::test]
    async fn refused_receivers_are_never_called() {
        let (base, mut received) = receiver();
        let strict = WebhookSender::new(
            settings(),
            AddressPolicy::new(Vec::new(), Vec::new()),
            signer(),
        )
        .unwrap();
        let by_name = base.replace("127.0.0.1", "localhost");
        for url in [base, by_name, "http://169.254.169.254/".to_owned()] {
            let error = strict
                .send(&delivery(format!("{url}/status/200")), now())
                .await
                .unwrap_err();
            assert!(matches!(error, DeliveryError::Refused(_)), "{error:?}");
            assert!(!error.is_retryable());
        }
        assert!(received.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_refusal_met_while_resolving_is_reported_as_such() {
        // The client without the check of the URL simulates a name that passed the check.
        let strict = WebhookSender::new(
            settings(),
            AddressPolicy::new(Vec::new(), Vec::new()),
            signer(),
        )
        .unwrap();
        let error = strict
            .client
            .get("http://localhost:9/")
            .send()
            .await
            .unwrap_err();
        let error = from_transport(error);
        let DeliveryError::Refused(refused) = &error else {
            panic!("{error:?}");
        };
        assert!(
            matches!(refused.downcast_ref(), Some(ReceiverRefused::Address { host, .. }) if host == "localhost"),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn an_unreachable_receiver_is_retryable_and_its_url_is_not_shown() {
        let url = format!("{}hook?token=hunter2", closed_port().await);
        let error = sender().send(&delivery(url), now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Unreachable(_)), "{error:?}");
        assert!(error.is_retryable());
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn an_endpoint_that_keeps_failing_is_paused_alone() {
        let (base, mut received) = receiver();
        let sender = sender();
        let failing = delivery(format!("{base}/status/500"));
        for _ in 0..3 {
            let error = sender.send(&failing, now()).await.unwrap_err();
            assert_eq!(error.status(), Some(500));
            received.recv().await.unwrap();
        }
        let error = sender.send(&failing, now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::EndpointPaused { .. }));
        assert!(
            error.reason().contains("the receiver answered 500"),
            "{error}"
        );
        assert!(error.is_retryable());
        assert!(!error.consumes_attempt());
        let pause = error.retry_after().unwrap();
        assert!(pause > Duration::ZERO && pause <= Duration::from_mins(1));
        assert!(sender.pauses().into_keys().eq([failing.endpoint]));
        assert!(received.try_recv().is_err());
        let healthy = delivery(format!("{base}/status/200"));
        sender.send(&healthy, now()).await.unwrap();
    }

    #[tokio::test]
    async fn an_endpoint_that_asks_for_a_pause_gets_no_delivery_meanwhile() {
        let (base, mut received) = receiver();
        let sender = sender();
        let busy = delivery(format!("{base}/status/429?tenant=a"));
        sender.send(&busy, now()).await.unwrap_err();
        received.recv().await.unwrap();
        let error = sender.send(&busy, now()).await.unwrap_err();
        assert!(!error.consumes_attempt());
        let wait = error.retry_after().unwrap();
        assert!(wait > Duration::from_secs(100) && wait <= Duration::from_mins(2));
        let reason = error.reason();
        assert_eq!(
            reason,
            "the receiver answered 429 and asked for a pause of 120 s"
        );
        assert!(received.try_recv().is_err());
        let other = delivery(format!("{base}/status/200"));
        sender.send(&other, now()).await.unwrap();
    }

    #[tokio::test]
    async fn a_paused_endpoint_is_tried_again_after_the_recovery() {
        let (base, _received) = receiver();
        let settings = WebhookSenderSettings {
            breaker: breaker(1, Duration::from_millis(50)),
            ..settings()
        };
        let sender = WebhookSender::new(settings, loopback(), signer()).unwrap();
        let failing = delivery(format!("{base}/status/500"));
        // The same endpoint for the sender, at another address.
        let working = OutgoingDelivery {
            url: format!("{base}/status/200"),
            ..failing.clone()
        };
        assert!(sender.send(&failing, now()).await.is_err());
        let mut delivered = sender.send(&working, now()).await;
        assert!(matches!(
            delivered,
            Err(DeliveryError::EndpointPaused { .. })
        ));
        while matches!(delivered, Err(DeliveryError::EndpointPaused { .. })) {
            tokio::task::yield_now().await;
            delivered = sender.send(&working, now()).await;
        }
        delivered.unwrap();
        sender.send(&working, now()).await.unwrap();
    }

    #[test]
    fn refusals_of_a_healthy_receiver_do_not_pause_it() {
        let rejected = |status| DeliveryError::Rejected {
            status,
            retry_after: None,
        };
        assert!(!rejected(404).is_outage());
        assert!(!rejected(429).is_outage());
        assert!(rejected(502).is_outage());
    }

    /// Starts a receiver that answers the first request of each connection with 204 and ends each
    /// later one with these bytes. Returns its URL and the number of requests on each connection.
    async fn closing_receiver(ending: &'static [u8]) -> (String, mpsc::UnboundedReceiver<usize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (report, reported) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let report = report.clone();
                tokio::spawn(async move {
                    for number in 1.. {
                        if !read_request(&mut stream).await {
                            return;
                        }
                        report.send(number).unwrap();
                        if number > 1 {
                            let _ = stream.write_all(ending).await;
                            return;
                        }
                        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
                        stream.write_all(answer).await.unwrap();
                    }
                });
            }
        });
        (url, reported)
    }

    /// Reads one request of this module to the end of its body; false if the connection ended.
    async fn read_request(stream: &mut tokio::net::TcpStream) -> bool {
        let mut request = Vec::new();
        while !request.ends_with(br#"{"type":"match.completed"}"#) {
            let mut part = [0; 1024];
            match stream.read(&mut part).await {
                Ok(length @ 1..) => request.extend(&part[..length]),
                _ => return false,
            }
        }
        true
    }

    #[tokio::test]
    async fn a_kept_connection_that_its_receiver_closes_costs_no_attempt() {
        let (url, mut requests) = closing_receiver(b"").await;
        let settings = WebhookSenderSettings {
            breaker: breaker(1, Duration::from_mins(1)),
            ..settings()
        };
        let sender = WebhookSender::new(settings, loopback(), signer()).unwrap();
        let delivery = delivery(url);
        for _ in 0..4 {
            sender.send(&delivery, now()).await.unwrap();
        }
        assert!(sender.pauses().is_empty());
        drop(sender);
        let mut numbers = Vec::new();
        while let Ok(number) = requests.try_recv() {
            numbers.push(number);
        }
        // The second delivery met a closed connection, and was sent on one of its own.
        assert_eq!(numbers, [1, 2, 1, 1, 2, 1]);
    }

    #[tokio::test]
    async fn a_new_connection_that_its_receiver_closes_fails_the_attempt() {
        let url = closing_at_once().await;
        let error = sender().send(&delivery(url), now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Unreachable(_)), "{error:?}");
        assert!(error.is_outage() && error.consumes_attempt());
        let reason = error.reason();
        assert!(
            reason.contains("connection closed before message completed"),
            "{reason}"
        );
    }

    /// Starts a receiver that reads one request of each connection and closes it.
    async fn closing_at_once() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                read_request(&mut stream).await;
            }
        });
        url
    }

    #[tokio::test]
    async fn reasons_name_the_cause_and_no_secret_of_the_url() {
        let too_many_headers = [
            &b"HTTP/1.1 200 OK\r\n"[..],
            &b"x: y\r\n".repeat(2_000),
            b"\r\n",
        ];
        let too_many_headers = too_many_headers.concat().leak();
        let https = |url: String| url.replace("http:", "https:");
        for (url, cause) in [
            (closed_port().await, "Connection refused"),
            ("http://nowhere.invalid/".to_owned(), "dns error"),
            (
                raw_receiver(too_many_headers).await,
                "message head is too large",
            ),
            (
                raw_receiver(b"SSH-2.0-OpenSSH\r\n").await,
                "invalid HTTP version parsed",
            ),
            (
                https(raw_receiver(b"HTTP/1.1 400 Bad Request\r\n\r\n").await),
                "InvalidContentType",
            ),
        ] {
            let delivery = delivery(format!("{url}hunter2?token=hunter3"));
            let reason = sender().send(&delivery, now()).await.unwrap_err().reason();
            assert!(reason.contains(cause), "{reason}");
            assert!(!reason.contains("hunter"), "{reason}");
        }
    }
}
