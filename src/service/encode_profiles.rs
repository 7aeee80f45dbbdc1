//! Asks the encoder for the vectors of profiles that are about to be stored.
//!
//! A vector becomes the document's `encoding`: part of the profile like any other field, so it is in
//! the digest, the results name its model, and scoring asks nobody. An encoding that came with the
//! document stays; one that the service made is made anew, since the texts may have changed since it
//! was read. A profile that can't be encoded is stored without, and warned about: an encoder that is
//! away holds up no profile.

use std::{mem, sync::Arc};

use futures::{StreamExt, stream};
use metrics::counter;
use serde_json::{Map, Value, json};
use tracing::{debug, warn};

use super::{
    encoder::{EncoderError, TextEncoder},
    parallel,
    profiles::as_text,
};
use matching_engine::{
    profiles::{
        encoding::Encoding, profile_document::ProfileDocument, profile_kind::ProfileKind,
        profile_warning::ProfileWarning,
    },
    scoring::text_for_encoder,
};

/// Texts of one call. text-embeddings-inference takes no more unless it is told to.
const BATCH: usize = 32;
/// Calls of one import under way at once.
const BATCHES_AT_ONCE: usize = 4;

/// The most profiles of one call that are encoded: their vectors are held in memory until the database
/// takes them, some 16 kilobytes each at most.
const MOST: usize = 10_000;

/// Marks the encodings that the service made, under this member.
const MADE_BY: &str = "made_by";
const SERVICE: &str = "matching";

/// The warning of a profile that was not encoded.
const POINTER: &str = "/encoding";
const CODE: &str = "not_encoded";

/// Profiles to store, with their ids.
pub type Profiles = Vec<(i64, String)>;

/// Warnings of profiles, each with the place of its profile in the list.
pub type PlacedWarnings = Vec<(usize, ProfileWarning)>;

/// Returns the profiles with their encodings, and a warning for each that could not be encoded.
/// Documents must have been checked.
pub async fn encode(
    encoder: &Arc<dyn TextEncoder>,
    kind: ProfileKind,
    profiles: Profiles,
) -> (Profiles, PlacedWarnings) {
    let prepared = move || prepare_all(kind, profiles);
    let (profiles, texts) = unless_panicked(tokio::task::spawn_blocking(prepared).await);
    let (places, texts): (Vec<usize>, Vec<String>) = texts
        .into_iter()
        .enumerate()
        .filter_map(|(place, text)| Some((place, text?)))
        .unzip();
    if texts.is_empty() {
        return (profiles, Vec::new());
    }
    let outcomes = encode_texts(encoder, texts).await;
    let finished = move || finish_all(profiles, &places, outcomes);
    unless_panicked(tokio::task::spawn_blocking(finished).await)
}

/// Passes a panic on, as if the work had been done in place.
fn unless_panicked<T>(outcome: Result<T, tokio::task::JoinError>) -> T {
    match outcome.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // Blocking work is cancelled only if the runtime ends before it began.
        Err(Err(error)) => std::panic::panic_any(error),
    }
}

/// An encoding, or why there is none.
type Outcome = Result<Encoding, String>;

/// Takes off what the service wrote earlier; returns the text of each profile that is to be encoded.
fn prepare_all(kind: ProfileKind, mut profiles: Profiles) -> (Profiles, Vec<Option<String>>) {
    let prepared = parallel::for_each_part(&profiles, |part| {
        let prepared: Vec<_> = part
            .iter()
            .map(|(_, document)| prepare(kind, document))
            .collect();
        prepared
    });
    let mut texts = Vec::with_capacity(profiles.len());
    for (profile, prepared) in profiles.iter_mut().zip(prepared.into_iter().flatten()) {
        if let Some(document) = prepared.document {
            profile.1 = document;
        }
        texts.push(prepared.text);
    }
    (profiles, texts)
}

#[derive(Default)]
struct Prepared {
    /// The document, where it changed.
    document: Option<String>,
    /// What is to be encoded.
    text: Option<String>,
}

