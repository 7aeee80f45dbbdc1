//! Documents in a bucket of S3, `MinIO` or another store that speaks S3.
//!
//! Addresses are path style, as `MinIO` has them. Nothing is retried here: a call fails within its
//! timeout and says whether trying again can help, and the caller's own schedule decides. While the
//! store is away a breaker ends calls at once. The
//! environment's `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` count here, unlike for webhooks.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, ClientBuilder, RequestBuilder, redirect};
use ring::digest::{SHA256, digest};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::{DocumentError, DocumentStore, validate};
use crate::breaker::{Breaker, BreakerSettings};

/// AWS takes this region as the absence of a location and refuses to see it spelled out.
const DEFAULT_REGION: &str = "us-east-1";
/// How long a signature is valid. S3 allows clocks to differ by this much.
const SIGNATURE_LIFETIME: Duration = Duration::from_mins(15);
/// Signed with the request, so that a store refuses a body that changed on its way.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// Where the bucket is and how to reach it.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// `minio:9000`, or with a scheme `http://minio:9000`.
    pub endpoint: String,
    /// Calls over https. An endpoint written with `https://` is called over https in any case.
    pub secure: bool,
    /// The region that requests are signed for; `MinIO`'s default is `us-east-1`.
    pub region: String,
    /// The bucket's name; the bucket is created when it is missing.
    pub bucket: String,
    /// The access key.
    pub access_key: SecretString,
    /// The secret key.
    pub secret_key: SecretString,
    /// How long one call may take, connecting and transferring included.
    pub timeout: Duration,
}

/// Documents as objects of one bucket.
pub struct S3Store {
    client: Client,
    bucket: Bucket,
    credentials: Credentials,
    breaker: Breaker,
}

impl S3Store {
    /// Prepares the client without calling the store; [`DocumentStore::check`] does that and
    /// creates the bucket.
    ///
    /// # Errors
    ///
    /// [`DocumentError::Configuration`], when the endpoint is no host with an optional port or the
    /// client can't be built.
    pub fn new(settings: &S3Settings, breaker: BreakerSettings) -> Result<Self, DocumentError> {
        if settings.bucket.is_empty() {
            return Err(DocumentError::Configuration {
                setting: "bucket",
                problem: "it is empty".to_owned(),
            });
        }
        let endpoint = endpoint_url(&settings.endpoint, settings.secure)?;
        let bucket = Url::parse(&endpoint)
            .map_err(|error| unusable("endpoint", &error))
            .and_then(|endpoint| {
                let (name, region) = (settings.bucket.clone(), settings.region.clone());
                Bucket::new(endpoint, UrlStyle::Path, name, region)
                    .map_err(|error| unusable("client", &error))
            })?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error means that another thread has just installed one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = client_builder(settings)
            .build()
            // Without root certificates on this system, endpoints on http work all the same.
            .or_else(|_| client_builder(settings).tls_certs_only([]).build())
            .map_err(|error| unusable("client", &error))?;
        Ok(Self {
            client,
            bucket,
            credentials: Credentials::new(
                settings.access_key.expose_secret(),
                settings.secret_key.expose_secret(),
            ),
            breaker: Breaker::new("the document store", breaker),
        })
    }

    /// Makes a call unless the store is away.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, DocumentError>>,
    ) -> Result<T, DocumentError> {
        self.breaker.call(is_outage, call).await
    }

    /// Asks whether the bucket exists and may be used.
    async fn find_bucket(&self) -> Result<(), DocumentError> {
        let action = self.bucket.head_bucket(Some(&self.credentials));
        send(self.client.head(sign(&action))).await.map(drop)
    }

    async fn create_bucket(&self) -> Result<(), DocumentError> {
        let action = self.bucket.create_bucket(&self.credentials);
        let body = match self.bucket.region() {
            DEFAULT_REGION => String::new(),
            region => format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                 <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            ),
        };
        match send(self.client.put(sign(&action)).body(body)).await {
            // Another process was faster, or the name is somebody else's; looking again tells.
            Err(DocumentError::Refused { status: 409, .. }) => self.find_bucket().await,
            Err(error) => Err(error),
            Ok(_) => {
                tracing::info!(bucket = %self.bucket.name(), "created the missing bucket");
                Ok(())
            }
        }
    }

    async fn put_once(
        &self,
        key: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> Result<(), DocumentError> {
        let mut action = self.bucket.put_object(Some(&self.credentials), key);
        let checksum = BASE64.encode(digest(&SHA256, bytes));
        action.headers_mut().insert(CHECKSUM, checksum.clone());
        let request = self
            .client
            .put(sign(&action))
            .header(CONTENT_TYPE, content_type)
            .header(CHECKSUM, checksum)
            .body(bytes.to_vec());
        send(request).await.map(drop)
    }
}

