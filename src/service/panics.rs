//! Catches panics of the engine, so that a pair that panics doesn't end the other pairs of its
//! task.
//!
//! The message of a panic may quote its input (slicing a text does), which is personal data of a
//! CV. So only the location of a caught panic is kept, and its message is not printed.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

/// Work that panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the engine panicked at {place}")]
pub struct Panicked {
    /// The file and line of the panic.
    pub place: String,
}

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs work and catches its panic. The work must not leave shared data in a broken state; reading
/// compiled profiles doesn't.
///
/// # Errors
/// If the work panicked.
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

/// Passes all panics except those of watched work on to the previous hook.
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
    fn a_panic_is_reported_by_its_location_without_its_message() {
        let broken = catch(|| panic!("what the CV says"));
        let panicked: Panicked = broken.unwrap_err();
        assert!(panicked.place.contains("panics.rs:"), "{panicked}");
        assert!(!panicked.to_string().contains("CV"), "{panicked}");
        assert_eq!(catch(|| 7), Ok(7));
    }
}
