//! Large documents: result documents that are too large for the ledger's rows, in S3 or in a local
//! folder.
//!
//! The ledger stores the key, a [`DocumentStore`] stores the bytes. One contract suite verifies the
//! same guarantees for both stores: a document is read back byte for byte, storing it again
//! replaces it, deleting an absent one succeeds, and a reader never sees a part of a document.

use std::{error::Error, time::Duration};

use async_trait::async_trait;

use crate::breaker::{Breaker, Paused};

pub mod folder;
pub mod s3;

#[cfg(test)]
mod contract;

/// The maximum length of a key, in bytes.
pub const MAXIMUM_KEY_LENGTH: usize = 512;
/// The maximum length of a key's segment, in bytes: that of a file name.
const MAXIMUM_SEGMENT_LENGTH: usize = 255;

/// A store of large documents.
///
/// Keys are paths such as `results/12/345.json`: segments of `A-Z a-z 0-9 . _ -`, separated by
/// single slashes, none starting with a dot or longer than 255 bytes, at most
/// [`MAXIMUM_KEY_LENGTH`] bytes in all. No key may be the folder of another one.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// Stores a document, replacing an earlier one under the same key. When this returns, the
    /// document is durable.
    async fn put(&self, key: &str, content_type: &str, bytes: Vec<u8>)
    -> Result<(), DocumentError>;

    /// Returns the document, or `None` if there is none under this key.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DocumentError>;

    /// Removes the document; succeeds without one.
    async fn delete(&self, key: &str) -> Result<(), DocumentError>;

    /// Checks that the store works, for start-up and readiness. Creates the bucket or the folder if
    /// it is missing.
    async fn check(&self) -> Result<(), DocumentError>;

    /// Returns the circuit breaker before a store that can be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }
}

/// The reasons why a call to a document store failed.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The store can't be reached, is overloaded, or its disk fails.
    #[error("the document store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The circuit breaker refuses calls, because the store was away shortly before.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// The store refused the call: wrong keys, missing permissions, or a name that it does not
    /// accept.
    #[error("the document store refused the request with status {status} ({code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The store's own code, such as `AccessDenied`; `unknown` if it gave none.
        code: String,
    },
    /// The call can't succeed without a change: a missing permission, a folder that isn't one, a
    /// request that can't be made or an answer that can't be read.
    #[error("the document store can't be used with these settings")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
    /// The key breaks the rules of [`DocumentStore`].
    #[error("{key:?} is not a valid document key")]
    InvalidKey {
        /// The key.
        key: String,
    },
    /// The store can't be set up as configured.
    #[error("the document store's {setting} is not usable: {problem}")]
    Configuration {
        /// The faulty setting.
        setting: &'static str,
        /// Its fault.
        problem: String,
    },
}

impl DocumentError {
    /// True if the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Paused(_))
    }

    /// Returns the time for which the breaker refuses calls, if that is the error.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Paused(paused) => Some(paused.retry_after),
            _ => None,
        }
    }

    fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

/// Accepts only keys that mean the same in a bucket and in a folder, and stay inside it.
fn validate(key: &str) -> Result<(), DocumentError> {
    let is_segment = |segment: &str| {
        (1..=MAXIMUM_SEGMENT_LENGTH).contains(&segment.len())
            && !segment.starts_with('.')
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    if key.len() <= MAXIMUM_KEY_LENGTH && key.split('/').all(is_segment) {
        Ok(())
    } else {
        Err(DocumentError::InvalidKey {
            key: key.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_paths() {
        let longest = ["a"; 256].join("/") + "a";
        assert_eq!(longest.len(), MAXIMUM_KEY_LENGTH);
        for key in [
            "a",
            "results/12/345.json",
            "A_b-c.d/0",
            &"a".repeat(255),
            &longest,
        ] {
            assert!(validate(key).is_ok(), "{key}");
        }
        for key in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            ".hidden",
            "a b",
            "a\\b",
            "a\0",
            "é",
            "a?b",
            "a%2e",
            &"a".repeat(256),
            &format!("{longest}a"),
        ] {
            let error = validate(key).unwrap_err();
            assert!(!error.is_retryable(), "{key}");
        }
    }
}
