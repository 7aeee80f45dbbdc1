//! What one machine does: a bulk from accept to stored, and one urgent match, on PostgreSQL, Redis
//! and the binary as they run in earnest, all on this machine.
//!
//! `scripts/test --run cargo bench --bench bulk`
//!
//! Machines differ and are noisy, so the bulk is also given as a ratio: against plainly upserting
//! the same result rows, in batches of 1,000, into the same PostgreSQL in the same run.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that can't go on ends, and says where"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

const MATCHES: i64 = 10_000;
const ROUNDS: usize = 5;
const SINGLES: usize = 300;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let database = create_database().await;
    let environment = environment(&database, folder.path());
    import(&environment, folder.path(), "candidates", 50, candidate);
    import(
        &environment,
        folder.path(),
        "job-postings",
        MATCHES,
        job_posting,
    );

    let mut processes = vec![start(&environment, &["serve", "--no-workers"])];
    let base = format!("http://{}", processes[0].1.clone().unwrap());
    for queue in ["high", "standard", "bulk"] {
        processes.push(start(&environment, &["work", "--queue", queue]));
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let pool = PgPool::connect(&database).await.unwrap();

    let (mut bulks, mut upserts, mut ratios) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let candidate = i64::try_from(round).unwrap() + 1;
        let bulk = per_second(bulk(&client, &base, candidate).await);
        let upsert = per_second(upsert_same_rows(&pool, candidate).await);
        bulks.push(bulk);
        upserts.push(upsert);
        ratios.push(bulk / upsert);
    }
    let mut singles = Vec::with_capacity(SINGLES);
    for _ in 0..SINGLES {
        singles.push(single(&client, &base).await.as_secs_f64() * 1e3);
    }
    println!("bulk of {MATCHES} matches, accept → stored, {ROUNDS} rounds, median [min, max]");
    println!("  matches/s               {}", summary(&mut bulks, 0));
    println!("  plain upserts, rows/s   {}", summary(&mut upserts, 0));
    println!("  ratio                   {}", summary(&mut ratios, 2));
    singles.sort_by(f64::total_cmp);
    println!("one high-priority match, accept → result read, idle, {SINGLES} times");
    println!(
        "  p50 {:.1} ms, p99 {:.1} ms",
        singles[SINGLES / 2],
        singles[SINGLES * 99 / 100]
    );
    for ((process, _), role) in processes
        .iter_mut()
        .zip(["serve", "high", "standard", "bulk"])
    {
        println!(
            "  memory of {role:<9} {:>4} MiB at its peak",
            peak_memory(process)
        );
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

fn per_second(elapsed: Duration) -> f64 {
    MATCHES as f64 / elapsed.as_secs_f64()
}

fn summary(values: &mut [f64], digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (min, median, max) = (
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    );
    format!("{median:.digits$} [{min:.digits$}, {max:.digits$}]")
}

async fn create_database() -> String {
    let server = std::env::var("TEST_POSTGRES_URL")
        .expect("run `scripts/test --run cargo bench --bench bulk`, which starts the servers");
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let name = format!("bench_{}", ulid::Ulid::generate()).to_lowercase();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    url.into()
}

fn environment(database: &str, folder: &Path) -> Vec<(String, String)> {
    [
        ("DATABASE_URL", database.to_owned()),
        ("REDIS_URL", std::env::var("TEST_REDIS_URL").unwrap()),
        (
            "MATCHING__REDIS__KEY_PREFIX",
            format!("bench-{}", ulid::Ulid::generate()),
        ),
        ("DATA_DIR", folder.to_str().unwrap().to_owned()),
        ("PORT", "0".to_owned()),
        ("LOG_FORMAT", "json".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn matching(environment: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matching"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

/// Starts a process; returns it with the address it listens on, if any.
fn start(environment: &[(String, String)], arguments: &[&str]) -> (Child, Option<String>) {
    let mut child = matching(environment, arguments)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let started = lines
        .by_ref()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap_or_default())
        .find(|entry: &Value| entry["message"] == "started")
        .expect("the process did not start");
    std::thread::spawn(move || lines.for_each(drop));
    (child, started["address"].as_str().map(str::to_owned))
}

fn import(
    environment: &[(String, String)],
    folder: &Path,
    kind: &str,
    count: i64,
    document: fn(i64) -> Value,
) {
    let path = folder.join(kind);
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for id in 1..=count {
        writeln!(file, "{}", document(id)).unwrap();
    }
    file.flush().unwrap();
    let done = matching(environment, &["import", kind, path.to_str().unwrap()])
        .env("LOG_LEVEL", "warn")
        .status()
        .unwrap();
    assert!(done.success());
}

/// Accept → every result stored.
async fn bulk(client: &reqwest::Client, base: &str, candidate: i64) -> Duration {
    let postings: Vec<i64> = (1..=MATCHES).collect();
    let body = json!({"candidate_id": candidate, "job_ids": postings}).to_string();
    let began = Instant::now();
    let accepted = client
        .post(format!("{base}/api/v1/queue-matching/bulk"))
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(accepted.status(), 202);
    let batch = accepted.headers()["x-batch-id"]
        .to_str()
        .unwrap()
        .to_owned();
    loop {
        let progress = get(client, &format!("{base}/api/v1/batches/{batch}")).await;
        if progress["status"] == "completed" {
            assert_eq!(progress["completed"], MATCHES);
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The same rows as the bulk left, upserted over themselves by nothing but PostgreSQL.
async fn upsert_same_rows(pool: &PgPool, candidate: i64) -> Duration {
    let rows: Vec<(i64, f64, String, String, String)> = sqlx::query_as(
        "SELECT job_posting_id, score, category, job_id, document FROM results
         WHERE candidate_id = $1 ORDER BY job_posting_id",
    )
    .bind(candidate)
    .fetch_all(pool)
    .await
    .unwrap();
    let began = Instant::now();
    for batch in rows.chunks(1_000) {
        let postings: Vec<i64> = batch.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = batch.iter().map(|row| row.1).collect();
        let categories: Vec<&str> = batch.iter().map(|row| row.2.as_str()).collect();
        let job_ids: Vec<&str> = batch.iter().map(|row| row.3.as_str()).collect();
        let documents: Vec<&str> = batch.iter().map(|row| row.4.as_str()).collect();
        sqlx::query(
            "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document)
             SELECT $1, * FROM unnest($2::bigint[], $3::double precision[], $4::text[], $5::text[],
                 $6::text[])
             ON CONFLICT (candidate_id, job_posting_id) DO UPDATE SET score = excluded.score,
                 category = excluded.category, job_id = excluded.job_id,
                 document = excluded.document, computed_at = excluded.computed_at",
        )
        .bind(candidate)
        .bind(&postings)
        .bind(&scores)
        .bind(&categories)
        .bind(&job_ids)
        .bind(&documents)
        .execute(pool)
        .await
        .unwrap();
    }
    began.elapsed()
}

/// Accept → the result is read by a caller that polls.
async fn single(client: &reqwest::Client, base: &str) -> Duration {
    let began = Instant::now();
    let accepted = client
        .post(format!("{base}/api/v1/queue-matching?priority=high"))
        .header("content-type", "application/json")
        .body(r#"{"candidate_id": 1, "job_id": 1}"#)
        .send()
        .await
        .unwrap();
    let accepted: Value = serde_json::from_slice(&accepted.bytes().await.unwrap()).unwrap();
    let url = format!(
        "{base}/api/v1/result/{}",
        accepted["job_id"].as_str().unwrap()
    );
    while get(client, &url).await["status"] != "completed" {}
    began.elapsed()
}

async fn get(client: &reqwest::Client, url: &str) -> Value {
    let body = client.get(url).send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// The most memory the process has held, in MiB, where the system tells.
fn peak_memory(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
        .unwrap_or_default()
        / 1_024
}

fn candidate(id: i64) -> Value {
    json!({
        "id": id,
        "title": "Développeuse backend",
        "summary": "Dix ans de développement de services web, de la conception des API à la mise en \
            production : Rust et Python, PostgreSQL, Redis, files de messages, tests automatisés, \
            intégration continue. Encadrement de deux développeurs juniors.",
        "skills": [
            {"name": "Rust", "level": 4, "years": 5}, {"name": "Python", "level": 4},
            "PostgreSQL", "Redis", "Docker", "Kubernetes", "Git", "Linux",
        ],
        "experience_years": 4 + id % 12,
        "education": {"level": "master", "field": "informatique"},
        "languages": [{"code": "fr", "level": "native"}, {"code": "en", "level": "C1"}],
        "location": {"city": "Lyon", "country": "FR", "lat": 45.76, "lon": 4.84},
        "remote": "hybrid",
        "contract_types": ["permanent"],
        "salary": {"min": 45_000, "max": 55_000, "currency": "EUR", "period": "year"},
    })
}

fn job_posting(id: i64) -> Value {
    let of = |list: [&'static str; 4]| list[usize::try_from(id).unwrap() % 4];
    json!({
        "id": id,
        "title": of(["Backend developer", "Data engineer", "Développeur Rust (H/F)", "DevOps engineer"]),
        "description": "We build the services behind a recruitment platform and look for somebody \
            who designs APIs, writes tests and likes to see their work in production. You will join \
            a team of six, own two services and share the on-call duty.",
        "required_skills": ["Rust", "PostgreSQL", of(["Kubernetes", "Kafka", "Redis", "Terraform"])],
        "preferred_skills": ["Docker", of(["AWS", "Python", "GraphQL", "Ansible"])],
        "experience_years": {"min": id % 10, "max": id % 10 + 5},
        "education": {"level": "bachelor"},
        "languages": [{"code": "en", "level": "B2"}],
        "location": {"city": "Lyon", "country": "FR", "lat": 45.75, "lon": 4.85},
        "remote": of(["onsite", "hybrid", "remote", "hybrid"]),
        "contract_type": "permanent",
        "salary": {"min": 42_000, "max": 60_000, "currency": "EUR", "period": "year"},
    })
}
