//! Signals: the first one requests an orderly stop, the second one an immediate exit.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code that shells report for a process ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Listens to SIGTERM and SIGINT from its creation on.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Installs handlers for both signals.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of the signals.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Exits at once when another signal arrives. Safe at any moment: work that is not in the
    /// ledger yet was not accepted, and work in the ledger is recovered when its lease expires.
    pub(crate) fn exit_on_next(mut self) {
        tokio::spawn(async move {
            self.received().await;
            tracing::warn!("second signal: stopping at once; leases of running tasks will expire");
            std::process::exit(INTERRUPTED);
        });
    }
}
