//! `POST /queue-matching` compared with the peer's call: while each side's workers process the
//! accepted work, and without workers.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;

use super::{ROUNDS, status};
use crate::{
    environment::{Environment, PROFILES},
    http::{post, until},
    load::{Load, load},
    peer::Peer,
    service::Service,
    table::Row,
};

const SECONDS: i64 = 10;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let working = "POST /queue-matching, workers running";
    let alone = "POST /queue-matching, no workers";
    vec![
        side_by_side(environment, "accept", true, working).await,
        side_by_side(environment, "accept_alone", false, alone).await,
    ]
}

async fn side_by_side(
    environment: &Environment,
    database: &str,
    with_workers: bool,
    name: &str,
) -> Row {
    let database = environment.database(database).await;
    let pool = PgPool::connect(&database).await.unwrap();
    let service = Service::start(environment, &database, with_workers).await;
    let mut peer = Peer::start(environment, &database).await;
    if let (Ok(peer), true) = (&mut peer, with_workers) {
        peer.work();
    }
    let (mut ours, mut theirs) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        environment.settle(&pool).await;
        let before = service.usage(environment);
        ours.push(call(environment, &service.address).await);
        service.tell_cores(environment, &before);
        if with_workers {
            until_drained(&pool).await;
        }
        if let Ok(peer) = &peer {
            environment.settle(&pool).await;
            theirs.push(call(environment, &peer.address).await);
            peer.forget().await;
        }
    }
    let why = peer.err().unwrap_or_default();
    let target = "≥ 10, p99 < 20 ms";
    status::row(name, ours, theirs, &why, target, 10.0, 20.0)
}

async fn call(environment: &Environment, address: &str) -> Load {
    let seconds = environment.options.size(SECONDS).unsigned_abs();
    load(address, seconds, 202, |number| {
        let number = i64::try_from(number).unwrap();
        let (candidate, posting) = (1 + number % PROFILES, 1 + number * 7 % PROFILES);
        let body = json!({"candidate_id": candidate, "job_id": posting}).to_string();
        post("/api/v1/queue-matching", &body)
    })
    .await
}

/// Waits until all accepted work has ended.
async fn until_drained(pool: &PgPool) {
    until(Duration::from_millis(100), || async {
        let open = "SELECT EXISTS (SELECT 1 FROM tasks WHERE state IN ('queued', 'processing'))";
        let open: bool = sqlx::query_scalar(open).fetch_one(pool).await.unwrap();
        (!open).then_some(())
    })
    .await;
}
