//! The language of explanations.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    profiles::{candidate, job_posting},
};

async fn asking(
    api: &Api,
    method: Method,
    path: &str,
    accepted: &str,
    body: Option<&Value>,
) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    if !accepted.is_empty() {
        headers.push(("accept-language", accepted));
    }
    let body = body.map(|body| body.to_string().into_bytes());
    api.send(method, path, &headers, body).await
}

async fn with_a_result(
    environment: &Environment,
) -> (crate::support::process::Process, Api, String) {
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &[job_posting(1)]).await;
    let job = api
        .queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    api.ended_job(&job).await;
    (serve, api, job)
}

#[tokio::test]
async fn a_result_is_explained_in_the_requested_language() {
    let environment = Environment::embedded();
    let (_serve, api, job) = with_a_result(&environment).await;
    let path = format!("/api/v1/result/{job}");
    let get = |query: &'static str, accepted: &'static str| {
        let (api, path) = (api.clone(), format!("{path}{query}"));
        async move { asking(&api, Method::GET, &path, accepted, None).await }
    };
    let english = get("", "").await;
    for (query, accepted, language) in [
        ("", "", "en"),
        ("", "fr", "fr"),
        ("", "fr-CA,fr;q=0.8,en;q=0.9", "fr"),
        ("", "en;q=0.5, fr;q=0.4", "en"),
        ("", "de", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=en", "fr", "en"),
    ] {
        let answer = get(query, accepted).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-language"),
            language,
            "{query} {accepted}"
        );
        assert_eq!(answer.header("vary"), "accept-language");
        assert_eq!(answer.body["result"]["language"], language);
        assert_eq!(answer.text == english.text, language == "en");
        for same in [
            "score",
            "input_hash",
            "computed_at",
            "engine_version",
            "candidate_id",
        ] {
            assert_eq!(answer.body["result"][same], english.body["result"][same]);
        }
    }
    let french = get("?lang=fr", "").await.body["result"]["recommendation"].take();
    assert_ne!(french, english.body["result"]["recommendation"]);

    for lang in ["de", "FR", "", "fr-FR"] {
        for (method, path) in [
            (Method::GET, path.clone()),
            (Method::POST, "/api/v1/match".to_owned()),
            (Method::POST, format!("/api/v1/results/{job}:verify")),
            (Method::POST, "/api/v1/search".to_owned()),
        ] {
            let path = format!("{path}?lang={lang}");
            let answer = asking(&api, method, &path, "", Some(&json!({}))).await;
            assert_eq!(
                answer.problem(),
                ("invalid_request", vec!["/lang"]),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn immediate_matches_and_receipts_use_the_requested_language() {
    let environment = Environment::embedded();
    let (_serve, api, job) = with_a_result(&environment).await;
    let pair = json!({"candidate_id": 1, "job_id": 1});
    let verify = format!("/api/v1/results/{job}:verify");
    for (accepted, language) in [("fr", "fr"), ("", "en")] {
        let now = asking(&api, Method::POST, "/api/v1/match", accepted, Some(&pair)).await;
        assert_eq!(now.header("content-language"), language);
        assert_eq!(now.header("vary"), "accept-language");
        assert_eq!(now.body["language"], language);
        let receipt = asking(&api, Method::POST, &verify, accepted, None).await;
        assert_eq!(receipt.header("content-language"), language);
        assert_eq!(receipt.body["outcome"], "verified");
        let message = receipt.body["message"].as_str().unwrap();
        assert_eq!(
            message.starts_with("Le résultat"),
            language == "fr",
            "{message}"
        );
    }
}

#[tokio::test]
async fn the_service_has_a_language_of_its_own() {
    let environment = Environment::embedded().with("MATCHING__EXPLANATIONS__LANGUAGE", "fr");
    let (_serve, api, job) = with_a_result(&environment).await;
    let path = format!("/api/v1/result/{job}");
    for (accepted, language) in [("", "fr"), ("de", "fr"), ("en", "en")] {
        let answer = asking(&api, Method::GET, &path, accepted, None).await;
        assert_eq!(answer.body["result"]["language"], language, "{accepted}");
    }
    let wrong = Environment::embedded().with("MATCHING__EXPLANATIONS__LANGUAGE", "de");
    let output = wrong.run(&["configuration", "check"]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("explanations.language"), "{said}");
}
