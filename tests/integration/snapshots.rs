//! Whole documents that others read, compared with the files in `snapshots/`: a change of any of
//! them shows in review. After a wanted change, write the files anew with
//! `INSTA_UPDATE=always scripts/test snapshots::` and read their diff; without that variable a
//! snapshot that is missing or differs fails the test.
//!
//! Ids, times and folders are replaced by their kind before they are compared.

use std::{fmt::Write, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    process,
    profiles::{candidate, job_postings},
};

/// Compares a text with its snapshot.
fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap()
}

/// Replaces the values of these members, at any depth, by their names.
fn redact(document: &mut Value, members: &[&str]) {
    match document {
        Value::Object(object) => {
            for (name, value) in object {
                if members.contains(&name.as_str()) && !value.is_null() {
                    *value = format!("[{name}]").into();
                } else {
                    redact(value, members);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, members)),
        _ => {}
    }
}

/// The profile with this id among `samples/`.
fn sample(lines: &str, id: i64) -> Value {
    let mut documents = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents.find(|document| document["id"] == id).unwrap()
}

fn sample_candidate(id: i64) -> Value {
    sample(include_str!("../../samples/candidates.ndjson"), id)
}

fn sample_job_posting(id: i64) -> Value {
    sample(include_str!("../../samples/job-postings.ndjson"), id)
}

/// A pair of the samples for each language: a candidate's id and a job posting's.
const PAIRS: [(&str, i64, i64); 2] = [("fr", 49, 3), ("en", 28, 18)];

#[tokio::test]
async fn result_documents() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    for (language, candidate, posting) in PAIRS {
        api.import("candidates", &[sample_candidate(candidate)])
            .await;
        api.import("job-postings", &[sample_job_posting(posting)])
            .await;
        let pair = json!({"candidate_id": candidate, "job_id": posting});
        let job = api.queue(&format!("?id=pair-{language}"), &pair).await;
        api.ended_job(&job).await;
        let path = format!("/api/v1/result/{job}?lang={language}");
        let mut document = api.get(&path).await.body;
        redact(&mut document, &["computed_at", "completed_at", "queued_at"]);
        assert_snapshot(&format!("result.{language}"), &pretty(&document));
    }
}

#[tokio::test]
async fn the_openapi_document() {
    let output = process::run(&["openapi"], &[], Path::new(".")).await;
    assert!(output.status.success());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_snapshot("openapi", &pretty(&document));
}

/// Status, the headers that belong to a problem, and its document.
fn problem_text(name: &str, answer: &Answer) -> String {
    let mut text = format!("# {name}\n{}\n", answer.status);
    for header in ["content-type", "allow", "retry-after", "www-authenticate"] {
        if let Some(value) = answer.headers.get(header) {
            writeln!(text, "{header}: {}", value.to_str().unwrap()).unwrap();
        }
    }
    let mut document = answer.body.clone();
    redact(&mut document, &["request_id"]);
    format!("{text}\n{}\n", pretty(&document))
}

