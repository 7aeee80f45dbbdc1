//! `[workers]` and `[retention]`.

use std::{num::NonZero, time::Duration};

use super::reader::SettingsReader;
use crate::domain::queue_name::QueueName;

/// A year of seconds.
const YEAR: f64 = 31_536_000.0;

const MEBIBYTE: u64 = 1 << 20;

/// Worker pools.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Tasks at once in each pool; `None` leaves it to the cores.
    concurrency: Option<usize>,
    /// When a silent worker counts as dead.
    pub lease: Duration,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// Attempts after the first.
    pub max_retries: u32,
    /// The longest pause before the first retry.
    pub retry_delay: Duration,
    /// The longest pause ever.
    pub retry_delay_cap: Duration,
    /// How long a stopping process waits for its tasks.
    pub stop_grace: Duration,
    /// Bytes that compiled profiles may take.
    pub profile_cache: u64,
    /// How long finished jobs are remembered; `None` for ever.
    pub job_ttl: Option<Duration>,
    /// How long dead letters are kept; `None` for ever.
    pub dead_letter_ttl: Option<Duration>,
    /// How long a document stays after a newer one replaced it.
    pub replaced_document_ttl: Duration,
}

impl WorkerSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let concurrency = reader.whole("workers.concurrency", 0..=1_000);
        let lease = reader.seconds("workers.lease_seconds", 1.0..=3_600.0);
        let retry_delay = reader.seconds("workers.retry_delay_seconds", 0.0..=86_400.0);
        let retry_delay_cap = reader.seconds("workers.retry_delay_cap_seconds", 0.0..=86_400.0);
        let job_ttl = reader.seconds("retention.job_ttl_seconds", 0.0..=100.0 * YEAR);
        let dead_letter_ttl =
            reader.seconds("retention.dead_letter_ttl_seconds", 0.0..=100.0 * YEAR);
        Self {
            concurrency: Some(concurrency).filter(|concurrency| *concurrency > 0),
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

    /// Tasks that this queue's pool runs at once. A bulk task keeps a core busy until its results are
    /// written, when another may have it; the others are single matches as a rule, which mostly wait for
    /// the database, and the more of them do, the more share a statement.
    pub fn concurrency(&self, queue: QueueName) -> usize {
        self.concurrency.unwrap_or_else(|| match queue {
            QueueName::Bulk => cores() + 1,
            QueueName::High | QueueName::Standard => SMALL_TASKS.max(cores() * 4),
        })
    }
}

/// Small tasks of one pool at once, at least. With 8, 16, 32 and 64 of them two cores ended 1,100, 1,300,
/// 1,650 and 2,060 single matches a second; but so many begin anew where their process dies.
const SMALL_TASKS: usize = 32;

/// The cores this process may use; 1 where that can't be found out.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
