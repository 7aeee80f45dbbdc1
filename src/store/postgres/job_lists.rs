//! Lists of jobs.

use async_trait::async_trait;
use sqlx::{Postgres, QueryBuilder};
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::{
        identifiers::{BatchId, CandidateId, JobPostingId, ProfileId},
        job_filter::{JobCursor, JobFilter, JobPage},
        paging::Listing,
        progress::JobView,
    },
    store::{
        EXAMINED_TASKS, JobLists, StoreError,
        rows::{FloorRow, Indexed, ListedJobRow, Part, job_listing, parts},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

#[async_trait]
impl JobLists for PostgresStore {
    #[instrument(name = "store.jobs", level = "debug", skip_all)]
    async fn jobs(
        &self,
        filter: &JobFilter,
        page: &JobPage,
    ) -> Result<Listing<JobView, JobCursor>, StoreError> {
        self.call(async {
            let parts = parts(filter);
            let floor = match floor_query(filter, page, &parts) {
                Some(mut query) => query.build_query_as().fetch_optional(&self.pool).await?,
                None => None,
            };
            let floor = floor.map(|row: FloorRow| JobCursor::from(row));
            let mut query = list_query(filter, page, &parts, floor.as_ref());
            let rows: Vec<ListedJobRow> = query.build_query_as().fetch_all(&self.pool).await?;
            job_listing(rows, page, floor)
        })
        .await
    }
}

/// Returns the query of the oldest task that may be examined: the newest of those of all parts that
/// need a limit.
fn floor_query(
    filter: &JobFilter,
    page: &JobPage,
    parts: &[Part<'_>],
) -> Option<QueryBuilder<Postgres>> {
    let mut query = QueryBuilder::new("SELECT created_at, id FROM (");
    let mut separator = "";
    for part in parts.iter().filter(|part| !part.is_exact) {
        query
            .push(separator)
            .push("(SELECT created_at, id FROM tasks WHERE ");
        separator = " UNION ALL ";
        push_index(&mut query, &part.indexed);
        push_range(&mut query, filter, page);
        query.push(" ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ");
        query.push_bind(i64::from(EXAMINED_TASKS)).push(")");
    }
    query.push(") AS floors ORDER BY created_at DESC, id DESC LIMIT 1");
    (!separator.is_empty()).then_some(query)
}

fn list_query(
    filter: &JobFilter,
    page: &JobPage,
    parts: &[Part<'_>],
    floor: Option<&JobCursor>,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT found.id, job_id AS listed_job_id, one.position, batch_id, queue, state,
             subject_kind, subject_id, one.counterpart_id, depends_on, user_id, traceparent,
             webhook_url IS NOT NULL AS has_receiver, attempts, next_attempt_at, error_code,
             error_detail, created_at, started_at, finished_at
         FROM (",
    );
    let mut separator = "";
    for part in parts {
        query.push(separator).push("(SELECT * FROM tasks WHERE ");
        separator = " UNION ALL ";
        push_index(&mut query, &part.indexed);
        push_range(&mut query, filter, page);
        if let Some(floor) = floor {
            query.push(" AND (created_at, id) >= (").push_bind(floor.at);
            query
                .push(", ")
                .push_bind(floor.task_id.to_string())
                .push(")");
        }
        push_conditions(&mut query, filter);
        query.push(" ORDER BY created_at DESC, id DESC LIMIT ");
        // The last page may have ended within the first of these tasks.
        query.push_bind(i64::from(page.limit) + 1).push(")");
    }
    query.push(
        ") AS found
         CROSS JOIN LATERAL unnest(counterpart_ids, positions) AS one (counterpart_id, position)
         WHERE true",
    );
    let profiles = [
        filter.candidate_id.map(CandidateId::profile),
        filter.job_posting_id.map(JobPostingId::profile),
    ];
    for (kind, id) in profiles.into_iter().flatten() {
        query
            .push(" AND CASE subject_kind WHEN ")
            .push_bind(kind.as_str());
        query
            .push(" THEN subject_id ELSE one.counterpart_id END = ")
            .push_bind(id);
    }
    if let Some(after) = &page.after {
        query
            .push(" AND NOT (found.id = ")
            .push_bind(after.task_id.to_string());
        query
            .push(" AND one.position <= ")
            .push_bind(after.position)
            .push(")");
    }
    query.push(" ORDER BY created_at DESC, found.id DESC, one.position LIMIT ");
    query.push_bind(i64::from(page.limit));
    query
}

fn push_index(query: &mut QueryBuilder<Postgres>, indexed: &Indexed<'_>) {
    // The conditions of partial indexes are written out, so that the planner sees that they have
    // these tasks.
    match indexed {
        Indexed::Unended => query.push("finished_at IS NULL"),
        Indexed::Ended => query.push("finished_at IS NOT NULL"),
        Indexed::Batch(id) => query.push("batch_id = ").push_bind(BatchId::to_string(id)),
        Indexed::Subject(kind, id) => {
            query.push("finished_at IS NOT NULL AND subject_kind = ");
            query
                .push_bind(kind.as_str())
                .push(" AND subject_id = ")
                .push_bind(*id)
        }
        Indexed::SingleCounterpart(kind, id) => {
            query.push("finished_at IS NOT NULL AND job_id IS NOT NULL AND subject_kind = ");
            query
                .push_bind(kind.as_str())
                .push(" AND counterpart_ids[1] = ")
                .push_bind(*id)
        }
        Indexed::Bulk(kind) => query
            .push("finished_at IS NOT NULL AND batch_id IS NOT NULL AND subject_kind = ")
            .push_bind(kind.as_str()),
        Indexed::User(user) => query
            .push("finished_at IS NOT NULL AND user_id = ")
            .push_bind((*user).to_owned()),
        Indexed::Error(code) => query.push("error_code = ").push_bind((*code).to_owned()),
        Indexed::State(state) => query.push("state = '").push(state.as_str()).push("'"),
    };
}

fn push_range(query: &mut QueryBuilder<Postgres>, filter: &JobFilter, page: &JobPage) {
    if let Some(after) = &page.after {
        query.push(" AND (created_at, id) <= (").push_bind(after.at);
        query
            .push(", ")
            .push_bind(after.task_id.to_string())
            .push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND created_at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND created_at < ").push_bind(to);
    }
}

/// Appends a condition for each field that is set.
fn push_conditions(query: &mut QueryBuilder<Postgres>, filter: &JobFilter) {
    if let Some(queue) = filter.queue {
        query.push(" AND queue = ").push_bind(queue.as_str());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = '").push(state.as_str()).push("'");
    }
    if let Some(user) = &filter.user_id {
        query.push(" AND user_id = ").push_bind(user.clone());
    }
    if let Some(code) = &filter.error_code {
        query.push(" AND error_code = ").push_bind(code.clone());
    }
    push_profile(query, filter.candidate_id.map(CandidateId::profile));
    push_profile(query, filter.job_posting_id.map(JobPostingId::profile));
}

/// Appends the condition that a task has a match of this profile: as the subject that its matches
/// share, or as a counterpart.
fn push_profile(query: &mut QueryBuilder<Postgres>, profile: Option<(ProfileKind, ProfileId)>) {
    let Some((kind, id)) = profile else { return };
    query
        .push(" AND CASE subject_kind WHEN ")
        .push_bind(kind.as_str());
    query.push(" THEN subject_id = ").push_bind(id);
    query
        .push(" ELSE ")
        .push_bind(id)
        .push(" = ANY (counterpart_ids) END");
}
