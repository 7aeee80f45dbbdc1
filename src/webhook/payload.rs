//! The bodies of the events, as compact JSON with a fixed order of fields.
//!
//! Receivers of the predecessor compare and sign these bytes, so the order is part of the promise:
//! a test holds each body to the letter. The result itself is not sent; a receiver fetches it.

use serde_json::{Value, json};

/// The `type` of a match that was scored.
pub const MATCH_COMPLETED: &str = "match.completed";
/// The `type` of a match that was given up.
pub const MATCH_FAILED: &str = "match.failed";
/// The `type` of a batch of which every match has ended.
pub const BATCH_COMPLETED: &str = "batch.completed";

/// The match an event is about.
#[derive(Debug, Clone, Copy)]
pub struct MatchEvent<'a> {
    /// The job id that the caller polls.
    pub job_id: &'a str,
    /// The candidate's id.
    pub candidate_id: i64,
    /// The job posting's id.
    pub job_posting_id: i64,
    /// When the match ended, RFC 3339.
    pub timestamp: &'a str,
}

/// The batch an event is about, with how its matches ended.
#[derive(Debug, Clone, Copy)]
pub struct BatchEvent<'a> {
    /// The batch's id, sent as `job_id` as well.
    pub batch_id: &'a str,
    /// The batch's final status.
    pub status: &'a str,
    /// How many matches the batch had.
    pub total: i64,
    /// How many were scored.
    pub completed: i64,
    /// How many were given up.
    pub failed: i64,
    /// How many were cancelled.
    pub cancelled: i64,
    /// When the last match ended, RFC 3339.
    pub timestamp: &'a str,
}

/// The body of `match.completed`. A match without any comparable data has neither score nor
/// category, and says so with `null`.
pub fn match_completed(
    event: &MatchEvent<'_>,
    score: Option<f64>,
    category: Option<&str>,
) -> Vec<u8> {
    bytes(&json!({
        "type": MATCH_COMPLETED,
        "job_id": event.job_id,
        "status": "completed",
        "candidate_id": event.candidate_id,
        "job_posting_id": event.job_posting_id,
        "score": score,
        "category": category,
        "timestamp": event.timestamp,
    }))
}

/// The body of `match.failed`, with the stable code and the readable message of the failure.
pub fn match_failed(event: &MatchEvent<'_>, error_code: &str, error_message: &str) -> Vec<u8> {
    bytes(&json!({
        "type": MATCH_FAILED,
        "job_id": event.job_id,
        "status": "failed",
        "candidate_id": event.candidate_id,
        "job_posting_id": event.job_posting_id,
        "score": null,
        "category": null,
        "timestamp": event.timestamp,
        "error": { "code": error_code, "message": error_message },
    }))
}

/// The body of `batch.completed`.
pub fn batch_completed(event: &BatchEvent<'_>) -> Vec<u8> {
    bytes(&json!({
        "type": BATCH_COMPLETED,
        "job_id": event.batch_id,
        "batch_id": event.batch_id,
        "status": event.status,
        "total": event.total,
        "completed": event.completed,
        "failed": event.failed,
        "cancelled": event.cancelled,
        "timestamp": event.timestamp,
    }))
}

/// Compact JSON; the `preserve_order` feature of `serde_json` keeps the fields as written above.
fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: MatchEvent<'static> = MatchEvent {
        job_id: "01JD0000000000000000000000-7",
        candidate_id: 123,
        job_posting_id: 456,
        timestamp: "2025-01-02T03:04:05Z",
    };

    fn text(body: Vec<u8>) -> String {
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn a_completed_match_is_announced_to_the_letter() {
        assert_eq!(
            text(match_completed(&EVENT, Some(0.78), Some("good"))),
            r#"{"type":"match.completed","job_id":"01JD0000000000000000000000-7","status":"completed","candidate_id":123,"job_posting_id":456,"score":0.78,"category":"good","timestamp":"2025-01-02T03:04:05Z"}"#
        );
    }

    #[test]
    fn a_match_without_a_score_says_null() {
        let body = text(match_completed(&EVENT, None, None));
        assert!(body.contains(r#""score":null,"category":null"#), "{body}");
    }

    #[test]
    fn a_failed_match_is_announced_with_its_error() {
        assert_eq!(
            text(match_failed(&EVENT, "candidate_not_found", "no \"x\"\n")),
            r#"{"type":"match.failed","job_id":"01JD0000000000000000000000-7","status":"failed","candidate_id":123,"job_posting_id":456,"score":null,"category":null,"timestamp":"2025-01-02T03:04:05Z","error":{"code":"candidate_not_found","message":"no \"x\"\n"}}"#
        );
    }

    #[test]
    fn a_batch_is_announced_with_its_counts() {
        let event = BatchEvent {
            batch_id: "01JD0000000000000000000000",
            status: "completed",
            total: 10,
            completed: 7,
            failed: 2,
            cancelled: 1,
            timestamp: "2025-01-02T03:04:05Z",
        };
        assert_eq!(
            text(batch_completed(&event)),
            r#"{"type":"batch.completed","job_id":"01JD0000000000000000000000","batch_id":"01JD0000000000000000000000","status":"completed","total":10,"completed":7,"failed":2,"cancelled":1,"timestamp":"2025-01-02T03:04:05Z"}"#
        );
    }
}
