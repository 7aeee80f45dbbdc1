//! The log and the metrics, set up once before all other parts.

use std::{io::IsTerminal as _, sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::configuration::{LogFormat, LogSettings};

/// Upper bounds of duration histograms, in seconds: from a database round trip to a long task.
const DURATION_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0,
];
/// The interval at which histograms are condensed; otherwise unread samples would accumulate.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The parser of HTTP requests.
const PARSER: &str = "actix_http::h1";

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts logging to standard error, so that standard output has only the output of commands.
pub(crate) fn start_log(settings: &LogSettings) {
    // `api` logs requests that the parser refuses, as a matter of course: the parser would call each
    // an error. A filter that names the parser wins.
    let filter = format!("{PARSER}=off,{}", settings.filter);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second call (in tests) keeps the first log.
    let _ = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
}

/// Starts the metrics, or returns those that are already running. Needs a runtime for their upkeep.
pub(crate) fn start_metrics() -> PrometheusHandle {
    METRICS
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets(&DURATION_BUCKETS)
                .map_or_else(
                    |_| PrometheusBuilder::new().build_recorder(),
                    PrometheusBuilder::build_recorder,
                );
            let handle = recorder.handle();
            // Fails only if another recorder was installed, which then stays in use.
            let _ = metrics::set_global_recorder(recorder);
            let upkeep = handle.clone();
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(UPKEEP_INTERVAL);
                loop {
                    ticks.tick().await;
                    upkeep.run_upkeep();
                }
            });
            handle
        })
        .clone()
}
