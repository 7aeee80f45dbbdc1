//! The layers of settings: the built-in `Settings.toml`, a file, the environment. Later layers
//! override earlier ones.

use std::{ffi::OsString, path::Path};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::{Format, Serialized, Toml},
    value::{Dict, Map, Value},
};

use matching_engine::scoring::Weights;

/// The documented defaults, which also list all existing keys.
pub(super) const BUILT_IN: &str = include_str!("../../Settings.toml");

/// The prefix of variables with a key's full name. `MATCHING_` alone would also match the variable
/// `MATCHING_PORT` that Kubernetes sets for a service of that name.
const VARIABLE_PREFIX: &str = "MATCHING__";

/// The predecessor's variables and some short ones, each with its key.
pub(super) const SHORT_NAMES: [(&str, &str); 35] = [
    ("SERVICE_NAME", "service.name"),
    ("DATA_DIR", "service.data_dir"),
    ("DEBUG", "log.debug"),
    ("LOG_LEVEL", "log.level"),
    ("LOG_FORMAT", "log.format"),
    ("HOST", "http.host"),
    ("PORT", "http.port"),
    ("API_KEYS", "http.api_keys"),
    ("API_KEYS_FILE", "http.api_keys_file"),
    ("REQUIRE_KEYS", "http.require_keys"),
    ("ALLOW_ANONYMOUS", "http.allow_anonymous"),
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
    ("REDIS_HOST", "redis.host"),
    ("REDIS_PORT", "redis.port"),
    ("REDIS_DB", "redis.db"),
    ("REDIS_USERNAME", "redis.username"),
    ("REDIS_PASSWORD", "redis.password"),
    ("REDIS_JOB_TIMEOUT", "workers.attempt_timeout_seconds"),
    ("REDIS_JOB_TTL", "retention.job_ttl_seconds"),
    ("MINIO_ENDPOINT", "documents.endpoint"),
    ("MINIO_ACCESS_KEY", "documents.access_key"),
    ("MINIO_SECRET_KEY", "documents.secret_key"),
    ("MINIO_SESSION_TOKEN", "documents.session_token"),
    ("MINIO_BUCKET_NAME", "documents.bucket"),
    ("MINIO_SECURE", "documents.secure"),
    ("WEBHOOK_SECRET", "webhook.secret"),
    ("WEBHOOK_RETRY_COUNT", "webhook.retry_count"),
    ("WEBHOOK_RETRY_DELAY", "webhook.retry_delay_seconds"),
    ("MAX_RETRIES", "workers.max_retries"),
    ("RETRY_DELAY", "workers.retry_delay_seconds"),
    ("WORKER_CONCURRENCY", "workers.concurrency"),
    ("WORKER_MONITORING_PORT", "workers.monitoring_port"),
    (
        "CIRCUIT_BREAKER_FAILURE_THRESHOLD",
        "circuit_breaker.failure_threshold",
    ),
    (
        "CIRCUIT_BREAKER_RECOVERY_TIMEOUT",
        "circuit_breaker.recovery_timeout_seconds",
    ),
];

/// Environment variables, of the process or of a test.
pub type Environment = Vec<(OsString, OsString)>;

/// One variable as a layer of its own, so that a fault can name it. Its value stays a text: figment
/// would parse a password of digits as a number.
struct Variable {
    name: String,
    key: String,
    value: String,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let nested = figment::util::nest(&self.key, Value::from(self.value.clone()));
        Ok(nested
            .into_dict()
            .map_or_else(Map::new, |dict| Map::from([(Profile::Default, dict)])))
    }
}

/// Returns the position of a key in the built-in file, by which settings are sorted when they are
/// shown; of a weight, which the file doesn't list, that of its section.
pub(super) fn place_in_built_in(key: &str) -> Option<usize> {
    let (section, name) = key.rsplit_once('.')?;
    let section = BUILT_IN.find(&format!("\n[{section}]\n"))?;
    let place = BUILT_IN[section..].find(&format!("\n{name} ="));
    Some(section + place.unwrap_or_default())
}

/// Returns the built-in layer alone.
pub(super) fn built_in() -> Figment {
    Figment::from(BuiltIn)
}

/// The built-in file. A criterion whose weight it doesn't list has the engine's default weight.
struct BuiltIn;

impl Provider for BuiltIn {
    fn metadata(&self) -> Metadata {
        Metadata::named("default")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Figment::from(Toml::string(BUILT_IN))
            .join(Serialized::default("scoring.weights", Weights::default()))
            .data()
    }
}

/// TOML text with a name for error messages.
struct Named<'a> {
    toml: &'a str,
    name: String,
}

impl Provider for Named<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Toml::string(self.toml).data()
    }
}

/// Returns all layers, and the faults of layers as a whole.
pub(super) fn all(file: Option<&Path>, environment: &Environment) -> (Figment, Vec<String>) {
    let mut figment = built_in();
    let mut problems = Vec::new();
    if let Some(path) = file {
        match std::fs::read_to_string(path) {
            Ok(toml) => {
                let name = path.display().to_string();
                let layer = Named { toml: &toml, name };
                match layer.data() {
                    Ok(_) => figment = figment.merge(layer),
                    Err(error) => problems.push(format!("{} is not TOML: {error}", path.display())),
                }
            }
            Err(error) => problems.push(format!("{} can't be read: {error}", path.display())),
        }
    }
    for variable in variables(environment, &mut problems) {
        figment = figment.merge(variable);
    }
    (figment, problems)
}

/// Returns the variables that are settings. Full names override short ones.
fn variables(environment: &Environment, problems: &mut Vec<String>) -> Vec<Variable> {
    let mut short = Vec::new();
    let mut full = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str() else { continue };
        let short_name = SHORT_NAMES.iter().find(|(short, _)| *short == name);
        let key = match (short_name, name.strip_prefix(VARIABLE_PREFIX)) {
            (Some((_, key)), _) => (*key).to_owned(),
            (None, Some(key)) => key.to_ascii_lowercase().replace("__", "."),
            (None, None) => continue,
        };
        let Some(value) = value.to_str() else {
            problems.push(format!("environment variable {name} is not UTF-8 text"));
            continue;
        };
        let variable = Variable {
            name: name.to_owned(),
            key,
            value: value.to_owned(),
        };
        if short_name.is_some() {
            short.push(variable);
        } else {
            full.push(variable);
        }
    }
    short.extend(full);
    short
}
