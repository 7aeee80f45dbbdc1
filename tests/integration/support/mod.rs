//! What tests share: databases and object stores of their own, the binary as a process, a webhook
//! receiver, and a client.

pub mod api;
pub mod databases;
pub mod encoder;
pub mod environment;
pub mod object_store;
pub mod polling;
pub mod process;
pub mod profiles;
pub mod proxy;
pub mod receiver;
pub mod server_commands;
pub mod servers;
