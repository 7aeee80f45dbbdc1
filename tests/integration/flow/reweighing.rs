//! Reweighing of stored results on real servers: lists, results and batches show the new scores.

use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::Environment,
    profiles::{candidate, candidates, job_postings},
};

const EXPERIENCE: &str = r#"{"skills": 0.05, "experience": 3, "text": 0}"#;

async fn scores(api: &Api, path: &str) -> Vec<(i64, i64, f64)> {
    let page = api.get(path).await.body;
    ranked(&page["matches"])
}

fn ranked(matches: &Value) -> Vec<(i64, i64, f64)> {
    let matches = matches.as_array().unwrap().iter();
    matches
        .map(|one| {
            let id = |name: &str| one[name].as_i64().unwrap();
            (
                id("candidate_id"),
                id("job_posting_id"),
                one["score"].as_f64().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn reweighed_results_show_their_weights_everywhere() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let mut people = candidates(1..=3);
    people[2]["experience_years"] = json!(1);
    api.import("candidates", &people).await;
    api.import("job-postings", &job_postings(1..=12)).await;
    let ids: Vec<i64> = (1..=12).collect();
    let first = api
        .queue_bulk("", &json!({"candidate_id": 1, "job_ids": ids}))
        .await;
    let third = api
        .queue_bulk("", &json!({"candidate_id": 3, "job_ids": [1, 2]}))
        .await;
    api.ended_batch(&first).await;
    api.ended_batch(&third).await;
    let before = scores(&api, "/api/v1/candidates/1/matches").await;
    let of_third = scores(&api, "/api/v1/candidates/3/matches").await;

    let weights: Value = serde_json::from_str(EXPERIENCE).unwrap();
    let body = json!({"weights": weights, "candidate_id": 1, "limit": 5});
    let answer = api.post("/api/v1/matches:reweigh", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["updated"], 12);
    assert_eq!(answer.body["weights"]["experience"], 3.0);
    assert_eq!(answer.body["weights"]["title"], 0.18);
    let after = scores(&api, "/api/v1/candidates/1/matches").await;
    assert_ne!(after, before);
    assert_eq!(ranked(&answer.body["matches"]), after[..5]);
    assert!(after.is_sorted_by(|one, other| one.2 >= other.2));
    assert_eq!(scores(&api, "/api/v1/candidates/3/matches").await, of_third);

    // Every stored score and document is the one that the engine computes.
    for (_, posting, score) in &after {
        let body = json!({"candidate_id": 1, "job_id": posting, "weights": weights});
        let mut now = api.post("/api/v1/match", &body).await.body;
        assert_eq!(now["score"], json!(score));
        let job = format!("{first}-{posting}");
        let result = api.get(&format!("/api/v1/result/{job}")).await.body["result"].clone();
        now["computed_at"] = result["computed_at"].clone();
        assert_eq!(result, now);
        let receipt = api
            .post(&format!("/api/v1/results/{job}:verify"), &json!({}))
            .await
            .body;
        assert_eq!(receipt["outcome"], "verified", "{receipt}");
    }
    let french = api
        .get(&format!("/api/v1/result/{first}-1?lang=fr"))
        .await
        .body;
    assert_eq!(french["result"]["language"], "fr");
    assert_eq!(french["result"]["weights_configured"]["experience"], 3.0);

    // The saved report of the batch is written again.
    let report = api
        .get(&format!("/api/v1/batches/{first}/results"))
        .await
        .text;
    let lines: Vec<Value> = report
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(ranked(&Value::Array(lines)), after);

    // A newer computation has the configured weights again.
    let job = api
        .queue("", &json!({"candidate_id": 1, "job_id": 4}))
        .await;
    api.ended_job(&job).await;
    let newer = api.get(&format!("/api/v1/result/{job}")).await.body["result"].clone();
    assert_eq!(newer["weights_configured"]["experience"], 0.12);

    let everything = json!({"weights": {}, "all": true, "limit": 1000});
    let answer = api.post("/api/v1/matches:reweigh", &everything).await.body;
    assert_eq!(answer["updated"], 14);
    assert_eq!(scores(&api, "/api/v1/candidates/1/matches").await, before);
    assert_eq!(ranked(&answer["matches"]).len(), 14);

    let of_posting = json!({"weights": weights, "job_posting_id": 2});
    let answer = api.post("/api/v1/matches:reweigh", &of_posting).await.body;
    assert_eq!(answer["updated"], 2);
    let list = scores(&api, "/api/v1/job-postings/2/matches").await;
    assert_eq!(ranked(&answer["matches"]), list);
}

#[tokio::test]
async fn a_document_of_an_older_version_is_shown_as_it_is() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let job = api
        .queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    api.ended_job(&job).await;
    environment
        .execute(r#"UPDATE results SET document = '{"score":0.5,"recommendation":"Ask."}'"#)
        .await;
    let path = format!("/api/v1/result/{job}?lang=fr");
    let french = api.get(&path).await;
    assert_eq!(french.header("content-language"), "en");
    assert_eq!(
        french.body["result"],
        json!({"score": 0.5, "recommendation": "Ask."})
    );
    assert!(french.body.get("error").is_none());
    let body = json!({"weights": {"skills": 2}, "all": true});
    assert_eq!(
        api.post("/api/v1/matches:reweigh", &body).await.body["updated"],
        1
    );
    let outdated = api.get(&path).await.body;
    assert_eq!(outdated["error"]["code"], "result_outdated");
    assert_eq!(outdated["result"]["score"], 0.5);
}
