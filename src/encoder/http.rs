//! An encoder behind an HTTP endpoint in the form of `OpenAI`'s `POST /v1/embeddings`, which
//! text-embeddings-inference, vLLM, llama.cpp and Ollama implement too.
//!
//! The endpoint is chosen by the operator, so any address is allowed and the environment's
//! `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` apply, as for the document store. Redirects are not
//! followed: they would send texts and the key to another host. Nothing is retried here, and while
//! the encoder is unavailable a circuit breaker refuses calls. Answers are read up to a size limit
//! and validated before they are used.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use reqwest::{
    Client, ClientBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::{
    breaker::{Breaker, BreakerSettings},
    service::encoder::{EncoderError, TextEncoder},
};
use matching_engine::profiles::encoding::Encoding;

/// The maximum number of concurrent calls of each process.
const CONCURRENCY: usize = 8;
/// The maximum size of an answer: for each text, 4,096 components of up to 32 bytes; in addition,
/// the rest of the JSON document.
const BYTES_OF_A_VECTOR: usize = 4_096 * 32;
const BYTES_AROUND: usize = 65_536;

/// The endpoint of the encoder, and the parameters of calls.
#[derive(Debug, Clone)]
pub struct HttpEncoderSettings {
    /// The URL of the endpoint.
    pub url: SecretString,
    /// The model's name, 1 to 200 characters.
    pub model: String,
    /// The API key, sent as a bearer token.
    pub api_key: Option<SecretString>,
    /// The time limit of one call, including connecting.
    pub timeout: Duration,
    /// The cosine that the model returns for unrelated texts, in [0, 1).
    pub unrelated_cosine: f64,
}

/// The encoder behind the endpoint.
pub struct HttpEncoder {
    client: Client,
    settings: HttpEncoderSettings,
    authorization: Option<HeaderValue>,
    places: Semaphore,
    breaker: Breaker,
}

/// The body of a call.
#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

/// The part of an answer that is read.
#[derive(Deserialize)]
struct Answer {
    data: Vec<AnsweredVector>,
}

#[derive(Deserialize)]
struct AnsweredVector {
    index: usize,
    embedding: Vec<f64>,
}

impl HttpEncoder {
    /// Prepares the client without calling the encoder.
    ///
    /// # Errors
    /// [`EncoderError::Client`], if the client can't be built or the key doesn't fit into a header.
    pub fn new(
        settings: HttpEncoderSettings,
        breaker: BreakerSettings,
    ) -> Result<Self, EncoderError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error means that another thread has just installed one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = client_builder(&settings)
            .build()
            // Without root certificates on this system, `http` endpoints still work.
            .or_else(|_| client_builder(&settings).tls_certs_only([]).build())
            .map_err(|error| EncoderError::Client(error.into()))?;
        let authorization = settings
            .api_key
            .as_ref()
            .map(|key| {
                let bearer = format!("Bearer {}", key.expose_secret());
                let mut value = HeaderValue::try_from(bearer)
                    .map_err(|error| EncoderError::Client(error.into()))?;
                value.set_sensitive(true);
                Ok::<_, EncoderError>(value)
            })
            .transpose()?;
        Ok(Self {
            client,
            settings,
            authorization,
            places: Semaphore::new(CONCURRENCY),
            breaker: Breaker::new("the encoder", breaker),
        })
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Encoding>, EncoderError> {
        let question = Question {
            model: &self.settings.model,
            input: texts,
            encoding_format: "float",
        };
        let body = serde_json::to_vec(&question)
            .map_err(|_| EncoderError::Unusable("the texts can't be written as JSON"))?;
        let mut request = self
            .client
            .post(self.settings.url.expose_secret())
            .header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.body(body).send().await.map_err(of_transport)?;
        let status = response.status();
        if !status.is_success() {
            return Err(EncoderError::Refused {
                status: status.as_u16(),
            });
        }
        let answer = read(response, texts.len() * BYTES_OF_A_VECTOR + BYTES_AROUND).await?;
        self.encodings(&answer, texts.len())
    }

