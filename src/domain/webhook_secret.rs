//! Secrets of webhooks in the form that operators write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The prefix of a base64 key, by the Standard Webhooks convention.
const ENCODED_KEY_PREFIX: &str = "whsec_";

/// A secret that can't be used. The message never contains the secret.
#[derive(Debug, thiserror::Error)]
pub enum WebhookSecretError {
    /// The text behind `whsec_` is not base64.
    #[error("webhook secret number {position} starts with whsec_ but is not valid base64 after it")]
    InvalidBase64 {
        /// The number of the secret, from 1.
        position: usize,
        /// The position at which the text stops being base64.
        #[source]
        source: base64::DecodeError,
    },
    /// There is nothing after `whsec_`.
    #[error("webhook secret number {position} has no key after whsec_")]
    EmptyKey {
        /// The number of the secret, from 1.
        position: usize,
    },
}

/// Returns the bytes of a secret's signing key: those encoded in base64 after `whsec_`, otherwise
/// the secret's own bytes. `position` counts secrets from 1.
///
/// # Errors
///
/// If a secret starts with `whsec_` and doesn't continue in base64.
pub fn signing_key(position: usize, secret: &str) -> Result<Vec<u8>, WebhookSecretError> {
    let Some(encoded) = secret.strip_prefix(ENCODED_KEY_PREFIX) else {
        return Ok(secret.as_bytes().to_vec());
    };
    let key = BASE64
        .decode(encoded)
        .map_err(|source| WebhookSecretError::InvalidBase64 { position, source })?;
    if key.is_empty() {
        return Err(WebhookSecretError::EmptyKey { position });
    }
    Ok(key)
}
