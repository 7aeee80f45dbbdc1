//! `matching workers`.

use std::process::ExitCode;

use clap::Args;

use super::{
    lines,
    listing::{Form, print_table},
};
use crate::{
    application,
    configuration::Settings,
    domain::{event::format_timestamp, process::RunningProcess, queue_name::QueueName},
    service::processes::ProcessService,
};

#[derive(Args)]
pub(super) struct WorkerArguments {
    #[command(flatten)]
    form: Form,
}

/// Prints the processes that showed a sign of life within half a minute.
pub(super) async fn run(
    settings: Settings,
    arguments: WorkerArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let running = ProcessService::new(store).running().await?;
    if running.is_empty() {
        eprintln!("no process runs on {}", settings.database_name());
    }
    if arguments.form.is_json() {
        for process in running {
            lines::print(&application::process_in_json(process)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let head = [
        "HOST", "PROCESS", "ROLE", "QUEUES", "DOWN", "FAULTS", "VERSION", "STARTED", "SEEN",
    ];
    print_table(head, running.iter().map(row))?;
    Ok(ExitCode::SUCCESS)
}

fn row(running: &RunningProcess) -> [String; 9] {
    let names = |queues: &[QueueName]| {
        let names: Vec<_> = queues.iter().map(|queue| queue.short_name()).collect();
        names.join(",")
    };
    let process = &running.process;
    [
        process.host.clone(),
        process.system_id.to_string(),
        process.role.as_str().to_owned(),
        names(&process.queues),
        names(&running.state.queues_down),
        running
            .state
            .faults
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(","),
        process.version.clone(),
        format_timestamp(running.started_at),
        format_timestamp(running.seen_at),
    ]
}
