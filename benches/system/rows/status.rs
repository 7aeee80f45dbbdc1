//! `GET /status` of a match that has ended, compared with the peer's; and a call without any
//! dependency, as the upper limit of all calls in this setup.

use serde_json::json;

use super::ROUNDS;
use crate::{
    environment::Environment,
    http::{Connection, get},
    load::{CONNECTIONS, Load, load},
    peer::Peer,
    service::Service,
    table::{Latencies, Row, median, rate},
};

const SECONDS: i64 = 10;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let database = environment.database("status").await;
    let service = Service::start(environment, &database, true).await;
    let peer = Peer::start(environment, &database).await.map(|mut peer| {
        peer.work();
        peer
    });
    let seconds = environment.options.size(SECONDS).unsigned_abs();
    let (mut ours, mut theirs, mut idle) = (vec![], vec![], vec![]);
    let own_path = ended(&service.address, "completed").await;
    let peer_path = match &peer {
        Ok(peer) => ended(&peer.address, "finished").await,
        Err(_) => String::new(),
    };
    for _ in 0..ROUNDS {
        let before = service.usage(environment);
        ours.push(call(&service.address, seconds, &own_path).await);
        service.tell_cores(environment, &before);
        if let Ok(peer) = &peer {
            theirs.push(call(&peer.address, seconds, &peer_path).await);
        }
        idle.push(call(&service.address, seconds, "/livez").await.per_second);
    }
    let why = peer.err().unwrap_or_default();
    let peer_rates: Vec<f64> = theirs.iter().map(|load| load.per_second).collect();
    let bound = Row {
        name: format!("GET /livez, which does nothing, {CONNECTIONS} connections"),
        measured: rate(&idle),
        compared: "FastAPI + RQ's status".to_owned(),
        ratio: (!peer_rates.is_empty()).then(|| median(&idle) / median(&peer_rates)),
        ..Row::default()
    };
    let status = row(
        "GET /status",
        ours,
        theirs,
        &why,
        "≥ 20",
        20.0,
        f64::INFINITY,
    );
    vec![status, bound]
}

async fn call(address: &str, seconds: u64, path: &str) -> Load {
    let request = get(path);
    load(address, seconds, 200, move |_| request.clone()).await
}

/// Returns the status path of a match after it has ended.
async fn ended(address: &str, state: &str) -> String {
    let mut connection = Connection::open(address).await;
    let body = json!({"candidate_id": 1, "job_id": 1}).to_string();
    let accepted = connection.post("/api/v1/queue-matching", &body).await;
    let id = accepted.json()["job_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/status/{id}");
    while connection.get(&path).await.json()["status"] != state {}
    path
}

/// Returns the row of a call that both sides answered in rounds. The target is a minimum ratio, and
/// a p99 in milliseconds.
pub fn row(
    name: &str,
    ours: Vec<Load>,
    theirs: Vec<Load>,
    why_not: &str,
    target: &'static str,
    least: f64,
    slowest: f64,
) -> Row {
    let rates = |loads: &[Load]| -> Vec<f64> { loads.iter().map(|load| load.per_second).collect() };
    let cores: Vec<f64> = ours.iter().map(|load| load.generator_cores).collect();
    let (own_rates, peer_rates) = (rates(&ours), rates(&theirs));
    let latencies = Latencies::together(ours.into_iter().map(|load| load.latencies).collect());
    let ratio = (!peer_rates.is_empty()).then(|| median(&own_rates) / median(&peer_rates));
    let compared = match ratio {
        Some(_) => {
            let peers = theirs.into_iter().map(|load| load.latencies).collect();
            let slow = Latencies::together(peers).quantile(0.99);
            format!("FastAPI + RQ {}, p99 {slow:.0} ms", rate(&peer_rates))
        }
        None => format!("FastAPI + RQ: {why_not}"),
    };
    Row {
        name: format!("{name}, {CONNECTIONS} connections"),
        measured: format!(
            "{} (calling takes {:.2} cores)",
            rate(&own_rates),
            median(&cores)
        ),
        compared,
        ratio,
        met: ratio.map(|ratio| ratio >= least && latencies.quantile(0.99) < slowest),
        latencies: Some(latencies),
        target,
    }
}
