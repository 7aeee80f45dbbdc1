//! `[encoder]`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::SettingsReader;

/// The maximum length of a model's name in a profile document, in characters.
const LONGEST_MODEL: usize = 200;

/// The settings of the external encoder.
#[derive(Debug, Clone)]
pub struct EncoderSettings {
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

/// Reads the section; `None` without a URL.
pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<EncoderSettings> {
    let url = reader.url_with_secret("encoder.url");
    let model = reader.text("encoder.model").unwrap_or_default();
    let api_key = reader.secret("encoder.api_key");
    let timeout = reader.seconds("encoder.timeout_seconds", 0.1..=600.0);
    let unrelated_cosine = reader.number_below("encoder.unrelated_cosine", 0.0..1.0);
    let url = url?;
    check_url(reader, &url);
    let model = model.trim().to_owned();
    if model.is_empty() {
        reader.fault(
            "encoder.model",
            "encoder.url is set, so this must be too: name the model that makes the vectors",
        );
    } else if model.chars().count() > LONGEST_MODEL {
        reader.fault("encoder.model", "it has more than 200 characters");
    }
    let is_token = |key: &SecretString| key.expose_secret().bytes().all(|b| b.is_ascii_graphic());
    if !api_key.as_ref().is_none_or(is_token) {
        let problem = "a key is of ASCII letters, digits and signs only, without spaces";
        reader.fault("encoder.api_key", problem);
    }
    Some(EncoderSettings {
        url,
        model,
        api_key,
        timeout,
        unrelated_cosine,
    })
}

fn check_url(reader: &mut SettingsReader<'_>, url: &SecretString) {
    let Some(url) = Url::parse(url.expose_secret())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    else {
        let problem = "it is no address like http://encoder:8080/v1/embeddings";
        return reader.fault("encoder.url", problem);
    };
    if !url.username().is_empty() || url.password().is_some() {
        let problem = "it contains a user name or password; set encoder.api_key instead";
        reader.fault("encoder.url", problem);
    }
}
