//! `matching serve` and `matching work`: run until a signal.

use std::process::ExitCode;

use clap::Args;

use super::parse_queue;
use crate::{
    application::{self, Roles},
    configuration::Settings,
    domain::queue_name::QueueName,
    shutdown::StopSignals,
};

#[derive(Args)]
pub(super) struct ServeArguments {
    /// Run the pool of this queue only (high, standard or bulk); may be repeated
    #[arg(long = "queue", value_name = "NAME", value_parser = parse_queue)]
    queues: Vec<QueueName>,
    /// Answer HTTP only; `matching work` runs the pools
    #[arg(long, conflicts_with = "queues")]
    no_workers: bool,
}

#[derive(Args)]
pub(super) struct WorkArguments {
    /// A queue whose pool to run (high, standard or bulk); may be repeated
    #[arg(long = "queue", value_name = "NAME", value_parser = parse_queue, required = true)]
    queues: Vec<QueueName>,
}

pub(super) async fn serve(
    settings: Settings,
    arguments: ServeArguments,
) -> anyhow::Result<ExitCode> {
    let pools = match (arguments.no_workers, arguments.queues) {
        (true, _) => vec![],
        (false, queues) if queues.is_empty() => QueueName::ALL.to_vec(),
        (false, queues) => unique(queues),
    };
    run(&settings, &Roles { api: true, pools }).await
}

pub(super) async fn work(settings: Settings, arguments: WorkArguments) -> anyhow::Result<ExitCode> {
    let pools = unique(arguments.queues);
    run(&settings, &Roles { api: false, pools }).await
}

async fn run(settings: &Settings, roles: &Roles) -> anyhow::Result<ExitCode> {
    // Installed before anything starts, so that a signal always finds a handler.
    let mut signals = StopSignals::listen()?;
    let service = tokio::select! {
        started = application::start(settings, roles) => started?,
        () = signals.received() => return Ok(ExitCode::SUCCESS),
    };
    signals.received().await;
    let leases = service.leases();
    signals.end(service.stop(), leases.release_all()).await;
    Ok(ExitCode::SUCCESS)
}

fn unique(mut queues: Vec<QueueName>) -> Vec<QueueName> {
    queues.sort_unstable();
    queues.dedup();
    queues
}
