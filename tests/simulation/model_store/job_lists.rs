//! Lists of jobs.

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::JobId,
        job_filter::{JobCursor, JobFilter, JobPage},
        paging::Listing,
        progress::JobView,
    },
    store::{JobLists, Jobs, StoreError},
};

use super::ModelStore;

#[async_trait]
impl JobLists for ModelStore {
    async fn jobs(
        &self,
        filter: &JobFilter,
        page: &JobPage,
    ) -> Result<Listing<JobView, JobCursor>, StoreError> {
        let mut found = self.cursors(filter);
        found.sort_by(|(a, _), (b, _)| {
            (b.at, &b.task_id, a.position).cmp(&(a.at, &a.task_id, b.position))
        });
        let mut listed = Vec::new();
        for (cursor, id) in found {
            let is_after = page.after.as_ref().is_none_or(|after| {
                (cursor.at, &cursor.task_id, after.position)
                    < (after.at, &after.task_id, cursor.position)
            });
            if is_after && listed.len() < page.limit as usize {
                listed.extend(self.job(&id).await?.map(|view| (cursor, view)));
            }
        }
        let listing = Listing::of(listed, page.limit, |(cursor, _)| cursor.clone());
        Ok(Listing {
            rows: listing.rows.into_iter().map(|(_, view)| view).collect(),
            next: listing.next,
        })
    }
}

impl ModelStore {
    /// Returns the jobs that a filter selects, with their positions in a list.
    fn cursors(&self, filter: &JobFilter) -> Vec<(JobCursor, JobId)> {
        let ledger = self.ledger();
        let rows = ledger.tasks.iter().filter(|row| {
            let code = row.error.as_ref().map(|error| &error.code);
            filter.queue.is_none_or(|queue| row.task.queue == queue)
                && filter.state.is_none_or(|state| row.state == state)
                && filter
                    .batch_id
                    .as_ref()
                    .is_none_or(|batch| row.is_of(batch))
                && (filter.user_id.is_none() || filter.user_id == row.user_id)
                && (filter.error_code.is_none() || filter.error_code.as_ref() == code)
                && filter.from.is_none_or(|from| row.created_at >= from)
                && filter.to.is_none_or(|to| row.created_at < to)
        });
        let mut found = Vec::new();
        for row in rows {
            for one in &row.task.matches {
                let pair = row.task.pair(one.counterpart_id);
                if filter.candidate_id.is_none_or(|id| pair.candidate_id == id)
                    && filter
                        .job_posting_id
                        .is_none_or(|id| pair.job_posting_id == id)
                {
                    let cursor = JobCursor {
                        at: row.created_at,
                        task_id: row.task.id.clone(),
                        position: one.position,
                    };
                    found.push((cursor, row.task.job_id_of(one.position)));
                }
            }
        }
        found
    }
}
