//! Dead letters: listed, grouped, shown, edited, retried, purged; and the record of these actions.

use std::time::Duration;

use matching::domain::{
    dead_letter::{AttemptOutcome, DeadLetterEdits, DeadLetterFilter, Edited},
    identifiers::{JobId, TaskId},
    operator_action::OperatorActionKind,
    paging::{NewestFirst, TimeCursor},
    queue_name::QueueName,
    submission::{Submission, WebhookEvents},
    task::{TaskError, TaskState},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::{
    LONG, action, batch, bulk, claim, claim_all, claim_for, claim_of, complete, error_code, fail,
    failure, id_of, job, letters, lose_worker, named, newest, purge_letters, result, retry_letters,
    run, save_report, single, state, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    dead_letters_are_listed_newest_first,
    a_dead_letter_shows_its_matches_and_error,
    a_retried_dead_letter_starts_afresh,
    retrying_without_ids_retries_all,
    retrying_reopens_the_batch,
    a_retried_dead_letter_is_announced_again,
    retrying_touches_nothing_but_dead_letters,
    a_purged_single_match_is_gone_and_may_be_asked_again,
    a_purged_match_of_a_batch_still_counts_as_failed,
    a_purge_and_a_retry_of_one_batch_keep_its_counts_right,
    purging_touches_nothing_but_dead_letters,
    a_filter_narrows_lists_groups_and_actions_alike,
    pages_continue_where_the_previous_page_ended,
    equal_failures_form_one_group,
    an_error_without_a_fingerprint_is_grouped_by_its_code,
    a_dead_letter_is_found_by_its_task_and_by_any_of_its_jobs,
    failed_attempts_are_recorded_and_successful_ones_are_not,
    a_lost_worker_is_recorded_as_an_attempt,
    matches_that_fail_alone_keep_their_history,
    at_most_fifty_attempts_are_remembered,
    a_changed_dead_letter_runs_with_other_profiles_under_its_id,
    a_change_of_several_matches_at_once_is_refused,
    the_receiver_of_a_batch_that_is_announced_as_a_whole_stays,
    steps_of_one_action_share_a_record,
    a_retried_dead_letter_names_the_action_when_it_fails_again,
    an_action_without_effect_is_not_recorded,
    a_dead_letter_that_fails_again_is_not_on_a_later_page,
    dead_tasks_are_distinguished_from_live_ones,
}

async fn dead_single(store: &TestStore, queue: QueueName) -> Submission {
    let asked = single().in_queue(queue).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    asked
}

/// Submits a batch of four tasks: the first completed, the others failed.
async fn batch_with_dead_letters(store: &TestStore) -> Submission {
    let asked = bulk(&[1, 2, 3, 4], 1)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let claimed = claim_all(store, &asked).await;
    complete(store, &claimed[0]).await;
    for one in &claimed[1..] {
        fail(store, one).await;
    }
    asked
}

fn task_ids(submission: &Submission) -> Vec<TaskId> {
    let tasks = submission.tasks.iter();
    tasks.map(|task| task.id.clone()).collect()
}

async fn listed(store: &TestStore, queue: Option<QueueName>, limit: u32) -> Vec<JobId> {
    let filter = DeadLetterFilter {
        queue,
        ..DeadLetterFilter::default()
    };
    let letters = store.dead_letters(&filter, &newest(limit)).await.unwrap();
    letters.into_iter().map(|letter| letter.job_id).collect()
}

async fn dead_letters_are_listed_newest_first(store: &TestStore) {
    let first = job(&dead_single(store, QueueName::Standard).await, 1);
    let second = job(&dead_single(store, QueueName::High).await, 1);
    let third = job(&dead_single(store, QueueName::Standard).await, 1);
    run(store, &single().submit(store).await).await;
    let all = [third.clone(), second.clone(), first.clone()];
    assert_eq!(listed(store, None, 10).await, all);
    assert_eq!(listed(store, None, 2).await, all[..2]);
    let standard = listed(store, Some(QueueName::Standard), 10).await;
    assert_eq!(standard, [third, first]);
    assert!(listed(store, Some(QueueName::Bulk), 10).await.is_empty());
}

async fn a_dead_letter_shows_its_matches_and_error(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 2)
        .of_job_posting(9)
        .in_queue(QueueName::Bulk)
        .submit(store)
        .await;
    let claimed = claim(store, &asked).await;
    let failures = [failure(&claimed.task.matches, "job_posting_not_found")];
    let recorded = store.record_outcome(&claimed, &[], &failures).await;
    recorded.unwrap();
    let found = store
        .dead_letters(&letters(None), &newest(10))
        .await
        .unwrap();
    let letter = &found[0];
    assert_eq!(letter.task_id, claimed.task.id);
    assert_eq!((&letter.job_id, letter.match_count), (&job(&asked, 1), 2));
    assert_eq!(letter.queue, QueueName::Bulk);
    assert_eq!(letter.subject_kind, ProfileKind::JobPosting);
    assert_eq!((letter.subject_id, letter.attempts), (id_of(9), 1));
    assert_eq!(letter.error, failures[0].error);
}

