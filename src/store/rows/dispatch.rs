//! Rows of dispatched tasks, and the rounds made of them.

use super::StoredTime;
use crate::{domain::identifiers::TaskId, store::DispatchRound};

/// A dispatched task and the time that it is ordered by.
pub(in crate::store) type DispatchedRow = (TaskId, StoredTime);

/// Returns a round without tasks. `backlog` is true if tasks are due; `dispatched` is the used part
/// of the window.
pub(in crate::store) fn nothing_dispatched(
    backlog: bool,
    window: u32,
    dispatched: i64,
) -> DispatchRound {
    DispatchRound {
        tasks: vec![],
        backlog,
        room: window.saturating_sub(u32::try_from(dispatched).unwrap_or(u32::MAX)),
    }
}

/// Returns the round that dispatched these rows, oldest first; `after` is the state of the ledger
/// afterwards.
pub(in crate::store) fn dispatch_round(
    mut rows: Vec<DispatchedRow>,
    mut after: DispatchRound,
) -> DispatchRound {
    // An UPDATE returns its rows in no particular order.
    rows.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    after.tasks = rows.into_iter().map(|(id, _)| id).collect();
    after
}
