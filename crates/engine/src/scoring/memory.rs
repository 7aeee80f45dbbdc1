//! Per-comparison cache, keyed by the address of an interned name: equal names share one allocation
//! (see [`super::memo`]).
//!
//! Entries are never evicted; once the cache is full, further values are computed each time. So the
//! cache never changes a result.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::Arc,
};

use foldhash::fast::RandomState;

/// Capacity of a comparison's caches, in entries of about 100 bytes each.
pub const ROOM: usize = 32_768;

/// Cache of values by name and by a further key `K`.
pub struct Memory<T, K, V> {
    known: HashMap<(usize, K), Known<T, V>, RandomState>,
    room: usize,
}

struct Known<T, V> {
    /// Keeps the allocation alive, so that its address can't be reused.
    _name: Arc<T>,
    found: V,
}

impl<T, K: Copy + Eq + Hash, V> Memory<T, K, V> {
    /// Creates a cache with a capacity in entries.
    pub fn with_room(room: usize) -> Self {
        Self {
            known: HashMap::default(),
            room,
        }
    }

    /// Passes the value for a name to `take`, computing it with `find` on a miss. `entries` gives
    /// the size of a new value, which is cached only if that much capacity is left.
    pub fn with<R>(
        &mut self,
        name: &Arc<T>,
        beside: K,
        find: impl FnOnce() -> V,
        entries: impl FnOnce(&V) -> usize,
        take: impl FnOnce(&V) -> R,
    ) -> R {
        match self.known.entry((Arc::as_ptr(name).addr(), beside)) {
            Entry::Occupied(known) => take(&known.get().found),
            Entry::Vacant(vacant) => {
                let found = find();
                match self.room.checked_sub(entries(&found)) {
                    Some(room) => {
                        self.room = room;
                        let known = Known {
                            _name: Arc::clone(name),
                            found,
                        };
                        take(&vacant.insert(known).found)
                    }
                    None => take(&found),
                }
            }
        }
    }
}
