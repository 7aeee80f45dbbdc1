//! What must hold at the end of a run: the invariants that `matching doctor` checks, and the
//! promises to callers.

use std::{collections::BTreeSet, time::Duration};

use matching::{
    domain::task::TaskState,
    service::{invariants::limits_of_running_system, result_documents::write_ranking},
    store::{DocumentLocation, Invariants},
};

use crate::{
    process::{LEASE, MAX_RETRIES, SWEEP_INTERVAL},
    scenario::{Known, state},
    world::{Weather, World},
};

/// Dead letters that a run may end with, whatever goes wrong with the service's own parts.
const DESERVED: [&str; 5] = [
    "candidate_not_found",
    "job_posting_not_found",
    "dependency_failed",
    "dependency_cancelled",
    "dependency_expired",
];

/// Records what does not hold.
pub async fn check(world: &World, known: &Known, weather: Weather) {
    ledger_invariants(world).await;
    promises_to_callers(world, known).await;
    dead_letters(world, weather);
    documents(world);
    reports(world).await;
}

async fn ledger_invariants(world: &World) {
    let day = Duration::from_hours(24);
    let mut limits = limits_of_running_system(day, None, LEASE, SWEEP_INTERVAL);
    // Nobody sends webhooks here.
    limits.delivery_patience = day;
    let found = world.store.check_invariants(&limits).await.unwrap();
    for finding in found.findings {
        if !finding.holds() {
            let name = finding.invariant.name();
            world.breach(format!("{name}: {:?}", finding.examples));
        }
    }
}

async fn promises_to_callers(world: &World, known: &Known) {
    for id in &known.accepted {
        if state(world, id).await.is_none() && !known.purged.contains(id) {
            world.breach(format!("{id} was accepted and is lost"));
        }
    }
    for id in &known.cancelled {
        let ended = state(world, id).await;
        if ended != Some(TaskState::Cancelled) && !known.purged.contains(id) {
            world.breach(format!("{id} was cancelled and is {ended:?}"));
        }
    }
}

/// A fault of the service's own parts costs no attempt, and a task is given up as lost only after
/// it lost two workers. Where calls take longer than a lease, living workers are lost as well.
fn dead_letters(world: &World, weather: Weather) {
    let ledger = world.store.ledger();
    let can_lose_two = world.state().disruptions >= 2 || weather.slow > 0.0;
    let failed = ledger
        .tasks
        .iter()
        .filter(|row| row.state == TaskState::Failed);
    let wrong = failed.filter_map(|row| {
        let code = row.error.as_ref().map_or("", |error| error.code.as_str());
        let attempts = u32::try_from(row.attempts).unwrap_or_default();
        let is_right = DESERVED.contains(&code)
            || code == "attempt_timed_out" && attempts > MAX_RETRIES
            || code == "worker_lost" && can_lose_two;
        (!is_right).then(|| format!("task {} failed as {code}", row.task.id))
    });
    let wrong: Vec<String> = wrong.collect();
    drop(ledger);
    wrong.into_iter().for_each(|wrong| world.breach(wrong));
}

/// A stored document has a row, or will be found and deleted; a row's document is stored.
fn documents(world: &World) {
    let ledger = world.store.ledger();
    let results = ledger.results.values().map(|row| &row.document);
    let reports = ledger.batches.iter().map(|batch| &batch.report);
    let kept: BTreeSet<&String> = results
        .chain(reports)
        .filter_map(|document| match document {
            Some(DocumentLocation::Key(key)) => Some(key),
            _ => None,
        })
        .collect();
    let stored = world.documents();
    let missing = kept.iter().find(|key| !stored.contains_key(**key));
    let leaked = stored.keys().find(|key| {
        let is_listed = ledger.orphans.iter().any(|(orphan, _)| orphan == *key);
        !kept.contains(key) && !is_listed
    });
    let missing = missing.map(|key| format!("document {key} is missing"));
    let leaked = leaked.map(|key| format!("document {key} belongs to nothing"));
    let found: Vec<String> = missing.into_iter().chain(leaked).collect();
    drop(stored);
    drop(ledger);
    found.into_iter().for_each(|found| world.breach(found));
}

/// The report of a batch is its ranking.
async fn reports(world: &World) {
    let reports: Vec<_> = {
        let ledger = world.store.ledger();
        let batches = ledger.batches.iter();
        let reports = batches.filter_map(|batch| Some((batch.id.clone(), batch.report.clone()?)));
        reports.collect()
    };
    for (id, location) in reports {
        let saved = match location {
            DocumentLocation::Inline(text) => text,
            DocumentLocation::Key(key) => {
                let stored = world.documents().get(&key).cloned();
                String::from_utf8(stored.unwrap_or_default()).unwrap()
            }
        };
        let ranking = write_ranking(&world.store, &id).await.unwrap();
        let pairs = |text: &str| text.lines().count();
        if pairs(&saved) != pairs(&ranking) {
            world.breach(format!("the report of {id} is not its ranking"));
        }
    }
}
