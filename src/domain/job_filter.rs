//! Lists of jobs: which ones, and which page of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};

use super::{
    identifiers::{BatchId, CandidateId, JobPostingId, TaskId},
    paging::STORABLE_YEARS,
    queue_name::QueueName,
    task::TaskState,
};

/// Selects jobs that meet every given condition; without conditions, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Restricts to this queue.
    pub queue: Option<QueueName>,
    /// Restricts to this state.
    pub state: Option<TaskState>,
    /// Restricts to this candidate.
    pub candidate_id: Option<CandidateId>,
    /// Restricts to this job posting.
    pub job_posting_id: Option<JobPostingId>,
    /// Restricts to this batch.
    pub batch_id: Option<BatchId>,
    /// Restricts to this user of the platform.
    pub user_id: Option<String>,
    /// Restricts to jobs whose last error has this code.
    pub error_code: Option<String>,
    /// Restricts to jobs that were submitted at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Restricts to jobs that were submitted before this time.
    pub to: Option<DateTime<Utc>>,
}

/// A request for one page of a list of jobs.
#[derive(Debug, Clone)]
pub struct JobPage {
    /// The upper limit of jobs.
    pub limit: u32,
    /// The position after which the page begins.
    pub after: Option<JobCursor>,
}

/// A position in a list of jobs, which is sorted by the time of submission and the id of the task,
/// both descending, then by the position in the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCursor {
    /// The time of submission, in microseconds.
    pub at: DateTime<Utc>,
    /// The task.
    pub task_id: TaskId,
    /// The position in the batch.
    pub position: i32,
}

impl JobCursor {
    /// Encodes the cursor as an opaque text for a URL.
    ///
    /// ```
    /// use matching::domain::job_filter::JobCursor;
    /// let at = chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
    /// let cursor = JobCursor { at, task_id: "01J:x".parse().unwrap(), position: 7 };
    /// assert_eq!(JobCursor::decode(&cursor.encode()), Some(cursor));
    /// for nonsense in ["", "nonsense", "MTo3", "LTk6Nzp4"] {
    ///     assert_eq!(JobCursor::decode(nonsense), None);
    /// }
    /// ```
    pub fn encode(&self) -> String {
        let micros = self.at.timestamp_micros();
        URL_SAFE_NO_PAD.encode(format!("{micros}:{}:{}", self.position, self.task_id))
    }

    /// Decodes a text of [`encode`](Self::encode); `None` for a text of another form. Its values
    /// are not checked further: a forged cursor only begins at another job.
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, rest) = text.split_once(':')?;
        let (position, task_id) = rest.split_once(':')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some(Self {
            at: STORABLE_YEARS.contains(&at.year()).then_some(at)?,
            task_id: task_id.parse().ok()?,
            position: position.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::paging::tests::encoded;

    proptest! {
        #[test]
        fn a_forged_cursor_is_refused_or_is_the_cursor_that_it_states(text in encoded()) {
            if let Some(cursor) = JobCursor::decode(&text) {
                prop_assert!(STORABLE_YEARS.contains(&cursor.at.year()));
                prop_assert_eq!(JobCursor::decode(&cursor.encode()), Some(cursor));
            }
        }
    }
}
