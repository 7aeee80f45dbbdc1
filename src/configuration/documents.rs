//! `[documents]`.

use std::time::Duration;

use secrecy::SecretString;

use super::reader::SettingsReader;

/// The settings of large results.
#[derive(Debug, Clone)]
pub struct DocumentSettings {
    /// The object store; `None` stores documents in a folder.
    pub s3: Option<ObjectStoreSettings>,
    /// The maximum size of a document that is stored in the database, in bytes.
    pub inline_limit: usize,
}

/// A bucket of an S3-compatible object store.
#[derive(Debug, Clone)]
pub struct ObjectStoreSettings {
    /// `minio:9000`, or with a scheme `http://minio:9000`.
    pub endpoint: String,
    /// Uses HTTPS. An endpoint that starts with `https://` uses it in any case.
    pub secure: bool,
    /// The region for signing requests.
    pub region: String,
    /// The bucket's name.
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

impl DocumentSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let endpoint = reader.text("documents.endpoint");
        let access_key = reader.secret("documents.access_key");
        let secret_key = reader.secret("documents.secret_key");
        let session_token = reader.secret("documents.session_token");
        let bucket = reader.text("documents.bucket").unwrap_or_default();
        let secure = reader.flag("documents.secure");
        let region = reader.text("documents.region").unwrap_or_default();
        let timeout = reader.seconds("documents.timeout_seconds", 0.1..=600.0);
        let inline_limit = reader.whole("documents.inline_limit_bytes", 0..=16_777_216);
        let s3 = endpoint.map(|endpoint| {
            let mut required = |key: &str, secret: Option<SecretString>| {
                secret.unwrap_or_else(|| {
                    reader.fault(key, "documents.endpoint is set, so this must be too");
                    SecretString::from(String::new())
                })
            };
            let access_key = required("documents.access_key", access_key);
            let secret_key = required("documents.secret_key", secret_key);
            if bucket.is_empty() {
                reader.fault(
                    "documents.bucket",
                    "documents.endpoint is set, so this must be too",
                );
            }
            ObjectStoreSettings {
                endpoint,
                secure,
                region,
                bucket,
                access_key,
                secret_key,
                session_token,
                timeout,
            }
        });
        Self { s3, inline_limit }
    }
}
