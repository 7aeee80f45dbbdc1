//! Dependencies: reports about outside work, and moving tasks whose dependency has ended.

use std::sync::Arc;

use super::{ServiceError, dispatcher::Dispatcher};
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::WorkId},
    store::{Dependencies, DependencyReport, ResolvedDependencies, StoreError},
};

/// The maximum number of waiting tasks that one transaction moves, and of names in one call.
const STEP: u32 = 500;

/// The reasons for refusing a report about outside work.
#[derive(Debug, thiserror::Error)]
pub enum DependencyReportError {
    /// The opposite was reported before.
    #[error(
        "{id} was reported as {} before, and jobs may have acted on that; the first report stands",
        earlier.as_str()
    )]
    Contradicts {
        /// The outside work.
        id: WorkId,
        /// The outcome that remains valid.
        earlier: DependencyOutcome,
    },
    /// The id belongs to this service.
    #[error(
        "{id} is a job or batch of this service: what waits for it goes by how it ends here; report \
         only work outside"
    )]
    OwnWork {
        /// The job or batch.
        id: WorkId,
    },
    /// A part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Takes reports about outside work.
pub struct DependencyService {
    dependencies: Arc<dyn Dependencies>,
    dispatcher: Arc<Dispatcher>,
}

impl DependencyService {
    /// Creates the service of this ledger.
    pub fn new(dependencies: Arc<dyn Dependencies>, dispatcher: Arc<Dispatcher>) -> Self {
        Self {
            dependencies,
            dispatcher,
        }
    }

    /// Records how outside work ended and moves the tasks that wait for it. Returns false if the
    /// same report was made before.
    ///
    /// # Errors
    /// If the report is refused, or the database fails; in that case it can be sent again.
    pub async fn report(
        &self,
        id: &WorkId,
        outcome: DependencyOutcome,
    ) -> Result<bool, DependencyReportError> {
        let store = &*self.dependencies;
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
        resolve(store, &self.dispatcher, Some(std::slice::from_ref(id))).await?;
        Ok(recorded)
    }
}

/// Queues or fails the tasks that wait for these ended jobs or batches, or, with `None`, for any
/// dependency that has ended or expired; then those that wait for the jobs that fail because of it.
/// Each transaction resolves at most 500 tasks whose dependency has ended, and 500 whose dependency
/// has expired.
///
/// # Errors
/// If the database fails; the sweep of dependencies finds the tasks that still wait.
pub async fn resolve(
    store: &(impl Dependencies + ?Sized),
    dispatcher: &Dispatcher,
    ended: Option<&[WorkId]>,
) -> Result<(), StoreError> {
    let mut pending = match ended {
        Some(ended) => ended.to_vec(),
        None => resolve_all(store, dispatcher, None).await?,
    };
    // Depth first: a chain is followed to its end before the next one, so that few names are
    // pending.
    while !pending.is_empty() {
        let rest = pending.len().saturating_sub(STEP as usize);
        let names = pending.split_off(rest);
        pending.extend(resolve_all(store, dispatcher, Some(&names)).await?);
    }
    Ok(())
}

/// Resolves tasks step by step until none is left; returns the jobs and batches that failed because
/// of it.
async fn resolve_all(
    store: &(impl Dependencies + ?Sized),
    dispatcher: &Dispatcher,
    ended: Option<&[WorkId]>,
) -> Result<Vec<WorkId>, StoreError> {
    let mut failed = Vec::new();
    loop {
        let ResolvedDependencies {
            more,
            queued,
            ended: ended_now,
            ..
        } = store.resolve_dependencies(ended, STEP).await?;
        if !queued.is_empty() {
            dispatcher.nudge();
        }
        failed.extend(ended_now);
        if !more {
            return Ok(failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        queue::InProcessQueues,
        service::fakes::{ScriptedDependencies, idle_dispatcher},
    };

    fn names(names: &[&str]) -> Vec<WorkId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn jobs_that_fail_with_their_dependency_are_followed_to_the_end_of_the_chain() {
        let step = |more, ended: &[&str]| ResolvedDependencies {
            moved: 1,
            more,
            queued: vec![],
            ended: names(ended),
        };
        let store = ScriptedDependencies::of([
            step(true, &["b"]),
            step(false, &["c"]),
            step(false, &["d"]),
        ]);
        let ended = names(&["a"]);
        let dispatcher = idle_dispatcher(Arc::new(InProcessQueues::default()));
        let resolved = resolve(&store, &dispatcher, Some(&ended)).await;
        resolved.unwrap();
        let asked = [
            names(&["a"]),
            names(&["a"]),
            names(&["b", "c"]),
            names(&["d"]),
        ];
        assert_eq!(store.asked(), asked);
    }
}
