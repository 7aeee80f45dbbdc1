//! The bulk with many stored results, compared with one on an empty table.

use std::{path::Path, time::Duration};

use sqlx::{AssertSqlSafe, PgPool};

use super::{ROUNDS, single};
use crate::{
    environment::{Environment, PROFILES},
    service::{BULK, Service},
    table::{Row, grouped, median, rate},
};

const CALLS: i64 = 10;
const STORED: i64 = 10_000_000;
/// The number of single matches whose plans are logged.
const SINGLES: i64 = 100;
const QUICK_STORED: i64 = 2_000_000;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let stored = if environment.options.quick {
        QUICK_STORED
    } else {
        STORED
    };
    let calls = environment.options.size(CALLS);
    let mut sides = Vec::new();
    for (name, rows) in [("stored_none", 0), ("stored_many", stored)] {
        let database = environment.database(name).await;
        let pool = PgPool::connect(&database).await.unwrap();
        if rows > 0 {
            fill(&pool, rows).await;
        }
        let service = Service::start(environment, &database, true).await;
        sides.push((service, pool, vec![]));
    }
    for round in 0..ROUNDS {
        let first = 1 + round * calls;
        for (service, pool, rates) in &mut sides {
            environment.settle(pool).await;
            let elapsed: Duration = service.run_bulks(first..first + calls).await;
            rates.push((calls * BULK) as f64 / elapsed.as_secs_f64());
        }
    }
    let (_, _, empty) = sides.swap_remove(0);
    let (service, pool, filled) = sides.swap_remove(0);
    drop(service);
    if environment.options.plans {
        let database = environment.database_url("stored_many");
        keep_plans(environment, &database, &pool, 1 + ROUNDS * calls).await;
    }
    let (empty, filled) = (&empty, &filled);
    let ratio = median(filled) / median(empty);
    vec![Row {
        name: format!(
            "bulk of {} with {} results stored",
            grouped(calls * BULK),
            grouped(stored)
        ),
        measured: rate(filled),
        compared: format!("none stored {}", rate(empty)),
        ratio: Some(ratio),
        target: "≥ 0.7",
        met: Some(ratio >= 0.7),
        ..Row::default()
    }]
}

/// Runs a bulk and some single matches while PostgreSQL logs the executed plan of each statement.
async fn keep_plans(environment: &Environment, database: &str, pool: &PgPool, candidate: i64) {
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_analyze = on",
        "auto_explain.log_buffers = on",
        "auto_explain.log_nested_statements = on",
    ] {
        let set = AssertSqlSafe(format!("ALTER DATABASE stored_many SET {setting}"));
        sqlx::query(set).execute(pool).await.unwrap();
    }
    let service = Service::start(environment, database, true).await;
    service.run_bulks(candidate..candidate + 1).await;
    single::match_and_read(&service, 0..SINGLES).await;
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plans.log");
    std::fs::copy(environment.postgres.log(), &kept).unwrap();
    eprintln!("  plans are in {}", kept.display());
}

/// Stores results of candidates that the bulks don't use, for the same postings, so that each new
/// row is inserted between old ones in the postings' index. Their documents are short, since only
/// the indexes of old rows are read and written. The indexes are dropped meanwhile, to save time.
async fn fill(pool: &PgPool, rows: i64) {
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT indexname::text, indexdef FROM pg_indexes
         WHERE tablename = 'results' AND indexname <> 'results_pkey'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let run = async |sql: String| {
        sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    };
    for (name, _) in &indexes {
        run(format!("DROP INDEX {name}")).await;
    }
    run(format!(
        "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document,
             criterion_scores)
         SELECT 1000000 + n / {PROFILES}, 1 + n % {PROFILES},
             round((hashint8(n) & 65535) / 65535.0, 4), 'moderate',
             '01JC0000000000000000000000-' || n % {PROFILES}, '{{\"score\":0.5}}',
             array_fill(0.5::double precision, ARRAY[11])
         FROM generate_series(0::bigint, {rows} - 1) AS n"
    ))
    .await;
    for (_, definition) in indexes {
        run(definition).await;
    }
    run("VACUUM (ANALYZE) results".to_owned()).await;
}
