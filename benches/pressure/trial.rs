//! One service under load: quiet seconds, pressure, and the return to the normal rate.

use std::{
    future::Future,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    load::{Load, Pace},
    probes::Probes,
    service::{Servers, Service},
    table::{NORMAL, Row},
};

/// The time before the first measurement: caches fill, and files reach their sizes.
const WARM_UP: Duration = Duration::from_secs(10);
/// The quiet time whose rate is compared.
const QUIET: Duration = Duration::from_secs(15);
/// The quiet time before each repetition of a short pressure.
const SHORT_QUIET: Duration = Duration::from_secs(4);
/// The time over which a rate must be normal, and the distance of two such times.
const LOOK: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);
/// The time after which a rate that has not become normal is given up.
const PATIENCE: Duration = Duration::from_mins(2);
/// The time that accepted matches have to end after the load.
const DRAIN: Duration = Duration::from_mins(2);

pub struct Trial {
    service: Service,
    load: Arc<Load>,
    running: JoinHandle<()>,
    probes: Arc<Probes>,
    probing: JoinHandle<()>,
    /// The folder of the processes, if the scenario has none.
    _folder: Option<TempDir>,
}

impl Trial {
    /// Starts the service on these servers, with its files in the folder, and the load.
    pub async fn start(servers: Servers, folder: Option<&Path>, profiles: i64, pace: Pace) -> Self {
        let own = folder.is_none().then(|| tempfile::tempdir().unwrap());
        let folder = own.as_ref().map_or_else(|| folder.unwrap(), TempDir::path);
        let service = Service::start(servers, folder, profiles).await;
        let load = Arc::new(Load::new(&service.addresses[0], profiles, pace));
        let running = tokio::spawn({
            let load = Arc::clone(&load);
            async move { load.run().await }
        });
        let probes = Arc::new(Probes::default());
        let probing = tokio::spawn({
            let (probes, addresses) = (Arc::clone(&probes), service.addresses.clone());
            async move { probes.run(&addresses).await }
        });
        tokio::time::sleep(WARM_UP).await;
        Self {
            service,
            load,
            running,
            probes,
            probing,
            _folder: own,
        }
    }

    /// Measures the rate of quiet seconds.
    pub async fn quiet(&self) -> f64 {
        self.rate_of(tokio::time::sleep(QUIET)).await
    }

    async fn rate_of(&self, time: impl Future<Output = ()>) -> f64 {
        let began = Instant::now();
        time.await;
        self.load.rate(began, Instant::now())
    }

    /// Measures a pressure that lasts as long as the future, after quiet seconds.
    pub async fn press(&self, name: &str, pressure: impl Future<Output = ()>) -> Row {
        let before = self.quiet().await;
        self.press_after(before, name, pressure).await
    }

    /// Measures a pressure, compared with this rate.
    pub async fn press_after(
        &self,
        before: f64,
        name: &str,
        pressure: impl Future<Output = ()>,
    ) -> Row {
        let row = self.press_once(before, name, pressure).await;
        let after = self.quiet().await;
        Row { after, ..row }
    }

    /// Repeats a short pressure, each after `prepare` and quiet seconds. Rates and warnings are
    /// means, the rest is that of the worst.
    pub async fn press_often(
        &self,
        times: u64,
        name: &str,
        mut prepare: impl AsyncFnMut(),
        mut pressure: impl AsyncFnMut(),
    ) -> Row {
        let mut all = Row {
            name: name.to_owned(),
            ..Row::default()
        };
        for _ in 0..times {
            prepare().await;
            let before = self.rate_of(tokio::time::sleep(SHORT_QUIET)).await;
            let row = self.press_once(before, name, pressure()).await;
            all.before += row.before / times as f64;
            if row.state > all.state {
                all.state = row.state;
            }
            for (all, one) in all.slowest.iter_mut().zip(row.slowest) {
                *all = all.max(one);
            }
            for (all, one) in all.lines.iter_mut().zip(row.lines) {
                *all += one / times as f64;
            }
            eprintln!("  {:?} s", row.healed);
            all.healed.extend(row.healed);
        }
        all.after = self.quiet().await;
        all
    }

    async fn press_once(&self, before: f64, name: &str, pressure: impl Future<Output = ()>) -> Row {
        let lines_before = self.service.log_lines();
        let began = Instant::now();
        pressure.await;
        let ended = Instant::now();
        let healed = self.until_normal(ended, before).await;
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        let mut lines = [0.0; _];
        let written = self.service.log_lines().into_iter().zip(lines_before);
        for (rate, (now, before)) in lines.iter_mut().zip(written) {
            *rate = (now - before) as f64 / minutes;
        }
        // A pressure that ends at once is seen only later.
        let shown_until = ended.max(began + LOOK);
        Row {
            name: name.to_owned(),
            before,
            during: Some(self.load.rate(began, shown_until)),
            state: self.probes.worst_state(began, shown_until),
            slowest: self.probes.slowest(began),
            healed: vec![healed],
            lines,
            ..Row::default()
        }
    }

    /// Waits until the rate is normal; returns the seconds from the end of the pressure to the
    /// beginning of the first such second.
    async fn until_normal(&self, ended: Instant, normal: f64) -> f64 {
        let mut from = ended;
        loop {
            tokio::time::sleep_until((from + LOOK).into()).await;
            if self.load.rate(from, from + LOOK) >= NORMAL * normal {
                return (from - ended).as_secs_f64();
            }
            if from - ended > PATIENCE {
                return f64::INFINITY;
            }
            from += STEP;
        }
    }

    /// Ends the load, waits until everything accepted has ended, and adds the account to the row.
    pub async fn finish(self, row: Row) -> Row {
        self.load.stop();
        let mut running = self.running;
        if tokio::time::timeout(DRAIN, &mut running).await.is_err() {
            running.abort();
        }
        self.probing.abort();
        let file_name = row.name.replace(|c: char| !c.is_alphanumeric(), "-");
        self.service.keep_logs(&file_name);
        let (lost, failed) = self.load.lost_and_failed();
        Row {
            lost,
            failed,
            broken: self.service.broken_invariants(),
            ..row
        }
    }
}
