//! Profiles and their matches.

use serde_json::json;

use super::accepting;
use crate::support::{
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
