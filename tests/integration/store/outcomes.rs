//! Recording an outcome: results, failures, and both in one task.

use matching::{
    domain::{
        submission::WebhookEvents,
        task::{ClaimedTask, TaskMatch, TaskState},
    },
    store::Recorded,
};

use super::builders::{
    batch, bulk, claim, claim_of, complete, dead_letters, error_code, fail, failure, job, result,
    retry_letters, single, state,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_completed_match_has_its_result,
    a_failed_match_has_its_error_and_no_result,
    matches_that_fail_alone_become_separate_dead_letters,
    parts_of_a_task_and_its_webhooks_keep_its_trace,
    each_distinct_error_is_a_separate_dead_letter,
    a_task_row_with_scattered_batch_positions_answers_for_each,
    recording_reports_whether_a_task_waits,
}

fn at(claimed: &ClaimedTask, position: i32) -> TaskMatch {
    let mut matches = claimed.task.matches.iter();
    *matches.find(|one| one.position == position).unwrap()
}

async fn a_completed_match_has_its_result(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    let recorded = complete(store, &claimed).await;
    assert_eq!(
        recorded,
        Recorded::Written {
            has_dependents: false,
            ended_batch: None
        }
    );
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!(view.state, TaskState::Completed);
    assert!(view.finished_at.is_some() && view.error.is_none());
    let result = store.result(view.pair).await.unwrap().unwrap();
    assert_eq!(result.job_id, view.job_id);
}

async fn a_failed_match_has_its_error_and_no_result(store: &TestStore) {
    let asked = single().submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!(view.state, TaskState::Failed);
    assert_eq!(view.error.unwrap().code, "candidate_not_found");
    assert!(view.finished_at.is_some());
    assert!(store.result(view.pair).await.unwrap().is_none());
}

async fn matches_that_fail_alone_become_separate_dead_letters(store: &TestStore) {
    let asked = bulk(&[10, 20, 30, 40, 50], 5).submit(store).await;
    let claimed = claim(store, &asked).await;
    let results = [1, 3].map(|position| result(at(&claimed, position), 0.5));
    let failures = [
        failure(&[at(&claimed, 2), at(&claimed, 5)], "job_posting_not_found"),
        failure(&[at(&claimed, 4)], "job_posting_unreadable"),
    ];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    let ended_batch = Some(batch(&asked));
    assert_eq!(
        recorded.unwrap(),
        Recorded::Written {
            has_dependents: false,
            ended_batch
        }
    );
    for (position, posting, expected) in [
        (1, 10, None),
        (2, 20, Some("job_posting_not_found")),
        (3, 30, None),
        (4, 40, Some("job_posting_unreadable")),
        (5, 50, Some("job_posting_not_found")),
    ] {
        let view = store.job(&job(&asked, position)).await.unwrap().unwrap();
        assert_eq!(
            view.pair.job_posting_id.number(),
            posting,
            "match {position}"
        );
        assert_eq!(view.error.map(|error| error.code).as_deref(), expected);
        let wanted = expected.map_or(TaskState::Completed, |_| TaskState::Failed);
        assert_eq!(view.state, wanted, "match {position}");
        assert_eq!(view.attempts, 1);
        let result = store.result(view.pair).await.unwrap();
        assert_eq!(result.is_some(), expected.is_none(), "match {position}");
    }
    let mut letters: Vec<(String, i64)> = dead_letters(store)
        .await
        .into_iter()
        .map(|letter| (letter.job_id.to_string(), letter.match_count))
        .collect();
    letters.sort();
    let expected = [(2, 2), (4, 1)];
    let expected = expected.map(|(position, count)| (job(&asked, position).to_string(), count));
    assert_eq!(letters, expected);
    let counts = store.batch(&batch(&asked)).await.unwrap().unwrap().counts;
    assert_eq!((counts.total, counts.completed, counts.failed), (5, 2, 3));
}

