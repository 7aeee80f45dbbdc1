//! The port of webhooks: which receivers may be named, and one attempt at a delivery.

use std::{
    collections::HashMap,
    error::Error,
    time::{Duration, Instant},
};

use async_trait::async_trait;

use crate::breaker::Paused;

/// The longest receiver URL, in bytes.
pub const MAXIMUM_URL_LENGTH: usize = 2048;

/// Sends deliveries, one attempt at a time.
#[async_trait]
pub trait WebhookTransport: Send + Sync {
    /// Makes one attempt, at `timestamp_seconds` since the Unix epoch. It may wait for other
    /// attempts at the same receiver first.
    ///
    /// # Errors
    ///
    /// Every outcome but an answer of 200 to 299; see [`DeliveryError::is_retryable`].
    async fn send(
        &self,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError>;

    /// Receivers that nothing may be sent to now, with the end of their pause, which is over while
    /// one delivery tries whether they are back.
    fn pauses(&self) -> HashMap<String, Instant>;
}

/// Decides which receivers a request may name.
pub trait ReceiverPolicy: Send + Sync {
    /// Says why this URL is refused, in words for the caller who chose it; `None` for one that is
    /// allowed as far as the URL alone tells.
    fn refusal(&self, url: &str) -> Option<String>;
}

/// One delivery as it goes out: the bytes are signed and sent as they are.
#[derive(Debug, Clone)]
pub struct OutgoingDelivery {
    /// The delivery's id, the same for every attempt.
    pub id: String,
    /// The receiver.
    pub url: String,
    /// The event, in JSON.
    pub body: Vec<u8>,
}

/// A receiver took the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The status it answered, 200 to 299.
    pub status: u16,
}

/// Why a delivery was not taken. The messages name at most the receiver's host: its URL may hold a
/// token, and its answer is not kept.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver's URL or address is not allowed.
    #[error("the receiver is refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The receiver failed too often lately; nothing was sent.
    #[error("deliveries to {} are paused after repeated failures", .0.dependency)]
    ReceiverPaused(#[from] Paused),
    /// No connection, or one that broke.
    #[error("the receiver can't be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// No answer in time.
    #[error("the receiver did not answer in time")]
    TimedOut(#[source] Box<dyn Error + Send + Sync>),
    /// A redirect, which is never followed.
    #[error("the receiver answered with a redirect ({status}); redirects are never followed")]
    Redirected {
        /// The status it answered, 300 to 399.
        status: u16,
    },
    /// The receiver says that it is gone for good.
    #[error("the receiver is gone (410) and wants no more deliveries")]
    Gone,
    /// Any other status than success.
    #[error("the receiver answered {status}")]
    Rejected {
        /// The status it answered.
        status: u16,
        /// When the receiver asked to be tried again, at most an hour.
        retry_after: Option<Duration>,
    },
    /// The request can't be made, for instance because the id doesn't fit into a header.
    #[error("the delivery can't be made into a request")]
    Unsendable(#[source] Box<dyn Error + Send + Sync>),
}

impl DeliveryError {
    /// True if another attempt can succeed. Like Standard Webhooks, every answer but success is
    /// worth another try, except 410, redirects and refused receivers.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ReceiverPaused(_)
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Rejected { .. } => true,
            Self::Refused(_) | Self::Redirected { .. } | Self::Gone | Self::Unsendable(_) => false,
        }
    }

    /// True if this counts as one of the delivery's attempts; when the receiver is paused nothing
    /// was tried.
    pub fn consumes_attempt(&self) -> bool {
        !matches!(self, Self::ReceiverPaused(_))
    }

    /// How long to wait before the next attempt, when the receiver or its pause says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rejected { retry_after, .. } => *retry_after,
            Self::ReceiverPaused(paused) => Some(paused.retry_after),
            _ => None,
        }
    }

    /// The HTTP status, when the receiver answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Redirected { status } | Self::Rejected { status, .. } => Some(*status),
            Self::Gone => Some(410),
            _ => None,
        }
    }

    /// True if the receiver's machine is in trouble, rather than this delivery.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Rejected { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