    /// Checks that an answer holds one valid vector for each text.
    fn encodings(&self, answer: &[u8], texts: usize) -> Result<Vec<Encoding>, EncoderError> {
        // The message of the error may quote the answer.
        let answer: Answer = serde_json::from_slice(answer)
            .map_err(|_| EncoderError::Unusable("it is no list of vectors in `data`"))?;
        if answer.data.len() != texts {
            let problem = "it does not hold one vector for each text";
            return Err(EncoderError::Unusable(problem));
        }
        let HttpEncoderSettings {
            model,
            unrelated_cosine,
            ..
        } = &self.settings;
        let mut encodings: Vec<Option<Encoding>> = vec![None; texts];
        for AnsweredVector { index, embedding } in answer.data {
            let encoding = Encoding::of(model, &embedding, *unrelated_cosine).ok_or(
                EncoderError::Unusable("a vector is not 2 to 4,096 numbers, or is all 0"),
            )?;
            let Some(place @ None) = encodings.get_mut(index) else {
                let problem = "the indexes of its vectors are not those of the texts";
                return Err(EncoderError::Unusable(problem));
            };
            *place = Some(encoding);
        }
        let encodings: Vec<Encoding> = encodings.into_iter().flatten().collect();
        let differ = |pair: &[Encoding]| match pair {
            [one, other] => one.components().len() != other.components().len(),
            _ => false,
        };
        if encodings.windows(2).any(differ) {
            return Err(EncoderError::Unusable("its vectors differ in length"));
        }
        Ok(encodings)
    }
}

#[async_trait]
impl TextEncoder for HttpEncoder {
    async fn encode(&self, texts: &[String]) -> Result<Vec<Encoding>, EncoderError> {
        let _place = tokio::time::timeout(self.settings.timeout, self.places.acquire())
            .await
            .map_err(|_| EncoderError::Busy)?;
        self.breaker
            .call(EncoderError::is_outage, self.ask(texts))
            .await
    }

    fn maker(&self) -> String {
        let HttpEncoderSettings {
            model,
            unrelated_cosine,
            ..
        } = &self.settings;
        format!("{model}\n{unrelated_cosine}")
    }

    fn breaker(&self) -> &Breaker {
        &self.breaker
    }
}

impl fmt::Debug for HttpEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEncoder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn client_builder(settings: &HttpEncoderSettings) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("matching/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
}

/// Reads an answer to its end, unless it is larger than a limit in bytes.
async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, EncoderError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(of_transport)? {
        if body.len() + chunk.len() > limit {
            return Err(EncoderError::Unusable("it is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn of_transport(error: reqwest::Error) -> EncoderError {
    if error.is_timeout() {
        EncoderError::TimedOut
    } else {
        EncoderError::Unreachable(error.without_url().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoder() -> HttpEncoder {
        let settings = HttpEncoderSettings {
            url: SecretString::from("http://127.0.0.1:9/v1/embeddings?token=hunter2"),
            model: "m".to_owned(),
            api_key: Some(SecretString::from("hunter2")),
            timeout: Duration::from_secs(5),
            unrelated_cosine: 0.5,
        };
        let breaker = BreakerSettings {
            failure_threshold: 2,
            first_pause: Duration::from_mins(1),
            longest_pause: Duration::from_mins(1),
        };
        HttpEncoder::new(settings, breaker).unwrap()
    }

    #[test]
    fn vectors_are_put_into_the_order_of_their_texts() {
        let answer = br#"{"object": "list", "data": [{"index": 1, "embedding": [0, 1]},
            {"index": 0, "embedding": [1, 0.5]}], "model": "other"}"#;
        let encodings = encoder().encodings(answer, 2).unwrap();
        assert_eq!(encodings[0].components(), [127, 64]);
        assert_eq!(encodings[1].components(), [0, 127]);
        assert_eq!(encodings[0].model, "m");
    }

    #[test]
    fn an_answer_without_one_valid_vector_for_each_text_is_not_used() {
        for answer in [
            "",
            "nonsense",
            "[]",
            r#"{"error": "x"}"#,
            r#"{"data": []}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 0, "embedding": [1, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 2, "embedding": [1, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [1]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [0, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [1, 0, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [1e999, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": [null, 0]}]}"#,
            r#"{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 1, "embedding": "AAAA"}]}"#,
        ] {
            let error = encoder().encodings(answer.as_bytes(), 2).unwrap_err();
            assert!(matches!(error, EncoderError::Unusable(_)), "{answer}");
        }
    }

    #[tokio::test]
    async fn an_encoder_that_is_away_is_paused_and_its_secrets_are_not_shown() {
        let encoder = encoder();
        let texts = ["welder".to_owned()];
        for _ in 0..2 {
            let error = encoder.encode(&texts).await.unwrap_err();
            assert!(matches!(error, EncoderError::Unreachable(_)), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        let error = encoder.encode(&texts).await.unwrap_err();
        assert!(matches!(error, EncoderError::Paused(_)), "{error:?}");
        assert!(!format!("{encoder:?}").contains("hunter2"));
    }
}
