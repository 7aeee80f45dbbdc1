//! The command line: one file per command, each a thin caller of the library.
//!
//! What a command prints for its user goes to standard output, log lines and progress to standard
//! error. Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.

mod audit;
mod configuration;
mod confirmation;
mod dead_letters;
mod demo;
mod doctor;
mod explanation;
mod export;
mod import;
mod jobs;
mod keys;
mod lines;
mod listing;
mod migrate;
mod queues;
mod rank;
mod score;
mod serve;
mod verify;
mod webhooks;
mod weights;
mod workers;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    application,
    configuration::{LoadedSettings, Purpose, Settings},
    domain::queue_name::QueueName,
    telemetry,
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Language};

/// The settings file that is read by default.
const DEFAULT_FILE: &str = "Settings.toml";

/// Scores how well candidates fit job postings, in durable priority queues, with explained results
/// and signed webhooks.
#[derive(Parser)]
#[command(name = "matching", version, about, max_term_width = 100)]
struct CommandLine {
    /// A settings file; by default ./Settings.toml, if it exists
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer HTTP and run worker pools, in one process
    Serve(serve::ServeArguments),
    /// Run worker pools only; needs Redis
    Work(serve::WorkArguments),
    /// Apply missing migrations to the database
    Migrate,
    /// Store profiles from NDJSON, one JSON document per line
    Import(import::ImportArguments),
    /// Write stored results as NDJSON or CSV
    Export(export::ExportArguments),
    /// Score profiles from files, without any storage
    Score(score::ScoreArguments),
    /// Rank many profiles for one profile from files, without any storage
    Rank(rank::RankArguments),
    /// Check that scores don't depend on personal attributes, and compare groups
    Audit(audit::AuditArguments),
    /// Show failed tasks, retry or delete them
    DeadLetters(dead_letters::DeadLetterArguments),
    /// Show and cancel jobs
    Jobs(jobs::JobArguments),
    /// Show and resend webhooks; end pauses of their receivers
    #[command(visible_alias = "webhook-deliveries")]
    Webhooks(webhooks::WebhookArguments),
    /// Create, list, rotate and revoke API keys
    Keys(keys::KeyArguments),
    /// Show, pause and resume queues
    Queues(queues::QueueArguments),
    /// Show the running processes
    Workers(workers::WorkerArguments),
    /// Check that no accepted work was lost, that work moves, and the settings of the servers
    Doctor(doctor::DoctorArguments),
    /// Compute a stored result again and compare it bit for bit; exit code 0 only if it is the same
    Verify(verify::VerifyArguments),
    /// Check or show the settings in force
    Configuration(configuration::ConfigurationArguments),
    /// Print the OpenAPI document
    Openapi,
    /// Try everything: embedded, with sample profiles, in a temporary folder
    Demo(demo::DemoArguments),
}

/// The kinds of profile, as the command line names them.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileKindArgument {
    Candidates,
    JobPostings,
}

impl From<ProfileKindArgument> for ProfileKind {
    fn from(argument: ProfileKindArgument) -> Self {
        match argument {
            ProfileKindArgument::Candidates => Self::Candidate,
            ProfileKindArgument::JobPostings => Self::JobPosting,
        }
    }
}

/// Parses the arguments, runs the command and returns its exit code.
pub fn run() -> ExitCode {
    let CommandLine { config, command } = CommandLine::parse();
    let config = config.as_deref();
    let outcome = match command {
        Command::Score(arguments) => score::run(&arguments, config),
        Command::Rank(arguments) => rank::run(&arguments, config),
        Command::Audit(arguments) => audit::run(&arguments, config),
        Command::Configuration(arguments) => configuration::run(&arguments, config),
        Command::Openapi => openapi(),
        Command::Demo(arguments) => in_runtime(demo::run(arguments)),
        Command::Serve(arguments) => with_service(config, Purpose::Serve, |settings| {
            serve::serve(settings, arguments)
        }),
        Command::Work(arguments) => with_service(config, Purpose::Other, |settings| {
            serve::work(settings, arguments)
        }),
        Command::Migrate => with_service(config, Purpose::Other, migrate::run),
        Command::Import(arguments) => with_service(config, Purpose::Other, |settings| {
            import::run(settings, arguments)
        }),
        Command::Export(arguments) => with_service(config, Purpose::Other, |settings| {
            export::run(settings, arguments)
        }),
        Command::Verify(arguments) => with_service(config, Purpose::Other, |settings| {
            verify::run(settings, arguments)
        }),
        Command::Doctor(arguments) => with_service(config, Purpose::Other, |settings| {
            doctor::run(settings, arguments)
        }),
        Command::Keys(arguments) => with_service(config, Purpose::Other, |settings| {
            keys::run(settings, arguments)
        }),
        Command::Queues(arguments) => with_service(config, Purpose::Other, |settings| {
            queues::run(settings, arguments)
        }),
        Command::Jobs(arguments) => with_service(config, Purpose::Other, |settings| {
            jobs::run(settings, arguments)
        }),
        Command::Workers(arguments) => with_service(config, Purpose::Other, |settings| {
            workers::run(settings, arguments)
        }),
        Command::DeadLetters(arguments) => with_service(config, Purpose::Other, |settings| {
            dead_letters::run(settings, arguments)
        }),
        Command::Webhooks(arguments) => with_service(config, Purpose::Other, |settings| {
            webhooks::run(settings, arguments)
        }),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Reads the settings from the given file, or else from the one in the working directory, and from
/// the environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that hands the environment to `configuration`"
)]
fn load(config: Option<&Path>, purpose: Purpose) -> anyhow::Result<LoadedSettings> {
    let default = Path::new(DEFAULT_FILE);
    let file = config.or_else(|| default.exists().then_some(default));
    let environment = std::env::vars_os().collect();
    Ok(crate::configuration::load(file, &environment, purpose)?)
}

/// Runs a command that needs settings, a log and a runtime.
fn with_service<F>(
    config: Option<&Path>,
    purpose: Purpose,
    command: impl FnOnce(Settings) -> F,
) -> anyhow::Result<ExitCode>
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let settings = load(config, purpose)?.settings;
    telemetry::start_log(&settings.log);
    in_runtime(command(settings))
}

fn in_runtime(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command)
}

fn openapi() -> anyhow::Result<ExitCode> {
    lines::print(&application::interface_description()?)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the name of the operator for the audit log: the user of the system, from the
/// environment, or its number if the environment has no name, as in containers.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's name describes the caller and is no setting"
)]
fn operator() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    let number = || {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let numbers = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        Some(format!("uid {}", numbers.split_whitespace().next()?))
    };
    let user = user.or_else(number);
    format!("cli:{}", user.as_deref().unwrap_or("unknown"))
}

/// Reads a queue's full or short name.
fn parse_queue(name: &str) -> Result<QueueName, String> {
    QueueName::parse(name).ok_or_else(|| {
        let names = QueueName::ALL.map(QueueName::short_name);
        format!("the queues are {}", names.join(", "))
    })
}

/// Reads a language's tag.
fn parse_language(tag: &str) -> Result<Language, String> {
    Language::from_tag(tag).ok_or_else(|| "the languages are en and fr".to_owned())
}
