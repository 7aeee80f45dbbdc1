//! `matching audit`: checks that scores don't depend on personal attributes. Stores nothing.
//!
//! Exit code 1 if a perturbation changes a score or a line can't be read. Different selection rates
//! of groups are a finding that people have to judge and don't change the exit code.

use std::{
    fmt::Write as _,
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::{lines, load, score};
use crate::configuration::Purpose;
use matching_engine::{
    audit::{Conclusion, Groups, Impact, Neutrality, PerturbationTally, Selection},
    profiles::{
        foreign_documents::{normalise, stated_date},
        job_posting::JobPosting,
        profile_kind::ProfileKind,
    },
    scoring::{CompiledJobPosting, Engine},
};

#[derive(Args)]
pub(super) struct AuditArguments {
    /// Candidates, one JSON document per line
    #[arg(long, value_name = "FILE")]
    candidates: PathBuf,
    /// Job postings, one JSON document per line
    #[arg(long, value_name = "FILE")]
    job_postings: PathBuf,
    /// File with a candidate's id and group per line (TSV, CSV or NDJSON): compares the selection
    /// rates of groups. Groups never reach the engine
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,
    /// Count a candidate as selected from this score on
    #[arg(long, value_name = "SCORE", default_value_t = 0.7, requires = "groups")]
    threshold: f64,
    /// Count the top N candidates of each posting as selected, instead of using --threshold
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "threshold",
        requires = "groups"
    )]
    top: Option<usize>,
    /// Perturb only N candidates, evenly spread over the file
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Print a JSON document instead of tables
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &AuditArguments, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    ensure!(
        (0.0..=1.0).contains(&arguments.threshold),
        "--threshold is a score from 0 to 1"
    );
    let engine = Engine::new(load(config, Purpose::Other)?.settings.weights);
    let groups = arguments.groups.as_deref().map(read_groups).transpose()?;
    let mut bad_lines = 0;
    let job_postings = read_job_postings(&engine, &arguments.job_postings, &mut bad_lines)?;
    ensure!(
        !job_postings.is_empty(),
        "there is no job posting to audit with"
    );
    let candidates = read_documents(&arguments.candidates, &mut bad_lines)?;

    let mut neutrality = Neutrality::new(&engine, &job_postings);
    let mut audited = 0;
    let mut scores = Vec::with_capacity(candidates.len());
    for (
        at,
        Labelled {
            line,
            label,
            document,
        },
    ) in candidates.iter().enumerate()
    {
        let is_audited = is_sampled(at, candidates.len(), arguments.sample);
        let read = if is_audited {
            neutrality.audit(label, document)
        } else {
            neutrality.score(document)
        };
        match read {
            Ok(read) => {
                audited += usize::from(is_audited);
                scores.push((label.as_str(), read));
            }
            Err(faults) => report_line(
                &arguments.candidates,
                *line,
                &score::describe(&faults),
                &mut bad_lines,
            ),
        }
    }
    ensure!(audited > 0, "there is no candidate to audit");
    let selection = arguments
        .top
        .map_or(Selection::AtLeast(arguments.threshold), Selection::Top);
    let impact = groups
        .as_ref()
        .map(|groups| GroupReport::of(groups, &scores, selection));
    let report = Report {
        audited,
        job_postings: job_postings.len(),
        neutrality: &neutrality,
        impact,
    };
    if arguments.json {
        lines::print(&format!("{:#}", report.to_json()))?;
    } else {
        lines::print(report.to_text().trim_end())?;
    }
    Ok(if bad_lines == 0 && neutrality.is_neutral() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns true if the candidate with this index is one of `sample`, evenly spread over all.
fn is_sampled(at: usize, count: usize, sample: Option<usize>) -> bool {
    sample.is_none_or(|sample| {
        let before = at as u128 * sample as u128 / count as u128;
        before != (at as u128 + 1) * sample as u128 / count as u128 || sample >= count
    })
}

fn read_groups(path: &Path) -> anyhow::Result<Groups> {
    let mut text = String::new();
    lines::open(path)?
        .read_to_string(&mut text)
        .with_context(|| format!("{} is not UTF-8 text", path.display()))?;
    Groups::parse(&text).map_err(|fault| anyhow!("{}: {fault}", path.display()))
}

struct Labelled {
    line: usize,
    /// The document's id, or `line n`.
    label: String,
    document: Value,
}

fn read_documents(path: &Path, bad_lines: &mut usize) -> anyhow::Result<Vec<Labelled>> {
    let mut documents = Vec::new();
    lines::for_each(&mut *lines::open(path)?, |line, content| {
        match serde_json::from_slice::<Value>(content) {
            Ok(mut document) => {
                // An id is only a label here and may have any value, the same as in `rank`.
                let id = document
                    .as_object_mut()
                    .and_then(|fields| fields.remove("id"));
                let label = match id {
                    Some(Value::String(id)) => id.trim().to_owned(),
                    Some(Value::Number(id)) => id.to_string(),
                    _ => format!("line {line}"),
                };
                // All variants of one candidate use the same date as the end of open jobs.
                let date = stated_date(&document);
                if let Some(fields) = document.as_object_mut()
                    && HISTORIES.iter().any(|name| fields.contains_key(*name))
                    && !fields.contains_key("reference_date")
                {
                    let date = date.unwrap_or_else(crate::clock::today);
                    fields.insert("reference_date".to_owned(), date.to_string().into());
                }
                documents.push(Labelled {
                    line,
                    label,
                    document,
                });
            }
            Err(error) => report_line(path, line, &format!("not JSON: {error}"), bad_lines),
        }
        Ok(())
    })?;
    Ok(documents)
}

/// Fields with a candidate's positions.
const HISTORIES: [&str; 5] = [
    "work",
    "positions",
    "work_history",
    "experience",
    "experiences",
];

fn report_line(path: &Path, line: usize, problem: &str, bad_lines: &mut usize) {
    *bad_lines += 1;
    eprintln!("{}, line {line}: {problem}", path.display());
}

fn read_job_postings(
    engine: &Engine,
    path: &Path,
    bad_lines: &mut usize,
) -> anyhow::Result<Vec<(String, CompiledJobPosting)>> {
    let mut compiled = Vec::new();
    for Labelled {
        line,
        label,
        document,
    } in read_documents(path, bad_lines)?
    {
        match JobPosting::from_document(&normalise(ProfileKind::JobPosting, document, None)) {
            Ok(posting) => compiled.push((label, engine.compile_job_posting(&posting))),
            Err(faults) => report_line(path, line, &score::describe(&faults), bad_lines),
        }
    }
    Ok(compiled)
}

/// The comparison of groups, with counts of what could not be compared.
struct GroupReport {
    selection: Selection,
    impact: Impact,
    /// Candidates of the file without a group.
    without_group: usize,
    /// Candidates that have a group but are not in the file.
    unknown: usize,
}

impl GroupReport {
    fn of(groups: &Groups, scores: &[(&str, Vec<f64>)], selection: Selection) -> Self {
        let grouped: Vec<(&str, &[f64])> = scores
            .iter()
            .filter_map(|(label, scores)| Some((groups.of(label)?, &**scores)))
            .collect();
        Self {
            selection,
            without_group: scores.len() - grouped.len(),
            unknown: groups.members().saturating_sub(grouped.len()),
            impact: Impact::of(&grouped, selection),
        }
    }
}

struct Report<'r> {
    audited: usize,
    job_postings: usize,
    neutrality: &'r Neutrality<'r>,
    impact: Option<GroupReport>,
}

