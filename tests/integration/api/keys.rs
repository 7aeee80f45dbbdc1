//! API keys, if any are configured.

use reqwest::Method;

use crate::support::environment::Environment;

#[tokio::test]
async fn with_keys_every_call_of_the_api_needs_one() {
    let environment = Environment::embedded().with("API_KEYS", "first-key-1234,second-key-5678");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let path = "/api/v1/candidates/1";
    let ask = |header: Option<(&'static str, &'static str)>| {
        let api = api.clone();
        async move { api.send(Method::GET, path, header.as_slice(), None).await }
    };
    let without = ask(None).await;
    assert_eq!(
        (without.status.as_u16(), without.problem().0),
        (401, "unauthorized")
    );
    assert_eq!(without.header("www-authenticate"), "Bearer");
    assert_eq!(
        ask(Some(("authorization", "Bearer wrong"))).await.status,
        401
    );
    assert_eq!(
        ask(Some(("authorization", "Bearer second-key-5678")))
            .await
            .status,
        404
    );
    assert_eq!(ask(Some(("x-api-key", "first-key-1234"))).await.status, 404);
    assert_eq!(api.get("/livez").await.status, 200);
    for spelling in [
        "/%61pi/v1/candidates/1",
        "/ap%69/v1/candidates/1",
        "//api/v1/candidates/1",
    ] {
        assert_eq!(api.get(spelling).await.status, 401, "{spelling}");
    }
}