async fn a_retried_dead_letter_starts_afresh(store: &TestStore) {
    let asked = dead_single(store, QueueName::Standard).await;
    let other = dead_single(store, QueueName::Standard).await;
    assert_eq!(retry_letters(store, Some(&task_ids(&asked))).await, 1);
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!((view.state, view.attempts), (TaskState::Queued, 0));
    assert!(view.finished_at.is_none());
    let round = store.dispatch_due(QueueName::Standard, 10).await.unwrap();
    assert_eq!(round.tasks, task_ids(&asked));
    let claimed = claim(store, &asked).await;
    assert_eq!(claimed.attempt, 1);
    complete(store, &claimed).await;
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    assert_eq!(error_code(store, &job(&asked, 1)).await, None);
    assert_eq!(listed(store, None, 10).await, [job(&other, 1)]);
}

async fn retrying_without_ids_retries_all(store: &TestStore) {
    dead_single(store, QueueName::Standard).await;
    dead_single(store, QueueName::High).await;
    assert_eq!(retry_letters(store, Some(&[])).await, 0);
    assert_eq!(retry_letters(store, None).await, 2);
    assert_eq!(retry_letters(store, None).await, 0);
}

async fn retrying_reopens_the_batch(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    let id = batch(&asked);
    let report = matching::store::DocumentLocation::Inline("ranking".to_owned());
    save_report(store, &id, &report).await;
    assert_eq!(retry_letters(store, Some(&task_ids(&asked)[1..3])).await, 2);
    let view = store.batch(&id).await.unwrap().unwrap();
    assert!(view.finished_at.is_none());
    assert_eq!((view.queued, view.counts.failed), (2, 1));
    assert_eq!(store.batch_report(&id).await.unwrap(), None);
    assert!(store.batches_without_report(10).await.unwrap().is_empty());

    for task in &asked.tasks[1..3] {
        let claimed = super::builders::claim_for(store, &task.id, super::builders::LONG).await;
        complete(store, &claimed).await;
    }
    let view = store.batch(&id).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    assert_eq!((view.counts.completed, view.counts.failed), (3, 1));
    assert_eq!(store.batches_without_report(10).await.unwrap(), [id]);
}

async fn a_retried_dead_letter_is_announced_again(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    retry_letters(store, None).await;
    complete(store, &claim(store, &asked).await).await;
    let events = webhooks_of(store, asked.identity.as_str()).await;
    let mut types: Vec<&str> = events.iter().map(|one| one.event_type.as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["match.completed", "match.failed"]);
}

async fn retrying_touches_nothing_but_dead_letters(store: &TestStore) {
    let completed = single().submit(store).await;
    run(store, &completed).await;
    let running = single().submit(store).await;
    claim(store, &running).await;
    let ids = [task_ids(&completed), task_ids(&running)].concat();
    assert_eq!(retry_letters(store, Some(&ids)).await, 0);
    let completed = state(store, &job(&completed, 1)).await;
    assert_eq!(completed, TaskState::Completed);
    let running = state(store, &job(&running, 1)).await;
    assert_eq!(running, TaskState::Processing);
}

