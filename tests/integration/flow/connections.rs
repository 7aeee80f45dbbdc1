//! Connections that stay open and work no longer: servers that were demoted, are full or refuse.
//! Work goes on as soon as it can, and `/readyz` and the log say why it can't.

use std::net::SocketAddr;

use matching_test_servers::{commands::free_port, postgres::PostgresServer, redis::RedisServer};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::support::{
    api::Api,
    environment::Environment,
    process::Process,
    profiles::{candidate, job_postings},
    proxy::Proxy,
    receiver::AUTHORITY,
};

/// Starts a service whose Redis is this server, with profiles to match.
async fn serve_on(redis_url: &str, arguments: &[&str]) -> (Environment, Process, Api) {
    let environment = Environment::on_servers().await.with("REDIS_URL", redis_url);
    let serve = environment.serve(arguments).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=8)).await;
    (environment, serve, api)
}

async fn queue_all(api: &Api) -> Vec<String> {
    let mut jobs = Vec::new();
    for posting in 1..=8 {
        let body = json!({"candidate_id": 1, "job_id": posting});
        jobs.push(api.queue("", &body).await);
    }
    jobs
}

async fn all_complete(api: &Api, jobs: &[String]) {
    for job in jobs {
        let ended = api.ended_job(job).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert_eq!(ended["attempts"], 1, "{ended}");
    }
}

/// Waits until a check of `/readyz` has this text.
async fn until_check(api: &Api, check: &str, text: &str) -> Value {
    let has_text = |ready: &Value| {
        let shown = ready["checks"][check].as_str();
        shown.is_some_and(|shown| shown.contains(text))
    };
    api.until("/readyz", has_text).await
}

