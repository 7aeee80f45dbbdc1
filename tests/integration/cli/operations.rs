//! Commands for operators: imports, migrations, settings, dead letters.

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn an_import_keeps_the_good_lines_and_names_the_bad_ones() {
    let environment = Environment::embedded();
    let file = environment.folder().join("candidates.ndjson");
    std::fs::write(
        &file,
        b"{\"id\": 1}\n\xc3\n{\"id\": 2, \"experience_years\": -4}\n\n{\"id\": 3}",
    )
    .unwrap();
    let output = environment
        .run(&["import", "candidates", file.to_str().unwrap()])
        .await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("line 2: not JSON"), "{said}");
    assert!(said.contains("line 3: /experience_years"), "{said}");
    assert!(text(&output.stdout).contains("2 candidates imported: 2 new, 0 replaced; 2 bad lines"));

    let serve = environment.serve(&["--no-workers"]).await;
    assert_eq!(serve.api().get("/api/v1/candidates/3").await.status, 200);
    assert_eq!(serve.api().get("/api/v1/candidates/2").await.status, 404);
}

#[tokio::test]
async fn an_import_reports_warnings_repeated_ids_and_a_hint_for_other_formats() {
    let environment = Environment::embedded();
    let run = async |name: &str, content: &str| {
        let file = environment.folder().join(name);
        std::fs::write(&file, content).unwrap();
        environment
            .run(&["import", "candidates", file.to_str().unwrap()])
            .await
    };
    let warned = run(
        "a",
        "{\"id\": 1, \"remote\": \"on Mars\"}\n{\"id\": 2}\n{\"id\": 2}",
    )
    .await;
    let said = text(&warned.stderr);
    assert!(said.contains("line 1, warning: /remote"), "{said}");
    assert!(
        said.contains("line 3: /id: line 2 has the same id"),
        "{said}"
    );
    let done = text(&warned.stdout);
    assert!(
        done.contains("1 bad lines; 1 lines with warnings"),
        "{done}"
    );
    for content in ["{\n  \"id\": 1\n}\n", "id,title\n1,Welder\n2,Baker\n"] {
        let hint = run("b", content).await;
        assert_eq!(hint.status.code(), Some(1));
        let said = text(&hint.stderr);
        assert!(
            said.contains("one document a line") && !said.contains("line 1"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_import_reads_standard_input() {
    use tokio::io::AsyncWriteExt;
    let environment = Environment::embedded();
    let mut command = environment.command(&["import", "job-postings", "-"]);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"{\"id\": 1}\n{\"id\": 2}\n")
        .await
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("2 job postings imported"));
}

#[tokio::test]
async fn settings_are_checked_and_shown_without_secrets() {
    let environment =
        Environment::embedded().with("DATABASE_URL", "postgres://u:hunter2@db/matching");
    let shown = environment.run(&["configuration", "show"]).await;
    assert!(shown.status.success());
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("[hidden]") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(
        shown.contains("# environment variable DATABASE_URL"),
        "{shown}"
    );
    let parsed: Result<toml::Table, _> = shown.parse();
    assert!(parsed.is_ok(), "{parsed:?}");

    let fine = environment.run(&["configuration", "check"]).await;
    assert!(fine.status.success());
    let wrong = Environment::embedded()
        .with("PORT", "x")
        .with("MAX_RETRIES", "y");
    let output = wrong.run(&["configuration", "check"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("http.port") && said.contains("workers.max_retries"),
        "{said}"
    );
    let refused = wrong.run(&["serve"]).await;
    assert_eq!(refused.status.code(), Some(1));
}

#[tokio::test]
async fn serve_leaves_the_schema_alone_when_told_to() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__DATABASE__MIGRATE_ON_START", "false");
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let refused = api.get("/api/v1/candidates/1").await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(environment.run(&["migrate"]).await.status.success());
    api.until("/readyz", |ready| ready["checks"]["database"] == "ok")
        .await;
    assert_eq!(api.get("/api/v1/candidates/1").await.status, 404);
}

#[tokio::test]
async fn dead_letters_are_listed_retried_and_purged() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("job-postings", &job_postings(1..=1)).await;
    let body = json!({"candidate_id": 9, "job_id": 1});
    let job = api.queue("?id=lost-one", &body).await;
    assert_eq!(
        api.ended_job(&job).await["error"]["code"],
        "candidate_not_found"
    );

    let listed = environment.run(&["dead-letters", "list"]).await;
    let letter: Value = serde_json::from_str(text(&listed.stdout).trim()).unwrap();
    assert_eq!(letter["job_id"], "lost-one");
    assert_eq!(letter["error"]["code"], "candidate_not_found");

    api.import("candidates", &[candidate(9)]).await;
    let task_id = letter["task_id"].as_str().unwrap();
    let retried = environment.run(&["dead-letters", "retry", task_id]).await;
    assert!(
        text(&retried.stdout).contains("1 tasks are queued again"),
        "{retried:?}"
    );
    api.until("/api/v1/status/lost-one", |status| {
        status["status"] == "completed"
    })
    .await;

    let other = api
        .queue("", &json!({"candidate_id": 10, "job_id": 1}))
        .await;
    api.ended_job(&other).await;
    let purged = environment.run(&["dead-letters", "purge", "--all"]).await;
    assert!(
        text(&purged.stdout).contains("1 tasks were deleted"),
        "{purged:?}"
    );
    let listed = environment.run(&["dead-letters", "list"]).await;
    assert!(listed.stdout.is_empty());
}

#[tokio::test]
async fn dead_letters_are_grouped_shown_and_chosen_by_filter() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("job-postings", &job_postings(1..=1)).await;
    for (candidate, id) in [(8, "eight"), (9, "nine")] {
        let body = json!({"candidate_id": candidate, "job_id": 1});
        let job = api.queue(&format!("?id={id}"), &body).await;
        api.ended_job(&job).await;
    }
    let groups = environment.run(&["dead-letters", "groups", "--json"]).await;
    let group: Value = serde_json::from_str(text(&groups.stdout).trim()).unwrap();
    assert_eq!(group["tasks"], 2);
    let table = environment.run(&["dead-letters", "list", "--table"]).await;
    let table = text(&table.stdout);
    assert!(table.starts_with("TASK"), "{table}");
    assert_eq!(table.lines().count(), 3);
    let filter = [
        "dead-letters",
        "list",
        "--candidate",
        "9",
        "--queue",
        "standard",
    ];
    let listed = environment.run(&filter).await;
    let letter: Value = serde_json::from_str(text(&listed.stdout).trim()).unwrap();
    assert_eq!(letter["job_id"], "nine");
    let page = environment
        .run(&["dead-letters", "list", "--limit", "1"])
        .await;
    let cursor = text(&page.stderr).trim().rsplit(' ').next().unwrap();
    let arguments = ["dead-letters", "list", "--limit", "1", "--cursor", cursor];
    let next = environment.run(&arguments).await;
    assert!(text(&next.stdout).contains("\"eight\""), "{next:?}");

    let shown = environment
        .run(&["dead-letters", "show", "nine", "--json"])
        .await;
    let shown: Value = serde_json::from_str(text(&shown.stdout).trim()).unwrap();
    assert_eq!(shown["history"][0]["outcome"], "failed");
    for unsaid in [
        &["dead-letters", "purge"][..],
        &["dead-letters", "retry"],
        &["dead-letters", "purge", "--all", "--queue", "high"],
    ] {
        let refused = environment.run(unsaid).await;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    let reason = "candidate_not_found";
    let chosen = ["--reason", reason, "--candidate", "8"];
    let purged = environment
        .run(&[&["dead-letters", "purge"][..], &chosen].concat())
        .await;
    assert!(text(&purged.stdout).contains("1 tasks were deleted"));
    let actions = environment
        .run(&["dead-letters", "actions", "--json"])
        .await;
    let action: Value = serde_json::from_str(text(&actions.stdout).trim()).unwrap();
    assert_eq!(action["action"], "purge");
    assert!(action["actor"].as_str().unwrap().starts_with("cli:"));
    assert_eq!(
        action["target"],
        json!({"reason": reason, "candidate_id": 8})
    );
}

#[tokio::test]
async fn a_port_in_use_is_reported() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let environment = Environment::embedded().with("PORT", &port);
    let output = environment.run(&["serve"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("set PORT"), "{output:?}");
}
