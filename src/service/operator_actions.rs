//! Actions of operators. An action on many rows proceeds in steps, so that a hundred thousand of
//! them hold no locks for long. Each action leaves one record in the database and one log line with
//! the target `audit`.

use tracing::info;
use ulid::Ulid;

use crate::{
    domain::operator_action::{OperatorAction, OperatorActionKind},
    store::{ActionStep, StoreError},
};

/// The number of rows that one transaction changes.
pub(super) const STEP: u32 = 1_000;

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

/// Logs an action and the number of tasks or webhooks it changed.
pub(super) fn report(action: &OperatorAction, changed: u64) {
    info!(
        target: "audit",
        tasks = changed,
        action.id = action.id,
        action.kind = action.kind.as_str(),
        action.actor = action.actor,
        action.target = %action.target,
        "operator action"
    );
}

/// Repeats the step of an action from where the previous one ended, until none is left. Returns the
/// number of changed rows.
///
/// # Errors
/// If the database fails; the steps before stay committed, and the action can be repeated.
pub(super) async fn in_steps<Cursor, Step>(
    action: &OperatorAction,
    mut step: impl FnMut(Option<Cursor>) -> Step,
) -> Result<u64, StoreError>
where
    Step: Future<Output = Result<ActionStep<Cursor>, StoreError>>,
{
    let (mut changed, mut after) = (0, None);
    loop {
        let done = step(after).await?;
        changed += done.changed;
        after = done.next;
        if after.is_none() {
            report(action, changed);
            return Ok(changed);
        }
    }
}
