//! The port of webhooks: decides which receivers a request may name, and makes one attempt at a
//! delivery.

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
    /// Makes one attempt, at `timestamp_seconds` since the Unix epoch. It may first wait for other
    /// attempts at the same receiver.
    ///
    /// # Errors
    ///
    /// Every outcome except an answer of 200 to 299; see [`DeliveryError::is_retryable`].
    async fn send(
        &self,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError>;

    /// Returns the paused receivers with the ends of their pauses. A pause whose end has passed
    /// lasts until one delivery has shown that the receiver is back.
    fn pauses(&self) -> HashMap<String, Instant>;
}

/// Decides which receivers a request may name.
pub trait ReceiverPolicy: Send + Sync {
    /// Returns the reason for refusing this URL, as a text for the caller that chose it, or `None`
    /// if the URL by itself is allowed.
    fn refusal(&self, url: &str) -> Option<String>;
}

/// One delivery in the form that is sent: the bytes are signed and sent unchanged.
#[derive(Debug, Clone)]
pub struct OutgoingDelivery {
    /// The delivery's id, the same for every attempt.
    pub id: String,
    /// The URL of the receiver.
    pub url: String,
    /// The event, in JSON.
    pub body: Vec<u8>,
}

/// The answer of a receiver that accepted the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The HTTP status, 200 to 299.
    pub status: u16,
}

/// The reasons why a delivery was not accepted. The messages name at most the receiver's host: its
/// URL may hold a token, and its answer is not kept.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver's URL or address is not allowed.
    #[error("the receiver is refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The receiver failed too often recently; nothing was sent.
    #[error("deliveries to {} are paused after repeated failures", .0.dependency)]
    ReceiverPaused(#[from] Paused),
    /// The connection failed or broke.
    #[error("the receiver can't be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The receiver did not answer in time.
    #[error("the receiver did not answer in time")]
    TimedOut(#[source] Box<dyn Error + Send + Sync>),
    /// The receiver answered with a redirect, which is never followed.
    #[error("the receiver answered with a redirect ({status}); redirects are never followed")]
    Redirected {
        /// The HTTP status, 300 to 399.
        status: u16,
    },
    /// The receiver is gone permanently (410).
    #[error("the receiver is gone (410) and wants no more deliveries")]
    Gone,
    /// The receiver answered with another status than success.
    #[error("the receiver answered {status}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The pause that the receiver asked for, at most an hour.
        retry_after: Option<Duration>,
    },
    /// The request can't be made, for example because the id doesn't fit into a header.
    #[error("the delivery can't be made into a request")]
    Unsendable(#[source] Box<dyn Error + Send + Sync>),
}

impl DeliveryError {
    /// True if another attempt can succeed. As in Standard Webhooks, every answer except success is
    /// retried, except 410, redirects and refused receivers.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ReceiverPaused(_)
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Rejected { .. } => true,
            Self::Refused(_) | Self::Redirected { .. } | Self::Gone | Self::Unsendable(_) => false,
        }
    }

    /// True if this counts as one of the delivery's attempts. Nothing is sent to a paused receiver,
    /// so that does not count.
    pub fn consumes_attempt(&self) -> bool {
        !matches!(self, Self::ReceiverPaused(_))
    }

    /// Returns the time to wait before the next attempt, if the receiver or its pause states one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rejected { retry_after, .. } => *retry_after,
            Self::ReceiverPaused(paused) => Some(paused.retry_after),
            _ => None,
        }
    }

    /// Returns the HTTP status, if the receiver answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Redirected { status } | Self::Rejected { status, .. } => Some(*status),
            Self::Gone => Some(410),
            _ => None,
        }
    }

    /// True if the error means that the receiver is unavailable, rather than that it refuses this
    /// delivery.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Rejected { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