async fn a_purged_single_match_is_gone_and_may_be_asked_again(store: &TestStore) {
    let ask = || single().named("mine").with_key("key");
    let asked = ask().submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let kept = dead_single(store, QueueName::Standard).await;
    assert_eq!(purge_letters(store, Some(&task_ids(&asked))).await, 1);
    assert!(store.job(&job(&asked, 1)).await.unwrap().is_none());
    assert_eq!(listed(store, None, 10).await, [job(&kept, 1)]);
    // Otherwise the caller would get the id of a job that will never run.
    let again = ask().submit(store).await;
    run(store, &again).await;
}

async fn a_purged_match_of_a_batch_still_counts_as_failed(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    assert_eq!(purge_letters(store, None).await, 3);
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    let counts = view.counts;
    assert_eq!((counts.total, counts.completed, counts.failed), (4, 1, 3));
    assert!(store.job(&job(&asked, 2)).await.unwrap().is_none());
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    assert_eq!(purge_letters(store, None).await, 0);
}

async fn a_purge_and_a_retry_of_one_batch_keep_its_counts_right(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    let ids = task_ids(&asked);
    purge_letters(store, Some(&ids[1..2])).await;
    retry_letters(store, Some(&ids[2..3])).await;
    complete(
        store,
        &super::builders::claim_for(store, &ids[2], super::builders::LONG).await,
    )
    .await;
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    let counts = view.counts;
    assert_eq!((counts.total, counts.completed, counts.failed), (4, 2, 2));
    let due = store.claim_deliveries(&claim_of(10)).await.unwrap();
    let mut bodies: Vec<&str> = due.iter().map(|one| one.body.as_str()).collect();
    bodies.sort_unstable();
    let ends = bodies.iter().map(|body| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        (body["completed"].as_i64(), body["failed"].as_i64())
    });
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends, [(Some(1), Some(3)), (Some(2), Some(2))]);
}

async fn purging_touches_nothing_but_dead_letters(store: &TestStore) {
    let completed = single().submit(store).await;
    run(store, &completed).await;
    let queued = single().submit(store).await;
    let ids = [task_ids(&completed), task_ids(&queued)].concat();
    assert_eq!(purge_letters(store, Some(&ids)).await, 0);
    assert_eq!(purge_letters(store, None).await, 0);
    assert_eq!(state(store, &job(&queued, 1)).await, TaskState::Queued);
}

async fn dead_with(store: &TestStore, asked: &Submission, code: &str, detail: &str) {
    let claimed = claim(store, asked).await;
    let mut failures = [failure(&claimed.task.matches, code)];
    detail.clone_into(&mut failures[0].error.detail);
    let recorded = store.record_outcome(&claimed, &[], &failures).await;
    recorded.unwrap();
}

async fn found(store: &TestStore, filter: &DeadLetterFilter) -> Vec<JobId> {
    let letters = store.dead_letters(filter, &newest(100)).await.unwrap();
    letters.into_iter().map(|letter| letter.job_id).collect()
}

fn saying(what: impl FnOnce(&mut DeadLetterFilter)) -> DeadLetterFilter {
    let mut filter = DeadLetterFilter::default();
    what(&mut filter);
    filter
}

