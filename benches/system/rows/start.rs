//! The start of `serve` with a current schema, until `/readyz` answers ready.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use matching_test_servers::commands::free_port;

use crate::{
    environment::Environment,
    http::Connection,
    service,
    table::{Latencies, Row, grouped},
};

const STARTS: usize = 20;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let database = environment.database("start").await;
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let port = free_port().to_string();
        let began = Instant::now();
        let mut serve = service::command(environment, &database, &["serve"])
            .env("PORT", &port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut connection = Connection::open(&format!("127.0.0.1:{port}")).await;
        loop {
            let ready = connection.get("/readyz").await;
            if ready.status == 200 && ready.json()["status"] == "ready" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        all.push(began.elapsed());
        serve.kill().unwrap();
        serve.wait().unwrap();
    }
    let starts = Latencies::of(all);
    vec![Row {
        name: format!(
            "`serve` until ready, {} profiles stored",
            grouped(2 * crate::environment::PROFILES)
        ),
        met: Some(starts.quantile(0.5) < 300.0),
        latencies: Some(starts),
        target: "< 300 ms",
        ..Row::default()
    }]
}
