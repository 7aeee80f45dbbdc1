//! Retries, edits and purges dead letters for operators. Each action processes its dead letters in
//! steps, so that a hundred thousand of them hold no locks for long, and leaves one record in the
//! database and one log line with the target `audit`.

use tracing::info;
use ulid::Ulid;

use crate::{
    domain::{
        identifiers::TaskId,
        operator_action::{OperatorAction, OperatorActionKind},
    },
    store::{DeadLetterEdits, DeadLetterFilter, DeadLetters, Edited, NewestFirst, StoreError},
};

/// The number of dead letters that one transaction changes.
const STEP: u32 = 1_000;

/// Returns a new action with an id of its own.
pub(super) fn new_action(
    kind: OperatorActionKind,
    actor: &str,
    target: serde_json::Value,
) -> OperatorAction {
    OperatorAction {
        id: Ulid::generate().to_string(),
        actor: actor.to_owned(),
        kind,
        target,
    }
}

/// Logs an action and the number of tasks it changed.
pub(super) fn report(action: &OperatorAction, tasks: u64) {
    info!(
        target: "audit",
        tasks,
        action.id = action.id,
        action.kind = action.kind.as_str(),
        action.actor = action.actor,
        action.target = %action.target,
        "operator action"
    );
}

/// Queues dead letters again, with their attempts reset; returns the number of tasks. A task that
/// fails again meanwhile stays a dead letter.
///
/// # Errors
/// If the database fails; the steps before stay committed, and the call can be repeated.
pub async fn retry(
    store: &(impl DeadLetters + ?Sized),
    filter: &DeadLetterFilter,
    actor: &str,
) -> Result<u64, StoreError> {
    in_steps(store, OperatorActionKind::Retry, filter, actor).await
}

/// Deletes dead letters; returns the number of tasks.
///
/// # Errors
/// If the database fails; the steps before stay committed, and the call can be repeated.
pub async fn purge(
    store: &(impl DeadLetters + ?Sized),
    filter: &DeadLetterFilter,
    actor: &str,
) -> Result<u64, StoreError> {
    in_steps(store, OperatorActionKind::Purge, filter, actor).await
}

/// Purges or retries dead letters, according to `kind`.
async fn in_steps(
    store: &(impl DeadLetters + ?Sized),
    kind: OperatorActionKind,
    filter: &DeadLetterFilter,
    actor: &str,
) -> Result<u64, StoreError> {
    let action = new_action(kind, actor, filter.to_json());
    let mut page = NewestFirst {
        limit: STEP,
        after: None,
    };
    let mut tasks = 0;
    loop {
        let step = if kind == OperatorActionKind::Purge {
            store.purge_dead_letters(filter, &page, &action).await?
        } else {
            store.retry_dead_letters(filter, &page, &action).await?
        };
        tasks += step.tasks;
        page.after = step.next;
        if page.after.is_none() {
            report(&action, tasks);
            return Ok(tasks);
        }
    }
}

/// Changes a dead letter of one match and queues it again under the same id.
///
/// # Errors
/// If the database fails; nothing is changed.
pub async fn edit_and_retry(
    store: &(impl DeadLetters + ?Sized),
    id: &TaskId,
    edits: &DeadLetterEdits,
    actor: &str,
) -> Result<Edited, StoreError> {
    let target = serde_json::json!({"task_ids": [id.as_str()], "edits": edits.to_json()});
    let action = new_action(OperatorActionKind::Edit, actor, target);
    let edited = store.edit_dead_letter(id, edits, &action).await?;
    if edited == Edited::Retried {
        report(&action, 1);
    }
    Ok(edited)
}
