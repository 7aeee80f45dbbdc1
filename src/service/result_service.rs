//! Results as callers read them: of one job, of a profile, of a batch; their receipts, and other
//! weights for them.

use std::{collections::HashSet, sync::Arc};

use serde_json::{Map, Value};

use super::{
    ServiceError,
    job_service::find_batch,
    profile_service::not_found,
    result_documents::{RESULT_REMOVED, ReadableResult, read_document, read_result, write_ranking},
    reweigh_results::{self, Reweighed},
    verify_result::{Receipt, VerifyError, verify},
};
use crate::{
    documents::DocumentStore,
    domain::{
        identifiers::{BatchId, CandidateId, JobId, JobPostingId, ProfileId},
        paging::{Listing, Page, PageCursor},
        progress::JobView,
        ranking::{RankedResult, ResultScope},
        task::{Pair, TaskError, TaskState},
    },
    store::Store,
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Language, Weights},
};

/// Reads results.
pub struct ResultService {
    store: Arc<dyn Store>,
    documents: Arc<dyn DocumentStore>,
}

/// A job with its result.
#[derive(Debug)]
pub struct JobResult {
    /// The job.
    pub job: JobView,
    /// The newest result of its pair, if the job has completed.
    pub result: Option<ReadableResult>,
    /// The error of a failed job, or the fault of the result.
    pub error: Option<TaskError>,
    /// The newer job of the same pair, whose result this is.
    pub superseded_by: Option<JobId>,
    /// True if a profile was changed after it was read for the result.
    pub is_stale: bool,
}

/// The ranking of a batch.
#[derive(Debug)]
pub struct BatchRanking {
    /// NDJSON, as it was saved.
    lines: Vec<u8>,
    outdated: HashSet<Pair>,
}

impl BatchRanking {
    /// Returns the rows, best first.
    pub fn rows(&self) -> impl Iterator<Item = Map<String, Value>> {
        let lines = self.lines.split(|byte| *byte == b'\n');
        let rows = lines.filter_map(|line| serde_json::from_slice::<Map<_, _>>(line).ok());
        rows.map(|mut row| {
            let is_stale = pair_of(&row).is_some_and(|pair| self.outdated.contains(&pair));
            row.insert("stale".to_owned(), is_stale.into());
            row
        })
    }
}

/// Returns the pair that a row of a ranking states.
fn pair_of(row: &Map<String, Value>) -> Option<Pair> {
    let id = |name: &str| row.get(name)?.as_i64();
    Some(Pair {
        candidate_id: CandidateId::try_from(id("candidate_id")?).ok()?,
        job_posting_id: JobPostingId::try_from(id("job_posting_id")?).ok()?,
    })
}

impl ResultService {
    /// Creates a reader of these stores.
    pub fn new(store: Arc<dyn Store>, documents: Arc<dyn DocumentStore>) -> Self {
        Self { store, documents }
    }

    /// Adds its result to a job, in this language. An older job of a pair has the result of the
    /// newest.
    ///
    /// # Errors
    /// If a store fails.
    pub async fn of_job(
        &self,
        job: JobView,
        language: Language,
    ) -> Result<JobResult, ServiceError> {
        let mut answer = JobResult {
            result: None,
            error: None,
            superseded_by: None,
            is_stale: false,
            job,
        };
        if answer.job.state != TaskState::Completed {
            let is_failed = answer.job.state == TaskState::Failed;
            answer.error = answer.job.error.clone().filter(|_| is_failed);
            return Ok(answer);
        }
        let Some(stored) = self.store.result(answer.job.pair).await? else {
            answer.error = Some(TaskError::new("result_removed", RESULT_REMOVED));
            return Ok(answer);
        };
        let newest = stored.job_id.clone();
        answer.is_stale = stored.is_stale;
        let readable = read_result(&*self.documents, stored, language).await?;
        if !readable.is_current {
            answer.error = Some(TaskError::new(
                "result_outdated",
                "the result was given other weights later, and an older version wrote this \
                 document, which still shows the score before; queue the match again",
            ));
        }
        answer.result = Some(readable);
        answer.superseded_by = (newest != answer.job.job_id).then_some(newest);
        Ok(answer)
    }

    /// Returns a page of a profile's results. Results are kept after their profile was deleted, so
    /// only an id with neither results nor a profile is an error.
    ///
    /// # Errors
    /// If there is no such profile, or the database fails.
    pub async fn of_profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        page: &Page,
    ) -> Result<Listing<RankedResult, PageCursor>, ServiceError> {
        let results = self.store.ranked_results(kind, id, page).await?;
        if results.is_empty()
            && page.after.is_none()
            && self.store.profile(kind, id).await?.is_none()
        {
            return Err(not_found(kind, id));
        }
        Ok(Listing::of(results, page.limit, RankedResult::cursor))
    }

    /// Returns a batch's ranking, best first: the saved one if the batch has ended, otherwise that
    /// of the matches completed so far. Each row states whether its result is stale: its profiles
    /// were changed, or a newer job of its pair has completed.
    ///
    /// # Errors
    /// If there is no such batch, or a store fails.
    pub async fn of_batch(&self, id: &BatchId) -> Result<BatchRanking, ServiceError> {
        let lines = if let Some(report) = self.store.batch_report(id).await? {
            read_document(&*self.documents, report).await?
        } else {
            find_batch(&*self.store, id).await?;
            write_ranking(&*self.store, id).await?.into_bytes()
        };
        let outdated = self.store.outdated_in_batch(id).await?;
        Ok(BatchRanking {
            lines,
            outdated: outdated.into_iter().collect(),
        })
    }

    /// Returns at most `limit` results of a scope after this pair, in the order of their pairs.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn after(
        &self,
        scope: ResultScope,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<RankedResult>, ServiceError> {
        Ok(self.store.results_after(scope, after, limit).await?)
    }

    /// Verifies the result of a job.
    ///
    /// # Errors
    /// See [`verify`].
    pub async fn verify(&self, id: &JobId) -> Result<Receipt, VerifyError> {
        verify(&*self.store, &*self.documents, id).await
    }

    /// Gives the results of a scope other weights.
    ///
    /// # Errors
    /// See [`reweigh_results::reweigh`].
    pub async fn reweigh(
        &self,
        scope: ResultScope,
        weights: &Weights,
        limit: u32,
    ) -> Result<Reweighed, ServiceError> {
        Ok(reweigh_results::reweigh(&*self.store, scope, weights, limit).await?)
    }
}
