//! The state of receivers: their circuit breakers, and the number of deliveries under way to each.
//! Receivers are identified by scheme, host and port without the path, since one machine serves all
//! paths.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use metrics::gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::breaker::{Breaker, BreakerSettings, BreakerState};

/// The maximum number of receivers in memory. Beyond it the least recently used one is dropped,
/// which at worst allows a few attempts at a receiver that was paused.
pub(super) const MAXIMUM_RECEIVERS: usize = 1024;

/// The receivers of recent deliveries.
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

    /// Waits for a permit to deliver to this receiver; dropping the permit makes room for the next
    /// delivery.
    pub(super) async fn place(&self, receiver: &str) -> Option<OwnedSemaphorePermit> {
        let places = self.with(receiver, |receiver| Arc::clone(&receiver.places));
        // The semaphore is never closed, so acquiring a permit always succeeds.
        places.acquire_owned().await.ok()
    }

    /// Returns the circuit breaker before this receiver.
    pub(super) fn breaker(&self, receiver: &str) -> Breaker {
        self.with(receiver, |receiver| receiver.breaker.clone())
    }

    /// Returns the paused receivers with the ends of their pauses.
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

    /// Locks the map. Every change is complete before a panic is possible, so a poisoned map is
    /// still consistent.
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
