//! The registry of processes.

use std::{collections::BTreeMap, time::Duration};

use matching::domain::{
    process::{Process, ProcessRole, ProcessState},
    queue_name::QueueName,
};

use super::builders::LONG;
use crate::support::{databases::TestStore, polling::eventually};

on_every_store! {
    a_reported_process_is_listed_as_it_describes_itself,
    a_process_that_reports_again_keeps_its_start,
    a_process_that_ends_is_not_listed,
    a_silent_process_is_not_listed_and_then_forgotten,
}

const UP: ProcessState = ProcessState {
    queues_down: Vec::new(),
    faults: BTreeMap::new(),
};

fn process(id: &str, role: ProcessRole, queues: &[QueueName]) -> Process {
    Process {
        id: id.parse().unwrap(),
        role,
        queues: queues.to_vec(),
        version: "1.2.3".to_owned(),
        host: "worker-1".to_owned(),
        system_id: 7,
    }
}

async fn a_reported_process_is_listed_as_it_describes_itself(store: &TestStore) {
    let serve = process("1", ProcessRole::Serve, &[]);
    let work = process("2", ProcessRole::Work, &QueueName::ALL);
    store.report_process(&serve, &UP, LONG).await.unwrap();
    let down = ProcessState {
        queues_down: vec![QueueName::High, QueueName::Bulk],
        faults: [("queues", "no answer"), ("documents", "403 \"Forbidden\"")]
            .map(|(part, fault)| (part.to_owned(), fault.to_owned()))
            .into(),
    };
    store.report_process(&work, &down, LONG).await.unwrap();
    let listed = store.running_processes(LONG).await.unwrap();
    let described: Vec<_> = listed.iter().map(|one| one.process.clone()).collect();
    assert_eq!(described, [serve, work]);
    assert_eq!(listed[0].state, UP);
    assert_eq!(listed[1].state, down);
    assert!(listed.iter().all(|one| one.started_at == one.seen_at));
}

async fn a_process_that_reports_again_keeps_its_start(store: &TestStore) {
    let work = process("1", ProcessRole::Work, &[QueueName::High]);
    let down = ProcessState {
        queues_down: vec![QueueName::High],
        faults: [("queues".to_owned(), "no answer".to_owned())].into(),
    };
    store.report_process(&work, &down, LONG).await.unwrap();
    let before = store.running_processes(LONG).await.unwrap();
    // The clock of SQLite counts milliseconds.
    eventually(async || {
        store.report_process(&work, &UP, LONG).await.unwrap();
        let after = store.running_processes(LONG).await.unwrap();
        assert_eq!(after.len(), 1);
        assert_eq!(after[0].state, UP);
        assert_eq!(after[0].started_at, before[0].started_at);
        after[0].seen_at > before[0].seen_at
    })
    .await;
}

async fn a_process_that_ends_is_not_listed(store: &TestStore) {
    let work = process("1", ProcessRole::Work, &[]);
    store.report_process(&work, &UP, LONG).await.unwrap();
    store.forget_process(&work.id).await.unwrap();
    store.forget_process(&work.id).await.unwrap();
    assert!(store.running_processes(LONG).await.unwrap().is_empty());
}

async fn a_silent_process_is_not_listed_and_then_forgotten(store: &TestStore) {
    let silent = process("1", ProcessRole::Work, &[]);
    store.report_process(&silent, &UP, LONG).await.unwrap();
    assert!(
        store
            .running_processes(Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
    // Still in its row, until another process reports itself.
    assert_eq!(store.running_processes(LONG).await.unwrap().len(), 1);
    let other = process("2", ProcessRole::Work, &[]);
    store
        .report_process(&other, &UP, Duration::ZERO)
        .await
        .unwrap();
    let left = store.running_processes(LONG).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].process, other);
}
