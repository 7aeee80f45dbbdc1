//! Progress: whether work that is ready moves.

use std::{cmp::Reverse, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use matching::{
    domain::{
        delivery::DeliveryState, process::RunningProcess, queue_name::QueueName, task::TaskState,
    },
    store::{
        COUNTED_DELIVERIES, NAMED_PROCESSES, NEWEST_ENDS, PausedEndpoint, Progress, ProgressLimits,
        QueueProgress, StoreError, WorkProgress,
    },
};

use super::{Ledger, ModelStore, TaskRow};

#[async_trait]
impl Progress for ModelStore {
    async fn work_progress(&self, limits: &ProgressLimits) -> Result<WorkProgress, StoreError> {
        let ledger = self.ledger();
        let queues = QueueName::ALL.map(|queue| ledger.progress_of(queue, limits));
        let given_up = ledger.deliveries.iter().filter(|row| {
            row.state == DeliveryState::Failed
                && ledger.is_within(row.finished_at, limits.failed_within)
        });
        let paused = || {
            let endpoints = ledger.paused_endpoints.iter();
            endpoints.filter(|(_, pause)| pause.until > ledger.now - limits.failed_within)
        };
        let rows = ledger.deliveries.iter();
        let due = rows.filter(|row| {
            row.state == DeliveryState::Pending
                && (!row.is_due || paused().all(|(endpoint, _)| *endpoint != row.endpoint))
        });
        let due = due.map(|row| row.next_attempt_at);
        let counted = given_up.take(COUNTED_DELIVERIES as usize).count();
        Ok(WorkProgress {
            queues: queues.into(),
            oldest_due_delivery: due.min().and_then(|at| ledger.since(at)),
            given_up_deliveries: i64::try_from(counted).unwrap(),
            unanswering_endpoints: i64::try_from(
                paused().take(COUNTED_DELIVERIES as usize).count(),
            )
            .unwrap(),
            last_ending_pause: (paused().max_by_key(|(_, pause)| pause.until)).map(
                |(endpoint, pause)| PausedEndpoint {
                    endpoint: endpoint.to_string(),
                    until: pause.until,
                    is_over: pause.until <= ledger.now,
                    reason: pause.reason.clone(),
                },
            ),
            faulty_processes: (ledger.running(limits.silent_after))
                .filter(|known| !known.state.faults.is_empty())
                .take(NAMED_PROCESSES as usize)
                .cloned()
                .collect(),
        })
    }
}

impl Ledger {
    /// The processes that showed a sign of life recently.
    pub fn running(&self, silent_after: Duration) -> impl Iterator<Item = &RunningProcess> {
        let processes = self.processes.iter();
        processes.filter(move |known| known.seen_at > self.now - silent_after)
    }

    fn progress_of(&self, queue: QueueName, limits: &ProgressLimits) -> QueueProgress {
        let rows = || self.tasks.iter().filter(move |row| row.task.queue == queue);
        let oldest = |wanted: &dyn Fn(&TaskRow) -> bool| {
            let ready = rows().filter(|row| row.state == TaskState::Queued && wanted(row));
            let first = ready.map(|row| row.next_attempt_at).min();
            first.and_then(|at| self.since(at))
        };
        let mut ended: Vec<&TaskRow> = rows().filter(|row| row.finished_at.is_some()).collect();
        ended.sort_by_key(|row| Reverse(row.finished_at));
        let last_end = ended.first().and_then(|row| row.finished_at);
        ended.truncate(NEWEST_ENDS as usize);
        ended.retain(|row| self.is_within(row.finished_at, limits.failed_within));
        let own_faults = ended.iter().filter(|row| row.state == TaskState::Failed);
        let codes = own_faults.filter_map(|row| Some(row.error.as_ref()?.code.clone()));
        let own_faults: Vec<_> = codes
            .filter(|code| !limits.faults_of_callers.contains(&&**code))
            .collect();
        let workers = self.running(limits.silent_after).filter(|known| {
            known.process.queues.contains(&queue) && !known.state.queues_down.contains(&queue)
        });
        QueueProgress {
            queue,
            undispatched_for: oldest(&|row| {
                row.dispatched_at.is_none() && row.next_attempt_at <= self.now
            }),
            dispatched_for: oldest(&|row| row.dispatched_at.is_some()),
            last_end: last_end.and_then(|at| self.since(at)),
            is_running: rows()
                .any(|row| row.state == TaskState::Processing && row.lease_until > Some(self.now)),
            workers: i64::try_from(workers.count()).unwrap(),
            ended: i64::try_from(ended.len()).unwrap(),
            failed: i64::try_from(own_faults.len()).unwrap(),
            failure: own_faults.into_iter().min(),
            pause: self.paused.get(&queue).cloned(),
        }
    }

    /// The time since then, none if that is still to come.
    fn since(&self, at: DateTime<Utc>) -> Option<Duration> {
        (self.now - at).to_std().ok()
    }

    fn is_within(&self, at: Option<DateTime<Utc>>, period: Duration) -> bool {
        at.is_some_and(|at| at > self.now - period)
    }
}
