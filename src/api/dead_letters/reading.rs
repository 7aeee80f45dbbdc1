//! Filters, pages and edits in the form that calls send. Unknown names are refused, since a
//! misspelt filter would select more than intended. utoipa documents that by serde's attribute.

use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        faults::{Faults, InBody, InQuery, Part},
        fields::{FailureName, ReceiverUrl, Time},
        matches::PageLimit,
        problem::FieldProblem,
        reading::{Fields, Given},
    },
    domain::{
        dead_letter::{DeadLetterEdits, DeadLetterFilter},
        identifiers::{CandidateId, JobPostingId},
        paging::{NewestFirst, TimeCursor},
        queue_name::QueueName,
    },
};

/// A filter of dead letters; all given conditions must hold.
#[derive(Deserr, ToSchema, IntoParams)]
#[deserr(error = Faults<P>, generic_param = P, where_predicate = P: Part, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "candidate_not_found"}))]
#[into_params(parameter_in = Query)]
pub struct DeadLetterFilterBody {
    /// Only dead letters of this queue.
    #[deserr(default)]
    #[param(inline)]
    queue: Option<QueueName>,
    /// Only dead letters with this error code.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    reason: Option<FailureName>,
    /// Only dead letters with this error fingerprint.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    fingerprint: Option<FailureName>,
    /// Only dead letters with a match of this candidate.
    #[deserr(default)]
    #[param(inline)]
    candidate_id: Option<CandidateId>,
    /// Only dead letters with a match of this job posting.
    #[deserr(default)]
    #[param(inline)]
    job_posting_id: Option<JobPostingId>,
    /// Only dead letters that failed at this time or later (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    from: Option<Time>,
    /// Only dead letters that failed before this time (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    to: Option<Time>,
    /// True selects all dead letters; required if there is no other condition.
    #[deserr(default)]
    #[param(ignore)]
    #[expect(dead_code, reason = "without a filter all of them are meant")]
    all: Option<bool>,
}

impl Fields<InBody> for DeadLetterFilterBody {
    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let (code, detail) = match (given.is_true("all"), given.has_other_than("all")) {
            (true, true) => ("inconsistent", "send either all or a filter, not both"),
            (false, false) => (
                "missing",
                "send a filter, or \"all\": true for every dead letter there is",
            ),
            _ => return vec![],
        };
        vec![FieldProblem::new("body", "/all", code, detail)]
    }
}

impl Fields<InQuery> for DeadLetterFilterBody {}

impl From<DeadLetterFilterBody> for DeadLetterFilter {
    fn from(body: DeadLetterFilterBody) -> Self {
        Self {
            task_ids: None,
            queue: body.queue,
            reason: body.reason.map(|reason| reason.0),
            fingerprint: body.fingerprint.map(|fingerprint| fingerprint.0),
            candidate_id: body.candidate_id,
            job_posting_id: body.job_posting_id,
            from: body.from.map(|time| time.0),
            to: body.to.map(|time| time.0),
        }
    }
}

/// Changes to a dead letter of one match before it is queued again; fields that are left out stay
/// unchanged.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"candidate_id": 124}))]
pub struct DeadLetterEditsBody {
    /// The candidate to match instead.
    #[deserr(default)]
    candidate_id: Option<CandidateId>,
    /// The job posting to match instead.
    #[deserr(default)]
    job_posting_id: Option<JobPostingId>,
    /// The queue to use instead.
    #[deserr(default)]
    queue: Option<QueueName>,
    /// The webhook receiver to use instead. Not allowed for a match of a batch that is announced as
    /// a whole.
    #[deserr(default)]
    webhook_url: Option<ReceiverUrl>,
}

impl Fields<InBody> for DeadLetterEditsBody {}

impl DeadLetterEditsBody {
    /// Returns the receiver, if it is to be changed.
    pub(super) fn receiver(&self) -> Option<&ReceiverUrl> {
        self.webhook_url.as_ref()
    }
}

impl From<DeadLetterEditsBody> for DeadLetterEdits {
    fn from(body: DeadLetterEditsBody) -> Self {
        Self {
            candidate_id: body.candidate_id,
            job_posting_id: body.job_posting_id,
            queue: body.queue,
            webhook_url: body.webhook_url.map(|url| url.0),
        }
    }
}

/// The size of a list.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct LimitQuery {
    /// The maximum number of entries.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
}

impl Fields<InQuery> for LimitQuery {}

impl LimitQuery {
    /// Returns the requested number of entries.
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or_default().0
    }
}

/// A page of a list that is newest first.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct NewestQuery {
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<TimeCursor>,
}

impl Fields<InQuery> for NewestQuery {}

impl From<NewestQuery> for NewestFirst {
    fn from(query: NewestQuery) -> Self {
        Self {
            limit: query.limit.unwrap_or_default().0,
            after: query.cursor,
        }
    }
}
