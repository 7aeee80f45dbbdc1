//! Profiles and their matches.

use reqwest::Method;
use serde_json::{Value, json};

use super::accepting;
use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    profiles::{candidate, job_postings},
};

#[tokio::test]
async fn a_profile_is_put_read_replaced_and_removed() {
    let (_environment, _process, api) = accepting().await;
    for collection in ["candidates", "job-postings"] {
        let path = format!("/api/v1/{collection}/7");
        let document = json!({"title": "Boulangère", "unknown": {"kept": [1, null]}});
        let created = api.put(&path, &document).await;
        assert_eq!(
            (created.status.as_u16(), &created.body["created"]),
            (201, &json!(true))
        );
        let read = api.get(&path).await;
        assert_eq!(read.body["unknown"], document["unknown"]);
        assert_eq!(read.body["id"], 7);
        let replaced = api.put(&path, &json!({"id": 7, "title": "Chef"})).await;
        assert_eq!(
            (replaced.status.as_u16(), &replaced.body["created"]),
            (200, &json!(false))
        );
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.delete(&path).await.status, 404);
        assert_eq!(api.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn a_wrong_profile_is_refused_with_all_its_faults() {
    let (_environment, _process, api) = accepting().await;
    let wrong = json!({
        "experience_years": -1,
        "skills": [{"name": "Rust", "level": 9}],
        "salary": {"min": 5, "max": 1},
    });
    let answer = api.put("/api/v1/candidates/1", &wrong).await;
    assert_eq!(answer.status, 422);
    let (code, mut pointers) = answer.problem();
    pointers.sort_unstable();
    assert_eq!(code, "invalid_request");
    assert!(pointers.contains(&"/experience_years"), "{pointers:?}");
    assert!(pointers.contains(&"/skills/0/level"), "{pointers:?}");
    assert!(
        pointers
            .iter()
            .any(|pointer| pointer.starts_with("/salary")),
        "{pointers:?}"
    );
    let other_id = api.put("/api/v1/candidates/1", &json!({"id": 2})).await;
    assert_eq!(other_id.problem().1, ["/id"]);
    assert_eq!(api.get("/api/v1/candidates/1").await.status, 404);
}

#[tokio::test]
async fn an_import_stores_all_lines_or_names_the_bad_ones_and_stores_none() {
    let (_environment, _process, api) = accepting().await;
    let path = "/api/v1/candidates:import";
    let ndjson = "application/x-ndjson";
    let bad = api
        .post_bytes(
            path,
            ndjson,
            b"{\"id\": 1}\n\n{\"title\": \"x\"}\n{\"id\": 3, \"skills\": 5}\nnonsense",
        )
        .await;
    assert_eq!(bad.status, 422);
    let lines: Vec<u64> = bad.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [3, 4, 5]);
    assert_eq!(api.get("/api/v1/candidates/1").await.status, 404);

    let good = api
        .post_bytes(path, ndjson, b"{\"id\": 1}\n{\"id\": 2}\r\n\n")
        .await;
    assert_eq!(
        (good.status.as_u16(), &good.body["created"]),
        (200, &json!(2))
    );
    let again = api
        .post_bytes(path, ndjson, b"{\"id\": 2}\n{\"id\": 3}")
        .await;
    assert_eq!(
        (&again.body["created"], &again.body["replaced"]),
        (&json!(1), &json!(1))
    );
    let empty = api.post_bytes(path, ndjson, b"\n").await;
    assert_eq!(empty.status, 422);
}

#[tokio::test]
async fn a_foreign_document_is_kept_without_a_bad_value_and_says_so() {
    let (_environment, _process, api) = accepting().await;
    let posting = json!({"@type": "JobPosting", "title": "Boucher", "identifier": {"value": "1234567"},
        "baseSalary": {"currency": "EUR", "value": "Selon profil"}});
    let put = api.put("/api/v1/job-postings/42", &posting).await;
    assert_eq!(put.status, 201);
    assert_eq!(put.body["warnings"][0]["pointer"], "/baseSalary/value");
    assert_eq!(put.body["warnings"][0]["code"], "no_amount");
    let stored = api.get("/api/v1/job-postings/42").await.body;
    assert_eq!(
        (&stored["id"], &stored["title"]),
        (&json!(42), &json!("Boucher"))
    );
    assert_eq!(stored["warnings"][0]["pointer"], "/baseSalary/value");

    let resume = json!({"basics": {"label": "Comptable"}, "work": [{"startDate": "2012-03"}]});
    let put = api.put("/api/v1/candidates/7", &resume).await;
    assert_eq!(put.body["warnings"], json!([]));
    let stored = api.get("/api/v1/candidates/7").await.body;
    assert!(stored["experience_years"].as_f64().unwrap() > 14.0);
    assert!(stored["reference_date"].is_string());
}

#[tokio::test]
async fn an_import_reports_ignored_values_repeated_ids_and_files_that_are_not_json_lines() {
    let (_environment, _process, api) = accepting().await;
    let (path, ndjson) = ("/api/v1/candidates:import", "application/x-ndjson");
    let lines = b"{\"id\": 1}\n{\"id\": 2, \"remote\": \"on Mars\"}\n";
    let warned = api.post_bytes(path, ndjson, lines).await;
    assert_eq!(warned.status, 200);
    assert_eq!(warned.body["warned_lines"], 1);
    assert_eq!(warned.body["warnings"][0]["line"], 2);
    assert_eq!(warned.body["warnings"][0]["pointer"], "/remote");

    let repeated = api
        .post_bytes(path, ndjson, b"{\"id\": 3}\n{\"id\": \"3\"}\n")
        .await;
    assert_eq!(repeated.status, 422);
    assert_eq!(repeated.body["errors"][0]["code"], "duplicate_id");
    assert_eq!(repeated.body["errors"][0]["line"], 2);
    assert_eq!(api.get("/api/v1/candidates/3").await.status, 404);

    for body in ["{\n \"id\": 4\n}", "id;title\n4;Welder\n5;Baker"] {
        let hint = api.post_bytes(path, ndjson, body.as_bytes()).await;
        assert_eq!(hint.status, 422);
        assert_eq!(hint.body["errors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn matches_are_listed_best_first_page_by_page() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=45)).await;
    let postings: Vec<i64> = (1..=45).collect();
    let body = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &body).await;
    api.ended_batch(&batch).await;

    let mut seen = Vec::new();
    let mut path = "/api/v1/candidates/1/matches?limit=20".to_owned();
    loop {
        let page = api.get(&path).await.body;
        for ranked in page["matches"].as_array().unwrap() {
            seen.push((
                ranked["score"].as_f64().unwrap(),
                ranked["job_posting_id"].as_i64().unwrap(),
            ));
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/candidates/1/matches?limit=20&cursor={cursor}");
    }
    assert_eq!(seen.len(), 45);
    assert!(
        seen.is_sorted_by(|one, next| (next.0, one.1) < (one.0, next.1)),
        "{seen:?}"
    );
    for query in ["limit=0", "limit=x", "limit=1001", "cursor=nonsense"] {
        let answer = api
            .get(&format!("/api/v1/candidates/1/matches?{query}"))
            .await;
        assert_eq!(answer.status, 422, "{query}");
    }
}

async fn send(
    api: &Api,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    api.send(method, path, &all, Some(body.to_string().into()))
        .await
}

#[tokio::test]
async fn a_profile_is_replaced_only_as_the_caller_knows_it() {
    let (_environment, _process, api) = accepting().await;
    for path in ["/api/v1/candidates/1", "/api/v1/job-postings/1"] {
        let body = json!({"title": "Baker"});
        let put = |headers: &'static [(&'static str, &'static str)]| {
            send(&api, Method::PUT, path, headers, &body)
        };
        let missing = put(&[("If-Match", "*")]).await;
        assert_eq!(missing.status, 412);
        assert_eq!(missing.problem().0, "precondition_failed");
        let created = put(&[("If-None-Match", "*")]).await;
        assert_eq!(created.status, 201);
        assert_eq!(put(&[("If-None-Match", "*")]).await.status, 412);
        let read = api.get(path).await;
        assert_eq!(read.header("etag"), created.header("etag"));
        let tag = read.header("etag").to_owned();
        let held = api
            .send(Method::GET, path, &[("If-None-Match", &tag)], None)
            .await;
        assert_eq!((held.status.as_u16(), held.text.as_str()), (304, ""));
        let changed = json!({"title": "Pastry chef"});
        let first = send(&api, Method::PUT, path, &[("If-Match", &tag)], &changed).await;
        assert_eq!(first.status, 200);
        assert_ne!(first.header("etag"), tag);
        let late = send(&api, Method::PUT, path, &[("If-Match", &tag)], &body).await;
        assert_eq!(late.status, 412);
        assert_eq!(api.get(path).await.body["title"], "Pastry chef");
        let refused = send(&api, Method::DELETE, path, &[("If-Match", &tag)], &body).await;
        assert_eq!(refused.status, 412);
        let tag = first.header("etag").to_owned();
        let several = format!("\"other\", {tag}");
        let deleted = send(&api, Method::DELETE, path, &[("If-Match", &several)], &body).await;
        assert_eq!(deleted.status, 204);
        assert_eq!(api.delete(path).await.status, 404);
    }
}

#[tokio::test]
async fn a_condition_that_names_no_readable_tag_never_holds() {
    let (_environment, _process, api) = accepting().await;
    let path = "/api/v1/candidates/1";
    let body = json!({"title": "Baker"});
    let tag = api.put(path, &body).await.header("etag").to_owned();
    for condition in [
        "",
        "nonsense",
        "\"",
        "\"x",
        "\"'; DROP TABLE candidates; --\"",
        &format!("W/{tag}"),
        &tag[1..],
    ] {
        let answer = send(&api, Method::PUT, path, &[("If-Match", condition)], &body).await;
        assert_eq!(answer.status, 412, "{condition}");
    }
}

#[tokio::test]
async fn a_changed_profile_makes_its_results_stale_and_can_be_matched_again() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let batch = api.queue_bulk("", &bulk).await;
    api.ended_batch(&batch).await;
    let stale = async || {
        let matches = api.get("/api/v1/candidates/1/matches").await.body;
        let of_profile: Vec<bool> = matches["matches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["stale"].as_bool().unwrap())
            .collect();
        let report = api
            .get(&format!("/api/v1/batches/{batch}/results"))
            .await
            .text;
        let of_batch: Vec<bool> = report
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["stale"]
                    .as_bool()
                    .unwrap()
            })
            .collect();
        let result = api.get(&format!("/api/v1/result/{batch}-1")).await.body;
        (of_profile, of_batch, result["stale"].as_bool())
    };
    assert_eq!(stale().await, (vec![false; 3], vec![false; 3], None));
    let unchanged = api.get("/api/v1/candidates/1").await.body;
    let same = api
        .put("/api/v1/candidates/1?rematch=false", &unchanged)
        .await;
    assert_eq!(same.header("x-batch-id"), "");
    let mut changed = unchanged;
    changed["title"] = json!("Night baker");
    api.put("/api/v1/candidates/1", &changed).await;
    assert_eq!(stale().await, (vec![true; 3], vec![true; 3], Some(true)));
    let again = api.put("/api/v1/candidates/1?rematch=true", &changed).await;
    let rematch = again.header("x-batch-id").to_owned();
    assert_eq!(api.ended_batch(&rematch).await["completed"], 3);
    // The rows of the first batch show what it computed, which is not the newest result any more.
    assert_eq!(stale().await, (vec![false; 3], vec![true; 3], None));
    let nobody = api
        .put("/api/v1/candidates/2?rematch=true", &json!({}))
        .await;
    assert_eq!(nobody.header("x-batch-id"), "");
    let faulty = api
        .put("/api/v1/candidates/2?rematch=perhaps", &json!({}))
        .await;
    assert_eq!(faulty.problem(), ("invalid_request", vec!["/rematch"]));
}

#[tokio::test]
async fn stale_results_are_computed_again_at_the_configured_interval() {
    let environment =
        Environment::embedded().with("MATCHING__QUEUES__REMATCH_INTERVAL_SECONDS", "1");
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let batch = api.queue_bulk("", &bulk).await;
    api.ended_batch(&batch).await;
    let mut changed = api.get("/api/v1/job-postings/2").await.body;
    changed["title"] = json!("Another work");
    api.put("/api/v1/job-postings/2", &changed).await;
    let of_rematch = |row: &Value| {
        let job = row["job_id"].as_str().unwrap_or_default();
        row["job_posting_id"] == 2 && job.starts_with("rematch:job_posting:2:")
    };
    let matches = api.until("/api/v1/candidates/1/matches", |body| {
        let rows = body["matches"].as_array();
        rows.is_some_and(|rows| rows.iter().any(of_rematch))
    });
    let rows = matches.await["matches"].clone();
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["stale"] == false)
    );
}

