//! A platform's webhook receiver.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde_json::Value;
use tokio::sync::mpsc;

use super::environment::WEBHOOK_SECRET;

/// How long a webhook may take before a test fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// One call that came in.
#[derive(Debug)]
pub struct ReceivedWebhook {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether its signature held when it came; it does for five minutes, and a test may take longer.
    came_signed: bool,
}

impl ReceivedWebhook {
    fn of(headers: HeaderMap, body: Vec<u8>) -> Self {
        let receiver = standardwebhooks::Webhook::new(WEBHOOK_SECRET).unwrap();
        Self {
            came_signed: receiver.verify(&body, &headers).is_ok(),
            headers,
            body,
        }
    }

    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    /// Checks both signatures, each by other people's code than ours.
    pub fn assert_signed(&self) {
        assert!(self.came_signed, "{self:?}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
        let plain = self.headers["x-webhook-signature"].to_str().unwrap();
        let expected = hmac::sign(&key, &self.body);
        let expected: Vec<String> = expected
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(plain, expected.concat());
    }
}

/// Receives on a free port until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<ReceivedWebhook>,
    server: ServerHandle,
}

impl Receiver {
    /// Takes everything.
    pub fn start() -> Self {
        Self::failing_first(0)
    }

    /// Answers 503 to the first so many calls.
    pub fn failing_first(failures: usize) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let left = Arc::new(AtomicUsize::new(failures));
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = HttpServer::new(move || {
            let (sender, left) = (sender.clone(), Arc::clone(&left));
            App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                let webhook = ReceivedWebhook::of(headers(&request), body.to_vec());
                // The test may have ended.
                let _ = sender.send(webhook);
                let refuse = left
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok();
                async move {
                    if refuse {
                        HttpResponse::ServiceUnavailable().finish()
                    } else {
                        HttpResponse::NoContent().finish()
                    }
                }
            }))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            received,
            server: handle,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhooks", self.address)
    }

    /// The next call.
    pub async fn next(&mut self) -> ReceivedWebhook {
        tokio::time::timeout(PATIENCE, self.received.recv())
            .await
            .expect("no webhook came")
            .unwrap()
    }

    /// What came in until now and was not taken yet.
    pub fn so_far(&mut self) -> Vec<ReceivedWebhook> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }

    /// The next so many calls.
    pub async fn take(&mut self, count: usize) -> Vec<ReceivedWebhook> {
        let mut received = Vec::with_capacity(count);
        for _ in 0..count {
            received.push(self.next().await);
        }
        received
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Begins the stop; nobody needs its end.
        drop(self.server.stop(false));
    }
}

fn headers(request: &HttpRequest) -> HeaderMap {
    request
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_bytes(name.as_str().as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        })
        .collect()
}
