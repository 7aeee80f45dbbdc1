//! Limits in this process: of wrong keys by the address of the client, and of requests by key.
//!
//! Both are token buckets. They are not shared between processes, so behind a load balancer each
//! process grants its own quota.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use quick_cache::sync::Cache;
use tokio::time::Instant;

/// The number of wrong keys that an address may present at once, and in each further minute.
const WRONG_KEYS: u32 = 10;

/// The maximum number of addresses that are watched; further ones share a bucket.
const WATCHED_ADDRESSES: usize = 10_000;

/// The number of pairs of address and right key that are remembered.
const RIGHT_KEYS: usize = 10_000;

const WINDOW: Duration = Duration::from_mins(1);

/// A token bucket that holds the quota of a minute, and is refilled evenly.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(limit: u32, now: Instant) -> Self {
        let tokens = f64::from(limit);
        Self { tokens, at: now }
    }

    fn refill(&mut self, limit: u32, now: Instant) {
        let limit = f64::from(limit);
        let gained = (now - self.at).as_secs_f64() / WINDOW.as_secs_f64() * limit;
        self.tokens = (self.tokens + gained).min(limit);
        self.at = now;
    }

    /// Takes a token; returns the time until there is one if there is none.
    fn take(&mut self, limit: u32, now: Instant) -> Result<(), Duration> {
        self.refill(limit, now);
        self.wait(limit)?;
        self.tokens -= 1.0;
        Ok(())
    }

    fn wait(&self, limit: u32) -> Result<(), Duration> {
        // A little less than one token is one, since sums of fractions are not exact.
        let missing = 1.0 - self.tokens;
        if missing > 1e-9 {
            return Err(WINDOW.mul_f64(missing / f64::from(limit)));
        }
        Ok(())
    }
}

/// The limits of this process.
#[derive(Default)]
pub(in crate::api) struct Throttles {
    pub(super) wrong_keys: WrongKeys,
    pub(super) requests: Requests,
}

/// The addresses that presented wrong keys.
pub(super) struct WrongKeys {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
    /// Pairs of address and key that have passed, by their hash.
    right: Cache<u64, ()>,
    hasher: RandomState,
}

impl Default for WrongKeys {
    fn default() -> Self {
        Self {
            buckets: Mutex::default(),
            right: Cache::new(RIGHT_KEYS),
            hasher: RandomState::new(),
        }
    }
}

impl WrongKeys {
    /// Returns how long an address has to wait before its next key is checked. A key that was right
    /// from this address before is always checked, so that one faulty client does not lock out
    /// others with the same address.
    pub(super) fn blocks(&self, address: IpAddr, key: &str) -> Option<Duration> {
        let mut buckets = self.buckets();
        if buckets.is_empty() {
            return None;
        }
        let bucket = buckets.get_mut(&network_of(address))?;
        bucket.refill(WRONG_KEYS, Instant::now());
        let wait = bucket.wait(WRONG_KEYS).err()?;
        drop(buckets);
        let is_known = self.right.get(&self.hash(address, key)).is_some();
        (!is_known).then_some(wait)
    }

    /// Records a wrong key. Returns true if it was the last one that the address may present now.
    pub(super) fn record(&self, address: IpAddr) -> bool {
        let now = Instant::now();
        let mut buckets = self.buckets();
        let mut network = network_of(address);
        if buckets.len() >= WATCHED_ADDRESSES && !buckets.contains_key(&network) {
            buckets.retain(|_, bucket| {
                bucket.refill(WRONG_KEYS, now);
                bucket.tokens < f64::from(WRONG_KEYS)
            });
            if buckets.len() >= WATCHED_ADDRESSES {
                network = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            }
        }
        let bucket = buckets
            .entry(network)
            .or_insert_with(|| Bucket::full(WRONG_KEYS, now));
        bucket.take(WRONG_KEYS, now).is_ok() && bucket.wait(WRONG_KEYS).is_err()
    }

    /// Records that a key was right.
    pub(super) fn record_right(&self, address: IpAddr, key: &str) {
        let hash = self.hash(address, key);
        if self.right.get(&hash).is_none() {
            self.right.insert(hash, ());
        }
    }

    fn hash(&self, address: IpAddr, key: &str) -> u64 {
        self.hasher.hash_one((network_of(address), key))
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<IpAddr, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the address, or the /64 network of an IPv6 address, which one client usually has alone.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(network.into())
        }
    }
}