#[tokio::test]
async fn results_are_csv_or_ndjson_for_those_who_accept_it() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let batch = api.queue_bulk("?user_id=%3D1%2B1", &bulk).await;
    api.ended_batch(&batch).await;
    let ask = async |path: &str, accept: &str| {
        api.send(Method::GET, path, &[("Accept", accept)], None)
            .await
    };
    let report = format!("/api/v1/batches/{batch}/results");
    for path in ["/api/v1/candidates/1/matches", &report] {
        let csv = ask(path, "text/csv").await;
        assert_eq!(
            csv.header("content-type"),
            "text/csv; charset=utf-8; header=present"
        );
        let lines: Vec<&str> = csv.text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[0].contains("job_id,candidate_id,job_posting_id,score"));
        let ndjson = ask(path, "application/x-ndjson").await;
        assert_eq!(ndjson.text.lines().count(), 3);
        let best: Value = serde_json::from_str(ndjson.text.lines().next().unwrap()).unwrap();
        let best = best["score"].as_f64().unwrap();
        let one = ask(&format!("{path}?limit=1"), "application/x-ndjson").await;
        assert_eq!(one.text.lines().count(), 1);
        let query = format!("{path}?min_score={}", best + 0.0001);
        assert_eq!(ask(&query, "application/x-ndjson").await.text, "");
        let faulty = ask(&format!("{path}?min_score=2"), "*/*").await;
        assert_eq!(faulty.problem(), ("invalid_request", vec!["/min_score"]));
    }
    let jobs = ask(
        &format!("/api/v1/jobs?batch_id={batch}&limit=2"),
        "text/csv",
    )
    .await;
    assert!(jobs.text.contains(",'=1+1,"), "{}", jobs.text);
    let link = jobs.header("link");
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
    let rest = ask(next, "text/csv").await;
    assert_eq!(
        (jobs.text.lines().count(), rest.text.lines().count()),
        (3, 2)
    );
    assert_eq!(rest.header("link"), "");
}

