//! `[workers]` and `[retention]`.

use std::{num::NonZero, time::Duration};

use super::reader::SettingsReader;
use crate::domain::queue_name::QueueName;

/// The seconds of a year.
const YEAR: f64 = 31_536_000.0;

const MEBIBYTE: u64 = 1 << 20;

/// The settings of worker pools and retention.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The number of concurrent tasks of each pool; `None` derives it from the number of cores.
    concurrency: Option<usize>,
    /// The port on which `work` answers health checks and metrics; `None` without.
    pub monitoring_port: Option<u16>,
    /// The time after which a silent worker counts as dead.
    pub lease: Duration,
    /// The time limit of one attempt.
    pub attempt_timeout: Duration,
    /// The maximum number of attempts after the first.
    pub max_retries: u32,
    /// The longest pause before the first retry.
    pub retry_delay: Duration,
    /// The upper limit of all pauses.
    pub retry_delay_cap: Duration,
    /// The time for which a stopping process waits for its tasks.
    pub stop_grace: Duration,
    /// The memory for compiled profiles, in bytes.
    pub profile_cache: u64,
    /// The time for which ended jobs are kept; `None` keeps them for ever.
    pub job_ttl: Option<Duration>,
    /// The time for which dead letters are kept; `None` keeps them for ever.
    pub dead_letter_ttl: Option<Duration>,
    /// The time for which a document is kept after a newer one replaced it.
    pub replaced_document_ttl: Duration,
}

impl WorkerSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let concurrency = reader.whole("workers.concurrency", 0..=1_000);
        let monitoring_port = reader.whole("workers.monitoring_port", 0..=65_535);
        let lease = reader.seconds("workers.lease_seconds", 1.0..=3_600.0);
        let retry_delay = reader.seconds("workers.retry_delay_seconds", 0.0..=86_400.0);
        let retry_delay_cap = reader.seconds("workers.retry_delay_cap_seconds", 0.0..=86_400.0);
        let job_ttl = reader.seconds("retention.job_ttl_seconds", 0.0..=100.0 * YEAR);
        let dead_letter_ttl =
            reader.seconds("retention.dead_letter_ttl_seconds", 0.0..=100.0 * YEAR);
        Self {
            concurrency: Some(concurrency).filter(|concurrency| *concurrency > 0),
            monitoring_port: Some(monitoring_port).filter(|port| *port > 0),
            lease,
            attempt_timeout: reader.seconds("workers.attempt_timeout_seconds", 0.1..=86_400.0),
            max_retries: reader.whole("workers.max_retries", 0..=1_000),
            retry_delay,
            retry_delay_cap: retry_delay_cap.max(retry_delay),
            stop_grace: reader.seconds("workers.stop_grace_seconds", 0.0..=3_600.0),
            profile_cache: reader.whole::<u64>("workers.profile_cache_mebibytes", 0..=1_048_576)
                * MEBIBYTE,
            job_ttl: Some(job_ttl).filter(|ttl| !ttl.is_zero()),
            dead_letter_ttl: Some(dead_letter_ttl).filter(|ttl| !ttl.is_zero()),
            replaced_document_ttl: reader
                .seconds("retention.replaced_document_ttl_seconds", 0.0..=YEAR),
        }
    }

    /// Returns the number of tasks that this queue's pool runs concurrently. A bulk task keeps a
    /// core busy until its results are written; the additional task uses the core then. Tasks of
    /// the other queues are usually single matches, which mostly wait for the database: the more of
    /// them wait, the more share a statement.
    pub fn concurrency(&self, queue: QueueName) -> usize {
        self.concurrency.unwrap_or_else(|| match queue {
            QueueName::Bulk => cores() + 1,
            QueueName::High | QueueName::Standard => SMALL_TASKS.max(cores() * 4),
        })
    }
}

/// The minimum number of concurrent small tasks of one pool. With 8, 16, 32 and 64 of them two
/// cores completed 1,100, 1,300, 1,650 and 2,060 single matches per second; but that many have to
/// be repeated if their process dies.
const SMALL_TASKS: usize = 32;

/// Returns the number of cores that this process may use; 1 if it is unknown.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
