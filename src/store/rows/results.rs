//! Rows of results.

use sqlx_macros::FromRow;

use super::{StoredList, StoredTime};
use crate::{
    domain::{
        identifiers::{CandidateId, JobId, JobPostingId},
        ranking::RankedResult,
        task::Pair,
    },
    store::{DocumentLocation, StoredResult},
};

/// The newest result of a pair.
#[derive(FromRow)]
pub(in crate::store) struct ResultRow {
    job_id: JobId,
    score: f64,
    category: String,
    criterion_scores: Option<StoredList<Option<f64>>>,
    score_cap: Option<f64>,
    weights: Option<String>,
    document: Option<String>,
    document_key: Option<String>,
    computed_at: StoredTime,
    is_stale: bool,
}

impl From<ResultRow> for StoredResult {
    fn from(row: ResultRow) -> Self {
        Self {
            job_id: row.job_id,
            score: row.score,
            category: row.category,
            criterion_scores: row.criterion_scores.map(|scores| scores.0),
            score_cap: row.score_cap,
            weights: row.weights,
            // A constraint of the table guarantees that one of the two is set.
            document: DocumentLocation::of_columns(row.document, row.document_key)
                .unwrap_or(DocumentLocation::Inline(String::new())),
            computed_at: row.computed_at.time(),
            is_stale: row.is_stale,
        }
    }
}

/// One row of a ranking.
#[derive(FromRow)]
pub(in crate::store) struct RankedRow {
    candidate_id: CandidateId,
    job_posting_id: JobPostingId,
    job_id: JobId,
    score: f64,
    category: String,
    computed_at: StoredTime,
    is_stale: bool,
}

impl From<RankedRow> for RankedResult {
    fn from(row: RankedRow) -> Self {
        Self {
            pair: Pair {
                candidate_id: row.candidate_id,
                job_posting_id: row.job_posting_id,
            },
            job_id: row.job_id,
            score: row.score,
            category: row.category,
            computed_at: row.computed_at.time(),
            is_stale: row.is_stale,
        }
    }
}
