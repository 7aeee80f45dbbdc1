//! Process-wide bounded cache for name look-ups. Names of skills and titles repeat from profile to
//! profile, and looking one up costs far more than anything else done with it. Look-ups are pure,
//! so hits and evictions never change a result.

use std::{
    convert::Infallible,
    sync::{Arc, LazyLock},
};

use foldhash::fast::RandomState;
use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};

/// Capacity of one cache, in names.
const CAPACITY: usize = 16_384;
/// Maximum length of a cached name, in bytes, so that long names can't fill the memory.
const MAX_NAME_BYTES: usize = 256;

/// Cache from names to shared values: all users of a cached name hold the same allocation.
pub struct NameCache<V: 'static>(LazyLock<Cache<String, Arc<V>, UnitWeighter, RandomState>>);

impl<V: Send + Sync> NameCache<V> {
    /// Creates an empty cache.
    pub const fn new() -> Self {
        Self(LazyLock::new(|| {
            Cache::with(
                CAPACITY,
                CAPACITY as u64,
                UnitWeighter,
                RandomState::default(),
                DefaultLifecycle::default(),
            )
        }))
    }

    /// Returns the value for a name. Concurrent look-ups of the same name are coalesced: `compute`
    /// runs once, and the other callers wait for it.
    pub fn get_or_insert_with(&self, name: &str, compute: impl FnOnce() -> V) -> Arc<V> {
        if name.len() > MAX_NAME_BYTES {
            return Arc::new(compute());
        }
        let found = self
            .0
            .get_or_insert_with(name, || Ok::<_, Infallible>(Arc::new(compute())));
        match found {
            Ok(value) => value,
        }
    }
}
