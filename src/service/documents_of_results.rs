//! Where result documents and batch reports are kept: small ones with their row, large ones in the
//! document store. Readers never see the difference.

use std::{fmt::Write as _, time::Duration};

use tracing::warn;

use crate::{
    documents::{DocumentError, DocumentStore},
    domain::{event::format_timestamp, identifiers::BatchId},
    store::{
        BatchReports, DocumentPlace, KeptDocuments, RankedResult, Results, StoreError, StoredResult,
    },
};
use matching_engine::scoring::{Language, ResultDocument, Weights};

/// How long a stored document waits for the row that is to point to it. Longer than an attempt with
/// any outage after it that it outlives, since what is recorded later has lost its document.
const UNRECORDED_KEPT: Duration = Duration::from_hours(24);

/// Why a document could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The document store failed.
    #[error("the document store failed")]
    Document(#[from] DocumentError),
    /// The document store no longer has what a row points to.
    #[error("document {key} is missing from the document store")]
    Missing {
        /// The document's key.
        key: String,
    },
    /// A stored document is no text.
    #[error("a stored document is not UTF-8")]
    NotText,
}

/// A result as its reader sees it.
#[derive(Debug, Clone)]
pub struct ReadableResult {
    /// The result document, JSON text.
    pub document: String,
    /// The language of its sentences.
    pub language: Language,
    /// Whether the document shows the score that the result has now. It doesn't where the result
    /// was given other weights and its document is an older version's.
    pub is_current: bool,
}

/// Says which documents are about to be stored, so that none outlives its use: a run may be fenced,
/// cancelled or killed before a row points to what it stored.
///
/// # Errors
/// When the database fails.
pub async fn announce_documents(
    store: &(impl KeptDocuments + ?Sized),
    keys: &[String],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    store.announce_documents(keys, UNRECORDED_KEPT).await
}

/// Keeps a document in its row, or under a key that was announced.
///
/// # Errors
/// When the document store fails; nothing is kept inline instead, since rows stay small.
pub async fn place_document(
    documents: &dyn DocumentStore,
    key: Option<String>,
    content_type: &str,
    document: String,
) -> Result<DocumentPlace, DocumentError> {
    let Some(key) = key else {
        return Ok(DocumentPlace::Inline(document));
    };
    documents
        .put(&key, content_type, document.into_bytes())
        .await?;
    Ok(DocumentPlace::Key(key))
}

/// Reads a document from where it is kept.
///
/// # Errors
/// When the document store fails or has lost it.
pub async fn read_document(
    documents: &dyn DocumentStore,
    place: DocumentPlace,
) -> Result<Vec<u8>, ReportError> {
    match place {
        DocumentPlace::Inline(text) => Ok(text.into_bytes()),
        DocumentPlace::Key(key) => documents
            .get(&key)
            .await?
            .ok_or(ReportError::Missing { key }),
    }
}

/// Reads the document of a stored result: as it was computed, in English, or else made anew from
/// its own facts, in another language or with the weights that the result was given later.
///
/// A document of an older version that can't be made anew is returned as it is.
///
/// # Errors
/// When the document store fails or has lost it.
pub async fn read_result(
    documents: &dyn DocumentStore,
    stored: StoredResult,
    language: Language,
) -> Result<ReadableResult, ReportError> {
    let document = read_document(documents, stored.document).await?;
    let document = String::from_utf8(document).map_err(|_| ReportError::NotText)?;
    let untouched = ReadableResult {
        is_current: stored.weights.is_none(),
        document,
        language: Language::English,
    };
    if untouched.is_current && language == Language::English {
        return Ok(untouched);
    }
    let weights: Option<Weights> = match stored.weights.as_deref().map(serde_json::from_str) {
        None => None,
        Some(Ok(weights)) => Some(weights),
        Some(Err(error)) => {
            warn!(%error, "a result's weights can't be read");
            return Ok(untouched);
        }
    };
    let Ok(parsed) = ResultDocument::parse(&untouched.document) else {
        return Ok(untouched);
    };
    let parsed = match weights {
        Some(weights) => parsed.reweighed(&weights),
        None => parsed,
    };
    Ok(ReadableResult {
        document: parsed.to_text(language),
        language,
        is_current: true,
    })
}

/// Writes down the ranking of an ended batch, unless it changes meanwhile: then somebody else does.
///
/// # Errors
/// When the database or the document store fails.
pub async fn save_batch_report(
    store: &(impl BatchReports + Results + KeptDocuments + ?Sized),
    documents: &dyn DocumentStore,
    inline_limit: usize,
    id: &BatchId,
) -> Result<(), ReportError> {
    // Before the ranking is read: whatever changes it later makes this report outdated.
    let Some(generation) = store.report_generation(id).await? else {
        return Ok(());
    };
    let report = write_ranking(store, id).await?;
    // Not by the batch's id: a caller's may hold characters that no key has.
    let key =
        (report.len() > inline_limit).then(|| format!("batches/{}.ndjson", ulid::Ulid::generate()));
    announce_documents(store, key.as_slice()).await?;
    let place = place_document(documents, key, "application/x-ndjson", report).await?;
    Ok(store.save_batch_report(id, generation, &place).await?)
}

/// A batch's ranking as it stands: one JSON line for each completed match, best first.
///
/// # Errors
/// When the database fails.
pub async fn write_ranking(
    store: &(impl Results + ?Sized),
    id: &BatchId,
) -> Result<String, StoreError> {
    let mut report = String::new();
    let mut rank = 0;
    let mut write = |result| {
        rank += 1;
        write_line(&mut report, rank, &result);
    };
    store.rank_batch(id, &mut write).await?;
    Ok(report)
}

fn write_line(report: &mut String, rank: u64, result: &RankedResult) {
    let line = serde_json::json!({
        "rank": rank,
        "job_id": result.job_id.as_str(),
        "candidate_id": result.pair.candidate_id,
        "job_posting_id": result.pair.job_posting_id,
        "score": result.score,
        "category": result.category,
        "computed_at": format_timestamp(result.computed_at),
    });
    // Writing to a String can't fail.
    let _ = writeln!(report, "{line}");
}
