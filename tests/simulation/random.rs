//! Draws of one run, by its seed. A thread runs one at a time, so that the function pointers of
//! services can draw as well.

use std::{cell::Cell, time::Duration};

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// Begins the draws of this seed.
pub fn begin(seed: u64) {
    STATE.set(seed);
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): the same numbers on every machine, in every version.
fn next() -> u64 {
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number in [0, 1).
pub fn share() -> f64 {
    f64::from(u32::try_from(next() >> 32).unwrap()) / 4_294_967_296.0
}

/// True with this probability.
pub fn chance(probability: f64) -> bool {
    share() < probability
}

/// A number below the limit, which is at least 1.
pub fn below(limit: usize) -> usize {
    usize::try_from(next() % u64::try_from(limit).unwrap()).unwrap()
}

/// One of these.
pub fn one_of<T>(choices: &[T]) -> &T {
    &choices[below(choices.len())]
}

/// A time of up to this length, in whole milliseconds.
pub fn up_to(longest: Duration) -> Duration {
    let milliseconds = usize::try_from(longest.as_millis()).unwrap();
    Duration::from_millis(u64::try_from(below(milliseconds + 1)).unwrap())
}
