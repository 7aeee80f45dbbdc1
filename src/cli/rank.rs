//! `matching rank`: ranks many profiles for one profile, from files, best first. Stores nothing.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::{lines, load, score, weights};
use crate::{configuration::Purpose, service::profiles};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Category, Engine},
};

#[derive(Args)]
#[command(
    group = ArgGroup::new("one").required(true).args(["job_posting", "candidate"]),
    group = ArgGroup::new("many").required(true).args(["candidates", "job_postings"]),
)]
pub(super) struct RankArguments {
    /// The job posting for which candidates are ranked
    #[arg(long, value_name = "FILE", conflicts_with = "job_postings")]
    job_posting: Option<PathBuf>,
    /// Candidates, one JSON document per line
    #[arg(long, value_name = "FILE")]
    candidates: Option<PathBuf>,
    /// The candidate for which job postings are ranked
    #[arg(long, value_name = "FILE", conflicts_with = "candidates")]
    candidate: Option<PathBuf>,
    /// Job postings, one JSON document per line
    #[arg(long, value_name = "FILE")]
    job_postings: Option<PathBuf>,
    /// Print only the top N
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Weights that replace configured ones: a JSON object such as {"salary": 0.2}, or a file with
    /// one
    #[arg(long, value_name = "FILE|JSON")]
    weights: Option<String>,
}

/// One line of the output.
struct Ranked {
    id: Value,
    score: f64,
    category: Category,
}

pub(super) fn run(arguments: &RankArguments, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let configured = load(config, Purpose::Other)?.settings.weights;
    let engine = Engine::new(weights::read(arguments.weights.as_deref(), &configured)?);
    let (one_kind, one, many) = match arguments {
        RankArguments {
            job_posting: Some(one),
            candidates: Some(many),
            ..
        } => (ProfileKind::JobPosting, one, many),
        RankArguments {
            candidate: Some(one),
            job_postings: Some(many),
            ..
        } => (ProfileKind::Candidate, one, many),
        _ => {
            return Err(anyhow!(
                "give --job-posting and --candidates, or --candidate and --job-postings"
            ));
        }
    };
    let one = score::read(&engine, one_kind, one)?.compiled;
    let mut comparison = profiles::Comparison::of(&engine, &one);
    let mut ranking: Vec<Ranked> = Vec::new();
    let mut bad_lines = 0;
    lines::for_each(&mut *lines::open(many)?, |number, line| {
        let ranked = serde_json::from_slice(line)
            .map_err(|error| format!("not JSON: {error}"))
            .and_then(|document: Value| {
                let id = document.get("id").cloned().unwrap_or_default();
                let other = score::compile(&engine, one_kind.counterpart(), document)?;
                Ok((id, other))
            });
        match ranked {
            Ok((id, other)) => {
                let assessment = comparison
                    .score(&other)
                    .context("a candidate and a job posting are expected")?;
                ranking.push(Ranked {
                    id,
                    score: assessment.score(),
                    category: assessment.category(),
                });
            }
            Err(problem) => {
                bad_lines += 1;
                eprintln!("line {number}: {problem}");
            }
        }
        Ok(())
    })?;
    // The sort is stable: equal scores stay in the order of the file.
    ranking.sort_by(|one, other| other.score.total_cmp(&one.score));
    for Ranked {
        id,
        score,
        category,
    } in ranking
        .into_iter()
        .take(arguments.top.unwrap_or(usize::MAX))
    {
        let line = json!({"id": id, "score": score, "category": category.as_str()});
        lines::print(&line.to_string())?;
    }
    Ok(if bad_lines == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
