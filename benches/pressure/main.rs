//! Puts `matching serve` and `matching work` under pressure while a steady load runs, and measures
//! for each scenario the rate beside that of the quiet seconds before, the slowest answers of
//! `/metrics` and `/readyz`, the time to heal, lost matches and warnings a minute. Prints the table
//! of `docs/pressure.md`, which quotes its last recorded output, `benches/pressure.md`;
//! `tests/integration/recorded_figures.rs` keeps them equal.
//!
//! `scripts/test --run cargo bench --bench pressure -- [SCENARIO[=NUMBER]…]`
//!
//! The number is the length of the pressure in seconds, the count of connections or rows, or the
//! count of repetitions; each scenario's file says which. Without a scenario all of them run.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't go on ends, and says where"
)]
#![expect(clippy::large_futures, reason = "each scenario runs once")]

#[path = "../deployment/mod.rs"]
#[expect(dead_code, reason = "the system bench uses the rest")]
mod deployment;
mod load;
mod probes;
#[path = "../profiles/mod.rs"]
mod profiles;
mod scenarios;
mod service;
mod small_disk;
mod table;
mod trial;

use deployment::{http, machine, servers};

/// A scenario with its number, which its file explains.
struct Asked {
    name: String,
    number: u64,
}

impl Asked {
    /// Reads the command line; ends the process if it does not name scenarios.
    fn read() -> Vec<Self> {
        // Cargo adds `--bench`.
        let words = std::env::args().skip(1).filter(|word| word != "--bench");
        let asked: Option<Vec<Self>> = words.map(|word| Self::of(&word)).collect();
        let Some(asked) = asked else {
            let names: Vec<&str> = scenarios::ALL.iter().map(|(name, _)| *name).collect();
            eprintln!("usage: [SCENARIO[=NUMBER]…], of: {}", names.join(" "));
            std::process::exit(2);
        };
        if asked.is_empty() {
            let all = scenarios::ALL.iter();
            return all.filter_map(|(name, _)| Self::of(name)).collect();
        }
        asked
    }

    fn of(word: &str) -> Option<Self> {
        let (name, number) = word.split_once('=').unwrap_or((word, ""));
        let (_, usual) = scenarios::ALL.iter().find(|(known, _)| *known == name)?;
        let number = if number.is_empty() {
            *usual
        } else {
            number.parse().ok()?
        };
        Some(Self {
            name: name.to_owned(),
            number,
        })
    }
}

#[tokio::main]
async fn main() {
    let asked = Asked::read();
    let load_before = machine::load();
    let mut rows = vec![];
    for Asked { name, number } in asked {
        eprintln!("{name}={number} …");
        let row = scenarios::run(&name, number).await;
        eprintln!("{}", table::line(&row));
        rows.push(row);
    }
    table::print(&load_before, &rows);
}
