//! The pauses between the attempts at a webhook.

use std::time::Duration;

use super::Backoff;

/// The largest part by which a stated pause is lengthened at random.
const JITTER: f64 = 0.2;

/// The pauses after failed attempts. After the last one the delivery is given up.
#[derive(Debug, Clone)]
pub enum DeliverySchedule {
    /// These pauses, each lengthened at random by up to a fifth.
    Stated(Vec<Duration>),
    /// Pauses that grow exponentially.
    Growing {
        /// The parameters of growth.
        backoff: Backoff,
        /// The number of attempts after the first.
        retry_count: u32,
    },
}

impl DeliverySchedule {
    /// Returns the pause after attempt number `attempt` (from 1), where `chance` in [0, 1) is the
    /// random draw; `None` after the last attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use matching::service::delivery_schedule::DeliverySchedule;
    /// let schedule = DeliverySchedule::Stated(vec![Duration::from_secs(5), Duration::from_secs(300)]);
    /// assert_eq!(schedule.pause(1, 0.0), Some(Duration::from_secs(5)));
    /// assert_eq!(schedule.pause(2, 0.5), Some(Duration::from_secs(330)));
    /// assert_eq!(schedule.pause(3, 0.0), None);
    /// ```
    pub fn pause(&self, attempt: i32, chance: f64) -> Option<Duration> {
        match self {
            Self::Stated(pauses) => {
                let earlier = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
                let pause = pauses.get(earlier)?;
                Some(pause.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0)))
            }
            Self::Growing {
                backoff,
                retry_count,
            } => {
                let attempts = u32::try_from(attempt).unwrap_or(0);
                (attempts <= *retry_count).then(|| backoff.pause(attempt, chance))
            }
        }
    }
}
