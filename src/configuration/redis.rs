//! `[redis]`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::SettingsReader;

/// The settings of Redis.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// The URL, with address and credentials.
    pub url: SecretString,
    /// The prefix of all keys.
    pub key_prefix: String,
    /// The time limit for connecting.
    pub connection_timeout: Duration,
    /// The time limit for an answer.
    pub response_timeout: Duration,
}

impl RedisSettings {
    /// Reads the section; `None` if neither a URL nor a host is set.
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let url = reader.url_with_secret("redis.url");
        let host = reader.text("redis.host");
        let port: u16 = reader.whole("redis.port", 1..=65_535);
        let database: u32 = reader.whole("redis.db", 0..=1_000_000);
        let password = reader.secret("redis.password");
        let key_prefix = reader.text("redis.key_prefix").unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if key_prefix.is_empty() || !key_prefix.chars().all(is_plain) {
            reader.fault(
                "redis.key_prefix",
                "use ASCII letters, digits and - _ . : only",
            );
        }
        let connection_timeout = reader.seconds("redis.connection_timeout_seconds", 0.1..=60.0);
        let response_timeout = reader.seconds("redis.response_timeout_seconds", 0.1..=60.0);
        let url = match (url, host) {
            (Some(url), _) => Some((url, "redis.url")),
            (None, Some(host)) => Some((
                compose(&host, port, database, password.as_ref()),
                "redis.host",
            )),
            (None, None) => None,
        };
        let (url, key) = url?;
        let readable = Url::parse(url.expose_secret()).is_ok_and(|url| {
            matches!(url.scheme(), "redis" | "rediss") && url.host_str().is_some()
        });
        if !readable {
            reader.fault(
                key,
                "it does not make an address like redis://:password@host:6379/0",
            );
        }
        Some(Self {
            url,
            key_prefix,
            connection_timeout,
            response_timeout,
        })
    }
}

fn compose(host: &str, port: u16, database: u32, password: Option<&SecretString>) -> SecretString {
    // The URL type escapes characters that a password may contain and a URL may not.
    let Ok(mut url) = Url::parse(&format!("redis://{host}:{port}/{database}")) else {
        return SecretString::from(String::new());
    };
    if let Some(password) = password {
        // Fails only for a URL without a host, which the check of the whole URL reports.
        let _ = url.set_password(Some(password.expose_secret()));
    }
    SecretString::from(url.to_string())
}
