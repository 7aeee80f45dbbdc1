//! `[database]`.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{PERCENT_ENCODE, SettingsReader, has_raw_password, shown_url};

/// Where the ledger is.
#[derive(Debug, Clone)]
pub enum DatabaseLocation {
    /// A PostgreSQL database.
    Postgres(SecretString),
    /// A file of SQLite; without one, `matching.db` in the data folder.
    Sqlite(Option<PathBuf>),
}

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Where it is.
    pub location: DatabaseLocation,
    /// The schema of all tables and functions in PostgreSQL.
    pub schema: String,
    /// Connections of this process.
    pub max_connections: u32,
    /// How long a call waits for one of them.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// Whether `serve` and `work` apply migrations.
    pub migrate_on_start: bool,
}

impl DatabaseSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let url = reader.url_with_secret("database.url");
        let location = url.map_or(Some(DatabaseLocation::Sqlite(None)), |url| {
            let scheme = url
                .expose_secret()
                .split_once(':')
                .map(|(scheme, _)| scheme);
            match scheme {
                // The names that SQLAlchemy gives its drivers, as the predecessor's settings have.
                Some(scheme) if is_postgres(scheme) => {
                    Some(DatabaseLocation::Postgres(plain(&url)))
                }
                Some("sqlite") => sqlite_path(url.expose_secret())
                    .map(|path| DatabaseLocation::Sqlite(Some(path))),
                _ => None,
            }
        });
        if let Some(DatabaseLocation::Postgres(url)) = &location
            && let Some(fault) = fault_of_postgres_url(url.expose_secret())
        {
            reader.fault("database.url", fault);
        }
        if location.is_none() {
            reader.fault(
                "database.url",
                "it is neither postgres://user:password@host:port/name nor sqlite:///path/file.db",
            );
        }
        Self {
            location: location.unwrap_or(DatabaseLocation::Sqlite(None)),
            schema: read_schema(reader),
            max_connections: reader.whole("database.max_connections", 2..=1_000),
            acquire_timeout: reader.seconds("database.acquire_timeout_seconds", 0.1..=300.0),
            statement_timeout: reader.seconds("database.statement_timeout_seconds", 0.1..=3_600.0),
            migrate_on_start: reader.flag("database.migrate_on_start"),
        }
    }
}

impl DatabaseSettings {
    /// Names the PostgreSQL database for people, without credentials.
    pub(super) fn postgres_name(&self) -> String {
        let DatabaseLocation::Postgres(url) = &self.location else {
            return "no PostgreSQL database".to_owned();
        };
        let schema = &self.schema;
        let url = url.expose_secret();
        // A URL whose password can't be told apart would be taken apart at the wrong sign.
        let (Some(_), Ok(url)) = (shown_url(url), Url::parse(url)) else {
            return format!("the PostgreSQL database of database.url, schema {schema}");
        };
        format!(
            "the PostgreSQL database {} on {}:{}, schema {schema}",
            url.path().trim_start_matches('/'),
            url.host_str().unwrap_or("localhost"),
            url.port().unwrap_or(5432),
        )
    }
}

/// The values of `sslmode`.
const SSL_MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Returns the fault of a URL that the driver would refuse, or would read in another way than it
/// was meant, once it connects.
fn fault_of_postgres_url(url: &str) -> Option<String> {
    if has_raw_password(url) {
        return Some(PERCENT_ENCODE.to_owned());
    }
    let server = url.split_once("://").map_or(url, |(_, rest)| rest);
    let server = server.split(['/', '?']).next().unwrap_or_default();
    if server
        .rsplit('@')
        .next()
        .is_some_and(|hosts| hosts.contains(','))
    {
        let problem = "several hosts are not supported: use one name that leads to the server that \
                       takes writes, such as that of a proxy or a DNS entry of the cluster";
        return Some(problem.to_owned());
    }
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(error) => return Some(format!("it is not a URL: {error}")),
    };
    url.query_pairs()
        .find_map(|(name, value)| fault_of_parameter(&name, &value))
}

