//! Results as callers read them: of one job, of a profile, of a batch; their receipts, and other
//! weights for them.

use std::sync::Arc;

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
        identifiers::{BatchId, JobId, ProfileId},
        paging::{Listing, Page, PageCursor},
        progress::JobView,
        ranking::{RankedResult, ResultScope},
        task::{TaskError, TaskState},
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

    /// Returns a batch's ranking as NDJSON, best first: the saved one if the batch has ended,
    /// otherwise that of the matches completed so far.
    ///
    /// # Errors
    /// If there is no such batch, or a store fails.
    pub async fn of_batch(&self, id: &BatchId) -> Result<Vec<u8>, ServiceError> {
        if let Some(report) = self.store.batch_report(id).await? {
            return Ok(read_document(&*self.documents, report).await?);
        }
        find_batch(&*self.store, id).await?;
        Ok(write_ranking(&*self.store, id).await?.into_bytes())
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
