//! Documents in a bucket of S3, `MinIO` or another S3-compatible store.
//!
//! Addresses are path style, as in `MinIO`. Nothing is retried here: a call fails within its
//! timeout, its error says whether a retry can help, and the caller schedules retries. While the
//! store is unavailable a circuit breaker refuses calls. The environment's `HTTP_PROXY`,
//! `HTTPS_PROXY` and `NO_PROXY` apply here, unlike for webhooks.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use s3::command::Command;
use s3::creds::Credentials;
use s3::error::S3Error;
use s3::request::Request as _;
use s3::request::tokio_backend::ReqwestRequest;
use s3::{Bucket, BucketConfiguration, Region};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::{DocumentError, DocumentStore, validate};
use crate::breaker::{Breaker, BreakerSettings};

/// The region for which AWS requires an absent location constraint and refuses an explicit one.
const DEFAULT_REGION: &str = "us-east-1";

/// The key of the document that checks write where the bucket itself may not be looked at.
const PROBE_KEY: &str = "readiness-probe";

/// The address of the bucket, and its credentials.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// `minio:9000`, or with a scheme `http://minio:9000`.
    pub endpoint: String,
    /// Uses HTTPS. An endpoint that starts with `https://` uses it in any case.
    pub secure: bool,
    /// The region for signing requests; `MinIO`'s default is `us-east-1`.
    pub region: String,
    /// The bucket's name. A missing bucket is created.
    pub bucket: String,
    /// The access key.
    pub access_key: SecretString,
    /// The secret key.
    pub secret_key: SecretString,
    /// The session token of temporary keys.
    pub session_token: Option<SecretString>,
    /// The time limit of one call, including connecting and transferring.
    pub timeout: Duration,
}

/// Documents as objects of one bucket.
pub struct S3Store {
    bucket: Box<Bucket>,
    breaker: Breaker,
}

impl S3Store {
    /// Prepares the client without calling the store; [`DocumentStore::check`] does that and
    /// creates the bucket.
    ///
    /// # Errors
    ///
    /// [`DocumentError::Configuration`], if the endpoint is not a host with an optional port, or
    /// the client can't be built.
    pub fn new(settings: &S3Settings, breaker: BreakerSettings) -> Result<Self, DocumentError> {
        let region = Region::Custom {
            region: settings.region.clone(),
            endpoint: endpoint_url(&settings.endpoint, settings.secure)?,
        };
        let credentials = Credentials::new(
            Some(settings.access_key.expose_secret()),
            Some(settings.secret_key.expose_secret()),
            None,
            settings
                .session_token
                .as_ref()
                .map(ExposeSecret::expose_secret),
            None,
        )
        .map_err(|error| unusable("credentials", &error))?;
        if settings.bucket.is_empty() {
            return Err(DocumentError::Configuration {
                setting: "bucket",
                problem: "it is empty".to_owned(),
            });
        }
        // The library's retries are one setting for the whole process and wait a second or more,
        // which is too long for a readiness check.
        s3::set_retries(0);
        let mut bucket = Bucket::new(&settings.bucket, region, credentials)
            .map_err(|error| unusable("client", &error))?
            .with_path_style();
        bucket.set_request_timeout(Some(settings.timeout));
        Ok(Self {
            bucket,
            breaker: Breaker::new("the document store", breaker),
        })
    }

