//! Feeds bytes to the readers of profiles and to the engine. Start it with the samples as its corpus:
//! `split -l 1 ../samples/candidates.ndjson corpus/profile/`.
#![no_main]

#[path = "../promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::check(bytes));
