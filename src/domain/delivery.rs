//! A delivery: one webhook, recorded with the outcome it reports, sent until it is received or
//! given up.

use super::identifiers::DeliveryId;

/// `pending` → `delivered` | `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// Given up after its last attempt, or refused for good.
    Failed,
}

impl DeliveryState {
    /// The stable name, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Who takes what is sent to this URL: its scheme, host and port, whatever the path, since one machine
/// answers for all of them. Empty for what is no URL.
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
    /// Its id, the same at every attempt.
    pub id: DeliveryId,
    /// The event it reports, such as `match.completed`.
    pub event_type: &'static str,
    /// The job (or batch) it is about.
    pub job_id: String,
    /// The receiver.
    pub url: String,
    /// The exact bytes that are signed and sent; JSON.
    pub body: String,
}

/// A delivery claimed for one attempt.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Where it goes.
    pub url: String,
    /// Whose that is, by [`receiver_of`]; empty where an older version recorded it.
    pub receiver: String,
    /// The exact bytes.
    pub body: String,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}