    /// Makes a call unless the breaker is open.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, DocumentError>>,
    ) -> Result<T, DocumentError> {
        self.breaker.call(is_outage, call).await
    }

    /// Requests the path of the bucket itself, which S3 calls `HeadBucket`.
    async fn find_bucket(&self) -> Result<(), DocumentError> {
        self.bucket
            .head_object("/")
            .await
            .map(|_| ())
            .map_err(classify)
    }

    async fn create_bucket(&self) -> Result<(), DocumentError> {
        let mut config = BucketConfiguration::private();
        let region = self.bucket.region();
        if region.to_string() != DEFAULT_REGION {
            config.set_region(region);
        }
        // `Bucket::create_with_path_style` would name the default region, which AWS refuses, and
        // would use a client without this store's timeout.
        let created = async {
            ReqwestRequest::new(&self.bucket, "", Command::CreateBucket { config })
                .await?
                .response_data(false)
                .await
        }
        .await;
        match created.map_err(classify) {
            // Another process has just created the bucket, or the name belongs to another account;
            // the second look-up shows which.
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
        let stored = self
            .bucket
            .put_object_with_content_type(key, bytes, content_type)
            .await
            .map_err(classify)?;
        // Every S3 states the ETag of what it has stored; a web server that answers 200 to
        // everything does not.
        if stored.headers().contains_key("etag") {
            Ok(())
        } else {
            Err(DocumentError::Unusable(NoObjectStore.into()))
        }
    }

    /// Writes a document where `HeadBucket` is refused: objects may be allowed nevertheless, and a
    /// refusal of this call has the store's code, which answers to `HEAD` lack.
    async fn write_probe(&self) -> Result<(), DocumentError> {
        self.put_once(PROBE_KEY, "text/plain", b"").await
    }
}

