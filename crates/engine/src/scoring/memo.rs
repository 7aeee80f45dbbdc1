//! Answers that are remembered: names of skills and titles repeat from profile to profile, and
//! finding what they stand for costs far more than anything else about them. An answer depends on
//! its name alone, so neither remembering nor forgetting changes one.

use std::{
    convert::Infallible,
    sync::{Arc, LazyLock},
};

use quick_cache::sync::Cache;

/// Names that one memory holds; those asked for least are forgotten first.
const MOST: usize = 16_384;
/// The longest name that is remembered, in bytes: whoever sends longer ones fills no memory.
const LONGEST: usize = 256;

/// Answers by name. What is held elsewhere as well is held once: all who ask for one name share its
/// answer, as long as it is remembered.
pub struct Memo<V: 'static>(LazyLock<Cache<String, Arc<V>>>);

impl<V: Send + Sync> Memo<V> {
    /// An empty memory.
    pub const fn new() -> Self {
        Self(LazyLock::new(|| Cache::new(MOST)))
    }

    /// The answer for a name, found once: who asks meanwhile waits for it.
    pub fn answer(&self, name: &str, find: impl FnOnce() -> V) -> Arc<V> {
        if name.len() > LONGEST {
            return Arc::new(find());
        }
        let found = self
            .0
            .get_or_insert_with(name, || Ok::<_, Infallible>(Arc::new(find())));
        match found {
            Ok(answer) => answer,
        }
    }
}
