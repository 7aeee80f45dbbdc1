//! Requests and answers of searches.

use serde_json::{Value, json};

use super::accepting;
use crate::support::profiles::{candidate, candidates, job_posting, job_postings};

fn ids(answer: &Value, name: &str) -> Vec<i64> {
    let matches = answer["matches"].as_array().unwrap();
    matches
        .iter()
        .map(|one| one[name].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn the_best_stored_profiles_are_returned_with_their_scores() {
    let (_environment, _process, api) = accepting().await;
    let nothing = api
        .post("/api/v1/search", &json!({"candidate": candidate(1)}))
        .await;
    assert_eq!(nothing.status, 200, "{}", nothing.text);
    assert_eq!(nothing.body["searched"], 0);
    assert_eq!(nothing.body["matches"], json!([]));

    api.import("job-postings", &job_postings(1..=50)).await;
    let found = api
        .post("/api/v1/search", &json!({"candidate": candidate(1)}))
        .await
        .body;
    assert_eq!(found["subject"], json!({"kind": "candidate", "id": 1}));
    assert_eq!(
        (&found["searched"], &found["matched"]),
        (&json!(50), &json!(50))
    );
    assert_eq!(found["unreadable"], 0);
    assert!(found["took_ms"].is_u64());
    assert_eq!(found["matches"].as_array().unwrap().len(), 20);
    let best = &found["matches"][0];
    assert!(best.get("candidate_id").is_none() && best.get("document").is_none());
    let id = best["job_posting_id"].as_i64().unwrap();
    let pair = json!({"candidate": candidate(1), "job_posting": job_posting(id)});
    let alone = api.post("/api/v1/match", &pair).await.body;
    assert_eq!(
        (&best["score"], &best["category"]),
        (&alone["score"], &alone["category"])
    );
    for (name, score) in best["criteria"].as_object().unwrap() {
        assert_eq!(*score, alone["criteria"][name]["score"], "{name}");
    }
    assert_eq!(best["criteria"].as_object().unwrap().len(), 11);
}

#[tokio::test]
async fn filters_narrow_the_search() {
    let (_environment, _process, api) = accepting().await;
    let mut stored = candidates(1..=6);
    stored[1]["location"] = json!("Bruxelles, Belgique");
    stored[2]["skills"] = json!(["COBOL"]);
    stored[3]["contract_types"] = json!(["freelance"]);
    stored[4]["languages"] = json!([{"code": "fr", "level": "native"}]);
    stored[5]["remote"] = json!("remote");
    api.import("candidates", &stored).await;
    api.import("job-postings", &[job_posting(1)]).await;
    let search = |more: Value| {
        let api = api.clone();
        async move {
            let mut body = json!({"job_id": 1});
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let answer = api.post("/api/v1/search", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.body
        }
    };
    for (filters, expected) in [
        (json!({"country": "BE"}), vec![2]),
        (
            json!({"country": ["Belgium", "France"]}),
            vec![1, 2, 3, 4, 5, 6],
        ),
        (json!({"contract_types": ["freelance"]}), vec![4]),
        (json!({"remote": "remote"}), vec![6]),
        (json!({"ids": [3, 5, 99]}), vec![3, 5]),
        (json!({"skills": ["rust", "Postgres"]}), vec![1, 2, 4, 5, 6]),
        (
            json!({"languages": [{"code": "en", "level": "B2"}]}),
            vec![1, 2, 3, 4, 6],
        ),
        (
            json!({"skills": ["Rust"], "languages": ["en"], "country": "fr", "ids": [1, 2, 3, 4]}),
            // Candidate 3 mentions the skill.
            vec![1, 3, 4],
        ),
        (json!({"skills": ["Haskell"]}), vec![]),
    ] {
        let found = search(json!({"filters": filters})).await;
        let mut passing = ids(&found, "candidate_id");
        passing.sort_unstable();
        assert_eq!(passing, expected, "{filters}");
        assert_eq!(
            (&found["searched"], &found["matched"]),
            (&json!(6), &json!(expected.len()))
        );
    }
    let all = search(json!({})).await;
    let least = all["matches"][3]["score"].as_f64().unwrap();
    let better = search(json!({"min_score": least})).await;
    assert!(
        better["matches"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["score"].as_f64() >= Some(least))
    );
    assert!(better["matched"].as_u64() >= Some(4));
    let top = search(json!({"top": 2})).await;
    assert_eq!(ids(&top, "candidate_id"), ids(&all, "candidate_id")[..2]);
    assert_eq!(top["matched"], 6);

    let explained = api
        .post(
            "/api/v1/search?lang=fr",
            &json!({"job_id": 1, "explain": true, "top": 1}),
        )
        .await;
    assert_eq!(explained.header("content-language"), "fr");
    let document = &explained.body["matches"][0]["document"];
    assert_eq!(document["language"], "fr");
    assert_eq!(document["job_posting_id"], 1);
    assert_eq!(
        document["candidate_id"],
        explained.body["matches"][0]["candidate_id"]
    );
    assert_eq!(document["score"], explained.body["matches"][0]["score"]);
}

#[tokio::test]
async fn closed_postings_are_found_only_when_asked_for() {
    let (_environment, _process, api) = accepting().await;
    let mut postings = job_postings(1..=3);
    postings[0]["status"] = json!("closed");
    postings[1]["status"] = json!("open");
    api.import("job-postings", &postings).await;
    for (filters, expected) in [
        (json!(null), vec![2, 3]),
        (json!({}), vec![2, 3]),
        (json!({"status": "open"}), vec![2, 3]),
        (json!({"status": "closed"}), vec![1]),
        (json!({"status": "any"}), vec![1, 2, 3]),
    ] {
        let body = json!({"candidate": candidate(1), "filters": filters});
        let mut found = ids(
            &api.post("/api/v1/search", &body).await.body,
            "job_posting_id",
        );
        found.sort_unstable();
        assert_eq!(found, expected, "{filters}");
    }
}

#[tokio::test]
async fn each_bad_field_of_a_search_is_named() {
    let (_environment, _process, api) = accepting().await;
    let cases: [(Value, &[&str]); 9] = [
        (json!({}), &[""]),
        (json!({"candidate_id": 1, "job_id": 1}), &[""]),
        (json!({"candidate_id": 1, "candidate": {}}), &["/candidate"]),
        (json!({"candidate_id": 0}), &["/candidate_id"]),
        (json!({"candidate": [1]}), &["/candidate"]),
        (
            json!({"candidate": {}, "top": 0, "min_score": 1.5, "explain": 1, "filters": []}),
            &["/top", "/min_score", "/explain", "/filters"],
        ),
        (
            json!({"candidate": {}, "top": 1001, "min_score": "high"}),
            &["/top", "/min_score"],
        ),
        (
            json!({"candidate": {}, "filters": {"age": 30, "status": "gone", "ids": [0]}}),
            &["/filters/age", "/filters/status", "/filters/ids/0"],
        ),
        (
            json!({"job_posting": {}, "filters": {"status": "open"}}),
            &["/filters/status"],
        ),
    ];
    for (body, pointers) in cases {
        let answer = api.post("/api/v1/search", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(
            answer.problem(),
            ("invalid_request", pointers.to_vec()),
            "{body}"
        );
    }
    let unknown = api
        .post("/api/v1/search", &json!({"candidate_id": 404}))
        .await;
    assert_eq!(unknown.problem().0, "not_found");
    let faulty = json!({"candidate": {"skills": [{"name": "Rust", "level": 9}]}});
    let faulty = api.post("/api/v1/search", &faulty).await;
    assert_eq!(faulty.problem().1, ["/candidate/skills/0/level"]);
}
