//! Imports of profiles over HTTP and from the command line, compared with a plain COPY of the same
//! rows.

use std::{
    fmt::Write as _,
    io::Write as _,
    time::{Duration, Instant},
};

use sqlx::{PgPool, postgres::PgPoolCopyExt};

use super::ROUNDS;
use crate::{
    environment::Environment,
    service::{self, Service},
    table::{Row, grouped, median, rate},
};

const DOCUMENTS: i64 = 100_000;
/// Below the default limit of an import, 20 MiB.
const BODY_BYTES: usize = 16 << 20;

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let count = environment.options.size(DOCUMENTS);
    let documents: Vec<String> = (1..=count)
        .map(|id| environment.samples.candidate(id))
        .collect();
    let file = environment.folder.path().join("import.ndjson");
    let mut lines = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    let (mut bodies, mut copied) = (vec![String::new()], String::new());
    for (document, id) in documents.iter().zip(1..) {
        writeln!(lines, "{document}").unwrap();
        if bodies.last().unwrap().len() + document.len() > BODY_BYTES {
            bodies.push(String::new());
        }
        writeln!(bodies.last_mut().unwrap(), "{document}").unwrap();
        // In JSON text of one line, only the backslash has a meaning for COPY.
        writeln!(copied, "{id}\t{}", document.replace('\\', "\\\\")).unwrap();
    }
    lines.flush().unwrap();

    let database = environment.empty_database("import").await;
    let pool = PgPool::connect(&database).await.unwrap();
    // Without the version, which only the service needs, and its index.
    for statement in [
        "CREATE TABLE copies (LIKE candidates INCLUDING ALL)",
        "ALTER TABLE copies DROP COLUMN version",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let service = Service::start(environment, &database, false).await;
    let (mut copy, mut http, mut cli) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        empty(environment, &pool).await;
        copy.push(per_second(count, copy_in(&pool, &copied).await));
        empty(environment, &pool).await;
        http.push(per_second(count, over_http(&service, &bodies).await));
        empty(environment, &pool).await;
        let began = Instant::now();
        let arguments = ["import", "candidates", file.to_str().unwrap()];
        let imported = service::command(environment, &database, &arguments)
            .output()
            .unwrap();
        assert!(imported.status.success());
        cli.push(per_second(count, began.elapsed()));
    }
    let row = |name: &str, rates: &[f64]| {
        let ratio = median(rates) / median(&copy);
        Row {
            name: format!("{name} of {} profiles", grouped(count)),
            measured: rate(rates),
            compared: format!("COPY {}", rate(&copy)),
            ratio: Some(ratio),
            target: "≥ 0.5",
            met: Some(ratio >= 0.5),
            ..Row::default()
        }
    };
    vec![
        row("`POST …/candidates:import`", &http),
        row("`matching import`", &cli),
    ]
}

fn per_second(count: i64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

async fn empty(environment: &Environment, pool: &PgPool) {
    let truncate = "TRUNCATE candidates, deleted_profiles, copies";
    sqlx::query(truncate).execute(pool).await.unwrap();
    environment.settle(pool).await;
}

async fn copy_in(pool: &PgPool, rows: &str) -> Duration {
    let began = Instant::now();
    let copy = "COPY copies (id, document) FROM STDIN";
    let mut copy = pool.copy_in_raw(copy).await.unwrap();
    copy.send(rows.as_bytes()).await.unwrap();
    copy.finish().await.unwrap();
    began.elapsed()
}

async fn over_http(service: &Service, bodies: &[String]) -> Duration {
    let mut connection = service.connect().await;
    let began = Instant::now();
    for body in bodies {
        let answer = connection.post("/api/v1/candidates:import", body).await;
        assert_eq!(answer.status, 200);
    }
    began.elapsed()
}
