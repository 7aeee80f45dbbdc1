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
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
};

use super::environment::WEBHOOK_SECRET;

/// How long a webhook may take before a test fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// One call that came in.
#[derive(Debug)]
pub struct ReceivedWebhook {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The path of the call.
    pub path: String,
    /// Whether its signature held when it came; it does for five minutes, and a test may take longer.
    came_signed: bool,
}

impl ReceivedWebhook {
    fn of(path: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        let receiver = standardwebhooks::Webhook::new(WEBHOOK_SECRET).unwrap();
        Self {
            came_signed: receiver.verify(&body, &headers).is_ok(),
            path: path.to_owned(),
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
        Self::refusing_first(failures, || HttpResponse::ServiceUnavailable().finish())
    }

    /// Answers the first calls with a refusal.
    pub fn refusing_first(
        calls: usize,
        refusal: impl Fn() -> HttpResponse + Clone + Send + 'static,
    ) -> Self {
        let left = Arc::new(AtomicUsize::new(calls));
        Self::answering(move |_| {
            let refuse = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
            match refuse {
                Ok(_) => refusal(),
                Err(_) => HttpResponse::NoContent().finish(),
            }
        })
    }

    /// Answers each path as this function says.
    pub fn answering(answer: impl Fn(&str) -> HttpResponse + Clone + Send + 'static) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = HttpServer::new(move || {
            let (sender, answer) = (sender.clone(), answer.clone());
            App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                let webhook = ReceivedWebhook::of(request.path(), headers(&request), body.to_vec());
                // The test may have ended.
                let _ = sender.send(webhook);
                let answer = answer(request.path());
                async move { answer }
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
        self.at("/webhooks")
    }

    /// The URL of a path.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
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

/// The certificate of the authority that issued [`TlsReceiver`]'s, and which no system trusts.
pub const AUTHORITY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/integration/support/certificates/authority.pem"
);

/// An `https` receiver whose certificate a private authority issued. Takes everything.
pub struct TlsReceiver {
    pub url: String,
    received: mpsc::UnboundedReceiver<()>,
}

impl TlsReceiver {
    pub async fn start() -> Self {
        // Fails when another test has installed it, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = include_bytes!("certificates/receiver.pem");
        let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
        let key = include_bytes!("certificates/receiver.key");
        let key = PrivateKeyDer::from_pem_slice(key).unwrap();
        let settings = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(settings));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let url = format!("https://{}/hook", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust the authority ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = Vec::new();
                while !request.ends_with(b"}") {
                    let mut part = [0; 4096];
                    let length = stream.read(&mut part).await.unwrap();
                    request.extend(&part[..length]);
                }
                let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.write_all(answer).await.unwrap();
                stream.shutdown().await.unwrap();
                let _ = sender.send(());
            }
        });
        Self { url, received }
    }

    /// Waits for the next webhook.
    pub async fn next(&mut self) {
        tokio::time::timeout(PATIENCE, self.received.recv())
            .await
            .expect("no webhook came")
            .unwrap();
    }
}
