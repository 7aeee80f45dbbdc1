//! What one comparison found out about names that it met, by the names themselves: profiles that
//! share a name share what it stands for (see [`super::memo`]), so its place in memory tells it
//! from others.
//!
//! A memory never forgets: once it is full, what it has not met is found out each time. So it
//! changes no result.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::Arc,
};

use foldhash::fast::RandomState;

/// What a comparison's memories hold, in entries; each takes some 100 bytes.
pub const ROOM: usize = 32_768;

/// Findings by name, and by what else they depend on.
pub struct Memory<T, K, V> {
    known: HashMap<(usize, K), Known<T, V>, RandomState>,
    room: usize,
}

struct Known<T, V> {
    /// Held, so that no other takes its place.
    _name: Arc<T>,
    found: V,
}

impl<T, K: Copy + Eq + Hash, V> Memory<T, K, V> {
    /// A memory with room for so many entries.
    pub fn with_room(room: usize) -> Self {
        Self {
            known: HashMap::default(),
            room,
        }
    }

    /// Takes what was found about a name; what is found now is kept while there is room for it, in
    /// entries.
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
