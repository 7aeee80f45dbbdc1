//! A delivery: one webhook, recorded with the outcome that it reports, and sent until it is
//! received or given up.

use super::identifiers::DeliveryId;

/// The state of a delivery: `pending` → `delivered` | `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The delivery is to be sent, or sent again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// The delivery was given up after its last attempt, or refused permanently.
    Failed,
}

impl DeliveryState {
    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Returns the receiver of a URL: its scheme, host and port without the path, since one machine
/// serves all paths. Empty if the text is not a URL.
///
/// ```
/// use matching::domain::delivery::receiver_of;
/// assert_eq!(receiver_of("HTTPS://One.Example:443/hook?id=1"), "https://one.example");
/// assert_eq!(receiver_of("http://one.example:8080#top"), "http://one.example:8080");
/// assert_eq!(receiver_of("nowhere"), "");
/// ```
pub fn receiver_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// A delivery to be recorded.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its id, the same for every attempt.
    pub id: DeliveryId,
    /// The type of the event that it reports, such as `match.completed`.
    pub event_type: &'static str,
    /// The id of the job or batch that it reports.
    pub job_id: String,
    /// The URL of the receiver.
    pub url: String,
    /// The exact bytes that are signed and sent; JSON.
    pub body: String,
}

/// A delivery claimed for one attempt.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The URL of the receiver.
    pub url: String,
    /// The receiver by [`receiver_of`]; empty if an older version recorded the delivery.
    pub receiver: String,
    /// The exact bytes to sign and send.
    pub body: String,
    /// The number of this attempt, from 1.
    pub attempt: i32,
}
