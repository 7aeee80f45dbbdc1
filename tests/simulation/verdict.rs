//! What must hold at the end of a run: the invariants that `matching doctor` checks, and the
//! promises to callers.

use std::{collections::BTreeSet, time::Duration};

use matching::{
    domain::{delivery::DeliveryState, task::TaskState},
    service::{invariants::limits_of_running_system, result_documents::write_ranking},
    store::{DocumentLocation, InvariantLimits, Invariants},
};

use crate::{
    process::{GIVE_UP_AFTER, LEASE, MAX_RETRIES, SWEEP_INTERVAL, WEBHOOK_PAUSES},
    scenario::{Known, state},
    world::{Weather, World},
};

/// Dead letters that a run may end with, whatever goes wrong with the service's own parts.
const DESERVED: [&str; 7] = [
    "candidate_unreadable",
    "job_posting_unreadable",
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
    deliveries(world, weather);
    reports(world).await;
}

async fn ledger_invariants(world: &World) {
    let day = Duration::from_hours(24);
    let limits = limits_of_running_system(day, None, LEASE, SWEEP_INTERVAL);
    check_invariants(world, &limits).await;
}

/// Records which invariants don't hold while work is under way and parts may be away, so that
/// nothing can be late.
pub async fn check_meanwhile(world: &World) {
    let day = Duration::from_hours(24);
    let limits = InvariantLimits {
        sweep_patience: day,
        claim_patience: day,
        delivery_patience: day,
        ..limits_of_running_system(day, None, LEASE, SWEEP_INTERVAL)
    };
    check_invariants(world, &limits).await;
}

async fn check_invariants(world: &World, limits: &InvariantLimits) {
    let found = world.store.check_invariants(limits).await.unwrap();
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
    for one in wrong {
        world.breach(one);
    }
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
    for one in found {
        world.breach(one);
    }
}

/// A webhook that counts as received was accepted by its receiver, and one is given up only after
/// its last attempt, after it waited for too long, or if the receiver is gone. Where nothing else
/// goes wrong, only refusals are attempts.
fn deliveries(world: &World, weather: Weather) {
    let (ledger, receivers) = (world.store.ledger(), world.receivers());
    let others_fail = world.state().disruptions > 0
        || world.state().had_outage
        || [
            weather.refused,
            weather.lost_answer,
            weather.slow,
            weather.crash,
        ]
        .iter()
        .any(|chance| *chance > 0.0);
    let attempts = i32::try_from(WEBHOOK_PAUSES.len()).unwrap() + 1;
    let wrong = ledger.deliveries.iter().filter_map(|row| {
        let id = &row.delivery.id;
        let waited = row.finished_at.map(|at| at - row.pending_since);
        let waited = waited.and_then(|waited| waited.to_std().ok());
        let refused = receivers.refused.get(id).copied().unwrap_or_default();
        let is_last = row.attempts >= attempts && (others_fail || refused >= attempts);
        let is_right = match row.state {
            DeliveryState::Pending => true,
            DeliveryState::Delivered => receivers.accepted.contains(id),
            DeliveryState::Failed => {
                row.last_status == Some(410)
                    || is_last
                    || waited.is_some_and(|waited| waited >= GIVE_UP_AFTER)
            }
        };
        (!is_right).then(|| {
            format!(
                "delivery {id} is {} after {refused} refusals",
                row.state.as_str()
            )
        })
    });
    let wrong: Vec<String> = wrong.collect();
    drop((ledger, receivers));
    for one in wrong {
        world.breach(one);
    }
}

/// The report of a batch ranks the pairs of its ranking. Scores may be newer: a later job may have
/// computed a pair again.
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
        if ranked_pairs(&saved) != ranked_pairs(&ranking) {
            world.breach(format!("the report of {id} is not its ranking"));
        }
    }
}

/// Returns the pairs of a ranking, sorted.
fn ranked_pairs(ranking: &str) -> Vec<String> {
    let pairs = ranking.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {}", line["candidate_id"], line["job_posting_id"])
    });
    let mut pairs: Vec<String> = pairs.collect();
    pairs.sort();
    pairs
}
