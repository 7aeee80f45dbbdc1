//! Dead letters over HTTP: all calls have the same filters, an omission changes nothing, and every
//! action is recorded.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{api::Api, environment::Environment, process::Process};

/// Starts a service with three dead letters: two unknown candidates, and an unknown posting of a
/// batch.
async fn with_dead_letters(environment: &Environment) -> (Process, Api) {
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[json!({"id": 1})]).await;
    api.import("job-postings", &[json!({"id": 1})]).await;
    for (candidate, name) in [(8, "eight"), (9, "nine")] {
        let body = json!({"candidate_id": candidate, "job_id": 1});
        let job = api.queue(&format!("?priority=high&id={name}"), &body).await;
        api.ended_job(&job).await;
    }
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 99]});
    let batch = api.queue_bulk("?id=many", &bulk).await;
    api.ended_batch(&batch).await;
    (process, api)
}

fn jobs(page: &Value) -> Vec<&str> {
    let letters = page["dead_letters"].as_array().unwrap();
    letters
        .iter()
        .map(|letter| letter["job_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn dead_letters_are_listed_by_filter_page_and_group() {
    let environment = Environment::embedded();
    let (_process, api) = with_dead_letters(&environment).await;
    let all = api.get("/api/v1/dead-letters").await.body;
    assert_eq!(jobs(&all), ["many-2", "nine", "eight"]);
    assert_eq!(all["next_cursor"], json!(null));
    let nine = &all["dead_letters"][1];
    assert_eq!(nine["candidate_id"], 9);
    assert_eq!(nine["queue"], "matching_high");
    assert_eq!(nine["error"]["code"], "candidate_not_found");
    let fingerprint = nine["fingerprint"].as_str().unwrap();
    for (query, expected) in [
        ("queue=bulk", &["many-2"][..]),
        ("reason=candidate_not_found", &["nine", "eight"]),
        (&format!("fingerprint={fingerprint}"), &["nine", "eight"]),
        ("candidate_id=9", &["nine"]),
        ("job_posting_id=99", &["many-2"]),
        ("to=2020-01-01T00:00:00Z", &[]),
        ("from=2020-01-01T00:00:00Z&queue=high", &["nine", "eight"]),
    ] {
        let page = api.get(&format!("/api/v1/dead-letters?{query}")).await;
        assert_eq!(jobs(&page.body), expected, "{query}");
    }
    let first = api.get("/api/v1/dead-letters?limit=2").await.body;
    assert_eq!(jobs(&first), ["many-2", "nine"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/api/v1/dead-letters?limit=2&cursor={cursor}");
    assert_eq!(jobs(&api.get(&path).await.body), ["eight"]);

    let groups = api.get("/api/v1/dead-letters/groups").await.body;
    assert_eq!(groups["groups"][0]["tasks"], 2);
    assert_eq!(groups["groups"][0]["fingerprint"], fingerprint);
    assert_eq!(groups["groups"][1]["example"]["job_id"], "many-2");
}

#[tokio::test]
async fn a_dead_letter_is_shown_with_its_attempts_and_actions() {
    let environment = Environment::embedded();
    let (_process, api) = with_dead_letters(&environment).await;
    let shown = api.get("/api/v1/dead-letters/many-2").await.body;
    assert_eq!(shown["failed_matches"][0]["job_posting_id"], 99);
    assert_eq!(shown["history"][0]["outcome"], "failed");
    assert_eq!(
        shown["history"][0]["error"]["code"],
        "job_posting_not_found"
    );
    assert_eq!(shown["last_action"], json!(null));
    let by_task = shown["task_id"].as_str().unwrap();
    let path = format!("/api/v1/dead-letters/{by_task}");
    assert_eq!(api.get(&path).await.body, shown);
    assert_eq!(api.get("/api/v1/dead-letters/many-1").await.status, 404);

    let path = "/api/v1/dead-letters/nine:retry";
    let retried = api.send(Method::POST, path, &[], None).await;
    assert_eq!(retried.status, 202, "{}", retried.text);
    assert_eq!(retried.body["job_id"], "nine");
    let shown = api
        .until("/api/v1/dead-letters/nine", |shown| {
            shown["last_action"]["action"] == "retry"
        })
        .await;
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_edited_dead_letter_runs_under_its_former_id() {
    let environment = Environment::embedded();
    let (_process, api) = with_dead_letters(&environment).await;
    let path = "/api/v1/dead-letters/nine:retry";
    for (edits, pointer) in [
        (json!({"candidate_id": 0}), "/candidate_id"),
        (json!({"queue": "slow"}), "/queue"),
        (json!({"webhook_url": "http://10.0.0.1/"}), "/webhook_url"),
        (json!({"candidate": 1}), "/candidate"),
    ] {
        let refused = api.post(path, &edits).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.problem().1, [pointer]);
    }
    let edits = json!({"candidate_id": 1, "queue": "standard"});
    assert_eq!(api.post(path, &edits).await.status, 202);
    let job = api
        .until("/api/v1/status/nine", |job| job["status"] == "completed")
        .await;
    assert_eq!(
        (&job["candidate_id"], &job["queue"]),
        (&json!(1), &json!("matching_standard"))
    );
    let gone = api.post(path, &edits).await;
    assert_eq!(gone.status, 404);

    let bulk = json!({"candidate_id": 55, "job_ids": [1, 2]});
    let batch = api.queue_bulk("?id=both", &bulk).await;
    api.ended_batch(&batch).await;
    let refused = api.post("/api/v1/dead-letters/both-1:retry", &edits).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().0),
        (409, "several_matches")
    );

    let bulk = json!({
        "candidate_id": 55, "job_ids": [1], "webhook_events": "batch",
        "webhook_url": "http://127.0.0.1:9/",
    });
    let batch = api.queue_bulk("?id=whole", &bulk).await;
    api.ended_batch(&batch).await;
    let edits = json!({"webhook_url": "http://127.0.0.1:9/hook?token=hunter2"});
    let refused = api.post("/api/v1/dead-letters/whole-1:retry", &edits).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().0),
        (409, "receiver_of_batch")
    );
    let edited = api.post("/api/v1/dead-letters/eight:retry", &edits).await;
    assert_eq!(edited.status, 202, "{}", edited.text);
    let actions = api.get("/api/v1/dead-letters/actions").await;
    let target = &actions.body["actions"][0]["target"];
    assert_eq!(target["edits"], json!({"receiver": "http://127.0.0.1:9"}));
}

