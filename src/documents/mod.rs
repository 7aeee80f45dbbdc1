//! Large documents: result documents too big for the ledger's rows, in S3 or in a local folder.
//!
//! The ledger keeps the key, a [`DocumentStore`] keeps the bytes. Both stores promise the same, and
//! one contract test holds them to it: what was put is read back to the byte, putting again
//! replaces, deleting what is absent succeeds, a reader never sees half a document.

use std::{error::Error, time::Duration};

use async_trait::async_trait;

use crate::breaker::{Breaker, Paused};

pub mod folder;
pub mod s3;

#[cfg(test)]
mod contract;
#[cfg(test)]
#[path = "../../tests/integration/support/object_store.rs"]
mod test_server;

/// The longest key, in bytes.
pub const MAXIMUM_KEY_LENGTH: usize = 512;

/// Where large documents are kept.
///
/// Keys are paths such as `results/12/345.json`: segments of `A-Z a-z 0-9 . _ -`, separated by
/// single slashes, none starting with a dot, at most [`MAXIMUM_KEY_LENGTH`] bytes. No key may be
/// the folder of another one.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// Stores a document, replacing what the key held. When this returns, the document is durable.
    async fn put(&self, key: &str, content_type: &str, bytes: Vec<u8>)
    -> Result<(), DocumentError>;

    /// The document, or `None` when the key holds none.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DocumentError>;

    /// Removes the document; without one, does nothing.
    async fn delete(&self, key: &str) -> Result<(), DocumentError>;

    /// Whether the store works now, for start-up and readiness. Creates the bucket or the folder
    /// when it is missing.
    async fn check(&self) -> Result<(), DocumentError>;

    /// The breaker before a store that can be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }
}

/// Why a document store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The store can't be reached, is overloaded, or its disk fails.
    #[error("the document store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store was away lately and is not asked for a moment.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// The store understood and refused: wrong keys, missing rights, a name it won't take.
    #[error("the document store refused the request with status {status} ({code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The store's own code, such as `AccessDenied`; `unknown` when it gave none.
        code: String,
    },
    /// It can't do that as things are: a right that is missing, a folder that is none, a request that
    /// can't be made or an answer that can't be read.
    #[error("the document store can't be used as it is set up")]
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
        /// Which setting.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl DocumentError {
    /// Whether the same call can succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Paused(_))
    }

    /// How long the store is not asked, where that is known.
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

/// Lets through only keys that mean the same in a bucket and in a folder, and stay inside it.
fn validate(key: &str) -> Result<(), DocumentError> {
    let is_segment = |segment: &str| {
        !segment.is_empty()
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
        for key in ["a", "results/12/345.json", "A_b-c.d/0", &"a".repeat(512)] {
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
            &"a".repeat(513),
        ] {
            let error = validate(key).unwrap_err();
            assert!(!error.is_retryable(), "{key}");
        }
    }
}
