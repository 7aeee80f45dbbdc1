//! Answers that are remembered: names of skills and titles repeat from profile to profile, and finding
//! what they are near to costs far more than anything else about them. An answer depends on its name
//! alone, so remembering changes none.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, RwLock},
};

/// Answers kept; some ten megabytes of near skills. All are forgotten when there are more.
const MOST: usize = 4_096;

/// Answers by name.
pub struct Memo<V: 'static>(LazyLock<RwLock<HashMap<String, Arc<V>>>>);

impl<V> Memo<V> {
    /// An empty memory.
    pub const fn new() -> Self {
        Self(LazyLock::new(RwLock::default))
    }

    /// The answer for a name, found once.
    pub fn answer(&self, name: &str, find: impl FnOnce() -> V) -> Arc<V> {
        if let Ok(known) = self.0.read()
            && let Some(answer) = known.get(name)
        {
            return Arc::clone(answer);
        }
        let answer = Arc::new(find());
        if let Ok(mut known) = self.0.write() {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(name.to_owned(), Arc::clone(&answer));
        }
        answer
    }
}
