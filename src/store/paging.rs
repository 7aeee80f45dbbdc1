//! Pages by cursor: stable while rows are added, and as fast on the last page as on the first.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// One page of a ranking.
#[derive(Debug, Clone)]
pub struct Page {
    /// The most rows wanted.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<PageCursor>,
}

/// The last row of a page: rankings are by score, then by the two ids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageCursor {
    /// Its score.
    pub score: f64,
    /// Its candidate.
    pub candidate_id: i64,
    /// Its job posting.
    pub job_posting_id: i64,
}

impl PageCursor {
    /// An opaque text for a URL.
    ///
    /// ```
    /// use matching::store::PageCursor;
    /// let cursor = PageCursor { score: 0.7812, candidate_id: 3, job_posting_id: 9 };
    /// assert_eq!(PageCursor::decode(&cursor.encode()), Some(cursor));
    /// assert_eq!(PageCursor::decode("nonsense"), None);
    /// ```
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!(
            "{}:{}:{}",
            self.score, self.candidate_id, self.job_posting_id
        ))
    }

    /// Reads what [`encode`](Self::encode) wrote.
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
