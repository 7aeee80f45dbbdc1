//! Runs work on all cores, without a thread pool: the parts are few and of equal size.

use std::{num::NonZero, thread};

/// Divides items into as many parts as there are cores, processes them in parallel, and returns the
/// answers in order. Blocks the calling thread.
///
/// # Panics
/// If the work panics.
pub(super) fn for_each_part<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let size = items.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = items
            .chunks(size)
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        parts
            .into_iter()
            .map(|part| match part.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}
