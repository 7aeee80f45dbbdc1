//! Requests byte by byte, also those that no HTTP library would send.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::api::Api;

/// A connection to the API.
pub struct RawConnection {
    stream: TcpStream,
    /// What was received after the last answer that was read.
    received: Vec<u8>,
}

/// An answer, read from a connection.
#[derive(Debug)]
pub struct RawAnswer {
    /// The status line and headers.
    pub head: String,
    pub body: Value,
}

impl RawAnswer {
    pub fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    /// The value of a header; empty without it.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value).unwrap_or_default()
    }
}

impl RawConnection {
    pub async fn open(api: &Api) -> Self {
        let address = api.base.strip_prefix("http://").unwrap();
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            received: vec![],
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn receive(&mut self) {
        let count = self.stream.read_buf(&mut self.received).await.unwrap();
        assert!(count > 0, "it was closed");
    }

    /// Reads one answer with a `content-length`.
    pub async fn answer(&mut self) -> RawAnswer {
        let end = loop {
            let end = self
                .received
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end,
                None => self.receive().await,
            }
        };
        let head = String::from_utf8(self.received[..end].to_vec()).unwrap();
        let mut answer = RawAnswer {
            head,
            body: Value::Null,
        };
        let length: usize = answer.header("content-length").parse().unwrap();
        let (start, stop) = (end + 4, end + 4 + length);
        while self.received.len() < stop {
            self.receive().await;
        }
        // The next answer may have come along with this one.
        let rest = self.received.split_off(stop);
        answer.body = serde_json::from_slice(&self.received[start..]).unwrap_or_default();
        self.received = rest;
        answer
    }
}
