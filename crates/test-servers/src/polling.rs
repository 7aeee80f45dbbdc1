//! Bounded polling for conditions that nothing announces, such as a row in a database or a page of
//! the API. Prefer an event where there is one: a log line, a webhook, the end of a process.

use std::time::Duration;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` succeeds, and returns its value; after `patience` returns the last failure.
pub async fn poll<T>(
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let mut last = String::from("the first look did not end");
    let polling = async {
        loop {
            match look().await {
                Ok(seen) => return seen,
                Err(seen) => last = seen,
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let seen = tokio::time::timeout(patience, polling).await;
    seen.map_err(|_| last)
}

/// Looks until `is_so` returns true; panics if that takes longer than two minutes.
pub async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    let look = async || is_so().await.then_some(()).ok_or_else(String::new);
    let seen = poll(Duration::from_mins(2), look).await;
    assert!(seen.is_ok(), "the condition never became true");
}
