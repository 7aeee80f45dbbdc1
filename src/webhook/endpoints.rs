//! The state of endpoints: their circuit breakers, the pauses that they asked for, and the number
//! of deliveries under way to each. An endpoint is a receiver's URL without its query: the paths of
//! one host often belong to different applications, which fail separately.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    breaker::{Breaker, BreakerSettings, BreakerState, Permit},
    domain::identifiers::EndpointId,
    service::webhook_transport::{DeliveryError, EndpointPause},
};

/// The maximum number of endpoints in memory. Beyond it the least recently used one is dropped,
/// which at worst allows a few attempts at an endpoint that was paused.
pub(super) const MAXIMUM_ENDPOINTS: usize = 16_384;

/// The endpoints of recent deliveries.
pub(super) struct Endpoints {
    concurrency: usize,
    breaker: BreakerSettings,
    by_id: Mutex<HashMap<EndpointId, Endpoint>>,
}

struct Endpoint {
    breaker: Breaker,
    /// The last failure that meant that the endpoint is unavailable.
    last_failure: String,
    /// The pause that the endpoint asked for.
    throttle: Option<EndpointPause>,
    slots: Arc<Semaphore>,
    used_at: Instant,
}

impl Endpoint {
    /// Returns the pause that is in force, if any.
    fn pause(&self) -> Option<EndpointPause> {
        let throttle = self.throttle.as_ref();
        if let Some(throttle) = throttle.filter(|pause| pause.end > Instant::now()) {
            return Some(throttle.clone());
        }
        let end = self.breaker.pause_end()?;
        let reason = format!(
            "paused after repeated failures, the last: {}",
            self.last_failure
        );
        Some(EndpointPause { end, reason })
    }
}

impl Endpoints {
    pub(super) fn new(concurrency: usize, breaker: BreakerSettings) -> Self {
        Self {
            concurrency: concurrency.max(1),
            breaker,
            by_id: Mutex::default(),
        }
    }

    /// Waits for a slot among the deliveries to this endpoint; dropping it makes room for the next
    /// delivery.
    pub(super) async fn slot(&self, id: &EndpointId) -> Option<OwnedSemaphorePermit> {
        let slots = self.with(id, |endpoint| Arc::clone(&endpoint.slots));
        // The semaphore is never closed, so acquiring a permit always succeeds.
        slots.acquire_owned().await.ok()
    }

    /// Returns a permit for one call.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::EndpointPaused`], if the endpoint is paused.
    pub(super) fn permit(&self, id: &EndpointId) -> Result<Permit, DeliveryError> {
        self.with(id, |endpoint| {
            let throttle = endpoint.throttle.as_ref();
            if let Some(throttle) = throttle.filter(|pause| pause.end > Instant::now()) {
                return Err(DeliveryError::EndpointPaused {
                    retry_after: throttle.end.saturating_duration_since(Instant::now()),
                    reason: throttle.reason.clone(),
                });
            }
            endpoint.breaker.permit().map_err(|paused| {
                let reason = endpoint.pause().map(|pause| pause.reason);
                DeliveryError::EndpointPaused {
                    retry_after: paused.retry_after,
                    reason: reason.unwrap_or_default(),
                }
            })
        })
    }

    /// Records the reason for which an endpoint is unavailable.
    pub(super) fn failed(&self, id: &EndpointId, reason: String) {
        self.with(id, |endpoint| endpoint.last_failure = reason);
    }

    /// Pauses an endpoint for the time that it asked for.
    pub(super) fn throttle(&self, id: &EndpointId, wait: Duration, reason: String) {
        let end = Instant::now() + wait;
        self.with(id, |endpoint| {
            // Concurrent deliveries may have got several answers; the longest pause holds.
            if endpoint
                .throttle
                .as_ref()
                .is_none_or(|pause| pause.end < end)
            {
                endpoint.throttle = Some(EndpointPause { end, reason });
            }
        });
    }

    /// Ends an endpoint's pause, whatever it is due to.
    pub(super) fn end_pause(&self, id: &EndpointId) {
        let breaker = Breaker::new(id.as_str(), self.breaker);
        self.with(id, |endpoint| {
            endpoint.throttle = None;
            endpoint.breaker = breaker;
        });
    }

    /// Returns the paused endpoints.
    pub(super) fn pauses(&self) -> HashMap<EndpointId, EndpointPause> {
        let endpoints = self.lock();
        let pauses = endpoints
            .iter()
            .filter_map(|(id, endpoint)| Some((id.clone(), endpoint.pause()?)));
        pauses.collect()
    }

    /// Sets the gauge of endpoints that are paused.
    pub(super) fn publish_paused(&self) {
        let is_paused = |endpoint: &&Endpoint| {
            endpoint.breaker.state() != BreakerState::Closed || endpoint.pause().is_some()
        };
        let paused = self.lock().values().filter(is_paused).count();
        gauge!("matching_webhook_endpoints_paused").set(paused as f64);
    }

