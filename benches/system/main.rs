//! What one machine does: the whole service on private PostgreSQL and Redis, measured from outside,
//! row by row, and printed as the table of `docs/performance.md`.
//!
//! `scripts/test --run cargo bench --bench system [-- [--quick] [--plans] [ROW…]]`
//!
//! `--quick` takes a tenth of the sizes. `--plans` has PostgreSQL explain each statement of a bulk and
//! of some calls when the row `stored` has been measured, and keeps that in `target/tmp/plans.log`.
//!
//! Machines differ and are noisy. So what can be given as a ratio is: both sides take turns in the
//! same run, and medians of their rounds are compared.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that can't go on ends, and says where"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the benchmark reads what `scripts/test` exports"
)]

mod environment;
mod http;
mod machine;
#[path = "../pairs/mod.rs"]
mod pairs;
mod peer;
#[path = "../profiles/mod.rs"]
mod profiles;
mod rows;
#[path = "../../tests/integration/support/server_commands.rs"]
mod server_commands;
mod servers;
mod service;
mod table;

use environment::Environment;
use table::Table;

/// The names by which rows are asked for, in the order they run: the quick ones first.
const ROWS: [&str; 10] = [
    "scoring",
    "start",
    "single",
    "status",
    "accept",
    "import",
    "bulk",
    "concurrent",
    "million",
    "stored",
];

/// What was asked for on the command line.
struct Options {
    /// A tenth of the sizes.
    quick: bool,
    /// Keep PostgreSQL's plans.
    plans: bool,
    /// Those of [`ROWS`] to run.
    rows: Vec<String>,
}

impl Options {
    fn read() -> Self {
        // Cargo adds --bench.
        let arguments = std::env::args().skip(1).filter(|word| word != "--bench");
        let (options, mut rows): (Vec<String>, Vec<String>) =
            arguments.partition(|word| word.starts_with("--"));
        let is_option = |word: &String| ["--quick", "--plans"].contains(&word.as_str());
        let is_row = |word: &String| ROWS.contains(&word.as_str());
        if !options.iter().all(is_option) || !rows.iter().all(is_row) {
            eprintln!(
                "usage: [--quick] [--plans] [ROW…], with rows of: {}",
                ROWS.join(" ")
            );
            std::process::exit(2);
        }
        if rows.is_empty() {
            rows = ROWS.map(str::to_owned).to_vec();
        }
        Self {
            quick: options.iter().any(|option| option == "--quick"),
            plans: options.iter().any(|option| option == "--plans"),
            rows,
        }
    }

    /// A size of the full run, or a tenth of it.
    fn size(&self, full: i64) -> i64 {
        if self.quick { full / 10 } else { full }
    }
}

#[tokio::main]
async fn main() {
    let options = Options::read();
    let mut table = Table::begin(&options);
    let environment = Environment::start(options).await;
    for row in ROWS {
        if !environment.options.rows.iter().any(|asked| asked == row) {
            continue;
        }
        eprintln!("{row} …");
        table.extend(match row {
            "scoring" => rows::scoring::measure().await,
            "start" => rows::start::measure(&environment).await,
            "single" => rows::single::measure(&environment).await,
            "status" => rows::status::measure(&environment).await,
            "accept" => rows::accept::measure(&environment).await,
            "import" => rows::import::measure(&environment).await,
            "bulk" => rows::bulk::measure(&environment).await,
            "concurrent" => rows::concurrent::measure(&environment).await,
            "million" => rows::million::measure(&environment).await,
            _ => rows::stored::measure(&environment).await,
        });
    }
    table.print();
}