fn prepare(kind: ProfileKind, document: &str) -> Prepared {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(document) else {
        return Prepared::default();
    };
    let is_ours = |encoding: &Value| encoding.get(MADE_BY).is_some_and(|by| by == SERVICE);
    let stated = fields
        .get("encoding")
        .filter(|encoding| !encoding.is_null());
    if stated.is_some_and(|encoding| !is_ours(encoding)) {
        return Prepared::default();
    }
    let had_encoding = fields.remove("encoding").is_some();
    let had_warning = remove_warning(&mut fields);
    let document = Value::Object(fields);
    Prepared {
        text: text_for_encoder(kind, &ProfileDocument::of(&document)),
        document: (had_encoding || had_warning).then(|| as_text(&document)),
    }
}

fn is_own_warning(warning: &Value) -> bool {
    warning["pointer"] == POINTER && warning["code"] == CODE
}

/// Removes the warning of an earlier time; says whether there was one.
fn remove_warning(fields: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(warnings)) = fields.get_mut("warnings") else {
        return false;
    };
    let before = warnings.len();
    warnings.retain(|warning| !is_own_warning(warning));
    let is_changed = warnings.len() < before;
    if is_changed && warnings.is_empty() {
        fields.remove("warnings");
    }
    is_changed
}

/// Asks for all texts, some at once. After a batch of which nothing was encoded the rest is not
/// asked for: it would only hold up the import.
async fn encode_texts(encoder: &Arc<dyn TextEncoder>, texts: Vec<String>) -> Vec<Outcome> {
    let mut batches = Vec::with_capacity(texts.len().div_ceil(BATCH));
    let mut texts = texts.into_iter();
    while batches.len() * BATCH < MOST {
        let batch: Vec<String> = texts.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        batches.push(batch);
    }
    let lengths: Vec<usize> = batches.iter().map(Vec::len).collect();
    let beyond = texts.len();
    let mut asking = stream::iter(batches)
        .map(|batch| encode_batch(encoder, batch))
        .buffered(BATCHES_AT_ONCE);
    let mut outcomes = Vec::with_capacity(lengths.iter().sum());
    let mut given_up = None;
    for length in lengths {
        let batch = match &given_up {
            Some(reason) => vec![Err(String::clone(reason)); length],
            None => asking.next().await.unwrap_or_default(),
        };
        if let Some(Err(reason)) = batch.first()
            && batch.iter().all(Result::is_err)
        {
            given_up = Some(reason.clone());
        }
        outcomes.extend(batch);
    }
    if beyond > 0 {
        warn!(
            profiles = beyond,
            "an import has more profiles than are encoded at once"
        );
        let reason = format!("one import encodes {} profiles", outcomes.len());
        outcomes.extend((0..beyond).map(|_| Err(reason.clone())));
    }
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    counter!("matching_encoded_profiles_total", "outcome" => "encoded")
        .increment((outcomes.len() - failed) as u64);
    counter!("matching_encoded_profiles_total", "outcome" => "failed").increment(failed as u64);
    outcomes
}

/// Asks for some texts in one call, and in halves where the encoder says that these are too many or
/// one of them is too long: that one must not cost the others their vectors.
async fn encode_batch(encoder: &Arc<dyn TextEncoder>, texts: Vec<String>) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(texts.len());
    let mut pending = vec![texts];
    while let Some(mut texts) = pending.pop() {
        match encoder.encode(&texts).await {
            Ok(encodings) => outcomes.extend(encodings.into_iter().map(Ok)),
            Err(error) if error.is_about_these_texts() && texts.len() > 1 => {
                let rest = texts.split_off(texts.len() / 2);
                // The first half is asked for first, so that the order stays.
                pending.extend([rest, texts]);
            }
            Err(error) => {
                report(&error, texts.len());
                let reason = error.to_string();
                outcomes.extend(mem::take(&mut texts).iter().map(|_| Err(reason.clone())));
                if !error.is_about_these_texts() {
                    // What is left of the batch would meet the same.
                    let left = pending.drain(..).flatten();
                    outcomes.extend(left.map(|_| Err(reason.clone())));
                }
            }
        }
    }
    outcomes
}

/// Logs a failed call, without the texts. The breaker has said already that it pauses.
fn report(error: &EncoderError, profiles: usize) {
    if matches!(error, EncoderError::Paused(_)) {
        debug!(profiles, "profiles are stored without an encoding: paused");
        return;
    }
    warn!(
        error = error as &dyn std::error::Error,
        profiles, "profiles are stored without an encoding"
    );
}