async fn a_filter_narrows_lists_groups_and_actions_alike(store: &TestStore) {
    let of_candidate = single()
        .of_candidate(7)
        .in_queue(QueueName::High)
        .submit(store)
        .await;
    dead_with(store, &of_candidate, "candidate_not_found", "gone").await;
    let of_posting = bulk(&[5, 7], 2).of_job_posting(9).submit(store).await;
    dead_with(store, &of_posting, "attempt_timed_out", "too slow").await;
    let (first, second) = (job(&of_candidate, 1), job(&of_posting, 1));
    let listed = store.dead_letters(&letters(None), &newest(10)).await;
    let listed = listed.unwrap();
    let (later, earlier) = (&listed[0], &listed[1]);
    let soon = later.failed_at + Duration::from_secs(1);
    let cases = [
        (saying(|_| {}), vec![&second, &first]),
        (
            saying(|one| one.queue = Some(QueueName::High)),
            vec![&first],
        ),
        (
            saying(|one| one.reason = Some("attempt_timed_out".to_owned())),
            vec![&second],
        ),
        (
            saying(|one| one.fingerprint = Some(earlier.fingerprint.clone())),
            vec![&first],
        ),
        // On either side, and not only in the first of several matches.
        (
            saying(|one| one.candidate_id = Some(id_of(7))),
            vec![&second, &first],
        ),
        (
            saying(|one| one.candidate_id = Some(id_of(5))),
            vec![&second],
        ),
        (
            saying(|one| one.job_posting_id = Some(id_of(9))),
            vec![&second],
        ),
        (
            saying(|one| {
                (one.job_posting_id, one.candidate_id) = (Some(id_of(10)), Some(id_of(7)));
            }),
            vec![&first],
        ),
        (saying(|one| one.from = Some(soon)), vec![]),
        (
            saying(|one| (one.from, one.to) = (Some(earlier.failed_at), Some(soon))),
            vec![&second, &first],
        ),
        (saying(|one| one.to = Some(earlier.failed_at)), vec![]),
    ];
    for (filter, expected) in cases {
        let expected: Vec<JobId> = expected.into_iter().cloned().collect();
        assert_eq!(found(store, &filter).await, expected, "{filter:?}");
        let groups = store.dead_letter_groups(&filter, 10).await.unwrap();
        let grouped: i64 = groups.iter().map(|group| group.tasks).sum();
        assert_eq!(
            grouped,
            i64::try_from(expected.len()).unwrap(),
            "{filter:?}"
        );
    }
    let high = saying(|one| one.queue = Some(QueueName::High));
    let retry = action(OperatorActionKind::Retry);
    let step = store.retry_dead_letters(&high, &newest(10), &retry).await;
    assert_eq!(step.unwrap().changed, 1);
    let of_candidate_five = saying(|one| one.candidate_id = Some(id_of(5)));
    let purge = action(OperatorActionKind::Purge);
    let step = store
        .purge_dead_letters(&of_candidate_five, &newest(10), &purge)
        .await;
    assert_eq!(step.unwrap().changed, 1);
    assert!(found(store, &letters(None)).await.is_empty());
}

async fn pages_continue_where_the_previous_page_ended(store: &TestStore) {
    for _ in 0..5 {
        dead_single(store, QueueName::Standard).await;
    }
    let all = found(store, &DeadLetterFilter::default()).await;
    let mut paged = Vec::new();
    let mut page = newest(2);
    loop {
        let letters = store.dead_letters(&letters(None), &page).await.unwrap();
        let Some(last) = letters.last() else { break };
        page.after = Some(TimeCursor {
            at: last.failed_at,
            id: last.task_id.to_string(),
        });
        paged.extend(letters.into_iter().map(|letter| letter.job_id));
    }
    assert_eq!(paged, all);
    assert_eq!(paged.len(), 5);
}

async fn equal_failures_form_one_group(store: &TestStore) {
    for id in [3, 41] {
        let asked = single().of_candidate(id).submit(store).await;
        let detail = format!("candidate {id} isn't stored");
        dead_with(store, &asked, "candidate_not_found", &detail).await;
    }
    let many = bulk(&[1, 2, 3], 3).submit(store).await;
    let detail = "3 job postings failed alike; the first: job posting 1 isn't stored";
    dead_with(store, &many, "job_posting_not_found", detail).await;
    let groups = store.dead_letter_groups(&letters(None), 10).await.unwrap();
    let counts: Vec<_> = groups
        .iter()
        .map(|group| {
            (
                group.example.error.code.as_str(),
                group.tasks,
                group.matches,
            )
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("candidate_not_found", 2, 2),
            ("job_posting_not_found", 1, 3)
        ]
    );
    let candidates = &groups[0];
    assert!(candidates.first_seen <= candidates.last_seen);
    assert_eq!(candidates.last_seen, candidates.example.failed_at);
    assert_eq!(candidates.fingerprint, candidates.example.fingerprint);
    let largest = store.dead_letter_groups(&letters(None), 1).await.unwrap();
    assert_eq!(largest.len(), 1);
    assert_eq!(largest[0].tasks, 2);
}