#[async_trait]
impl DocumentStore for S3Store {
    /// Creates the bucket when that is what is missing, so that a start before the store was
    /// reachable, or a lost bucket, needs nobody's hand.
    async fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), DocumentError> {
        validate(key)?;
        let putting = async {
            match self.put_once(key, content_type, &bytes).await {
                Err(DocumentError::Refused { status: 404, .. }) => {
                    self.create_bucket().await?;
                    self.put_once(key, content_type, &bytes).await
                }
                outcome => outcome,
            }
        };
        self.call(putting).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        validate(key)?;
        let getting = async {
            let action = self.bucket.get_object(Some(&self.credentials), key);
            match send(self.client.get(sign(&action))).await {
                Ok(body) => Ok(Some(body)),
                Err(DocumentError::Refused { status: 404, .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.call(getting).await
    }

    async fn delete(&self, key: &str) -> Result<(), DocumentError> {
        validate(key)?;
        let deleting = async {
            let action = self.bucket.delete_object(Some(&self.credentials), key);
            match send(self.client.delete(sign(&action))).await {
                Ok(_) | Err(DocumentError::Refused { status: 404, .. }) => Ok(()),
                Err(error) => Err(error),
            }
        };
        self.call(deleting).await
    }

    async fn check(&self) -> Result<(), DocumentError> {
        let checking = async {
            match self.find_bucket().await {
                Err(DocumentError::Refused { status: 404, .. }) => self.create_bucket().await,
                outcome => outcome,
            }
        };
        self.call(checking).await
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store")
            .field("bucket", &self.bucket.base_url().as_str())
            .finish_non_exhaustive()
    }
}

fn client_builder(settings: &S3Settings) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("matching/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
}

fn sign<'a>(action: &impl S3Action<'a>) -> Url {
    action.sign(SIGNATURE_LIFETIME)
}

/// Sends a request and returns the body of its successful answer.
async fn send(request: RequestBuilder) -> Result<Vec<u8>, DocumentError> {
    let response = request.send().await.map_err(of_transport)?;
    let status = response.status();
    let body = response.bytes().await.map_err(of_transport)?;
    if status.is_success() {
        Ok(body.into())
    } else {
        Err(of_status(status.as_u16(), &String::from_utf8_lossy(&body)))
    }
}

/// Scheme, host and port of the store.
fn endpoint_url(endpoint: &str, secure: bool) -> Result<String, DocumentError> {
    let problem = |problem: &str| DocumentError::Configuration {
        setting: "endpoint",
        problem: format!("{problem}; write it as host:port or http://host:port"),
    };
    let endpoint = endpoint.trim();
    let (scheme, rest) = match endpoint.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("http".to_owned(), endpoint),
    };
    let scheme = match scheme.as_str() {
        "http" if !secure => "http",
        "http" | "https" => "https",
        _ => return Err(problem("its scheme is neither http nor https")),
    };
    let url = Url::parse(&format!("{scheme}://{rest}"))
        .map_err(|error| problem(&format!("it can't be read ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("it contains a user name or password"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(problem("it has a path"));
    }
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        _ => return Err(problem("it has no host")),
    };
    Ok(match url.port() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

fn unusable(setting: &'static str, error: &dyn fmt::Display) -> DocumentError {
    DocumentError::Configuration {
        setting,
        problem: error.to_string(),
    }
}

/// Timeouts, throttling and the store's own failures pass and are worth another try.
fn of_status(status: u16, body: &str) -> DocumentError {
    if matches!(status, 408 | 429 | 500..) {
        DocumentError::unavailable(UnavailableStatus(status))
    } else {
        DocumentError::Refused {
            status,
            code: code_in(body).to_owned(),
        }
    }
}

/// A request that can't be built would fail the next time as well. The address has the signature in
/// it, which belongs into no log.
fn of_transport(error: reqwest::Error) -> DocumentError {
    let error = error.without_url();
    if error.is_builder() {
        DocumentError::Unusable(error.into())
    } else {
        DocumentError::unavailable(error)
    }
}

/// Whether an error says that the store is away. One that throttles is there.
fn is_outage(error: &DocumentError) -> bool {
    match error {
        DocumentError::Unavailable(source) => source
            .downcast_ref::<UnavailableStatus>()
            .is_none_or(|UnavailableStatus(status)| *status >= 500),
        _ => false,
    }
}

/// The status of an answer that says that the store is away or overloaded.
#[derive(Debug, thiserror::Error)]
#[error("it answered {0}")]
struct UnavailableStatus(u16);

/// The `<Code>` of an S3 error document.
fn code_in(body: &str) -> &str {
    body.split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("unknown", |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::*;
    use crate::documents::contract;
    use crate::documents::test_server::{ACCESS_KEY, ObjectStoreServer, SECRET_KEY};

    const BREAKER: BreakerSettings = BreakerSettings {
        failure_threshold: 3,
        first_pause: Duration::from_mins(1),
        longest_pause: Duration::from_mins(1),
    };

    fn settings(endpoint: &str) -> S3Settings {
        S3Settings {
            endpoint: endpoint.to_owned(),
            secure: false,
            region: "us-east-1".to_owned(),
            bucket: "matching-results".to_owned(),
            access_key: ACCESS_KEY.into(),
            secret_key: SECRET_KEY.into(),
            timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn what_fails_on_this_side_is_not_waited_for() {
        let store = store("minio:9000");
        let error = store.client.get("no address").build().unwrap_err();
        assert!(matches!(of_transport(error), DocumentError::Unusable(_)));
    }

    #[tokio::test]
    async fn a_broken_connection_is_retryable_and_its_error_shows_no_signature() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let store = store(&listener.local_addr().unwrap().to_string());
        let (got, ()) = tokio::join!(store.get("a"), async {
            drop(listener.accept().await.unwrap());
        });
        let error = got.unwrap_err();
        assert!(error.is_retryable());
        assert!(!format!("{error:?}").contains("X-Amz-"), "{error:?}");
    }

    fn store(endpoint: &str) -> S3Store {
        S3Store::new(&settings(endpoint), BREAKER).unwrap()
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let server = ObjectStoreServer::start().await;
        contract::holds(&store(&server.endpoint)).await;
    }

    #[tokio::test]
    async fn the_endpoint_may_carry_its_scheme() {
        let server = ObjectStoreServer::start().await;
        let store = store(&format!("http://{}/", server.endpoint));
        store.check().await.unwrap();
    }

    #[tokio::test]
    async fn a_check_creates_the_missing_bucket_in_any_region() {
        for region in ["us-east-1", "eu-west-3"] {
            let server = ObjectStoreServer::start().await;
            let bucket = server.folder.path().join("matching-results");
            let store = S3Store::new(
                &S3Settings {
                    region: region.to_owned(),
                    ..settings(&server.endpoint)
                },
                BREAKER,
            )
            .unwrap();
            assert!(!bucket.exists());
            store.check().await.unwrap();
            assert!(bucket.is_dir(), "{region}");
        }
    }

    #[tokio::test]
    async fn creating_a_bucket_that_another_process_just_created_succeeds() {
        let server = ObjectStoreServer::start().await;
        let store = store(&server.endpoint);
        store.create_bucket().await.unwrap();
        store.create_bucket().await.unwrap();
    }

    #[tokio::test]
    async fn without_a_check_a_missing_bucket_reads_as_empty_and_is_created_by_a_put() {
        let server = ObjectStoreServer::start().await;
        let store = store(&server.endpoint);
        assert_eq!(store.get("a").await.unwrap(), None);
        store.delete("a").await.unwrap();
        store.put("a", "text/plain", b"x".to_vec()).await.unwrap();
        assert_eq!(store.get("a").await.unwrap(), Some(b"x".to_vec()));
    }

    #[tokio::test]
    async fn wrong_keys_are_refused_for_good() {
        let server = ObjectStoreServer::start().await;
        let store = S3Store::new(
            &S3Settings {
                secret_key: "wrong".into(),
                ..settings(&server.endpoint)
            },
            BREAKER,
        )
        .unwrap();
        let error = store.get("a").await.unwrap_err();
        assert!(
            matches!(&error, DocumentError::Refused { status: 403, code } if code == "SignatureDoesNotMatch"),
            "{error:?}"
        );
        assert!(!error.is_retryable());
        assert!(!store.check().await.unwrap_err().is_retryable());
    }

    #[tokio::test]
    async fn a_store_that_is_down_is_unavailable() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        drop(listener);
        let store = store(&endpoint);
        let started = Instant::now();
        for error in [
            store.check().await.unwrap_err(),
            store.get("a").await.unwrap_err(),
            store.put("a", "text/plain", Vec::new()).await.unwrap_err(),
        ] {
            assert!(matches!(error, DocumentError::Unavailable(_)), "{error:?}");
            assert!(error.is_retryable());
        }
        assert!(started.elapsed() < Duration::from_secs(3));
        let error = store.delete("a").await.unwrap_err();
        assert!(matches!(error, DocumentError::Paused(_)), "{error:?}");
        assert!(error.is_retryable() && error.retry_after() > Some(Duration::from_secs(50)));
    }

    #[tokio::test]
    async fn what_is_not_there_says_nothing_about_the_store() {
        let server = ObjectStoreServer::start().await;
        let store = store(&server.endpoint);
        for _ in 0..5 {
            assert_eq!(store.get("missing").await.unwrap(), None);
        }
        let throttled = DocumentError::unavailable(UnavailableStatus(429));
        assert!(throttled.is_retryable() && !is_outage(&throttled));
        assert!(is_outage(&DocumentError::unavailable(UnavailableStatus(
            503
        ))));
    }

    #[tokio::test]
    async fn a_silent_store_times_out() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let store = S3Store::new(
            &S3Settings {
                timeout: Duration::from_millis(200),
                ..settings(&listener.local_addr().unwrap().to_string())
            },
            BREAKER,
        )
        .unwrap();
        let started = Instant::now();
        assert!(store.check().await.unwrap_err().is_retryable());
        assert!(started.elapsed() < Duration::from_secs(3));
    }

    #[test]
    fn endpoints_are_read_with_or_without_a_scheme() {
        for (endpoint, secure, expected) in [
            ("minio:9000", false, "http://minio:9000"),
            ("minio:9000", true, "https://minio:9000"),
            ("http://minio:9000", false, "http://minio:9000"),
            ("http://minio:9000/", true, "https://minio:9000"),
            ("https://s3.example.com", false, "https://s3.example.com"),
            ("HTTPS://s3.example.com", true, "https://s3.example.com"),
            ("10.0.0.7:9000", false, "http://10.0.0.7:9000"),
            ("[::1]:9000", false, "http://[::1]:9000"),
            (" localhost ", false, "http://localhost"),
        ] {
            assert_eq!(endpoint_url(endpoint, secure).unwrap(), expected);
        }
        for endpoint in [
            "",
            "ftp://minio",
            "http://user:secret@minio",
            "minio:9000/path",
            "minio:port",
            "minio?x",
        ] {
            let error = endpoint_url(endpoint, false).unwrap_err();
            assert!(
                matches!(
                    error,
                    DocumentError::Configuration {
                        setting: "endpoint",
                        ..
                    }
                ),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn passing_and_lasting_refusals_are_told_apart() {
        let status = |status| of_status(status, "");
        for passing in [408, 429, 500, 502, 503, 504] {
            assert!(status(passing).is_retryable(), "{passing}");
        }
        for lasting in [301, 400, 403, 404, 409] {
            assert!(!status(lasting).is_retryable(), "{lasting}");
        }
    }

    #[test]
    fn debugging_a_store_shows_no_key() {
        let shown = format!("{:?} {:?}", store("minio:9000"), settings("minio:9000"));
        assert!(!shown.contains(SECRET_KEY) && !shown.contains(ACCESS_KEY));
    }
}
