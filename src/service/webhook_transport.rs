//! The port of webhooks: decides which receivers a request may name, and makes one attempt at a
//! delivery.

use std::{
    collections::HashMap,
    error::Error,
    iter,
    time::{Duration, Instant},
};

use async_trait::async_trait;

use crate::domain::{
    identifiers::{DeliveryId, EndpointId},
    trace::TraceContext,
};

/// The longest receiver URL, in bytes.
pub const MAXIMUM_URL_LENGTH: usize = 2048;

/// The shortest pause of an endpoint that asks for one.
const SHORTEST_THROTTLE: Duration = Duration::from_secs(1);

/// Sends deliveries, one attempt at a time.
#[async_trait]
pub trait WebhookTransport: Send + Sync {
    /// Makes one attempt, at `timestamp_seconds` since the Unix epoch. It may first wait for other
    /// attempts at the same endpoint.
    ///
    /// # Errors
    ///
    /// Every outcome except an answer of 200 to 299; see [`DeliveryError::is_retryable`].
    async fn send(
        &self,
        delivery: &OutgoingDelivery,
        timestamp_seconds: i64,
    ) -> Result<Delivered, DeliveryError>;

    /// Returns the paused endpoints. A pause whose end has passed lasts until one delivery has shown
    /// that the endpoint is back.
    fn pauses(&self) -> HashMap<EndpointId, EndpointPause>;

    /// Ends a pause in this process, since the ledger's has ended: an operator ended it, or another
    /// process found that the endpoint is back.
    fn end_pause(&self, endpoint: &EndpointId);
}

/// A time during which an endpoint gets no deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPause {
    /// The end of the pause.
    pub end: Instant,
    /// The reason, as a text for operators.
    pub reason: String,
}

/// Decides which receivers a request may name.
#[async_trait]
pub trait ReceiverPolicy: Send + Sync {
    /// Returns the reason for refusing this URL, as a text for the caller that chose it, or `None`
    /// if the URL by itself is allowed.
    fn refusal(&self, url: &str) -> Option<String>;

    /// Returns the reason for refusing a URL because of the addresses to which its name resolves now.
    async fn refusal_of_name(&self, url: &str) -> Option<String>;
}

/// One delivery in the form that is sent: the bytes are signed and sent unchanged.
#[derive(Debug, Clone)]
pub struct OutgoingDelivery {
    /// The delivery's id, the same for every attempt.
    pub id: DeliveryId,
    /// The endpoint of the URL.
    pub endpoint: EndpointId,
    /// The URL of the receiver.
    pub url: String,
    /// The event, in JSON.
    pub body: Vec<u8>,
    /// The position of this attempt in the trace of the task.
    pub trace: Option<TraceContext>,
}

/// The answer of a receiver that accepted the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The HTTP status, 200 to 299.
    pub status: u16,
}

/// The reasons why a delivery was not accepted. No message contains a URL, which may hold a token,
/// or a part of an answer.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver's URL or address is not allowed.
    #[error("the receiver is refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The endpoint failed too often recently, or asked for a pause; nothing was sent.
    #[error("{reason}")]
    EndpointPaused {
        /// The time until another delivery may be sent.
        retry_after: Duration,
        /// The reason for the pause.
        reason: String,
    },
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
        /// The pause that the receiver asked for, at most a day.
        retry_after: Option<Duration>,
    },
    /// The request can't be made, for example because the id doesn't fit into a header.
    #[error("the delivery can't be made into a request")]
    Unsendable(#[source] Box<dyn Error + Send + Sync>),
}

impl DeliveryError {
    /// Returns the error with all its causes.
    pub fn reason(&self) -> String {
        let first: &dyn Error = self;
        let chain: Vec<String> = iter::successors(Some(first), |error| (*error).source())
            .map(ToString::to_string)
            .collect();
        chain.join(": ")
    }

    /// True if another attempt can succeed. As in Standard Webhooks, every answer except success is
    /// retried, except 410, redirects and refused receivers.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::EndpointPaused { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::Rejected { .. } => true,
            Self::Refused(_) | Self::Redirected { .. } | Self::Gone | Self::Unsendable(_) => false,
        }
    }

    /// True if this counts as one of the delivery's attempts. Nothing is sent to a paused endpoint,
    /// and an endpoint that asks for a pause has not refused the delivery.
    pub fn consumes_attempt(&self) -> bool {
        !matches!(self, Self::EndpointPaused { .. }) && self.throttle().is_none()
    }

    /// Returns the time to wait before the next attempt, if the receiver or its pause states one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rejected { retry_after, .. } => *retry_after,
            Self::EndpointPaused { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Returns the pause for all deliveries that the endpoint asked for: `Retry-After` of a 429 or
    /// 503. At least a second, so that an endpoint that asks for none is not called in a loop.
    pub fn throttle(&self) -> Option<Duration> {
        match self {
            Self::Rejected {
                status: 429 | 503,
                retry_after: Some(wait),
            } => Some((*wait).max(SHORTEST_THROTTLE)),
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

    /// True if the error means that the endpoint is unavailable, rather than that it refuses this
    /// delivery.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Rejected { status, .. } => *status >= 500 && self.throttle().is_none(),
            _ => false,
        }
    }
}
