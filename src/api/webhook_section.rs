//! The section of the OpenAPI document about webhooks: the requests that this service sends.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Components, RefOr, path::Paths, schema::Schema};

use crate::domain::event::EventType;
use matching_engine::scoring::Category;

/// Returns the webhooks, one for each type of event.
pub(super) fn webhooks() -> Option<Paths> {
    let webhooks: Map<String, Value> = EventType::ALL
        .into_iter()
        .map(|event| (event.as_str().to_owned(), webhook(event)))
        .collect();
    serde_json::from_value(Value::Object(webhooks)).ok()
}

/// Adds the schemas of the events.
pub(super) fn describe_events(components: &mut Components) {
    for event in EventType::ALL {
        let schema: Option<RefOr<Schema>> = serde_json::from_value(schema(event)).ok();
        if let Some(schema) = schema {
            components
                .schemas
                .insert(schema_name(event).to_owned(), schema);
        }
    }
}

fn schema_name(event: EventType) -> &'static str {
    match event {
        EventType::MatchCompleted => "MatchCompletedEvent",
        EventType::MatchFailed => "MatchFailedEvent",
        EventType::BatchCompleted => "BatchCompletedEvent",
    }
}

fn webhook(event: EventType) -> Value {
    let (operation, summary) = match event {
        EventType::MatchCompleted => ("match_completed", "A match has a result."),
        EventType::MatchFailed => ("match_failed", "A match failed permanently."),
        EventType::BatchCompleted => ("batch_completed", "All matches of a batch have ended."),
    };
    let header = |name: &str, required: bool, description: &str| {
        json!({
            "name": name,
            "in": "header",
            "required": required,
            "description": description,
            "schema": {"type": "string"},
        })
    };
    let id = "The id of the delivery, the same for every attempt; use it to recognise repetitions.";
    let signatures = "`v1,` and the Base64 HMAC-SHA256 of `webhook-id.webhook-timestamp.body`; \
        several during the rotation of a secret. Missing if no secret is configured.";
    let predecessor = "The hex HMAC-SHA256 of the body, for receivers of the predecessor. Missing if \
        no secret is configured.";
    json!({"post": {
        "operationId": operation,
        "tags": ["webhooks"],
        "summary": summary,
        "description": "Sent to `webhook_url` as Standard Webhooks describe. Attempts are repeated \
            until the receiver answers with 2xx; 410 ends them, and 429 or 503 with `Retry-After` \
            pause the endpoint.",
        "security": [],
        "parameters": [
            header("webhook-id", true, id),
            header("webhook-timestamp", true, "The time of the attempt, in seconds since 1970."),
            header("webhook-signature", false, signatures),
            header("X-Webhook-Signature", false, predecessor),
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{}", schema_name(event))},
            }},
        },
        "responses": {
            "2XX": {"description": "Received."},
            "410": {"description": "The receiver wants no more events of this delivery."},
            "429": {"description": "The endpoint is paused for `Retry-After`."},
        },
    }})
}

fn schema(event: EventType) -> Value {
    let mut required = vec!["type", "job_id", "status", "sequence", "timestamp"];
    let mut properties = json!({
        "type": {"type": "string", "enum": [event.as_str()]},
        "job_id": {"type": "string", "description": "The job, or the batch."},
        "sequence": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Grows within a job or batch: of two events the one with the higher \
                number is the later one.",
        },
        "timestamp": {"type": "string", "format": "date-time"},
    });
    let id = || json!({"$ref": "#/components/schemas/ProfileId"});
    let count = || json!({"type": "integer", "format": "int64", "minimum": 0});
    let of_match = json!({
        "candidate_id": id(),
        "job_posting_id": id(),
        "batch_id": {"type": "string", "description": "The batch, for a match of a bulk call."},
    });
    let own = match event {
        EventType::MatchCompleted => {
            required.extend(["candidate_id", "job_posting_id", "score", "category"]);
            let categories = Category::ALL.map(Category::as_str);
            merged(
                of_match,
                json!({
                    "status": {"type": "string", "enum": ["completed"]},
                    "score": {"type": "number", "format": "double", "minimum": 0, "maximum": 1},
                    "category": {"type": "string", "enum": categories},
                }),
            )
        }
        EventType::MatchFailed => {
            required.extend([
                "candidate_id",
                "job_posting_id",
                "score",
                "category",
                "error",
            ]);
            merged(
                of_match,
                json!({
                    "status": {"type": "string", "enum": ["failed"]},
                    "score": {"type": "null"},
                    "category": {"type": "null"},
                    "error": {
                        "type": "object",
                        "required": ["code", "detail"],
                        "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
                    },
                }),
            )
        }
        EventType::BatchCompleted => {
            required.extend(["batch_id", "total", "completed", "failed", "cancelled"]);
            json!({
                "status": {"type": "string", "enum": ["completed"]},
                "batch_id": {"type": "string"},
                "total": count(),
                "completed": count(),
                "failed": count(),
                "cancelled": count(),
            })
        }
    };
    properties = merged(properties, own);
    json!({"type": "object", "required": required, "properties": properties})
}

fn merged(mut all: Value, more: Value) -> Value {
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{BatchCounts, MatchEnding, batch_delivery, match_delivery},
        identifiers::ProfileId,
        queue_name::QueueName,
        submission::WebhookEvents,
        task::{Task, TaskError, TaskMatch},
    };
    use chrono::DateTime;
    use matching_engine::profiles::profile_kind::ProfileKind;

    /// The fields that an event has, and those that its schema requires and allows.
    fn assert_is_described(event: EventType, body: &str) {
        let body: Map<String, Value> = serde_json::from_str(body).unwrap();
        let schema = schema(event);
        for name in schema["required"].as_array().unwrap() {
            assert!(body.contains_key(name.as_str().unwrap()), "{name}");
        }
        for (name, value) in &body {
            let property = &schema["properties"][name];
            assert!(!property.is_null(), "{name} is not described");
            if let Some(words) = property["enum"].as_array() {
                assert!(words.contains(value), "{name}: {value}");
            }
        }
        assert_eq!(body["type"], event.as_str());
    }

    #[test]
    fn every_event_is_described_by_its_schema() {
        let task = Task {
            id: "01J".parse().unwrap(),
            job_id: None,
            batch_id: "batch".parse().ok(),
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
        };
        let at = DateTime::UNIX_EPOCH;
        let category = "good";
        let ending = MatchEnding::Completed {
            score: 0.78,
            category,
        };
        let completed = match_delivery(&task, 1, task.matches[0], ending, at).unwrap();
        assert_is_described(EventType::MatchCompleted, &completed.body);
        let error = TaskError::new("candidate_not_found", "…");
        let ending = MatchEnding::Failed(&error);
        let failed = match_delivery(&task, 1, task.matches[0], ending, at).unwrap();
        assert_is_described(EventType::MatchFailed, &failed.body);
        let task = Task {
            webhook_events: WebhookEvents::Batch,
            ..task
        };
        let counts = BatchCounts {
            total: 1,
            completed: 1,
            failed: 0,
            cancelled: 0,
        };
        let batch_id = "batch".parse().unwrap();
        let ended = batch_delivery(&batch_id, &task, 1, counts, 0, at).unwrap();
        assert_is_described(EventType::BatchCompleted, &ended.body);
    }

    #[test]
    fn the_section_has_every_event() {
        let webhooks = webhooks().unwrap();
        assert_eq!(webhooks.paths.len(), EventType::ALL.len());
        let mut components = Components::new();
        describe_events(&mut components);
        assert_eq!(components.schemas.len(), EventType::ALL.len());
    }
}
