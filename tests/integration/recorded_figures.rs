//! Figures of README.md and docs/performance.md, which quote `benches/system.md`, the recorded
//! output of the system bench, and of docs/pressure.md, which quotes `benches/pressure.md`, that of
//! the pressure bench; each between two marks. To record a new run:
//!
//! ```sh
//! scripts/test --run cargo bench --bench system >benches/system.md
//! scripts/test --run cargo bench --bench pressure >benches/pressure.md
//! UPDATE_FIGURES=1 cargo test --test integration recorded_figures
//! ```

use std::{env, fs, path::Path};

const RECORDED: &str = include_str!("../../benches/system.md");
const PRESSURE: &str = include_str!("../../benches/pressure.md");
const END: &str = "<!-- end of recorded -->";

/// The beginnings of the names of the rows that README.md quotes, in its order.
const README_ROWS: [&str; 10] = [
    "bulk of 100,000 matches",
    "bulk of 100,000 with 10,000,000",
    "scoring, one core, compiled profiles",
    "scoring, one core, with the document",
    "single match",
    "high-priority match",
    "POST /queue-matching, workers running",
    "GET /status",
    "`matching import`",
    "memory of `work`",
];

/// A row of the recorded table: name, measured, compared with, ratio, latencies in milliseconds.
fn rows() -> Vec<[&'static str; 5]> {
    let lines = RECORDED.lines().filter(|line| line.starts_with("| "));
    let cells = lines.skip(1).map(|line| {
        let mut cells = line.trim_matches('|').split(" |").map(str::trim);
        [(); 5].map(|()| cells.next().unwrap())
    });
    cells.collect()
}

/// Removes the lowest and highest rounds, `[…]`, and the caller's share, `(…)`.
fn short(cell: &str) -> String {
    let mut depth = 0_usize;
    let kept = cell.chars().filter(|character| {
        depth += usize::from("[(".contains(*character));
        let is_kept = depth == 0;
        depth -= usize::from("])".contains(*character));
        is_kept
    });
    let kept: String = kept.collect();
    kept.replace(" ,", ",").trim().replace("  ", " ")
}

fn readme_table() -> String {
    let mut lines = vec![
        "| | measured | compared with, in the same run |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for beginning in README_ROWS {
        let mut quoted = rows();
        quoted.retain(|[name, ..]| name.starts_with(beginning));
        assert!(
            !quoted.is_empty(),
            "benches/system.md has no row {beginning}…"
        );
        let [name, measured, _, _, latencies] = quoted[0];
        let quantiles: Vec<&str> = latencies.split(" / ").collect();
        let mut own = vec![];
        if !measured.is_empty() {
            own.push(short(measured));
        }
        if let [median, high, _] = quantiles[..] {
            own.push(format!("p50 {median} ms, p99 {high} ms"));
        }
        let others = quoted.iter().filter(|row| !row[2].is_empty());
        let others: Vec<String> = others
            .map(|[_, _, compared, ratio, _]| format!("{} (ratio {ratio})", short(compared)))
            .collect();
        lines.push(format!(
            "| {name} | {} | {} |",
            own.join(", "),
            others.join("; ")
        ));
    }
    lines.join("\n") + "\n"
}

/// Checks that a file quotes the text of this recorded output between its marks, or writes it with
/// `UPDATE_FIGURES=1`.
fn quotes(file: &str, recorded: &str, text: &str) {
    let begin = format!("<!-- recorded: {recorded} -->\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(&begin).unwrap();
    let (quoted, after) = rest.split_once(END).unwrap();
    if env::var_os("UPDATE_FIGURES").is_some() {
        return fs::write(path, [before, &begin, text, END, after].concat()).unwrap();
    }
    assert_eq!(
        quoted, text,
        "{file} quotes another run; see UPDATE_FIGURES in this test's file"
    );
}

#[test]
fn the_performance_page_quotes_the_recorded_run() {
    quotes("docs/performance.md", "benches/system.md", RECORDED);
}

#[test]
fn the_readme_quotes_rows_of_the_recorded_run() {
    quotes("README.md", "benches/system.md", &readme_table());
}

#[test]
fn the_page_about_pressure_quotes_the_recorded_run() {
    quotes("docs/pressure.md", "benches/pressure.md", PRESSURE);
}
