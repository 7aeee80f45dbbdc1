//! `matching score`: one pair of files, explained, or many pairs as lines. Nothing is stored.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::{Value, json};

use super::{lines, load};
use crate::{
    domain::{event::format_timestamp, profile_fault::ProfileFault, profile_kind::ProfileKind},
    scoring::Engine,
    service::profiles::{self, CompiledProfile},
};

#[derive(Args)]
pub(super) struct ScoreArguments {
    /// A candidate document
    #[arg(
        long,
        value_name = "FILE",
        requires = "job_posting",
        required_unless_present = "pairs"
    )]
    candidate: Option<PathBuf>,
    /// A job posting document
    #[arg(long, value_name = "FILE", requires = "candidate")]
    job_posting: Option<PathBuf>,
    /// Print the result document instead of an explanation
    #[arg(long, conflicts_with = "pairs")]
    json: bool,
    /// Lines of `{"id", "candidate", "job_posting"}`; prints `{"id", "score", "category"}` for each,
    /// in order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["candidate", "job_posting"])]
    pairs: Option<PathBuf>,
}

pub(super) fn run(arguments: &ScoreArguments, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let engine = Engine::new(load(config)?.settings.weights);
    if let Some(pairs) = &arguments.pairs {
        return score_pairs(&engine, pairs);
    }
    let (Some(candidate), Some(posting)) = (&arguments.candidate, &arguments.job_posting) else {
        return Err(anyhow!("give --candidate and --job-posting, or --pairs"));
    };
    let candidate = read(&engine, ProfileKind::Candidate, candidate)?;
    let posting = read(&engine, ProfileKind::JobPosting, posting)?;
    let computed_at = format_timestamp(chrono::Utc::now());
    let document = profiles::score_profiles(&engine, &candidate.compiled, &posting.compiled)
        .map(|assessment| assessment.to_document(candidate.id, posting.id, &computed_at))
        .context("a candidate and a job posting are expected")?;
    if arguments.json {
        lines::print(&document)?;
    } else {
        lines::print(explanation(&serde_json::from_str(&document)?).trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A profile from a file, compiled.
pub(super) struct ReadProfile {
    pub(super) id: Option<i64>,
    pub(super) compiled: CompiledProfile,
}

pub(super) fn read(engine: &Engine, kind: ProfileKind, path: &Path) -> anyhow::Result<ReadProfile> {
    let document = lines::read_document(path)?;
    let id = document.get("id").and_then(Value::as_i64);
    let compiled = compile(engine, kind, document)
        .map_err(|faults| anyhow!("{} is no {kind}: {faults}", path.display()))?;
    Ok(ReadProfile { id, compiled })
}

/// Compiles a document. Without storage an id is only a label, so it may be anything.
pub(super) fn compile(
    engine: &Engine,
    kind: ProfileKind,
    mut document: Value,
) -> Result<CompiledProfile, String> {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("id");
    }
    profiles::check(kind, document)
        .and_then(|(_, document)| profiles::compile_value(engine, kind, &document))
        .map_err(|faults| describe(&faults))
}

pub(super) fn describe(faults: &[ProfileFault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

fn score_pairs(engine: &Engine, path: &Path) -> anyhow::Result<ExitCode> {
    let mut bad_lines = 0;
    lines::for_each(&mut *lines::open(path)?, |number, line| {
        match score_pair(engine, line) {
            Ok(answer) => lines::print(&answer)?,
            Err(problem) => {
                bad_lines += 1;
                eprintln!("line {number}: {problem}");
            }
        }
        Ok(())
    })?;
    Ok(if bad_lines == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn score_pair(engine: &Engine, line: &[u8]) -> Result<String, String> {
    let mut pair: Value =
        serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    let mut side = |name: &str, kind| {
        let document = pair.get_mut(name).map(Value::take);
        let document = document.ok_or_else(|| format!("/{name}: send the {kind}"))?;
        compile(engine, kind, document).map_err(|faults| format!("/{name}: {faults}"))
    };
    let candidate = side("candidate", ProfileKind::Candidate)?;
    let posting = side("job_posting", ProfileKind::JobPosting)?;
    let assessment = profiles::score_profiles(engine, &candidate, &posting)
        .ok_or_else(|| "send a candidate and a job posting".to_owned())?;
    let answer = json!({
        "id": pair.get("id"),
        "score": assessment.score(),
        "category": assessment.category().as_str(),
    });
    Ok(answer.to_string())
}

/// A result document for people. It reads the document rather than the engine's types, so that what
/// is printed is what is stored.
fn explanation(document: &Value) -> String {
    let mut text = String::new();
    // Writing to a String can't fail, here and below.
    let _ = writeln!(
        text,
        "{:.4}  {}\n",
        document["score"].as_f64().unwrap_or_default(),
        document["category"].as_str().unwrap_or_default()
    );
    let _ = writeln!(text, "  criterion     score  weight");
    for (name, criterion) in document["criteria"].as_object().into_iter().flatten() {
        let weight = criterion["weight"].as_f64().unwrap_or_default();
        let _ = match criterion["score"].as_f64() {
            Some(score) => writeln!(
                text,
                "  {name:<12}  {score:.2}   {weight:.3}  {}",
                details(criterion)
            ),
            None => writeln!(
                text,
                "  {name:<12}  -      -      {}",
                criterion["reason"].as_str().unwrap_or("no data")
            ),
        };
    }
    for (title, mark, key) in [("Strengths", '+', "strengths"), ("Gaps", '-', "gaps")] {
        let sentences = document[key]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !sentences.is_empty() {
            let _ = writeln!(text, "\n{title}");
        }
        for sentence in sentences {
            let _ = writeln!(text, "  {mark} {}", sentence.as_str().unwrap_or_default());
        }
    }
    let _ = writeln!(
        text,
        "\n{}",
        document["recommendation"].as_str().unwrap_or_default()
    );
    text
}

/// The rest of a criterion, on one line.
fn details(criterion: &Value) -> String {
    let fields = criterion.as_object().into_iter().flatten();
    let shown = fields.filter(|(name, _)| !matches!(name.as_str(), "score" | "weight" | "reason"));
    let parts: Vec<String> = shown
        .filter_map(|(name, value)| {
            short(value).map(|value| format!("{}: {value}", name.replace('_', " ")))
        })
        .collect();
    parts.join("; ")
}

/// A value in few words; nothing for an empty one.
fn short(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => Some(
            values
                .iter()
                .filter_map(short)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        // Entries of lists, such as skills, are known by their name.
        Value::Object(fields) => fields
            .get("name")
            .or_else(|| fields.get("code"))
            .and_then(short)
            .or_else(|| {
                let parts: Vec<String> = fields.values().filter_map(short).collect();
                Some(parts.join(" ")).filter(|text| !text.is_empty())
            }),
        other => Some(other.to_string()),
    }
}
