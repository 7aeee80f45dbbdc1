//! `[service]` and `[log]`.

use std::path::PathBuf;

use tracing_subscriber::EnvFilter;

use super::reader::SettingsReader;

/// The service's name and data folder.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// The name in the log.
    pub name: String,
    /// The folder for the files of embedded parts.
    pub data_dir: PathBuf,
}

impl ServiceSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let mut required = |key: &str| {
            reader.text(key).unwrap_or_else(|| {
                reader.fault(key, "it must not be empty");
                String::new()
            })
        };
        Self {
            name: required("service.name"),
            data_dir: PathBuf::from(required("service.data_dir")),
        }
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The settings of the log.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// A filter in `tracing`'s syntax.
    pub filter: String,
    /// The format of lines.
    pub format: LogFormat,
}

impl LogSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let level = "error, warn, info, debug, trace or a filter such as info,matching=debug";
        let filter = reader.parsed("log.level", level, read_filter);
        let debug = reader.flag("log.debug");
        let format = reader.parsed("log.format", "text or json", |format| {
            match format.to_ascii_lowercase().as_str() {
                // The predecessor used "console" for lines that people read.
                "text" | "console" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            }
        });
        Self {
            filter: if debug {
                "debug".to_owned()
            } else {
                filter.unwrap_or_default()
            },
            format: format.unwrap_or(LogFormat::Text),
        }
    }
}

/// Reads a filter. Also accepts Python's names of levels, which the predecessor's deployments use.
fn read_filter(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let filter = match lower.as_str() {
        "" => return None,
        "warning" => "warn",
        "critical" | "fatal" => "error",
        "notset" => "trace",
        // The frameworks log each thread and worker that starts.
        "info" => "info,actix_server=warn,apalis_core=warn,apalis_redis=warn",
        "error" | "warn" | "debug" | "trace" | "off" => lower.as_str(),
        // A word without `=` would be read as the name of a module and disable all other output.
        _ if !text.contains('=') => return None,
        _ => text,
    };
    EnvFilter::try_new(filter).ok()?;
    Some(filter.to_owned())
}
