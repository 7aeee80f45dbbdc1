//! What is known about receivers: whether they are failing, and how many deliveries are on their way
//! to each. By scheme, host and port, whatever the path: one machine answers for all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use metrics::gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::breaker::{Breaker, BreakerSettings, BreakerState};

/// How many receivers are remembered at once. Beyond that the one longest without a delivery is
/// forgotten, which at worst lets a few attempts through to one that is paused.
pub(super) const MAXIMUM_RECEIVERS: usize = 1024;

/// The receivers that deliveries went to lately.
pub(super) struct Receivers {
    concurrency: usize,
    breaker: BreakerSettings,
    by_name: Mutex<HashMap<String, Receiver>>,
}

struct Receiver {
    breaker: Breaker,
    places: Arc<Semaphore>,
    used_at: Instant,
}

impl Receivers {
    pub(super) fn new(concurrency: usize, breaker: BreakerSettings) -> Self {
        Self {
            concurrency: concurrency.max(1),
            breaker,
            by_name: Mutex::default(),
        }
    }

    /// Waits for a place among the deliveries under way to this receiver; dropping it makes room.
    pub(super) async fn place(&self, receiver: &str) -> Option<OwnedSemaphorePermit> {
        let places = self.with(receiver, |receiver| Arc::clone(&receiver.places));
        // Never closed, so there always is one.
        places.acquire_owned().await.ok()
    }

    /// The breaker before this receiver.
    pub(super) fn breaker(&self, receiver: &str) -> Breaker {
        self.with(receiver, |receiver| receiver.breaker.clone())
    }

    /// Receivers that nothing may be sent to now, with the end of their pause.
    pub(super) fn pauses(&self) -> HashMap<String, Instant> {
        let receivers = self.lock();
        let pauses = receivers
            .iter()
            .filter_map(|(name, receiver)| Some((name.clone(), receiver.breaker.pause_end()?)));
        pauses.collect()
    }

    /// Sets the gauge of receivers that are paused.
    pub(super) fn publish_paused(&self) {
        let paused = self
            .lock()
            .values()
            .filter(|receiver| receiver.breaker.state() != BreakerState::Closed)
            .count();
        gauge!("matching_webhook_receivers_paused").set(paused as f64);
    }

    fn with<T>(&self, name: &str, look: impl FnOnce(&Receiver) -> T) -> T {
        let mut by_name = self.lock();
        if by_name.len() >= MAXIMUM_RECEIVERS && !by_name.contains_key(name) {
            let oldest = by_name
                .iter()
                .filter(|(_, receiver)| receiver.places.available_permits() == self.concurrency)
                .min_by_key(|(_, receiver)| receiver.used_at)
                .map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                by_name.remove(&oldest);
            }
        }
        let receiver = by_name.entry(name.to_owned()).or_insert_with(|| Receiver {
            breaker: Breaker::new(name, self.breaker),
            places: Arc::new(Semaphore::new(self.concurrency)),
            used_at: Instant::now(),
        });
        receiver.used_at = Instant::now();
        look(receiver)
    }

    /// Every change is complete before anything can panic, so a poisoned map is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Receiver>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    fn receivers(concurrency: usize) -> Receivers {
        let settings = BreakerSettings {
            failure_threshold: 1,
            first_pause: Duration::from_mins(1),
            longest_pause: Duration::from_mins(1),
        };
        Receivers::new(concurrency, settings)
    }

    #[test]
    fn a_host_has_so_many_places_and_each_host_its_own() {
        let receivers = receivers(2);
        let place = |host: &'static str| receivers.place(host).now_or_never().flatten();
        let (one, two) = (place("slow:443"), place("slow:443"));
        assert!(one.is_some() && two.is_some());
        assert!(place("slow:443").is_none());
        assert!(place("other:443").is_some());
        drop(one);
        assert!(place("slow:443").is_some());
    }

    #[test]
    fn only_so_many_receivers_are_remembered_and_busy_ones_are_kept() {
        let receivers = receivers(1);
        let _place = receivers.place("busy:443").now_or_never().flatten();
        for number in 0..MAXIMUM_RECEIVERS + 10 {
            let breaker = receivers.breaker(&format!("host-{number}:443"));
            breaker.permit().unwrap().failed();
        }
        assert_eq!(receivers.lock().len(), MAXIMUM_RECEIVERS);
        assert!(receivers.lock().contains_key("busy:443"));
        assert_eq!(
            receivers.breaker("host-0:443").state(),
            BreakerState::Closed
        );
        let last = format!("host-{}:443", MAXIMUM_RECEIVERS + 9);
        assert!(receivers.breaker(&last).permit().is_err());
    }
}