async fn an_error_without_a_fingerprint_is_grouped_by_its_code(store: &TestStore) {
    dead_single(store, QueueName::Standard).await;
    store
        .execute("UPDATE tasks SET error_fingerprint = NULL")
        .await;
    let groups = store.dead_letter_groups(&letters(None), 10).await.unwrap();
    assert_eq!(groups[0].fingerprint, "candidate_not_found");
    let filter = DeadLetterFilter {
        fingerprint: Some("candidate_not_found".to_owned()),
        ..DeadLetterFilter::default()
    };
    assert_eq!(found(store, &filter).await.len(), 1);
}

async fn a_dead_letter_is_found_by_its_task_and_by_any_of_its_jobs(store: &TestStore) {
    let one = dead_single(store, QueueName::Standard).await;
    let many = bulk(&[5, 6, 7], 3)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    fail(store, &claim(store, &many).await).await;
    let running = single().submit(store).await;
    claim(store, &running).await;
    for (id, task) in [
        (one.tasks[0].id.as_str(), &one.tasks[0]),
        (job(&one, 1).as_str(), &one.tasks[0]),
        (job(&many, 2).as_str(), &many.tasks[0]),
        (many.tasks[0].id.as_str(), &many.tasks[0]),
    ] {
        let history = store.dead_letter(&named(id)).await.unwrap().unwrap();
        assert_eq!(history.letter.task_id, task.id);
    }
    let history = store.dead_letter(&named(job(&many, 3))).await.unwrap();
    let history = history.unwrap();
    let matches: Vec<_> = history
        .matches
        .iter()
        .map(|one| (one.position, one.counterpart_id.number()))
        .collect();
    assert_eq!(matches, [(1, 5), (2, 6), (3, 7)]);
    assert_eq!(
        history.webhook_url.as_deref(),
        Some("https://platform.example/hook")
    );
    for unknown in [job(&running, 1).as_str(), "nothing", "nothing-1"] {
        assert!(
            store.dead_letter(&named(unknown)).await.unwrap().is_none(),
            "{unknown}"
        );
    }
}

async fn outcomes(store: &TestStore, id: &str) -> Vec<(i32, AttemptOutcome, String)> {
    let history = store.dead_letter(&named(id)).await.unwrap().unwrap();
    let attempts = history.attempts.into_iter().map(|attempt| {
        assert_eq!(attempt.worker.as_deref(), Some("worker"));
        assert!(attempt.began_at.unwrap() <= attempt.ended_at);
        (
            attempt.attempt,
            attempt.outcome,
            attempt.error.unwrap().code,
        )
    });
    attempts.collect()
}

async fn failed_attempts_are_recorded_and_successful_ones_are_not(store: &TestStore) {
    let asked = single().submit(store).await;
    let error = |code: &str| TaskError::new(code, "what happened");
    let now = Duration::ZERO;
    let claimed = claim(store, &asked).await;
    let away = error("database_error");
    store.release(&claimed, now, Some(&away)).await.unwrap();
    // A worker that stops releases its task without an error, which is not recorded.
    let claimed = claim(store, &asked).await;
    store.release(&claimed, now, None).await.unwrap();
    let claimed = claim(store, &asked).await;
    let slow = error("attempt_timed_out");
    store.schedule_retry(&claimed, now, &slow).await.unwrap();
    fail(store, &claim(store, &asked).await).await;
    // A fenced write has no effect.
    store.schedule_retry(&claimed, now, &slow).await.unwrap();
    let id = job(&asked, 1);
    assert_eq!(
        outcomes(store, id.as_str()).await,
        [
            (1, AttemptOutcome::Released, "database_error".to_owned()),
            (1, AttemptOutcome::Retry, "attempt_timed_out".to_owned()),
            (2, AttemptOutcome::Failed, "candidate_not_found".to_owned()),
        ]
    );
    // A retry keeps the history.
    retry_letters(store, None).await;
    fail(store, &claim(store, &asked).await).await;
    let again = outcomes(store, id.as_str()).await;
    assert_eq!(again.len(), 4);
    assert_eq!((again[3].0, again[3].1), (1, AttemptOutcome::Failed));
}

async fn a_lost_worker_is_recorded_as_an_attempt(store: &TestStore) {
    let asked = single().submit(store).await;
    lose_worker(store, &asked.tasks[0].id).await;
    lose_worker(store, &asked.tasks[0].id).await;
    let lost = |attempt| {
        let code = "worker_lost".to_owned();
        (attempt, AttemptOutcome::WorkerLost, code)
    };
    let id = job(&asked, 1);
    assert_eq!(outcomes(store, id.as_str()).await, [lost(1), lost(2)]);
}