/// Checks that an outage and its end took few lines; those of single requests and tasks and their
/// refusals are left out.
fn assert_is_short(serve: &Process) {
    let log = serve.log();
    let about_states = log.lines().filter(|line| {
        (line.contains("WARN") || line.contains("available") || line.contains("again"))
            && !line.contains("api::")
            && !line.contains("compute_task")
    });
    let lines: Vec<&str> = about_states.collect();
    assert!(
        lines.len() < 25,
        "{} lines:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

async fn until_ready(api: &Api) {
    let is_ready = |ready: &Value| ready["status"] == "ready";
    api.until("/readyz", is_ready).await;
}

#[tokio::test]
async fn after_a_failover_of_redis_work_goes_on_while_old_connections_stay_open() {
    let (former, master) = (RedisServer::start().await, RedisServer::start().await);
    let proxy = Proxy::to(&former.address()).await;
    let redis_url = format!("redis://{}", proxy.address());
    let (_environment, serve, api) = serve_on(&redis_url, &[]).await;
    all_complete(&api, &queue_all(&api).await).await;

    proxy.lead_to(&master.address());
    let address = master.address();
    let (host, port) = address.split_once(':').unwrap();
    former.call::<()>(&["REPLICAOF", host, port]).await;
    all_complete(&api, &queue_all(&api).await).await;
    until_ready(&api).await;
    for text in ["pool runs again", "dispatching resumes", "pool down"] {
        let lines = serve.count_of_lines_with(text);
        assert!(lines <= 3, "{lines} lines with {text}:\n{}", serve.log());
    }
}

#[tokio::test]
async fn while_redis_names_a_read_only_server_the_reason_is_shown_and_the_log_is_short() {
    let redis = RedisServer::start().await;
    let (_environment, serve, api) = serve_on(&redis.url(), &[]).await;
    until_ready(&api).await;
    // A master that does not exist.
    redis.call::<()>(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let jobs = queue_all(&api).await;
    until_check(&api, "queues", "read only replica").await;
    until_check(&api, "pool matching_standard", "read only replica").await;
    redis.call::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    all_complete(&api, &jobs).await;
    until_ready(&api).await;
    assert_is_short(&serve);
}

#[tokio::test]
async fn work_waits_while_redis_is_out_of_memory_and_readiness_says_so() {
    let redis = RedisServer::start().await;
    let (environment, serve, api) = serve_on(&redis.url(), &["--no-workers"]).await;
    until_ready(&api).await;
    redis.call::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let jobs = queue_all(&api).await;
    let ready = until_check(&api, "queues", "maxmemory").await;
    assert_eq!(ready["status"], "degraded");
    serve.says(&["OOM"]).await;
    redis.call::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    until_ready(&api).await;
    let worker = environment.work("standard").await;
    all_complete(&api, &jobs).await;
    assert_is_short(&serve);
    drop(worker);
}

#[tokio::test]
async fn without_permission_for_channels_workers_poll_and_the_reason_is_logged_once() {
    let redis = RedisServer::start().await;
    let user = ["ACL", "SETUSER", "app", "on", ">secret-word", "~*", "+@all"];
    redis
        .call::<()>(&[&user[..], &["resetchannels"]].concat())
        .await;
    let url = format!("redis://app:secret-word@{}", redis.address());
    let (_environment, serve, api) = serve_on(&url, &[]).await;
    all_complete(&api, &queue_all(&api).await).await;
    until_ready(&api).await;
    serve.says(&["wake channel lost"]).await;
    let line = serve.last_line_with("wake channel lost").unwrap();
    assert!(
        line.contains("no permissions to access one of the channels"),
        "{line}"
    );
    assert_eq!(serve.count_of_lines_with("wake channel"), 1);
    assert!(!serve.log().contains("secret-word"));
}

#[tokio::test]
async fn refusals_of_redis_are_shown_with_its_words() {
    let redis = RedisServer::start().await;
    let user = [
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret-word",
        "~*",
        "&*",
        "+@all",
    ];
    redis
        .call::<()>(&[&user[..], &["-@scripting"]].concat())
        .await;
    redis
        .call::<()>(&["ACL", "SETUSER", "default", ">other-word"])
        .await;
    let address = redis.address();
    for (url, reason) in [
        (format!("redis://app:secret-word@{address}"), "evalsha"),
        (
            format!("redis://app:wrong-word@{address}"),
            "authentication failed",
        ),
        (
            "redis://no-such-host.invalid:6379".to_owned(),
            "no-such-host.invalid:6379",
        ),
        (
            "redis://no-such-host.invalid:6379".to_owned(),
            "failed to lookup address",
        ),
        (format!("rediss://{address}"), "redis at"),
    ] {
        let (_environment, serve, api) = serve_on(&url, &["--no-workers"]).await;
        let ready = until_check(&api, "queues", reason).await;
        assert_eq!(ready["status"], "degraded", "{ready}");
        serve.says(&[reason]).await;
        assert!(!ready.to_string().contains("-word") && !serve.log().contains("-word"));
    }
}

#[tokio::test]
async fn a_login_that_redis_refused_works_once_the_password_is_set() {
    let redis = RedisServer::start().await;
    let url = format!("redis://app:secret-word@{}", redis.address());
    let (_environment, _serve, api) = serve_on(&url, &[]).await;
    until_check(&api, "pool matching_standard", "authentication failed").await;
    let user = [
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret-word",
        "~*",
        "&*",
        "+@all",
    ];
    redis.call::<()>(&user).await;
    all_complete(&api, &queue_all(&api).await).await;
    until_ready(&api).await;
}

#[tokio::test]
async fn a_redis_cluster_is_refused_at_the_start() {
    // By default a port that is higher by 10,000, which another connection may have.
    let bus_port = &*free_port().to_string().leak();
    let settings = vec!["--cluster-enabled", "yes", "--cluster-port", bus_port].leak();
    let cluster = RedisServer::start_with(settings).await;
    cluster
        .call::<()>(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
        .await;
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", &cluster.url());
    let mut last = String::new();
    // A node of a cluster takes a moment until it serves its slots.
    for command in [["serve", "--no-workers"], ["work", "--queue=bulk"]] {
        let output = environment.run(&command).await;
        assert!(!output.status.success());
        last = String::from_utf8(output.stderr).unwrap();
        assert!(
            last.contains("is a Redis Cluster, which is not supported"),
            "{last}"
        );
    }
    assert!(last.contains(&cluster.address()), "{last}");
}

/// Runs SQL on a server, past the service.
async fn run_sql(server: &PostgresServer, statements: &'static [&'static str]) {
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    for statement in statements {
        sqlx::query(*statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
}

/// Makes the server read-only for sessions that are open, as a demotion does, while new ones may
/// write: a setting of the database is read at the start of a session.
const DEMOTE_OPEN_SESSIONS: &[&str] = &[
    "ALTER DATABASE postgres SET default_transaction_read_only = off",
    "ALTER SYSTEM SET default_transaction_read_only = on",
    "SELECT pg_reload_conf()",
];

#[tokio::test]
async fn after_a_failover_of_postgresql_work_goes_on_while_old_connections_stay_open() {
    let server = PostgresServer::start().await;
    let environment = Environment::on_servers()
        .await
        .with("DATABASE_URL", &server.url());
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=8)).await;
    all_complete(&api, &queue_all(&api).await).await;
    // Opens all connections for requests.
    let looks = (0..16).map(|_| api.get("/api/v1/candidates/1"));
    futures::future::join_all(looks).await;

    run_sql(&server, DEMOTE_OPEN_SESSIONS).await;
    // A call may meet a connection to the former primary until a refusal has retired them all.
    let mut jobs = Vec::new();
    for posting in 1..=8 {
        let body = json!({"candidate_id": 1, "job_id": posting});
        let accepted = async || {
            let answer = api.post("/api/v1/queue-matching", &body).await;
            let status = answer.status.as_u16();
            assert!([202, 503].contains(&status), "{}", answer.text);
            jobs.extend(answer.body["job_id"].as_str().map(str::to_owned));
            status == 202
        };
        crate::support::polling::eventually(accepted).await;
    }
    assert_eq!(jobs.len(), 8);
    for job in jobs {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
    until_ready(&api).await;
    assert_is_short(&serve);
}

#[tokio::test]
async fn a_read_only_database_is_not_ready_and_says_so() {
    let server = PostgresServer::start().await;
    let environment = Environment::on_servers()
        .await
        .with("DATABASE_URL", &server.url());
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    until_ready(&api).await;
    run_sql(
        &server,
        &[
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ],
    )
    .await;
    let ready = until_check(&api, "database", "is read-only").await;
    assert_eq!(ready["status"], "unavailable");
    run_sql(
        &server,
        &[
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ],
    )
    .await;
    until_ready(&api).await;
    assert_is_short(&serve);
}

/// The authority that issued the servers' certificate is in no store but the file that is named.
/// The address of the object store leads to Redis as well, which ends a call after the handshake.
#[tokio::test]
async fn private_certificates_of_servers_are_trusted_by_the_systems_store() {
    let redis = RedisServer::start().await;
    let address = format!("127.0.0.1:{}", free_port());
    let port = address.rsplit(':').next().unwrap();
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/integration/support/certificates"
    );
    let certificate = format!("{folder}/receiver.pem");
    let key = format!("{folder}/receiver.key");
    let _: String = redis
        .call(&[
            "CONFIG",
            "SET",
            "tls-cert-file",
            &certificate,
            "tls-key-file",
            &key,
            "tls-ca-cert-file",
            AUTHORITY,
            "tls-auth-clients",
            "no",
            "tls-port",
            port,
        ])
        .await;
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", &format!("rediss://{address}"))
        .with("MINIO_ENDPOINT", &format!("https://{address}"))
        .with("MINIO_ACCESS_KEY", "key")
        .with("MINIO_SECRET_KEY", "secret");
    assert!(environment.run(&["migrate"]).await.status.success());
    let check = ["configuration", "check", "--connect"];
    let answers = async |environment: &Environment| {
        let output = environment.run(&check).await;
        let lines = String::from_utf8(output.stdout).unwrap();
        ["redis", "documents"].map(|part| {
            let answer = lines.lines().find(|line| line[8..].starts_with(part));
            answer.unwrap_or_else(|| panic!("{lines}")).to_owned()
        })
    };
    let [redis, documents] = answers(&environment).await;
    assert!(
        redis.starts_with("FAULT") && redis.contains("UnknownIssuer"),
        "{redis}"
    );
    assert!(
        documents.starts_with("FAULT") && documents.contains("UnknownIssuer"),
        "{documents}"
    );
    let trusting = environment.with("SSL_CERT_FILE", AUTHORITY);
    let [redis, documents] = answers(&trusting).await;
    assert!(redis.starts_with("ok"), "{redis}");
    assert!(!documents.contains("UnknownIssuer"), "{documents}");
}

#[tokio::test]
async fn redis_takes_the_name_and_password_of_an_access_control_list() {
    let redis = RedisServer::start().await;
    let _: String = redis
        .call(&[
            "ACL",
            "SETUSER",
            "matcher",
            "on",
            ">p@ss/word",
            "~*",
            "&*",
            "+@all",
        ])
        .await;
    let address: SocketAddr = redis.address().parse().unwrap();
    let _: String = redis
        .call(&["ACL", "SETUSER", "default", "-@all", "+ping"])
        .await;
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", "")
        .with("REDIS_HOST", &address.ip().to_string())
        .with("REDIS_PORT", &address.port().to_string());
    assert!(environment.run(&["migrate"]).await.status.success());
    let check = ["configuration", "check", "--connect"];
    let refused = environment.run(&check).await;
    assert!(!refused.status.success(), "{refused:?}");
    let environment = environment
        .with("REDIS_USERNAME", "matcher")
        .with("REDIS_PASSWORD", "p@ss/word");
    let accepted = environment.run(&check).await;
    assert!(accepted.status.success(), "{accepted:?}");
}