#[tokio::test]
async fn retrying_or_purging_many_dead_letters_needs_an_explicit_selection() {
    let environment = Environment::embedded();
    let (_process, api) = with_dead_letters(&environment).await;
    for action in ["retry", "purge"] {
        let path = format!("/api/v1/dead-letters:{action}");
        for (filter, pointer) in [
            (json!({}), "/all"),
            (json!({"all": false}), "/all"),
            (json!({"all": true, "queue": "high"}), "/all"),
            (json!({"queue": "high", "resaon": "x"}), "/resaon"),
            (json!({"reason": ""}), "/reason"),
            (json!({"from": "yesterday"}), "/from"),
            (json!({"candidate_id": "9"}), "/candidate_id"),
        ] {
            let refused = api.post(&path, &filter).await;
            assert_eq!(refused.status, 422, "{action} {filter}: {}", refused.text);
            assert_eq!(refused.problem().1, [pointer], "{action} {filter}");
        }
    }
    let wrong = api
        .get("/api/v1/dead-letters?limit=0&cursor=x&page=2")
        .await;
    let mut pointers = wrong.problem().1;
    pointers.sort_unstable();
    assert_eq!(pointers, ["/cursor", "/limit", "/page"]);
    assert_eq!(jobs(&api.get("/api/v1/dead-letters").await.body).len(), 3);

    let purged = api
        .post("/api/v1/dead-letters:purge", &json!({"candidate_id": 8}))
        .await;
    assert_eq!(purged.body, json!({"purged": 1}));
    assert_eq!(api.get("/api/v1/status/eight").await.status, 404);
    api.import("candidates", &[json!({"id": 9})]).await;
    let retried = api
        .post("/api/v1/dead-letters:retry", &json!({"queue": "high"}))
        .await;
    assert_eq!(retried.body, json!({"retried": 1}));
    api.until("/api/v1/status/nine", |job| job["status"] == "completed")
        .await;
    let deleted = api.delete("/api/v1/dead-letters/many-2").await;
    assert_eq!(deleted.status, 204);
    let batch = api.get("/api/v1/batches/many").await.body;
    assert_eq!(batch["failed"], 1);
    let rest = api
        .post("/api/v1/dead-letters:purge", &json!({"all": true}))
        .await;
    assert_eq!(rest.body, json!({"purged": 0}));

    let actions = api.get("/api/v1/dead-letters/actions").await.body;
    let actions = actions["actions"].as_array().unwrap();
    let said: Vec<_> = actions
        .iter()
        .map(|action| {
            (
                action["action"].as_str().unwrap(),
                action["actor"].as_str().unwrap(),
            )
        })
        .collect();
    let anonymous = |action| (action, "anonymous");
    assert_eq!(said, ["purge", "retry", "purge"].map(anonymous));
    assert_eq!(actions[1]["target"], json!({"queue": "matching_high"}));
}

#[tokio::test]
async fn a_key_is_required_and_its_digest_identifies_the_actor() {
    let environment = Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let key = [
        ("x-api-key", "first-key-1234-q7Zr"),
        ("content-type", "application/json"),
    ];
    let body = json!({"candidate_id": 1, "job_id": 1}).to_string();
    let path = "/api/v1/queue-matching?id=mine";
    let queued = api.send(Method::POST, path, &key, Some(body.into())).await;
    assert_eq!(queued.status, 202);
    for (method, path) in [
        (Method::GET, "/api/v1/dead-letters"),
        (Method::GET, "/%61pi/v1/dead-letters"),
        (Method::POST, "/api/v1/dead-letters%3Apurge"),
        (Method::DELETE, "/api/v1/jobs/mine"),
        (Method::DELETE, "/api/v1/%6Aobs/mine"),
        (Method::DELETE, "/api/v1/batches/mine"),
    ] {
        let refused = api.send(method, path, &[], None).await;
        assert_eq!(refused.status, 401, "{path}");
    }
    let cancelled = api
        .send(Method::DELETE, "/api/v1/jobs/mine", &key, None)
        .await;
    assert_eq!(cancelled.status, 200);
    let path = "/api/v1/dead-letters/actions";
    let actions = api.send(Method::GET, path, &key, None).await.body;
    let action = &actions["actions"][0];
    // `printf first-key-1234-q7Zr | sha256sum | cut -c 1-8`
    assert_eq!(action["actor"], "0ca028c1");
    assert_eq!(action["action"], "cancel");
    assert_eq!(action["target"], json!({"job_id": "mine"}));
}
