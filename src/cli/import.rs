//! `matching import candidates|job-postings FILE.ndjson`: stores valid lines and reports invalid
//! ones.

use std::{
    fmt::Write as _,
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use super::{ProfileKindArgument, lines};
use crate::{
    application,
    configuration::Settings,
    service::{
        import::ImportError,
        import_steps::{self, LineReading, ReportedLine, Step, StoredLines},
        profiles::DocumentFormat,
    },
};
use matching_engine::profiles::{
    profile_fault::ProfileFault, profile_kind::ProfileKind, profile_warning::ProfileWarning,
};

/// The maximum number of documents, and of their bytes, that one transaction writes.
const STEP: usize = 1_000;
const STEP_BYTES: usize = 8 << 20;
/// The number of steps that are read ahead of checking.
const STEPS_AHEAD: usize = 2;
/// The maximum number of bad lines that are described; all are counted.
const DESCRIBED_FAULTS: usize = 100;
/// The maximum number of lines with warnings that are described; all are counted.
const DESCRIBED_WARNINGS: usize = 20;

#[derive(Args)]
pub(super) struct ImportArguments {
    /// The kind of the profiles
    kind: ProfileKindArgument,
    /// The file; `-` reads standard input
    file: PathBuf,
    /// The format of all documents; without it, each line is read in the format that it shows
    #[arg(long, value_name = "FORMAT", value_parser = DocumentFormat::NAMES)]
    format: Option<String>,
}

pub(super) async fn run(
    settings: Settings,
    arguments: ImportArguments,
) -> anyhow::Result<ExitCode> {
    let format = match &arguments.format {
        Some(name) => {
            DocumentFormat::named(name, arguments.kind.into()).map_err(|rule| anyhow!(rule))?
        }
        None => DocumentFormat::Any,
    };
    let store = application::open_store(&settings).await?;
    if settings.database.migrate_on_start {
        store.migrate().await?;
    } else {
        store.check().await?;
    }
    let encoder = application::open_encoder(&settings)?;
    let kind = arguments.kind.into();
    let reading = LineReading {
        kind,
        format,
        received_on: crate::clock::today(),
        remembered_ids: usize::MAX,
    };
    let progress = progress_bar(
        std::fs::metadata(&arguments.file)
            .ok()
            .map(|file| file.len()),
    );
    let mut report = Report::new(progress.clone());
    // Reading lines blocks its thread.
    let (sender, steps) = mpsc::channel(STEPS_AHEAD);
    let reader = tokio::task::spawn_blocking(move || {
        let read = read_steps(&arguments.file, &progress, &sender);
        progress.finish_and_clear();
        read
    });
    let storing = import_steps::store_steps(&*store, encoder.as_ref(), reading, steps, |line| {
        report.line(line);
    });
    let (read, (stored, outcome)) = tokio::join!(reader, storing);
    // If storing failed, reading stopped because of that.
    outcome.map_err(|error| match error {
        ImportError::NoLines(advice) => anyhow!(advice),
        error if stored.through == 0 => error.into(),
        error => anyhow::Error::from(error).context(format!(
            "stopped behind line {}, up to which all good lines are stored",
            stored.through
        )),
    })?;
    read??;
    let StoredLines {
        created, replaced, ..
    } = stored;
    let Report {
        bad_lines,
        warned_lines,
        not_encoded,
        ..
    } = report;
    if bad_lines > DESCRIBED_FAULTS {
        eprintln!("and {} more bad lines", bad_lines - DESCRIBED_FAULTS);
    }
    if warned_lines > DESCRIBED_WARNINGS {
        eprintln!(
            "and {} more lines with warnings",
            warned_lines - DESCRIBED_WARNINGS
        );
    }
    let mut warned = match warned_lines {
        0 => String::new(),
        warned => format!("; {warned} lines with warnings"),
    };
    if let (count, Some(first)) = not_encoded {
        eprintln!("warning: {first}");
        let _ = write!(warned, "; {count} without an encoding");
    }
    lines::print(&format!(
        "{} {} imported: {created} new, {replaced} replaced; {bad_lines} bad lines{warned}",
        created + replaced,
        match kind {
            ProfileKind::Candidate => "candidates",
            ProfileKind::JobPosting => "job postings",
        },
    ))?;
    Ok(if bad_lines == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Reads a file and sends its lines in steps, until the receiver is closed.
fn read_steps(
    file: &Path,
    progress: &ProgressBar,
    steps: &mpsc::Sender<Step>,
) -> anyhow::Result<()> {
    let mut reader = lines::open(file)?;
    let mut step = Step::with_capacity(STEP);
    let mut bytes = 0;
    lines::for_each(&mut *reader, |number, line| {
        progress.inc(line.len() as u64);
        bytes += line.len();
        step.push((number, line.to_vec()));
        if step.len() >= STEP || bytes >= STEP_BYTES {
            bytes = 0;
            let step = mem::replace(&mut step, Step::with_capacity(STEP));
            steps.blocking_send(step).context("storing has stopped")?;
        }
        Ok(())
    })?;
    if !step.is_empty() {
        steps.blocking_send(step).context("storing has stopped")?;
    }
    Ok(())
}

/// Describes lines on standard error, and counts them.
struct Report {
    progress: ProgressBar,
    bad_lines: usize,
    warned_lines: usize,
    /// The number of profiles without an encoding, and the first warning about one.
    not_encoded: (usize, Option<ProfileWarning>),
}

impl Report {
    fn new(progress: ProgressBar) -> Self {
        Self {
            progress,
            bad_lines: 0,
            warned_lines: 0,
            not_encoded: (0, None),
        }
    }

    fn line(&mut self, line: ReportedLine) {
        match line {
            ReportedLine::Bad(number, faults) => self.report(number, &faults),
            ReportedLine::Warned(number, warnings) => self.warn(number, &warnings),
            ReportedLine::NotEncoded { warning, .. } => {
                self.not_encoded.0 += 1;
                self.not_encoded.1.get_or_insert(warning);
            }
        }
    }

    fn warn(&mut self, number: usize, warnings: &[ProfileWarning]) {
        self.warned_lines += 1;
        if self.warned_lines > DESCRIBED_WARNINGS {
            return;
        }
        let shown: Vec<String> = warnings.iter().take(5).map(ToString::to_string).collect();
        let line = format!("line {number}, warning: {}", shown.join("; "));
        self.progress.suspend(|| eprintln!("{line}"));
    }

    fn report(&mut self, number: usize, faults: &[ProfileFault]) {
        self.bad_lines += 1;
        if self.bad_lines > DESCRIBED_FAULTS {
            return;
        }
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let line = format!("line {number}: {}", faults.join("; "));
        self.progress.suspend(|| eprintln!("{line}"));
    }
}

/// Returns a progress bar, which is shown on a terminal only.
fn progress_bar(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes.filter(|bytes| *bytes > 0) {
        Some(bytes) => (
            ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr()),
            "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ),
        None => (
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            "{spinner} {bytes} {bytes_per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
