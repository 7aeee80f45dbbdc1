//! Progress: the facts by which work that does not move is found.

use std::time::Duration;

use matching::{
    domain::{
        identifiers::EndpointId,
        operator_action::OperatorActionKind,
        process::{Process, ProcessRole, ProcessState},
        queue_name::QueueName,
        submission::WebhookEvents,
    },
    store::{ProgressLimits, QueueProgress, WorkProgress},
};

use super::builders::{LONG, action, claim, fail, run, single};
use crate::support::databases::TestStore;

on_every_store! {
    a_new_ledger_has_nothing_to_move,
    ready_tasks_have_an_age_with_and_without_a_pointer,
    tasks_that_are_due_later_or_wait_are_not_ready,
    running_and_ended_tasks_are_signs_of_progress,
    failures_by_callers_do_not_count,
    only_running_processes_with_a_pool_that_is_up_are_workers,
    a_pause_is_a_fact_of_its_queue,
    due_and_given_up_webhooks_are_counted,
    endpoints_are_counted_from_their_pause_to_their_first_answer,
    webhooks_to_an_unanswering_endpoint_are_not_overdue,
    running_processes_with_a_fault_are_named,
}

const QUEUE: QueueName = QueueName::Standard;

async fn progress(store: &TestStore) -> WorkProgress {
    let limits = ProgressLimits {
        silent_after: LONG,
        failed_within: LONG,
        faults_of_callers: &["candidate_not_found"],
    };
    let progress = store.work_progress(&limits).await.unwrap();
    let queues: Vec<_> = progress.queues.iter().map(|one| one.queue).collect();
    assert_eq!(queues, QueueName::ALL);
    progress
}

async fn standard(store: &TestStore) -> QueueProgress {
    progress(store).await.queues[QUEUE.index()].clone()
}

async fn a_new_ledger_has_nothing_to_move(store: &TestStore) {
    let empty = QueueProgress {
        queue: QUEUE,
        undispatched_for: None,
        dispatched_for: None,
        last_end: None,
        is_running: false,
        workers: 0,
        ended: 0,
        failed: 0,
        failure: None,
        pause: None,
    };
    assert_eq!(standard(store).await, empty);
    let all = progress(store).await;
    assert_eq!(
        (all.oldest_due_delivery, all.given_up_deliveries),
        (None, 0)
    );
}

async fn ready_tasks_have_an_age_with_and_without_a_pointer(store: &TestStore) {
    single().submit(store).await;
    let seen = standard(store).await;
    assert!(seen.undispatched_for.is_some() && seen.dispatched_for.is_none());
    assert!(seen.ready_for().is_some_and(|age| age < LONG));
    single().submit_dispatched(store).await;
    let seen = standard(store).await;
    assert!(seen.undispatched_for.is_some() && seen.dispatched_for.is_some());
    let high = progress(store).await.queues[QueueName::High.index()].clone();
    assert_eq!(high.ready_for(), None);
}

async fn tasks_that_are_due_later_or_wait_are_not_ready(store: &TestStore) {
    let later = single().submit(store).await;
    let claimed = claim(store, &later).await;
    store.release(&claimed, LONG, None).await.unwrap();
    single().after("cv").submit(store).await;
    assert_eq!(standard(store).await.ready_for(), None);
}

async fn running_and_ended_tasks_are_signs_of_progress(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    let seen = standard(store).await;
    assert!(seen.is_running && seen.last_end.is_none() && seen.ready_for().is_none());
    fail(store, &claimed).await;
    let seen = standard(store).await;
    assert!(!seen.is_running && seen.last_end.is_some_and(|end| end < LONG));
    // A lease that ran out is no sign of progress.
    let other = single().submit(store).await;
    let expired = store.claim(&other.tasks[0].id, "worker", Duration::ZERO);
    assert!(expired.await.unwrap().is_some());
    assert!(!standard(store).await.is_running);
}

async fn failures_by_callers_do_not_count(store: &TestStore) {
    run(store, &single().submit(store).await).await;
    for _ in 0..2 {
        fail(store, &claim(store, &single().submit(store).await).await).await;
    }
    let seen = standard(store).await;
    assert_eq!((seen.ended, seen.failed, seen.failure), (3, 0, None));
    store
        .execute("UPDATE tasks SET error_code = 'database_error' WHERE state = 'failed'")
        .await;
    let seen = standard(store).await;
    assert_eq!((seen.ended, seen.failed), (3, 2));
    assert_eq!(seen.failure.as_deref(), Some("database_error"));
}

async fn only_running_processes_with_a_pool_that_is_up_are_workers(store: &TestStore) {
    let process = |id: &str, queues: &[QueueName]| Process {
        id: id.parse().unwrap(),
        role: ProcessRole::Work,
        queues: queues.to_vec(),
        version: String::new(),
        host: String::new(),
        system_id: 1,
    };
    let report = async |process: Process, down: &[QueueName]| {
        let state = ProcessState {
            queues_down: down.to_vec(),
            ..ProcessState::default()
        };
        store.report_process(&process, &state, LONG).await.unwrap();
    };
    report(process("other", &[QueueName::High]), &[]).await;
    report(process("down", &[QUEUE]), &[QUEUE]).await;
    assert_eq!(standard(store).await.workers, 0);
    report(process("up", &[QueueName::High, QUEUE]), &[QueueName::High]).await;
    assert_eq!(standard(store).await.workers, 1);
    let limits = ProgressLimits {
        silent_after: Duration::ZERO,
        failed_within: LONG,
        faults_of_callers: &[],
    };
    let later = store.work_progress(&limits).await.unwrap();
    assert_eq!(later.queues[QUEUE.index()].workers, 0);
}

