//! Judges whether work that is ready moves, and says in words why it doesn't and what to do.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    domain::{
        event::format_timestamp,
        process::{Process, RunningProcess},
    },
    store::{Progress, ProgressLimits, QueueProgress, StoreError, WorkProgress},
};

/// The time after which ready work that does not move is reported. Longer than a lease and the
/// restart of a worker, so that neither is reported.
const STALLED_AFTER: Duration = Duration::from_secs(30);
/// The silence after which a process no longer counts as running: several signs of life.
pub const SILENT_AFTER: Duration = Duration::from_secs(30);
/// The longest time for which a webhook may be overdue. An attempt that was cut off counts as under
/// way for less than a minute.
pub const DELIVERY_PATIENCE: Duration = Duration::from_mins(10);
/// The period in which failed tasks and given-up webhooks count.
const FAILED_WITHIN: Duration = Duration::from_mins(10);
/// The error codes of failures that a request causes, not a fault of the service.
const FAULTS_OF_CALLERS: [&str; 7] = [
    "candidate_not_found",
    "candidate_unreadable",
    "job_posting_not_found",
    "job_posting_unreadable",
    "dependency_failed",
    "dependency_cancelled",
    "dependency_expired",
];

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressCheck {
    /// Its name: `queue matching_high`, …, `webhooks`, or `processes`.
    pub name: String,
    /// The fault, with what to do next; `None` if work moves.
    pub fault: Option<String>,
}

/// Reads the facts about progress.
///
/// # Errors
/// If the database fails.
pub async fn read_progress(ledger: &(impl Progress + ?Sized)) -> Result<WorkProgress, StoreError> {
    let limits = ProgressLimits {
        silent_after: SILENT_AFTER,
        failed_within: FAILED_WITHIN,
        faults_of_callers: &FAULTS_OF_CALLERS,
    };
    ledger.work_progress(&limits).await
}

/// Judges each queue, webhooks, and what the running processes report.
pub fn judge(progress: &WorkProgress) -> Vec<ProgressCheck> {
    let queues = progress.queues.iter().map(|queue| ProgressCheck {
        name: format!("queue {}", queue.queue),
        fault: fault_of_queue(queue),
    });
    let webhooks = ProgressCheck {
        name: "webhooks".to_owned(),
        fault: fault_of_webhooks(progress),
    };
    let processes = ProgressCheck {
        name: "processes".to_owned(),
        fault: fault_of_processes(&progress.faulty_processes),
    };
    queues.chain([webhooks, processes]).collect()
}

/// Returns a warning if webhooks wait for endpoints of receivers. Their faults stop no work of this
/// service.
pub fn warning_of_paused_endpoints(progress: &WorkProgress) -> Option<String> {
    let pause = progress.last_ending_pause.as_ref()?;
    let count = progress.unanswering_endpoints;
    let plural = if count == 1 { "" } else { "s" };
    let until = format_timestamp(pause.until);
    let state = if pause.is_over {
        format!("its pause ended at {until}, and it has accepted none since")
    } else {
        format!("paused until {until}")
    };
    Some(format!(
        "webhooks wait for {count} endpoint{plural}, such as {} ({state}: {}); `matching webhooks \
         endpoints` lists them, and `matching webhooks resume` ends pauses",
        pause.endpoint, pause.reason,
    ))
}

/// Names a process for each fault that running processes report.
fn fault_of_processes(faulty: &[RunningProcess]) -> Option<String> {
    let mut by_fault: BTreeMap<(&str, &str), Vec<&Process>> = BTreeMap::new();
    for running in faulty {
        for (part, fault) in &running.state.faults {
            let processes = by_fault.entry((part, fault)).or_default();
            processes.push(&running.process);
        }
    }
    let described = by_fault.into_iter().map(|((part, fault), processes)| {
        let Process {
            host, system_id, ..
        } = processes[0];
        let others = match processes.len() {
            1 => String::new(),
            2 => " and another".to_owned(),
            count => format!(" and {} others", count - 1),
        };
        format!("process {system_id} on {host}{others} can't use its {part}: {fault}")
    });
    let described: Vec<String> = described.collect();
    (!described.is_empty()).then(|| described.join("; "))
}

fn fault_of_queue(queue: &QueueProgress) -> Option<String> {
    stall(queue).or_else(|| failing(queue))
}

