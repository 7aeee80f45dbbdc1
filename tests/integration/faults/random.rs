//! Random faults, from a seed, while a platform submits matches continuously.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{SeedableRng, prelude::SliceRandom, rngs::StdRng};

use super::{
    deployment::{Deployment, WORK},
    platform::{PROFILES, Platform, Tally},
};
use crate::support::{process::Process, proxy::Wire, receiver::Receiver};

/// The duration of the faults, which `MATCHING_FAULT_SECONDS` overrides.
const FAULT_TIME: Duration = Duration::from_secs(30);
/// The time from the beginning of one fault to that of the next, unless one takes longer.
const INTERVAL: Duration = Duration::from_secs(3);
/// The duration of an outage of a server or proxy.
const OUTAGE: Duration = Duration::from_millis(1_500);
/// Longer than a lease.
const PAUSE: Duration = Duration::from_secs(3);
/// The number of failing calls to the receiver, so that webhooks are repeated.
const REFUSED_WEBHOOKS: usize = 20;
const CALLERS: usize = 3;

/// Processes, by their index in [`Service::processes`].
const SERVE: usize = 0;
const FIRST_WORKER: usize = 1;
const SECOND_WORKER: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Server {
    Database,
    Redis,
    Objects,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Kill(usize),
    Pause(usize),
    Terminate(usize),
    ForgetRedis,
    RestartRedis,
    KillRedisClients,
    StopDatabase,
    CrashDatabase,
    Refuse(Server),
    Slow(Server),
    Silence(Server),
    Sever(Server),
}

const FAULTS: [Fault; 24] = [
    Fault::Kill(SERVE),
    Fault::Kill(FIRST_WORKER),
    Fault::Kill(SECOND_WORKER),
    Fault::Pause(SERVE),
    Fault::Pause(FIRST_WORKER),
    Fault::Pause(SECOND_WORKER),
    Fault::Terminate(SERVE),
    Fault::Terminate(FIRST_WORKER),
    Fault::ForgetRedis,
    Fault::RestartRedis,
    Fault::KillRedisClients,
    Fault::StopDatabase,
    Fault::CrashDatabase,
    Fault::Refuse(Server::Database),
    Fault::Refuse(Server::Redis),
    Fault::Refuse(Server::Objects),
    Fault::Slow(Server::Database),
    Fault::Slow(Server::Redis),
    Fault::Slow(Server::Objects),
    Fault::Silence(Server::Database),
    Fault::Silence(Server::Redis),
    Fault::Silence(Server::Objects),
    Fault::Sever(Server::Database),
    Fault::Sever(Server::Redis),
];

impl Fault {
    /// The name under which the table counts this fault.
    fn kind(self) -> &'static str {
        match self {
            Self::Kill(SERVE) => "`kill -9` of serve",
            Self::Kill(_) => "`kill -9` of a worker",
            Self::Pause(SERVE) => "SIGSTOP of serve, 3 s",
            Self::Pause(_) => "SIGSTOP of a worker, 3 s (lease: 2 s)",
            Self::Terminate(SERVE) => "SIGTERM of serve",
            Self::Terminate(_) => "SIGTERM of a worker",
            Self::ForgetRedis => "`FLUSHALL`",
            Self::RestartRedis => "Redis killed and started empty",
            Self::KillRedisClients => "`CLIENT KILL` of all Redis connections",
            Self::StopDatabase => "PostgreSQL stopped immediately",
            Self::CrashDatabase => "`kill -9` of PostgreSQL and its children",
            Self::Refuse(_) => "a server refuses connections",
            Self::Slow(_) => "a slow network",
            Self::Silence(_) => "a silent network",
            Self::Sever(_) => "all connections to a server cut",
        }
    }
}

/// The service under fault: an API and two workers.
struct Service {
    deployment: Deployment,
    processes: [Option<Process>; 3],
}

impl Service {
    async fn start() -> Self {
        // All documents are stored in the object store, so that its faults have an effect.
        let deployment = Deployment::start()
            .await
            .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0")
            .with("MATCHING__QUEUES__CHUNK_SIZE", "10");
        let serve = deployment.serve(PROFILES).await;
        let workers = [deployment.work().await, deployment.work().await];
        let [first, second] = workers;
        Self {
            deployment,
            processes: [Some(serve), Some(first), Some(second)],
        }
    }

    async fn start_process(&mut self, which: usize) {
        let arguments: &[&str] = match which {
            SERVE => &["serve", "--no-workers"],
            _ => &WORK,
        };
        self.processes[which] = Some(self.deployment.environment.start(arguments).await);
    }

    fn process(&mut self, which: usize) -> &mut Process {
        self.processes[which].as_mut().unwrap()
    }

    fn wire(&mut self, server: Server) -> &mut crate::support::proxy::Proxy {
        match server {
            Server::Database => &mut self.deployment.database_wire,
            Server::Redis => &mut self.deployment.redis_wire,
            Server::Objects => &mut self.deployment.object_wire,
        }
    }