async fn a_pause_is_a_fact_of_its_queue(store: &TestStore) {
    let action = action(OperatorActionKind::Pause);
    let paused = store.pause_queue(QUEUE, Some("upgrade"), &action).await;
    assert!(paused.unwrap());
    let pause = standard(store).await.pause.unwrap();
    assert_eq!(
        (pause.actor.as_str(), pause.reason.as_deref()),
        ("tester", Some("upgrade"))
    );
    let high = progress(store).await.queues[QueueName::High.index()].clone();
    assert_eq!(high.pause, None);
}

async fn due_and_given_up_webhooks_are_counted(store: &TestStore) {
    for _ in 0..2 {
        let asked = single().announcing(WebhookEvents::Each).submit(store).await;
        run(store, &asked).await;
    }
    store
        .execute("UPDATE webhook_deliveries SET next_attempt_at = created_at")
        .await;
    let seen = progress(store).await;
    assert!(seen.oldest_due_delivery.is_none_or(|age| age < LONG));
    assert_eq!(seen.given_up_deliveries, 0);
    store
        .execute("UPDATE webhook_deliveries SET state = 'failed', finished_at = created_at")
        .await;
    let seen = progress(store).await;
    assert_eq!(
        (seen.oldest_due_delivery, seen.given_up_deliveries),
        (None, 2)
    );
}

async fn endpoints_are_counted_from_their_pause_to_their_first_answer(store: &TestStore) {
    let seen = progress(store).await;
    assert_eq!(
        (seen.unanswering_endpoints, seen.last_ending_pause),
        (0, None)
    );
    let endpoint = |host: &str| EndpointId::named(&format!("https://{host}/hook")).unwrap();
    let (short, long) = (endpoint("short.example"), endpoint("long.example"));
    for (endpoint, pause) in [(&short, Duration::ZERO), (&long, LONG)] {
        let paused = store.pause_endpoint(endpoint, pause, "429 Too Many Requests", LONG);
        assert_eq!(paused.await.unwrap(), 0);
    }
    let seen = progress(store).await;
    let last = seen.last_ending_pause.unwrap();
    assert_eq!(seen.unanswering_endpoints, 2);
    assert_eq!((last.endpoint, last.is_over), (long.to_string(), false));
    assert_eq!(last.reason, "429 Too Many Requests");
    store.resume_endpoint(&long).await.unwrap();
    let seen = progress(store).await;
    assert_eq!(seen.unanswering_endpoints, 1);
    let last = seen.last_ending_pause.unwrap();
    assert_eq!((last.endpoint, last.is_over), (short.to_string(), true));
}

async fn webhooks_to_an_unanswering_endpoint_are_not_overdue(store: &TestStore) {
    let endpoint = EndpointId::of("https://platform.example/hook");
    let announce = async || {
        let asked = single().announcing(WebhookEvents::Each).submit(store).await;
        run(store, &asked).await;
    };
    let pause = async |pause| {
        let pausing = store.pause_endpoint(&endpoint, pause, "it answered 500", LONG);
        pausing.await.unwrap();
    };
    announce().await;
    assert!(progress(store).await.oldest_due_delivery.is_some());
    // The pause postpones this one, and the next one becomes due meanwhile.
    pause(LONG).await;
    announce().await;
    assert_eq!(progress(store).await.oldest_due_delivery, None);
    store.resume_endpoint(&endpoint).await.unwrap();
    assert!(progress(store).await.oldest_due_delivery.is_some());
    pause(LONG).await;
    assert_eq!(progress(store).await.oldest_due_delivery, None);
    // A webhook to another endpoint is overdue.
    let other = single()
        .announcing(WebhookEvents::Each)
        .to("https://other.example/hook")
        .submit(store)
        .await;
    run(store, &other).await;
    assert!(progress(store).await.oldest_due_delivery.is_some());
}

async fn running_processes_with_a_fault_are_named(store: &TestStore) {
    let process = |id: &str| Process {
        id: id.parse().unwrap(),
        role: ProcessRole::Work,
        queues: vec![],
        version: String::new(),
        host: "worker-1".to_owned(),
        system_id: 1,
    };
    let well = ProcessState::default();
    let ill = ProcessState {
        faults: [("documents".to_owned(), "403 Forbidden".to_owned())].into(),
        ..ProcessState::default()
    };
    for (id, state) in [("well", &well), ("ill", &ill)] {
        let process = process(id);
        store.report_process(&process, state, LONG).await.unwrap();
    }
    let seen = progress(store).await.faulty_processes;
    assert_eq!(seen.len(), 1);
    assert_eq!((&seen[0].process, &seen[0].state), (&process("ill"), &ill));
}
