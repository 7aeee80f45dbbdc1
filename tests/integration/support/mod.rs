//! What tests share: databases and object stores of their own, the binary as a process, a webhook
//! receiver, and a client.

pub mod api;
pub mod databases;
pub mod encoder;
pub mod environment;
pub mod planted;
pub mod process;
pub mod profiles;
pub mod raw_http;
pub mod receiver;

pub use matching_test_servers::{object_store, polling, proxy};
