//! Accepted work is never lost: real processes on servers of their own, which are killed, stopped,
//! emptied and disconnected while they work. `docs/faults.md` describes longer runs and how to
//! reproduce a run.

mod deployment;
mod platform;
mod promises;
mod random;
mod recovery;
mod rolling;
mod signals;
