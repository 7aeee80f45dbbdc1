//! Scores profiles from files with the engine alone; a reduced `matching score`:
//!
//!     cargo run --release -p matching-engine --example score -- [--json] --pairs FILE.ndjson
//!     cargo run --release -p matching-engine --example score -- \
//!         --json --lang fr --candidate CANDIDATE.json --job-posting POSTING.json
//!
//! With `--json`, the output for pairs includes the score of each criterion.
//!
//! Use it to evaluate a change of the engine: it builds without the service. The word `score` may
//! come first, so that a script can call this program or `matching` in the same way.

use std::{
    collections::HashMap,
    env,
    error::Error,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    rc::Rc,
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, NaiveDate};
use matching_engine::{
    profiles::{
        candidate::Candidate,
        foreign_documents::{normalise, stated_date},
        job_posting::JobPosting,
        profile_kind::ProfileKind,
    },
    scoring::{CompiledCandidate, CompiledJobPosting, Criterion, Engine, Language, Weights},
};
use serde_json::{Value, value::RawValue};

/// One line of a file of pairs.
#[derive(serde::Deserialize)]
struct Pair<'a> {
    id: Value,
    #[serde(borrow)]
    candidate: &'a RawValue,
    #[serde(borrow)]
    job_posting: &'a RawValue,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = HashMap::new();
    let mut arguments = env::args().skip(1).skip_while(|word| word == "score");
    while let Some(name) = arguments.next() {
        let value = match name.as_str() {
            "--json" => String::new(),
            _ => arguments.next().ok_or("an option has no value")?,
        };
        options.insert(name, value);
    }
    let engine = Engine::new(Weights::default());
    if let Some(pairs) = options.get("--pairs") {
        return score_pairs(&engine, pairs, options.contains_key("--json"));
    }
    let read = |name: &str| {
        let file = options
            .get(name)
            .ok_or("give --candidate and --job-posting")?;
        Ok::<String, Box<dyn Error>>(fs::read_to_string(file)?)
    };
    let candidate = candidate(&engine, &read("--candidate")?)?;
    let posting = job_posting(&engine, &read("--job-posting")?)?;
    let language = match options.get("--lang").map(String::as_str) {
        Some("fr") => Language::French,
        _ => Language::English,
    };
    let assessment = engine.score(&candidate, &posting);
    let document = assessment.to_document_in(language, None, None, "1970-01-01T00:00:00.000Z");
    writeln!(io::stdout(), "{document}")?;
    Ok(())
}

/// Normalises a document. Jobs without an end count to the date that the file states, else to
/// today.
fn normalised(kind: ProfileKind, json: &str) -> Result<Value, Box<dyn Error>> {
    let document: Value = serde_json::from_str(json)?;
    let date = stated_date(&document).or_else(today);
    Ok(normalise(kind, document, date))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program decides what today is, never the library"
)]
fn today() -> Option<NaiveDate> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = DateTime::from_timestamp(since_1970.as_secs().try_into().ok()?, 0)?;
    Some(now.date_naive())
}

fn candidate(engine: &Engine, json: &str) -> Result<CompiledCandidate, Box<dyn Error>> {
    let document = normalised(ProfileKind::Candidate, json)?;
    let candidate = Candidate::from_document(&document);
    Ok(engine.compile_candidate(&candidate.map_err(|faults| format!("{faults:?}"))?))
}

fn job_posting(engine: &Engine, json: &str) -> Result<CompiledJobPosting, Box<dyn Error>> {
    let document = normalised(ProfileKind::JobPosting, json)?;
    let posting = JobPosting::from_document(&document);
    Ok(engine.compile_job_posting(&posting.map_err(|faults| format!("{faults:?}"))?))
}

/// Prints `{"id", "score", "category"}` for each pair, with `"criteria"` if requested. Equal
/// documents are compiled once.
fn score_pairs(engine: &Engine, file: &str, with_criteria: bool) -> Result<(), Box<dyn Error>> {
    let mut candidates: HashMap<String, Rc<CompiledCandidate>> = HashMap::new();
    let mut postings: HashMap<String, Rc<CompiledJobPosting>> = HashMap::new();
    let mut output = BufWriter::new(io::stdout().lock());
    for line in BufReader::new(File::open(file)?).lines() {
        let line = line?;
        let pair: Pair = serde_json::from_str(&line)?;
        let key = pair.candidate.get();
        if !candidates.contains_key(key) {
            candidates.insert(key.to_owned(), Rc::new(candidate(engine, key)?));
        }
        let posting_key = pair.job_posting.get();
        if !postings.contains_key(posting_key) {
            let posting = job_posting(engine, posting_key)?;
            postings.insert(posting_key.to_owned(), Rc::new(posting));
        }
        let assessment = engine.score(&candidates[key], &postings[posting_key]);
        let mut answer = serde_json::json!({
            "id": pair.id,
            "score": assessment.score(),
            "category": assessment.category().as_str(),
        });
        if with_criteria {
            let scores = Criterion::ALL.iter().zip(assessment.sub_scores());
            answer["criteria"] = scores
                .map(|(criterion, score)| (criterion.as_str().to_owned(), score.into()))
                .collect::<serde_json::Map<String, Value>>()
                .into();
        }
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    Ok(())
}