async fn matches_that_fail_alone_keep_their_history(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    let claimed = claim(store, &asked).await;
    let slow = TaskError::new("attempt_timed_out", "too slow");
    let retried = store.schedule_retry(&claimed, Duration::ZERO, &slow).await;
    retried.unwrap();
    let claimed = claim(store, &asked).await;
    let matches = &claimed.task.matches;
    let failures = [failure(&matches[1..2], "job_posting_not_found")];
    let results = [result(matches[0], 0.5), result(matches[2], 0.5)];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    assert_eq!(
        outcomes(store, job(&asked, 2).as_str()).await,
        [
            (1, AttemptOutcome::Retry, "attempt_timed_out".to_owned()),
            (
                2,
                AttemptOutcome::Failed,
                "job_posting_not_found".to_owned()
            ),
        ]
    );
}

async fn at_most_fifty_attempts_are_remembered(store: &TestStore) {
    let asked = single().submit(store).await;
    let away = TaskError::new("database_error", "away");
    for _ in 0..60 {
        let claimed = claim(store, &asked).await;
        let released = store.release(&claimed, Duration::ZERO, Some(&away)).await;
        released.unwrap();
    }
    fail(store, &claim(store, &asked).await).await;
    let kept = outcomes(store, job(&asked, 1).as_str()).await;
    assert_eq!(kept.len(), 50);
    assert_eq!(kept[49].1, AttemptOutcome::Failed);
}

async fn a_changed_dead_letter_runs_with_other_profiles_under_its_id(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let edits = DeadLetterEdits {
        candidate_id: Some(id_of(77)),
        job_posting_id: Some(id_of(88)),
        queue: Some(QueueName::High),
        webhook_url: Some("https://other.example/".to_owned()),
    };
    let id = &asked.tasks[0].id;
    let edit = action(OperatorActionKind::Edit);
    let edited = store.edit_dead_letter(id, &edits, &edit).await.unwrap();
    assert_eq!(edited, Edited::Retried);
    let round = store.dispatch_due(QueueName::High, 10).await.unwrap();
    assert_eq!(round.tasks, std::slice::from_ref(id));
    let claimed = claim(store, &asked).await;
    let pair = claimed.task.pair(claimed.task.matches[0].counterpart_id);
    assert_eq!(
        (pair.candidate_id, pair.job_posting_id),
        (id_of(77), id_of(88))
    );
    assert_eq!(claimed.task.webhook_url, edits.webhook_url);
    complete(store, &claimed).await;
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    let gone = store.edit_dead_letter(id, &edits, &edit).await.unwrap();
    assert_eq!(gone, Edited::NotFound);

    // For a posting as the subject, the candidate is the counterpart.
    let asked = bulk(&[5], 1).of_job_posting(9).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let edits = DeadLetterEdits {
        candidate_id: Some(id_of(6)),
        ..DeadLetterEdits::default()
    };
    let edited = store
        .edit_dead_letter(&asked.tasks[0].id, &edits, &edit)
        .await;
    assert_eq!(edited.unwrap(), Edited::Retried);
    let claimed = claim(store, &asked).await;
    let pair = claimed.task.pair(claimed.task.matches[0].counterpart_id);
    assert_eq!(
        (pair.candidate_id, pair.job_posting_id),
        (id_of(6), id_of(9))
    );
}