/// The number of deviations of a perturbation that the table names; `--json` prints more.
const NAMED_DEVIATIONS: usize = 5;

impl Report<'_> {
    fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String can't fail, here and below.
        let _ = writeln!(
            text,
            "{} candidates perturbed, {} job postings\n\n  {:<15} {:>9} {:>11} {:>9} {:>8} {:>8}",
            self.audited,
            self.job_postings,
            "perturbation",
            "variants",
            "same input",
            "compared",
            "differ",
            "largest"
        );
        for (perturbation, tally) in self.neutrality.tallies() {
            let _ = writeln!(
                text,
                "  {:<15} {:>9} {:>11} {:>9} {:>8} {:>8.4}",
                perturbation.as_str(),
                tally.variants,
                tally.same_input,
                tally.compared,
                tally.deviating,
                tally.largest
            );
        }
        for (perturbation, tally) in self.neutrality.tallies() {
            for one in tally.deviations.iter().take(NAMED_DEVIATIONS) {
                let after = one
                    .after
                    .map_or("unreadable".to_owned(), |after| format!("{after:.4}"));
                let _ = writeln!(
                    text,
                    "  {}: candidate {}, job posting {}: {:.4} → {after}",
                    perturbation.as_str(),
                    one.candidate,
                    one.job_posting,
                    one.before
                );
            }
        }
        let verdict = if self.neutrality.is_neutral() {
            "No score depends on any of these."
        } else {
            "Scores depend on what they must not depend on."
        };
        let _ = writeln!(text, "\n{verdict}");
        if let Some(report) = &self.impact {
            report.write_text(&mut text);
        }
        text
    }

    fn to_json(&self) -> Value {
        let perturbations: Vec<Value> = self
            .neutrality
            .tallies()
            .map(|(perturbation, tally)| tally_to_json(perturbation.as_str(), tally))
            .collect();
        json!({
            "candidates": self.audited,
            "job_postings": self.job_postings,
            "neutral": self.neutrality.is_neutral(),
            "perturbations": perturbations,
            "groups": self.impact.as_ref().map(GroupReport::to_json),
        })
    }
}

