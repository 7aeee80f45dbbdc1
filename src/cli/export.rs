//! `matching export results`.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::{
    application,
    configuration::Settings,
    domain::{
        event::format_timestamp,
        identifiers::{CandidateId, JobPostingId},
        ranking::{RankedResult, ResultScope},
    },
    service::csv,
};

/// The number of results that are read at once.
const PAGE: u32 = 1_000;

const COLUMNS: &[&str] = &[
    "job_id",
    "candidate_id",
    "job_posting_id",
    "score",
    "category",
    "computed_at",
    "stale",
];

#[derive(Args)]
pub(super) struct ExportArguments {
    #[command(subcommand)]
    command: ExportCommand,
}

#[derive(Subcommand)]
enum ExportCommand {
    /// Write the stored results, without their documents, in the order of candidates and job postings
    Results(ResultArguments),
}

#[derive(Args)]
struct ResultArguments {
    /// Only results with this score or a better one
    #[arg(long, value_name = "SCORE", value_parser = parse_score, default_value = "0")]
    min_score: f64,
    /// Only results of this candidate
    #[arg(long = "candidate", value_name = "ID")]
    candidate_id: Option<CandidateId>,
    /// Only results of this job posting
    #[arg(long = "job-posting", value_name = "ID")]
    job_posting_id: Option<JobPostingId>,
    /// The form of the lines
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// The file to write; `-` is standard output
    #[arg(default_value = "-")]
    file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Ndjson,
    Csv,
}

pub(super) async fn run(
    settings: Settings,
    arguments: ExportArguments,
) -> anyhow::Result<ExitCode> {
    let ExportCommand::Results(arguments) = arguments.command;
    let store = application::open_existing_store(&settings).await?;
    let results = application::result_service(&store, &settings)?;
    let scope = ResultScope {
        candidate_id: arguments.candidate_id,
        job_posting_id: arguments.job_posting_id,
    };
    let mut output = create(&arguments.file)?;
    let mut lines = String::new();
    if arguments.format == Format::Csv {
        csv::write_head(&mut lines, COLUMNS);
    }
    let (mut after, mut written) = (None, 0_u64);
    loop {
        let page = results.after(scope, after, PAGE).await?;
        for result in page.iter().filter(|one| one.score >= arguments.min_score) {
            let row = row(result);
            match arguments.format {
                Format::Csv => csv::write_row(&mut lines, COLUMNS, &row),
                Format::Ndjson => {
                    lines.push_str(&Value::Object(row).to_string());
                    lines.push('\n');
                }
            }
            written += 1;
        }
        match output
            .write_all(lines.as_bytes())
            .and_then(|()| output.flush())
        {
            // The reader has closed the pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(ExitCode::SUCCESS);
            }
            outcome => outcome.context("the export can't be written")?,
        }
        lines.clear();
        after = page.last().map(|last| last.pair);
        if page.len() < PAGE as usize {
            break;
        }
    }
    eprintln!("{written} results");
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path) -> anyhow::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout()));
    }
    let file =
        File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn row(result: &RankedResult) -> Map<String, Value> {
    let row = json!({
        "job_id": result.job_id.as_str(),
        "candidate_id": result.pair.candidate_id,
        "job_posting_id": result.pair.job_posting_id,
        "score": result.score,
        "category": result.category,
        "computed_at": format_timestamp(result.computed_at),
        "stale": result.is_stale,
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

fn parse_score(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|score| (0.0..=1.0).contains(score))
        .ok_or_else(|| "a score is a number from 0 to 1".to_owned())
}
