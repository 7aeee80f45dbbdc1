//! Processes of the built binary.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::http::until;

/// A process of the service, which is killed when this is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    /// The address that it listens on; empty if it doesn't listen.
    pub address: String,
}

impl Process {
    /// Starts the command with its log in this file, and waits until it has started.
    pub async fn start(mut command: Command, log: &Path) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut process = Self {
            child,
            log: log.to_owned(),
            address: String::new(),
        };
        let started = until(Duration::from_millis(5), || async {
            let log = process.log();
            log.lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .find(|entry| entry["message"] == "started")
        });
        let started = tokio::time::timeout(Duration::from_mins(1), started).await;
        let started =
            started.unwrap_or_else(|_| panic!("the service does not start:\n{}", process.log()));
        let address = started["address"].as_str().unwrap_or_default();
        address.clone_into(&mut process.address);
        process
    }

    /// Returns its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the command of the built binary with default settings, without those of the environment.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matching"));
    command
        .args(arguments)
        .env_clear()
        .env("LOG_FORMAT", "json")
        .stdin(Stdio::null());
    command
}
