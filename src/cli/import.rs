//! `matching import candidates|job-postings FILE.ndjson`: good lines are kept, bad ones are named.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::{runtime::Handle, task::JoinHandle};

use super::{ProfileKindArgument, lines};
use crate::{
    application,
    configuration::Settings,
    domain::{profile_fault::ProfileFault, profile_kind::ProfileKind},
    service::profiles,
    store::{PutProfiles, Store, StoreError},
};

/// Documents written in one transaction: at most this many, or this many bytes of them.
const STEP: usize = 1_000;
const STEP_BYTES: usize = 8 << 20;
/// How many bad lines are described; all are counted.
const DESCRIBED_FAULTS: usize = 100;

#[derive(Args)]
pub(super) struct ImportArguments {
    /// What the lines are
    kind: ProfileKindArgument,
    /// The file; `-` reads standard input
    file: PathBuf,
}

pub(super) async fn run(
    settings: Settings,
    arguments: ImportArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_store(&settings).await?;
    if settings.database.migrate_on_start {
        store.migrate().await?;
    } else {
        store.check().await?;
    }
    let runtime = Handle::current();
    // Reading and checking lines is blocking work; only the writes go to the runtime, each while the
    // next step is read.
    let imported = tokio::task::spawn_blocking(move || {
        let mut import = Import::new(store, arguments.kind.into(), &arguments.file);
        let mut reader = lines::open(&arguments.file)?;
        let read = lines::for_each(&mut *reader, |number, line| {
            import.line(&runtime, number, line)
        });
        let written = import.flush(&runtime).and_then(|()| import.wait(&runtime));
        import.progress.finish_and_clear();
        read.and(written).map(|()| import)
    })
    .await??;
    if imported.bad_lines > DESCRIBED_FAULTS {
        eprintln!(
            "and {} more bad lines",
            imported.bad_lines - DESCRIBED_FAULTS
        );
    }
    let PutProfiles { created, replaced } = imported.put;
    lines::print(&format!(
        "{} {} imported: {created} new, {replaced} replaced; {} bad lines",
        created + replaced,
        match imported.kind {
            ProfileKind::Candidate => "candidates",
            ProfileKind::JobPosting => "job postings",
        },
        imported.bad_lines,
    ))?;
    Ok(if imported.bad_lines == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Import {
    store: Arc<dyn Store>,
    kind: ProfileKind,
    progress: ProgressBar,
    step: Vec<(i64, String)>,
    step_bytes: usize,
    writing: Option<JoinHandle<Result<PutProfiles, StoreError>>>,
    put: PutProfiles,
    bad_lines: usize,
}

impl Import {
    fn new(store: Arc<dyn Store>, kind: ProfileKind, file: &std::path::Path) -> Self {
        Self {
            store,
            kind,
            progress: progress_bar(std::fs::metadata(file).ok().map(|file| file.len())),
            step: Vec::with_capacity(STEP),
            step_bytes: 0,
            writing: None,
            put: PutProfiles::default(),
            bad_lines: 0,
        }
    }

    fn line(&mut self, runtime: &Handle, number: usize, line: &[u8]) -> anyhow::Result<()> {
        self.progress.inc(line.len() as u64);
        match profiles::read_line(self.kind, line) {
            Ok((id, document)) => {
                self.step_bytes += document.len();
                self.step.push((id, document));
            }
            Err(faults) => self.report(number, &faults),
        }
        if self.step.len() >= STEP || self.step_bytes >= STEP_BYTES {
            self.flush(runtime)?;
        }
        Ok(())
    }

    /// Begins to write the step, once the one before is written.
    fn flush(&mut self, runtime: &Handle) -> anyhow::Result<()> {
        self.wait(runtime)?;
        if self.step.is_empty() {
            return Ok(());
        }
        let step = std::mem::replace(&mut self.step, Vec::with_capacity(STEP));
        self.step_bytes = 0;
        let (store, kind) = (Arc::clone(&self.store), self.kind);
        let writing = async move { store.put_profiles(kind, &step).await };
        self.writing = Some(runtime.spawn(writing));
        Ok(())
    }

    fn wait(&mut self, runtime: &Handle) -> anyhow::Result<()> {
        if let Some(writing) = self.writing.take() {
            let put = runtime.block_on(writing)??;
            self.put.created += put.created;
            self.put.replaced += put.replaced;
        }
        Ok(())
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

/// Shown on a terminal only.
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
