//! The trace that a request and all its work belong to: W3C Trace Context, version 00
//! (<https://www.w3.org/TR/trace-context/>).

use std::fmt;

use ulid::Ulid;

/// The id of a trace, 32 hexadecimal digits: the correlation id of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// A position in a trace. Its `Display` form is the header `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: TraceId,
    span_id: u64,
    is_sampled: bool,
}

impl TraceContext {
    /// The length of the header in version 00.
    const LENGTH: usize = 55;

    /// Begins a trace with the id `unique`. Unsampled: only a service that exports traces may ask
    /// others to record theirs.
    #[must_use]
    pub fn begun(unique: Ulid) -> Self {
        Self {
            trace_id: TraceId(unique.0),
            span_id: span_id(unique),
            is_sampled: false,
        }
    }

    /// Reads a header; `None` if it is invalid, which means that a new trace begins. A later
    /// version may have more fields at its end, which are ignored.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        let (known, more) = header.split_at_checked(Self::LENGTH)?;
        let mut fields = known.split('-');
        let mut hexadecimal = |length: usize| {
            let digits = |text: &&str| {
                text.len() == length
                    && text
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            };
            let field = fields.next().filter(digits)?;
            u128::from_str_radix(field, 16).ok()
        };
        let version = hexadecimal(2)?;
        let is_complete = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => more.is_empty() || more.starts_with('-'),
        };
        let trace_id = hexadecimal(32).filter(|id| *id != 0 && is_complete)?;
        let span_id = hexadecimal(16).filter(|id| *id != 0)?;
        let flags = hexadecimal(2)?;
        Some(Self {
            trace_id: TraceId(trace_id),
            span_id: u64::try_from(span_id).ok()?,
            is_sampled: flags & 1 == 1,
        })
    }

    /// Returns another position in the same trace.
    #[must_use]
    pub fn child(self, unique: Ulid) -> Self {
        Self {
            span_id: span_id(unique),
            ..self
        }
    }

    /// Returns the id of the trace.
    #[must_use]
    pub const fn trace_id(self) -> TraceId {
        self.trace_id
    }
}

/// Returns the random half of an id; zero is not allowed.
fn span_id(unique: Ulid) -> u64 {
    let random = unique.random() & u128::from(u64::MAX);
    u64::try_from(random).map_or(1, |id| id.max(1))
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            span_id,
            is_sampled,
        } = self;
        write!(
            formatter,
            "00-{trace_id}-{span_id:016x}-{:02x}",
            u8::from(*is_sampled)
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_header_is_read_and_written() {
        let read = TraceContext::parse(HEADER).unwrap();
        assert_eq!(read.to_string(), HEADER);
        assert_eq!(
            read.trace_id().to_string(),
            "0af7651916cd43dd8448eb211c80319c"
        );
        let child = read.child(Ulid::from_parts(1, 0xabc));
        assert_eq!(
            child.to_string(),
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000abc-01"
        );
    }

    #[test]
    fn a_header_that_breaks_the_rules_is_no_header() {
        for header in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c8031é9-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        ] {
            assert_eq!(TraceContext::parse(header), None, "{header:?}");
        }
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more";
        assert_eq!(TraceContext::parse(later), TraceContext::parse(HEADER));
    }

    proptest! {
        #[test]
        fn every_position_survives_its_header(time in any::<u64>(), random in any::<u128>()) {
            let context = TraceContext::begun(Ulid::from_parts(time | 1, random));
            prop_assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        }

        #[test]
        fn no_header_breaks_the_reader(header in "(00|[0-9a-f]{2}|.{0,3})-?[0-9a-f]{30,34}-.{0,30}") {
            if let Some(read) = TraceContext::parse(&header) {
                prop_assert_eq!(TraceContext::parse(&read.to_string()), Some(read));
            }
        }
    }
}
