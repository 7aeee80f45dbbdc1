//! The port of an external encoder: texts in, vectors out.

use std::error::Error;

use async_trait::async_trait;

use crate::breaker::{Breaker, Paused};
use matching_engine::profiles::encoding::Encoding;

/// Makes vectors of texts.
#[async_trait]
pub trait TextEncoder: Send + Sync {
    /// Returns one encoding for each text, in the order of the texts, or fails as a whole: one call
    /// to the encoder.
    async fn encode(&self, texts: &[String]) -> Result<Vec<Encoding>, EncoderError>;

    /// Returns what the vectors depend on besides the text: the model, and the parameters that are
    /// stored with its vectors.
    fn maker(&self) -> String;

    /// Returns the circuit breaker before the encoder.
    fn breaker(&self) -> &Breaker;
}

/// The reasons for missing vectors. The messages contain neither a text nor the encoder's URL,
/// which may hold a token.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The connection failed or broke.
    #[error("the encoder can't be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The encoder did not answer in time.
    #[error("the encoder did not answer in time")]
    TimedOut,
    /// The limit of concurrent calls is reached, and no call ended in time.
    #[error("the encoder is busy")]
    Busy,
    /// The circuit breaker refuses calls, because the encoder was away shortly before.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// The encoder answered with another status than success; redirects are not followed.
    #[error("the encoder answered {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The answer doesn't hold one valid vector for each text.
    #[error("the encoder's answer can't be used: {0}")]
    Unusable(&'static str),
    /// The client can't be built.
    #[error("the encoder's client can't be built")]
    Client(#[source] Box<dyn Error + Send + Sync>),
}

impl EncoderError {
    /// Returns true if fewer or other texts may be encoded: these were too many, or one of them is
    /// too long.
    pub fn is_about_these_texts(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 400 | 413 | 422
            }
        )
    }

    /// Returns true if the error means that the encoder is unavailable, rather than that it refuses
    /// these texts.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Refused { status } => *status >= 500,
            _ => false,
        }
    }
}
