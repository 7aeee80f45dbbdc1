//! Limits computations whose callers wait for the answer: some run, some wait, others are refused.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for computations of one kind.
pub(super) struct ComputationSlots {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Room for one computation, until it is dropped.
pub(super) struct ComputationSlot {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

/// The reason for refusing a computation: as many run and wait as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} other calls wait for the processor; send this one again later")]
pub struct TooManyComputations {
    waiting: usize,
}

/// The maximum number of computations that wait for a slot, for each that runs.
const WAITING_EACH: usize = 32;

impl ComputationSlots {
    /// Lets this many computations run at the same time.
    pub(super) fn new(running: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(running * (1 + WAITING_EACH))),
            running: Arc::new(Semaphore::new(running)),
        }
    }

    /// Waits for a slot.
    ///
    /// # Errors
    /// If as many computations wait as may.
    pub(super) async fn enter(&self) -> Result<ComputationSlot, TooManyComputations> {
        let refused = TooManyComputations {
            waiting: WAITING_EACH,
        };
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| refused)?;
        // The semaphore is never closed, so a slot comes.
        let running = Arc::clone(&self.running).acquire_owned().await;
        Ok(ComputationSlot {
            _admitted: admitted,
            _running: running.map_err(|_| refused)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, future::join_all};

    use super::*;

    #[tokio::test]
    async fn calls_beyond_those_that_may_wait_are_refused_until_one_ends() {
        let slots = ComputationSlots::new(1);
        let first = slots.enter().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING_EACH).map(|_| Box::pin(slots.enter())).collect();
        assert!(join_all(waiting.iter_mut()).now_or_never().is_none());
        assert!(slots.enter().await.is_err());
        drop(first);
        let second = waiting.remove(0).await.unwrap();
        assert!(slots.enter().now_or_never().is_none(), "it waits");
        drop((second, waiting));
        assert!(slots.enter().await.is_ok());
    }
}
