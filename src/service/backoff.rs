//! Pauses between attempts: exponential, capped, with full jitter.

use std::time::Duration;

/// The parameters of exponential growth.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The longest pause after the first failure.
    pub base: Duration,
    /// The upper limit of all pauses.
    pub cap: Duration,
}

impl Backoff {
    /// Returns the pause after attempt number `attempt` (from 1): uniform in (0, min(cap,
    /// base·2^(attempt−1))], where `chance` in [0, 1) is the random draw. Full jitter, after
    /// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), spreads simultaneous retries
    /// best.
    ///
    /// ```
    /// use std::time::Duration;
    /// use matching::service::Backoff;
    /// let backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) };
    /// assert_eq!(backoff.pause(1, 0.0), Duration::from_secs(2));
    /// assert_eq!(backoff.pause(3, 0.5), Duration::from_secs(4));
    /// assert_eq!(backoff.pause(99, 0.0), Duration::from_secs(60));
    /// ```
    pub fn pause(&self, attempt: i32, chance: f64) -> Duration {
        let doublings = attempt.clamp(1, 32) - 1;
        let longest = (self.base.as_secs_f64() * 2f64.powi(doublings)).min(self.cap.as_secs_f64());
        Duration::from_secs_f64(longest * (1.0 - chance.clamp(0.0, 1.0)))
    }
}