    fn with<T>(&self, id: &EndpointId, look: impl FnOnce(&mut Endpoint) -> T) -> T {
        let mut by_id = self.lock();
        if by_id.len() >= MAXIMUM_ENDPOINTS && !by_id.contains_key(id) {
            let oldest = by_id
                .iter()
                .filter(|(_, endpoint)| endpoint.slots.available_permits() == self.concurrency)
                .min_by_key(|(_, endpoint)| endpoint.used_at)
                .map(|(id, _)| id.clone());
            if let Some(oldest) = oldest {
                by_id.remove(&oldest);
            }
        }
        let endpoint = by_id.entry(id.clone()).or_insert_with(|| Endpoint {
            breaker: Breaker::new(id.as_str(), self.breaker),
            last_failure: String::new(),
            throttle: None,
            slots: Arc::new(Semaphore::new(self.concurrency)),
            used_at: Instant::now(),
        });
        endpoint.used_at = Instant::now();
        look(endpoint)
    }

    /// Locks the map. Every change is complete before a panic is possible, so a poisoned map is
    /// still consistent.
    fn lock(&self) -> MutexGuard<'_, HashMap<EndpointId, Endpoint>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn endpoints(concurrency: usize) -> Endpoints {
        let settings = BreakerSettings {
            failure_threshold: 1,
            first_pause: Duration::from_mins(1),
            longest_pause: Duration::from_mins(1),
        };
        Endpoints::new(concurrency, settings)
    }

    fn endpoint(path: &str) -> EndpointId {
        EndpointId::of(&format!("https://one.example/{path}"))
    }

    #[test]
    fn each_endpoint_of_a_host_has_places_of_its_own() {
        let endpoints = endpoints(2);
        let slot = |path| endpoints.slot(&endpoint(path)).now_or_never().flatten();
        let (one, two) = (slot("slow"), slot("slow"));
        assert!(one.is_some() && two.is_some());
        assert!(slot("slow").is_none());
        assert!(slot("other").is_some());
        drop(one);
        assert!(slot("slow").is_some());
    }

    #[test]
    fn a_failing_endpoint_is_paused_and_others_of_its_host_are_not() {
        let endpoints = endpoints(1);
        let bad = endpoint("bad");
        endpoints.failed(&bad, "it answered 500".to_owned());
        endpoints.permit(&bad).unwrap().failed();
        let paused = endpoints.permit(&bad).err().unwrap();
        assert!(paused.reason().contains("it answered 500"), "{paused}");
        assert!(endpoints.permit(&endpoint("good")).is_ok());
        assert!(endpoints.pauses().into_keys().eq([bad]));
    }

    #[test]
    fn the_longest_pause_that_an_endpoint_asked_for_holds() {
        let endpoints = endpoints(1);
        let busy = endpoint("busy");
        endpoints.throttle(&busy, Duration::from_hours(2), "two hours".to_owned());
        endpoints.throttle(&busy, Duration::from_hours(1), "one hour".to_owned());
        let paused = endpoints.permit(&busy).err().unwrap();
        assert!(paused.retry_after().unwrap() > Duration::from_mins(119));
        assert_eq!(endpoints.pauses()[&busy].reason, "two hours");
        endpoints.throttle(&endpoint("idle"), Duration::ZERO, "none".to_owned());
        assert!(endpoints.permit(&endpoint("idle")).is_ok());
    }

    #[test]
    fn an_ended_pause_lets_the_next_delivery_pass() {
        let endpoints = endpoints(1);
        let (failing, busy) = (endpoint("failing"), endpoint("busy"));
        endpoints.permit(&failing).unwrap().failed();
        endpoints.throttle(&busy, Duration::from_hours(4), "four hours".to_owned());
        for id in [&failing, &busy] {
            assert!(endpoints.permit(id).is_err());
            endpoints.end_pause(id);
            assert!(endpoints.permit(id).is_ok());
        }
        assert!(endpoints.pauses().is_empty());
    }

    #[test]
    fn only_so_many_endpoints_are_remembered_and_busy_ones_are_kept() {
        let endpoints = endpoints(1);
        let _slot = endpoints.slot(&endpoint("busy")).now_or_never().flatten();
        for number in 0..MAXIMUM_ENDPOINTS + 10 {
            let id = endpoint(&number.to_string());
            endpoints.permit(&id).unwrap().failed();
        }
        assert_eq!(endpoints.lock().len(), MAXIMUM_ENDPOINTS);
        assert!(endpoints.lock().contains_key(&endpoint("busy")));
        assert!(endpoints.permit(&endpoint("0")).is_ok());
        let last = endpoint(&(MAXIMUM_ENDPOINTS + 9).to_string());
        assert!(endpoints.permit(&last).is_err());
    }
}
