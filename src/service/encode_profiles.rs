//! Gets vectors from the encoder for profiles that are about to be stored.
//!
//! A vector becomes the document's `encoding`: part of the profile like any other field, so the
//! digest covers it, results name its model, and scoring calls no other service. An encoding that
//! the caller sent is kept. One that the service made is kept as long as it belongs to the same
//! text: encoders don't return the same bits twice, and a profile that is stored again unchanged
//! must stay the same profile. A profile that can't be encoded is stored without an encoding and
//! with a warning: an unavailable encoder delays no profile.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, stream};
use metrics::counter;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::{debug, error, warn};

use super::{
    encoder::{EncoderError, TextEncoder},
    panics, parallel,
    profiles::as_text,
};
use crate::{
    domain::identifiers::ProfileId,
    outage::with_causes,
    store::{ProfileReader, Profiles},
};
use matching_engine::{
    profiles::{
        encoding::Encoding, profile_document::ProfileDocument, profile_kind::ProfileKind,
        profile_warning::ProfileWarning,
    },
    scoring::text_for_encoder,
};

/// The number of texts in one call: the default limit of text-embeddings-inference.
const BATCH: usize = 32;
/// The maximum number of concurrent calls of one import.
const BATCHES_AT_ONCE: usize = 4;

/// The maximum number of profiles of one call that are encoded: their vectors, at most about 16
/// kilobytes each, are held in memory until the database takes them.
const MOST: usize = 10_000;

/// The number of stored profiles that one query reads.
const LOOKED_AT: usize = 100;

/// The member of an encoding that names its maker, and its value for encodings that the service
/// made.
const ENCODED_BY: &str = "made_by";
const SERVICE: &str = "matching";
/// The member with the digest of the text and of the maker.
const SOURCE_DIGEST: &str = "made_of";

/// The warning for a profile that was not encoded.
const POINTER: &str = "/encoding";
const CODE: &str = "not_encoded";

/// Profiles to store, with their ids.
pub type ProfileDocuments = Vec<(ProfileId, String)>;

/// Warnings, each with the index of its profile in the list.
pub type WarningsByIndex = Vec<(usize, ProfileWarning)>;

/// Returns the profiles with their encodings, and a warning for each that could not be encoded. The
/// documents must have been checked.
pub async fn encode(
    store: &(impl Profiles + ?Sized),
    encoder: &Arc<dyn TextEncoder>,
    kind: ProfileKind,
    profiles: ProfileDocuments,
) -> (ProfileDocuments, WarningsByIndex) {
    let maker = encoder.maker();
    let prepared = move || prepare_all(kind, &maker, profiles);
    let (profiles, mut asked) = resume_panic(tokio::task::spawn_blocking(prepared).await);
    let beyond = asked.split_off(asked.len().min(MOST));
    let (mut encodings, asked) = keep_stored(store, kind, asked).await;
    encodings.extend(ask(encoder, asked).await);
    if !beyond.is_empty() {
        let profiles = beyond.len();
        warn!(profiles, "an import has more profiles than are encoded");
        let reason = format!("one import encodes {MOST} profiles");
        let beyond = beyond.into_iter();
        encodings.extend(beyond.map(|text| (text.place, Err(reason.clone()))));
    }
    if encodings.is_empty() {
        return (profiles, Vec::new());
    }
    let finished = move || finish_all(profiles, encodings);
    resume_panic(tokio::task::spawn_blocking(finished).await)
}

/// Returns the outcome of a blocking task, and propagates its panic.
fn resume_panic<T>(outcome: Result<T, tokio::task::JoinError>) -> T {
    match outcome.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // A blocking task is cancelled only if the runtime ends before it began.
        Err(Err(error)) => std::panic::panic_any(error),
    }
}

/// An encoding in the form that documents hold, or the reason why there is none.
type Outcome = Result<Value, String>;

/// A text to encode.
struct AskedText {
    /// The index of its profile in the list.
    place: usize,
    /// The id of its profile.
    id: ProfileId,
    text: String,
    made_of: String,
}

