//! Rows of the table, and their output.

use std::time::Duration;

use crate::{Options, machine, servers::POSTGRES_SETTINGS};

/// One row of the table; values that don't apply are empty.
#[derive(Default)]
pub struct Row {
    pub name: String,
    pub measured: String,
    pub compared: String,
    pub ratio: Option<f64>,
    pub latencies: Option<Latencies>,
    pub target: &'static str,
    /// True if the target is met; `None` for rows without a target, or that could not be measured.
    pub met: Option<bool>,
}

/// The durations of many calls.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub fn together(all: Vec<Self>) -> Self {
        Self::of(all.into_iter().flat_map(|latencies| latencies.0).collect())
    }

    /// Returns a quantile in milliseconds; the share is in [0, 1].
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len() - 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let place = (last as f64 * share).round() as usize;
        self.0[place].as_secs_f64() * 1e3
    }
}

pub struct Table {
    quick: bool,
    load_before: String,
    rows: Vec<Row>,
}

impl Table {
    pub fn begin(options: &Options) -> Self {
        Self {
            quick: options.quick,
            load_before: machine::load(),
            rows: vec![],
        }
    }

    /// Adds rows, and prints each at once, since a run takes long.
    pub fn extend(&mut self, rows: Vec<Row>) {
        for row in rows {
            eprintln!("{}", line(&row));
            self.rows.push(row);
        }
    }

    pub fn print(&self) {
        println!(
            "{}; PostgreSQL with {}; everything on this machine. Load averages before the run {}, after \
             it {}.{}\n",
            machine::describe(),
            POSTGRES_SETTINGS.join(", "),
            self.load_before,
            machine::load(),
            if self.quick {
                " Quick: a tenth of the sizes."
            } else {
                ""
            },
        );
        println!("| row | measured | compared with | ratio | p50 / p99 / max, ms | target | met |");
        println!("|---|---|---|---|---|---|---|");
        for row in &self.rows {
            println!("{}", line(row));
        }
    }
}

fn line(row: &Row) -> String {
    let ratio = row.ratio.map(|ratio| format!("{ratio:.2}"));
    let latencies = row.latencies.as_ref().map(|latencies| {
        let of = |share| latencies.quantile(share);
        format!("{:.1} / {:.1} / {:.1}", of(0.5), of(0.99), of(1.0))
    });
    let met = row.met.map_or("", |met| if met { "yes" } else { "**no**" });
    format!(
        "| {} | {} | {} | {} | {} | {} | {met} |",
        row.name,
        row.measured,
        row.compared,
        ratio.unwrap_or_default(),
        latencies.unwrap_or_default(),
        row.target,
    )
}

pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Formats a rate as `12,300/s`, to three digits, with the minimum and maximum of several rounds.
pub fn rate(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    if values.len() < 2 {
        return format!("{}/s", whole(most));
    }
    let median = whole(median(values));
    format!("{median}/s [{}, {}]", whole(least), whole(most))
}

fn whole(value: f64) -> String {
    let unit = 10_f64.powf((value.max(1.0).log10().floor() - 2.0).max(0.0));
    group(&format!("{:.0}", (value / unit).round() * unit))
}

/// Formats a count as `100,000`.
pub fn grouped(count: impl std::fmt::Display) -> String {
    group(&count.to_string())
}

fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
