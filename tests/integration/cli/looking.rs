//! Commands for operators that look at a running service, or ask before they destroy something.

use std::process::Output;

use serde_json::json;

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn commands_that_look_name_the_missing_database_and_create_none() {
    let environment = Environment::embedded();
    for command in [
        &["doctor"][..],
        &["workers"],
        &["queues", "list"],
        &["queues", "pause", "high"],
        &["dead-letters", "list"],
        &["dead-letters", "purge", "--all", "--yes"],
        &["verify", "job"],
    ] {
        let output = environment.run(command).await;
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        let file = environment.folder().join("matching.db");
        let name = format!("the SQLite file {} does not exist", file.display());
        assert!(
            said(&output).contains(&name),
            "{command:?}: {}",
            said(&output)
        );
        assert_eq!(std::fs::read_dir(environment.folder()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_database_that_is_not_migrated_is_named_without_credentials() {
    let environment = Environment::on_servers().await;
    let mut url: url::Url = environment.variable("DATABASE_URL").parse().unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let database = url.path().trim_start_matches('/').to_owned();
    let environment = environment.with("DATABASE_URL", url.as_str());
    let output = environment.run(&["doctor"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    let name = format!("the PostgreSQL database {database} on 127.0.0.1:");
    assert!(
        said.contains(&name) && said.contains("schema matching"),
        "{said}"
    );
    assert!(
        said.contains("matching migrate") && !said.contains("hunter2"),
        "{said}"
    );
}

#[tokio::test]
async fn a_dry_run_counts_and_changes_nothing() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    for posting in [8, 9] {
        let job = api
            .queue("", &json!({"candidate_id": 1, "job_id": posting}))
            .await;
        assert_eq!(api.ended_job(&job).await["status"], "failed");
    }
    let run = async |arguments: &[&str]| {
        let output = environment
            .run(&[&["dead-letters"], arguments].concat())
            .await;
        assert!(output.status.success(), "{output:?}");
        printed(&output)
    };
    let counted = run(&["purge", "--all", "--dry-run"]).await;
    assert_eq!(counted, "2 tasks would be deleted\n");
    let counted = run(&["retry", "--job-posting", "8", "--dry-run", "--json"]).await;
    assert_eq!(counted, "{\"dry_run\":true,\"tasks\":1}\n");
    assert_eq!(run(&["list", "--json"]).await.lines().count(), 2);
    assert!(run(&["actions", "--json"]).await.is_empty());
    // Without a terminal nobody can be asked.
    assert_eq!(run(&["purge", "--all"]).await, "2 tasks were deleted\n");
    let none = environment.run(&["dead-letters", "list"]).await;
    let none = said(&none);
    assert!(
        none.starts_with("no dead letters in the SQLite file "),
        "{none}"
    );
}

#[tokio::test]
async fn queues_are_listed_paused_and_resumed() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let run = async |arguments: &[&str]| {
        let output = environment.run(&[&["queues"], arguments].concat()).await;
        assert!(output.status.success(), "{output:?}");
        printed(&output)
    };
    assert_eq!(
        run(&["pause", "high", "--reason", "a test"]).await,
        "matching_high is paused\n"
    );
    assert_eq!(run(&["pause", "high"]).await, "matching_high is paused\n");
    let listed = run(&["list", "--json"]).await;
    let of_api = serve.api().get("/api/v1/queues").await.body;
    let listed: Vec<serde_json::Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json!(listed), of_api);
    assert_eq!(listed[0]["pause_reason"], "a test");
    let table = run(&["list", "--table"]).await;
    assert!(
        table.contains("REASON") && table.contains("a test"),
        "{table}"
    );
    run(&["resume", "high"]).await;
    assert_eq!(
        serve.api().get("/api/v1/queues/high").await.body["paused"],
        false
    );
    let refused = environment.run(&["queues", "pause", "urgent"]).await;
    assert_eq!(refused.status.code(), Some(2));
}

/// What `configuration check` says.
async fn checked(environment: &Environment, arguments: &[&str]) -> (bool, String) {
    let output = environment
        .run(&[&["configuration", "check"], arguments].concat())
        .await;
    (output.status.success(), said(&output))
}

#[tokio::test]
async fn settings_that_serve_refuses_are_refused_without_starting() {
    for (variable, value, expected) in [
        (
            "DATABASE_URL",
            "postgres://u:pa#ss@db/m",
            "percent-encode it",
        ),
        ("DATABASE_URL", "postgres://h1,h2/m", "several hosts"),
        (
            "DATABASE_URL",
            "postgres://db/m?sslmode=prefered",
            "sslmode is one of",
        ),
        (
            "DATABASE_URL",
            "postgres://db/m?sslrootcert=/nope.pem",
            "/nope.pem can't be read",
        ),
        (
            "REDIS_URL",
            "redis+sentinel://h:26379/m/0",
            "Sentinel is not supported",
        ),
        ("REDIS_URL", "redis://h1:1,h2:2", "several hosts"),
        (
            "MINIO_ENDPOINT",
            "s3://minio:9000",
            "endpoint is not usable",
        ),
        (
            "MINIO_ENDPOINT",
            "http://minio:9000/path",
            "endpoint is not usable",
        ),
    ] {
        let environment = Environment::embedded()
            .with("MINIO_ACCESS_KEY", "key")
            .with("MINIO_SECRET_KEY", "secret")
            .with(variable, value);
        let (fine, text) = checked(&environment, &[]).await;
        assert!(!fine && text.contains(expected), "{value}: {text}");
        assert!(!text.contains("pa#") && !text.contains("ss@"), "{text}");
        assert_eq!(std::fs::read_dir(environment.folder()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn each_part_is_asked_on_request() {
    let environment = Environment::on_servers().await;
    let (fine, text) = checked(&environment, &["--connect"]).await;
    assert!(
        !fine && text.contains("FAULT   database: the schema is not up to date"),
        "{text}"
    );
    assert!(environment.run(&["migrate"]).await.status.success());
    let (fine, text) = checked(&environment, &["--connect"]).await;
    assert!(fine, "{text}");
    for part in [
        "database: the PostgreSQL database",
        "redis: it answers",
        "documents: a document",
    ] {
        assert!(text.contains(&format!("ok      {part}")), "{text}");
    }
    assert!(
        text.contains("WARNING PostgreSQL runs with fsync = off"),
        "{text}"
    );
    let environment = environment
        .with("REDIS_URL", "redis://127.0.0.1:1")
        .with("MINIO_SECRET_KEY", "wrong");
    let (fine, text) = checked(&environment, &["--connect"]).await;
    assert!(
        !fine && text.contains("FAULT   redis: ") && text.contains("FAULT   documents: "),
        "{text}"
    );

    let embedded = Environment::embedded();
    let (fine, text) = checked(&embedded, &["--connect"]).await;
    assert!(
        fine && text.contains("matching.db will be created by the first start"),
        "{text}"
    );
    assert!(!embedded.folder().join("matching.db").exists());
}
