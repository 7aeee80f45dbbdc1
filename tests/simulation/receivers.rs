//! The receivers of webhooks, and the transport by which one process reaches them: with pauses of
//! its own, as the real sender's breakers make them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use matching::{
    domain::identifiers::{DeliveryId, EndpointId},
    service::webhook_transport::{
        Delivered, DeliveryError, EndpointPause, OutgoingDelivery, WebhookTransport,
    },
};
use tokio::{
    task,
    time::{Instant, timeout},
};

use crate::{process::Network, random};

/// The URLs that the platform names.
pub const URLS: [&str; 2] = [
    "https://platform.example/hook",
    "https://platform.example/other",
];
/// The timeout of one request.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of consecutive failures that pause an endpoint, and the length of the pause.
const FAILURES: u32 = 2;
const PAUSE: Duration = Duration::from_secs(3);

/// What the receivers got, and when each of them is away.
#[derive(Default)]
pub struct Receivers {
    pub accepted: BTreeSet<DeliveryId>,
    /// The number of attempts that a receiver refused, or that it did not get.
    pub refused: BTreeMap<DeliveryId, i32>,
    pub away_until: BTreeMap<EndpointId, Instant>,
    /// The tokio tasks whose attempt met a paused endpoint, or one that asked for a pause.
    pub paused: HashSet<task::Id>,
}

/// The receivers as one process reaches them.
pub struct RemoteReceivers {
    network: Arc<Network>,
    endpoints: Mutex<HashMap<EndpointId, Endpoint>>,
}

#[derive(Default)]
struct Endpoint {
    failures: u32,
    pause: Option<EndpointPause>,
}

impl Endpoint {
    /// The pause that is in force.
    fn pause(&self) -> Option<&EndpointPause> {
        let pause = self.pause.as_ref();
        pause.filter(|pause| pause.end > Instant::now().into_std())
    }

    fn pause_for(&mut self, length: Duration, reason: &str) {
        self.pause = Some(EndpointPause {
            end: Instant::now().into_std() + length,
            reason: reason.to_owned(),
        });
    }
}

impl RemoteReceivers {
    pub fn new(network: Arc<Network>) -> Self {
        Self {
            network,
            endpoints: Mutex::default(),
        }
    }

    fn endpoints(&self) -> MutexGuard<'_, HashMap<EndpointId, Endpoint>> {
        self.endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn request(&self, delivery: &OutgoingDelivery) -> Result<Delivered, DeliveryError> {
        let weather = self.network.world.state().weather;
        let effect = || {
            let mut receivers = self.network.world.receivers();
            let away = receivers.away_until.get(&delivery.endpoint);
            let is_away = away.is_some_and(|until| *until > Instant::now());
            let answer = answer(is_away, weather.bad_receiver);
            match &answer {
                Ok(_) => {
                    receivers.accepted.insert(delivery.id.clone());
                }
                Err(error) if error.consumes_attempt() => {
                    *receivers.refused.entry(delivery.id.clone()).or_default() += 1;
                }
                Err(_) => {}
            }
            answer
        };
        let answer = self.network.exchange(effect).await;
        if random::chance(weather.lost_answer) {
            return Err(DeliveryError::TimedOut("no answer".into()));
        }
        answer
    }
}

fn answer(is_away: bool, bad: f64) -> Result<Delivered, DeliveryError> {
    if is_away {
        return Err(DeliveryError::Unreachable("away".into()));
    }
    if !random::chance(bad) {
        return Ok(Delivered { status: 200 });
    }
    let rejected = |status, retry_after| DeliveryError::Rejected {
        status,
        retry_after,
    };
    Err(match random::below(8) {
        0 | 1 => DeliveryError::Unreachable("broken".into()),
        2 | 3 => rejected(500, None),
        4 => rejected(400, None),
        5 | 6 => rejected(503, Some(random::up_to(Duration::from_secs(6)))),
        _ => DeliveryError::Gone,
    })
}

#[async_trait]
impl WebhookTransport for RemoteReceivers {
    async fn send(&self, delivery: &OutgoingDelivery, _: i64) -> Result<Delivered, DeliveryError> {
        let id = &delivery.endpoint;
        let paused = self.pauses().remove(id);
        if let Some(pause) = paused {
            self.network.world.receivers().paused.insert(task::id());
            let now = Instant::now().into_std();
            return Err(DeliveryError::EndpointPaused {
                retry_after: pause.end.saturating_duration_since(now),
                reason: pause.reason,
            });
        }
        let answer = timeout(REQUEST_TIMEOUT, self.request(delivery)).await;
        let answer = answer.unwrap_or_else(|_| Err(DeliveryError::TimedOut("too slow".into())));
        self.network.live().await;
        let world = &self.network.world;
        world.note(|| format!("{:?} sends {} → {answer:?}", self.network, delivery.id));
        let mut endpoints = self.endpoints();
        let endpoint = endpoints.entry(id.clone()).or_default();
        match &answer {
            Err(error) if error.is_outage() => {
                endpoint.failures += 1;
                if endpoint.failures >= FAILURES {
                    endpoint.pause_for(PAUSE, "it failed repeatedly");
                }
            }
            Err(error) if error.throttle().is_some() => {
                world.receivers().paused.insert(task::id());
                endpoint.pause_for(error.throttle().unwrap_or_default(), "it asked for a pause");
            }
            _ => *endpoint = Endpoint::default(),
        }
        answer
    }

    fn pauses(&self) -> HashMap<EndpointId, EndpointPause> {
        let endpoints = self.endpoints();
        let pauses = endpoints.iter();
        let pauses =
            pauses.filter_map(|(id, endpoint)| Some((id.clone(), endpoint.pause()?.clone())));
        pauses.collect()
    }

    fn end_pause(&self, endpoint: &EndpointId) {
        self.endpoints().remove(endpoint);
    }
}
