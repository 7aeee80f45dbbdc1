//! Nothing accepted is ever lost: real processes on servers of their own, which are killed, stopped,
//! emptied and cut off while work goes on. `docs/faults.md` says how to run it longer and how to
//! reproduce a run.

mod deployment;
mod platform;
mod promises;
mod random;
mod recovery;
mod rolling;
