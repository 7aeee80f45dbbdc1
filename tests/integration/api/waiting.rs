//! Waiting for work: `Prefer: wait`, server-sent events, entity tags.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::accepting;
use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    profiles::{candidate, job_postings},
};

/// The form of an event stream's text: the fields of each event.
fn events(text: &str) -> Vec<(String, String, serde_json::Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("data: "));
    let field = |block: &str, name: &str| {
        let mut lines = block.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default().to_owned()
    };
    blocks
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data")).unwrap();
            (field(block, "id"), field(block, "event"), data)
        })
        .collect()
}

async fn get_with(api: &Api, path: &str, headers: &[(&str, &str)]) -> Answer {
    api.send(Method::GET, path, headers, None).await
}

async fn queue_pair(api: &Api) -> String {
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let pair = json!({"candidate_id": 1, "job_id": 1});
    api.queue("", &pair).await
}

#[tokio::test]
async fn a_call_that_prefers_to_wait_is_answered_when_the_job_has_ended() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    let path = format!("/api/v1/result/{job}");
    let answer = get_with(&api, &path, &[("Prefer", "wait=30")]).await;
    assert_eq!(answer.body["status"], "completed");
    assert_eq!(answer.body["result"]["candidate_id"], 1);
    assert_eq!(answer.header("preference-applied"), "wait=30");
}

#[tokio::test]
async fn a_call_that_prefers_to_wait_is_answered_with_the_state_after_that_time() {
    let (_environment, _process, api) = accepting().await;
    let job = queue_pair(&api).await;
    let began = Instant::now();
    let path = format!("/api/v1/status/{job}");
    let answer = get_with(&api, &path, &[("Prefer", "respond-async, wait=1")]).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(answer.body["status"], "queued");
    assert_eq!(answer.header("preference-applied"), "wait=1");
}

#[tokio::test]
async fn a_preferred_wait_is_capped_and_unreadable_ones_are_ignored() {
    let environment = Environment::embedded().with("MATCHING__HTTP__LONGEST_WAIT_SECONDS", "0");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    let path = format!("/api/v1/status/{job}");
    for (preference, applied) in [
        ("wait=9999999999999999999999", "wait=0"),
        ("wait=soon", ""),
        ("wait=-5", ""),
    ] {
        let answer = get_with(&api, &path, &[("Prefer", preference)]).await;
        assert_eq!(answer.header("preference-applied"), applied, "{preference}");
        assert_eq!(answer.body["status"], "queued");
    }
}

#[tokio::test]
async fn waiting_for_an_unknown_job_is_answered_at_once() {
    let (_environment, _process, api) = accepting().await;
    for path in [
        "/api/v1/status/x",
        "/api/v1/result/x",
        "/api/v1/jobs/x/events",
        "/api/v1/batches/x/events",
    ] {
        let answer = get_with(&api, path, &[("Prefer", "wait=60")]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn more_waiting_callers_than_the_limit_are_refused_until_one_hangs_up() {
    let environment = Environment::embedded().with("MATCHING__HTTP__WAITING_CALLERS", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    let url = format!("{}/api/v1/jobs/{job}/events", api.base);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut listening = client.get(&url).send().await.unwrap();
    assert!(listening.chunk().await.unwrap().is_some());
    let path = format!("/api/v1/status/{job}");
    let refused = get_with(&api, &path, &[("Prefer", "wait=1")]).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.problem().0, "too_many_waiting");
    assert!(!refused.header("retry-after").is_empty());
    // A call that does not wait needs no slot.
    assert_eq!(api.get(&path).await.status, 200);
    drop((listening, client));
    let freed = crate::support::polling::poll(Duration::from_secs(30), async || {
        let answer = get_with(&api, &path, &[("Prefer", "wait=1")]).await;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.text)
        }
    });
    freed.await.unwrap();
}

#[tokio::test]
async fn a_stopping_process_answers_its_waiting_callers_with_the_present_state() {
    let (_environment, process, api) = accepting().await;
    let job = queue_pair(&api).await;
    let path = format!("/api/v1/status/{job}");
    let url = format!("{}/api/v1/jobs/{job}/events", api.base);
    let mut listening = reqwest::get(&url).await.unwrap();
    assert!(listening.chunk().await.unwrap().is_some());
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { get_with(&api, &path, &[("Prefer", "wait=60")]).await }
    });
    api.until_text("/metrics", |text| {
        text.contains("matching_waiting_callers 2")
    })
    .await;
    let began = Instant::now();
    assert!(process.terminate().await.success());
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(waiting.await.unwrap().body["status"], "queued");
    while let Ok(Some(_)) = listening.chunk().await {}
}

