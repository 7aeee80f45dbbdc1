//! Reads bodies within limits: of size, of time, and of all bodies together.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpMessage as _, HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH},
    web::{Bytes, Payload},
};
use futures::StreamExt as _;
use metrics::gauge;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{problem::Problem, problem_kinds::ProblemKind};

/// The limits of all bodies of a process.
#[derive(Debug)]
pub struct BodyLimits {
    /// One permit for each byte that may be held.
    budget: Arc<Semaphore>,
    grace: Duration,
    bytes_per_second: u32,
}

impl BodyLimits {
    /// Limits the bytes of all bodies that are read or worked on at the same time, and the duration
    /// of each body: `grace`, and a second more for each `bytes_per_second` of it.
    #[must_use]
    pub fn new(total_bytes: usize, grace: Duration, bytes_per_second: u32) -> Self {
        Self {
            budget: Arc::new(Semaphore::new(total_bytes.min(Semaphore::MAX_PERMITS))),
            grace,
            bytes_per_second,
        }
    }

    /// Reads a whole body of at most `limit` bytes. They count towards the total until the request
    /// is answered.
    pub(super) async fn read(
        &self,
        request: &HttpRequest,
        payload: Payload,
        limit: usize,
    ) -> Result<Vec<u8>, Problem> {
        let mut incoming = self.incoming(request, payload, limit)?;
        // The announced size is a claim: memory is taken as bytes arrive.
        let mut body = Vec::new();
        while let Some(chunk) = incoming.next().await? {
            incoming.hold(chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        if let Some(held) = incoming.held {
            request.extensions_mut().insert(held);
        }
        Ok(body)
    }

    /// Begins to read a body of any size, whose bytes the caller passes on as they arrive. The
    /// caller keeps at most `held` bytes at the same time; they count towards the total until the
    /// stream is dropped.
    pub(super) fn stream(
        &self,
        request: &HttpRequest,
        payload: Payload,
        held: usize,
    ) -> Result<IncomingBody<'_>, Problem> {
        let mut incoming = self.incoming(request, payload, usize::MAX)?;
        incoming.hold(held)?;
        Ok(incoming)
    }

    /// Begins to read a body of at most `limit` bytes.
    fn incoming(
        &self,
        request: &HttpRequest,
        payload: Payload,
        limit: usize,
    ) -> Result<IncomingBody<'_>, Problem> {
        let header = |name| {
            let value = request.headers().get(name)?;
            value.to_str().ok()
        };
        let encoding = header(CONTENT_ENCODING).unwrap_or("identity").trim();
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return Err(Problem::content_encoding());
        }
        let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Problem::body_too_large(limit));
        }
        Ok(IncomingBody {
            limits: self,
            payload,
            limit,
            began: Instant::now(),
            received: 0,
            held: None,
        })
    }
}

/// The bytes of a body that count towards the total until this is dropped.
#[derive(Default)]
struct HeldBytes(Option<OwnedSemaphorePermit>);

impl HeldBytes {
    fn add(&mut self, more: OwnedSemaphorePermit) {
        held_bytes().increment(bytes_of(&more));
        match &mut self.0 {
            Some(held) => held.merge(more),
            None => self.0 = Some(more),
        }
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        if let Some(held) = &self.0 {
            held_bytes().decrement(bytes_of(held));
        }
    }
}

fn held_bytes() -> metrics::Gauge {
    gauge!("matching_http_body_bytes")
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9 petabytes")]
fn bytes_of(permit: &OwnedSemaphorePermit) -> f64 {
    permit.num_permits() as f64
}

/// A body that is being received.
pub(super) struct IncomingBody<'a> {
    limits: &'a BodyLimits,
    payload: Payload,
    limit: usize,
    began: Instant,
    received: usize,
    held: Option<HeldBytes>,
}

impl IncomingBody<'_> {
    /// Returns the next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let seconds = u64::try_from(self.received).unwrap_or(u64::MAX)
            / u64::from(self.limits.bytes_per_second);
        let deadline = self.began + self.limits.grace + Duration::from_secs(seconds);
        let chunk = match timeout_at(deadline, self.payload.next()).await {
            Err(_) => return Err(Problem::slow_body()),
            Ok(None) => return Ok(None),
            Ok(Some(chunk)) => chunk.map_err(|_| {
                let detail = "the body ended early, or its chunks are malformed";
                Problem::new(ProblemKind::MALFORMED_REQUEST, detail)
            })?,
        };
        self.received += chunk.len();
        if self.received > self.limit {
            return Err(Problem::body_too_large(self.limit));
        }
        Ok(Some(chunk))
    }

    /// Extends the deadline by a time in which no bytes were asked for.
    pub(super) fn extend_deadline(&mut self, pause: Duration) {
        self.began += pause;
    }

    /// Counts bytes towards the total.
    fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
        let count = u32::try_from(bytes).unwrap_or(u32::MAX);
        let budget = Arc::clone(&self.limits.budget);
        let Ok(more) = budget.try_acquire_many_owned(count) else {
            let detail = "other requests hold all the memory for bodies \
                (`http.bodies_limit_bytes`); send this one again later";
            return Err(Problem::busy(detail, Duration::from_secs(1)));
        };
        self.held.get_or_insert_default().add(more);
        Ok(())
    }
}
