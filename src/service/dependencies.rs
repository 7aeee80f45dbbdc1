//! Reports about outside work, and moving what waited for something that has ended.

use super::dispatcher::Dispatcher;
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId},
    store::{Store, StoreError},
};

/// How many waiting tasks one transaction moves.
const STEP: u32 = 500;

/// Records how outside work ended and moves what waits for it. Says whether this report was the
/// first, which is the one that counts.
///
/// # Errors
/// When the database fails; the report may be sent again.
pub async fn report(
    store: &dyn Store,
    dispatcher: &Dispatcher,
    id: &JobId,
    outcome: DependencyOutcome,
) -> Result<bool, StoreError> {
    let recorded = store.report_dependency(id, outcome).await?;
    resolve(store, dispatcher, Some(&[id.as_str().to_owned()])).await?;
    Ok(recorded)
}

/// Moves tasks that wait for these ended jobs or batches (or, without, all whose dependency has
/// ended or expired), and then those that wait for what thereby failed.
///
/// # Errors
/// When the database fails; the sweep finds what was not moved.
pub async fn resolve(
    store: &dyn Store,
    dispatcher: &Dispatcher,
    ended: Option<&[String]>,
) -> Result<(), StoreError> {
    let mut ended = ended.map(<[String]>::to_vec);
    loop {
        let resolved = store.resolve_dependencies(ended.as_deref(), STEP).await?;
        if resolved.is_empty() {
            return Ok(());
        }
        if !resolved.queued.is_empty() {
            dispatcher.nudge();
        }
        if let Some(ended) = &mut ended {
            ended.extend(resolved.ended);
        }
    }
}