#[async_trait]
impl DocumentStore for S3Store {
    /// Creates the bucket on `NoSuchBucket`, so that no operator is needed after a late start of
    /// the store or the loss of a bucket.
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
            match self.bucket.get_object(key).await.map_err(classify) {
                Ok(response) => Ok(Some(response.into_bytes().into())),
                Err(DocumentError::Refused { status: 404, .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.call(getting).await
    }

    async fn delete(&self, key: &str) -> Result<(), DocumentError> {
        validate(key)?;
        let deleting = async {
            match self.bucket.delete_object(key).await.map_err(classify) {
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
                Err(DocumentError::Refused { .. }) => self.write_probe().await,
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
            .field("bucket", &self.bucket.url())
            .finish_non_exhaustive()
    }
}

/// Returns scheme, host and port of the store.
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

/// Classifies an error. Timeouts, throttling and the store's own failures are retryable.
fn classify(error: S3Error) -> DocumentError {
    match error {
        S3Error::HttpFailWithBody(status, body) => {
            if matches!(status, 408 | 429 | 500..) {
                DocumentError::unavailable(UnavailableStatus(status))
            } else {
                DocumentError::Refused {
                    status,
                    code: code_in(&body).to_owned(),
                }
            }
        }
        S3Error::Reqwest(error) if error.is_builder() => DocumentError::Unusable(error.into()),
        // The URL in its text would make each document's error another one.
        S3Error::Reqwest(error) => DocumentError::unavailable(error.without_url()),
        S3Error::Io(_) | S3Error::HttpFail => DocumentError::unavailable(error),
        // A request that can't be signed or an answer that can't be read would fail again.
        _ => DocumentError::Unusable(error.into()),
    }
}

/// True if the error means that the store is unavailable. Throttling does not count.
fn is_outage(error: &DocumentError) -> bool {
    match error {
        DocumentError::Unavailable(source) => source
            .downcast_ref::<UnavailableStatus>()
            .is_none_or(|UnavailableStatus(status)| *status >= 500),
        _ => false,
    }
}

/// An HTTP status in place of the library's error, which repeats the whole body.
#[derive(Debug, thiserror::Error)]
#[error("it answered status {0}")]
struct UnavailableStatus(u16);

/// The reason to distrust a store that answers 200 to a document without stating its `ETag`.
#[derive(Debug, thiserror::Error)]
#[error("it answered 200 without an ETag, so it is no S3: check the endpoint")]
struct NoObjectStore;

/// Returns the `<Code>` of an S3 error document.
fn code_in(body: &str) -> &str {
    body.split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("unknown", |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use matching_test_servers::{
        object_store::{ACCESS_KEY, ObjectStoreServer, SECRET_KEY},
        proxy::Proxy,
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::{
        documents::contract::{self, contract_of, contract_of_remote},
        outage::with_causes,
    };

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
            session_token: None,
            timeout: Duration::from_secs(30),
        }
    }

    #[test]
    fn local_errors_are_final() {
        let broken_off = S3Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(classify(broken_off).is_retryable());
        for error in [S3Error::CredentialsReadLock, S3Error::MaxExpiry(1)] {
            assert!(matches!(classify(error), DocumentError::Unusable(_)));
        }
    }

    fn store(endpoint: &str) -> S3Store {
        S3Store::new(&settings(endpoint), BREAKER).unwrap()
    }

    /// A server behind a proxy, which ends its connections while it is disconnected.
    struct InS3 {
        _server: ObjectStoreServer,
        proxy: Proxy,
        store: S3Store,
    }

    impl contract::Adapter for InS3 {
        async fn start() -> Self {
            let server = ObjectStoreServer::start().await;
            let proxy = Proxy::to(&server.endpoint).await;
            let short_pauses = BreakerSettings {
                failure_threshold: 3,
                first_pause: Duration::from_millis(50),
                longest_pause: Duration::from_millis(50),
            };
            let store = S3Store::new(&settings(&proxy.address()), short_pauses).unwrap();
            Self {
                _server: server,
                proxy,
                store,
            }
        }

        fn store(&self) -> &dyn DocumentStore {
            &self.store
        }

        /// Returns a store with a wrong secret key.
        fn misconfigured(&self) -> Box<dyn DocumentStore> {
            let wrong_key = S3Settings {
                secret_key: "wrong".into(),
                ..settings(&self.proxy.address())
            };
            Box::new(S3Store::new(&wrong_key, BREAKER).unwrap())
        }
    }

    impl contract::RemoteAdapter for InS3 {
        async fn disconnect(&mut self) {
            self.proxy.cut().await;
        }

        async fn reconnect(&mut self) {
            self.proxy.restore().await;
        }
    }

    contract_of!(InS3);
    contract_of_remote!(InS3);

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

    /// Starts a server that answers each request of a method with a status line, headers and body.
    async fn answering(answers: &'static [(&'static str, &'static str)]) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 64 * 1024];
                let read = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let known = answers
                    .iter()
                    .find(|(method, _)| request.starts_with(method));
                let answer = known.map_or("404 Not Found\r\n\r\n", |(_, answer)| answer);
                let answer = format!("HTTP/1.1 {answer}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        endpoint
    }

    #[tokio::test]
    async fn a_server_that_answers_200_without_an_etag_is_no_store() {
        let endpoint = answering(&[
            ("HEAD", "200 OK\r\nconnection: close\r\n\r\n"),
            (
                "PUT",
                "200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            ),
        ])
        .await;
        let refused = store(&endpoint)
            .put("a", "text/plain", b"text".to_vec())
            .await;
        let error = refused.unwrap_err();
        assert!(matches!(error, DocumentError::Unusable(_)), "{error:?}");
        assert!(with_causes(&error).contains("without an ETag"));
    }

    #[tokio::test]
    async fn a_bucket_whose_objects_are_allowed_is_ready_although_it_may_not_be_looked_at() {
        let endpoint = answering(&[
            ("HEAD", "403 Forbidden\r\nconnection: close\r\n\r\n"),
            (
                "PUT",
                "200 OK\r\netag: \"1\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            ),
        ])
        .await;
        store(&endpoint).check().await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_check_has_the_code_of_the_store() {
        let endpoint = answering(&[
            ("HEAD", "403 Forbidden\r\nconnection: close\r\n\r\n"),
            (
                "PUT",
                "403 Forbidden\r\nconnection: close\r\ncontent-length: 33\r\n\r\n\
                 <Code>RequestTimeTooSkewed</Code>",
            ),
        ])
        .await;
        let error = store(&endpoint).check().await.unwrap_err();
        assert!(
            error.to_string().contains("RequestTimeTooSkewed"),
            "{error}"
        );
    }

    #[test]
    fn throttling_is_retryable_and_no_outage() {
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
        let status = |status| classify(S3Error::HttpFailWithBody(status, String::new()));
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