#[tokio::test]
async fn events_of_a_job_end_with_its_end() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    let path = format!("/api/v1/jobs/{job}/events");
    let answer = api.get(&path).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events = events(&answer.text);
    let (id, name, data) = events.last().unwrap();
    assert_eq!(
        (name.as_str(), &data["status"]),
        ("end", &json!("completed"))
    );
    assert_eq!(data["job_id"], job);
    assert!(
        events[..events.len() - 1]
            .iter()
            .all(|(_, name, _)| name == "state")
    );
    // A caller that has the last event is not asked to connect again.
    assert_eq!(
        get_with(&api, &path, &[("Last-Event-ID", id)]).await.status,
        204
    );
}

#[tokio::test]
async fn events_continue_after_the_last_one_that_was_received() {
    let (environment, process, api) = accepting().await;
    let job = queue_pair(&api).await;
    let path = format!("/api/v1/jobs/{job}/events");
    let mut listening = reqwest::get(format!("{}{path}", api.base)).await.unwrap();
    let first = listening.chunk().await.unwrap().unwrap();
    let first = events(std::str::from_utf8(&first).unwrap());
    let (id, _, data) = &first[0];
    assert_eq!(data["status"], "queued");
    process.kill().await;
    let process = environment.serve(&[]).await;
    let answer = get_with(&process.api(), &path, &[("Last-Event-ID", id)]).await;
    let events = events(&answer.text);
    assert!(
        events.iter().all(|(later, ..)| later != id),
        "{}",
        answer.text
    );
    assert_eq!(events.last().unwrap().1, "end");
}

#[tokio::test]
async fn events_ignore_a_last_event_id_that_names_no_event() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    api.ended_job(&job).await;
    let path = format!("/api/v1/jobs/{job}/events");
    let long = "9".repeat(4_000);
    for id in [
        "",
        "completed.999",
        "'; DROP TABLE tasks; --",
        "\u{e9}",
        &long,
    ] {
        let answer = get_with(&api, &path, &[("Last-Event-ID", id)]).await;
        assert_eq!(events(&answer.text).len(), 1, "{id}");
    }
}

#[tokio::test]
async fn events_of_a_batch_end_with_its_counts() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=20)).await;
    let postings: Vec<i64> = (1..=21).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &bulk).await;
    let answer = api.get(&format!("/api/v1/batches/{batch}/events")).await;
    let events = events(&answer.text);
    let (_, name, data) = events.last().unwrap();
    assert_eq!(name, "end");
    assert_eq!(
        (&data["completed"], &data["failed"]),
        (&json!(20), &json!(1))
    );
}

#[tokio::test]
async fn an_answer_that_the_caller_has_is_not_sent_again() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let job = queue_pair(&api).await;
    api.ended_job(&job).await;
    for path in [
        format!("/api/v1/status/{job}"),
        format!("/api/v1/result/{job}"),
    ] {
        let answer = api.get(&path).await;
        let tag = answer.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{tag}");
        for held in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let again = get_with(&api, &path, &[("If-None-Match", &held)]).await;
            assert_eq!(
                (again.status.as_u16(), again.text.as_str()),
                (304, ""),
                "{held}"
            );
            assert_eq!(again.header("etag"), tag);
        }
        for held in ["\"other\"", "", "nonsense", "\"", "W/"] {
            let again = get_with(&api, &path, &[("If-None-Match", held)]).await;
            assert_eq!(again.status, 200, "{held}");
        }
        let french = get_with(&api, &format!("{path}?lang=fr"), &[("If-None-Match", &tag)]).await;
        assert_eq!(french.status == 200, path.contains("result"));
    }
}
