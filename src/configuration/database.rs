//! `[database]`.

use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};

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
            max_connections: reader.whole("database.max_connections", 2..=1_000),
            acquire_timeout: reader.seconds("database.acquire_timeout_seconds", 0.1..=300.0),
            statement_timeout: reader.seconds("database.statement_timeout_seconds", 0.1..=3_600.0),
            migrate_on_start: reader.flag("database.migrate_on_start"),
        }
    }
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
