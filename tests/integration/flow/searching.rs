//! Searches in several processes on one database: exact, and with every write that was answered.

use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::Environment,
    profiles::{candidate, candidates, job_posting},
};

/// Returns candidates that differ in many ways.
fn crowd(count: i64) -> Vec<Value> {
    let mut crowd = candidates(1..=count);
    for (n, person) in crowd.iter_mut().enumerate() {
        person["experience_years"] = json!(n % 9);
        let level = ["A2", "B1", "C1"][n % 3];
        person["languages"] = json!([{"code": "en", "level": level}]);
        if n % 4 == 0 {
            person["skills"] = json!(["Kubernetes", "Go"]);
        }
        if n % 5 == 0 {
            person["location"] = json!("Paris, France");
        }
    }
    crowd
}

async fn search(api: &Api, body: &Value) -> Value {
    let answer = api.post("/api/v1/search", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

fn found(answer: &Value) -> Vec<(i64, f64)> {
    let matches = answer["matches"].as_array().unwrap().iter();
    matches
        .map(|one| {
            let id = one["candidate_id"].as_i64().unwrap();
            (id, one["score"].as_f64().unwrap())
        })
        .collect()
}

/// Scores every stored candidate by itself.
async fn one_by_one(
    api: &Api,
    ids: impl IntoIterator<Item = i64>,
    weights: &Value,
) -> Vec<(i64, f64)> {
    let mut scored = Vec::new();
    for id in ids {
        let body = json!({"candidate_id": id, "job_id": 1, "weights": weights});
        let answer = api.post("/api/v1/match", &body).await.body;
        scored.push((id, answer["score"].as_f64().unwrap()));
    }
    scored.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    scored
}

#[tokio::test]
async fn a_search_equals_scoring_all_profiles() {
    let mut environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &crowd(60)).await;
    api.put("/api/v1/job-postings/1", &job_posting(1)).await;
    // The answer is the same with as many profiles as are held, fewer and more.
    environment.set("MATCHING__SEARCH__HELD_PROFILES", "59");
    environment.set("MATCHING__SEARCH__WARM_UP", "false");
    let streaming = environment.serve(&["--no-workers"]).await;
    for weights in [json!({}), json!({"experience": 5, "skills": 0})] {
        let expected = one_by_one(&api, 1..=60, &weights).await;
        for api in [&api, &streaming.api()] {
            for top in [1, 7, 60, 1_000] {
                let body = json!({"job_id": 1, "weights": weights, "top": top});
                let answer = search(api, &body).await;
                assert_eq!(answer["searched"], 60);
                assert_eq!(found(&answer), expected[..expected.len().min(top)]);
            }
        }
    }
}

#[tokio::test]
async fn a_search_sees_every_write_that_was_answered_before_it() {
    let environment = Environment::on_servers().await;
    let (one, other) = (
        environment.serve(&["--no-workers"]).await,
        environment.serve(&["--no-workers"]).await,
    );
    let (one, other) = (one.api(), other.api());
    one.put("/api/v1/job-postings/1", &job_posting(1)).await;
    let everybody = json!({"job_id": 1, "top": 1000});
    assert_eq!(search(&other, &everybody).await["searched"], 0);
    for id in 1..=15 {
        one.put(&format!("/api/v1/candidates/{id}"), &candidate(id))
            .await;
        let answer = search(&other, &everybody).await;
        assert_eq!(answer["searched"], id);
    }
    let before = found(&search(&other, &everybody).await);
    let mut better = candidate(7);
    better["skills"] = json!(["Rust", "Kubernetes"]);
    other.put("/api/v1/candidates/7", &better).await;
    for api in [&one, &other] {
        let after = found(&search(api, &everybody).await);
        assert_eq!(after[0].0, 7);
        assert_ne!(after, before);
    }
    one.delete("/api/v1/candidates/7").await;
    for api in [&one, &other] {
        let after = search(api, &everybody).await;
        assert_eq!(after["searched"], 14);
        assert!(found(&after).iter().all(|(id, _)| *id != 7));
    }
    one.import("candidates", &crowd(300)).await;
    assert_eq!(search(&other, &everybody).await["searched"], 300);
    environment
        .execute("DELETE FROM candidates WHERE id > 10")
        .await;
    assert_eq!(search(&one, &everybody).await["searched"], 10);
}

/// Two processes are written to while both are searched: each search sees at least the profiles
/// that its caller knows to be stored.
#[tokio::test]
async fn concurrent_searches_and_writes_lose_nothing() {
    let environment = Environment::on_servers().await;
    let (one, other) = (
        environment.serve(&["--no-workers"]).await,
        environment.serve(&["--no-workers"]).await,
    );
    let apis = [one.api(), other.api()];
    apis[0].put("/api/v1/job-postings/1", &job_posting(1)).await;
    let writer = |at: i64| {
        let writing = apis[usize::try_from(at % 2).unwrap()].clone();
        let reading = apis[usize::try_from((at + 1) % 2).unwrap()].clone();
        async move {
            for n in 0..8 {
                let id = at * 100 + n;
                writing
                    .put(&format!("/api/v1/candidates/{id}"), &candidate(id))
                    .await;
                let body = json!({"job_id": 1, "top": 1000, "filters": {"ids": [id]}});
                let answer = search(&reading, &body).await;
                assert_eq!(
                    found(&answer).len(),
                    1,
                    "candidate {id} was put and is not found"
                );
                if n % 3 == 0 {
                    writing.delete(&format!("/api/v1/candidates/{id}")).await;
                    let answer = search(&reading, &body).await;
                    assert_eq!(
                        found(&answer).len(),
                        0,
                        "candidate {id} was deleted and is found"
                    );
                }
            }
        }
    };
    tokio::join!(writer(1), writer(2), writer(3), writer(4));
    let everybody = json!({"job_id": 1, "top": 1000});
    for api in &apis {
        assert_eq!(search(api, &everybody).await["searched"], 4 * 5);
    }
}

#[tokio::test]
async fn an_unreadable_profile_is_counted_and_the_others_are_found() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &crowd(3)).await;
    environment
        .execute("UPDATE candidates SET document = 'no document' WHERE id = 2")
        .await;
    let answer = search(&api, &json!({"job_posting": job_posting(1)})).await;
    assert_eq!(
        (&answer["searched"], &answer["unreadable"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(answer["matched"], 2);
    assert_eq!(answer["subject"], json!({"kind": "job_posting", "id": 1}));
}

/// A database that was restored from a backup counts from an earlier number.
#[tokio::test]
async fn a_database_whose_count_went_back_is_read_as_a_whole() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &crowd(5)).await;
    let everybody = json!({"job_posting": job_posting(1)});
    let before = search(&api, &everybody).await;
    assert_eq!(before["searched"], 5);
    // The next write gets the same number as the candidate's first one.
    environment
        .execute("UPDATE profile_writes SET count = 0")
        .await;
    let mut better = candidate(1);
    better["skills"] = json!(["Rust", "Kubernetes"]);
    api.put("/api/v1/candidates/1", &better).await;
    assert_eq!(found(&search(&api, &everybody).await)[0].0, 1);
    assert_ne!(found(&before)[0].0, 1);
}