async fn parts_of_a_task_and_its_webhooks_keep_its_trace(store: &TestStore) {
    for (asked, failing) in [(single(), 0), (single(), 1), (bulk(&[10, 20], 2), 1)] {
        let asked = asked.announcing(WebhookEvents::Each).submit(store).await;
        let trace = Some(asked.options.trace);
        let claimed = claim(store, &asked).await;
        assert_eq!(claimed.task.trace, trace);
        let (failed, completed) = claimed.task.matches.split_at(failing);
        let results: Vec<_> = completed.iter().map(|one| result(*one, 0.7)).collect();
        let failures: Vec<_> = failed
            .iter()
            .map(|one| failure(&[*one], "candidate_not_found"))
            .collect();
        store
            .record_outcome(&claimed, &results, &failures)
            .await
            .unwrap();
        for position in claimed.task.matches.iter().map(|one| one.position) {
            let view = store.job(&job(&asked, position)).await.unwrap().unwrap();
            assert_eq!(view.trace, trace);
        }
        let due = store.claim_deliveries(&claim_of(10)).await.unwrap();
        assert_eq!(due.len(), claimed.task.matches.len());
        assert!(due.iter().all(|delivery| delivery.trace == trace));
    }
}

async fn each_distinct_error_is_a_separate_dead_letter(store: &TestStore) {
    let asked = bulk(&[10, 20, 30], 3).submit(store).await;
    let claimed = claim(store, &asked).await;
    let failures = [
        failure(&[at(&claimed, 3)], "job_posting_not_found"),
        failure(
            &[at(&claimed, 1), at(&claimed, 2)],
            "job_posting_unreadable",
        ),
    ];
    let recorded = store.record_outcome(&claimed, &[], &failures).await;
    assert!(matches!(recorded.unwrap(), Recorded::Written { .. }));
    let codes = [
        error_code(store, &job(&asked, 1)).await,
        error_code(store, &job(&asked, 2)).await,
        error_code(store, &job(&asked, 3)).await,
    ];
    assert_eq!(
        codes.each_ref().map(Option::as_deref),
        [
            Some("job_posting_unreadable"),
            Some("job_posting_unreadable"),
            Some("job_posting_not_found")
        ]
    );
    assert_eq!(dead_letters(store).await.len(), 2);
}

async fn a_task_row_with_scattered_batch_positions_answers_for_each(store: &TestStore) {
    let asked = bulk(&[10, 20, 30, 40], 4).submit(store).await;
    let claimed = claim(store, &asked).await;
    let results = [1, 4].map(|position| result(at(&claimed, position), 0.5));
    let failures = [failure(&[at(&claimed, 2), at(&claimed, 3)], "unreadable")];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    let letters = dead_letters(store).await;
    retry_letters(store, Some(&[letters[0].task_id.clone()])).await;
    let again = store.claim(&letters[0].task_id, "worker", super::builders::LONG);
    let again = again.await.unwrap().unwrap();
    let matches: Vec<(i32, i64)> = again
        .task
        .matches
        .iter()
        .map(|one| (one.position, one.counterpart_id.number()))
        .collect();
    assert_eq!(matches, [(2, 20), (3, 30)]);
    for position in [1, 4] {
        assert_eq!(
            state(store, &job(&asked, position)).await,
            TaskState::Completed
        );
    }
    complete(store, &again).await;
    for position in 1..=4 {
        assert_eq!(
            state(store, &job(&asked, position)).await,
            TaskState::Completed
        );
    }
}

async fn recording_reports_whether_a_task_waits(store: &TestStore) {
    let parent = single().submit(store).await;
    let many = bulk(&[1, 2], 2).submit(store).await;
    let alone = bulk(&[1, 2], 2).submit(store).await;
    single().after(parent.identity.as_str()).submit(store).await;
    let of_batch = job(&many, 2);
    single().after(of_batch.as_str()).submit(store).await;
    for (asked, expected) in [(&parent, true), (&many, true), (&alone, false)] {
        let recorded = complete(store, &claim(store, asked).await).await;
        let Recorded::Written { has_dependents, .. } = recorded else {
            panic!("fenced");
        };
        assert_eq!(has_dependents, expected);
    }
}