fn tally_to_json(perturbation: &str, tally: &PerturbationTally) -> Value {
    let deviations = tally.deviations.iter().map(|one| {
        json!({"candidate": one.candidate, "job_posting": one.job_posting,
               "before": one.before, "after": one.after})
    });
    json!({
        "perturbation": perturbation,
        "variants": tally.variants,
        "same_input": tally.same_input,
        "compared": tally.compared,
        "differ": tally.deviating,
        "largest": tally.largest,
        "first": deviations.collect::<Vec<_>>(),
    })
}

impl GroupReport {
    fn write_text(&self, text: &mut String) {
        let selected = match self.selection {
            Selection::AtLeast(score) => format!("a score of {score} or more"),
            Selection::Top(count) => format!("the best {count} of each posting"),
        };
        let _ = writeln!(
            text,
            "\nSelected: {selected}\n\n  {:<20} {:>8} {:>12} {:>9} {:>8} {:>7} {:>6}",
            "group", "members", "applications", "selected", "expected", "rate", "ratio"
        );
        for group in &self.impact.groups {
            let ratio = group
                .ratio
                .map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
            let says = match group.conclusion {
                Conclusion::Reference => "highest rate",
                Conclusion::WithinFourFifths => "within four fifths",
                Conclusion::BelowFourFifths => "BELOW FOUR FIFTHS",
                Conclusion::TooFew => "too few to conclude",
                Conclusion::NobodySelected => "nobody selected",
            };
            let _ = writeln!(
                text,
                "  {:<20} {:>8} {:>12} {:>9} {:>8.1} {:>7.4} {ratio:>6}  {says}",
                group.group,
                group.members,
                group.applications,
                group.selected,
                group.expected,
                group.rate
            );
        }
        for (count, what) in [
            (
                self.without_group,
                "candidates have no group and are left out",
            ),
            (
                self.unknown,
                "candidates with a group are not among those read",
            ),
        ] {
            if count > 0 {
                let _ = writeln!(text, "  {count} {what}");
            }
        }
    }

    fn to_json(&self) -> Value {
        let groups = self.impact.groups.iter().map(|group| {
            json!({
                "group": group.group,
                "members": group.members,
                "applications": group.applications,
                "selected": group.selected,
                "expected": group.expected,
                "rate": group.rate,
                "ratio": group.ratio,
                "conclusion": group.conclusion.as_str(),
            })
        });
        let (threshold, top) = match self.selection {
            Selection::AtLeast(score) => (Some(score), None),
            Selection::Top(count) => (None, Some(count)),
        };
        json!({
            "threshold": threshold,
            "top": top,
            "reference": self.impact.reference,
            "without_group": self.without_group,
            "unknown": self.unknown,
            "groups": groups.collect::<Vec<_>>(),
        })
    }
}
