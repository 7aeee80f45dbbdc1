//! Signatures: the Standard Webhooks headers, and the predecessor's header for its receivers.
//!
//! Both are HMAC-SHA256, but over different texts and with different keys. The standard one covers
//! `id.timestamp.body`, so that a receiver can refuse a replay; the predecessor's covers only the
//! body, always with the literal secret string.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::webhook_secret::{WebhookSecretError, signing_key};

/// The header with the delivery's id, the same for every attempt.
pub const WEBHOOK_ID: &str = "webhook-id";
/// The header with the time of this attempt, in seconds since the Unix epoch.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// The header with one `v1,<base64>` signature for each secret, separated by spaces.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
/// The predecessor's header: the hexadecimal HMAC of the body.
pub const X_WEBHOOK_SIGNATURE: &str = "X-Webhook-Signature";

/// Signs deliveries with the current secret, and during a rotation also with the former ones.
pub struct WebhookSigner {
    /// One key for each secret, the current one first. Never empty.
    standard_keys: Vec<hmac::Key>,
    /// The key made of the current secret's literal bytes.
    literal_key: hmac::Key,
}

/// The headers of one signed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// The value of `webhook-id`.
    pub id: String,
    /// The value of `webhook-timestamp`.
    pub timestamp: String,
    /// The value of `webhook-signature`.
    pub signature: String,
    /// The value of `X-Webhook-Signature`.
    pub body_signature: String,
}

impl WebhookSigner {
    /// Builds the signer. The first secret is the current one; receivers still accept the others
    /// during a rotation. Empty secrets count as absent; without any secret there is no signer, and
    /// deliveries are sent unsigned.
    ///
    /// # Errors
    ///
    /// If a secret starts with `whsec_` and doesn't continue in base64.
    pub fn from_secrets(secrets: &[SecretString]) -> Result<Option<Self>, WebhookSecretError> {
        let present: Vec<(usize, &str)> = (1..)
            .zip(secrets.iter().map(ExposeSecret::expose_secret))
            .filter(|(_, secret)| !secret.is_empty())
            .collect();
        let Some((_, current)) = present.first() else {
            return Ok(None);
        };
        let literal_key = hmac::Key::new(hmac::HMAC_SHA256, current.as_bytes());
        let standard_keys = present
            .into_iter()
            .map(|(position, secret)| {
                signing_key(position, secret).map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key))
            })
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            standard_keys,
            literal_key,
        }))
    }

    /// Signs one attempt: `id` is the delivery's, `timestamp_seconds` the time of the attempt since
    /// the Unix epoch, `body` the exact bytes to send.
    pub fn headers(&self, id: &str, timestamp_seconds: i64, body: &[u8]) -> SignedHeaders {
        let timestamp = timestamp_seconds.to_string();
        let mut signature = String::new();
        for key in &self.standard_keys {
            let mut context = hmac::Context::with_key(key);
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                context.update(part);
            }
            if !signature.is_empty() {
                signature.push(' ');
            }
            signature.push_str("v1,");
            BASE64.encode_string(context.sign(), &mut signature);
        }
        SignedHeaders {
            id: id.to_owned(),
            timestamp,
            signature,
            body_signature: hex::encode(hmac::sign(&self.literal_key, body)),
        }
    }
}

impl fmt::Debug for WebhookSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSigner")
            .field("secrets", &self.standard_keys.len())
            .finish_non_exhaustive()
    }
}