/// Removes encodings that the service made for another text; returns the profiles and the texts to
/// encode.
fn prepare_all(
    kind: ProfileKind,
    maker: &str,
    mut profiles: ProfileDocuments,
) -> (ProfileDocuments, Vec<AskedText>) {
    let prepared = parallel::for_each_part(&profiles, |part| {
        let documents = part.iter().map(|(_, document)| document);
        let prepared: Vec<Prepared> = documents
            .map(|document| prepare(kind, maker, document))
            .collect();
        prepared
    });
    let mut asked = Vec::new();
    let prepared = prepared.into_iter().flatten().enumerate();
    for ((id, document), (place, prepared)) in profiles.iter_mut().zip(prepared) {
        if let Some(changed) = prepared.document {
            *document = changed;
        }
        asked.extend(prepared.text.map(|(text, made_of)| AskedText {
            place,
            id: *id,
            text,
            made_of,
        }));
    }
    (profiles, asked)
}

#[derive(Default)]
struct Prepared {
    /// The document, if it changed.
    document: Option<String>,
    /// The text to encode, with its digest.
    text: Option<(String, String)>,
}

fn prepare(kind: ProfileKind, maker: &str, document: &str) -> Prepared {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(document) else {
        return Prepared::default();
    };
    let stated = fields
        .get("encoding")
        .filter(|encoding| !encoding.is_null());
    if stated.is_some_and(|encoding| encoding[ENCODED_BY] != SERVICE) {
        return Prepared::default();
    }
    let came = fields.remove("encoding");
    let had_warning = remove_warning(&mut fields);
    let document = Value::Object(fields);
    let read = panics::catch(|| text_for_encoder(kind, &ProfileDocument::of(&document)));
    let text = read.unwrap_or_else(|panicked| {
        error!(%panicked, "reading a profile panicked; it is stored without an encoding");
        None
    });
    let text = text.map(|text| {
        let made_of = digest_of(maker, &text);
        (text, made_of)
    });
    if let (Some(came), Some((_, made_of))) = (&came, &text)
        && is_made_of(came, made_of)
        && !had_warning
    {
        return Prepared::default();
    }
    Prepared {
        text,
        document: (came.is_some() || had_warning).then(|| as_text(&document)),
    }
}

/// Returns the hexadecimal digest of a text and of the maker of its vector.
fn digest_of(maker: &str, text: &str) -> String {
    hex::encode(digest(&SHA256, format!("{maker}\n{text}").as_bytes()))
}

fn is_made_of(encoding: &Value, made_of: &str) -> bool {
    encoding[ENCODED_BY] == SERVICE && encoding[SOURCE_DIGEST] == made_of
}

/// Finds the texts whose profiles are stored with an encoding of the same text. Returns those
/// encodings with their indices, and the other texts.
async fn keep_stored(
    store: &(impl Profiles + ?Sized),
    kind: ProfileKind,
    asked: Vec<AskedText>,
) -> (Vec<(usize, Outcome)>, Vec<AskedText>) {
    let (mut kept, mut others) = (Vec::new(), Vec::new());
    let mut asked = asked.into_iter();
    loop {
        let part: Vec<AskedText> = asked.by_ref().take(LOOKED_AT).collect();
        if part.is_empty() {
            return (kept, others);
        }
        let wanted: Vec<_> = part.iter().map(|text| (text.id, None)).collect();
        // If the database fails here, the following put fails too and reports it.
        let stored = store
            .profiles(ProfileReader::Request, kind, &wanted)
            .await
            .unwrap_or_default();
        let read = move || -> HashMap<ProfileId, Value> {
            let stored = stored.into_iter();
            stored
                .filter_map(|profile| Some((profile.id, encoding_in(&profile.document?)?)))
                .collect()
        };
        let mut stored = resume_panic(tokio::task::spawn_blocking(read).await);
        for text in part {
            let encoding = stored.remove(&text.id);
            match encoding.filter(|encoding| is_made_of(encoding, &text.made_of)) {
                Some(encoding) => kept.push((text.place, Ok(encoding))),
                None => others.push(text),
            }
        }
    }
}

