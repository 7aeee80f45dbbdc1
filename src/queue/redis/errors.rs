//! The error codes of Redis, by what ends them. The only list of them; docs/failures.md has the
//! same table.

use redis::{ErrorKind, RedisError};

use crate::outage::Remedy::{self, Operator, Reconnect, Wait};

/// The codes of answers that mean that this server takes no work from this connection. Any other
/// refusal is about its one command.
const CODES: &[(&str, Remedy)] = &[
    ("READONLY", Reconnect),
    ("MASTERDOWN", Reconnect),
    ("UNBLOCKED", Reconnect),
    // A master that was cut off from its replicas: after a failover it is no longer the master.
    ("NOREPLICAS", Reconnect),
    ("LOADING", Wait),
    ("BUSY", Wait),
    ("TRYAGAIN", Wait),
    ("OOM", Operator),
    ("MISCONF", Operator),
    ("NOPERM", Operator),
    ("NOAUTH", Operator),
    ("WRONGPASS", Operator),
    ("DENIED", Operator),
    ("CLUSTERDOWN", Operator),
    ("CROSSSLOT", Operator),
    ("MOVED", Operator),
    ("ASK", Operator),
];

/// Texts of the general code `ERR` that mean the same.
const TEXTS: &[(&str, Remedy)] = &[
    // A script's command, for which the user has no permission.
    ("ACL failure", Operator),
    ("max number of clients", Wait),
];

/// Returns what ends this error, or `None` if it is about one command.
pub(in crate::queue) fn remedy(error: &RedisError) -> Option<Remedy> {
    match error.kind() {
        ErrorKind::Io | ErrorKind::Parse => return Some(Reconnect),
        ErrorKind::AuthenticationFailed
        | ErrorKind::InvalidClientConfig
        | ErrorKind::RESP3NotSupported => return Some(Operator),
        _ => {}
    }
    let errors = error.clone().into_server_errors()?;
    let (_, first) = errors.first()?;
    let text = first.details().unwrap_or_default();
    let of_code = CODES.iter().find(|(code, _)| *code == first.code());
    of_code
        .or_else(|| TEXTS.iter().find(|(part, _)| text.contains(part)))
        .map(|(_, remedy)| *remedy)
}

/// True if the answer shows that the server is part of a Redis Cluster, whose nodes refuse scripts
/// with keys of several slots.
pub(super) fn is_of_cluster(error: &RedisError) -> bool {
    matches!(error.code(), Some("CROSSSLOT" | "MOVED" | "CLUSTERDOWN"))
}

#[cfg(test)]
mod tests {
    use redis::{Value, make_extension_error, parse_redis_value};

    use super::*;

    /// Returns the error of this answer, as the library reads it.
    fn answer(line: &str) -> RedisError {
        let answer: Value = parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        answer.extract_error().unwrap_err()
    }

    #[test]
    fn every_code_is_recognised_in_an_answer() {
        for (code, expected) in CODES {
            let text = format!("{code} and the server's words");
            assert_eq!(remedy(&answer(&text)), Some(*expected), "{code}");
        }
        let by_code = make_extension_error("OOM".to_owned(), None);
        assert_eq!(remedy(&by_code), Some(Operator));
    }

    #[test]
    fn a_lost_connection_is_replaced_and_a_refused_command_is_not_an_outage() {
        let reset = std::io::ErrorKind::ConnectionReset;
        assert_eq!(remedy(&std::io::Error::from(reset).into()), Some(Reconnect));
        let denied = "ERR ACL failure in script: User app has no permissions to run 'rpush'";
        assert_eq!(remedy(&answer(denied)), Some(Operator));
        for text in ["WRONGTYPE Operation against a key", "ERR unknown command"] {
            assert_eq!(remedy(&answer(text)), None, "{text}");
        }
    }

    #[test]
    fn the_documentation_lists_the_same_codes() {
        let documented: Vec<String> = include_str!("../../../docs/failures.md")
            .lines()
            .filter(|line| line.starts_with("| `redis "))
            .map(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                format!("{} {}", cells[1].trim_matches('`'), cells[2])
            })
            .collect();
        let codes = CODES.iter();
        let listed: Vec<String> = codes
            .map(|(code, remedy)| format!("redis {code} {}", remedy.as_str()))
            .collect();
        assert_eq!(documented, listed);
    }
}
