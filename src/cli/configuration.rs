//! `matching configuration check|show`.

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};

use super::{in_runtime, lines, load};
use crate::{
    application,
    configuration::{LoadedSettings, Purpose, Settings},
    outage::with_causes,
    service::servers::find_warnings,
};

#[derive(Args)]
pub(super) struct ConfigurationArguments {
    #[command(subcommand)]
    command: ConfigurationCommand,
}

#[derive(Subcommand)]
enum ConfigurationCommand {
    /// Report all faults of the settings, without starting anything
    Check {
        /// Also connect to each part, and report whether it can be used. Stores, reads and deletes
        /// one small document; changes nothing else
        #[arg(long)]
        connect: bool,
    },
    /// Print the settings in force and their origins; secrets are hidden
    Show,
}

pub(super) fn run(
    arguments: &ConfigurationArguments,
    config: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let loaded = load(config, Purpose::Serve)?;
    match arguments.command {
        ConfigurationCommand::Check { connect } => in_runtime(check(loaded.settings, connect)),
        ConfigurationCommand::Show => {
            show(&loaded)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Checks what `serve` would refuse; with `connect`, also asks each part.
async fn check(settings: Settings, connect: bool) -> anyhow::Result<ExitCode> {
    let refused = application::prepare_parts(&settings);
    for error in &refused {
        eprintln!("error: {}", with_causes(error));
    }
    if !refused.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    lines::print("the configuration is fine")?;
    if !connect {
        return Ok(ExitCode::SUCCESS);
    }
    let mut all_answer = true;
    let (parts, warnings) = ask_parts(&settings).await;
    for (part, answer) in parts {
        match answer {
            Ok(said) => lines::print(&format!("ok      {part}: {said}"))?,
            Err(fault) => {
                lines::print(&format!("FAULT   {part}: {fault}"))?;
                all_answer = false;
            }
        }
    }
    for warning in warnings {
        lines::print(&format!("WARNING {warning}"))?;
    }
    Ok(if all_answer {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

type Part = (&'static str, Result<String, String>);

/// Asks each configured part, and the servers for warnings.
async fn ask_parts(settings: &Settings) -> (Vec<Part>, Vec<String>) {
    let mut parts = Vec::new();
    let mut warnings = Vec::new();
    let queues = application::open_queues(settings, "matching:check");
    if settings.sqlite_file().is_some_and(|file| !file.exists()) {
        let created = format!(
            "{} will be created by the first start",
            settings.database_name()
        );
        parts.push(("database", Ok(created)));
    } else {
        let store = application::open_store(settings).await;
        let answer = match &store {
            Ok(store) => store.check().await.map_err(|error| with_causes(&error)),
            Err(error) => Err(with_causes(error)),
        };
        if let (Ok(store), Ok(queues)) = (&store, &queues) {
            warnings = find_warnings(&**store, &**queues).await;
        }
        parts.push(("database", answer.map(|()| settings.database_name())));
    }
    if settings.redis.is_some() {
        let answer = match &queues {
            Ok(queues) => queues.check().await.map_err(|error| with_causes(&error)),
            Err(error) => Err(with_causes(error)),
        };
        parts.push(("redis", answer.map(|()| "it answers".to_owned())));
    }
    let tried = application::try_documents(settings).await;
    let answer = tried.map(|()| "a document was stored, read and deleted".to_owned());
    parts.push(("documents", answer.map_err(|error| with_causes(&error))));
    if let Ok(Some(encoder)) = application::open_encoder(settings) {
        let encoded = encoder.encode(&["accountant".to_owned()]).await;
        let answer = encoded.map(|_| "it makes vectors".to_owned());
        parts.push(("encoder", answer.map_err(|error| with_causes(&error))));
    }
    (parts, warnings)
}

fn show(loaded: &LoadedSettings) -> anyhow::Result<()> {
    let mut section = "";
    for setting in &loaded.shown {
        let (of, name) = setting.key.rsplit_once('.').unwrap_or(("", &setting.key));
        if of != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            lines::print(&format!("{gap}[{of}]"))?;
            section = of;
        }
        let origin = match setting.origin.as_str() {
            "default" => String::new(),
            origin => format!("  # {origin}"),
        };
        lines::print(&format!("{name} = {}{origin}", setting.value))?;
    }
    Ok(())
}
