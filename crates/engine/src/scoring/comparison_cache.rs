//! Per-comparison cache, keyed by the address of an interned name: equal names share one allocation
//! (see [`super::name_cache`]).
//!
//! Entries are never evicted; once the cache is full, further values are computed each time. So the
//! cache never changes a result.

use std::{
    collections::{HashMap, hash_map},
    hash::Hash,
    sync::Arc,
};

use foldhash::fast::RandomState;

/// Capacity of a comparison's caches, in entries of about 100 bytes each.
pub const CAPACITY: usize = 32_768;

/// Cache of values by name and by a further key `K`.
pub struct ComparisonCache<T, K, V> {
    entries: HashMap<(usize, K), Entry<T, V>, RandomState>,
    /// Remaining capacity.
    free: usize,
}

struct Entry<T, V> {
    /// Keeps the allocation alive, so that its address can't be reused.
    _name: Arc<T>,
    value: V,
}

impl<T, K: Copy + Eq + Hash, V> ComparisonCache<T, K, V> {
    /// Creates a cache with a capacity in entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: HashMap::default(),
            free: capacity,
        }
    }

    /// Passes the value for a name to `take`, computing it with `compute` on a miss. `size_of`
    /// gives the number of entries that a new value takes, which is cached only if that much
    /// capacity is left.
    pub fn with<R>(
        &mut self,
        name: &Arc<T>,
        key: K,
        compute: impl FnOnce() -> V,
        size_of: impl FnOnce(&V) -> usize,
        take: impl FnOnce(&V) -> R,
    ) -> R {
        match self.entries.entry((Arc::as_ptr(name).addr(), key)) {
            hash_map::Entry::Occupied(entry) => take(&entry.get().value),
            hash_map::Entry::Vacant(vacant) => {
                let value = compute();
                match self.free.checked_sub(size_of(&value)) {
                    Some(free) => {
                        self.free = free;
                        let entry = Entry {
                            _name: Arc::clone(name),
                            value,
                        };
                        take(&vacant.insert(entry).value)
                    }
                    None => take(&value),
                }
            }
        }
    }
}