fn fault_of_parameter(name: &str, value: &str) -> Option<String> {
    match name {
        "sslmode" | "ssl-mode" => {
            let known = SSL_MODES.contains(&value.to_ascii_lowercase().as_str());
            (!known).then(|| format!("{name} is one of {}, not {value:?}", SSL_MODES.join(", ")))
        }
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" | "sslcert" | "ssl-cert" | "sslkey"
        | "ssl-key" => {
            let opened = std::fs::File::open(value);
            opened
                .err()
                .map(|error| format!("{name}: {value} can't be read: {error}"))
        }
        "target_session_attrs" if !matches!(value, "any" | "read-write" | "primary") => {
            Some(format!(
                "target_session_attrs={value} is not supported: this service writes, so the URL must \
                 lead to the server that takes writes"
            ))
        }
        _ => None,
    }
}

/// Reads the schema's name: an identifier that needs no quotes and is not reserved.
fn read_schema(reader: &mut SettingsReader<'_>) -> String {
    let schema = reader.text("database.schema").unwrap_or_default();
    if !is_schema_name(&schema) {
        reader.fault(
            "database.schema",
            format!(
                "{schema:?} is not a schema's name: 1 to 63 of a-z, 0-9 and _, no digit first, and \
                 neither pg_… nor information_schema"
            ),
        );
    }
    schema
}

fn is_schema_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit())
        && name.bytes().next().is_some_and(is_letter)
        && !name.starts_with("pg_")
        && name != "information_schema"
}

fn is_postgres(scheme: &str) -> bool {
    matches!(scheme.split('+').next(), Some("postgres" | "postgresql"))
}

/// The URL without a driver's name in its scheme.
fn plain(url: &SecretString) -> SecretString {
    match url.expose_secret().split_once(':') {
        Some((_, rest)) => SecretString::from(format!("postgres:{rest}")),
        None => url.clone(),
    }
}

/// `sqlite:///absolute/path` or `sqlite://relative/path`, as `SQLx` reads it, and `sqlite:path`.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))?;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    (!path.is_empty() && !path.starts_with(':')).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_the_driver_would_refuse_are_faults_with_what_to_do() {
        for (url, expected) in [
            ("postgres://u:pa#ss@db/m", "percent-encode it"),
            ("postgres://u:pa/ss@db/m", "percent-encode it"),
            ("postgres://u:pa?ss@db/m", "percent-encode it"),
            ("postgres://u:12#4@db/m", "percent-encode it"),
            ("postgres://u:p@h1,h2/m", "several hosts"),
            (
                "postgres://h1:5432,h2:5432/m?target_session_attrs=any",
                "several hosts",
            ),
            (
                "postgres://u:p@db:port/m",
                "it is not a URL: invalid port number",
            ),
            ("postgres://db/m?sslmode=prefered", "not \"prefered\""),
            (
                "postgres://db/m?sslrootcert=/nope.pem",
                "/nope.pem can't be read",
            ),
            (
                "postgres://db/m?target_session_attrs=read-only",
                "read-only is not supported",
            ),
        ] {
            let fault = fault_of_postgres_url(url).unwrap_or_default();
            assert!(fault.contains(expected), "{url}: {fault}");
            assert!(!fault.contains("ss@"), "{url}: {fault}");
        }
        for url in [
            "postgres://u:pa%23ss@db:5432/m?sslmode=require",
            "postgres://u:p@[::1]:5432/m",
            "postgres://db:5432/m@x?application_name=a@b",
            "postgres:///m?host=/var/run/postgresql",
            "postgres://db/m?target_session_attrs=read-write",
        ] {
            assert_eq!(fault_of_postgres_url(url), None, "{url}");
        }
    }

    #[test]
    fn names_of_schemas_are_plain_identifiers_that_are_not_reserved() {
        let longest = "m".repeat(63);
        for name in ["matching", "_m", "m2_3", "public", "pgx", &longest] {
            assert!(is_schema_name(name), "{name}");
        }
        let too_long = "m".repeat(64);
        let refused = [
            "",
            "2m",
            "Matching",
            "my-schema",
            "a b",
            "a\"; DROP TABLE x; --",
            "é",
            "$user",
            "pg_catalog",
            "pg_temp",
            "information_schema",
            &too_long,
        ];
        for name in refused {
            assert!(!is_schema_name(name), "{name}");
        }
    }
}
