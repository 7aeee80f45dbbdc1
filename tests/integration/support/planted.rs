//! Changes of rows that no port can make, for the model: what the SQL of the contract tests says.

use chrono::{DateTime, Utc};
use matching::domain::{
    delivery::DeliveryState,
    identifiers::{DeliveryId, ProfileId},
    task::{Pair, TaskError, TaskState},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use crate::model_store::ledger::{DeliveryRow, Ledger, ResultRow, TaskRow};

/// Makes the change of this statement in the model.
pub fn plant(ledger: &mut Ledger, sql: &str) {
    let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.as_str() {
        "UPDATE tasks SET state = 'cancelled' WHERE job_id = 'parent'" => cancel(ledger, "parent"),
        "UPDATE tasks SET state = 'cancelled' WHERE job_id = 'cancelled'" => {
            cancel(ledger, "cancelled");
        }
        "UPDATE tasks SET state = 'cancelled' WHERE batch_id = 'parent'" => {
            let in_batch = |row: &TaskRow| row.task.batch_id.is_some();
            set(ledger, in_batch, |row| row.state = TaskState::Cancelled);
        }
        "UPDATE tasks SET state = 'cancelled' WHERE state = 'queued' AND attempts = 0 AND lease_token = 0" =>
        {
            let untried = |row: &TaskRow| row.state == TaskState::Queued && row.lease_token == 0;
            set(ledger, untried, |row| row.state = TaskState::Cancelled);
        }
        "UPDATE tasks SET state = 'queued' WHERE job_id = 'one'" => {
            set(ledger, named("one"), |row| row.state = TaskState::Queued);
        }
        "UPDATE tasks SET error_fingerprint = NULL" => {
            set(ledger, all, |row| row.fingerprint = None);
        }
        "UPDATE tasks SET dispatched_at = created_at" => {
            set(ledger, all, |row| row.dispatched_at = Some(row.created_at));
        }
        "UPDATE tasks SET lease_until = NULL" => set(ledger, all, |row| row.lease_until = None),
        "UPDATE tasks SET finished_at = created_at WHERE first_position = 1" => {
            let first = |row: &TaskRow| row.has_position(1);
            set(ledger, first, |row| row.finished_at = Some(row.created_at));
        }
        "UPDATE tasks SET positions = (SELECT min(positions) FROM tasks)" => {
            set(ledger, all, |row| row.task.matches[0].position = 1);
        }
        "DELETE FROM tasks WHERE first_position = 3" => {
            ledger.tasks.retain(|row| !row.has_position(3));
        }
        "UPDATE batches SET remaining = 0 WHERE id = 'parent'" => set_remaining(ledger, 0),
        "UPDATE batches SET remaining = 1" => set_remaining(ledger, 1),
        "UPDATE batches SET finished_at = created_at" => {
            let now = ledger.now;
            set_end(ledger, Some(now));
        }
        "UPDATE batches SET finished_at = NULL" => set_end(ledger, None),
        "DELETE FROM results" => ledger.results.clear(),
        "DELETE FROM results WHERE job_posting_id = 3" => {
            ledger.results.retain(|pair, _| !is_of_posting(pair, 3));
        }
        "DELETE FROM results WHERE candidate_id = 7" => {
            let results = &mut ledger.results;
            results.retain(|pair, _| pair.candidate_id.number() != 7);
        }
        "UPDATE results SET document = NULL" => {
            set_results(ledger, |_| true, |row| row.document = None);
        }
        "UPDATE results SET criterion_scores = NULL WHERE job_posting_id = 2" => {
            let wanted = |pair: &Pair| is_of_posting(pair, 2);
            set_results(ledger, wanted, |row| row.criterion_scores = None);
        }
        "UPDATE tasks SET error_code = 'database_error' WHERE state = 'failed'" => {
            let failed = |row: &TaskRow| row.state == TaskState::Failed;
            set(ledger, failed, |row| {
                row.error = Some(TaskError::new("database_error", ""));
            });
        }
        "UPDATE webhook_deliveries SET next_attempt_at = created_at" => {
            for row in &mut ledger.deliveries {
                row.next_attempt_at = row.created_at;
            }
        }
        "UPDATE webhook_deliveries SET created_at = created_at - (SELECT max(lease_until) - min(created_at) FROM tasks)" =>
        {
            backdate_deliveries(ledger);
        }
        "UPDATE webhook_deliveries SET state = 'failed', finished_at = created_at" => {
            give_up_deliveries(ledger);
        }
        "DELETE FROM webhook_deliveries" => ledger.deliveries.clear(),
        "DELETE FROM webhook_deliveries WHERE job_id LIKE '%-2'" => {
            let deliveries = &mut ledger.deliveries;
            deliveries.retain(|row| !row.delivery.job_id.as_str().ends_with("-2"));
        }
        "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint) SELECT 'again', event_type, job_id, url, body, endpoint FROM webhook_deliveries" =>
        {
            deliver_again(ledger, |_| "again".to_owned());
        }
        "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint) SELECT 'msg_again' || substr(id, 4), event_type, job_id, url, body, endpoint FROM webhook_deliveries" =>
        {
            deliver_again(ledger, |id| format!("msg_again{}", &id[3..]));
        }
        "UPDATE candidates SET document = '{}' WHERE id = 2" => put(ledger, 2, Some("{}")),
        "INSERT INTO candidates (id, document) VALUES (9, '{}')" => put(ledger, 9, Some("{}")),
        "DELETE FROM candidates WHERE id > 2" => {
            let ids: Vec<i64> = ledger.candidates.keys().map(|id| id.number()).collect();
            for id in ids.into_iter().filter(|id| *id > 2) {
                put(ledger, id, None);
            }
        }
        unknown => panic!("the model does not know this change: {unknown}"),
    }
}

fn all(_: &TaskRow) -> bool {
    true
}

fn named(id: &str) -> impl Fn(&TaskRow) -> bool {
    move |row| {
        row.task
            .job_id
            .as_ref()
            .is_some_and(|job| job.as_str() == id)
    }
}

fn set(ledger: &mut Ledger, wanted: impl Fn(&TaskRow) -> bool, change: impl Fn(&mut TaskRow)) {
    let rows = ledger.tasks.iter_mut();
    rows.filter(|row| wanted(row)).for_each(change);
}

fn cancel(ledger: &mut Ledger, id: &str) {
    set(ledger, named(id), |row| row.state = TaskState::Cancelled);
}

fn set_remaining(ledger: &mut Ledger, remaining: i32) {
    for batch in &mut ledger.batches {
        batch.remaining = remaining;
    }
}

fn set_end(ledger: &mut Ledger, at: Option<DateTime<Utc>>) {
    for batch in &mut ledger.batches {
        batch.finished_at = at;
    }
}

fn is_of_posting(pair: &Pair, id: i64) -> bool {
    pair.job_posting_id.number() == id
}

fn set_results(
    ledger: &mut Ledger,
    wanted: impl Fn(&Pair) -> bool,
    change: impl Fn(&mut ResultRow),
) {
    let results = ledger.results.iter_mut();
    let wanted = results.filter(|(pair, _)| wanted(pair));
    wanted.for_each(|(_, row)| change(row));
}

fn deliver_again(ledger: &mut Ledger, id: impl Fn(&str) -> String) {
    let again = ledger.deliveries.iter().map(|row| {
        let mut row: DeliveryRow = row.clone();
        let id = id(row.delivery.id.as_str());
        row.delivery.id = id.parse::<DeliveryId>().unwrap();
        row
    });
    let again: Vec<DeliveryRow> = again.collect();
    ledger.deliveries.extend(again);
}

fn put(ledger: &mut Ledger, id: i64, document: Option<&str>) {
    let id = ProfileId::try_from(id).unwrap();
    ledger.write_profile(ProfileKind::Candidate, id, document.map(str::to_owned));
}

/// Moves the deliveries back by the time from the first task to the last lease.
fn backdate_deliveries(ledger: &mut Ledger) {
    let lease = ledger.tasks.iter().filter_map(|row| row.lease_until).max();
    let began = ledger.tasks.iter().map(|row| row.created_at).min();
    let length = lease.unwrap() - began.unwrap();
    for row in &mut ledger.deliveries {
        row.created_at -= length;
    }
}

fn give_up_deliveries(ledger: &mut Ledger) {
    for row in &mut ledger.deliveries {
        row.state = DeliveryState::Failed;
        row.finished_at = Some(row.created_at);
    }
}
