//! Identifiers as distinct types, so that a task's id can't be used as a job's, or a candidate's as
//! a job posting's. Ids from outside are parsed; only the store builds them from its own rows.

use std::{borrow::Borrow, fmt, hash::Hasher as _, str::FromStr};

use fnv::FnvHasher;
use serde::Serialize;
use ulid::Ulid;
use url::Url;

use matching_engine::profiles::profile_kind::ProfileKind;

/// The reason why a text or a number is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// The text is empty.
    #[error("an id has at least one character")]
    Empty,
    /// The text has a control character; databases refuse some of them.
    #[error("an id has no control characters")]
    ControlCharacter,
    /// The text is not an id that a caller may choose.
    #[error(
        "an id is 1 to {CALLER_ID_LIMIT} ASCII letters, digits and . _ : @ + -, beginning with a \
         letter or digit"
    )]
    NotForCallers,
    /// The value is not a whole number of at least [`SMALLEST_PROFILE_ID`].
    #[error("an id is a whole number of {SMALLEST_PROFILE_ID} or more")]
    NotPositive,
}

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns an id that a row of the service's own database holds. Only for the store;
            /// all other texts are parsed.
            pub fn from_row(id: String) -> Self {
                Self(id)
            }

            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(id: String) -> Result<Self, InvalidId> {
                check_text(&id)?;
                Ok(Self(id))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(id: &str) -> Result<Self, InvalidId> {
                Self::try_from(id.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_identifier! {
    /// Identifies one run of a process of the service: its number on its machine and a ULID.
    ProcessId
}

impl ApiKeyId {
    /// Returns the id with these bytes, in hex digits.
    pub fn of(bytes: [u8; 6]) -> Self {
        Self(hex::encode(bytes))
    }
}

/// For a map that is searched by the id in a presented text.
impl Borrow<str> for ApiKeyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl ProcessId {
    /// Returns the id of a run of the process with this number.
    pub fn of_run(system_id: u32, run: Ulid) -> Self {
        Self(format!("{system_id}-{run}"))
    }
}

text_identifier! {
    /// Identifies one ledger row: a ULID. A queue contains nothing else.
    TaskId
}
text_identifier! {
    /// Identifies a batch, which is one bulk call: a ULID, or an id that the caller chose.
    BatchId
}
text_identifier! {
    /// Identifies one queued match, as its caller polls it: a ULID, `BATCH-n` for the n-th match of
    /// a batch (counted from 1), or an id that the caller chose.
    JobId
}
text_identifier! {
    /// Names work: a job, a batch, or work outside this service. Their ids share one namespace; a
    /// job may wait for any of them, and a webhook reports a job or a batch.
    WorkId
}
text_identifier! {
    /// Identifies one webhook: the `webhook-id` of all its attempts.
    DeliveryId
}
text_identifier! {
    /// Identifies a webhook endpoint, which is a receiver's URL without its query: the host, the
    /// port unless it is the scheme's own, `~`, and a hash of the whole. A path may hold a secret,
    /// so ids are shown in logs and answers, and URLs are not.
    EndpointId
}
text_identifier! {
    /// Identifies an API key. It is a part of the key's text and no secret.
    ApiKeyId
}
text_identifier! {
    /// Names a dead letter: the id of its task, or of one of its jobs.
    DeadLetterId
}

fn check_text(id: &str) -> Result<(), InvalidId> {
    if id.is_empty() {
        return Err(InvalidId::Empty);
    }
    if id.chars().any(char::is_control) {
        return Err(InvalidId::ControlCharacter);
    }
    Ok(())
}

/// The maximum length of an id that a caller chooses, in characters.
pub const CALLER_ID_LIMIT: usize = 200;

/// An id that a caller chose for a job or batch: 1 to [`CALLER_ID_LIMIT`] characters, which are
/// ASCII letters and digits and `. _ : @ + -`, the first a letter or digit, so that it needs no
/// escaping in a URL, a header or a log line.
///
/// ```
/// use matching::domain::identifiers::CallerId;
/// assert!("monday-2026:11".parse::<CallerId>().is_ok());
/// assert!("-monday".parse::<CallerId>().is_err());
/// assert!("mon/day".parse::<CallerId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerId(String);

impl FromStr for CallerId {
    type Err = InvalidId;

    fn from_str(id: &str) -> Result<Self, InvalidId> {
        let mut characters = id.chars();
        let is_fit = id.len() <= CALLER_ID_LIMIT
            && characters
                .next()
                .is_some_and(|first| first.is_ascii_alphanumeric())
            && characters.all(|c| c.is_ascii_alphanumeric() || "._:@+-".contains(c));
        if is_fit {
            Ok(Self(id.to_owned()))
        } else {
            Err(InvalidId::NotForCallers)
        }
    }
}

impl From<CallerId> for JobId {
    fn from(id: CallerId) -> Self {
        Self(id.0)
    }
}

impl From<CallerId> for BatchId {
    fn from(id: CallerId) -> Self {
        Self(id.0)
    }
}

impl From<Ulid> for TaskId {
    fn from(id: Ulid) -> Self {
        Self(id.to_string())
    }
}

impl From<Ulid> for BatchId {
    fn from(id: Ulid) -> Self {
        Self(id.to_string())
    }
}

impl From<Ulid> for JobId {
    fn from(id: Ulid) -> Self {
        Self(id.to_string())
    }
}

impl JobId {
    /// Returns the id of a batch's n-th match, counted from 1.
    pub fn of_batch(batch: &BatchId, position: i32) -> Self {
        Self(format!("{batch}-{position}"))
    }

    /// Returns the id of the job of a task that states neither a job nor a batch: its own.
    pub fn of_task(task: &TaskId) -> Self {
        Self(task.0.clone())
    }

    /// Reads the id as the n-th match of a batch, which may not exist in the ledger.
    ///
    /// ```
    /// use matching::domain::identifiers::JobId;
    /// let job = |id: &str| id.parse::<JobId>().unwrap();
    /// let (batch, position) = job("monday-12").as_batch_position().unwrap();
    /// assert_eq!((batch.as_str(), position), ("monday", 12));
    /// assert!(job("monday").as_batch_position().is_none());
    /// ```
    pub fn as_batch_position(&self) -> Option<(BatchId, i32)> {
        let (batch, position) = self.0.rsplit_once('-')?;
        let canonical = !batch.is_empty()
            && !position.starts_with('0')
            && position.chars().all(|c| c.is_ascii_digit());
        let position = canonical.then(|| position.parse().ok())??;
        Some((BatchId(batch.to_owned()), position))
    }
}

impl From<JobId> for WorkId {
    fn from(id: JobId) -> Self {
        Self(id.0)
    }
}

impl From<BatchId> for WorkId {
    fn from(id: BatchId) -> Self {
        Self(id.0)
    }
}

impl WorkId {
    /// Reads the id as a job's, which may not exist in the ledger.
    pub fn as_job(&self) -> JobId {
        JobId(self.0.clone())
    }
}

impl From<DeadLetterId> for JobId {
    fn from(id: DeadLetterId) -> Self {
        Self(id.0)
    }
}

impl DeliveryId {
    /// Returns the id of the webhook about a match of a task, in one run of the task.
    pub fn of_match(task: &TaskId, run: i64, position: i32) -> Self {
        Self(format!("msg_{task}_{run}_{position}"))
    }

    /// Returns the id of the webhook about a batch that a run of this task ended.
    pub fn of_batch_end(task: &TaskId, run: i64) -> Self {
        Self(format!("msg_{task}_{run}_batch"))
    }
}

impl EndpointId {
    /// Returns the endpoint of a receiver's URL. A text that is no URL has an endpoint of its own,
    /// without a host.
    ///
    /// ```
    /// use matching::domain::identifiers::EndpointId;
    /// let hook = EndpointId::of("https://One.Example:443/hook?token=1");
    /// assert_eq!(hook, EndpointId::of("https://one.example/hook#top"));
    /// assert_ne!(hook, EndpointId::of("https://one.example/other"));
    /// assert_eq!(hook.host(), "one.example");
    /// assert_eq!(EndpointId::of("http://one.example:8080").host(), "one.example:8080");
    /// ```
    pub fn of(url: &str) -> Self {
        let (host, endpoint) = match Url::parse(url) {
            Ok(mut parsed) => {
                parsed.set_query(None);
                parsed.set_fragment(None);
                let host = parsed.host_str().unwrap_or_default();
                let host = match parsed.port() {
                    Some(port) => format!("{host}:{port}"),
                    None => host.to_owned(),
                };
                (host, parsed.into())
            }
            Err(_) => (String::new(), url.to_owned()),
        };
        // FNV-1a: the same on every machine. Equal hashes of two endpoints of a host would only
        // make them share their pauses.
        let mut hasher = FnvHasher::default();
        hasher.write(endpoint.as_bytes());
        Self(format!("{host}~{:016x}", hasher.finish()))
    }

    /// Returns the endpoint that a text names: by its id, or by a URL.
    ///
    /// # Errors
    /// If the text is empty or has control characters.
    pub fn named(text: &str) -> Result<Self, InvalidId> {
        check_text(text)?;
        if text.contains("://") {
            return Ok(Self::of(text));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the host, with the port unless it is the scheme's own.
    pub fn host(&self) -> &str {
        self.0.split_once('~').map_or("", |(host, _)| host)
    }
}

/// The smallest id of a candidate or job posting.
pub const SMALLEST_PROFILE_ID: i64 = 1;

macro_rules! number_identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Returns an id that a row of the service's own database holds. Only for the store;
            /// all other numbers are parsed.
            pub const fn from_row(id: i64) -> Self {
                Self(id)
            }

            /// Returns the id as a number.
            pub const fn number(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = InvalidId;

            fn try_from(id: i64) -> Result<Self, InvalidId> {
                if id >= SMALLEST_PROFILE_ID {
                    Ok(Self(id))
                } else {
                    Err(InvalidId::NotPositive)
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(id: &str) -> Result<Self, InvalidId> {
                let id: i64 = id.parse().map_err(|_| InvalidId::NotPositive)?;
                Self::try_from(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_identifier! {
    /// Identifies a candidate, by the platform's id.
    ///
    /// ```compile_fail,E0308
    /// use matching::domain::{
    ///     identifiers::{CandidateId, JobPostingId},
    ///     task::Pair,
    /// };
    /// let candidate_id = CandidateId::try_from(123).unwrap();
    /// let job_posting_id = JobPostingId::try_from(456).unwrap();
    /// let mixed_up = Pair { candidate_id: job_posting_id, job_posting_id: candidate_id };
    /// ```
    CandidateId
}
number_identifier! {
    /// Identifies a job posting, by the platform's id.
    JobPostingId
}
number_identifier! {
    /// Identifies a profile among those of its kind, which is stated beside it. For code that
    /// serves both kinds; [`CandidateId`] and [`JobPostingId`] state the kind in their type.
    ///
    /// ```
    /// use matching::domain::identifiers::{CandidateId, JobPostingId};
    /// let (kind, id) = CandidateId::try_from(123).unwrap().profile();
    /// assert_eq!(CandidateId::of_profile(kind, id).unwrap().number(), 123);
    /// assert_eq!(JobPostingId::of_profile(kind, id), None);
    /// ```
    ProfileId
}

macro_rules! profile_identifier {
    ($name:ident, $kind:expr, $article:literal) => {
        impl $name {
            #[doc = concat!("Returns the id of this profile if it is ", $article, ".")]
            pub fn of_profile(kind: ProfileKind, id: ProfileId) -> Option<Self> {
                (kind == $kind).then_some(Self(id.0))
            }

            /// Returns the id of a profile of a pair, whose place in the pair states its kind.
            pub(super) const fn in_pair(id: ProfileId) -> Self {
                Self(id.0)
            }

            /// Returns the kind and the id, for code that serves both kinds.
            pub const fn profile(self) -> (ProfileKind, ProfileId) {
                ($kind, self.without_kind())
            }

            /// Returns the id for code that states the kind beside it.
            pub const fn without_kind(self) -> ProfileId {
                ProfileId(self.0)
            }
        }
    };
}

profile_identifier!(CandidateId, ProfileKind::Candidate, "a candidate");
profile_identifier!(JobPostingId, ProfileKind::JobPosting, "a job posting");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_that_are_no_ids_are_refused() {
        for id in ["0", "-1", "1.0", "", "9223372036854775808"] {
            assert_eq!(id.parse::<CandidateId>(), Err(InvalidId::NotPositive));
        }
        assert_eq!("".parse::<JobId>(), Err(InvalidId::Empty));
        assert_eq!("a\0b".parse::<JobId>(), Err(InvalidId::ControlCharacter));
    }

    #[test]
    fn an_id_of_a_profile_is_written_as_a_number() {
        let id = CandidateId::try_from(123).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "123");
        assert_eq!(id.to_string(), "123");
    }
}