/// An answer for each main kind of problem, from a service that asks for a key.
async fn problems(api: &Api) -> Vec<(&'static str, Answer)> {
    const KEY: (&str, &str) = ("authorization", "Bearer snapshot-key-1-q7Zr");
    const JSON: (&str, &str) = ("content-type", "application/json");
    let queue = "/api/v1/queue-matching";
    let pair = br#"{"candidate_id": 1, "job_id": 1}"#;
    let post = async |path: &str, body: &[u8]| {
        let body = Some(body.to_vec());
        api.send(Method::POST, path, &[KEY, JSON], body).await
    };
    let get = async |path: &str| api.send(Method::GET, path, &[KEY], None).await;
    // Before the queue is full.
    let cycle = post(&format!("{queue}?id=a&depends_on=a"), pair).await;
    let first = post(&format!("{queue}?id=first"), pair).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let form = [KEY, ("content-type", "application/x-www-form-urlencoded")];
    let form = api.send(Method::POST, queue, &form, Some(b"a=1".to_vec()));
    let other = br#"{"candidate_id": 2, "job_id": 1}"#;
    vec![
        (
            "invalid body",
            post(queue, br#"{"candidate_id": "one"}"#).await,
        ),
        (
            "invalid query",
            post(&format!("{queue}?priority=urgent"), pair).await,
        ),
        ("not JSON", post(queue, br#"{"candidate_id": 1,"#).await),
        ("unsupported type", form.await),
        ("too large", post(queue, &vec![b' '; 3 << 20]).await),
        ("not found", get("/api/v1/status/nothing").await),
        ("no such path", get("/api/v1/nothing").await),
        ("wrong method", get(queue).await),
        ("conflict", post(&format!("{queue}?id=first"), other).await),
        ("dependency cycle", cycle),
        (
            "not completed",
            post("/api/v1/results/first:verify", b"{}").await,
        ),
        ("backlog full", post(queue, pair).await),
        ("unauthorized", api.get("/api/v1/status/first").await),
    ]
}

#[tokio::test]
async fn problem_documents() {
    let environment = Environment::embedded()
        .with("API_KEYS", "snapshot-key-1-q7Zr")
        .with("MATCHING__QUEUES__BACKLOG_LIMIT", "1");
    let serve = environment.serve(&["--no-workers"]).await;
    let mut text = String::new();
    for (name, answer) in problems(&serve.api()).await {
        assert!(answer.status.is_client_error() || answer.status.is_server_error());
        text += &problem_text(name, &answer);
        text.push('\n');
    }
    assert_snapshot("problems", text.trim_end());
}

/// Returns a command's output and exit code, with the folder of its environment replaced.
async fn printed(environment: &Environment, arguments: &[&str]) -> String {
    let output = environment.run(arguments).await;
    let folder = environment.folder().to_str().unwrap();
    let hide = |text: &str| text.replace(folder, "[folder]");
    format!(
        "$ matching {}\nexit code {}\n--- stdout\n{}--- stderr\n{}",
        hide(&arguments.join(" ")),
        output.status.code().unwrap(),
        hide(std::str::from_utf8(&output.stdout).unwrap()),
        hide(std::str::from_utf8(&output.stderr).unwrap()),
    )
}

/// The help of the command and, below it, of its commands.
async fn help(command: &mut Vec<String>, text: &mut String) {
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.push("--help");
    // Without an environment, since the help of an option shows its variable's value.
    let output = process::run(&arguments, &[], Path::new(".")).await;
    assert!(output.status.success(), "{arguments:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    writeln!(text, "$ matching {}\n{said}", arguments.join(" ")).unwrap();
    let Some((_, commands)) = said.split_once("\nCommands:\n") else {
        return;
    };
    let names = commands.lines().take_while(|line| !line.is_empty());
    // A line that is indented further goes on with the line before it.
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            command.push(name.to_owned());
            Box::pin(help(command, text)).await;
            command.pop();
        }
    }
}

#[tokio::test]
async fn the_help_of_every_command() {
    let mut text = String::new();
    help(&mut Vec::new(), &mut text).await;
    for command in ["serve", "work", "dead-letters retry", "configuration check"] {
        assert!(text.contains(&format!("$ matching {command} --help")));
    }
    assert_snapshot("help", text.trim_end());
}

#[tokio::test]
async fn faults_of_a_configuration() {
    let environment = Environment::embedded()
        .with("PORT", "x")
        .with("MAX_RETRIES", "many")
        .with("HOST", "0.0.0.0")
        .with("WEBHOOK_SECRET", "whsec_short")
        .with("MATCHING__QUEUES__NO_SUCH_KEY", "1");
    let text = printed(&environment, &["configuration", "check"]).await;
    assert_snapshot("configuration_check", &text);
}

#[tokio::test]
async fn scores_as_printed() {
    let environment = Environment::embedded();
    for (language, candidate, posting) in PAIRS {
        let write = |name: &str, document: &Value| {
            let path = environment.folder().join(name);
            std::fs::write(&path, document.to_string()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let candidate = write("candidate.json", &sample_candidate(candidate));
        let posting = write("posting.json", &sample_job_posting(posting));
        let files = ["--candidate", &candidate, "--job-posting", &posting];
        let arguments = [&["score", "--lang", language], &files[..]].concat();
        let text = printed(&environment, &arguments).await;
        assert_snapshot(&format!("score.{language}"), &text);
    }
}

#[tokio::test]
async fn dead_letters_in_the_terminal() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("job-postings", &job_postings(1..=1)).await;
    api.import("candidates", &[candidate(1)]).await;
    for (job, pair) in [
        ("no-candidate", json!({"candidate_id": 9, "job_id": 1})),
        ("no-posting", json!({"candidate_id": 1, "job_id": 9})),
    ] {
        let job = api.queue(&format!("?id={job}"), &pair).await;
        api.ended_job(&job).await;
    }
    let mut text = String::new();
    for options in [&[][..], &["--table"]] {
        let arguments = [&["dead-letters", "list"], options].concat();
        text += &printed(&environment, &arguments).await;
        text.push('\n');
    }
    assert_snapshot("dead_letters_list", &redacted_ids_and_times(&text));
}

/// Replaces ULIDs and times, keeping their lengths so that tables stay aligned.
fn redacted_ids_and_times(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 26
            && word
                .chars()
                .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
    };
    let is_time = |word: &str| {
        let mut shape = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c });
        let shape: String = shape.by_ref().take(10).collect();
        word.len() >= 10 && shape == "0000-00-00"
    };
    let parts = text.split_inclusive(|c: char| c.is_whitespace() || c == '"');
    let redacted = parts.map(|part| {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || c == '"');
        if is_id(word) {
            part.replace(word, &"#".repeat(word.len()))
        } else if is_time(word) {
            part.replace(word, &"@".repeat(word.len()))
        } else {
            part.to_owned()
        }
    });
    redacted.collect()
}
