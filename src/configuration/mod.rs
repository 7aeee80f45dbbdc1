//! Settings: three layers, read into types; all faults are reported before anything starts.
//!
//! `Settings.toml` documents all keys and is built in; a file and then the environment override it.
//! Each section is a plain type with converted units, in a file of its own; no other module reads a
//! settings file or an environment variable. Secrets are wrapped so that no log line or debug
//! output can contain them.

mod circuit_breaker;
mod database;
mod documents;
mod encoder;
mod explanations;
mod http;
mod layers;
mod queues;
mod reader;
mod redis;
mod scoring;
mod search;
mod service;
mod webhook;
mod workers;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use self::reader::SettingsReader;
pub use self::{
    circuit_breaker::{CircuitBreakerSettings, PartPauses},
    database::{DatabaseLocation, DatabaseSettings},
    documents::{DocumentSettings, ObjectStoreSettings},
    encoder::EncoderSettings,
    http::HttpSettings,
    layers::Environment,
    queues::QueueSettings,
    reader::{Fault, ShownSetting},
    redis::RedisSettings,
    search::SearchSettings,
    service::{LogFormat, LogSettings, ServiceSettings},
    webhook::{WebhookRetries, WebhookSettings},
    workers::WorkerSettings,
};
use matching_engine::scoring::{Language, Weights};

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The service's name and data folder.
    pub service: ServiceSettings,
    /// The filter and format of the log.
    pub log: LogSettings,
    /// The HTTP interface.
    pub http: HttpSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Redis; without it, queues are in-process.
    pub redis: Option<RedisSettings>,
    /// The storage of large results.
    pub documents: DocumentSettings,
    /// The encoder of profiles; without it, the service encodes none.
    pub encoder: Option<EncoderSettings>,
    /// Submission and dispatch.
    pub queues: QueueSettings,
    /// Worker pools.
    pub workers: WorkerSettings,
    /// Webhooks.
    pub webhook: WebhookSettings,
    /// Circuit breakers.
    pub circuit_breaker: CircuitBreakerSettings,
    /// Search among all stored profiles.
    pub search: SearchSettings,
    /// The language of explanations for callers that don't specify one.
    pub language: Language,
    /// The weight of each criterion.
    pub weights: Weights,
}

impl Settings {
    /// Returns the file of the SQLite database; `None` with PostgreSQL.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        match &self.database.location {
            DatabaseLocation::Postgres(_) => None,
            DatabaseLocation::Sqlite(Some(file)) => Some(file.clone()),
            DatabaseLocation::Sqlite(None) => Some(self.service.data_dir.join("matching.db")),
        }
    }

    /// Names the database for people, without credentials.
    pub fn database_name(&self) -> String {
        match self.sqlite_file() {
            Some(file) => {
                let file = std::path::absolute(&file).unwrap_or(file);
                format!("the SQLite file {}", file.display())
            }
            None => self.database.postgres_name(),
        }
    }
}

/// All faults of the configuration.
#[derive(Debug)]
pub struct ConfigurationError {
    /// The faults; never empty.
    pub faults: Vec<Fault>,
}

impl std::error::Error for ConfigurationError {}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.faults.len();
        let noun = if count == 1 { "fault" } else { "faults" };
        write!(f, "the configuration has {count} {noun}:")?;
        for fault in &self.faults {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

/// The settings in force, each also in a form that may be shown.
#[derive(Debug)]
pub struct LoadedSettings {
    /// The settings.
    pub settings: Settings,
    /// All settings, with secrets hidden, in the order of `Settings.toml`.
    pub shown: Vec<ShownSetting>,
}

/// The use that settings are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The API listens on `http.host`, which must not be open to everyone by accident.
    Serve,
    /// A command without the API: the same environment may serve workers and migrations.
    Other,
}

