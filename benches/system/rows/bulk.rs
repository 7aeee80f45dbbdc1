//! Bulk calls from acceptance to stored results, compared with a plain upsert of the same rows, and
//! with the peer.

use std::{ops::Range, time::Instant};

use sqlx::{PgPool, Row as _};

use super::ROUNDS;
use crate::{
    environment::Environment,
    peer::Peer,
    service::{BULK, Service},
    table::{Row, grouped, median, rate},
};

/// The number of calls in one round.
const CALLS: i64 = 10;
/// The number of the peer's matches. The peer is slow, and its rate does not depend on the number.
const PEER_MATCHES: i64 = 5_000;
/// The number of rows of one upsert, and of concurrent upserts.
const STEP: usize = 1_000;
const WRITERS: usize = 2;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let calls = environment.options.size(CALLS);
    let matches = calls * BULK;
    let database = environment.database("bulk").await;
    let pool = PgPool::connect(&database).await.unwrap();
    let like = "CREATE TABLE results_again (LIKE results INCLUDING ALL)";
    sqlx::query(like).execute(&pool).await.unwrap();
    let service = Service::start(environment, &database, true).await;
    let mut peer = Peer::start(environment, &database).await;
    if let Ok(peer) = &mut peer {
        peer.work();
    }
    let (mut bulks, mut upserts, mut peers) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let first = 1 + round * calls;
        let candidates = first..first + calls;
        environment.settle(&pool).await;
        let before = service.usage(environment);
        let elapsed = service.run_bulks(candidates.clone()).await;
        service.tell_cores(environment, &before);
        bulks.push(matches as f64 / elapsed.as_secs_f64());
        let rows = rows_of(&pool, candidates).await;
        environment.settle(&pool).await;
        let began = Instant::now();
        upsert(&pool, &rows).await;
        upserts.push(rows.len() as f64 / began.elapsed().as_secs_f64());
        if let Ok(peer) = &peer {
            let postings = environment.options.size(PEER_MATCHES);
            environment.settle(&pool).await;
            let elapsed = peer.run_bulk(&pool, first, postings).await;
            peers.push(postings as f64 / elapsed.as_secs_f64());
        }
    }
    let row = |compared: String, ratio: Option<f64>, target, least| Row {
        name: format!(
            "bulk of {} matches, from acceptance to stored documents",
            grouped(matches)
        ),
        measured: rate(&bulks),
        compared,
        ratio,
        target,
        met: ratio.map(|ratio| ratio >= least),
        ..Row::default()
    };
    let upserted = format!("plain upserts {}", rate(&upserts));
    let upserted_ratio = median(&bulks) / median(&upserts);
    vec![
        row(upserted, Some(upserted_ratio), "≥ 0.5", 0.5),
        match peer {
            Ok(_) => {
                let ratio = median(&bulks) / median(&peers);
                row(format!("RQ {}", rate(&peers)), Some(ratio), "≥ 40", 40.0)
            }
            Err(why) => row(format!("RQ: {why}"), None, "≥ 40", 40.0),
        },
    ]
}

/// A row of `results` as the service stored it.
struct Stored {
    candidate_id: i64,
    job_posting_id: i64,
    score: f64,
    category: String,
    job_id: String,
    document: String,
    score_cap: Option<f64>,
    criterion_scores: Vec<Option<f64>>,
}

async fn rows_of(pool: &PgPool, candidates: Range<i64>) -> Vec<Stored> {
    let rows = sqlx::query(
        "SELECT candidate_id, job_posting_id, score, category, job_id, document, score_cap,
             criterion_scores
         FROM results WHERE candidate_id >= $1 AND candidate_id < $2
         ORDER BY candidate_id, job_posting_id",
    )
    .bind(candidates.start)
    .bind(candidates.end)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.iter()
        .map(|row| Stored {
            candidate_id: row.get(0),
            job_posting_id: row.get(1),
            score: row.get(2),
            category: row.get(3),
            job_id: row.get(4),
            document: row.get(5),
            score_cap: row.get(6),
            criterion_scores: row.get(7),
        })
        .collect()
}

/// Writes the same rows with PostgreSQL alone.
async fn upsert(pool: &PgPool, rows: &[Stored]) {
    let writers = (0..WRITERS).map(|writer| async move {
        let mut connection = pool.acquire().await.unwrap();
        for step in rows.chunks(STEP).skip(writer).step_by(WRITERS) {
            fn column<'a, T>(rows: &'a [Stored], value: impl Fn(&'a Stored) -> T) -> Vec<T> {
                rows.iter().map(value).collect()
            }
            let criteria = step[0].criterion_scores.len();
            let criterion_scores: Vec<Option<f64>> = step
                .iter()
                .flat_map(|row| row.criterion_scores.iter().copied())
                .collect();
            sqlx::query(
                "INSERT INTO results_again (candidate_id, job_posting_id, score, category, job_id,
                     document, score_cap, criterion_scores)
                 SELECT candidate_id, job_posting_id, score, category, job_id, document, score_cap,
                     ($8::double precision[])[((n - 1) * $9 + 1)::integer:(n * $9)::integer]
                 FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::text[],
                     $5::text[], $6::text[], $7::double precision[]) WITH ORDINALITY
                     AS again (candidate_id, job_posting_id, score, category, job_id, document,
                         score_cap, n)
                 ON CONFLICT (candidate_id, job_posting_id) DO UPDATE SET score = excluded.score,
                     category = excluded.category, job_id = excluded.job_id,
                     document = excluded.document, computed_at = excluded.computed_at,
                     score_cap = excluded.score_cap, criterion_scores = excluded.criterion_scores",
            )
            .bind(column(step, |row| row.candidate_id))
            .bind(column(step, |row| row.job_posting_id))
            .bind(column(step, |row| row.score))
            .bind(column(step, |row| row.category.as_str()))
            .bind(column(step, |row| row.job_id.as_str()))
            .bind(column(step, |row| row.document.as_str()))
            .bind(column(step, |row| row.score_cap))
            .bind(criterion_scores)
            .bind(i64::try_from(criteria).unwrap())
            .execute(&mut *connection)
            .await
            .unwrap();
        }
    });
    futures::future::join_all(writers).await;
}