/// Says why ready work of a queue does not move.
fn stall(queue: &QueueProgress) -> Option<String> {
    let ready = queue.ready_for().filter(|ready| *ready >= STALLED_AFTER)?;
    let name = queue.queue.short_name();
    let ready = Words(ready);
    if let Some(pause) = &queue.pause {
        let reason = pause.reason.as_deref().unwrap_or("none given");
        return Some(format!(
            "paused since {} by {} (reason: {reason}), and work has been ready for {ready}; `matching \
             queues resume {name}` resumes it",
            format_timestamp(pause.at),
            pause.actor,
        ));
    }
    let moves = queue.is_running || queue.last_end.is_some_and(|end| end < STALLED_AFTER);
    if moves {
        return None;
    }
    Some(if queue.workers == 0 {
        format!(
            "no running process has a pool of this queue that is up, and work has been ready for \
             {ready}; start `matching work --queue {name}`, or look at `matching workers` and the \
             logs of those that should run it"
        )
    } else if queue.dispatched_for < queue.undispatched_for {
        format!(
            "work has been ready for {ready} and is not handed to the queue; look at the check \
             `queues`, at Redis, and at `the queue is unavailable` in the log of `serve`"
        )
    } else {
        format!(
            "work was handed to the queue, has been ready for {ready}, and none of its {} processes \
             begins it; look at their logs, at Redis and at the database",
            queue.workers
        )
    })
}

/// Says that at least half of the last tasks failed by a fault of the service.
fn failing(queue: &QueueProgress) -> Option<String> {
    if queue.failed == 0 || queue.failed * 2 < queue.ended {
        return None;
    }
    Some(format!(
        "{} of the last {} tasks that ended within {} became dead letters by a fault of the service, \
         such as {}; `matching dead-letters groups` counts them by cause, and the log has the errors",
        queue.failed,
        queue.ended,
        Words(FAILED_WITHIN),
        queue.failure.as_deref().unwrap_or("an unknown one"),
    ))
}

fn fault_of_webhooks(progress: &WorkProgress) -> Option<String> {
    let overdue = progress.oldest_due_delivery;
    if let Some(overdue) = overdue.filter(|due| *due >= DELIVERY_PATIENCE) {
        return Some(format!(
            "a webhook has been due for {} and is not sent; only processes with pools send webhooks: \
             see `matching workers`",
            Words(overdue)
        ));
    }
    (progress.given_up_deliveries > 0).then(|| {
        format!(
            "{} webhooks were given up within {}; `matching webhooks attempts --state failed` names \
             their receivers and the reasons, and `matching webhooks resend --all` sends them again",
            progress.given_up_deliveries,
            Words(FAILED_WITHIN)
        )
    })
}

