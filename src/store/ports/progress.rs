//! Progress: whether work that is ready moves. Read every second by probes, so each fact comes from
//! one end of an index or from a bounded number of rows; nothing counts a backlog.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    domain::{process::RunningProcess, queue_depth::QueuePause, queue_name::QueueName},
    store::StoreError,
};

/// The ledger's facts about progress.
#[async_trait]
pub trait Progress: Send + Sync + 'static {
    /// Returns the facts about each queue, most urgent first, and about webhooks.
    async fn work_progress(&self, limits: &ProgressLimits) -> Result<WorkProgress, StoreError>;
}

/// The periods and exceptions of a look at progress.
#[derive(Debug, Clone, Copy)]
pub struct ProgressLimits {
    /// The silence after which a process no longer counts as running.
    pub silent_after: Duration,
    /// The period in which failed tasks, given-up webhooks and ended pauses of endpoints count.
    pub failed_within: Duration,
    /// The error codes of failures that callers cause, which don't count.
    pub faults_of_callers: &'static [&'static str],
}

/// The facts about a ledger's progress.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorkProgress {
    /// One for each queue, most urgent first.
    pub queues: Vec<QueueProgress>,
    /// The time for which the oldest due webhook has been due, without those to unanswering
    /// endpoints. Of webhooks that a pool has already seen to be due, only the next one of each of
    /// the first [`EXAMINED_ENDPOINTS`] endpoints is examined.
    pub oldest_due_delivery: Option<Duration>,
    /// The number of webhooks that were given up in the period; counted up to
    /// [`COUNTED_DELIVERIES`].
    pub given_up_deliveries: i64,
    /// The number of endpoints of receivers that are paused, or were until a moment of the period
    /// and have accepted no webhook since; counted up to [`COUNTED_DELIVERIES`].
    pub unanswering_endpoints: i64,
    /// The pause of these that ends last.
    pub last_ending_pause: Option<PausedEndpoint>,
    /// Running processes that report a fault, oldest first; at most [`NAMED_PROCESSES`].
    pub faulty_processes: Vec<RunningProcess>,
}

/// The pause of a receiver's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedEndpoint {
    /// The endpoint's id, which begins with its host and port.
    pub endpoint: String,
    /// The end of the pause.
    pub until: DateTime<Utc>,
    /// True if the pause has ended; the endpoint has accepted no webhook since.
    pub is_over: bool,
    /// The reason in words.
    pub reason: String,
}

/// The facts about a queue's progress.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueProgress {
    /// The queue.
    pub queue: QueueName,
    /// The time for which the oldest ready task without a pointer has been ready.
    pub undispatched_for: Option<Duration>,
    /// The time for which the oldest ready task with a pointer has been ready.
    pub dispatched_for: Option<Duration>,
    /// The time since a task ended, with any outcome.
    pub last_end: Option<Duration>,
    /// True if a task runs under a valid lease.
    pub is_running: bool,
    /// The number of running processes whose pool of this queue is up.
    pub workers: i64,
    /// The number of the newest [`NEWEST_ENDS`] ended tasks that ended within the period.
    pub ended: i64,
    /// The number of these that failed by a fault of the service.
    pub failed: i64,
    /// The error code of one of these failures.
    pub failure: Option<String>,
    /// The pause, if the queue is paused.
    pub pause: Option<QueuePause>,
}

impl QueueProgress {
    /// Returns the time for which the oldest ready task has been ready.
    pub fn ready_for(&self) -> Option<Duration> {
        self.undispatched_for.max(self.dispatched_for)
    }
}

/// The number of ended tasks of a queue whose outcomes are read.
pub const NEWEST_ENDS: u32 = 20;
/// The maximum number of endpoints whose next due webhook is read.
pub const EXAMINED_ENDPOINTS: u32 = 500;
/// The maximum count of given-up webhooks, and of unanswering endpoints.
pub const COUNTED_DELIVERIES: u32 = 1_000;
/// The maximum number of processes with a fault that are read.
pub const NAMED_PROCESSES: u32 = 10;
