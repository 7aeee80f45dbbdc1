//! Calls as fast as answers arrive.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::{http::Connection, machine, table::Latencies};

/// The outcome of calling as fast as answers arrive.
pub struct Load {
    pub per_second: f64,
    pub latencies: Latencies,
    /// The processor time of the calling itself, in cores.
    pub generator_cores: f64,
}

/// The number of connections in the rows about calls.
pub const CONNECTIONS: u64 = 32;

/// Calls for `seconds` over [`CONNECTIONS`], each of which sends its next request after the answer
/// to its last one. Every answer must have this status.
pub async fn load<R>(address: &str, seconds: u64, status: u16, request: R) -> Load
where
    R: Fn(u64) -> Vec<u8> + Clone + Send + 'static,
{
    let mut callers = JoinSet::new();
    let used_before = machine::own_processor_seconds();
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    for first in 0..CONNECTIONS {
        let (address, request) = (address.to_owned(), request.clone());
        callers.spawn(async move {
            let mut connection = Connection::open(&address).await;
            let mut latencies = Vec::new();
            let mut number = first;
            while Instant::now() < end {
                let request = request(number);
                number += CONNECTIONS;
                let sent = Instant::now();
                let answer = connection.send(&request).await;
                assert_eq!(
                    answer.status,
                    status,
                    "{}",
                    String::from_utf8_lossy(&answer.body)
                );
                latencies.push(sent.elapsed());
            }
            latencies
        });
    }
    let all: Vec<Duration> = callers.join_all().await.concat();
    let elapsed = began.elapsed().as_secs_f64();
    Load {
        per_second: all.len() as f64 / elapsed,
        latencies: Latencies::of(all),
        generator_cores: (machine::own_processor_seconds() - used_before) / elapsed,
    }
}