#[tokio::test]
async fn an_import_refuses_documents_of_another_format_than_it_names() {
    let (environment, _process, api) = accepting().await;
    let import = async |collection: &str, format: &str, line: &Value| {
        let path = format!("/api/v1/{collection}:import?format={format}");
        let line = line.to_string();
        api.post_bytes(&path, "application/x-ndjson", line.as_bytes())
            .await
    };
    let native = json!({"id": 7, "title": "Welder"});
    let resume = json!({"id": 7, "basics": {"name": "A. Person", "label": "Welder"}});
    let posting = json!({"id": 7, "@type": "JobPosting", "title": "Welder"});
    for (collection, format, line, status) in [
        ("candidates", "native", &native, 200),
        ("candidates", "native", &resume, 422),
        ("candidates", "json_resume", &resume, 200),
        ("candidates", "json_resume", &native, 422),
        ("candidates", "schema_org", &native, 422),
        ("job-postings", "schema_org", &posting, 200),
        ("job-postings", "schema_org", &native, 422),
        ("job-postings", "native", &posting, 422),
        ("job-postings", "xml", &native, 422),
    ] {
        let answer = import(collection, format, line).await;
        assert_eq!(
            answer.status, status,
            "{collection} {format} {}",
            answer.text
        );
    }
    let file = environment.folder().join("native.ndjson");
    std::fs::write(&file, native.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let arguments = ["import", "candidates", file, "--format", "json_resume"];
    let refused = environment.run(&arguments).await;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no JSON Resume"));
    let taken = environment
        .run(&["import", "candidates", file, "--format", "native"])
        .await;
    assert!(taken.status.success());
}

#[tokio::test]
async fn the_command_line_exports_results() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1), candidate(2)])
        .await;
    api.import("job-postings", &job_postings(1..=3)).await;
    for candidate in [1, 2] {
        let bulk = json!({"candidate_id": candidate, "job_ids": [1, 2, 3]});
        let batch = api.queue_bulk("", &bulk).await;
        api.ended_batch(&batch).await;
    }
    let all = environment.run(&["export", "results"]).await;
    let rows: Vec<Value> = String::from_utf8_lossy(&all.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0]["candidate_id"], 1);
    assert_eq!(rows[0]["stale"], false);
    let arguments = [
        "export",
        "results",
        "--job-posting",
        "2",
        "--format",
        "csv",
        "out.csv",
    ];
    assert!(environment.run(&arguments).await.status.success());
    let csv = std::fs::read_to_string(environment.folder().join("out.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("job_id,candidate_id,job_posting_id,score"));
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.split(',').nth(2) == Some("2"))
    );
    let none = environment
        .run(&["export", "results", "--min-score", "1"])
        .await;
    assert!(none.stdout.is_empty());
}
