//! `[http]`.

use std::net::{IpAddr, Ipv4Addr};

use secrecy::SecretString;

use super::reader::SettingsReader;

/// The HTTP interface.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Threads that parse and answer; never 0 here.
    pub threads: usize,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// Keys, one of which every call under `/api/` must carry where there are any.
    pub api_keys: Vec<SecretString>,
}

impl HttpSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
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
        let api_keys = reader.secrets("http.api_keys");
        let allow_anonymous = reader.flag("http.allow_anonymous");
        if !host.is_loopback() && api_keys.is_empty() && !allow_anonymous {
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
            body_limit,
            api_keys,
        }
    }
}
