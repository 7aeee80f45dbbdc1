//! Pure, deterministic scoring: no clock, no I/O, no async.