    /// Causes a fault, and reverts it.
    async fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(which) => {
                self.processes[which].take().unwrap().kill().await;
                self.start_process(which).await;
            }
            Fault::Pause(which) => {
                self.process(which).signal("STOP");
                tokio::time::sleep(PAUSE).await;
                self.process(which).signal("CONT");
            }
            Fault::Terminate(which) => {
                let status = self.processes[which].take().unwrap().terminate().await;
                assert!(status.success(), "SIGTERM ended in {status}");
                self.start_process(which).await;
            }
            Fault::ForgetRedis => {
                let _: String = self.deployment.redis.call(&["FLUSHALL"]).await;
            }
            Fault::RestartRedis => {
                self.deployment.redis.stop().await;
                tokio::time::sleep(OUTAGE).await;
                self.deployment.redis.restart().await;
            }
            Fault::KillRedisClients => self.deployment.redis.kill_clients().await,
            Fault::StopDatabase => {
                self.deployment.postgres.stop_immediately().await;
                tokio::time::sleep(OUTAGE).await;
                self.deployment.postgres.restart().await;
            }
            Fault::CrashDatabase => {
                self.deployment.postgres.crash().await;
                self.deployment.postgres.restart().await;
            }
            Fault::Refuse(server) => {
                self.wire(server).cut().await;
                tokio::time::sleep(OUTAGE).await;
                self.wire(server).restore().await;
            }
            Fault::Slow(server) => {
                self.wire(server)
                    .set(Wire::Slow(Duration::from_millis(300)));
                tokio::time::sleep(PAUSE).await;
                self.wire(server).set(Wire::Open);
            }
            Fault::Silence(server) => {
                self.wire(server).set(Wire::Silent);
                tokio::time::sleep(PAUSE).await;
                self.wire(server).set(Wire::Open);
            }
            Fault::Sever(server) => self.wire(server).sever().await,
        }
    }
}

fn number_in_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

/// Prints a text directly to standard error: the test harness captures the output of passing tests.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_accepted_is_lost_whatever_fails() {
    let seed = number_in_environment("MATCHING_FAULT_SEED").unwrap_or_else(rand::random);
    let fault_time =
        number_in_environment("MATCHING_FAULT_SECONDS").map_or(FAULT_TIME, Duration::from_secs);
    tell(&format!("faults: MATCHING_FAULT_SEED={seed}"));
    let mut random = StdRng::seed_from_u64(seed);
    let mut service = Service::start().await;
    let mut receiver = Receiver::failing_first(REFUSED_WEBHOOKS);
    let base = service.deployment.api().base.clone();
    let platform = Arc::new(Platform::new(&base, &receiver.url()));
    let mut asking = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let platform = Arc::clone(&platform);
        asking.spawn(async move { platform.ask(seed, caller).await });
    }
    let watching = Arc::clone(&platform);
    asking.spawn(async move { watching.watch(seed).await });

    let mut counted = BTreeMap::<&str, usize>::new();
    let mut deck = vec![];
    let end = Instant::now() + fault_time;
    while Instant::now() < end {
        let next = Instant::now() + INTERVAL;
        // Every fault occurs once before one is repeated.
        if deck.is_empty() {
            deck = FAULTS.to_vec();
            deck.shuffle(&mut random);
        }
        let fault = deck.pop().unwrap();
        tell(&format!(
            "faults: {:>4} s left, {fault:?}",
            (end - Instant::now()).as_secs()
        ));
        service.suffer(fault).await;
        *counted.entry(fault.kind()).or_default() += 1;
        let breaches = service.deployment.breaches(&[]).await;
        assert!(
            breaches.is_empty(),
            "while it runs, after {fault:?}: {breaches:#?}"
        );
        tokio::time::sleep_until(next.into()).await;
    }
    let last_fault = Instant::now();
    platform.stop();
    while let Some(ended) = asking.join_next().await {
        ended.unwrap();
    }
    service.deployment.until_drained().await;
    let drained_after = last_fault.elapsed();
    let breaches = service.deployment.breaches(&["--documents"]).await;
    let tally = platform.take_stock(&receiver.so_far()).await;
    tell(&table(seed, fault_time, &counted, &tally, drained_after));

    assert!(breaches.is_empty(), "{breaches:#?}");
    assert!(tally.lost.is_empty(), "lost: {:#?}", tally.lost);
    assert!(
        tally.duplicated.is_empty(),
        "twice: {:#?}",
        tally.duplicated
    );
    assert!(
        tally.seen_backwards.is_empty(),
        "backwards: {:#?}",
        tally.seen_backwards
    );
    assert!(
        tally.results > 0 && tally.webhooks_expected > 0,
        "{tally:#?}"
    );
    for which in [SERVE, FIRST_WORKER, SECOND_WORKER] {
        assert!(service.process(which).is_running(), "a process gave up");
    }
}

fn table(
    seed: u64,
    fault_time: Duration,
    counted: &BTreeMap<&str, usize>,
    tally: &Tally,
    drained_after: Duration,
) -> String {
    let mut table = format!(
        "\n| seed {seed}, {} s | |\n|---|---:|\n",
        fault_time.as_secs()
    );
    let mut row = |what: &str, count: String| {
        let _ = writeln!(table, "| {what} | {count} |");
    };
    for (kind, count) in counted {
        row(kind, count.to_string());
    }
    row("calls accepted", tally.calls.to_string());
    row(
        "calls without an answer, not repeated",
        tally.unanswered.to_string(),
    );
    row("matches accepted", tally.matches.to_string());
    row("results", tally.results.to_string());
    for (code, count) in &tally.dead_letters {
        row(&format!("dead letters: {code}"), count.to_string());
    }
    row("lost", tally.lost.len().to_string());
    row("duplicated", tally.duplicated.len().to_string());
    row("webhooks expected", tally.webhooks_expected.to_string());
    row("webhooks received", tally.webhooks_received.to_string());
    row("webhook ids", tally.webhook_ids.to_string());
    row(
        "from the last fault to drained",
        format!("{:.1} s", drained_after.as_secs_f64()),
    );
    table
}
