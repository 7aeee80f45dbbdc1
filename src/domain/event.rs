//! The events of webhooks: one for each match, or one for a whole batch.
//!
//! Pure builders: the ledger calls them inside the transaction that records an outcome, so an event
//! exists if and only if its outcome does. A delivery's id is derived from the run that caused it,
//! so the same run is never announced under two ids.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{
    delivery::NewDelivery,
    identifiers::{BatchId, CandidateId, DeliveryId, JobPostingId},
    submission::WebhookEvents,
    task::{Task, TaskError, TaskMatch},
};

/// The types of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// A match has a result.
    MatchCompleted,
    /// A match failed permanently.
    MatchFailed,
    /// All matches of a batch have ended.
    BatchCompleted,
}

impl EventType {
    /// All types.
    pub const ALL: [Self; 3] = [
        Self::MatchCompleted,
        Self::MatchFailed,
        Self::BatchCompleted,
    ];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MatchCompleted => "match.completed",
            Self::MatchFailed => "match.failed",
            Self::BatchCompleted => "batch.completed",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}

/// The end of one match.
#[derive(Debug, Clone, Copy)]
pub enum MatchEnding<'a> {
    /// The match ended with a score and its category.
    Completed {
        /// The score, in [0, 1].
        score: f64,
        /// The category's wire name.
        category: &'a str,
    },
    /// The match ended with an error.
    Failed(&'a TaskError),
}

/// Counts of a batch's matches by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchCounts {
    /// All matches.
    pub total: i64,
    /// Matches with a result.
    pub completed: i64,
    /// Matches with an error.
    pub failed: i64,
    /// Cancelled matches.
    pub cancelled: i64,
}

#[derive(Serialize)]
struct MatchEvent<'a> {
    r#type: &'static str,
    job_id: &'a str,
    status: &'static str,
    candidate_id: CandidateId,
    job_posting_id: JobPostingId,
    score: Option<f64>,
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<EventError<'a>>,
    sequence: i64,
    timestamp: String,
}

#[derive(Serialize)]
struct EventError<'a> {
    code: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct BatchEvent<'a> {
    r#type: &'static str,
    job_id: &'a str,
    batch_id: &'a str,
    status: &'static str,
    total: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
    sequence: i64,
    timestamp: String,
}

/// Formats a time as RFC 3339 in UTC with milliseconds, as everywhere in the API.
pub fn format_timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns the event of one match, or `None` if the caller named no receiver or wants batch events
/// only. `run` numbers the task's runs (its lease token), so that the outcome of a retried dead
/// letter is a new event. It is also the event's sequence, by which a receiver tells which of two
/// events of a job is the later one.
pub fn match_delivery(
    task: &Task,
    run: i64,
    one: TaskMatch,
    ending: MatchEnding<'_>,
    at: DateTime<Utc>,
) -> Option<NewDelivery> {
    let url = task.webhook_url.as_ref()?;
    if task.webhook_events == WebhookEvents::Batch && task.batch_id.is_some() {
        return None;
    }
    let job_id = task.job_id_of(one.position);
    let pair = task.pair(one.counterpart_id);
    let (event_type, status, score, category, error) = match ending {
        MatchEnding::Completed { score, category } => (
            EventType::MatchCompleted,
            "completed",
            Some(score),
            Some(category),
            None,
        ),
        MatchEnding::Failed(error) => {
            let error = EventError {
                code: &error.code,
                detail: &error.detail,
            };
            (EventType::MatchFailed, "failed", None, None, Some(error))
        }
    };
    let body = to_json(&MatchEvent {
        r#type: event_type.as_str(),
        job_id: job_id.as_str(),
        status,
        candidate_id: pair.candidate_id,
        job_posting_id: pair.job_posting_id,
        score,
        category,
        batch_id: task.batch_id.as_ref().map(BatchId::as_str),
        error,
        sequence: run,
        timestamp: format_timestamp(at),
    });
    Some(NewDelivery {
        id: DeliveryId::of_match(&task.id, run, one.position),
        event_type,
        job_id: job_id.into(),
        url: url.clone(),
        body,
        trace: task.trace,
    })
}

/// Returns the event of an ended batch. `ending_task` is the task whose end ended the batch. The
/// batch's generation grows when a retry reopens it.
pub fn batch_delivery(
    batch_id: &BatchId,
    ending_task: &Task,
    run: i64,
    counts: BatchCounts,
    generation: i64,
    at: DateTime<Utc>,
) -> Option<NewDelivery> {
    let url = ending_task.webhook_url.as_ref()?;
    if ending_task.webhook_events != WebhookEvents::Batch {
        return None;
    }
    let body = to_json(&BatchEvent {
        r#type: EventType::BatchCompleted.as_str(),
        job_id: batch_id.as_str(),
        batch_id: batch_id.as_str(),
        status: "completed",
        total: counts.total,
        completed: counts.completed,
        failed: counts.failed,
        cancelled: counts.cancelled,
        sequence: generation + 1,
        timestamp: format_timestamp(at),
    });
    Some(NewDelivery {
        id: DeliveryId::of_batch_end(&ending_task.id, run),
        event_type: EventType::BatchCompleted,
        job_id: batch_id.clone().into(),
        url: url.clone(),
        body,
        trace: ending_task.trace,
    })
}

/// Serializes an event. Its fields are only strings and numbers, so that can't fail.
fn to_json<T: Serialize>(event: &T) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{identifiers::ProfileId, queue_name::QueueName};
    use matching_engine::profiles::profile_kind::ProfileKind;

    fn task() -> Task {
        Task {
            id: "01J".parse().unwrap(),
            job_id: "one".parse().ok(),
            batch_id: None,
            queue: QueueName::High,
            subject_kind: ProfileKind::Candidate,
            subject_id: ProfileId::try_from(123).unwrap(),
            matches: vec![TaskMatch {
                position: 1,
                counterpart_id: ProfileId::try_from(456).unwrap(),
            }],
            webhook_url: Some("https://platform.example/hook".into()),
            webhook_events: WebhookEvents::Each,
            weights: None,
            trace: None,
        }
    }

    #[test]
    fn a_completed_match_is_announced_with_its_score() {
        let task = task();
        let ending = MatchEnding::Completed {
            score: 0.78,
            category: "good",
        };
        let delivery =
            match_delivery(&task, 1, task.matches[0], ending, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(delivery.id.as_str(), "msg_01J_1_1");
        assert_eq!(
            delivery.body,
            r#"{"type":"match.completed","job_id":"one","status":"completed","candidate_id":123,"job_posting_id":456,"score":0.78,"category":"good","sequence":1,"timestamp":"1970-01-01T00:00:00.000Z"}"#
        );
    }

    #[test]
    fn without_a_receiver_nothing_is_announced() {
        let task = Task {
            webhook_url: None,
            ..task()
        };
        let error = TaskError::new("candidate_not_found", "…");
        let ending = MatchEnding::Failed(&error);
        assert!(match_delivery(&task, 1, task.matches[0], ending, DateTime::UNIX_EPOCH).is_none());
    }
}
