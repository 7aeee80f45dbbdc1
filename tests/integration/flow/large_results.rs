//! Documents over the limit are stored in the object store, transparently for readers.

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

async fn shows_large_results_transparently(environment: Environment) -> Environment {
    let environment = environment.with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0");
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=20)).await;
    let postings: Vec<i64> = (1..=20).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("?priority=high", &bulk).await;
    api.ended_batch(&batch).await;
    let result = api.get(&format!("/api/v1/result/{batch}-3")).await.body;
    assert_eq!(result["result"]["job_posting_id"], 3);

    let report = api.get(&format!("/api/v1/batches/{batch}/results")).await;
    assert_eq!(report.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = report
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 20);
    let scores: Vec<f64> = lines
        .iter()
        .map(|line| line["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|better, worse| better >= worse));
    environment
}

#[tokio::test]
async fn in_s3() {
    let environment = shows_large_results_transparently(Environment::on_servers().await).await;
    environment
        .execute(
            "DO $$ BEGIN
                 ASSERT NOT EXISTS (SELECT 1 FROM orphaned_documents WHERE key LIKE 'results/%');
             END $$",
        )
        .await;
    let bucket = environment
        .object_store
        .as_ref()
        .unwrap()
        .folder
        .path()
        .join("matching");
    assert!(
        bucket.join("results/1").is_dir(),
        "nothing was put into the bucket"
    );
}

#[tokio::test]
async fn in_a_folder() {
    let environment = shows_large_results_transparently(Environment::embedded()).await;
    assert!(environment.folder().join("documents/results/1").is_dir());
}

#[tokio::test]
async fn documents_of_a_failed_run_are_listed_for_deletion() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0")
        .with("MINIO_SECRET_KEY", "another")
        .with("MAX_RETRIES", "0");
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let batch = api.queue_bulk("?priority=high", &bulk).await;
    let ended = api.ended_batch(&batch).await;
    assert_eq!(ended["failed"], 3);
    environment
        .execute(
            "DO $$ BEGIN
                 ASSERT 3 = (SELECT count(*) FROM orphaned_documents WHERE key LIKE 'results/%');
             END $$",
        )
        .await;
}
