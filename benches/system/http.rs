//! An HTTP/1.1 client with little overhead: kept connections, requests written in one piece,
//! answers with a Content-Length. The service lacks the processor time that the client takes.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
};

use crate::{machine, table::Latencies};

pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        line.unwrap()
    }
}

/// A connection that is kept between requests.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects as soon as a server listens at the address.
    pub async fn open(address: &str) -> Self {
        loop {
            if let Ok(stream) = TcpStream::connect(address).await {
                stream.set_nodelay(true).unwrap();
                return Self(BufReader::new(stream));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub async fn send(&mut self, request: &[u8]) -> Answer {
        self.0.get_mut().write_all(request).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.0.read_line(&mut head).await.unwrap();
            assert!(read > 0, "the connection was closed after {head:?}");
        }
        let mut answer = Answer {
            status: head[9..12].parse().unwrap(),
            head,
            body: vec![],
        };
        answer.body = vec![0; answer.header("content-length").parse().unwrap()];
        self.0.read_exact(&mut answer.body).await.unwrap();
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(&get(path)).await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send(&post(path, body)).await
    }
}

pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

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

/// Repeats a call until it has an answer.
pub async fn until<T, F: Future<Output = Option<T>>>(
    pause: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(pause).await;
    }
}
