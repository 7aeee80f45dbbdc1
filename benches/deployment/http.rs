//! An HTTP/1.1 client with little overhead: kept connections, requests written in one piece,
//! answers with a Content-Length. The service lacks the processor time that the client takes.

use std::{future::Future, io, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

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
        self.try_send(request).await.unwrap()
    }

    /// Sends a request; fails if the connection ends before the answer.
    pub async fn try_send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(request).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut answer = Answer {
            status: head[9..12].parse().unwrap(),
            head,
            body: vec![],
        };
        answer.body = vec![0; answer.header("content-length").parse().unwrap()];
        self.0.read_exact(&mut answer.body).await?;
        Ok(answer)
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
