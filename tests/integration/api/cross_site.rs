//! Calls that a foreign web page makes from a browser, and the headers that browsers obey.

use reqwest::Method;
use serde_json::json;

use super::accepting;
use crate::support::{
    api::{Answer, Api},
    environment::Environment,
};

async fn submit(api: &Api, headers: &[(&str, &str)]) -> Answer {
    let pair = json!({"candidate_id": 1, "job_id": 1});
    api.post_with("/api/v1/queue-matching", headers, &pair)
        .await
}

#[tokio::test]
async fn a_service_without_keys_refuses_foreign_names() {
    let (_environment, _process, api) = accepting().await;
    let server = api.base.trim_start_matches("http://").to_owned();
    let (_, port) = server.rsplit_once(':').unwrap();
    for own in [
        "localhost",
        "127.0.0.1:1",
        "[::1]",
        &format!("localhost:{port}"),
    ] {
        let answer = submit(&api, &[("host", own)]).await;
        assert_eq!(answer.status, 202, "{own}");
    }
    for foreign in ["attacker.example", "localhost.attacker.example:5000"] {
        for page in [
            "/api/v1/queues",
            "/api/v1/nothing",
            "/openapi.json",
            "/docs/",
            "/metrics",
        ] {
            let answer = api
                .send(Method::GET, page, &[("host", foreign)], None)
                .await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().0),
                (421, "misdirected"),
                "{foreign} {page}"
            );
        }
        assert_eq!(submit(&api, &[("host", foreign)]).await.status, 421);
        let name = [("host", foreign)];
        let probe = api.send(Method::GET, "/livez", &name, None).await;
        assert_eq!(probe.status, 200);
    }
}

#[tokio::test]
async fn an_allowed_name_is_accepted_and_a_key_makes_names_irrelevant() {
    let environment =
        Environment::embedded().with("MATCHING__HTTP__ALLOWED_HOSTS", "matching.internal");
    let process = environment.serve(&["--no-workers"]).await;
    let allowed = [("host", "matching.internal:5000")];
    assert_eq!(submit(&process.api(), &allowed).await.status, 202);

    let environment = Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr");
    let process = environment.serve(&["--no-workers"]).await;
    let with_key = [
        ("host", "attacker.example"),
        ("x-api-key", "first-key-1234-q7Zr"),
    ];
    assert_eq!(submit(&process.api(), &with_key).await.status, 202);
}

#[tokio::test]
async fn pages_of_other_origins_change_nothing() {
    let (_environment, _process, api) = accepting().await;
    for foreign in [
        ("origin", "https://attacker.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let refused = submit(&api, &[foreign]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.problem().0),
            (403, "cross_site"),
            "{foreign:?}"
        );
        let path = "/api/v1/jobs/x";
        let delete = api.send(Method::DELETE, path, &[foreign], None).await;
        assert_eq!(delete.status, 403);
        // Without CORS the page can't read the answer.
        let read = api
            .send(Method::GET, "/api/v1/queues", &[foreign], None)
            .await;
        assert_eq!(read.status, 200);
        assert_eq!(read.header("access-control-allow-origin"), "");
    }
    let own = submit(&api, &[("origin", &api.base)]).await;
    assert_eq!(own.status, 202);
    let depth = api.get("/api/v1/queues/standard").await;
    assert_eq!(depth.body["queued"], 1);
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_call() {
    let origin = "https://platform.example";
    let environment = Environment::embedded().with("MATCHING__HTTP__ALLOWED_ORIGINS", origin);
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let preflight = |origin: &'static str| {
        let api = api.clone();
        async move {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                (
                    "access-control-request-headers",
                    "authorization,content-type",
                ),
            ];
            let path = "/api/v1/queue-matching";
            api.send(Method::OPTIONS, path, &headers, None).await
        }
    };
    let allowed = preflight(origin).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), origin);
    assert!(
        allowed
            .header("access-control-allow-methods")
            .contains("POST")
    );
    let headers = allowed
        .header("access-control-allow-headers")
        .to_lowercase();
    assert!(headers.contains("authorization"), "{headers}");
    let refused = preflight("https://attacker.example").await;
    assert!(refused.status.is_client_error(), "{refused:?}");
    assert_eq!(refused.header("access-control-allow-origin"), "");

    let headers = [("origin", origin), ("sec-fetch-site", "cross-site")];
    let called = submit(&api, &headers).await;
    assert_eq!(called.status, 202);
    assert_eq!(called.header("access-control-allow-origin"), origin);
    let foreign = submit(&api, &[("origin", "https://attacker.example")]).await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test]
async fn every_answer_restricts_what_browsers_do_with_it() {
    let (_environment, _process, api) = accepting().await;
    for page in [
        "/docs/",
        "/openapi.json",
        "/livez",
        "/api/v1/queues",
        "/nowhere",
    ] {
        let answer = api.get(page).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{page}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{page}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{page}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{page}: {policy}"
        );
    }
    let documentation = api.get("/docs/").await;
    let policy = documentation.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    // No script and no style in the page itself, and nothing from elsewhere.
    for line in documentation.text.lines() {
        let is_inline = line.contains("<script") && !line.contains("src=");
        assert!(!is_inline, "{line}");
    }
    assert!(
        !documentation.text.contains("//unpkg"),
        "{}",
        documentation.text
    );
    let start = api.get("/docs/swagger-initializer.js").await.text;
    assert!(start.contains("\"validatorUrl\": \"none\""), "{start}");
}
