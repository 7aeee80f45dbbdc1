//! `matching configuration check|show`.

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};

use super::{lines, load};

#[derive(Args)]
pub(super) struct ConfigurationArguments {
    #[command(subcommand)]
    command: ConfigurationCommand,
}

#[derive(Subcommand)]
enum ConfigurationCommand {
    /// Report all faults of the settings, without starting anything
    Check,
    /// Print the settings in force and their origins; secrets are hidden
    Show,
}

pub(super) fn run(
    arguments: &ConfigurationArguments,
    config: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let loaded = load(config)?;
    match arguments.command {
        ConfigurationCommand::Check => lines::print("the configuration is fine")?,
        ConfigurationCommand::Show => {
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
        }
    }
    Ok(ExitCode::SUCCESS)
}