fn encoding_in(document: &str) -> Option<Value> {
    #[derive(Deserialize)]
    struct Encoded {
        encoding: Option<Value>,
    }
    serde_json::from_str::<Encoded>(document).ok()?.encoding
}

fn is_own_warning(warning: &Value) -> bool {
    warning["pointer"] == POINTER && warning["code"] == CODE
}

/// Removes an earlier warning about the encoding; returns whether there was one.
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

/// Encodes all texts, in several concurrent calls. After a batch without any encoding the remaining
/// texts are skipped: further calls would only delay the import.
async fn ask(encoder: &Arc<dyn TextEncoder>, asked: Vec<AskedText>) -> Vec<(usize, Outcome)> {
    let mut batches: Vec<Vec<AskedText>> = Vec::with_capacity(asked.len().div_ceil(BATCH));
    for text in asked {
        match batches.last_mut().filter(|batch| batch.len() < BATCH) {
            Some(batch) => batch.push(text),
            None => batches.push(vec![text]),
        }
    }
    let places: Vec<Vec<usize>> = batches
        .iter()
        .map(|batch| batch.iter().map(|text| text.place).collect())
        .collect();
    let mut asking = stream::iter(batches)
        .map(|batch| ask_batch(encoder, batch))
        .buffered(BATCHES_AT_ONCE);
    let mut outcomes = Vec::with_capacity(places.iter().map(Vec::len).sum());
    let mut given_up: Option<String> = None;
    for places in places {
        let batch = match &given_up {
            Some(reason) => vec![Err(reason.clone()); places.len()],
            None => asking.next().await.unwrap_or_default(),
        };
        if let Some(Err(reason)) = batch.first()
            && batch.iter().all(Result::is_err)
        {
            given_up = Some(reason.clone());
        }
        outcomes.extend(places.into_iter().zip(batch));
    }
    let failed = outcomes.iter().filter(|(_, one)| one.is_err()).count();
    counter!("matching_encoded_profiles_total", "outcome" => "encoded")
        .increment((outcomes.len() - failed) as u64);
    counter!("matching_encoded_profiles_total", "outcome" => "failed").increment(failed as u64);
    outcomes
}

/// Encodes texts in one call, or in halves if the encoder says that there are too many or one is
/// too long: one long text must not cost the others their vectors.
async fn ask_batch(encoder: &Arc<dyn TextEncoder>, asked: Vec<AskedText>) -> Vec<Outcome> {
    let (texts, digests): (Vec<String>, Vec<String>) = asked
        .into_iter()
        .map(|asked| (asked.text, asked.made_of))
        .unzip();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(texts.len());
    let mut pending = vec![&*texts];
    while let Some(texts) = pending.pop() {
        match encoder.encode(texts).await {
            Ok(encodings) => {
                let digests = &digests[outcomes.len()..];
                let values = encodings.iter().zip(digests);
                let values: Vec<Outcome> = values
                    .map(|(encoding, made_of)| Ok(as_value(encoding, made_of)))
                    .collect();
                outcomes.extend(values);
            }
            Err(error) if error.is_about_these_texts() && texts.len() > 1 => {
                let (first, rest) = texts.split_at(texts.len() / 2);
                // The first half is encoded first, which keeps the order.
                pending.extend([rest, first]);
            }
            Err(error) => {
                let mut failed = texts.len();
                if !error.is_about_these_texts() {
                    // The rest of the batch would get the same error.
                    failed += pending.drain(..).map(<[String]>::len).sum::<usize>();
                }
                report(&error, failed);
                let reason = error.to_string();
                outcomes.extend((0..failed).map(|_| Err(reason.clone())));
            }
        }
    }
    outcomes
}

/// Logs a failed call, without the texts. The breaker logs its own pauses.
fn report(error: &EncoderError, profiles: usize) {
    if matches!(error, EncoderError::Paused(_)) {
        debug!(profiles, "profiles are stored without an encoding: paused");
        return;
    }
    warn!(
        error = with_causes(error),
        profiles, "profiles are stored without an encoding"
    );
}

