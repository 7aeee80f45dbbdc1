//! Measures the whole service on one machine with private PostgreSQL and Redis servers, from
//! outside and row by row, and prints the table of `docs/performance.md`. README.md and that page
//! quote its last recorded output, `benches/system.md`; `tests/integration/recorded_figures.rs`
//! keeps them equal.
//!
//! `scripts/test --run cargo bench --bench system [-- [--quick] [--plans] [ROW…]]`
//!
//! `--quick` takes a tenth of the sizes. `--plans` has PostgreSQL explain each statement of a bulk
//! and of some calls after the row `stored` has been measured, and writes that to
//! `target/tmp/plans.log`.
//!
//! Machines differ and are noisy. So ratios are measured where possible: both sides take turns in
//! the same run, and the medians of their rounds are compared.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't go on ends, and says where"
)]

#[path = "../deployment/mod.rs"]
mod deployment;
mod environment;
mod load;
#[path = "../pairs/mod.rs"]
mod pairs;
mod peer;
#[path = "../profiles/mod.rs"]
mod profiles;
mod rows;
mod service;
mod table;

use deployment::{http, machine, servers};
use environment::Environment;
use table::Table;

/// The names of rows for the command line, in the order in which they run: the quick ones first.
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

/// The options of the command line.
struct Options {
    /// True if the sizes are a tenth.
    quick: bool,
    /// True if PostgreSQL's plans are written to a file.
    plans: bool,
    /// The rows of [`ROWS`] to run.
    rows: Vec<String>,
}

impl Options {
    fn read() -> Self {
        // Cargo adds `--bench`.
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

    /// Returns a size of the full run, or a tenth of it.
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
