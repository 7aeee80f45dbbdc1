//! The binary as its users run it: a process with an environment of its own.

use std::{
    collections::VecDeque,
    path::Path,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::watch,
};

use super::api::Api;

/// How long a process may take to start or stop before a test fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// Log lines that are kept.
const KEPT_LINES: usize = 200_000;
/// Log lines that a failing test shows.
const SHOWN_LINES: usize = 200;

/// A command of the binary with nothing in its environment but what is given.
pub fn command(arguments: &[&str], environment: &[(String, String)], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matching"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub async fn run(arguments: &[&str], environment: &[(String, String)], folder: &Path) -> Output {
    command(arguments, environment, folder)
        .output()
        .await
        .unwrap()
}

/// A running `serve` or `work`.
pub struct Process {
    child: Child,
    log: watch::Receiver<VecDeque<String>>,
    address: Option<String>,
}

impl Process {
    /// Starts it and waits until it says so.
    pub async fn start(
        arguments: &[&str],
        environment: &[(String, String)],
        folder: &Path,
    ) -> Self {
        Self::run(command(arguments, environment, folder)).await
    }

    /// Starts a command and waits until it says so.
    pub async fn run(mut command: Command) -> Self {
        let mut child = command
            .env("LOG_FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (kept, log) = watch::channel(VecDeque::new());
        let (started, mut when_started) = watch::channel(None);
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let entry: Value = serde_json::from_str(&line).unwrap_or_default();
                if entry["message"] == "started" {
                    let address = entry["address"].as_str().map(str::to_owned);
                    started.send_replace(Some(address));
                }
                kept.send_modify(|kept| {
                    kept.push_back(line);
                    if kept.len() > KEPT_LINES {
                        kept.pop_front();
                    }
                });
            }
        });
        let address = tokio::time::timeout(PATIENCE, when_started.wait_for(Option::is_some))
            .await
            .ok()
            .and_then(Result::ok)
            .and_then(|address| (*address).clone());
        let process = Self {
            address: address.clone().flatten(),
            child,
            log,
        };
        assert!(
            address.is_some(),
            "{command:?} did not start:\n{}",
            process.log()
        );
        process
    }

    /// A client of its API.
    pub fn api(&self) -> Api {
        let address = self.address.as_ref().expect("this process has no API");
        Api::new(format!("http://{address}"))
    }

    pub fn id(&self) -> u32 {
        self.child.id().expect("the process has ended")
    }

    /// SIGKILL, and the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// SIGTERM, and how the process then ended.
    pub async fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended().await
    }

    /// Waits for the end of the process.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("the process does not end")
            .unwrap()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until its log has a line with one of these texts.
    pub async fn says(&self, texts: &[&str]) {
        let said = self.says_what(|log| {
            let mut lines = log.iter();
            lines.any(|line| texts.iter().any(|text| line.contains(text)))
        });
        assert!(said.await, "none of {texts:?} in:\n{}", self.log());
    }

    /// Waits until its log is so; false where it does not become so in time.
    pub async fn says_what(&self, is_so: impl FnMut(&VecDeque<String>) -> bool) -> bool {
        let mut log = self.log.clone();
        let listening = log.wait_for(is_so);
        let said = tokio::time::timeout(PATIENCE, listening).await;
        said.is_ok_and(|lines| lines.is_ok())
    }

    /// The number of its log lines with a text.
    pub fn count_of_lines_with(&self, text: &str) -> usize {
        let log = self.log.borrow();
        log.iter().filter(|line| line.contains(text)).count()
    }

    /// The last line of its log with a text.
    pub fn last_line_with(&self, text: &str) -> Option<String> {
        last_line_with(&self.log.borrow(), text)
    }

    /// Its last log lines.
    pub fn log(&self) -> String {
        let log = self.log.borrow();
        let shown = log.len().saturating_sub(SHOWN_LINES);
        let lines: Vec<String> = log.iter().skip(shown).cloned().collect();
        lines.join("\n")
    }

    /// All its log lines.
    pub fn lines(&self) -> Vec<String> {
        self.log.borrow().iter().cloned().collect()
    }
}

/// The last of the lines with a text.
pub fn last_line_with(lines: &VecDeque<String>, text: &str) -> Option<String> {
    lines.iter().rev().find(|line| line.contains(text)).cloned()
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of process {:?}\n{}", self.child.id(), self.log());
        }
    }
}
