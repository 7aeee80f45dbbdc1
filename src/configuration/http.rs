//! `[http]`.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Purpose, reader::SettingsReader};
use crate::domain::api_key::check_configured_key;

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
    /// The configured API keys, which have all scopes.
    pub api_keys: Vec<SecretString>,
    /// True if calls need a key even while there is none.
    pub require_keys: bool,
    /// The port of a listener without keys, which has only the pages for orchestrators and
    /// monitoring.
    pub metrics_port: Option<u16>,
    /// Names in `Host` that a service without keys accepts besides those of loopback.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages that may call the API: scheme, host and port.
    pub allowed_origins: Vec<String>,
    /// The networks of proxies whose `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The rate limit of keys that have none of their own.
    pub requests_per_minute: Option<u32>,
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
        let api_keys = read_keys(reader);
        let require_keys = reader.flag("http.require_keys");
        let allow_anonymous = reader.flag("http.allow_anonymous");
        let is_guarded =
            host.is_loopback() || allow_anonymous || require_keys || !api_keys.is_empty();
        if purpose == Purpose::Serve && !is_guarded {
            reader.fault(
                "http.host",
                format!(
                    "{host} can be reached by others: set API_KEYS, or REQUIRE_KEYS=true for keys of \
                     `matching keys create`, or ALLOW_ANONYMOUS=true where something else guards it"
                ),
            );
        }
        if require_keys && allow_anonymous {
            reader.fault(
                "http.require_keys",
                "set require_keys or allow_anonymous, not both",
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
            require_keys,
            metrics_port: reader
                .optional_whole("http.metrics_port", 0..=65_535)
                .and_then(|port| u16::try_from(port).ok()),
            allowed_hosts: read_hosts(reader),
            allowed_origins: read_origins(reader),
            trusted_proxies: reader.networks("http.trusted_proxies"),
            requests_per_minute: match reader.whole("http.requests_per_minute", 0..=1_000_000) {
                0 => None,
                limit => Some(limit),
            },
        }
    }
}

/// Reads the keys of the setting, or of the file, one a line.
fn read_keys(reader: &mut SettingsReader<'_>) -> Vec<SecretString> {
    let direct = reader.keys("http.api_keys");
    let file = reader.text("http.api_keys_file").map(|path| {
        let content = std::fs::read_to_string(&path);
        content.map_err(|error| format!("{path} can't be read: {error}"))
    });
    let (key, keys) = match file {
        None => ("http.api_keys", direct),
        Some(Ok(_)) if !direct.is_empty() => {
            let problem = "set http.api_keys or http.api_keys_file, not both";
            reader.fault("http.api_keys_file", problem);
            return direct;
        }
        Some(Ok(content)) => {
            let lines = content.lines().map(str::trim);
            let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            let keys: Vec<_> = lines.map(SecretString::from).collect();
            if keys.is_empty() {
                reader.fault("http.api_keys_file", "the file has no keys, one a line");
            }
            ("http.api_keys_file", keys)
        }
        Some(Err(problem)) => {
            reader.fault("http.api_keys_file", problem);
            return direct;
        }
    };
    for (index, secret) in keys.iter().enumerate() {
        if let Err(weakness) = check_configured_key(secret.expose_secret()) {
            let number = index + 1;
            let problem =
                format!("key number {number} {weakness}; make one with: openssl rand -hex 24");
            reader.fault(key, problem);
        }
    }
    keys.into_iter()
        .map(|key| SecretString::from(key.expose_secret().trim()))
        .collect()
}

/// Reads names of hosts, without ports.
fn read_hosts(reader: &mut SettingsReader<'_>) -> Vec<String> {
    let hosts = reader.list("http.allowed_hosts");
    for host in &hosts {
        let is_host = url::Host::parse(host).is_ok();
        if !is_host {
            let problem = format!("{host:?} is not the name of a host, without scheme and port");
            reader.fault("http.allowed_hosts", problem);
        }
    }
    hosts.iter().map(|host| host.to_ascii_lowercase()).collect()
}

/// Reads origins in the form that browsers send.
fn read_origins(reader: &mut SettingsReader<'_>) -> Vec<String> {
    let mut origins = Vec::new();
    for text in reader.list("http.allowed_origins") {
        let origin = Url::parse(&text).ok().map(|url| url.origin());
        match origin.filter(url::Origin::is_tuple) {
            Some(origin) if origin.ascii_serialization() == text.trim_end_matches('/') => {
                origins.push(origin.ascii_serialization());
            }
            _ => reader.fault(
                "http.allowed_origins",
                format!("{text:?} is not an origin, such as https://platform.example"),
            ),
        }
    }
    origins
}
