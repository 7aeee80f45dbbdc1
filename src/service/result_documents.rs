//! Storage of result documents and batch reports: small ones in their row, large ones in the
//! document store, transparently for readers.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use tracing::warn;

use crate::{
    documents::{DocumentError, DocumentStore},
    domain::{event::format_timestamp, identifiers::BatchId, ranking::RankedResult},
    store::{
        BatchReports, DocumentAnnouncements, DocumentLocation, Results, StoreError, StoredResult,
    },
};
use matching_engine::scoring::{Language, ResultDocument, Weights};

/// The time for which a stored document is kept before a row points to it. Longer than an attempt
/// and any outage that it survives: a result that is recorded later has lost its document.
const UNRECORDED_KEPT: Duration = Duration::from_hours(24);

/// Advice if a completed job's pair has no result any more.
pub(super) const RESULT_REMOVED: &str =
    "the result of this pair was removed; queue the match again";

/// The reasons why a document could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The document store failed.
    #[error("the document store failed")]
    Document(#[from] DocumentError),
    /// The document store no longer has the document that a row points to.
    #[error("document {key} is missing from the document store")]
    Missing {
        /// The document's key.
        key: String,
    },
    /// A stored document is not valid UTF-8.
    #[error("a stored document is not UTF-8")]
    NotText,
}

/// A result in the form that its reader gets.
#[derive(Debug, Clone)]
pub struct ReadableResult {
    /// The result document, JSON text.
    pub document: String,
    /// The language of its sentences.
    pub language: Language,
    /// True if the document shows the current score of the result. False if the result was
    /// reweighed and its document was written by an older version.
    pub is_current: bool,
}

/// Announces documents that are about to be stored, so that a sweep can delete them: a run may be
/// fenced, cancelled or killed before a row points to them.
///
/// # Errors
/// If the database fails.
pub async fn announce_documents(
    store: &(impl DocumentAnnouncements + ?Sized),
    keys: &[String],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    store.announce_documents(keys, UNRECORDED_KEPT).await
}

/// Stores a document under a key that was announced, or, without a key, returns it for its row.
/// Returns its location.
///
/// # Errors
/// If the document store fails. The document is not kept inline instead, since rows have to stay
/// small.
pub async fn store_document(
    documents: &dyn DocumentStore,
    key: Option<String>,
    content_type: &str,
    document: String,
) -> Result<DocumentLocation, DocumentError> {
    let Some(key) = key else {
        return Ok(DocumentLocation::Inline(document));
    };
    documents
        .put(&key, content_type, document.into_bytes())
        .await?;
    Ok(DocumentLocation::Key(key))
}

/// Reads a document from its location.
///
/// # Errors
/// If the document store fails or has lost the document.
pub async fn read_document(
    documents: &dyn DocumentStore,
    location: DocumentLocation,
) -> Result<Vec<u8>, ReportError> {
    match location {
        DocumentLocation::Inline(text) => Ok(text.into_bytes()),
        DocumentLocation::Key(key) => documents
            .get(&key)
            .await?
            .ok_or(ReportError::Missing { key }),
    }
}

/// Reads the document of a stored result: as it was computed, in English, or else written again
/// from its own facts, in another language or with the weights of a later reweighing.
///
/// A document of an older version that can't be written again is returned unchanged.
///
/// # Errors
/// If the document store fails or has lost the document.
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

/// Saves the reports of ended batches.
#[async_trait]
pub trait BatchReporter: Send + Sync + 'static {
    /// Saves the ranking of an ended batch, unless it changes at the same time; a later call then
    /// saves it.
    ///
    /// # Errors
    /// If the database or the document store fails.
    async fn save(&self, batch: &BatchId) -> Result<(), ReportError>;
}

/// Saves reports in the ledger: small ones in their row, large ones in the document store.
pub struct LedgerReporter<S: ?Sized> {
    /// The ledger.
    pub store: Arc<S>,
    /// The store of large reports.
    pub documents: Arc<dyn DocumentStore>,
    /// The maximum size in bytes of a report that is stored in the database.
    pub inline_limit: usize,
}

#[async_trait]
impl<S: BatchReports + Results + DocumentAnnouncements + ?Sized> BatchReporter
    for LedgerReporter<S>
{
    async fn save(&self, id: &BatchId) -> Result<(), ReportError> {
        let store = &*self.store;
        // Read before the ranking, so that a later change of the ranking makes this report
        // outdated.
        let Some(generation) = store.report_generation(id).await? else {
            return Ok(());
        };
        let report = write_ranking(store, id).await?;
        // The key does not use the batch's id: an id that a caller chose may contain characters
        // that keys can't.
        let key = (report.len() > self.inline_limit)
            .then(|| format!("batches/{}.ndjson", ulid::Ulid::generate()));
        announce_documents(store, key.as_slice()).await?;
        let documents = &*self.documents;
        let location = store_document(documents, key, "application/x-ndjson", report).await?;
        Ok(store.save_batch_report(id, generation, &location).await?)
    }
}

/// Returns a batch's current ranking: one JSON line for each completed match, best first.
///
/// # Errors
/// If the database fails.
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
