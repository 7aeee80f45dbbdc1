//! Reports about outside work, and moving what waited for something that has ended.

use super::dispatcher::Dispatcher;
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId},
    store::{Dependencies, DependencyReport, ResolvedDependencies, StoreError},
};

/// How many waiting tasks one transaction moves, and how many names one look is about.
const STEP: u32 = 500;

/// Why a report about outside work was refused.
#[derive(Debug, thiserror::Error)]
pub enum DependencyReportError {
    /// The opposite was reported before.
    #[error(
        "{id} was reported as {} before, and jobs may have acted on that; the first report stands",
        earlier.as_str()
    )]
    Contradicts {
        /// The outside work.
        id: JobId,
        /// What stands.
        earlier: DependencyOutcome,
    },
    /// The id is no outside work.
    #[error(
        "{id} is a job or batch of this service: what waits for it goes by how it ends here; report \
         only work outside"
    )]
    OwnWork {
        /// The job or batch.
        id: JobId,
    },
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
}

/// Records how outside work ended and moves what waits for it. Says whether this is news; the same
/// report may come again.
///
/// # Errors
/// When the report is refused, or the database fails: then it may be sent again.
pub async fn report(
    store: &(impl Dependencies + ?Sized),
    dispatcher: &Dispatcher,
    id: &JobId,
    outcome: DependencyOutcome,
) -> Result<bool, DependencyReportError> {
    let recorded = match store.report_dependency(id, outcome).await? {
        DependencyReport::Recorded => true,
        DependencyReport::Repeated => false,
        DependencyReport::Contradicts { earlier } => {
            let id = id.clone();
            return Err(DependencyReportError::Contradicts { id, earlier });
        }
        DependencyReport::OwnWork => {
            return Err(DependencyReportError::OwnWork { id: id.clone() });
        }
    };
    resolve(store, dispatcher, Some(&[id.as_str().to_owned()])).await?;
    Ok(recorded)
}

/// Moves tasks that wait for these ended jobs or batches (or, without, some of all whose dependency
/// has ended or expired), and then those that wait for what thereby failed. However many they are,
/// each transaction moves a few.
///
/// # Errors
/// When the database fails; the sweep finds what was not moved.
pub async fn resolve(
    store: &(impl Dependencies + ?Sized),
    dispatcher: &Dispatcher,
    ended: Option<&[String]>,
) -> Result<(), StoreError> {
    let mut pending = match ended {
        Some(ended) => ended.to_vec(),
        None => move_all(store, dispatcher, None).await?,
    };
    // The last first: a chain is followed to its end before its neighbour, so that few names pend.
    while !pending.is_empty() {
        let rest = pending.len().saturating_sub(STEP as usize);
        let names = pending.split_off(rest);
        pending.extend(move_all(store, dispatcher, Some(&names)).await?);
    }
    Ok(())
}

/// Moves what may be moved, step by step; returns what failed because of it.
async fn move_all(
    store: &(impl Dependencies + ?Sized),
    dispatcher: &Dispatcher,
    ended: Option<&[String]>,
) -> Result<Vec<String>, StoreError> {
    let mut failed = Vec::new();
    loop {
        let ResolvedDependencies {
            more,
            queued,
            ended,
            ..
        } = store.resolve_dependencies(ended, STEP).await?;
        if !queued.is_empty() {
            dispatcher.nudge();
        }
        failed.extend(ended);
        if !more {
            return Ok(failed);
        }
    }
}
