//! The error of the service's calls, as their callers have to answer it.

use std::{borrow::Cow, time::Duration};

use super::{
    dependencies::DependencyReportError, immediate_match::ImmediateMatchError, import::ImportError,
    profile_service::PutProfileError, result_documents::ReportError, submit::SubmitError,
    verify_result::VerifyError,
};
use crate::store::StoreError;

/// The reason why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is nothing under the given id; the text says where to look.
    #[error("{0}")]
    NotFound(Cow<'static, str>),
    /// The work has ended, so it can't be cancelled; the text says how it ended.
    #[error("{0}")]
    AlreadyEnded(&'static str),
    /// A dead letter of several matches, which has no single candidate and job posting to change.
    #[error(
        "only a dead letter of one match can be changed; retry this one as it is, or queue other \
         matches"
    )]
    SeveralMatches,
    /// One match of a batch that is announced as a whole can't have a receiver of its own.
    #[error(
        "its batch is announced as a whole (webhook_events=batch), so one match of it can't have \
         another receiver"
    )]
    ReceiverOfBatch,
    /// The stored document is not the one that the caller's condition names.
    #[error("the stored profile is not the one that the condition names; read it again")]
    PreconditionFailed,
    /// A webhook that is about to be sent anyway can't be resent.
    #[error("this webhook has not ended: it is sent at next_attempt_at")]
    DeliveryPending,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// A stored document can't be read.
    #[error(transparent)]
    Document(ReportError),
}

const DOES_NOT_ANSWER: &str = "does not answer";

/// A part of the service that can't be used; the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// The name of the part.
    pub part: &'static str,
    /// The way in which it fails, after its name, and the operator's remedy, if there is one.
    pub fault: &'static str,
    /// The time for which its circuit breaker refuses calls, if it does.
    pub retry_after: Option<Duration>,
}

impl ServiceError {
    /// Returns the outage if that is the cause of the error.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Database(error) if error.is_retryable() => Some(Outage {
                part: "the database",
                fault: if error.lacks_space() {
                    "refuses writes because its disk is full, and an operator has to free space or \
                     enlarge the disk"
                } else {
                    DOES_NOT_ANSWER
                },
                retry_after: error.retry_after(),
            }),
            Self::Document(ReportError::Document(error)) if error.is_retryable() => Some(Outage {
                part: "the document store",
                fault: DOES_NOT_ANSWER,
                retry_after: error.retry_after(),
            }),
            _ => None,
        }
    }
}

impl From<ReportError> for ServiceError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Store(error) => Self::Database(error),
            other => Self::Document(other),
        }
    }
}

/// Lets `?` turn an error of the store into an error with a variant `Service`.
macro_rules! from_store_error {
    ($($error:ty),+ $(,)?) => { $(
        impl From<StoreError> for $error {
            fn from(error: StoreError) -> Self {
                Self::Service(error.into())
            }
        }
    )+ };
}

from_store_error!(
    DependencyReportError,
    ImmediateMatchError,
    ImportError,
    PutProfileError,
    SubmitError,
    VerifyError,
);