/// Writes encodings and warnings into the documents at these indices.
fn finish_all(
    mut profiles: ProfileDocuments,
    encodings: Vec<(usize, Outcome)>,
) -> (ProfileDocuments, WarningsByIndex) {
    let mut warnings = Vec::new();
    for (place, outcome) in encodings {
        let Some((_, document)) = profiles.get_mut(place) else {
            continue;
        };
        let Ok(Value::Object(mut fields)) = serde_json::from_str(document) else {
            continue;
        };
        match outcome {
            Ok(encoding) => {
                fields.insert("encoding".to_owned(), encoding);
            }
            Err(reason) => {
                let warning = not_encoded(&reason);
                add_warning(&mut fields, &warning);
                warnings.push((place, warning));
            }
        }
        *document = as_text(&Value::Object(fields));
    }
    warnings.sort_by_key(|(place, _)| *place);
    (profiles, warnings)
}

/// Returns an encoding in the form that documents hold. Quantised components are read as the same
/// vector and take a third of the space.
fn as_value(encoding: &Encoding, made_of: &str) -> Value {
    json!({
        "model": encoding.model,
        "vector": encoding.components(),
        "unrelated_cosine": encoding.unrelated_cosine,
        ENCODED_BY: SERVICE,
        SOURCE_DIGEST: made_of,
    })
}

/// Returns the warning for a profile that is stored without an encoding.
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
    use crate::{
        breaker::{Breaker, BreakerSettings},
        service::fakes::{ProfilesInMemory, id_of},
    };

    /// Answers the n-th call by `answer`, and records the texts of each call.
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

        fn maker(&self) -> String {
            "m".to_owned()
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

    async fn encoded_in(
        store: &ProfilesInMemory,
        encoder: &Arc<Scripted>,
        documents: &[Value],
    ) -> (Vec<Value>, WarningsByIndex, Vec<usize>) {
        let port: Arc<dyn TextEncoder> = Arc::<Scripted>::clone(encoder);
        let profiles = (1..).map(id_of).zip(documents.iter().map(Value::to_string));
        let profiles = profiles.collect();
        let (profiles, warnings) = encode(store, &port, ProfileKind::Candidate, profiles).await;
        store
            .put_profiles(ProfileKind::Candidate, &profiles)
            .await
            .unwrap();
        let documents = profiles
            .iter()
            .map(|(_, document)| serde_json::from_str(document).unwrap())
            .collect();
        let calls = encoder.calls.lock().unwrap();
        (documents, warnings, calls.iter().map(Vec::len).collect())
    }

    async fn encoded(
        encoder: &Arc<Scripted>,
        documents: &[Value],
    ) -> (Vec<Value>, WarningsByIndex, Vec<usize>) {
        encoded_in(&ProfilesInMemory::default(), encoder, documents).await
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
                "made_by": "matching", "made_of": digest_of("m", "a")})
        );
        assert_eq!(documents[1], json!({}));
        assert_eq!(documents[2]["encoding"]["vector"], json!([127, 42]));
        assert_eq!((warnings, calls), (vec![], vec![2]));
    }

    #[tokio::test]
    async fn a_profile_with_the_text_that_it_had_keeps_its_vector_and_asks_nobody() {
        let store = ProfilesInMemory::default();
        let encoder = scripted(|_, _| Ok(()));
        let documents = [titled("a"), titled("b")];
        let (first, ..) = encoded_in(&store, &encoder, &documents).await;
        // Stores the documents again: first without encodings, then with those of the first time.
        for sent in [&documents[..], &first] {
            let (again, _, calls) = encoded_in(&store, &encoder, sent).await;
            assert_eq!((again, calls), (first.clone(), vec![2]));
        }
        let mut other = first[1].clone();
        other["title"] = json!("bbb");
        let (changed, _, calls) = encoded_in(&store, &encoder, &[titled("a"), other]).await;
        assert_eq!((&changed[0], calls), (&first[0], vec![2, 1]));
        assert_eq!(changed[1]["encoding"]["vector"], json!([127, 42]));
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
