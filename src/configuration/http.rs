//! `[http]`.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use secrecy::SecretString;

use super::{Purpose, reader::SettingsReader};

/// Imports may be this many times as large as other bodies.
const IMPORT_FACTOR: usize = 10;

/// The settings of the HTTP interface.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The number of threads that parse requests and write answers; at least 1.
    pub threads: usize,
    /// The maximum number of open connections.
    pub connections: usize,
    /// The maximum size of a body, in bytes.
    pub body_limit: usize,
    /// The maximum size of an import, in bytes.
    pub import_limit: usize,
    /// The maximum size of all bodies that are being read or worked on, in bytes.
    pub bodies_limit: usize,
    /// The time for a body, in addition to the time at the minimum rate.
    pub body_grace: Duration,
    /// The minimum rate of a body, in bytes a second.
    pub body_rate: u32,
    /// The longest wait that a caller may prefer.
    pub longest_wait: Duration,
    /// The number of callers that may wait at once.
    pub waiting_callers: usize,
    /// The API keys. If there are any, every call must carry one of them, except those to health,
    /// metrics and the documentation.
    pub api_keys: Vec<SecretString>,
}

impl HttpSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>, purpose: Purpose) -> Self {
        let host = reader.parsed("http.host", "an IP address to listen on", |host| {
            if host == "localhost" {
                return Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
            }
            host.trim_matches(['[', ']']).parse().ok()
        });
        let host = host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = reader.whole("http.port", 0..=65_535);
        let threads = match reader.whole("http.threads", 0..=256) {
            0 => super::workers::cores().min(4),
            threads => threads,
        };
        let body_limit = reader.whole("http.body_limit_bytes", 1_024..=1_073_741_824);
        let bodies_limit = reader.whole("http.bodies_limit_bytes", 1_024..=1_099_511_627_776);
        let import_limit = body_limit * IMPORT_FACTOR;
        if bodies_limit < import_limit {
            reader.fault(
                "http.bodies_limit_bytes",
                format!(
                    "an import does not fit: it may have {IMPORT_FACTOR} times \
                     http.body_limit_bytes; set {import_limit} or more"
                ),
            );
        }
        let body_grace = Duration::from_secs(reader.whole("http.body_grace_seconds", 1..=3_600));
        let body_rate = reader.whole("http.body_minimum_rate_bytes", 1..=1_073_741_824);
        let connections = reader.whole("http.connections", 1..=1_000_000);
        let longest_wait = reader.seconds("http.longest_wait_seconds", 0.0..=600.0);
        let waiting_callers = reader.whole("http.waiting_callers", 0..=1_000_000);
        let api_keys = reader.secrets("http.api_keys");
        let allow_anonymous = reader.flag("http.allow_anonymous");
        let is_guarded = host.is_loopback() || allow_anonymous || !api_keys.is_empty();
        if purpose == Purpose::Serve && !is_guarded {
            reader.fault(
                "http.host",
                format!(
                    "{host} can be reached by others: set API_KEYS, or ALLOW_ANONYMOUS=true where \
                     something else guards it"
                ),
            );
        }
        Self {
            host,
            port,
            threads,
            connections,
            body_limit,
            import_limit,
            bodies_limit,
            body_grace,
            body_rate,
            longest_wait,
            waiting_callers,
            api_keys,
        }
    }
}
