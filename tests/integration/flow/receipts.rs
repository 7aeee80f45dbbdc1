//! Receipts of stored results, by HTTP and by command, on real servers.

use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::Environment,
    profiles::{candidate, job_posting},
};

async fn result_of(api: &Api) -> String {
    let job = api
        .queue("?priority=high", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");
    job
}

async fn verified(api: &Api, job: &str) -> Value {
    let answer = api
        .post(&format!("/api/v1/results/{job}:verify"), &json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["job_id"], job);
    assert!(!answer.body["message"].as_str().unwrap().is_empty());
    answer.body
}

#[tokio::test]
async fn a_receipt_verifies_that_the_engine_computes_the_stored_result() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.put("/api/v1/candidates/1", &candidate(1)).await;
    api.put("/api/v1/job-postings/1", &job_posting(1)).await;
    let job = result_of(&api).await;

    let receipt = verified(&api, &job).await;
    assert_eq!(receipt["outcome"], "verified", "{receipt}");
    assert_eq!(receipt["stored"], receipt["recomputed"]);
    assert_eq!(receipt["stored"]["job_id"], job);
    assert_eq!(receipt["stored"]["input_hash"].as_str().unwrap().len(), 64);
    let said = environment.run(&["verify", &job]).await;
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said, receipt);

    let mut other = candidate(1);
    other["experience_years"] = json!(2);
    api.put("/api/v1/candidates/1", &other).await;
    let receipt = verified(&api, &job).await;
    assert_eq!(receipt["outcome"], "inputs_changed");
    assert_ne!(
        receipt["stored"]["input_hash"],
        receipt["recomputed"]["input_hash"]
    );
    api.put("/api/v1/candidates/1", &candidate(1)).await;
    assert_eq!(verified(&api, &job).await["outcome"], "verified");

    api.delete("/api/v1/job-postings/1").await;
    let receipt = verified(&api, &job).await;
    assert_eq!(
        (&receipt["outcome"], &receipt["recomputed"]),
        (&json!("profile_missing"), &Value::Null)
    );
    api.put("/api/v1/job-postings/1", &job_posting(1)).await;

    let newer = result_of(&api).await;
    assert_eq!(verified(&api, &newer).await["outcome"], "verified");
    let receipt = verified(&api, &job).await;
    assert_eq!(receipt["outcome"], "superseded");
    assert_eq!(receipt["stored"]["job_id"], newer);
}

#[tokio::test]
async fn changes_made_behind_the_service_are_detected() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.put("/api/v1/candidates/1", &candidate(1)).await;
    api.put("/api/v1/job-postings/1", &job_posting(1)).await;
    for tampering in [
        // Changes within the document.
        r#"UPDATE results SET document = regexp_replace(document, '"score":0\.\d', '"score":0.1')"#,
        r#"UPDATE results SET document = replace(document, '"years_actual":8', '"years_actual":9')"#,
        "UPDATE results SET document = document || ' '",
        "UPDATE results SET document = '{}'",
        "UPDATE results SET document = 'no document'",
        // Changes of the row that rankings read.
        "UPDATE results SET score = 0.9999",
        "UPDATE results SET category = 'weak'",
        "UPDATE results SET criterion_scores[1] = 0.1234",
        "UPDATE results SET score_cap = 0.1",
        "UPDATE results SET weights = 'none'",
        r#"UPDATE results SET document = regexp_replace(document, '"weights_configured":\{"skills":0.3', '"weights_configured":{"skills":0.5')"#,
    ] {
        let job = result_of(&api).await;
        assert_eq!(verified(&api, &job).await["outcome"], "verified");
        environment.execute(tampering).await;
        let receipt = verified(&api, &job).await;
        assert_eq!(receipt["outcome"], "mismatch", "{tampering}: {receipt}");
        let said = environment.run(&["verify", &job, "--lang", "fr"]).await;
        assert_eq!(said.status.code(), Some(1), "{tampering}");
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(said["outcome"], "mismatch");
    }
    let job = result_of(&api).await;
    environment
        .execute(r#"UPDATE results SET document = regexp_replace(document, '"engine_version":"[^"]*"', '"engine_version":"0+0.0.1"')"#)
        .await;
    let receipt = verified(&api, &job).await;
    assert_eq!(receipt["outcome"], "engine_changed");
    assert_eq!(receipt["stored"]["engine_version"], "0+0.0.1");
}

#[tokio::test]
async fn only_a_completed_job_has_a_receipt() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let unknown = api.post("/api/v1/results/nothing:verify", &json!({})).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.problem().0),
        (404, "not_found")
    );
    let job = api
        .queue("?id=a:b", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    let waiting = api
        .post(&format!("/api/v1/results/{job}:verify"), &json!({}))
        .await;
    assert_eq!(
        (waiting.status.as_u16(), waiting.problem().0),
        (409, "not_completed")
    );
    for (job, code) in [("nothing", 1), (job.as_str(), 1)] {
        let output = environment.run(&["verify", job]).await;
        assert_eq!(output.status.code(), Some(code));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    let wrong = environment.run(&["verify", "x", "--lang", "de"]).await;
    assert_eq!(wrong.status.code(), Some(2));
}

#[tokio::test]
async fn a_large_result_is_verified_from_the_document_store() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "100");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.put("/api/v1/candidates/1", &candidate(1)).await;
    api.put("/api/v1/job-postings/1", &job_posting(1)).await;
    let job = result_of(&api).await;
    assert_eq!(verified(&api, &job).await["outcome"], "verified");
    let french = api.get(&format!("/api/v1/result/{job}?lang=fr")).await;
    assert_eq!(french.body["result"]["language"], "fr");
    environment
        .execute("UPDATE results SET document_key = 'results/none.json'")
        .await;
    assert_eq!(verified(&api, &job).await["outcome"], "document_missing");
}
