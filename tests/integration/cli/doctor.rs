//! `matching doctor`: reports invariants that hold, those that don't, and advice.

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

/// Returns an environment in which a bulk has ended, with all documents in the document store.
async fn used(environment: Environment) -> Environment {
    let environment = environment.with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0");
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let body = json!({"candidate_id": 1, "job_ids": [1, 2, 3, 4]});
    let batch = api.queue_bulk("?id=bulk", &body).await;
    api.ended_batch(&batch).await;
    assert!(process.terminate().await.success());
    environment
}

async fn doctor(environment: &Environment, arguments: &[&str]) -> (bool, String) {
    let output = environment.run(&[&["doctor"], arguments].concat()).await;
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), said)
}

#[tokio::test]
async fn a_consistent_ledger_passes_and_dead_letters_are_counted() {
    for environment in [Environment::embedded(), Environment::on_servers().await] {
        let environment = used(environment).await;
        let (healthy, said) = doctor(&environment, &["--documents"]).await;
        assert!(healthy, "{said}");
        assert!(said.contains("holds   kept_documents: "), "{said}");
        assert!(said.contains("dead letters: 1;"), "{said}");
    }
}

#[tokio::test]
async fn a_breached_invariant_is_reported_with_its_remedy() {
    for environment in [Environment::embedded(), Environment::on_servers().await] {
        let environment = used(environment).await;
        environment
            .execute("DELETE FROM results WHERE job_posting_id = 2")
            .await;
        let (healthy, said) = doctor(&environment, &[]).await;
        assert!(!healthy);
        let breach = "BROKEN  completed_results: every completed match has a result\n        \
                      1 times: bulk-2\n        results were deleted";
        assert!(said.contains(breach), "{said}");

        let (healthy, said) = doctor(&environment, &["--json"]).await;
        assert!(!healthy);
        let document: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(document["holds"], false);
        assert_eq!(document["dead_letters"], 1);
        let invariants = document["invariants"].as_array().unwrap();
        let broken: Vec<_> = invariants
            .iter()
            .filter(|invariant| invariant["holds"] == false)
            .collect();
        assert_eq!(broken.len(), 1, "{said}");
        assert_eq!(broken[0]["name"], "completed_results");
        assert_eq!(
            (&broken[0]["count"], &broken[0]["examples"]),
            (&json!(1), &json!(["bulk-2"]))
        );
    }
}

#[tokio::test]
async fn a_document_that_is_gone_is_found_when_asked_for() {
    let environment = used(Environment::embedded()).await;
    let folder = environment.folder().join("documents/results");
    std::fs::remove_dir_all(folder).unwrap();
    let (healthy, said) = doctor(&environment, &[]).await;
    assert!(healthy, "{said}");
    let (healthy, said) = doctor(&environment, &["--documents"]).await;
    assert!(!healthy);
    let breach = "BROKEN  kept_documents: every document that a row points to can be read\n        \
                  3 times: bulk-";
    assert!(said.contains(breach), "{said}");
}
