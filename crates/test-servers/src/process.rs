//! The processes of servers: start, signals, and the time that a start may take.

use std::{process::Stdio, time::Duration};

use tokio::process::{Child, Command};

/// The time that a server may take to start before its test fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Starts a process that is killed when its handle is dropped.
pub(crate) fn spawn(command: std::process::Command) -> Child {
    let mut command = Command::from(command);
    command.kill_on_drop(true).spawn().unwrap()
}

/// Sends a signal to processes; `-7` names the group of process 7. One that has ended meanwhile is
/// no fault.
pub fn signal(name: &str, processes: &[String]) {
    let _ = std::process::Command::new("kill")
        .args([&format!("-{name}"), "--"])
        .args(processes)
        .stderr(Stdio::null())
        .status();
}