/// Writes encodings and warnings into the documents at these places.
fn finish_all(
    mut profiles: Profiles,
    places: &[usize],
    outcomes: Vec<Outcome>,
) -> (Profiles, PlacedWarnings) {
    let mut warnings = Vec::new();
    for (place, outcome) in places.iter().zip(outcomes) {
        let Some((_, document)) = profiles.get_mut(*place) else {
            continue;
        };
        let Ok(Value::Object(mut fields)) = serde_json::from_str(document) else {
            continue;
        };
        match outcome {
            Ok(encoding) => {
                fields.insert("encoding".to_owned(), as_value(&encoding));
            }
            Err(reason) => {
                let warning = not_encoded(&reason);
                add_warning(&mut fields, &warning);
                warnings.push((*place, warning));
            }
        }
        *document = as_text(&Value::Object(fields));
    }
    (profiles, warnings)
}

/// An encoding as documents hold it. The quantised components are read as the same vector, and take
/// a third of the space.
fn as_value(encoding: &Encoding) -> Value {
    json!({
        "model": encoding.model,
        "vector": encoding.components(),
        "unrelated_cosine": encoding.unrelated_cosine,
        MADE_BY: SERVICE,
    })
}

/// The warning of a profile that is stored without an encoding.
pub fn not_encoded(reason: &str) -> ProfileWarning {
    ProfileWarning {
        pointer: POINTER.to_owned(),
        code: CODE,
        detail: format!(
            "stored without an encoding, since {reason}; put the profile again once the encoder \
             answers"
        ),
    }
}

