//! Lists as commands print them: a table on a terminal, NDJSON elsewhere.

use std::io::{IsTerminal, stdout};

use clap::Args;
use comfy_table::{Table, presets};

use super::lines;

/// The form of a list.
#[derive(Args)]
#[group(multiple = false)]
pub(super) struct Form {
    /// Print JSON, one document per line
    #[arg(long)]
    json: bool,
    /// Print a table, even if the output is not a terminal
    #[arg(long)]
    table: bool,
}

impl Form {
    /// True for JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json || !self.table && !stdout().is_terminal()
    }
}

/// Prints a table whose columns are as wide as their widest cell, however narrow the terminal is.
pub(super) fn print_table<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> anyhow::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(head)
        .add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.trim_fmt().lines() {
        lines::print(line)?;
    }
    Ok(())
}
