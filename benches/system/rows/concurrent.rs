//! Ten concurrent bulk calls, compared with consecutive ones.

use std::time::Instant;

use super::ROUNDS;
use crate::{
    environment::Environment,
    service::{BULK, Service, queue_bulk, until_ended},
    table::{Row, grouped, median, rate},
};
use sqlx::PgPool;

const CALLERS: i64 = 10;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let database = environment.database("concurrent").await;
    let pool = PgPool::connect(&database).await.unwrap();
    let service = Service::start(environment, &database, true).await;
    let postings = environment.options.size(BULK);
    let (mut alone, mut together) = (vec![], vec![]);
    let mut candidate = 1;
    for _ in 0..ROUNDS {
        environment.settle(&pool).await;
        let began = Instant::now();
        run(&service, candidate, postings).await;
        alone.push(postings as f64 / began.elapsed().as_secs_f64());
        candidate += 1;
        environment.settle(&pool).await;
        let began = Instant::now();
        let callers = (candidate..candidate + CALLERS).map(|one| run(&service, one, postings));
        futures::future::join_all(callers).await;
        together.push((CALLERS * postings) as f64 / began.elapsed().as_secs_f64());
        candidate += CALLERS;
    }
    let ratio = median(&together) / median(&alone);
    vec![Row {
        name: format!("{CALLERS} bulks of {} at once, together", grouped(postings)),
        measured: rate(&together),
        compared: format!("one alone {}", rate(&alone)),
        ratio: Some(ratio),
        target: "the same rate (≥ 0.9)",
        met: Some(ratio >= 0.9),
        ..Row::default()
    }]
}

async fn run(service: &Service, candidate: i64, postings: i64) {
    let mut connection = service.connect().await;
    let batch = queue_bulk(&mut connection, candidate, postings).await;
    until_ended(&mut connection, &batch).await;
}
