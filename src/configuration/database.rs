//! `[database]`.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::SettingsReader;

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
        let Ok(url) = Url::parse(url.expose_secret()) else {
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
