//! Panics of the engine, caught where one pair's must not end its neighbours.
//!
//! A panic's message may quote what broke it (slicing a text does), and that is somebody's CV. So of
//! a caught panic only its place in the code is kept, and nothing is printed.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

/// Work that panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the engine broke at {place}")]
pub struct Panicked {
    /// File and line.
    pub place: String,
}

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs work to its end or to its panic. The work must leave nothing half done behind that others
/// see; reading compiled profiles does not.
///
/// # Errors
/// When it panicked.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    watch_panics();
    let was_watched = IS_WATCHED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    IS_WATCHED.set(was_watched);
    outcome.map_err(|_message| Panicked {
        place: PLACE
            .take()
            .unwrap_or_else(|| "an unknown place".to_owned()),
    })
}

/// All panics but those of watched work go on to the hook that was there before.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if IS_WATCHED.get() {
                let place = panic
                    .location()
                    .map(|place| format!("{}:{}", place.file(), place.line()));
                PLACE.set(place);
            } else {
                others(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_place_without_its_message() {
        let broken = catch(|| panic!("what the CV says"));
        let panicked: Panicked = broken.unwrap_err();
        assert!(panicked.place.contains("panics.rs:"), "{panicked}");
        assert!(!panicked.to_string().contains("CV"), "{panicked}");
        assert_eq!(catch(|| 7), Ok(7));
    }
}
