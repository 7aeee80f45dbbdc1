//! Decisions on leases.

use std::collections::HashSet;

use super::{FAILED_IN_A_STEP, TaskRow};
use crate::{
    domain::{
        dead_letter::AttemptOutcome,
        identifiers::TaskId,
        task::{ClaimedTask, TaskError},
    },
    store::{Guarded, StoreError},
};

/// The error of an attempt whose lease expired although its process lives.
pub(in crate::store) const LEASE_EXPIRED: &str = "the lease was not renewed in time although its process runs; the task runs again, and this \
     attempt does not count";

impl Guarded {
    /// Returns the effect of a write that the lease token guards, from the number of rows written.
    pub(in crate::store) fn of_rows(written: u64) -> Self {
        if written == 1 {
            Self::Written
        } else {
            Self::Fenced
        }
    }
}

impl AttemptOutcome {
    /// Returns the outcome of an attempt whose task is queued again: a retry if the attempt counts.
    pub(in crate::store) fn of_given_back(consumed: bool) -> Self {
        if consumed {
            Self::Retry
        } else {
            Self::Released
        }
    }
}

/// Returns the tasks whose leases were not renewed.
pub(in crate::store) fn lost(leases: &[(TaskId, i64)], renewed: &[String]) -> Vec<TaskId> {
    let renewed: HashSet<&str> = renewed.iter().map(String::as_str).collect();
    leases
        .iter()
        .filter(|(id, _)| !renewed.contains(id.as_str()))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Returns tasks that lost their worker twice, as many as one step can fail, with their error.
/// Sorted by batch, so that two processes lock batches in one order.
pub(in crate::store) fn worker_lost(
    rows: Vec<TaskRow>,
) -> Result<Vec<(ClaimedTask, TaskError)>, StoreError> {
    let error = TaskError::new(
        "worker_lost",
        "the worker died twice while it ran this; retry it once the cause is known",
    );
    let (mut lost, mut matches) = (Vec::new(), 0);
    for row in rows {
        let claimed = row.into_claimed()?;
        matches += claimed.task.matches.len();
        if !lost.is_empty() && matches > FAILED_IN_A_STEP {
            break;
        }
        lost.push((claimed, error.clone()));
    }
    lost.sort_by(|(one, _), (other, _)| one.task.batch_id.cmp(&other.task.batch_id));
    Ok(lost)
}
