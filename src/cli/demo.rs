//! `matching demo`: runs the whole service, embedded, in a temporary folder that is deleted at the
//! end.
//!
//! Reads nothing from the environment, so that it behaves the same everywhere, and uses the HTTP
//! interface as a platform does.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Context, anyhow};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Args;
use ring::hmac;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{lines, score};
use crate::{
    application::{self, Roles, RunningService},
    configuration::{self, Environment, LogFormat, LogSettings, Purpose},
    domain::{identifiers::ProfileId, queue_name::QueueName},
    service::profiles::{self, DocumentFormat},
    shutdown::StopSignals,
    telemetry,
};
use matching_engine::profiles::profile_kind::ProfileKind;

const CANDIDATES: &str = include_str!("../../samples/candidates.ndjson");
const JOB_POSTINGS: &str = include_str!("../../samples/job-postings.ndjson");

// The headers of a webhook as its documentation names them, since the demo's receiver acts as a
// platform.
const WEBHOOK_ID: &str = "webhook-id";
const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
const WEBHOOK_SIGNATURE: &str = "webhook-signature";
const X_WEBHOOK_SIGNATURE: &str = "X-Webhook-Signature";

/// The secret of the demo's webhooks, which protects nothing.
const SECRET: &str = "demo-secret";
/// The posting whose ranking is shown, chosen because its candidates are of every category.
const SHOWN_JOB_POSTING: i64 = 10;
/// The number of matches printed.
const SHOWN_MATCHES: usize = 5;

#[derive(Args)]
pub(super) struct DemoArguments {
    /// The port to serve on; a free one is taken if it is in use
    #[arg(long, default_value_t = 5000)]
    port: u16,
}

pub(super) async fn run(arguments: DemoArguments) -> anyhow::Result<ExitCode> {
    let mut signals = StopSignals::listen()?;
    telemetry::start_log(&LogSettings {
        filter: "warn".to_owned(),
        format: LogFormat::Text,
    });
    let folder = tempfile::Builder::new()
        .prefix("matching-demo-")
        .tempdir()?;
    let environment = environment(folder.path(), free_port(arguments.port));
    let settings = configuration::load(None, &environment, Purpose::Serve)?.settings;
    let roles = Roles {
        api: true,
        pools: QueueName::ALL.to_vec(),
    };
    let service = application::start(&settings, &roles).await?;
    let address = service.address.context("the API has no address")?;
    let base = format!("http://{address}");

    lines::print(
        "matching demo: SQLite, in-process queues and a folder; nothing else is needed\n",
    )?;
    let shown = tokio::select! {
        shown = show(&service, &base) => shown,
        () = signals.received() => Ok(()),
    };
    if shown.is_ok() {
        signals.received().await;
    }
    let leases = service.leases();
    signals.end(service.stop(), leases.release_all()).await;
    shown.map(|()| ExitCode::SUCCESS)
}

/// Runs the steps of the demo once the service listens.
async fn show(service: &RunningService, base: &str) -> anyhow::Result<()> {
    let candidates = load(service, ProfileKind::Candidate, CANDIDATES).await?;
    let job_postings = load(service, ProfileKind::JobPosting, JOB_POSTINGS).await?;
    lines::print(&format!(
        "  {} candidates and {} job postings loaded",
        candidates.len(),
        job_postings.len()
    ))?;

    let (platform, mut received) = start_receiver()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let began = Instant::now();
    let bulk = json!({
        "job_id": SHOWN_JOB_POSTING,
        "candidate_ids": candidates,
        "webhook_url": format!("http://{platform}/webhooks"),
        "webhook_events": "batch",
    });
    let accepted = client
        .post(format!("{base}/api/v1/queue-matching/candidates"))
        .header("content-type", "application/json")
        .body(bulk.to_string())
        .send()
        .await?
        .error_for_status()?;
    let batch = accepted
        .headers()
        .get("x-batch-id")
        .and_then(|id| id.to_str().ok())
        .context("the batch has no id")?
        .to_owned();
    let event = received.recv().await.context("the receiver ended")?;
    lines::print(&format!(
        "  {} matches queued, scored, stored and reported in {:.2} s",
        candidates.len(),
        began.elapsed().as_secs_f64()
    ))?;
    lines::print(&format!(
        "  webhook received, both signatures valid: {}\n",
        event?
    ))?;

    let best = best_matches(&client, base).await?;
    let first = best.first().context("the batch has no results")?;
    let (candidate, job) = (
        &first["candidate_id"],
        first["job_id"].as_str().unwrap_or_default(),
    );
    lines::print(&format!(
        "  best candidates for job posting {SHOWN_JOB_POSTING}:"
    ))?;
    for one in &best {
        lines::print(&format!(
            "    {:.4}  {:<12}  candidate {}",
            one["score"].as_f64().unwrap_or_default(),
            one["category"].as_str().unwrap_or_default(),
            one["candidate_id"],
        ))?;
    }
    lines::print(&format!(
        "
Open
  {base}/docs/                     the API, to read and to try

Try
  curl -s {base}/api/v1/result/{job}
  curl -s '{base}/api/v1/job-postings/{SHOWN_JOB_POSTING}/matches?limit=3'
  curl -s {base}/api/v1/batches/{batch}
  curl -s {base}/api/v1/batches/{batch}/results
  curl -s '{base}/api/v1/queue-matching?priority=high' -H 'content-type: application/json' \\
       -d '{{\"candidate_id\": {candidate}, \"job_id\": {SHOWN_JOB_POSTING}}}'
  curl -s {base}/api/v1/match -H 'content-type: application/json' \\
       -d '{{\"candidate_id\": {candidate}, \"job_posting\": {{\"required_skills\": [\"Docker\"]}}}}'
  curl -s {base}/readyz

Ready. Ctrl-C stops the demo and removes its folder."
    ))
}

