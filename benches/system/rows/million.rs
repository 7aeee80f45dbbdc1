//! A million matches: the growth of the time, the memory used, and the pick-up time of urgent
//! matches meanwhile.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::PgPool;

use super::ROUNDS;
use crate::{
    environment::{Environment, PROFILES},
    machine,
    service::{BULK, Service},
    table::{Latencies, Row, grouped, median, rate},
};

/// The numbers of calls in the million, and in the smaller run that it is compared with.
const CALLS: i64 = 100;
/// The pause between urgent matches.
const PAUSE: Duration = Duration::from_millis(50);

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let (calls, few) = (
        environment.options.size(CALLS),
        environment.options.size(CALLS / 10),
    );
    let database = environment.database("million").await;
    let pool = PgPool::connect(&database).await.unwrap();
    environment.forget_redis().await;
    let service = Service::start(environment, &database, true).await;
    let mut few_seconds = Vec::new();
    for round in 0..ROUNDS {
        let first = 1 + round * few;
        environment.settle(&pool).await;
        let elapsed = beside_urgent_matches(&service, first..first + few).await;
        few_seconds.push(elapsed.as_secs_f64());
    }
    environment.settle(&pool).await;
    let first = 1 + ROUNDS * few;
    let began = Instant::now();
    let elapsed = beside_urgent_matches(&service, first..first + calls).await;
    eprintln!("  {:.0} s", began.elapsed().as_secs_f64());
    let seconds = elapsed.as_secs_f64();
    let work = service.peak_memory("bulk");
    let redis = machine::peak_memory(environment.redis.id());
    let growth = seconds / median(&few_seconds);
    let pick_up = pick_up(&pool).await;
    let matches = calls * BULK;
    let per_second = |calls: i64, seconds: f64| (calls * BULK) as f64 / seconds;
    let few_rates: Vec<f64> = few_seconds
        .iter()
        .map(|one| per_second(few, *one))
        .collect();
    vec![
        Row {
            name: format!("time for {} matches", grouped(matches)),
            measured: format!("{seconds:.0} s, {}", rate(&[per_second(calls, seconds)])),
            compared: format!("{} matches, {}", grouped(few * BULK), rate(&few_rates)),
            ratio: Some(growth),
            target: "≤ 11",
            met: Some(growth <= 11.0),
            ..Row::default()
        },
        Row {
            name: format!(
                "high-priority match during the {}, from acceptance to pick-up",
                grouped(matches)
            ),
            met: Some(pick_up.quantile(0.99) < 50.0),
            latencies: Some(pick_up),
            target: "p99 < 50 ms",
            ..Row::default()
        },
        Row {
            name: format!("memory of `work` during the {}", grouped(matches)),
            measured: format!("{work:.0} MiB at its peak"),
            target: "< 200 MiB",
            met: Some(work < 200.0),
            ..Row::default()
        },
        Row {
            name: format!("memory of Redis during the {}", grouped(matches)),
            measured: format!("{redis:.0} MiB at its peak"),
            target: "< 64 MiB",
            met: Some(redis < 64.0),
            ..Row::default()
        },
    ]
}

/// Runs bulks as [`Service::run_bulks`] does, and urgent matches meanwhile.
async fn beside_urgent_matches(service: &Service, candidates: Range<i64>) -> Duration {
    tokio::select! {
        elapsed = service.run_bulks(candidates) => elapsed,
        () = urgent_matches(service) => unreachable!("urgent matches have no end"),
    }
}

async fn urgent_matches(service: &Service) {
    let mut connection = service.connect().await;
    let mut number = 0;
    loop {
        // Takes the last candidates, which are in no bulk.
        let (candidate, posting) = (PROFILES - number % 1_000, 1 + number % PROFILES);
        let body = json!({"candidate_id": candidate, "job_id": posting}).to_string();
        let accepted = connection
            .post("/api/v1/queue-matching?priority=high", &body)
            .await;
        assert_eq!(accepted.status, 202);
        number += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns the times from the beginning of the transaction that accepted a match to that of the one
/// that claimed it, by the database's clock.
async fn pick_up(pool: &PgPool) -> Latencies {
    let all: Vec<f64> = sqlx::query_scalar(
        "SELECT extract(epoch FROM started_at - created_at)::double precision FROM tasks
         WHERE queue = 'matching_high' AND started_at IS NOT NULL",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    Latencies::of(all.into_iter().map(Duration::from_secs_f64).collect())
}