impl SignedHeaders {
    /// Returns the names and values of the headers, in the order in which they are sent.
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            (WEBHOOK_ID, &self.id),
            (WEBHOOK_TIMESTAMP, &self.timestamp),
            (WEBHOOK_SIGNATURE, &self.signature),
            (X_WEBHOOK_SIGNATURE, &self.body_signature),
        ]
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use standardwebhooks::Webhook;

    use super::*;

    const ENCODED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signer(secrets: &[&str]) -> WebhookSigner {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| (*s).into()).collect();
        WebhookSigner::from_secrets(&secrets).unwrap().unwrap()
    }

    /// Verifies headers with `standardwebhooks`. Its header map is that of another major version of
    /// `http` than actix-web's, so the map is built with the type inferred from the crate's
    /// signature.
    fn verify(webhook: &Webhook, headers: &SignedHeaders, body: &[u8]) -> bool {
        let map = headers
            .pairs()
            .into_iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    reqwest::header::HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        webhook.verify(body, &map).is_ok()
    }

    fn now() -> i64 {
        crate::clock::now().timestamp()
    }

    #[test]
    fn an_encoded_secret_verifies_with_the_reference_library() {
        let body = br#"{"type":"match.completed","score":0.78}"#;
        let headers = signer(&[ENCODED]).headers("msg_01J", now(), body);
        let webhook = Webhook::new(ENCODED).unwrap();
        assert!(verify(&webhook, &headers, body));
        assert!(!verify(&webhook, &headers, b"another body"));
    }

    #[test]
    fn a_plain_secret_counts_as_its_bytes() {
        let body = b"{}";
        let headers = signer(&["clé secrète"]).headers("msg_1", now(), body);
        let webhook = Webhook::from_bytes("clé secrète".as_bytes().to_vec()).unwrap();
        assert!(verify(&webhook, &headers, body));
    }

    #[test]
    fn during_a_rotation_both_secrets_verify_and_the_current_one_comes_first() {
        let body = b"{}";
        let at = now();
        let headers = signer(&["current", ENCODED]).headers("msg_1", at, body);
        assert!(verify(
            &Webhook::from_bytes(b"current".to_vec()).unwrap(),
            &headers,
            body
        ));
        assert!(verify(&Webhook::new(ENCODED).unwrap(), &headers, body));

        let alone = signer(&["current"]).headers("msg_1", at, body);
        assert!(
            headers
                .signature
                .starts_with(&format!("{} v1,", alone.signature))
        );
        assert_eq!(headers.body_signature, alone.body_signature);
    }

    #[test]
    fn the_body_signature_matches_known_vectors() {
        // RFC 4231, test case 2.
        assert_eq!(
            signer(&["Jefe"])
                .headers("msg_1", 0, b"what do ya want for nothing?")
                .body_signature,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        // The literal string is the key, prefix included.
        let literal = hmac::Key::new(hmac::HMAC_SHA256, ENCODED.as_bytes());
        assert_eq!(
            signer(&[ENCODED])
                .headers("msg_1", 0, b"body")
                .body_signature,
            hex::encode(hmac::sign(&literal, b"body"))
        );
    }

    #[test]
    fn the_standard_signature_matches_the_vector_of_the_specification() {
        let headers = signer(&[ENCODED]).headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            headers.signature,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(headers.timestamp, "1614265330");
        assert!(
            headers
                .pairs()
                .into_iter()
                .all(|(_, value)| HeaderValue::from_str(value).is_ok())
        );
    }

    #[test]
    fn without_a_secret_there_is_no_signer() {
        assert!(WebhookSigner::from_secrets(&[]).unwrap().is_none());
        assert!(WebhookSigner::from_secrets(&["".into()]).unwrap().is_none());
    }

    #[test]
    fn a_bad_encoded_secret_is_refused_without_showing_it() {
        let secrets: [SecretString; 2] = ["fine".into(), "whsec_not base64!".into()];
        let error = WebhookSigner::from_secrets(&secrets).unwrap_err();
        assert!(matches!(
            error,
            WebhookSecretError::InvalidBase64 { position: 2, .. }
        ));
        assert!(!error.to_string().contains("not base64!"));
        assert!(matches!(
            WebhookSigner::from_secrets(&["whsec_".into()]),
            Err(WebhookSecretError::EmptyKey { position: 1 })
        ));
    }

    #[test]
    fn debugging_a_signer_shows_no_secret() {
        assert_eq!(
            format!("{:?}", signer(&["hunter2"])),
            "WebhookSigner { secrets: 1, .. }"
        );
    }
}