fn add_warning(fields: &mut Map<String, Value>, warning: &ProfileWarning) {
    let warning = json!({
        "pointer": warning.pointer,
        "code": warning.code,
        "detail": warning.detail,
    });
    match fields.get_mut("warnings") {
        Some(Value::Array(warnings)) => warnings.push(warning),
        _ => {
            fields.insert("warnings".to_owned(), json!([warning]));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, PoisonError},
        time::Duration,
    };

    use async_trait::async_trait;

    use super::*;
    use crate::breaker::{Breaker, BreakerSettings};

    /// Answers the n-th call as told, and remembers how many texts it had.
    struct Scripted {
        answer: fn(usize, &[String]) -> Result<(), EncoderError>,
        calls: Mutex<Vec<Vec<String>>>,
        breaker: Breaker,
    }

    #[async_trait]
    impl TextEncoder for Scripted {
        async fn encode(&self, texts: &[String]) -> Result<Vec<Encoding>, EncoderError> {
            let call = {
                let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
                calls.push(texts.to_vec());
                calls.len()
            };
            (self.answer)(call, texts)?;
            Ok(texts
                .iter()
                .map(|text| Encoding::of("m", &[text.len() as f64, 1.0], 0.5).unwrap())
                .collect())
        }

        fn breaker(&self) -> &Breaker {
            &self.breaker
        }
    }

    fn scripted(answer: fn(usize, &[String]) -> Result<(), EncoderError>) -> Arc<Scripted> {
        let breaker = BreakerSettings {
            failure_threshold: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(1),
        };
        Arc::new(Scripted {
            answer,
            calls: Mutex::default(),
            breaker: Breaker::new("the encoder", breaker),
        })
    }

    async fn encoded(
        encoder: &Arc<Scripted>,
        documents: &[Value],
    ) -> (Vec<Value>, PlacedWarnings, Vec<usize>) {
        let port: Arc<dyn TextEncoder> = Arc::<Scripted>::clone(encoder);
        let profiles = (1..).zip(documents.iter().map(Value::to_string)).collect();
        let (profiles, warnings) = encode(&port, ProfileKind::Candidate, profiles).await;
        let documents = profiles
            .iter()
            .map(|(_, document)| serde_json::from_str(document).unwrap())
            .collect();
        let calls = encoder.calls.lock().unwrap();
        (documents, warnings, calls.iter().map(Vec::len).collect())
    }

    fn titled(title: &str) -> Value {
        json!({ "title": title })
    }

    #[tokio::test]
    async fn a_profile_gets_the_vector_of_its_own_text() {
        let encoder = scripted(|_, _| Ok(()));
        let (documents, warnings, calls) =
            encoded(&encoder, &[titled("a"), json!({}), titled("bbb")]).await;
        assert_eq!(
            documents[0]["encoding"],
            json!({"model": "m", "vector": [127, 127], "unrelated_cosine": 0.5,
                "made_by": "matching"})
        );
        assert_eq!(documents[1], json!({}));
        assert_eq!(documents[2]["encoding"]["vector"], json!([127, 42]));
        assert_eq!((warnings, calls), (vec![], vec![2]));
    }

    #[tokio::test]
    async fn an_encoding_of_the_sender_stays_and_one_of_the_service_is_made_anew() {
        let encoder = scripted(|_, _| Ok(()));
        let of_sender =
            json!({"title": "a", "encoding": {"model": "theirs", "vector": [1, 2]}, "x": 1.50});
        let of_service = json!({"title": "a", "encoding": {"model": "old", "vector": [1, 2],
            "made_by": "matching"}, "warnings": [not_encoded("x")]});
        let null = json!({"title": "a", "encoding": null});
        let (documents, _, calls) = encoded(&encoder, &[of_sender.clone(), of_service, null]).await;
        assert_eq!(documents[0], of_sender);
        for document in &documents[1..] {
            assert_eq!(document["encoding"]["model"], "m");
            assert_eq!(document.get("warnings"), None);
        }
        assert_eq!(calls, [2]);
    }

    #[tokio::test]
    async fn a_profile_that_is_not_encoded_is_kept_with_one_warning() {
        let encoder = scripted(|_, _| Err(EncoderError::TimedOut));
        let other = json!({"pointer": "/x", "code": "y", "detail": "z"});
        let warned = json!({"title": "a", "encoding": {"made_by": "matching"},
            "warnings": [other, not_encoded("x")]});
        let (documents, warnings, _) = encoded(&encoder, &[warned]).await;
        let expected = not_encoded("the encoder did not answer in time");
        assert_eq!(
            documents[0],
            json!({"title": "a", "warnings": [other, expected]})
        );
        assert_eq!(warnings, [(0, expected)]);
    }

    #[tokio::test]
    async fn texts_go_in_batches_and_a_hopeless_one_ends_the_asking() {
        let documents: Vec<Value> = (0..500).map(|at| titled(&format!("t{at}"))).collect();
        let encoder = scripted(|_, _| Ok(()));
        let (encoded_documents, warnings, calls) = encoded(&encoder, &documents).await;
        assert_eq!(calls.len(), 16);
        assert!(calls.iter().all(|texts| *texts <= BATCH));
        assert!(
            encoded_documents
                .iter()
                .all(|document| document.get("encoding").is_some())
        );
        assert!(warnings.is_empty());

        let encoder = scripted(|_, _| Err(EncoderError::Refused { status: 401 }));
        let (_, warnings, calls) = encoded(&encoder, &documents).await;
        assert!(calls.len() <= BATCHES_AT_ONCE, "{calls:?}");
        assert_eq!(warnings.len(), 500);
        assert!(warnings[499].1.detail.contains("answered 401"));
    }

    #[tokio::test]
    async fn a_text_that_is_too_long_costs_only_itself() {
        let encoder = scripted(|_, texts| {
            if texts.iter().any(|text| text == "long") {
                Err(EncoderError::Refused { status: 413 })
            } else {
                Ok(())
            }
        });
        let documents: Vec<Value> = (0..9)
            .map(|at| {
                titled(if at == 5 {
                    "long"
                } else {
                    "abcdefgh".split_at(at.min(8)).0
                })
            })
            .collect();
        let (documents, warnings, _) = encoded(&encoder, &documents).await;
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].0, 5);
        for (at, document) in documents.iter().enumerate() {
            let vector = &document["encoding"]["vector"];
            match at {
                0 | 5 => assert!(vector.is_null()),
                1 => assert_eq!(*vector, json!([127, 127])),
                8 => assert_eq!(*vector, json!([127, 16])),
                _ => assert_eq!(vector[0], 127),
            }
        }
    }
}
