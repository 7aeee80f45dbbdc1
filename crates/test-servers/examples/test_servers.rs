//! Runs a command on a PostgreSQL and a Redis server of its own, and stops both when the command
//! ends. `scripts/test` builds it and finds the programs of the servers.
//!
//! `test-servers [--durable] [COMMAND…]`: without a command prints the `export` lines that a
//! command needs, and keeps the servers until a signal. The exit code is the command's, or 128 and
//! the number of the signal that ended it or this process.
#![expect(clippy::unwrap_used, reason = "a development tool")]

use std::{
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    process::{Command, ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use matching_test_servers::{postgres::PostgresServer, process::signal, redis::RedisServer};
use tokio::{
    process::Child,
    signal::unix::{Signal, SignalKind},
};

/// The variables that `scripts/test` may have set for the tests.
const FOUND_BY_SCRIPT: [&str; 5] = [
    "TEST_POSTGRES_BIN",
    "TEST_POSTGRES_USER",
    "TEST_REDIS_SERVER",
    "TEST_PGBOUNCER",
    "TEST_FAKETIME",
];
/// The time that the command has to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(5);

// One thread: the servers end with the thread that started them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut command: Vec<String> = std::env::args().skip(1).collect();
    let durable = command.first().is_some_and(|word| word == "--durable");
    if durable {
        command.remove(0);
    }
    // From here on a signal waits for `run`, and ends nothing before the servers can be stopped.
    let signals = Signals::new();
    let mut postgres = PostgresServer::start_shared(durable).await;
    let mut redis = RedisServer::start().await;
    let code = run(&command, signals, &mut postgres, &mut redis).await;
    redis.stop().await;
    postgres.stop_immediately().await;
    ExitCode::from(code)
}

/// Returns the exit code of the command, which has ended with all its children.
async fn run(
    command: &[String],
    mut signals: Signals,
    postgres: &mut PostgresServer,
    redis: &mut RedisServer,
) -> u8 {
    let urls = [
        ("TEST_POSTGRES_URL", postgres.url()),
        ("TEST_REDIS_URL", redis.url()),
    ];
    let Some((program, arguments)) = command.split_first() else {
        print_exports(&urls);
        return tokio::select! {
            biased;
            code = signals.next() => code,
            () = server_ended(postgres, redis) => 1,
        };
    };
    // Removed at the end, so that no test leaves a file behind. PostgreSQL's account must be able
    // to reach folders in it.
    let folder = tempfile::Builder::new()
        .prefix("matching-test.")
        .permissions(PermissionsExt::from_mode(0o711))
        .tempdir()
        .unwrap();
    let mut child = Command::new(program);
    child
        .args(arguments)
        .envs(urls)
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        // Ctrl-C reaches this process alone.
        .process_group(0);
    let mut child = match tokio::process::Command::from(child).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{program}: {error}");
            return 127;
        }
    };
    let group = format!("-{}", child.id().unwrap());
    let code = tokio::select! {
        biased;
        code = signals.next() => code,
        status = child.wait() => exit_code(status.unwrap()),
        () = server_ended(postgres, redis) => 1,
    };
    end(child, group).await;
    code
}

/// Ends what is left of the command's process group.
async fn end(mut child: Child, group: String) {
    let group = [group];
    signal("TERM", &group);
    let _ = tokio::time::timeout(PATIENCE, child.wait()).await;
    signal("KILL", &group);
    child.wait().await.unwrap();
}

async fn server_ended(postgres: &mut PostgresServer, redis: &mut RedisServer) {
    let name = tokio::select! {
        () = postgres.ended() => "PostgreSQL",
        () = redis.ended() => "Redis",
    };
    eprintln!("{name} has ended");
}

#[expect(clippy::disallowed_methods, reason = "`scripts/test` sets them")]
fn print_exports(urls: &[(&str, String)]) {
    let found = FOUND_BY_SCRIPT.iter().filter_map(|name| {
        let value = std::env::var(name).ok()?;
        Some((*name, value))
    });
    for (name, value) in urls.iter().cloned().chain(found) {
        println!("export {name}='{}'", value.replace('\'', r"'\''"));
    }
    eprintln!("servers are running until Ctrl-C");
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    code.and_then(|code| code.try_into().ok()).unwrap_or(1)
}

/// The signals that ask this process to end.
struct Signals([(Signal, SignalKind); 3]);

impl Signals {
    fn new() -> Self {
        let kinds = [
            SignalKind::hangup(),
            SignalKind::interrupt(),
            SignalKind::terminate(),
        ];
        Self(kinds.map(|kind| (tokio::signal::unix::signal(kind).unwrap(), kind)))
    }

    /// Waits for one of them; returns the exit code that tells of it.
    async fn next(&mut self) -> u8 {
        let [hangup, interrupt, terminate] = &mut self.0;
        let kind = tokio::select! {
            _ = hangup.0.recv() => hangup.1,
            _ = interrupt.0.recv() => interrupt.1,
            _ = terminate.0.recv() => terminate.1,
        };
        u8::try_from(128 + kind.as_raw_value()).unwrap()
    }
}