fn environment(folder: &Path, port: u16) -> Environment {
    [
        ("DATA_DIR", folder.to_string_lossy().into_owned()),
        ("PORT", port.to_string()),
        ("WEBHOOK_SECRET", SECRET.to_owned()),
        (
            "MATCHING__WEBHOOK__ALLOWED_PRIVATE_NETWORKS",
            "127.0.0.1".to_owned(),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value.into()))
    .collect()
}

/// Returns the wanted port, or 0 (any) if it is in use.
fn free_port(wanted: u16) -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).map_or(0, |_| wanted)
}

async fn load(
    service: &RunningService,
    kind: ProfileKind,
    ndjson: &str,
) -> anyhow::Result<Vec<ProfileId>> {
    let today = crate::clock::today();
    let documents = ndjson
        .lines()
        .map(|line| profiles::read_line(kind, DocumentFormat::Any, line.as_bytes(), today))
        .map(|line| line.map(|line| (line.id, line.document)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|faults| anyhow!("a sample {kind} is wrong: {}", score::describe(&faults)))?;
    let ids = documents.iter().map(|(id, _)| *id).collect();
    profiles::put_all(&*service.store, None, kind, documents).await?;
    Ok(ids)
}

async fn best_matches(client: &reqwest::Client, base: &str) -> anyhow::Result<Vec<Value>> {
    let url =
        format!("{base}/api/v1/job-postings/{SHOWN_JOB_POSTING}/matches?limit={SHOWN_MATCHES}");
    let page = client
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    let page: Value = serde_json::from_slice(&page)?;
    Ok(page["matches"].as_array().cloned().unwrap_or_default())
}

/// The outcome of one call of the receiver: the event, or the reason why it is not trusted.
type Received = anyhow::Result<String>;

/// Starts a platform's receiver on a free port, which verifies both signatures, as any receiver
/// should.
fn start_receiver() -> anyhow::Result<(SocketAddr, mpsc::UnboundedReceiver<Received>)> {
    let (sender, received) = mpsc::unbounded_channel();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        let sender = sender.clone();
        App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
            let received = verify(&request, &body);
            let answer = match &received {
                Ok(_) => HttpResponse::NoContent(),
                Err(_) => HttpResponse::Unauthorized(),
            }
            .finish();
            // The channel is closed after the demo has shown its event.
            let _ = sender.send(received);
            async { answer }
        }))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    tokio::spawn(server);
    Ok((address, received))
}

fn verify(request: &HttpRequest, body: &[u8]) -> Received {
    let header = |name: &str| {
        let value = request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.with_context(|| format!("{name} is missing"))
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let mut signed =
        format!("{}.{}.", header(WEBHOOK_ID)?, header(WEBHOOK_TIMESTAMP)?).into_bytes();
    signed.extend_from_slice(body);
    let expected = format!("v1,{}", BASE64.encode(hmac::sign(&key, &signed)));
    if header(WEBHOOK_SIGNATURE)? != expected {
        return Err(anyhow!("{WEBHOOK_SIGNATURE} is wrong"));
    }
    let expected = hex::encode(hmac::sign(&key, body));
    if header(X_WEBHOOK_SIGNATURE)? != expected {
        return Err(anyhow!("{X_WEBHOOK_SIGNATURE} is wrong"));
    }
    let event: Value = serde_json::from_slice(body)?;
    Ok(format!(
        "{} ({} completed, {} failed)",
        event["type"].as_str().unwrap_or_default(),
        event["completed"],
        event["failed"]
    ))
}
