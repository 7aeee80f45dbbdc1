//! `matching score`: scores one pair of files with an explanation, or many pairs as lines. Stores
//! nothing.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
};

use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::{Value, json};

use super::{explanation, lines, load, parse_language, weights};
use crate::{
    configuration::Purpose,
    domain::event::format_timestamp,
    service::profiles::{self, CompiledProfile},
};
use matching_engine::{
    profiles::{
        foreign_documents, profile_document::ProfileDocument, profile_fault::ProfileFault,
        profile_kind::ProfileKind, profile_warning::ProfileWarning,
    },
    scoring::{Engine, Language, ResultDocument},
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
    /// The language of the explanation: en or fr
    #[arg(
        long,
        value_name = "LANGUAGE",
        value_parser = parse_language,
        default_value = "en",
        conflicts_with = "pairs"
    )]
    lang: Language,
    /// Weights that replace configured ones: a JSON object such as {"salary": 0.2}, or a file with
    /// one
    #[arg(long, value_name = "FILE|JSON")]
    weights: Option<String>,
    /// Lines of `{"id", "candidate", "job_posting"}`; prints `{"id", "score", "category"}` for
    /// each, in the same order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["candidate", "job_posting"])]
    pairs: Option<PathBuf>,
}

pub(super) fn run(arguments: &ScoreArguments, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let configured = load(config, Purpose::Other)?.settings.weights;
    let engine = Engine::new(weights::read(arguments.weights.as_deref(), &configured)?);
    if let Some(pairs) = &arguments.pairs {
        return score_pairs(&engine, pairs);
    }
    let (Some(candidate), Some(posting)) = (&arguments.candidate, &arguments.job_posting) else {
        return Err(anyhow!("give --candidate and --job-posting, or --pairs"));
    };
    let candidate = read(&engine, ProfileKind::Candidate, candidate)?;
    let posting = read(&engine, ProfileKind::JobPosting, posting)?;
    let computed_at = format_timestamp(crate::clock::now());
    let document = profiles::score_profiles(&engine, &candidate.compiled, &posting.compiled)
        .map(|assessment| {
            assessment.to_document_in(arguments.lang, candidate.id, posting.id, &computed_at)
        })
        .context("a candidate and a job posting are expected")?;
    if arguments.json {
        lines::print(&document)?;
    } else {
        let document = ResultDocument::parse(&document)?;
        lines::print(explanation::page(&document, arguments.lang)?.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A compiled profile from a file.
pub(super) struct ReadProfile {
    pub(super) id: Option<i64>,
    pub(super) compiled: CompiledProfile,
}

pub(super) fn read(engine: &Engine, kind: ProfileKind, path: &Path) -> anyhow::Result<ReadProfile> {
    let document = lines::read_document(path)?;
    let id = document.get("id").and_then(Value::as_i64);
    let (compiled, warnings) = compile_with_warnings(engine, kind, document)
        .map_err(|faults| anyhow!("{} is no {kind}: {faults}", path.display()))?;
    for warning in warnings {
        eprintln!("{}, warning: {warning}", path.display());
    }
    Ok(ReadProfile { id, compiled })
}

/// Compiles a document. Without storage an id is only a label, so it may be anything.
pub(super) fn compile(
    engine: &Engine,
    kind: ProfileKind,
    document: Value,
) -> Result<CompiledProfile, String> {
    compile_with_warnings(engine, kind, document).map(|(compiled, _)| compiled)
}

/// Compiles a document and returns its warnings. Jobs without an end last until the date that the
/// document states, otherwise until today, since a file has no date of import.
fn compile_with_warnings(
    engine: &Engine,
    kind: ProfileKind,
    mut document: Value,
) -> Result<(CompiledProfile, Vec<ProfileWarning>), String> {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("id");
    }
    let date = foreign_documents::stated_date(&document);
    let date = date.unwrap_or_else(crate::clock::today);
    let checked = profiles::check(kind, document, date).map_err(|faults| describe(&faults))?;
    let document = ProfileDocument::of(&checked.document);
    let compiled = profiles::compile_document(engine, kind, &document);
    let compiled = compiled.map_err(|faults| describe(&faults))?;
    Ok((compiled, checked.warnings))
}

pub(super) fn describe(faults: &[ProfileFault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

fn score_pairs(engine: &Engine, path: &Path) -> anyhow::Result<ExitCode> {
    let mut bad_lines = 0;
    let mut compiled = CompiledPairs::default();
    lines::for_each(&mut *lines::open(path)?, |number, line| {
        match score_pair(engine, line, &mut compiled) {
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

/// A cache of compiled profiles: files of pairs repeat profiles, and compiling takes much longer
/// than scoring. Cleared completely when it is full.
#[derive(Default)]
struct CompiledPairs(HashMap<(ProfileKind, String), Rc<CompiledProfile>>);

impl CompiledPairs {
    const MOST: usize = 10_000;

    fn get(
        &mut self,
        engine: &Engine,
        kind: ProfileKind,
        document: Value,
    ) -> Result<Rc<CompiledProfile>, String> {
        let key = (kind, document.to_string());
        if let Some(compiled) = self.0.get(&key) {
            return Ok(Rc::clone(compiled));
        }
        let compiled = Rc::new(compile(engine, kind, document)?);
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(key, Rc::clone(&compiled));
        Ok(compiled)
    }
}

fn score_pair(
    engine: &Engine,
    line: &[u8],
    compiled: &mut CompiledPairs,
) -> Result<String, String> {
    let mut pair: Value =
        serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    let mut side = |name: &str, kind| {
        let document = pair.get_mut(name).map(Value::take);
        let document = document.ok_or_else(|| format!("/{name}: send the {kind}"))?;
        compiled
            .get(engine, kind, document)
            .map_err(|faults| format!("/{name}: {faults}"))
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
