//! What `work` shows to orchestrators and monitoring, and what a deployment sets for all processes.

use matching_test_servers::commands::free_port;
use serde_json::Value;

use crate::support::environment::Environment;

#[tokio::test]
async fn a_worker_answers_health_checks_and_metrics_on_a_port_of_its_own() {
    let environment = Environment::on_servers().await;
    let environment = environment.with("WORKER_MONITORING_PORT", &free_port().to_string());
    let worker = environment.work("bulk").await;
    let pages = worker.api();
    assert_eq!(pages.get("/livez").await.status, 200);
    pages
        .until("/readyz", |answer: &Value| answer["status"] == "ready")
        .await;
    pages
        .until_text("/metrics", |text| {
            text.contains("matching_pool_up{pool=\"matching_bulk\"} 1")
        })
        .await;
    assert_eq!(pages.get("/api/v1/queues").await.status, 404);
    assert_eq!(pages.get("/docs/").await.status, 404);
}

#[tokio::test]
async fn a_worker_whose_port_is_taken_names_the_setting() {
    let environment = Environment::on_servers().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let environment = environment.with("WORKER_MONITORING_PORT", &port);
    let output = environment.run(&["work", "--queue", "bulk"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("set WORKER_MONITORING_PORT"), "{said}");
}

/// Containers share one environment, with an address that others reach and no keys.
#[tokio::test]
async fn only_commands_that_serve_the_api_ask_for_keys_on_an_open_address() {
    let environment = Environment::on_servers().await.with("HOST", "0.0.0.0");
    let migrated = environment.run(&["migrate"]).await;
    assert!(migrated.status.success(), "{migrated:?}");
    // Returns once the worker says that it started.
    environment.work("high").await.kill().await;
    for refusing in [&["serve"][..], &["configuration", "check"]] {
        let output = environment.run(refusing).await;
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("set API_KEYS"), "{said}");
    }
}
