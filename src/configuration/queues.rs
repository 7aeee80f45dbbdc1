//! `[queues]`.

use std::{ops::RangeInclusive, time::Duration};

use super::reader::SettingsReader;
use crate::domain::{queue_name::QueueName, task::TASK_MATCH_LIMIT};

/// The valid limits of a backlog, in tasks.
const BACKLOG_LIMITS: RangeInclusive<i64> = 0..=1_000_000_000;

/// The settings of submission and dispatch.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// The maximum number of dispatched tasks of a queue.
    pub window: u32,
    /// The maximum number of matches of one task.
    pub chunk_size: usize,
    /// The maximum number of matches of one bulk call.
    pub bulk_limit: usize,
    /// The number of tasks from which on each queue is full, in the order of [`QueueName::ALL`];
    /// `None` for no limit.
    pub backlog_limits: [Option<i64>; QueueName::ALL.len()],
    /// The longest time that a job waits for its dependency.
    pub dependency_expiry: Duration,
    /// The interval at which the dispatcher polls the ledger if no new work is announced.
    pub dispatch_interval: Duration,
    /// The interval of sweeps for dead workers, lost pointers and ended dependencies.
    pub sweep_interval: Duration,
    /// The interval at which stale results are queued again; `None` never does.
    pub rematch_interval: Option<Duration>,
}

impl QueueSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let chunk_limit = i64::try_from(TASK_MATCH_LIMIT).unwrap_or(i64::MAX);
        let mut milliseconds = |key: &str| Duration::from_millis(reader.whole(key, 10..=60_000));
        let dispatch_interval = milliseconds("queues.dispatch_interval_milliseconds");
        let sweep_interval = milliseconds("queues.sweep_interval_milliseconds");
        let backlog_limit = reader.whole("queues.backlog_limit", BACKLOG_LIMITS);
        let backlog_limits = QueueName::ALL.map(|queue| {
            let key = format!("queues.backlog_limit_{}", queue.short_name());
            let own = reader.optional_whole(&key, BACKLOG_LIMITS);
            Some(own.unwrap_or(backlog_limit)).filter(|limit| *limit > 0)
        });
        Self {
            window: reader.whole("queues.window", 1..=4_000),
            chunk_size: reader.whole("queues.chunk_size", 1..=chunk_limit),
            bulk_limit: reader.whole("queues.bulk_limit", 1..=1_000_000),
            backlog_limits,
            dependency_expiry: reader
                .seconds("queues.dependency_expiry_seconds", 1.0..=31_536_000.0),
            dispatch_interval,
            sweep_interval,
            rematch_interval: reader
                .optional_seconds("queues.rematch_interval_seconds", 1.0..=31_536_000.0),
        }
    }
}
