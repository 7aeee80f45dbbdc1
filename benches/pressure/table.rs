//! The rows of the table, and their output.

use crate::{machine, servers::POSTGRES_SETTINGS, service::MONITORED};

/// The share of the rate before that still counts as normal.
pub const NORMAL: f64 = 0.9;
/// The limits of the targets, in seconds.
const HEALED_WITHIN: f64 = 5.0;
const ANSWERED_WITHIN: f64 = 2.0;

/// One scenario.
#[derive(Default)]
pub struct Row {
    pub name: String,
    /// The rates in the quiet seconds before, under pressure (`None` if it is too short), and in
    /// those after, in matches a second.
    pub before: f64,
    pub during: Option<f64>,
    pub after: f64,
    /// The worst state that `/readyz` showed meanwhile; empty if it was always ready.
    pub state: String,
    /// The slowest answers of `/metrics` and `/readyz`, in seconds.
    pub slowest: [f64; 2],
    /// The seconds from the end of the pressure to the normal rate, once for each repetition;
    /// infinite if the rate did not become normal.
    pub healed: Vec<f64>,
    pub lost: u64,
    /// Matches that ended as dead letters.
    pub failed: u64,
    /// The invariants that `matching doctor` found broken afterwards.
    pub broken: Vec<String>,
    /// Warnings and errors a minute in the log of each process, until the rate was normal again.
    pub lines: [f64; MONITORED],
    /// The reason why the scenario could not run.
    pub skipped: Option<String>,
}

impl Row {
    pub fn skipped(name: &str, reason: String) -> Self {
        Self {
            name: name.to_owned(),
            skipped: Some(reason),
            ..Self::default()
        }
    }

    fn healed_text(&self) -> String {
        let mut all = self.healed.clone();
        all.sort_by(f64::total_cmp);
        let text = |seconds: f64| {
            if seconds.is_finite() {
                format!("{seconds:.1}")
            } else {
                "not within 2 min".to_owned()
            }
        };
        match all[..] {
            [] => String::new(),
            [once] => text(once),
            [.., worst] => {
                let median = text(all[all.len() / 2]);
                format!("{median} / {} ({} times)", text(worst), all.len())
            }
        }
    }

    /// Returns the targets that are missed.
    fn missed(&self) -> Vec<&'static str> {
        let is_slow = self.during.is_some_and(|rate| rate < NORMAL * self.before);
        let checks = [
            (is_slow && self.state.is_empty(), "rate without a state"),
            (self.healed.iter().any(|one| *one > HEALED_WITHIN), "heal"),
            (self.lost > 0 || self.failed > 0, "lost"),
            (!self.broken.is_empty(), "doctor"),
            (self.slowest[0] > ANSWERED_WITHIN, "/metrics"),
            (self.slowest[1] > ANSWERED_WITHIN, "/readyz"),
        ];
        let missed = checks.into_iter().filter(|(missed, _)| *missed);
        missed.map(|(_, target)| target).collect()
    }
}

pub fn print(load_before: &str, rows: &[Row]) {
    println!(
        "{}; PostgreSQL with {}; everything on this machine. Load averages before the run \
         {load_before}, after it {}.\n",
        machine::describe(),
        POSTGRES_SETTINGS.join(", "),
        machine::load(),
    );
    println!(
        "| pressure | before, /s | during, /s | ratio | after / before | state | slowest \
         `/metrics`, `/readyz`, s | seconds to heal (median / worst) | lost, failed | warnings a \
         minute, `serve`, `work` | targets met |"
    );
    println!("|---|---:|---:|---:|---:|---|---|---|---|---|---|");
    for row in rows {
        println!("{}", line(row));
    }
}

pub fn line(row: &Row) -> String {
    if let Some(reason) = &row.skipped {
        return format!("| {} | | | | | {reason} | | | | | |", row.name);
    }
    let missed = row.missed();
    let met = if missed.is_empty() {
        "yes".to_owned()
    } else {
        format!("**no**: {}", missed.join(", "))
    };
    let state = if row.state.is_empty() {
        "ready"
    } else {
        &row.state
    };
    let during = row.during.map_or("|".to_owned(), |rate| {
        format!("{rate:.0} | {:.2}", rate / row.before)
    });
    format!(
        "| {} | {:.0} | {during} | {:.2} | {state} | {:.2}, {:.2} | {} | {}, {}{} | {:.0}, {:.0} \
         | {met} |",
        row.name,
        row.before,
        row.after / row.before,
        row.slowest[0],
        row.slowest[1],
        row.healed_text(),
        row.lost,
        row.failed,
        if row.broken.is_empty() {
            String::new()
        } else {
            format!("; doctor: {}", row.broken.join(", "))
        },
        row.lines[0],
        row.lines[1],
    )
}

/// Formats a count as `100,000`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
