//! Dead letters as operators work with them: which ones, page by page, and what was done to them.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value, json};

use super::DeadLetter;
use crate::domain::{
    delivery::receiver_of,
    event::format_timestamp,
    identifiers::TaskId,
    operator_action::OperatorActionKind,
    queue_name::QueueName,
    task::{TaskError, TaskMatch},
};

/// The years of the times that a list may be asked for; beyond them databases have none.
pub const STORABLE_YEARS: RangeInclusive<i32> = 1970..=9999;

/// Some of the dead letters: those that fit everything that is said, all of them where nothing is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Only these tasks.
    pub task_ids: Option<Vec<TaskId>>,
    /// Only this queue's.
    pub queue: Option<QueueName>,
    /// Only those with this error code.
    pub reason: Option<String>,
    /// Only those that failed alike.
    pub fingerprint: Option<String>,
    /// Only those with a match of this candidate.
    pub candidate_id: Option<i64>,
    /// Only those with a match of this job posting.
    pub job_posting_id: Option<i64>,
    /// Only those that failed at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Only those that failed before this time.
    pub to: Option<DateTime<Utc>>,
}

impl DeadLetterFilter {
    /// Only these tasks.
    pub fn of_tasks(ids: impl IntoIterator<Item = TaskId>) -> Self {
        Self {
            task_ids: Some(ids.into_iter().collect()),
            ..Self::default()
        }
    }

    /// What is said, as the record of operator actions keeps it; `{"all": true}` where nothing is.
    ///
    /// ```
    /// use matching::store::DeadLetterFilter;
    /// let filter = DeadLetterFilter { candidate_id: Some(7), ..DeadLetterFilter::default() };
    /// assert_eq!(filter.to_json().to_string(), r#"{"candidate_id":7}"#);
    /// assert_eq!(DeadLetterFilter::default().to_json().to_string(), r#"{"all":true}"#);
    /// ```
    pub fn to_json(&self) -> Value {
        if *self == Self::default() {
            return json!({"all": true});
        }
        let ids = self.task_ids.as_ref();
        let ids = ids.map(|ids| ids.iter().map(TaskId::as_str).collect::<Vec<_>>());
        let stated = [
            ("task_ids", ids.map(Value::from)),
            ("queue", self.queue.map(|queue| queue.as_str().into())),
            ("reason", self.reason.clone().map(Value::from)),
            ("fingerprint", self.fingerprint.clone().map(Value::from)),
            ("candidate_id", self.candidate_id.map(Value::from)),
            ("job_posting_id", self.job_posting_id.map(Value::from)),
            ("from", self.from.map(|at| format_timestamp(at).into())),
            ("to", self.to.map(|at| format_timestamp(at).into())),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(stated.collect::<Map<_, _>>())
    }
}

/// One page of a list that is newest first.
#[derive(Debug, Clone)]
pub struct NewestFirst {
    /// The most rows wanted.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<TimeCursor>,
}

/// The last row of a page: such lists are by time, then by id, both falling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeCursor {
    /// Its time, to the microsecond.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: String,
}

impl TimeCursor {
    /// An opaque text for a URL.
    ///
    /// ```
    /// use matching::store::TimeCursor;
    /// let at = chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
    /// let cursor = TimeCursor { at, id: "01J:x".to_owned() };
    /// assert_eq!(TimeCursor::decode(&cursor.encode()), Some(cursor));
    /// assert_eq!(TimeCursor::decode("nonsense"), None);
    /// let long_ago = chrono::DateTime::from_timestamp_micros(-8_000_000_000_000_000_000).unwrap();
    /// let forged = TimeCursor { at: long_ago, id: "x".to_owned() };
    /// assert_eq!(TimeCursor::decode(&forged.encode()), None);
    /// ```
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.at.timestamp_micros(), self.id))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, id) = text.split_once(':')?;
        let is_plain = !id.is_empty() && !id.chars().any(char::is_control);
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some(Self {
            at: STORABLE_YEARS.contains(&at.year()).then_some(at)?,
            id: is_plain.then(|| id.to_owned())?,
        })
    }
}

