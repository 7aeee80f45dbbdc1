//! Processes of the service, as they report themselves in the database.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{identifiers::ProcessId, queue_name::QueueName};

/// The command that a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessRole {
    /// `serve`: the API, and pools unless `--no-workers` was given.
    Serve,
    /// `work`: pools only.
    Work,
}

impl ProcessRole {
    /// All roles.
    pub const ALL: [Self; 2] = [Self::Serve, Self::Work];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Work => "work",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// A process as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id, with which the worker's name of each attempt begins.
    pub id: ProcessId,
    /// Its command.
    pub role: ProcessRole,
    /// The queues whose pools it runs.
    pub queues: Vec<QueueName>,
    /// The version of the program.
    pub version: String,
    /// The name of its machine or container.
    pub host: String,
    /// Its number on that machine.
    pub system_id: u32,
}

impl Process {
    /// Returns the name of its connections to servers, which contains no white space.
    pub fn connection_name(&self) -> String {
        let host = self.host.replace(|c: char| !c.is_ascii_graphic(), "_");
        format!("matching:{}:{host}:{}", self.role.as_str(), self.system_id)
    }
}

/// The state that a process reports about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcessState {
    /// The queues whose pools are down.
    pub queues_down: Vec<QueueName>,
    /// Each dependency that this process can't use (`database`, `queues`, `documents`), with the
    /// error in words.
    pub faults: BTreeMap<String, String>,
}

/// A process that showed a sign of life recently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningProcess {
    /// Its description.
    pub process: Process,
    /// Its state at its last sign of life.
    pub state: ProcessState,
    /// The time of its first sign of life.
    pub started_at: DateTime<Utc>,
    /// The time of its last sign of life.
    pub seen_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_connections_has_no_white_space() {
        let process = Process {
            id: "7-01J".parse().unwrap(),
            role: ProcessRole::Work,
            queues: vec![QueueName::Bulk],
            version: "1.0.0".to_owned(),
            host: "my host\n".to_owned(),
            system_id: 7,
        };
        assert_eq!(process.connection_name(), "matching:work:my_host_:7");
    }
}
