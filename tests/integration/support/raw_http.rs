//! Requests byte by byte, also those that no HTTP library would send.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::api::Api;

/// A connection to the API.
pub struct RawConnection(TcpStream);

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
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Reads one answer with a `content-length`.
    pub async fn answer(&mut self) -> RawAnswer {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            assert!(
                self.0.read_buf(&mut bytes).await.unwrap() > 0,
                "it was closed"
            );
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut answer = RawAnswer {
            head,
            body: Value::Null,
        };
        let length: usize = answer.header("content-length").parse().unwrap();
        let mut body = bytes.split_off(end + 4);
        while body.len() < length {
            assert!(
                self.0.read_buf(&mut body).await.unwrap() > 0,
                "it was closed"
            );
        }
        answer.body = serde_json::from_slice(&body[..length]).unwrap_or_default();
        answer
    }
}
