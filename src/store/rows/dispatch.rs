//! Rows of dispatched tasks, and the rounds made of them.

use super::StoredTime;
use crate::{domain::identifiers::TaskId, store::DispatchRound};

/// A dispatched task and the time its place in the order came from.
pub(in crate::store) type DispatchedRow = (String, StoredTime);

/// A round that took nothing: whether anything is due, and the room that is left in the window.
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

/// The round in which these rows were dispatched, oldest first, and after which the ledger is so.
pub(in crate::store) fn dispatch_round(
    mut rows: Vec<DispatchedRow>,
    mut after: DispatchRound,
) -> DispatchRound {
    // What an UPDATE returns comes in no order.
    rows.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    after.tasks = rows
        .into_iter()
        .map(|(id, _)| TaskId::from_trusted(id))
        .collect();
    after
}
