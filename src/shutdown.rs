//! Signals: the first asks for an orderly stop, the second for an immediate one.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell reports for a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// SIGTERM and SIGINT, listened to from now on.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Takes over both signals.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for either.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Ends the process at once when another one comes. Safe at any moment: what is not in the
    /// ledger yet was not accepted, and what is will be found by its lease.
    pub(crate) fn exit_on_next(mut self) {
        tokio::spawn(async move {
            self.received().await;
            tracing::warn!("second signal: stopping at once; leases of running tasks will expire");
            std::process::exit(INTERRUPTED);
        });
    }
}
