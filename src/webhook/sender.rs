//! Sends webhooks: one attempt at one delivery, with every outcome classified.
//!
//! This is the only module that calls addresses chosen by callers, so its client is restricted:
//! addresses are filtered while resolving, redirects are not followed, the environment's proxies
//! are ignored (a proxy would resolve names outside of the policy's control), every wait has a
//! limit and only a small part of an answer is read. A receiver that keeps failing is paused for
//! all callers, and concurrent deliveries to each receiver are limited, so that neither a failing
//! nor a slow receiver can occupy the whole webhook pool.

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, StatusCode, redirect};
use url::Url;

use super::address_policy::{AddressPolicy, ReceiverRefused};
use super::receivers::Receivers;
use super::signature::{SignedHeaders, WEBHOOK_ID, WEBHOOK_TIMESTAMP, WebhookSigner};
use crate::breaker::BreakerSettings;
use crate::domain::delivery::receiver_of;
use crate::service::webhook_transport::{
    Delivered, DeliveryError, OutgoingDelivery, WebhookTransport,
};

/// The longest pause that a receiver can request with `Retry-After`.
pub const MAXIMUM_RETRY_AFTER: Duration = Duration::from_hours(1);

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
    /// The maximum number of concurrent deliveries to one receiver; at least 1.
    pub receiver_concurrency: usize,
    /// The settings of the receivers' circuit breakers.
    pub breaker: BreakerSettings,
}

/// The client can't be built.
#[derive(Debug, thiserror::Error)]
#[error("the webhook client can't be built")]
pub struct WebhookClientError(#[source] reqwest::Error);

/// Signs and sends deliveries. There is one for the whole process: it owns the connections and the
/// breakers of receivers.
pub struct WebhookSender {
    client: Client,
    policy: AddressPolicy,
    signer: Option<WebhookSigner>,
    receivers: Receivers,
}

impl WebhookSender {
    /// Builds the client. Without a signer, deliveries have their id and time but no signature.
    ///
    /// The system's root certificates are trusted for `https` receivers. A minimal image may have
    /// none; then a warning is logged, `http` receivers work and `https` ones are unreachable.
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
        let builder = || client_builder(&settings, policy.clone());
        let client = builder()
            .build()
            .or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no root certificates were found on this system: \
                     webhooks can be sent to http receivers only",
                );
                builder().tls_certs_only([]).build()
            })
            .map_err(WebhookClientError)?;
        Ok(Self {
            client,
            policy,
            signer,
            receivers: Receivers::new(settings.receiver_concurrency, settings.breaker),
        })
    }

    async fn attempt(
        &self,
        url: Url,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError> {
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json");
        if let Some(signer) = &self.signer {
            let headers: SignedHeaders =
                signer.headers(&delivery.id, timestamp_seconds, &delivery.body);
            for (name, value) in headers.pairs() {
                request = request.header(name, value);
            }
        } else {
            request = request
                .header(WEBHOOK_ID, &delivery.id)
                .header(WEBHOOK_TIMESTAMP, timestamp_seconds);
        }
        let response = request
            .body(delivery.body.clone())
            .send()
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

#[async_trait]
impl WebhookTransport for WebhookSender {
    async fn send(
        &self,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError> {
        let refused = |refused: ReceiverRefused| DeliveryError::Refused(refused.into());
        let url = self.policy.check_url(&delivery.url).map_err(refused)?;
        let receiver = receiver_of(&delivery.url);
        let _place = self.receivers.place(&receiver).await;
        let permit = self.receivers.breaker(&receiver).permit()?;
        let outcome = self.attempt(url, delivery, timestamp_seconds).await;
        match &outcome {
            Err(error) if error.is_outage() => permit.failed(),
            // A delivery that was refused or can't be sent says nothing about the host.
            Err(error) if error.status().is_none() => drop(permit),
            _ => permit.answered(),
        }
        self.receivers.publish_paused();
        outcome
    }

    fn pauses(&self) -> HashMap<String, Instant> {
        self.receivers.pauses()
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

fn client_builder(settings: &WebhookSenderSettings, policy: AddressPolicy) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("matching/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .dns_resolver(policy)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_PER_HOST)
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

/// Reads `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now_seconds: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse::<u64>().ok().or_else(|| {
        let at = DateTime::parse_from_rfc2822(text).ok()?.timestamp();
        Some(u64::try_from(at.saturating_sub(now_seconds)).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds).min(MAXIMUM_RETRY_AFTER))
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
            receiver_concurrency: 8,
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
        AddressPolicy::new(vec![
            "127.0.0.0/8".parse().unwrap(),
            "::1/128".parse().unwrap(),
        ])
    }

    fn sender() -> WebhookSender {
        WebhookSender::new(settings(), loopback(), signer()).unwrap()
    }

    fn delivery(url: impl Into<String>) -> OutgoingDelivery {
        OutgoingDelivery {
            id: "msg_01J".to_owned(),
            url: url.into(),
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
            assert!(error.consumes_attempt());
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
        let strict =
            WebhookSender::new(settings(), AddressPolicy::new(Vec::new()), signer()).unwrap();
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
        let strict =
            WebhookSender::new(settings(), AddressPolicy::new(Vec::new()), signer()).unwrap();
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
    async fn an_id_that_fits_no_header_is_final() {
        let mut delivery = delivery(closed_port().await);
        delivery.id = "two\nlines".to_owned();
        let error = sender().send(&delivery, now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Unsendable(_)), "{error:?}");
        assert!(!error.is_retryable());
    }

    #[tokio::test]
    async fn a_receiver_that_keeps_failing_is_paused_alone() {
        let (failing, mut received) = receiver();
        let (healthy, _other) = receiver();
        let sender = sender();
        let failing = delivery(format!("{failing}/status/500"));
        for _ in 0..3 {
            let error = sender.send(&failing, now()).await.unwrap_err();
            assert_eq!(error.status(), Some(500));
            received.recv().await.unwrap();
        }
        let error = sender.send(&failing, now()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::ReceiverPaused { .. }));
        assert!(error.is_retryable());
        assert!(!error.consumes_attempt());
        let pause = error.retry_after().unwrap();
        assert!(pause > Duration::ZERO && pause <= Duration::from_mins(1));
        assert!(sender.pauses().into_keys().eq([receiver_of(&failing.url)]));
        assert!(received.try_recv().is_err());
        sender
            .send(&delivery(format!("{healthy}/status/200")), now())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_paused_receiver_is_tried_again_after_the_recovery() {
        let (base, _received) = receiver();
        let settings = WebhookSenderSettings {
            breaker: breaker(1, Duration::from_millis(50)),
            ..settings()
        };
        let sender = WebhookSender::new(settings, loopback(), signer()).unwrap();
        let failing = delivery(format!("{base}/status/500"));
        let working = delivery(format!("{base}/status/200"));
        assert!(sender.send(&failing, now()).await.is_err());
        assert!(matches!(
            sender.send(&working, now()).await,
            Err(DeliveryError::ReceiverPaused { .. })
        ));
        let mut delivered = sender.send(&working, now()).await;
        while matches!(delivered, Err(DeliveryError::ReceiverPaused(_))) {
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

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped() {
        let seconds = |value: &str, now: i64| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(seconds("7", 0), Some(7));
        assert_eq!(seconds("999999", 0), Some(3600));
        assert_eq!(seconds("soon", 0), None);
        assert_eq!(seconds("-1", 0), None);
        let at = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(seconds(at, 1_445_412_480 - 30), Some(30));
        assert_eq!(seconds(at, 1_445_412_480 + 30), Some(0));
    }
}
