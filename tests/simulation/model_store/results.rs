//! Results and rankings.

use std::collections::BTreeSet;

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::{BatchId, CandidateId, JobPostingId, ProfileId},
        paging::Page,
        ranking::{RankedResult, ResultScope},
        task::{Pair, TaskState},
    },
    store::{DocumentLocation, Results, StoreError, StoredResult},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::{
    Ledger, ModelStore,
    ledger::{ProfileRow, ResultRow},
};

#[async_trait]
impl Results for ModelStore {
    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        let ledger = self.ledger();
        Ok(ledger.results.get(&pair).map(|row| StoredResult {
            job_id: row.job_id.clone(),
            score: row.score,
            category: row.category.clone(),
            criterion_scores: row.criterion_scores.map(|scores| scores.to_vec()),
            score_cap: row.score_cap,
            weights: row.weights.clone(),
            document: row
                .document
                .clone()
                .unwrap_or(DocumentLocation::Inline(String::new())),
            computed_at: row.computed_at,
            is_stale: ledger.is_stale(pair, row),
        }))
    }

    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        let scope = ResultScope {
            candidate_id: CandidateId::of_profile(kind, id),
            job_posting_id: JobPostingId::of_profile(kind, id),
        };
        let mut ranked = self.ledger().ranked(|pair| is_in(scope, pair));
        if let Some(after) = &page.after {
            let place = (after.candidate_id, after.job_posting_id);
            ranked.retain(|one| {
                one.score < after.score
                    || one.score.to_bits() == after.score.to_bits()
                        && (one.pair.candidate_id, one.pair.job_posting_id) > place
            });
        }
        ranked.retain(|one| one.score >= page.min_score);
        ranked.truncate(page.limit as usize);
        Ok(ranked)
    }

    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError> {
        let ledger = self.ledger();
        let rows = ledger.tasks.iter();
        let rows = rows.filter(|row| row.is_of(id) && row.state == TaskState::Completed);
        let pairs: BTreeSet<Pair> = rows
            .flat_map(|row| {
                let matches = row.task.matches.iter();
                matches.map(|one| row.task.pair(one.counterpart_id))
            })
            .collect();
        let ranked = ledger.ranked(|pair| pairs.contains(&pair));
        ranked.into_iter().for_each(take);
        Ok(())
    }

    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        let mut best = self.ledger().ranked(|pair| is_in(scope, pair));
        best.truncate(limit as usize);
        Ok(best)
    }
}

pub(super) fn is_in(scope: ResultScope, pair: Pair) -> bool {
    let Pair {
        candidate_id,
        job_posting_id,
    } = pair;
    scope.candidate_id.is_none_or(|id| id == candidate_id)
        && scope.job_posting_id.is_none_or(|id| id == job_posting_id)
}

impl Ledger {
    /// True if a profile of a result was changed after it was read.
    fn is_stale(&self, pair: Pair, row: &ResultRow) -> bool {
        let is_other = |stored: Option<&ProfileRow>, version| {
            stored.is_some_and(|row| row.document.is_some() && row.document_version != version)
        };
        let candidate = self.candidates.get(&pair.candidate_id.without_kind());
        let posting = self.job_postings.get(&pair.job_posting_id.without_kind());
        is_other(candidate, row.versions.candidate) || is_other(posting, row.versions.job_posting)
    }

    /// The results of these pairs, best first.
    fn ranked(&self, wanted: impl Fn(Pair) -> bool) -> Vec<RankedResult> {
        let rows = self.results.iter().filter(|(pair, _)| wanted(**pair));
        let mut ranked: Vec<RankedResult> = rows
            .map(|(pair, row)| RankedResult {
                pair: *pair,
                job_id: row.job_id.clone(),
                score: row.score,
                category: row.category.clone(),
                computed_at: row.computed_at,
                is_stale: self.is_stale(*pair, row),
            })
            .collect();
        ranked.sort_by(|one, other| other.score.total_cmp(&one.score));
        ranked
    }
}
