//! `matching import candidates|job-postings FILE.ndjson`: stores valid lines and reports invalid
//! ones.

use std::{fmt::Write as _, mem, path::PathBuf, process::ExitCode};

use anyhow::{Context, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use super::{ProfileKindArgument, lines};
use crate::{
    application,
    configuration::Settings,
    domain::identifiers::ProfileId,
    service::{
        import::{self, SeenIds},
        profiles::{self, DocumentFormat},
    },
};
use matching_engine::profiles::{
    profile_fault::ProfileFault, profile_kind::ProfileKind, profile_warning::ProfileWarning,
};

/// The maximum number of documents, and of their bytes, that one transaction writes.
const STEP: usize = 1_000;
const STEP_BYTES: usize = 8 << 20;
/// The number of steps that are checked ahead of writing.
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
    // Reading and checking lines is blocking work on all cores. Steps are written one after the
    // other meanwhile.
    let (steps, mut checked_steps) = mpsc::channel::<Step>(STEPS_AHEAD);
    let writing = tokio::spawn(async move {
        let (mut created, mut replaced) = (0, 0);
        // The number of profiles without an encoding, and the first warning about one.
        let mut not_encoded: (usize, Option<ProfileWarning>) = (0, None);
        while let Some(step) = checked_steps.recv().await {
            let stored = profiles::put_all(&*store, encoder.as_ref(), kind, step).await?;
            not_encoded.0 += stored.warnings.len();
            let first = stored.warnings.into_iter().next();
            not_encoded.1 = not_encoded.1.or(first.map(|(_, warning)| warning));
            created += stored.created;
            replaced += stored.replaced;
        }
        anyhow::Ok((created, replaced, not_encoded))
    });
    let reading = tokio::task::spawn_blocking(move || {
        let mut import = Import::new(kind, format, &arguments.file, steps);
        let mut reader = lines::open(&arguments.file)?;
        let read = lines::for_each(&mut *reader, |number, line| import.line(number, line));
        let read = read.and_then(|()| import.flush());
        import.progress.finish_and_clear();
        read.map(|()| (import.bad_lines, import.warned_lines))
    });
    let (read, written) = tokio::join!(reading, writing);
    // If writing failed, reading stopped because of that.
    let (created, replaced, not_encoded) = written??;
    let (bad_lines, warned_lines) = read??;
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

/// Checked documents with their ids.
type Step = Vec<(ProfileId, String)>;

struct Import {
    kind: ProfileKind,
    format: DocumentFormat,
    progress: ProgressBar,
    /// Lines with their numbers, and their total size.
    lines: Vec<(usize, Vec<u8>)>,
    bytes: usize,
    steps: mpsc::Sender<Step>,
    bad_lines: usize,
    warned_lines: usize,
    seen: SeenIds,
    /// True until the format of the file has been checked by its first lines.
    is_first: bool,
}

impl Import {
    fn new(
        kind: ProfileKind,
        format: DocumentFormat,
        file: &std::path::Path,
        steps: mpsc::Sender<Step>,
    ) -> Self {
        Self {
            kind,
            format,
            progress: progress_bar(std::fs::metadata(file).ok().map(|file| file.len())),
            lines: Vec::with_capacity(STEP),
            bytes: 0,
            steps,
            bad_lines: 0,
            warned_lines: 0,
            seen: SeenIds::default(),
            is_first: true,
        }
    }

    fn line(&mut self, number: usize, line: &[u8]) -> anyhow::Result<()> {
        self.progress.inc(line.len() as u64);
        self.bytes += line.len();
        self.lines.push((number, line.to_vec()));
        if self.lines.len() >= STEP || self.bytes >= STEP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Checks the lines and passes valid ones to the writer.
    fn flush(&mut self) -> anyhow::Result<()> {
        if mem::take(&mut self.is_first)
            && let Some((_, first)) = self.lines.first()
        {
            let second = self.lines.get(1).map(|(_, line)| &**line);
            if let Some(advice) = import::refusal_of_other_formats(first, second) {
                return Err(anyhow!(advice));
            }
        }
        let received_on = crate::clock::today();
        let mut checked =
            import::check(self.kind, self.format, &self.lines, received_on, usize::MAX);
        self.seen.refuse_repeated(&mut checked);
        self.lines.clear();
        self.bytes = 0;
        for (number, faults) in &checked.bad {
            self.report(*number, faults);
        }
        for (number, warnings) in &checked.warned {
            self.warn(*number, warnings);
        }
        if !checked.documents.is_empty() {
            let handed = self.steps.blocking_send(checked.documents);
            handed.context("writing has stopped")?;
        }
        Ok(())
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
