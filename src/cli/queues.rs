//! `matching queues list|pause|resume`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{
    lines,
    listing::{Form, print_table},
    operator, parse_queue,
};
use crate::{
    application,
    configuration::Settings,
    domain::{event::format_timestamp, queue_name::QueueName},
    service::queues::QueueView,
};

#[derive(Args)]
pub(super) struct QueueArguments {
    #[command(subcommand)]
    command: QueueCommand,
}

#[derive(Subcommand)]
enum QueueCommand {
    /// Print the queues with their depth and pauses: a table on a terminal, NDJSON elsewhere
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Stop handing out a queue's tasks, in all processes, until it is resumed; running tasks
    /// continue
    Pause(Change),
    /// Resume a queue
    Resume(Change),
}

#[derive(Args)]
struct Change {
    /// The queue: high, standard or bulk
    #[arg(value_name = "NAME", value_parser = parse_queue)]
    queue: QueueName,
    /// The reason; it is shown with the pause and in the list of operator actions
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(settings: Settings, arguments: QueueArguments) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let queues = application::queue_service(store, &settings);
    match arguments.command {
        QueueCommand::List { form } => print_queues(&queues.all().await?, &form, &settings)?,
        QueueCommand::Pause(Change { queue, reason }) => {
            queues.pause(queue, reason.as_deref(), &operator()).await?;
            lines::print(&format!("{queue} is paused"))?;
        }
        QueueCommand::Resume(Change { queue, reason }) => {
            queues.resume(queue, reason.as_deref(), &operator()).await?;
            lines::print(&format!("{queue} is not paused"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_queues(queues: &[QueueView], form: &Form, settings: &Settings) -> anyhow::Result<()> {
    if form.is_json() {
        for queue in queues {
            lines::print(&application::queue_in_json(queue, settings)?)?;
        }
        return Ok(());
    }
    let head = [
        "QUEUE",
        "WAITING",
        "QUEUED",
        "PROCESSING",
        "DEAD",
        "READY FOR",
        "PAUSED",
        "BY",
        "REASON",
    ];
    print_table(head, queues.iter().map(row))
}

fn row(queue: &QueueView) -> [String; 9] {
    let depth = &queue.depth;
    let pause = depth.pause.as_ref();
    let ready = depth.oldest_seconds;
    [
        depth.queue.short_name().to_owned(),
        depth.waiting.to_string(),
        depth.queued.to_string(),
        depth.processing.to_string(),
        depth.dead.to_string(),
        ready.map_or_else(String::new, |seconds| format!("{seconds:.0} s")),
        pause.map_or_else(String::new, |pause| format_timestamp(pause.at)),
        pause.map_or_else(String::new, |pause| pause.actor.clone()),
        pause
            .and_then(|pause| pause.reason.clone())
            .unwrap_or_default(),
    ]
}
