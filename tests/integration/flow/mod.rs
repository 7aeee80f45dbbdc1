//! End-to-end tests: processes of the real binary on real servers.

mod cancelled;
mod chained;
mod clocks;
mod connections;
mod dead_letters;
mod embedded;
mod faults;
mod large_results;
mod monitoring;
mod outages;
mod pausing;
mod progress;
mod queued;
mod receipts;
mod reweighing;
mod searching;
mod traces;
mod waiting;
mod webhooks;
