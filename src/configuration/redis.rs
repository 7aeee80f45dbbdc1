//! `[redis]`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{PERCENT_ENCODE, SettingsReader, has_raw_password};

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
        let username = reader.text("redis.username");
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
                compose(
                    &host,
                    port,
                    database,
                    username.as_deref(),
                    password.as_ref(),
                ),
                "redis.host",
            )),
            (None, None) => None,
        };
        let (url, key) = url?;
        if let Some(fault) = fault_of_url(url.expose_secret()) {
            reader.fault(key, fault);
        }
        Some(Self {
            url,
            key_prefix,
            connection_timeout,
            response_timeout,
        })
    }
}

/// Returns the fault of an address that no connection can be made to.
fn fault_of_url(url: &str) -> Option<&'static str> {
    if has_raw_password(url) {
        return Some(PERCENT_ENCODE);
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let server = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = server.rsplit('@').next().unwrap_or_default();
    if scheme.contains("sentinel") {
        return Some(
            "Sentinel is not supported: use the address of a proxy or a name that always leads to \
             the master, as redis://:password@host:6379/0",
        );
    }
    if scheme.contains("unix") {
        return Some("sockets are not supported: use redis://:password@host:6379/0");
    }
    if hosts.contains(',') {
        return Some(
            "several hosts are not supported, neither of Redis Cluster nor of Sentinel: use one \
             address that always leads to the master",
        );
    }
    let is_readable = Url::parse(url)
        .is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.host_str().is_some());
    (!is_readable).then_some("it does not make an address like redis://:password@host:6379/0")
}

fn compose(
    host: &str,
    port: u16,
    database: u32,
    username: Option<&str>,
    password: Option<&SecretString>,
) -> SecretString {
    // The URL type escapes characters that a password may contain and a URL may not.
    let Ok(mut url) = Url::parse(&format!("redis://{host}:{port}/{database}")) else {
        return SecretString::from(String::new());
    };
    // Both fail only for a URL without a host, which the check of the whole URL reports.
    if let Some(username) = username {
        let _ = url.set_username(username);
    }
    if let Some(password) = password {
        let _ = url.set_password(Some(password.expose_secret()));
    }
    SecretString::from(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_supported_are_refused_with_the_reason() {
        for (url, expected) in [
            (
                "redis+sentinel://h:26379/mymaster/0",
                "Sentinel is not supported",
            ),
            ("unix:///run/redis.sock", "sockets are not supported"),
            ("redis://h1:6379,h2:6379", "several hosts"),
            ("redis://:p#w@h:6379/0", "percent-encode it"),
            ("http://h:6379", "it does not make an address"),
            ("redis://", "it does not make an address"),
        ] {
            let fault = fault_of_url(url).unwrap_or_default();
            assert!(fault.contains(expected), "{url}: {fault}");
        }
        for url in [
            "redis://h",
            "rediss://u:p%23w@h:6380/1",
            "redis://:p@[::1]:6379/0",
        ] {
            assert_eq!(fault_of_url(url), None, "{url}");
        }
    }
}