/// Reads all layers: the built-in one, the file if one is given, and these variables.
///
/// # Errors
/// All faults of all layers at once.
pub fn load(
    file: Option<&Path>,
    environment: &Environment,
    purpose: Purpose,
) -> Result<LoadedSettings, ConfigurationError> {
    let (figment, problems) = layers::all(file, environment);
    let mut reader = SettingsReader::new(&figment);
    reader
        .faults
        .extend(problems.into_iter().map(|problem| Fault {
            key: None,
            origin: String::new(),
            problem,
        }));
    let settings = Settings {
        circuit_breaker: CircuitBreakerSettings::read(&mut reader),
        service: ServiceSettings::read(&mut reader),
        log: LogSettings::read(&mut reader),
        http: HttpSettings::read(&mut reader, purpose),
        database: DatabaseSettings::read(&mut reader),
        redis: RedisSettings::read(&mut reader),
        documents: DocumentSettings::read(&mut reader),
        encoder: encoder::read(&mut reader),
        queues: QueueSettings::read(&mut reader),
        workers: WorkerSettings::read(&mut reader),
        webhook: WebhookSettings::read(&mut reader),
        search: SearchSettings::read(&mut reader),
        language: explanations::read_language(&mut reader),
        weights: scoring::read_weights(&mut reader),
    };
    reader.find_unknown_keys(&layers::built_in());
    reader
        .shown
        .sort_by_key(|setting| layers::place_in_built_in(&setting.key));
    if reader.faults.is_empty() {
        Ok(LoadedSettings {
            settings,
            shown: reader.shown,
        })
    } else {
        Err(ConfigurationError {
            faults: reader.faults,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::ExposeSecret;

    use matching_engine::scoring::Criterion;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    fn load_with(variables: &[(&str, &str)]) -> Result<LoadedSettings, ConfigurationError> {
        load(None, &environment(variables), Purpose::Serve)
    }

    fn faulty_keys(error: &ConfigurationError) -> BTreeSet<String> {
        error
            .faults
            .iter()
            .filter_map(|fault| fault.key.clone())
            .collect()
    }

    #[test]
    fn webhooks_are_retried_for_days_unless_told_otherwise() {
        let retries = |variables: &[(&str, &str)]| {
            let WebhookRetries::Stated(pauses) =
                load_with(variables).unwrap().settings.webhook.retries
            else {
                panic!("the pauses grow");
            };
            pauses
                .iter()
                .map(std::time::Duration::as_secs)
                .collect::<Vec<_>>()
        };
        let hours = |pauses: &[u64]| pauses.iter().sum::<u64>() / 3_600;
        let standard = retries(&[]);
        assert_eq!((standard.len(), hours(&standard)), (9, 75));
        let unset = [("WEBHOOK_RETRY_COUNT", ""), ("WEBHOOK_RETRY_DELAY", "")];
        assert_eq!(retries(&unset), standard);
        assert_eq!(retries(&[("WEBHOOK_RETRY_COUNT", "2")]), [5, 300]);
        let many = retries(&[("WEBHOOK_RETRY_COUNT", "11")]);
        assert_eq!((many.len(), many[10]), (11, 86_400));
        let own = [("MATCHING__WEBHOOK__RETRY_SCHEDULE_SECONDS", "1, 60")];
        assert_eq!(retries(&own), [1, 60]);
        let wrong = [("MATCHING__WEBHOOK__RETRY_SCHEDULE_SECONDS", "1, soon")];
        let error = load_with(&wrong).unwrap_err().to_string();
        assert!(error.contains("webhook.retry_schedule_seconds"), "{error}");
    }

    #[test]
    fn the_built_in_settings_alone_are_an_embedded_service() {
        let loaded = load_with(&[]).unwrap();
        let settings = loaded.settings;
        assert_eq!(settings.http.port, 5000);
        assert!(settings.redis.is_none());
        assert!(matches!(
            settings.documents,
            DocumentSettings { s3: None, .. }
        ));
        assert!(matches!(
            settings.database.location,
            DatabaseLocation::Sqlite(_)
        ));
    }

    #[test]
    fn every_documented_setting_is_read() {
        let loaded = load_with(&[]).unwrap();
        let read: BTreeSet<String> = loaded.shown.into_iter().map(|shown| shown.key).collect();
        let mut section = String::new();
        for line in layers::BUILT_IN.lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            } else if let Some((name, _)) = line.split_once(" = ")
                && !line.starts_with('#')
            {
                let key = format!("{section}.{name}");
                assert!(read.contains(&key), "{key} is documented but not read");
            }
        }
    }

    #[test]
    fn every_name_of_the_predecessor_sets_a_documented_setting() {
        let built_in = layers::built_in();
        for (name, key) in layers::SHORT_NAMES {
            assert!(built_in.find_value(key).is_ok(), "{name} names {key}");
            assert!(
                layers::BUILT_IN.contains(&format!("[{name}]")),
                "{name} is not documented"
            );
        }
    }

    #[test]
    fn the_environment_of_the_predecessor_is_honoured() {
        let loaded = load_with(&[
            ("SERVICE_NAME", "matching-service"),
            ("DEBUG", "True"),
            ("LOG_LEVEL", "WARNING"),
            ("LOG_FORMAT", "json"),
            ("PORT", "5052"),
            ("REDIS_HOST", "cache"),
            ("REDIS_PORT", "6380"),
            ("REDIS_DB", "2"),
            ("REDIS_PASSWORD", "0123@/"),
            ("REDIS_JOB_TIMEOUT", "120"),
            ("REDIS_JOB_TTL", "86400"),
            ("DATABASE_URL", "postgresql://u:p@db/matching"),
            ("MINIO_ENDPOINT", "minio:9000"),
            ("MINIO_ACCESS_KEY", "key"),
            ("MINIO_SECRET_KEY", "secret"),
            ("MINIO_BUCKET_NAME", "results"),
            ("MINIO_SECURE", "false"),
            ("WEBHOOK_SECRET", "12345"),
            ("WEBHOOK_RETRY_COUNT", "7"),
            ("WEBHOOK_RETRY_DELAY", "2"),
            ("MAX_RETRIES", "4"),
            ("RETRY_DELAY", "1.5"),
            ("WORKER_CONCURRENCY", "3"),
            ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "9"),
            ("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "30"),
        ])
        .unwrap();
        let settings = loaded.settings;
        assert_eq!(settings.http.port, 5052);
        let redis = settings.redis.unwrap();
        assert_eq!(
            redis.url.expose_secret(),
            "redis://:0123%40%2F@cache:6380/2"
        );
        assert_eq!(settings.webhook.secrets[0].expose_secret(), "12345");
        let expected = WebhookRetries::Growing {
            retry_count: 7,
            retry_delay: std::time::Duration::from_secs(2),
            retry_delay_cap: std::time::Duration::from_hours(1),
        };
        assert_eq!(settings.webhook.retries, expected);
        let breaker = settings.circuit_breaker;
        assert_eq!(breaker.failure_threshold, 9);
        assert_eq!(breaker.of_encoder().longest_pause.as_secs(), 30);
        assert_eq!(breaker.of_own_part().longest_pause.as_secs(), 3);
        let lease = std::time::Duration::from_secs(6);
        let of_database = breaker.of_database(lease);
        assert_eq!(of_database.longest_pause * 3, lease);
        assert_eq!(breaker.of_receiver().first_pause.as_secs(), 30);
        assert_eq!(settings.workers.retry_delay.as_millis(), 1_500);
        assert_eq!(settings.workers.job_ttl.unwrap().as_secs(), 86_400);
        assert!(matches!(
            settings.database.location,
            DatabaseLocation::Postgres(_)
        ));
    }

    #[test]
    fn all_faults_are_reported_at_once_with_their_origin() {
        let error = load_with(&[
            ("PORT", "eighty"),
            ("MAX_RETRIES", "-1"),
            ("DATABASE_URL", "mysql://root:s3cret@db/x"),
            ("MATCHING__HTTP__PROT", "1"),
            ("MATCHING__WEBHOOK__EVENTS", "some"),
            ("WEBHOOK_SECRET", "whsec_!!!"),
            (
                "MATCHING__WEBHOOK__ALLOWED_PRIVATE_NETWORKS",
                "10.0.0.0/8, nonsense",
            ),
        ])
        .unwrap_err();
        let expected = [
            "database.url",
            "http.port",
            "http.prot",
            "webhook.allowed_private_networks",
            "webhook.events",
            "webhook.secret",
            "workers.max_retries",
        ];
        assert_eq!(faulty_keys(&error), expected.map(str::to_owned).into());
        let text = error.to_string();
        assert!(text.contains("http.port (environment variable PORT): \"eighty\" is not"));
        assert!(!text.contains("s3cret"), "{text}");
        assert!(!text.contains("whsec_!!!"), "{text}");
    }

    #[test]
    fn a_public_address_needs_keys_or_an_explicit_waiver() {
        let error = load_with(&[("HOST", "0.0.0.0")]).unwrap_err();
        assert_eq!(faulty_keys(&error), ["http.host".to_owned()].into());
        assert!(load_with(&[("HOST", "0.0.0.0"), ("API_KEYS", "a-long-enough-key")]).is_ok());
        assert!(load_with(&[("HOST", "0.0.0.0"), ("REQUIRE_KEYS", "1")]).is_ok());
        assert!(load_with(&[("HOST", "0.0.0.0"), ("ALLOW_ANONYMOUS", "1")]).is_ok());
        let worker = environment(&[("HOST", "0.0.0.0")]);
        assert!(load(None, &worker, Purpose::Other).is_ok());
    }

    #[test]
    fn weak_api_keys_are_refused_by_their_number_wherever_they_are_listed() {
        let good = "8f14e45fceea167a5a36dedd4bea2543";
        for keys in [
            "change-me",
            "short",
            ",",
            &format!("{good},"),
            "xxxxxxxxxxxxxxxxxxxx",
        ] {
            let error = load_with(&[("API_KEYS", keys)]).unwrap_err();
            assert_eq!(faulty_keys(&error), ["http.api_keys".to_owned()].into());
        }
        assert!(load_with(&[("API_KEYS", "")]).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Settings.toml");
        let list = format!("[http]\napi_keys = [\"{good}\", \"\", \"secret\"]\n");
        std::fs::write(&file, list).unwrap();
        let error = load(Some(&file), &vec![], Purpose::Serve).unwrap_err();
        let problems: Vec<_> = (error.faults.iter())
            .map(|fault| fault.problem.split(';').next().unwrap())
            .collect();
        let placeholder = "key number 3 is a placeholder or a simple pattern";
        assert_eq!(problems, ["key number 2 is empty", placeholder]);
    }

    #[test]
    fn api_keys_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        let good = "8f14e45fceea167a5a36dedd4bea2543";
        std::fs::write(&file, format!("# the platform\n{good}\n\n")).unwrap();
        let path = file.to_str().unwrap();
        let loaded = load_with(&[("API_KEYS_FILE", path)]).unwrap();
        let keys = loaded.settings.http.api_keys;
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].expose_secret(), good);
        let both = load_with(&[("API_KEYS_FILE", path), ("API_KEYS", good)]).unwrap_err();
        assert_eq!(faulty_keys(&both), ["http.api_keys_file".to_owned()].into());
        std::fs::write(&file, "change-me\n").unwrap();
        let weak = load_with(&[("API_KEYS_FILE", path)]).unwrap_err();
        assert_eq!(faulty_keys(&weak), ["http.api_keys_file".to_owned()].into());
    }

    #[test]
    fn secrets_are_hidden_wherever_settings_are_shown() {
        let loaded = load_with(&[
            ("DATABASE_URL", "postgres://u:hunter2@db/matching"),
            ("REDIS_URL", "redis://:hunter2@cache/1"),
            ("WEBHOOK_SECRET", "hunter2"),
            ("API_KEYS", "hunter2-of-the-api"),
            ("MINIO_ENDPOINT", "minio:9000"),
            ("MINIO_ACCESS_KEY", "hunter2"),
            ("MINIO_SECRET_KEY", "hunter2"),
            ("REDIS_PASSWORD", "hunter2"),
            ("MATCHING__ENCODER__URL", "http://encoder/v1?token=hunter2"),
            ("MATCHING__ENCODER__MODEL", "m"),
            ("MATCHING__ENCODER__API_KEY", "hunter2"),
        ])
        .unwrap();
        assert!(!format!("{:?}", loaded.shown).contains("hunter2"));
        assert!(!format!("{:?}", loaded.settings).contains("hunter2"));
    }

    #[test]
    fn an_encoder_needs_a_url_and_a_model() {
        assert!(load_with(&[]).unwrap().settings.encoder.is_none());
        let faults = |variables: &[(&str, &str)]| {
            let variables: Vec<(String, &str)> = (variables.iter())
                .map(|(name, value)| (format!("MATCHING__ENCODER__{name}"), *value))
                .collect();
            let variables: Vec<(&str, &str)> = (variables.iter())
                .map(|(name, value)| (&**name, *value))
                .collect();
            load_with(&variables).map_err(|error| faulty_keys(&error))
        };
        let url = ("URL", "http://encoder:8080/v1/embeddings");
        let set = faults(&[
            url,
            ("MODEL", "intfloat/multilingual-e5-small"),
            ("UNRELATED_COSINE", "0.7"),
        ]);
        let encoder = set.unwrap().settings.encoder.unwrap();
        assert!((encoder.unrelated_cosine - 0.7).abs() < f64::EPSILON);
        assert_eq!(encoder.timeout.as_secs(), 10);
        let keys = |keys: &[&str]| Err(keys.iter().map(|key| (*key).to_owned()).collect());
        let model = ("MODEL", "m");
        for (variables, expected) in [
            (vec![url], keys(&["encoder.model"])),
            (vec![url, ("MODEL", " ")], keys(&["encoder.model"])),
            (vec![model, ("URL", "encoder:8080")], keys(&["encoder.url"])),
            (
                vec![model, ("URL", "ftp://encoder")],
                keys(&["encoder.url"]),
            ),
            (
                vec![model, ("URL", "http://me:it@encoder")],
                keys(&["encoder.url"]),
            ),
            (
                vec![url, model, ("API_KEY", "two words")],
                keys(&["encoder.api_key"]),
            ),
            (
                vec![("UNRELATED_COSINE", "1"), ("TIMEOUT_SECONDS", "0")],
                keys(&["encoder.timeout_seconds", "encoder.unrelated_cosine"]),
            ),
        ] {
            assert_eq!(faults(&variables).map(|_| ()), expected, "{variables:?}");
        }
    }

    #[test]
    fn the_documented_weights_are_the_engines() {
        let settings = load_with(&[]).unwrap().settings;
        assert_eq!(settings.weights, Weights::default());
    }

    #[test]
    fn weights_must_not_all_be_zero() {
        let names = Criterion::ALL.map(|criterion| {
            format!(
                "MATCHING__SCORING__WEIGHTS__{}",
                criterion.as_str().to_uppercase()
            )
        });
        let all_zero: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "0")).collect();
        let error = load_with(&all_zero).unwrap_err();
        assert_eq!(faulty_keys(&error), ["scoring.weights".to_owned()].into());
        assert!(load_with(&all_zero[1..]).is_ok());
    }

    #[test]
    fn the_name_in_full_wins_over_the_short_one() {
        let loaded = load_with(&[("MATCHING__HTTP__PORT", "6000"), ("PORT", "7000")]).unwrap();
        assert_eq!(loaded.settings.http.port, 6000);
    }

    #[test]
    fn a_file_is_read_and_its_faults_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("custom.toml");
        std::fs::write(&path, "[http]\nport = 6001\n[queues]\nwindow = 90000\n").unwrap();
        let error = load(Some(&path), &vec![], Purpose::Serve).unwrap_err();
        assert_eq!(faulty_keys(&error), ["queues.window".to_owned()].into());
        assert!(error.to_string().contains("custom.toml"));
        std::fs::write(&path, "[http]\nport = 6001\n").unwrap();
        assert_eq!(
            load(Some(&path), &vec![], Purpose::Serve)
                .unwrap()
                .settings
                .http
                .port,
            6001
        );
        std::fs::write(&path, "port = = 1").unwrap();
        assert!(
            load(Some(&path), &vec![], Purpose::Serve)
                .unwrap_err()
                .to_string()
                .contains("is not TOML")
        );
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "from-the-file\n").unwrap();
        let path = path.to_str().unwrap();
        let loaded = load_with(&[
            ("MATCHING__WEBHOOK__SECRET_FILE", path),
            ("MATCHING__ENCODER__URL", "https://encoder/v1/embeddings"),
            ("MATCHING__ENCODER__MODEL", "m"),
            ("MATCHING__ENCODER__API_KEY_FILE", path),
        ])
        .unwrap();
        let api_key = loaded.settings.encoder.unwrap().api_key;
        assert_eq!(api_key.unwrap().expose_secret(), "from-the-file");
        assert_eq!(
            loaded.settings.webhook.secrets[0].expose_secret(),
            "from-the-file"
        );
    }
}
