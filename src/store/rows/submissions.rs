//! Decisions on submissions: repeated calls, names that are taken, and chains that are refused.

use crate::{
    domain::{
        dependency::{CHAIN_LIMIT, Dependency},
        identifiers::{BatchId, JobId, WorkId},
        submission::{Submission, SubmissionIdentity},
    },
    store::SubmissionOutcome,
};

impl SubmissionOutcome {
    /// Returns the outcome of this submission after an earlier use of the same key.
    pub(in crate::store) fn of_earlier(
        kind: &str,
        fingerprint: &str,
        id: String,
        submission: &Submission,
    ) -> Self {
        if fingerprint == submission.fingerprint {
            let identity = match submission.identity {
                SubmissionIdentity::Single(_) => SubmissionIdentity::Single(JobId::from_row(id)),
                SubmissionIdentity::Batch(_) => SubmissionIdentity::Batch(BatchId::from_row(id)),
            };
            return Self::Repeated { identity };
        }
        let what = if kind == "id" {
            "id"
        } else {
            "Idempotency-Key"
        };
        Self::Conflict {
            detail: format!("the {what} was used before, for another request"),
        }
    }

    /// Returns the conflict for an ambiguous name.
    pub(in crate::store) fn name_in_use(taken: &str) -> Self {
        Self::Conflict {
            detail: format!("the id is taken by {taken}, or could be confused with it"),
        }
    }
}

/// The number of names of a chain to read: one more than is allowed.
pub(in crate::store) const CHAIN_LOOK: u16 = CHAIN_LIMIT + 1;

/// Refuses a submission that may not wait for this chain, or returns `None`. The chain is the names
/// that its dependency waits for, the dependency's own first, at most [`CHAIN_LOOK`] of them.
pub(in crate::store) fn refuse_chain(
    submission: &Submission,
    chain: Vec<WorkId>,
) -> Option<SubmissionOutcome> {
    let count = submission.match_count();
    let closes = |name: &WorkId| Dependency::on(name.clone()).names(&submission.identity, count);
    if let Some(end) = chain.iter().position(closes) {
        let mut chain = chain;
        chain.truncate(end + 1);
        return Some(SubmissionOutcome::DependencyCycle { chain });
    }
    (chain.len() > usize::from(CHAIN_LIMIT)).then_some(SubmissionOutcome::ChainTooLong)
}
