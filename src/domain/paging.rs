//! Pagination by cursor: pages are stable while rows are added, and the last page is as fast as the
//! first.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};

use super::identifiers::{CandidateId, JobPostingId};

/// A request for one page of a ranking.
#[derive(Debug, Clone)]
pub struct Page {
    /// The upper limit of rows.
    pub limit: u32,
    /// The last row of the previous page.
    pub after: Option<PageCursor>,
    /// The smallest score of the page.
    pub min_score: f64,
}

/// The rows of a page, and the cursor of the next page.
#[derive(Debug, Clone)]
pub struct Listing<T, C> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// The position at which the next page begins; `None` after the last page.
    pub next: Option<C>,
}

impl<T, C> Listing<T, C> {
    /// Returns the listing of a page with this limit. A full page has a next one, which may be
    /// empty; a shorter one is the last.
    ///
    /// ```
    /// use matching::domain::paging::Listing;
    /// assert_eq!(Listing::of(vec![3, 5], 2, |last| *last).next, Some(5));
    /// assert_eq!(Listing::of(vec![3, 5], 3, |last| *last).next, None);
    /// ```
    pub fn of(rows: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> C) -> Self {
        let last = rows.last().filter(|_| rows.len() == limit as usize);
        let next = last.map(cursor);
        Self { rows, next }
    }
}

/// The last row of a page of a ranking, which is sorted by score, then by the two ids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageCursor {
    /// Its score.
    pub score: f64,
    /// Its candidate.
    pub candidate_id: CandidateId,
    /// Its job posting.
    pub job_posting_id: JobPostingId,
}

impl PageCursor {
    /// Encodes the cursor as an opaque text for a URL.
    ///
    /// ```
    /// use matching::domain::{
    ///     identifiers::{CandidateId, JobPostingId},
    ///     paging::PageCursor,
    /// };
    /// let candidate_id = CandidateId::try_from(3).unwrap();
    /// let job_posting_id = JobPostingId::try_from(9).unwrap();
    /// let cursor = PageCursor { score: 0.7812, candidate_id, job_posting_id };
    /// assert_eq!(PageCursor::decode(&cursor.encode()), Some(cursor));
    /// assert_eq!(PageCursor::decode("nonsense"), None);
    /// ```
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!(
            "{}:{}:{}",
            self.score, self.candidate_id, self.job_posting_id
        ))
    }

    /// Decodes a text of [`encode`](Self::encode); `None` for a text of another form. Its values
    /// are not checked further: a forged cursor only begins at another row.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(':');
        let cursor = Self {
            score: parts
                .next()?
                .parse()
                .ok()
                .filter(|score: &f64| score.is_finite())?,
            candidate_id: parts.next()?.parse().ok()?,
            job_posting_id: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }
}

/// The years that times in filters and cursors may have; databases can't represent much more.
pub const STORABLE_YEARS: RangeInclusive<i32> = 1970..=9999;

/// A request for one page of a list that is sorted by time, newest first.
#[derive(Debug, Clone)]
pub struct NewestFirst {
    /// The upper limit of rows.
    pub limit: u32,
    /// The last row of the previous page.
    pub after: Option<TimeCursor>,
}

/// The last row of a page of a list that is sorted by time, then by id, both descending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeCursor {
    /// Its time, in microseconds.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: String,
}

impl TimeCursor {
    /// Encodes the cursor as an opaque text for a URL.
    ///
    /// ```
    /// use matching::domain::paging::TimeCursor;
    /// let at = chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
    /// let cursor = TimeCursor { at, id: "01J:x".to_owned() };
    /// assert_eq!(TimeCursor::decode(&cursor.encode()), Some(cursor));
    /// assert_eq!(TimeCursor::decode("nonsense"), None);
    /// let long_ago = chrono::DateTime::from_timestamp_micros(-8_000_000_000_000_000_000).unwrap();
    /// let forged = TimeCursor { at: long_ago, id: "x".to_owned() };
    /// assert_eq!(TimeCursor::decode(&forged.encode()), None);
    /// ```
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.at.timestamp_micros(), self.id))
    }

    /// Decodes a text of [`encode`](Self::encode); `None` for a text of another form. Its values
    /// are not checked further: a forged cursor only begins at another row.
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, id) = text.split_once(':')?;
        let is_plain = !id.is_empty() && !id.chars().any(char::is_control);
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some(Self {
            at: STORABLE_YEARS.contains(&at.year()).then_some(at)?,
            id: is_plain.then(|| id.to_owned())?,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts that decode to something, and others.
    pub(in crate::domain) fn encoded() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?[0-9.e]{0,20}(:-?[0-9]{0,20}){0,3}(:.{0,9})?"
                .prop_map(|text| URL_SAFE_NO_PAD.encode(text)),
            prop::collection::vec(any::<u8>(), 0..40)
                .prop_map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
            ".{0,40}",
        ]
    }

    proptest! {
        #[test]
        fn a_forged_cursor_is_refused_or_is_the_cursor_that_it_states(text in encoded()) {
            if let Some(cursor) = PageCursor::decode(&text) {
                prop_assert!(cursor.score.is_finite());
                prop_assert_eq!(PageCursor::decode(&cursor.encode()), Some(cursor));
            }
            if let Some(cursor) = TimeCursor::decode(&text) {
                prop_assert!(STORABLE_YEARS.contains(&cursor.at.year()));
                prop_assert_eq!(TimeCursor::decode(&cursor.encode()), Some(cursor));
            }
        }
    }
}
