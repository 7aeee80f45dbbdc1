//! Rows of jobs that callers wait for.

use std::collections::HashMap;

use sqlx_macros::FromRow;

use super::JobRow;
use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::JobState,
    },
    store::StoreError,
};

/// A job with its version.
#[derive(FromRow)]
pub(in crate::store) struct JobStateRow {
    wanted_id: JobId,
    version: String,
    #[sqlx(flatten)]
    job: JobRow,
}

/// Returns the states of these rows. If an id names a single match and a match of a batch, it is
/// that of the single match.
pub(in crate::store) fn job_states(rows: Vec<JobStateRow>) -> Result<Vec<JobState>, StoreError> {
    let mut states: HashMap<JobId, JobState> = HashMap::with_capacity(rows.len());
    for row in rows {
        let view = row.job.into_view(row.wanted_id.clone())?;
        if view.batch_id.is_some() && states.contains_key(&row.wanted_id) {
            continue;
        }
        let version = row.version;
        states.insert(row.wanted_id, JobState { view, version });
    }
    Ok(states.into_values().collect())
}

/// The jobs of a look-up that may be matches of batches, in columns.
#[derive(Default)]
pub(in crate::store) struct WantedMatches<'a> {
    pub(in crate::store) ids: Vec<&'a str>,
    pub(in crate::store) batch_ids: Vec<BatchId>,
    pub(in crate::store) positions: Vec<i32>,
    pub(in crate::store) held: Vec<Option<&'a str>>,
}

impl<'a> WantedMatches<'a> {
    pub(in crate::store) fn of(wanted: &'a [(JobId, Option<String>)]) -> Self {
        let mut matches = Self::default();
        for (id, held) in wanted {
            if let Some((batch_id, position)) = id.as_batch_position() {
                matches.ids.push(id.as_str());
                matches.batch_ids.push(batch_id);
                matches.positions.push(position);
                matches.held.push(held.as_deref());
            }
        }
        matches
    }
}