/// Dead letters that failed alike.
#[derive(Debug, Clone)]
pub struct DeadLetterGroup {
    /// What they have in common.
    pub fingerprint: String,
    /// How many tasks.
    pub tasks: i64,
    /// How many matches those hold.
    pub matches: i64,
    /// When the first of them failed.
    pub first_seen: DateTime<Utc>,
    /// When the last of them failed.
    pub last_seen: DateTime<Utc>,
    /// One of them.
    pub example: DeadLetter,
}

/// One dead letter with its past.
#[derive(Debug, Clone)]
pub struct DeadLetterHistory {
    /// The dead letter.
    pub letter: DeadLetter,
    /// Its matches.
    pub matches: Vec<TaskMatch>,
    /// Where its outcome is reported.
    pub webhook_url: Option<String>,
    /// How its attempts ended, oldest first; at most 50.
    pub attempts: Vec<EndedAttempt>,
    /// What an operator did to it last, if anything.
    pub last_action: Option<RecordedAction>,
}

/// One attempt that ended without a result.
#[derive(Debug, Clone)]
pub struct EndedAttempt {
    /// Which attempt, from 1.
    pub attempt: i32,
    /// Who ran it.
    pub worker: Option<String>,
    /// When it was claimed.
    pub began_at: Option<DateTime<Utc>>,
    /// When its end was recorded.
    pub ended_at: DateTime<Utc>,
    /// How.
    pub outcome: AttemptOutcome,
    /// What went wrong.
    pub error: Option<TaskError>,
}

/// The ways in which an attempt ends without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Another one follows after a pause.
    Retry,
    /// It was given back and did not count.
    Released,
    /// Its worker died or lost touch.
    WorkerLost,
    /// The task became a dead letter.
    Failed,
}

impl AttemptOutcome {
    /// The stable name, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Released => "released",
            Self::WorkerLost => "worker_lost",
            Self::Failed => "failed",
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Retry, Self::Released, Self::WorkerLost, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

/// What changes in a dead letter of one match before it is queued again; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterEdits {
    /// Another candidate.
    pub candidate_id: Option<i64>,
    /// Another job posting.
    pub job_posting_id: Option<i64>,
    /// Another queue.
    pub queue: Option<QueueName>,
    /// Another receiver.
    pub webhook_url: Option<String>,
}

impl DeadLetterEdits {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is said, as the record of operator actions keeps it: of a receiver its scheme, host and
    /// port, since the rest of its URL may hold a token.
    ///
    /// ```
    /// use matching::store::DeadLetterEdits;
    /// let webhook_url = Some("https://platform.example/hook?token=hunter2".to_owned());
    /// let edits = DeadLetterEdits { webhook_url, ..DeadLetterEdits::default() };
    /// assert_eq!(edits.to_json().to_string(), r#"{"receiver":"https://platform.example"}"#);
    /// ```
    pub fn to_json(&self) -> Value {
        let receiver = self.webhook_url.as_deref().map(receiver_of);
        let stated = [
            ("candidate_id", self.candidate_id.map(Value::from)),
            ("job_posting_id", self.job_posting_id.map(Value::from)),
            ("queue", self.queue.map(|queue| queue.as_str().into())),
            ("receiver", receiver.map(Value::from)),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(stated.collect::<Map<_, _>>())
    }
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// The dead letter was changed and is queued again.
    Retried,
    /// There is no such dead letter (any more).
    NotFound,
    /// It holds several matches, which have no candidate and job posting of their own.
    SeveralMatches,
    /// Another receiver was asked for one match of a batch, which is announced as a whole.
    ReceiverOfBatch,
}

/// What one step of retrying or purging did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterStep {
    /// Tasks changed.
    pub tasks: u64,
    /// Where the next step goes on; none after the last.
    pub next: Option<TimeCursor>,
}

/// An operator's action as it is shown.
#[derive(Debug, Clone)]
pub struct RecordedAction {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Who acted.
    pub actor: String,
    /// What was done.
    pub kind: OperatorActionKind,
    /// To what, a JSON object.
    pub target: Value,
    /// How many tasks it changed.
    pub tasks: i64,
}
