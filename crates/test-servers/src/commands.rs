//! The command lines of PostgreSQL, PgBouncer and Redis servers, from the programs that
//! `scripts/test` has found.
#![expect(
    clippy::disallowed_methods,
    reason = "reads what `scripts/test` exports"
)]

use std::{
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{LazyLock, OnceLock},
};

use tempfile::TempDir;

/// The account that runs PostgreSQL if the tests run as root, because PostgreSQL refuses to run as
/// root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// Returns the account that `TEST_POSTGRES_USER` names; panics if it doesn't exist.
    fn of_postgres() -> Option<Self> {
        static ACCOUNT: OnceLock<Option<Account>> = OnceLock::new();
        *ACCOUNT.get_or_init(|| {
            let name = std::env::var("TEST_POSTGRES_USER").ok()?;
            let number = |flag: &str| {
                let output = Command::new("id").args([flag, &name]).output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                text.trim().parse().unwrap()
            };
            Some(Self {
                user: number("-u"),
                group: number("-g"),
            })
        })
    }
}

fn variable(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value
        .unwrap_or_else(|| panic!("{name} is not set; run scripts/test"))
        .into()
}

/// Returns a free port below those that Linux gives to outgoing connections, so that no client
/// takes it while the server is down.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Returns the command that runs a program in the folder, without input and output. With `setpriv`,
/// which Linux has, the kernel sends it SIGINT when the thread that started it ends: neither a
/// killed test nor a killed `scripts/test` leaves a server running. So start servers from a thread
/// that lives for as long as they do.
pub(crate) fn command(program: &Path, folder: &Path) -> Command {
    static SETPRIV: LazyLock<bool> = LazyLock::new(|| {
        let mut version = Command::new("setpriv");
        version.arg("--version").stdout(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    });
    let mut command = if *SETPRIV {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--pdeathsig", "INT"]).arg(program);
        setpriv
    } else {
        Command::new(program)
    };
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Makes an empty folder below this one that PostgreSQL may write to.
pub(crate) fn postgres_folder(parent: &Path) -> TempDir {
    let folder = tempfile::tempdir_in(parent).unwrap();
    if let Some(account) = Account::of_postgres() {
        chown(folder.path(), Some(account.user), Some(account.group)).unwrap();
    }
    folder
}

/// Makes a command run as the account that PostgreSQL runs as.
pub(crate) fn as_postgres_account(command: &mut Command) {
    if let Some(account) = Account::of_postgres() {
        command.uid(account.user).gid(account.group);
    }
}

fn postgres_command(program: &str, folder: &Path) -> Command {
    let mut command = command(&variable("TEST_POSTGRES_BIN").join(program), folder);
    as_postgres_account(&mut command);
    command.args(["-D", "cluster"]);
    command
}

/// Returns the command that makes a PostgreSQL cluster in the folder.
pub(crate) fn initdb(folder: &Path) -> Command {
    let mut command = postgres_command("initdb", folder);
    command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]);
    command.stderr(Stdio::inherit());
    command
}

/// Returns the command that runs the folder's cluster on this port of 127.0.0.1, with these
/// settings.
pub(crate) fn postgres(folder: &Path, port: u16, settings: &[&str]) -> Command {
    let mut command = postgres_command("postgres", folder);
    command.args(["-p", &port.to_string()]);
    let address = ["listen_addresses=127.0.0.1", "unix_socket_directories="];
    for setting in address.iter().chain(settings) {
        command.args(["-c", setting]);
    }
    command
}

/// Returns the command that runs a Redis without persistence on this port of 127.0.0.1.
pub(crate) fn redis(folder: &Path, port: u16) -> Command {
    let mut command = command(&variable("TEST_REDIS_SERVER"), folder);
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"]);
    command
}