/// A period in words, in the largest unit that it fills.
pub(super) struct Words(pub(super) Duration);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(f, "{seconds} s"),
            60..3_600 => write!(f, "{} min", seconds / 60),
            3_600..172_800 => write!(f, "{} h", seconds / 3_600),
            _ => write!(f, "{} days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::{
            process::{ProcessRole, ProcessState},
            queue_depth::QueuePause,
            queue_name::QueueName,
        },
        service::fakes::idle_queue,
        store::PausedEndpoint,
    };

    const HOUR: Option<Duration> = Some(Duration::from_hours(5));

    fn fault(queue: &QueueProgress) -> String {
        fault_of_queue(queue).unwrap_or_else(|| "ok".to_owned())
    }

    #[test]
    fn a_queue_without_ready_work_is_fine_without_workers_and_while_paused() {
        let pause = Some(QueuePause {
            at: DateTime::UNIX_EPOCH,
            actor: "cli:root".to_owned(),
            reason: None,
        });
        assert_eq!(fault(&idle_queue(QueueName::Bulk)), "ok");
        assert_eq!(
            fault(&QueueProgress {
                pause,
                ..idle_queue(QueueName::Bulk)
            }),
            "ok"
        );
    }

    #[test]
    fn ready_work_that_does_not_move_is_explained_by_its_cause() {
        let stalled = QueueProgress {
            undispatched_for: HOUR,
            ..idle_queue(QueueName::Bulk)
        };
        assert!(fault(&stalled).starts_with("no running process has a pool of this queue"));
        let with_workers = QueueProgress {
            workers: 2,
            ..stalled
        };
        let said = fault(&with_workers);
        assert!(said.starts_with("work has been ready for 5 h and is not handed"));
        let dispatched = QueueProgress {
            dispatched_for: HOUR,
            undispatched_for: None,
            ..with_workers.clone()
        };
        assert!(fault(&dispatched).contains("none of its 2 processes begins it"));
        let paused = QueueProgress {
            pause: Some(QueuePause {
                at: DateTime::UNIX_EPOCH,
                actor: "cli:root".to_owned(),
                reason: Some("maintenance".to_owned()),
            }),
            ..with_workers
        };
        assert_eq!(
            fault(&paused),
            "paused since 1970-01-01T00:00:00.000Z by cli:root (reason: maintenance), and work has \
             been ready for 5 h; `matching queues resume bulk` resumes it"
        );
    }

    #[test]
    fn a_backlog_that_moves_is_fine_however_old_it_is() {
        let moving = QueueProgress {
            undispatched_for: HOUR,
            ..idle_queue(QueueName::Bulk)
        };
        let running = QueueProgress {
            is_running: true,
            ..moving.clone()
        };
        let ending = QueueProgress {
            last_end: Some(Duration::from_secs(1)),
            ..moving.clone()
        };
        assert_eq!(fault(&running), "ok");
        assert_eq!(fault(&ending), "ok");
        let fresh = QueueProgress {
            undispatched_for: Some(Duration::from_secs(29)),
            ..moving
        };
        assert_eq!(fault(&fresh), "ok");
    }

    #[test]
    fn tasks_that_fail_by_a_fault_of_the_service_are_reported_from_half_of_them_on() {
        let ends = |ended, failed| QueueProgress {
            ended,
            failed,
            failure: Some("database_error".to_owned()),
            ..idle_queue(QueueName::Bulk)
        };
        assert_eq!(fault(&ends(20, 0)), "ok");
        assert_eq!(fault(&ends(20, 9)), "ok");
        assert!(fault(&ends(20, 10)).contains("10 of the last 20 tasks"));
        assert!(fault(&ends(1, 1)).contains("such as database_error"));
    }

    #[test]
    fn webhooks_that_are_overdue_or_given_up_are_reported() {
        let mut progress = WorkProgress {
            oldest_due_delivery: Some(Duration::from_secs(599)),
            ..WorkProgress::default()
        };
        assert_eq!(fault_of_webhooks(&progress), None);
        progress.given_up_deliveries = 3;
        assert!(fault_of_webhooks(&progress).is_some_and(|fault| fault.starts_with("3 webhooks")));
        progress.oldest_due_delivery = HOUR;
        let overdue = "a webhook has been due for 5 h";
        assert!(fault_of_webhooks(&progress).is_some_and(|fault| fault.starts_with(overdue)));
    }

    #[test]
    fn periods_are_in_the_largest_unit_that_they_fill() {
        let words = |seconds| Words(Duration::from_secs(seconds)).to_string();
        assert_eq!(
            [59, 60, 3_599, 3_600, 172_799, 172_800].map(words),
            ["59 s", "1 min", "59 min", "1 h", "47 h", "2 days"]
        );
    }

    #[test]
    fn a_fault_that_processes_share_is_told_once_with_one_of_them() {
        let running = |system_id: u32, faults: &[(&str, &str)]| RunningProcess {
            process: Process {
                id: system_id.to_string().parse().unwrap(),
                role: ProcessRole::Work,
                queues: vec![],
                version: String::new(),
                host: "worker-1".to_owned(),
                system_id,
            },
            state: ProcessState {
                queues_down: vec![],
                faults: faults
                    .iter()
                    .map(|(part, fault)| ((*part).to_owned(), (*fault).to_owned()))
                    .collect(),
            },
            started_at: DateTime::UNIX_EPOCH,
            seen_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(fault_of_processes(&[]), None);
        assert_eq!(fault_of_processes(&[running(6, &[])]), None);
        let refused = ("documents", "403 Forbidden");
        let away = ("queues", "no answer");
        let faulty = [running(7, &[refused]), running(8, &[refused, away])];
        assert_eq!(
            fault_of_processes(&faulty).as_deref(),
            Some(
                "process 7 on worker-1 and another can't use its documents: 403 Forbidden; \
                 process 8 on worker-1 can't use its queues: no answer"
            )
        );
    }

    #[test]
    fn paused_endpoints_are_a_warning_that_names_the_pause_that_ends_last() {
        let warning = |count, is_over| {
            let progress = WorkProgress {
                unanswering_endpoints: count,
                last_ending_pause: Some(PausedEndpoint {
                    endpoint: "ats.example~0a1b".to_owned(),
                    until: DateTime::UNIX_EPOCH,
                    is_over,
                    reason: "429 Too Many Requests".to_owned(),
                }),
                ..WorkProgress::default()
            };
            warning_of_paused_endpoints(&progress).unwrap()
        };
        assert_eq!(
            warning(2, false),
            "webhooks wait for 2 endpoints, such as ats.example~0a1b (paused until \
             1970-01-01T00:00:00.000Z: 429 Too Many Requests); `matching webhooks endpoints` lists \
             them, and `matching webhooks resume` ends pauses"
        );
        let over = warning(1, true);
        assert!(
            over.starts_with(
                "webhooks wait for 1 endpoint, such as ats.example~0a1b (its pause ended at \
                 1970-01-01T00:00:00.000Z, and it has accepted none since: 429"
            ),
            "{over}"
        );
        assert_eq!(warning_of_paused_endpoints(&WorkProgress::default()), None);
    }
}
