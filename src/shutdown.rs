//! Signals: the first one requests an orderly stop, the second one an exit as soon as running tasks
//! are released.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// The exit code that shells report for a process ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Listens to the signals that ask a process to end, from its creation on.
///
/// SIGUSR1 and SIGUSR2 have no meaning here, but would end the process, so they are caught and
/// ignored. SIGHUP stays ignored if the parent ignored it, as `nohup` does.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Option<Signal>,
}

impl StopSignals {
    /// Installs handlers for these signals.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn listen() -> std::io::Result<Self> {
        // A handler stays installed after its stream is dropped.
        drop(signal(SignalKind::user_defined1())?);
        drop(signal(SignalKind::user_defined2())?);
        let hang_up = SignalKind::hangup();
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: (!is_ignored(hang_up))
                .then(|| signal(hang_up))
                .transpose()?,
        })
    }

    /// Waits for one of the signals.
    pub(crate) async fn received(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        let name = tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.quit.recv() => "SIGQUIT",
            _ = hang_up => "SIGHUP",
        };
        info!(signal = name, "signal received");
    }

    /// Waits for the orderly stop. Another signal ends the process as soon as `release` has given
    /// running tasks back: a process that merely stops must not count as a lost worker.
    pub(crate) async fn end(
        mut self,
        stop: impl Future<Output = ()>,
        release: impl Future<Output = u64>,
    ) {
        tokio::select! {
            () = stop => {}
            () = self.received() => {
                let tasks = release.await;
                warn!(tasks, "second signal: running tasks were released; stopping at once");
                std::process::exit(INTERRUPTED);
            }
        }
    }
}

/// True if the process was started with this signal ignored. Reads Linux's description of the
/// process, whose mask has one bit for each signal; elsewhere nothing counts as ignored.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}