/// The requests of each key.
#[derive(Default)]
pub(super) struct Requests(Mutex<HashMap<Arc<str>, Bucket>>);

impl Requests {
    /// Takes one request from the quota of a key, if some is left.
    pub(super) fn take(&self, key: &Arc<str>, limit: u32) -> Quota {
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(Arc::clone(key))
            .or_insert_with(|| Bucket::full(limit, now));
        let wait = bucket.take(limit, now).err();
        let missing = f64::from(limit) - bucket.tokens;
        Quota {
            limit,
            left: bucket.tokens,
            full_in: WINDOW.mul_f64(missing / f64::from(limit)),
            wait,
        }
    }
}

/// The state of a rate limit after a request.
pub(super) struct Quota {
    limit: u32,
    left: f64,
    full_in: Duration,
    wait: Option<Duration>,
}

impl Quota {
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Returns the time until the next request may be made, if this one may not.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Writes the headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    pub(super) fn describe(&self, headers: &mut HeaderMap) {
        let policy = format!("\"key\";q={};w={}", self.limit, WINDOW.as_secs());
        let state = format!(
            "\"key\";r={};t={}",
            self.left.floor(),
            self.full_in.as_secs_f64().ceil()
        );
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[tokio::test(start_paused = true)]
    async fn an_address_with_ten_wrong_keys_waits_for_the_next() {
        let wrong_keys = WrongKeys::default();
        let last = (0..10).filter(|_| {
            assert_eq!(wrong_keys.blocks(ADDRESS, "wrong"), None);
            wrong_keys.record(ADDRESS)
        });
        assert_eq!(last.count(), 1);
        let wait = wrong_keys.blocks(ADDRESS, "wrong").unwrap();
        assert_eq!(wait.as_secs(), 6);
        let other = "192.0.2.8".parse().unwrap();
        assert_eq!(wrong_keys.blocks(other, "wrong"), None);
        tokio::time::advance(wait).await;
        assert_eq!(wrong_keys.blocks(ADDRESS, "wrong"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_was_right_from_an_address_passes_there_despite_wrong_ones() {
        let wrong_keys = WrongKeys::default();
        wrong_keys.record_right(ADDRESS, "right");
        for _ in 0..20 {
            wrong_keys.record(ADDRESS);
        }
        assert_eq!(wrong_keys.blocks(ADDRESS, "right"), None);
        assert!(wrong_keys.blocks(ADDRESS, "wrong").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_of_one_ipv6_network_share_their_limit() {
        let wrong_keys = WrongKeys::default();
        for host in 0..10 {
            let address: Ipv6Addr = format!("2001:db8::{host}").parse().unwrap();
            wrong_keys.record(address.into());
        }
        let next = "2001:db8::ffff".parse().unwrap();
        assert!(wrong_keys.blocks(next, "wrong").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn any_number_of_addresses_takes_a_limited_amount_of_memory() {
        let wrong_keys = WrongKeys::default();
        for address in 0..u32::try_from(WATCHED_ADDRESSES).unwrap() + 100 {
            wrong_keys.record(IpAddr::V4(address.into()));
        }
        assert_eq!(wrong_keys.buckets().len(), WATCHED_ADDRESSES + 1);
        tokio::time::advance(WINDOW).await;
        wrong_keys.record(ADDRESS);
        assert_eq!(wrong_keys.buckets().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_quota_of_a_key_is_refilled_evenly() {
        let (requests, key) = (Requests::default(), Arc::from("key:1"));
        for left in [1.0, 0.0] {
            let quota = requests.take(&key, 2);
            assert_eq!((quota.wait(), quota.left.floor()), (None, left));
        }
        let quota = requests.take(&key, 2);
        assert_eq!(quota.wait(), Some(Duration::from_secs(30)));
        assert!(requests.take(&Arc::from("key:2"), 2).wait().is_none());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(requests.take(&key, 2).wait().is_none());
        assert!(requests.take(&key, 2).wait().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn headers_state_the_policy_and_what_is_left_of_it() {
        let quota = Requests::default().take(&Arc::from("key:1"), 60);
        let mut headers = HeaderMap::new();
        quota.describe(&mut headers);
        assert_eq!(
            headers.get("ratelimit-policy").unwrap(),
            "\"key\";q=60;w=60"
        );
        assert_eq!(headers.get("ratelimit").unwrap(), "\"key\";r=59;t=1");
    }
}
