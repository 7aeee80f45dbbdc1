//! The port of an external encoder: texts in, vectors out.

use std::error::Error;

use async_trait::async_trait;

use crate::breaker::{Breaker, Paused};
use matching_engine::profiles::encoding::Encoding;

/// Makes vectors of texts.
#[async_trait]
pub trait TextEncoder: Send + Sync {
    /// Returns one encoding for each text, in their order. All or none: one call to the encoder.
    async fn encode(&self, texts: &[String]) -> Result<Vec<Encoding>, EncoderError>;

    /// Inputs of the vectors beside the text: the model, and what is stored with its vectors.
    fn maker(&self) -> String;

    /// The breaker before the encoder.
    fn breaker(&self) -> &Breaker;
}

/// Why there are no vectors. The messages name neither a text nor the encoder's URL, which may hold
/// a token.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// No connection, or one that broke.
    #[error("the encoder can't be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// No answer in time.
    #[error("the encoder did not answer in time")]
    TimedOut,
    /// The limit of concurrent calls is reached, and none ended in time.
    #[error("the encoder is busy")]
    Busy,
    /// The encoder was away lately and is not asked for a moment.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// Any other status than success; redirects are not followed.
    #[error("the encoder answered {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// An answer that doesn't hold one valid vector for each text.
    #[error("the encoder's answer can't be used: {0}")]
    Unusable(&'static str),
    /// The client can't be built.
    #[error("the encoder's client can't be built")]
    Client(#[source] Box<dyn Error + Send + Sync>),
}

impl EncoderError {
    /// Returns whether fewer texts at once, or others, may be encoded: these were too many, or one
    /// of them is too long.
    pub fn is_about_these_texts(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 400 | 413 | 422
            }
        )
    }

    /// Returns whether this says that the encoder's machine is in trouble.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Refused { status } => *status >= 500,
            _ => false,
        }
    }
}