async fn a_change_of_several_matches_at_once_is_refused(store: &TestStore) {
    let asked = bulk(&[5, 6], 2).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let edits = DeadLetterEdits {
        job_posting_id: Some(id_of(8)),
        ..DeadLetterEdits::default()
    };
    let edit = action(OperatorActionKind::Edit);
    let edited = store
        .edit_dead_letter(&asked.tasks[0].id, &edits, &edit)
        .await;
    assert_eq!(edited.unwrap(), Edited::SeveralMatches);
    assert_eq!(listed(store, None, 10).await, [job(&asked, 1)]);
    assert!(
        store
            .operator_actions(&newest(10))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn the_receiver_of_a_batch_that_is_announced_as_a_whole_stays(store: &TestStore) {
    let edits = DeadLetterEdits {
        webhook_url: Some("https://other.example/".to_owned()),
        ..DeadLetterEdits::default()
    };
    let edit = action(OperatorActionKind::Edit);
    for (events, expected) in [
        (WebhookEvents::Batch, Edited::ReceiverOfBatch),
        (WebhookEvents::Each, Edited::Retried),
    ] {
        let asked = bulk(&[5, 6], 1).announcing(events).submit(store).await;
        fail(store, &claim(store, &asked).await).await;
        let edited = store
            .edit_dead_letter(&asked.tasks[0].id, &edits, &edit)
            .await;
        assert_eq!(edited.unwrap(), expected);
    }
    // A single match is announced by itself, whatever its caller chose for batches.
    let asked = single()
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    fail(store, &claim(store, &asked).await).await;
    let edited = store
        .edit_dead_letter(&asked.tasks[0].id, &edits, &edit)
        .await;
    assert_eq!(edited.unwrap(), Edited::Retried);
}

async fn steps_of_one_action_share_a_record(store: &TestStore) {
    for _ in 0..5 {
        dead_single(store, QueueName::Standard).await;
    }
    let retry = action(OperatorActionKind::Retry);
    let mut page = newest(2);
    let mut steps = Vec::new();
    loop {
        let step = store
            .retry_dead_letters(&letters(None), &page, &retry)
            .await;
        let step = step.unwrap();
        steps.push(step.changed);
        page.after = step.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(steps, [2, 2, 1]);
    let actions = store.operator_actions(&newest(10)).await.unwrap();
    assert_eq!(actions.len(), 1);
    let recorded = &actions[0];
    assert_eq!((&recorded.id, recorded.tasks), (&retry.id, 5));
    assert_eq!(recorded.actor, "tester");
    assert_eq!(recorded.kind, OperatorActionKind::Retry);
    assert_eq!(recorded.target, retry.target);
}

async fn a_retried_dead_letter_names_the_action_when_it_fails_again(store: &TestStore) {
    let asked = dead_single(store, QueueName::Standard).await;
    let id = job(&asked, 1);
    let before = store.dead_letter(&named(&id)).await.unwrap().unwrap();
    assert!(before.last_action.is_none());
    retry_letters(store, None).await;
    fail(store, &claim(store, &asked).await).await;
    let after = store.dead_letter(&named(&id)).await.unwrap().unwrap();
    let last_action = after.last_action.unwrap();
    assert_eq!(last_action.kind, OperatorActionKind::Retry);
}

async fn an_action_without_effect_is_not_recorded(store: &TestStore) {
    assert_eq!(retry_letters(store, None).await, 0);
    assert_eq!(purge_letters(store, None).await, 0);
    assert!(
        store
            .operator_actions(&newest(10))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Otherwise a retry of all dead letters would never end if some keep failing.
async fn a_dead_letter_that_fails_again_is_not_on_a_later_page(store: &TestStore) {
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push(dead_single(store, QueueName::Standard).await);
    }
    let retry = action(OperatorActionKind::Retry);
    let step = store
        .retry_dead_letters(&letters(None), &newest(2), &retry)
        .await
        .unwrap();
    for one in &asked[1..] {
        fail(store, &claim_for(store, &one.tasks[0].id, LONG).await).await;
    }
    let rest = NewestFirst {
        limit: 2,
        after: step.next,
    };
    let step = store
        .retry_dead_letters(&letters(None), &rest, &retry)
        .await;
    assert_eq!(step.unwrap().changed, 1);
    let left = [job(&asked[2], 1), job(&asked[1], 1)];
    assert_eq!(listed(store, None, 10).await, left);
}

async fn dead_tasks_are_distinguished_from_live_ones(store: &TestStore) {
    let dead = dead_single(store, QueueName::Standard).await;
    let queued = single().submit(store).await;
    let unknown = "unknown".parse::<TaskId>().unwrap();
    let ids = [task_ids(&dead), task_ids(&queued), vec![unknown]].concat();
    assert_eq!(
        store.dead_letters_among(&ids).await.unwrap(),
        task_ids(&dead)
    );
}
