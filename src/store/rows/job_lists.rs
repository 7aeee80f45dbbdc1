//! Rows of lists of jobs, and the indexes that find them.

use sqlx_macros::FromRow;

use super::{JobRow, StoredTime};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, ProfileId, TaskId},
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
    /// All tasks.
    All,
    /// Those of a batch.
    Batch(&'a BatchId),
    /// Those whose matches share this profile.
    Subject(ProfileKind, ProfileId),
    /// Single matches with this profile as the counterpart of a subject of this kind.
    SingleCounterpart(ProfileKind, ProfileId),
    /// Tasks of batches with a subject of this kind.
    Bulk(ProfileKind),
    /// Those of a user.
    User(&'a str),
    /// Those whose last error has this code.
    Error(&'a str),
    /// Those in a state that few tasks stay in.
    State(TaskState),
}

/// One part of a list: disjoint parts are merged in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Part<'a> {
    pub(in crate::store) indexed: Indexed<'a>,
    /// True if the index finds no other tasks than those of the filter, or only a bounded number.
    pub(in crate::store) is_exact: bool,
}

/// Returns the parts of a list: the index that finds the fewest tasks.
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
    let others = |used: bool| {
        let given = [
            queue.is_some(),
            state.is_some(),
            user_id.is_some(),
            error_code.is_some(),
        ];
        given.into_iter().filter(|given| *given).count() > usize::from(used)
    };
    let part = |indexed, is_exact| Part { indexed, is_exact };
    if let Some(batch) = batch_id {
        return vec![part(Indexed::Batch(batch), true)];
    }
    let candidate = candidate_id.map(|id| id.profile());
    let posting = job_posting_id.map(|id| id.profile());
    if let (Some((candidate, id)), Some((posting, other))) = (candidate, posting) {
        return vec![
            part(Indexed::Subject(candidate, id), false),
            part(Indexed::Subject(posting, other), false),
        ];
    }
    if let Some((kind, id)) = candidate.or(posting) {
        let is_exact = !others(false);
        return vec![
            part(Indexed::Subject(kind, id), is_exact),
            part(Indexed::SingleCounterpart(kind.counterpart(), id), is_exact),
            part(Indexed::Bulk(kind.counterpart()), false),
        ];
    }
    let is_exact = !others(true);
    vec![match (user_id, error_code, state) {
        (Some(user), ..) => part(Indexed::User(user), is_exact),
        (None, Some(code), _) => part(Indexed::Error(code), is_exact),
        (
            None,
            None,
            Some(state @ (TaskState::Waiting | TaskState::Failed | TaskState::Cancelled)),
        ) => part(Indexed::State(*state), is_exact),
        _ => part(Indexed::All, !others(false)),
    }]
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
