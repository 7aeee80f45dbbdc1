//! Connections on which the HTTP parser's own refusals are problem documents.
//!
//! actix answers a request that it can't parse without a body, before any handler or middleware: 400
//! for a malformed head, 408 for one that doesn't end in time, 431 for one that is too large. There
//! is no hook for these answers, so they are recognised when they are written to the connection.

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::http::StatusCode;
use memchr::memmem;
use metrics::counter;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tracing::info;
use ulid::Ulid;

use super::{context::RequestContext, problem::Problem};

/// A client's connection.
pub(super) struct Connection {
    stream: TcpStream,
    client: Option<SocketAddr>,
    /// The answer that replaces the parser's, and the number of its bytes that are written.
    replacement: Option<(Vec<u8>, usize)>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Answers are written in one piece, so there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let client = stream.peer_addr().ok();
        Self {
            stream,
            client,
            replacement: None,
        }
    }

    /// Returns the client's address.
    pub(super) fn client(&self) -> Option<SocketAddr> {
        self.client
    }

    /// Returns the answer to a request that the parser refused, and logs it like any request.
    fn answer(&self, refusal: &Refusal<'_>) -> Vec<u8> {
        let request_id = Ulid::generate().to_string();
        let status = refusal.status.as_u16();
        counter!("matching_http_requests_total", "method" => "other", "route" => "none", "status" => status.to_string())
            .increment(1);
        let client = self.client.map(|client| client.ip());
        info!(request.id = %request_id, client = client.map(tracing::field::display), status, "unreadable request");
        let context = RequestContext {
            trace: None,
            request_id: request_id.clone(),
            path: String::new(),
        };
        let body = Problem::of_status(refusal.status).document(context);
        let mut head = refusal.status_line.to_owned();
        let kept = refusal.headers.split("\r\n");
        for line in kept.filter(|line| *line != NO_BODY) {
            head.push_str("\r\n");
            head.push_str(line);
        }
        // The parser can't find the next request of this connection, and closes it.
        if !refusal.headers.contains("connection: close") {
            head.push_str("\r\nconnection: close");
        }
        let length = body.len();
        // Writing to a String can't fail.
        let _ = write!(
            head,
            "\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\
             \r\nx-request-id: {request_id}\r\n\r\n"
        );
        let mut answer = head.into_bytes();
        answer.extend_from_slice(&body);
        answer
    }
}

/// An answer of the parser.
#[derive(Debug, PartialEq, Eq)]
struct Refusal<'a> {
    /// Its position in the written bytes, after earlier answers on the connection.
    start: usize,
    status: StatusCode,
    status_line: &'a str,
    headers: &'a str,
}

/// The header of an answer without a body.
const NO_BODY: &str = "content-length: 0";

/// The maximum length of an answer of the parser, which has at most three headers.
const LONGEST_REFUSAL: usize = 200;

impl<'a> Refusal<'a> {
    /// Finds an answer of the parser at the end of written bytes. Answers of this service are never
    /// taken for one: they have an `x-request-id`.
    fn at_end_of(written: &'a [u8]) -> Option<Self> {
        if !written.ends_with(b"\r\n\r\n") {
            return None;
        }
        let tail = written.len().saturating_sub(LONGEST_REFUSAL);
        let start = tail + memmem::rfind(&written[tail..], b"HTTP/1.1 4")?;
        let head = std::str::from_utf8(&written[start..written.len() - 4]).ok()?;
        let (status_line, headers) = head.split_once("\r\n")?;
        let status = [
            StatusCode::BAD_REQUEST,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ];
        let status = status
            .into_iter()
            .find(|status| status_line[9..].starts_with(status.as_str()))?;
        let of_parser = |line: &str| {
            line == NO_BODY || line == "connection: close" || line.starts_with("date: ")
        };
        let is_refusal = headers.split("\r\n").all(of_parser) && headers.contains(NO_BODY);
        is_refusal.then_some(Self {
            start,
            status,
            status_line,
            headers,
        })
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.replacement.is_none() {
            match Refusal::at_end_of(bytes) {
                None => return Pin::new(&mut self.stream).poll_write(context, bytes),
                // Earlier answers are written first; the rest is offered again.
                Some(refusal) if refusal.start > 0 => {
                    let earlier = &bytes[..refusal.start];
                    return Pin::new(&mut self.stream).poll_write(context, earlier);
                }
                Some(refusal) => self.replacement = Some((self.answer(&refusal), 0)),
            }
        }
        let this = &mut *self;
        while let Some((answer, written)) = &mut this.replacement {
            if *written == answer.len() {
                this.replacement = None;
                break;
            }
            let rest = &answer[*written..];
            let count = ready!(Pin::new(&mut this.stream).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += count;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_parser_is_found_after_earlier_answers() {
        let earlier = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: 1\r\n\r\n{}";
        let refusal = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\
            connection: close\r\ndate: Mon, 30 Nov 2026 21:39:57 GMT\r\n\r\n";
        let written = format!("{earlier}{refusal}");
        let found = Refusal::at_end_of(written.as_bytes()).unwrap();
        assert_eq!((found.start, found.status.as_u16()), (earlier.len(), 431));
    }

    #[test]
    fn answers_of_the_service_are_left_alone() {
        for written in [
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\ndate: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\ndate: x\r\n\r\n{}",
            "HTTP/1.1 400 Bad Request\r\ndate: x\r\n\r\n",
            "HTTP/1.1 4\r\n\r\n",
            "HTTP/1.1 4é\r\ncontent-length: 0\r\n\r\n",
            "\r\n\r\n",
            "",
        ] {
            assert_eq!(Refusal::at_end_of(written.as_bytes()), None, "{written}");
        }
    }
}
