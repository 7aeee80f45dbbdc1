//! The parts that the benches of whole deployments share: the processes of the service, their
//! servers, an HTTP client, and reads from the system.

pub mod http;
pub mod machine;
pub mod process;
pub mod servers;
