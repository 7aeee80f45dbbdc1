//! Rows of one outcome, computed once for both adapters and before any row is locked.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    domain::{
        delivery::NewDelivery,
        event::{self, MatchEnding},
        identifiers::{BatchId, CandidateId, JobPostingId, ProfileId},
        task::{ClaimedTask, Pair, TaskError, TaskMatch, TaskState},
    },
    store::{CriterionScores, DocumentLocation, FailedMatches, NewResult},
};

/// The rows of one outcome.
pub(in crate::store) struct Outcome<'a> {
    /// The state that the task's own row ends in.
    pub state: TaskState,
    /// The matches that the row keeps: those with a result, or else the first group of failed ones.
    pub kept: MatchColumns,
    /// The error, if the row ends as failed.
    pub error: Option<&'a TaskError>,
    /// The groups that move to rows of their own, so that a task's matches always share its state.
    pub split: &'a [FailedMatches],
    /// The results.
    pub results: Vec<ResultColumns<'a>>,
    /// The events to announce.
    pub deliveries: Vec<NewDelivery>,
    /// The number of matches that end.
    pub ended: i32,
}

impl<'a> Outcome<'a> {
    pub(in crate::store) fn of(
        claimed: &ClaimedTask,
        results: &'a [NewResult],
        failures: &'a [FailedMatches],
    ) -> Self {
        let (kept, error, split) = match (results, failures) {
            ([], [first, others @ ..]) => {
                (MatchColumns::of(&first.matches), Some(&first.error), others)
            }
            _ => (
                MatchColumns::of(results.iter().map(|result| &result.one)),
                None,
                failures,
            ),
        };
        let failed: usize = failures.iter().map(|group| group.matches.len()).sum();
        Self {
            state: error.map_or(TaskState::Completed, |_| TaskState::Failed),
            kept,
            error,
            split,
            results: result_columns(claimed, results),
            deliveries: deliveries(claimed, results, failures),
            ended: i32::try_from(results.len() + failed).unwrap_or(i32::MAX),
        }
    }
}

impl FailedMatches {
    /// Returns the failure of a whole task, for one reason.
    pub(in crate::store) fn whole_task(claimed: &ClaimedTask, error: &TaskError) -> Self {
        Self {
            matches: claimed.task.matches.clone(),
            error: error.clone(),
            split_task_id: claimed.task.id.clone(),
        }
    }
}

/// The matches of a row, as its columns.
pub(in crate::store) struct MatchColumns {
    pub counterpart_ids: Vec<ProfileId>,
    pub positions: Vec<i32>,
    pub first_position: i32,
    pub last_position: i32,
}

impl MatchColumns {
    pub(in crate::store) fn of<'a>(matches: impl IntoIterator<Item = &'a TaskMatch>) -> Self {
        let (counterpart_ids, positions): (Vec<ProfileId>, Vec<i32>) = matches
            .into_iter()
            .map(|one| (one.counterpart_id, one.position))
            .unzip();
        Self {
            first_position: positions.iter().min().copied().unwrap_or_default(),
            last_position: positions.iter().max().copied().unwrap_or_default(),
            counterpart_ids,
            positions,
        }
    }
}

/// A row of `results`.
#[derive(Serialize)]
pub(in crate::store) struct ResultColumns<'a> {
    pub candidate_id: CandidateId,
    pub job_posting_id: JobPostingId,
    pub score: f64,
    pub category: &'a str,
    pub job_id: String,
    pub criterion_scores: &'a CriterionScores,
    pub score_cap: Option<f64>,
    pub candidate_version: i64,
    pub job_posting_version: i64,
    pub document: Option<&'a str>,
    pub document_key: Option<&'a str>,
}

/// Returns one row for each pair, sorted by pair; of equal pairs the last is kept. One statement
/// can't touch a pair twice (a bulk call may repeat an id), and two tasks with common pairs must
/// lock them in one order.
fn result_columns<'a>(claimed: &ClaimedTask, results: &'a [NewResult]) -> Vec<ResultColumns<'a>> {
    let unique: BTreeMap<Pair, &NewResult> = results
        .iter()
        .map(|result| (claimed.task.pair(result.one.counterpart_id), result))
        .collect();
    unique
        .into_iter()
        .map(|(pair, result)| {
            let (document, document_key) = DocumentLocation::as_columns(&result.document);
            ResultColumns {
                candidate_id: pair.candidate_id,
                job_posting_id: pair.job_posting_id,
                score: result.score,
                category: result.category,
                job_id: claimed.task.job_id_of(result.one.position).to_string(),
                criterion_scores: &result.criterion_scores,
                score_cap: result.score_cap,
                candidate_version: result.versions.candidate,
                job_posting_version: result.versions.job_posting,
                document,
                document_key,
            }
        })
        .collect()
}

fn deliveries(
    claimed: &ClaimedTask,
    results: &[NewResult],
    failures: &[FailedMatches],
) -> Vec<NewDelivery> {
    let (task, run, at) = (&claimed.task, claimed.lease_token, crate::clock::now());
    let completed = results.iter().filter_map(|result| {
        let ending = MatchEnding::Completed {
            score: result.score,
            category: result.category,
        };
        event::match_delivery(task, run, result.one, ending, at)
    });
    let failed = failures.iter().flat_map(|group| {
        group.matches.iter().filter_map(|one| {
            event::match_delivery(task, run, *one, MatchEnding::Failed(&group.error), at)
        })
    });
    completed.chain(failed).collect()
}

/// The most matches that one transaction fails outside their workers: each may be announced, and a
/// call to the database has a time limit.
pub(in crate::store) const FAILED_IN_A_STEP: usize = 5_000;

/// Counts the matches of these rows by batch: each batch once, so that a statement touches it once,
/// and sorted, so that two processes lock batches in one order.
pub(in crate::store) fn matches_by_batch(
    rows: impl IntoIterator<Item = (Option<BatchId>, i32)>,
) -> Vec<(BatchId, i32)> {
    let mut counted = BTreeMap::<BatchId, i32>::new();
    for (batch, matches) in rows {
        if let Some(batch) = batch {
            *counted.entry(batch).or_default() += matches;
        }
    }
    counted.into_iter().collect()
}
