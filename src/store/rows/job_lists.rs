//! Rows of lists of jobs, and the indexes that find them.

use sqlx_macros::FromRow;

use super::{JobRow, StoredTime};
use crate::{
    domain::{
        identifiers::{BatchId, CandidateId, JobId, JobPostingId, ProfileId, TaskId},
        job_filter::{JobCursor, JobFilter, JobPage},
        paging::Listing,
        progress::JobView,
        task::TaskState,
    },
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The tasks that an index finds in the order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Indexed<'a> {
    /// Tasks that have not ended.
    Unended,
    /// Tasks that have ended.
    Ended,
    /// The tasks of a batch.
    Batch(&'a BatchId),
    /// Ended tasks whose matches share this profile.
    Subject(ProfileKind, ProfileId),
    /// Ended single matches with this profile as the counterpart of a subject of this kind.
    SingleCounterpart(ProfileKind, ProfileId),
    /// Ended tasks of batches with a subject of this kind.
    Bulk(ProfileKind),
    /// Ended tasks of a user.
    User(&'a str),
    /// Tasks whose last error has this code.
    Error(&'a str),
    /// Tasks in a state that few tasks end in.
    State(TaskState),
}

/// One part of a list: disjoint parts are merged in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Part<'a> {
    pub(in crate::store) indexed: Indexed<'a>,
    /// True if the index finds no other tasks than those of the filter, or only a bounded number.
    pub(in crate::store) is_exact: bool,
}

/// Returns the parts of a list, by the indexes that find the fewest tasks.
pub(in crate::store) fn parts(filter: &JobFilter) -> Vec<Part<'_>> {
    // Named, so that a new condition can't be omitted.
    let JobFilter {
        queue,
        state,
        candidate_id,
        job_posting_id,
        batch_id,
        user_id,
        error_code,
        from: _,
        to: _,
    } = filter;
    let part = |indexed, is_exact| Part { indexed, is_exact };
    if let Some(batch) = batch_id {
        return vec![part(Indexed::Batch(batch), true)];
    }
    let candidate = candidate_id.map(CandidateId::profile);
    let posting = job_posting_id.map(JobPostingId::profile);
    let conditions = [
        queue.is_some(),
        state.is_some(),
        user_id.is_some(),
        error_code.is_some(),
        candidate.is_some(),
        posting.is_some(),
    ];
    let conditions = conditions.into_iter().filter(|given| *given).count();
    let is_only = conditions == 1;
    let mut parts = Vec::new();
    match (candidate, posting, user_id, error_code, state) {
        (Some((candidate, id)), Some((posting, other)), ..) => {
            parts.push(part(Indexed::Subject(candidate, id), false));
            parts.push(part(Indexed::Subject(posting, other), false));
        }
        (Some((kind, id)), None, ..) | (None, Some((kind, id)), ..) => {
            let other = kind.counterpart();
            parts.push(part(Indexed::Subject(kind, id), is_only));
            parts.push(part(Indexed::SingleCounterpart(other, id), is_only));
            parts.push(part(Indexed::Bulk(other), false));
        }
        (None, None, Some(user), ..) => parts.push(part(Indexed::User(user), is_only)),
        // Has both ended tasks and others.
        (None, None, None, Some(code), _) => return vec![part(Indexed::Error(code), is_only)],
        (None, None, None, None, Some(state @ (TaskState::Failed | TaskState::Cancelled))) => {
            parts.push(part(Indexed::State(*state), is_only));
        }
        _ => parts.push(part(Indexed::Ended, conditions == 0)),
    }
    let is_final = state.map(TaskState::is_final);
    if is_final == Some(false) {
        parts.clear();
    }
    if is_final != Some(true) {
        parts.push(part(Indexed::Unended, conditions == 0));
    }
    parts
}

/// One job of a list.
#[derive(FromRow)]
pub(in crate::store) struct ListedJobRow {
    id: TaskId,
    listed_job_id: Option<JobId>,
    position: i32,
    #[sqlx(flatten)]
    job: JobRow,
}

/// The oldest task that a call examines.
#[derive(FromRow)]
pub(in crate::store) struct FloorRow {
    created_at: StoredTime,
    id: TaskId,
}

impl From<FloorRow> for JobCursor {
    fn from(row: FloorRow) -> Self {
        Self {
            at: row.created_at.time(),
            task_id: row.id,
            position: i32::MAX,
        }
    }
}

/// Returns the page of these jobs. A page that is not full has a next one if not all tasks were
/// examined.
pub(in crate::store) fn job_listing(
    rows: Vec<ListedJobRow>,
    page: &JobPage,
    floor: Option<JobCursor>,
) -> Result<Listing<JobView, JobCursor>, StoreError> {
    let mut jobs = Vec::with_capacity(rows.len());
    let mut last = None;
    for row in rows {
        let batch = row.job.batch_id();
        let job_id = row.listed_job_id.unwrap_or_else(|| match batch {
            Some(batch) => JobId::of_batch(batch, row.position),
            None => JobId::of_task(&row.id),
        });
        let job = row.job.into_view(job_id)?;
        last = Some(JobCursor {
            at: job.created_at,
            task_id: row.id,
            position: row.position,
        });
        jobs.push(job);
    }
    let next = if jobs.len() == page.limit as usize {
        last
    } else {
        floor
    };
    Ok(Listing { rows: jobs, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(filter: &JobFilter) -> Vec<(Indexed<'_>, bool)> {
        let parts = parts(filter).into_iter();
        parts.map(|part| (part.indexed, part.is_exact)).collect()
    }

    #[test]
    fn a_list_reads_the_indexes_that_find_the_fewest_tasks() {
        let all = JobFilter::default();
        let both = [(Indexed::Ended, true), (Indexed::Unended, true)];
        assert_eq!(indexed(&all), both);
        let user = JobFilter {
            user_id: Some("someone".to_owned()),
            ..JobFilter::default()
        };
        let of_user = [(Indexed::User("someone"), true), (Indexed::Unended, false)];
        assert_eq!(indexed(&user), of_user);
        let failed = JobFilter {
            state: Some(TaskState::Failed),
            ..user.clone()
        };
        assert_eq!(indexed(&failed), [(Indexed::User("someone"), false)]);
        let queued = JobFilter {
            state: Some(TaskState::Queued),
            ..user
        };
        assert_eq!(indexed(&queued), [(Indexed::Unended, false)]);
        let dead = JobFilter {
            state: Some(TaskState::Failed),
            ..JobFilter::default()
        };
        assert_eq!(indexed(&dead), [(Indexed::State(TaskState::Failed), true)]);
    }
}
