//! `[queues]`.

use std::time::Duration;

use super::reader::SettingsReader;
use crate::domain::task::TASK_MATCH_LIMIT;

/// Acceptance and dispatch.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// The most tasks of a queue that are handed out at once.
    pub window: u32,
    /// Matches of one task.
    pub chunk_size: usize,
    /// The most matches of one bulk call.
    pub bulk_limit: usize,
    /// How long a job waits for its dependency.
    pub dependency_expiry: Duration,
    /// How often due work is looked for when nothing announced any.
    pub dispatch_interval: Duration,
    /// How often dead workers, lost pointers and ended dependencies are looked for.
    pub sweep_interval: Duration,
}

impl QueueSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let chunk_limit = i64::try_from(TASK_MATCH_LIMIT).unwrap_or(i64::MAX);
        let mut milliseconds = |key: &str| Duration::from_millis(reader.whole(key, 10..=60_000));
        let dispatch_interval = milliseconds("queues.dispatch_interval_milliseconds");
        let sweep_interval = milliseconds("queues.sweep_interval_milliseconds");
        Self {
            window: reader.whole("queues.window", 1..=4_000),
            chunk_size: reader.whole("queues.chunk_size", 1..=chunk_limit),
            bulk_limit: reader.whole("queues.bulk_limit", 1..=1_000_000),
            dependency_expiry: reader
                .seconds("queues.dependency_expiry_seconds", 1.0..=31_536_000.0),
            dispatch_interval,
            sweep_interval,
        }
    }
}
