//! The service of a trial: `serve --no-workers` and `work` of all queues, or one process with the
//! embedded parts.

use std::{io::Write, path::Path, process::Command};

use matching_test_servers::commands::free_port;

use crate::{
    deployment::process::{self, Process},
    profiles::Samples,
};

/// The number of processes that are probed, and whose warnings are counted.
pub const MONITORED: usize = 2;

const WORK: [&str; 7] = [
    "work", "--queue", "high", "--queue", "standard", "--queue", "bulk",
];

/// The servers that the service uses.
#[derive(Clone)]
pub enum Servers {
    /// The URLs of PostgreSQL and Redis.
    Own(String, String),
    /// SQLite and queues inside the process.
    Embedded,
}

pub struct Service {
    servers: Servers,
    folder: std::path::PathBuf,
    processes: Vec<Process>,
    /// The address of each process, of the API first.
    pub addresses: Vec<String>,
}

impl Service {
    /// Stores the profiles 1 to `profiles` of each kind, and starts the processes with their files
    /// in this folder.
    pub async fn start(servers: Servers, folder: &Path, profiles: i64) -> Self {
        let mut service = Self {
            servers,
            folder: folder.to_owned(),
            processes: vec![],
            addresses: vec![],
        };
        service.import(profiles);
        let serve: &[&str] = match service.servers {
            Servers::Own(..) => &["serve", "--no-workers"],
            Servers::Embedded => &["serve"],
        };
        let mut command = service.command(serve);
        command.env("PORT", "0");
        let serve = Process::start(command, &folder.join("serve.log")).await;
        service.addresses.push(serve.address.clone());
        service.processes.push(serve);
        if let Servers::Own(..) = service.servers {
            let port = free_port().to_string();
            let mut command = service.command(&WORK);
            command.env("WORKER_MONITORING_PORT", &port);
            let work = Process::start(command, &folder.join("work.log")).await;
            service.addresses.push(format!("127.0.0.1:{port}"));
            service.processes.push(work);
        }
        service
    }

    fn import(&self, profiles: i64) {
        let samples = Samples::read();
        let candidate = |id| samples.candidate(id);
        let posting = |id| samples.job_posting(id);
        let kinds: [(&str, &dyn Fn(i64) -> String); 2] =
            [("candidates", &candidate), ("job-postings", &posting)];
        for (kind, profile) in kinds {
            let path = self.folder.join(kind);
            let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
            for id in 1..=profiles {
                writeln!(file, "{}", profile(id)).unwrap();
            }
            file.flush().unwrap();
            let imported = self.command(&["import", kind, path.to_str().unwrap()]);
            run(imported);
        }
    }

    /// Returns the invariants that `matching doctor` finds broken.
    pub fn broken_invariants(&self) -> Vec<String> {
        let mut doctor = self.command(&["doctor", "--json", "--hours", "0"]);
        let output = doctor.output().unwrap();
        let Ok(document) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else {
            return vec![String::from_utf8_lossy(&output.stderr).into_owned()];
        };
        let invariants = document["invariants"].as_array().unwrap();
        let broken = invariants
            .iter()
            .filter(|invariant| invariant["holds"] != true);
        broken.map(|one| one["name"].to_string()).collect()
    }

    /// Returns the number of warnings and errors in the log of each process so far, without the
    /// access log, whose lines are as many as the calls.
    pub fn log_lines(&self) -> [usize; MONITORED] {
        let mut lines = [0; MONITORED];
        for (count, process) in lines.iter_mut().zip(&self.processes) {
            let log = process.log();
            let is_counted = |line: &&str| {
                (line.contains(r#""level":"WARN""#) || line.contains(r#""level":"ERROR""#))
                    && !line.contains(r#""target":"matching::api::context""#)
            };
            *count = log.lines().filter(is_counted).count();
        }
        lines
    }

    /// Copies the logs to `target/tmp`, for a look after the run.
    pub fn keep_logs(&self, name: &str) {
        for (role, process) in ["serve", "work"].iter().zip(&self.processes) {
            let kept = format!("{}/pressure-{name}-{role}.log", env!("CARGO_TARGET_TMPDIR"));
            std::fs::write(kept, process.log()).unwrap();
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::command(arguments);
        command.env("DATA_DIR", self.folder.join("data"));
        if let Servers::Own(database, redis) = &self.servers {
            command
                .env("DATABASE_URL", database)
                .env("REDIS_URL", redis);
        }
        command
    }
}

fn run(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
