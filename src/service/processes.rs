//! The registry of processes: each process reports itself, looks at its servers, and can list all.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tracing::{debug, info, warn};

use super::{ServiceError, health::Health, progress::SILENT_AFTER, servers::find_warnings};
use crate::{
    domain::process::{Process, RunningProcess},
    queue::TaskQueues,
    store::{Processes, Schema, StoreError},
};

/// The longest interval of signs of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// The pause after a sign of life that could not be recorded: after an outage of the database all
/// processes have been silent.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The ports of the ledger that the registry needs.
pub trait RegistryPorts: Processes + Schema {}

impl<T: Processes + Schema + ?Sized> RegistryPorts for T {}

/// Reports this process for as long as it runs.
pub struct ProcessReporter<S: ?Sized> {
    /// The ledger.
    pub store: Arc<S>,
    /// The queues.
    pub queues: Arc<dyn TaskQueues>,
    /// Knows which pools are down, and shows the warnings.
    pub health: Arc<Health>,
    /// This process.
    pub process: Process,
    /// The length of a lease. Three signs of life fit into it: expired leases of a process that
    /// shows them cost no attempt.
    pub lease: Duration,
}

impl<S: RegistryPorts + ?Sized> ProcessReporter<S> {
    /// Reports this process and looks at its servers every few seconds, for as long as it is
    /// polled. Two loops, so that a server that answers slowly delays no sign of life.
    pub async fn run(self: Arc<Self>) {
        let reporting = async {
            loop {
                let pause = match self.report().await {
                    Ok(()) => SIGN_OF_LIFE.min(self.lease / 3),
                    Err(error) => {
                        debug!(%error, "a sign of life was not recorded");
                        RETRY_PAUSE
                    }
                };
                // A pool or a dependency that fails or recovers is reported at once.
                let _ = tokio::time::timeout(pause, self.health.state_changed()).await;
            }
        };
        let looking = async {
            loop {
                self.look_at_servers().await;
                tokio::time::sleep(SIGN_OF_LIFE).await;
            }
        };
        tokio::join!(reporting, looking);
    }

    /// Takes this process out of the registry, so that it is not listed until it counts as silent.
    pub async fn end(&self) {
        if let Err(error) = self.store.forget_process(&self.process.id).await {
            debug!(%error, "this process stays listed until it counts as silent");
        }
    }

    async fn report(&self) -> Result<(), StoreError> {
        let state = self.health.process_state().await;
        self.store
            .report_process(&self.process, &state, SILENT_AFTER)
            .await
    }

    /// Finds warnings, and logs each when it appears and when it is gone.
    async fn look_at_servers(&self) {
        if let Ok(server) = self.store.server().await
            && let Err(error) = self.queues.announce_ledger(&server.ledger).await
        {
            debug!(%error, "this ledger was not announced to Redis");
        }
        let found = find_warnings(&*self.store, &*self.queues).await;
        let found: BTreeSet<String> = found.into_iter().collect();
        let before = self.health.set_warnings(found.clone());
        for warning in found.difference(&before) {
            warn!("{warning}");
        }
        for warning in before.difference(&found) {
            info!(warning, "no longer so");
        }
    }
}

/// Lists processes.
pub struct ProcessService {
    processes: Arc<dyn Processes>,
}

impl ProcessService {
    /// Creates the service of this registry.
    pub fn new(processes: Arc<dyn Processes>) -> Self {
        Self { processes }
    }

    /// Returns the processes that showed a sign of life within half a minute, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn running(&self) -> Result<Vec<RunningProcess>, ServiceError> {
        Ok(self.processes.running_processes(SILENT_AFTER).await?)
    }
}
