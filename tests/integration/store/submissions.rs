//! Submissions: derived ids, repeated calls, and names that are taken.

use futures::future::join_all;
use matching::{
    domain::{
        identifiers::{BatchId, JobId},
        queue_name::QueueName,
        submission::SubmissionIdentity,
        task::{Pair, TaskState},
    },
    store::SubmissionOutcome,
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::{Asking, batch, bulk, claim, complete, id_of, job, single, state};
use crate::support::databases::TestStore;

on_every_store! {
    a_single_match_is_queued_under_its_id,
    concurrent_submissions_are_all_stored,
    a_bulk_call_derives_an_id_for_each_match,
    a_bulk_call_may_share_the_job_posting,
    an_unknown_job_or_batch_is_none,
    a_repeated_id_returns_the_first_call,
    an_id_of_another_call_is_a_conflict,
    a_repeated_idempotency_key_returns_the_first_call,
    an_idempotency_key_of_another_call_is_a_conflict,
    a_call_repeated_at_the_same_time_is_accepted_once,
    a_name_in_use_by_an_unnamed_submission_is_a_conflict,
    a_job_may_not_read_as_a_match_of_a_batch,
    a_batch_may_not_make_a_job_ambiguous,
    a_job_and_a_batch_of_ambiguous_ids_are_not_both_accepted,
    an_earlier_submission_is_found_by_its_identity,
    a_refused_call_leaves_nothing_behind,
    the_largest_task_is_accepted_and_completed,
}

fn is_conflict(accepted: &SubmissionOutcome) -> bool {
    matches!(accepted, SubmissionOutcome::Conflict { .. })
}

async fn a_single_match_is_queued_under_its_id(store: &TestStore) {
    let asked = single()
        .named("mine")
        .in_queue(QueueName::High)
        .for_user("user 7")
        .submit(store)
        .await;
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!(view.job_id.as_str(), "mine");
    assert_eq!(view.state, TaskState::Queued);
    assert_eq!(view.queue, QueueName::High);
    let pair = Pair {
        candidate_id: id_of(1),
        job_posting_id: id_of(10),
    };
    assert_eq!(view.pair, pair);
    assert_eq!(view.user_id.as_deref(), Some("user 7"));
    assert_eq!((view.attempts, view.batch_id, view.error), (0, None, None));
    assert!(view.next_attempt_at.is_some());
    assert!(view.started_at.is_none() && view.finished_at.is_none());
}

async fn concurrent_submissions_are_all_stored(store: &TestStore) {
    let in_bulk = bulk(&[10, 20], 2).submit(store).await;
    let call = |candidate: i64| {
        let user = format!("user {candidate}");
        single()
            .of_candidate(candidate)
            .for_user(&user)
            .submit(store)
    };
    let asked = join_all((100..200).map(call)).await;
    let mut ids: Vec<JobId> = asked.iter().map(|asked| job(asked, 1)).collect();
    ids.push(job(&in_bulk, 2));
    ids.push("unknown".parse::<JobId>().unwrap());
    // Each id twice: concurrent calls for the same id are both answered.
    let found = join_all(ids.iter().chain(&ids).map(|id| store.job(id))).await;
    let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    let (once, again) = found.split_at(ids.len());
    for (candidate, view) in (100..200).zip(once).chain((100..200).zip(again)) {
        let view = view.as_ref().unwrap();
        assert_eq!(view.pair.candidate_id.number(), candidate);
        assert_eq!(view.user_id, Some(format!("user {candidate}")));
    }
    let of_bulk = found[100].as_ref().unwrap();
    assert_eq!(
        (&of_bulk.job_id, of_bulk.pair.job_posting_id.number()),
        (&ids[100], 20)
    );
    assert!(found[101].is_none());
}

async fn a_bulk_call_derives_an_id_for_each_match(store: &TestStore) {
    let asked = bulk(&[50, 40, 30, 20, 10], 2)
        .in_queue(QueueName::Bulk)
        .submit(store)
        .await;
    for (position, posting) in (1..).zip([50, 40, 30, 20, 10]) {
        let view = store.job(&job(&asked, position)).await.unwrap().unwrap();
        assert_eq!(
            view.pair.job_posting_id.number(),
            posting,
            "match {position}"
        );
        assert_eq!(view.batch_id, Some(batch(&asked)));
    }
    assert!(store.job(&job(&asked, 6)).await.unwrap().is_none());
    assert!(store.job(&job(&asked, 0)).await.unwrap().is_none());

    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!((view.counts.total, view.queued), (5, 5));
    assert_eq!(view.queue, QueueName::Bulk);
    assert_eq!(
        (view.subject_kind, view.subject_id),
        (ProfileKind::Candidate, id_of(1))
    );
    assert!(view.finished_at.is_none());
}

async fn a_bulk_call_may_share_the_job_posting(store: &TestStore) {
    let asked = bulk(&[3, 4], 500).of_job_posting(77).submit(store).await;
    let view = store.job(&job(&asked, 2)).await.unwrap().unwrap();
    let pair = Pair {
        candidate_id: id_of(4),
        job_posting_id: id_of(77),
    };
    assert_eq!(view.pair, pair);
}

async fn an_unknown_job_or_batch_is_none(store: &TestStore) {
    for id in ["unknown", "unknown-1"] {
        let job_id = id.parse::<JobId>().unwrap();
        assert!(store.job(&job_id).await.unwrap().is_none());
    }
    let unknown = "unknown".parse::<BatchId>().unwrap();
    assert!(store.batch(&unknown).await.unwrap().is_none());
}

async fn a_repeated_id_returns_the_first_call(store: &TestStore) {
    for asking in [single as fn() -> Asking, || bulk(&[1, 2], 1)] {
        let kind = asking().submit(store).await.identity;
        let name = match kind {
            SubmissionIdentity::Single(_) => "my-job",
            SubmissionIdentity::Batch(_) => "my-batch",
        };
        let identity = asking().named(name).submit(store).await.identity;
        let again = asking().named(name).offer(store).await;
        assert_eq!(again, SubmissionOutcome::Repeated { identity });
    }
}

async fn an_id_of_another_call_is_a_conflict(store: &TestStore) {
    single().named("mine").submit(store).await;
    let other = single().named("mine").with_fingerprint("another call");
    assert!(is_conflict(&other.offer(store).await));
}

async fn a_repeated_idempotency_key_returns_the_first_call(store: &TestStore) {
    let first = single().with_key("key").submit(store).await;
    let again = single().with_key("key").offer(store).await;
    let identity = first.identity;
    assert_eq!(again, SubmissionOutcome::Repeated { identity });
}

async fn an_idempotency_key_of_another_call_is_a_conflict(store: &TestStore) {
    single().with_key("key").submit(store).await;
    let other = single().with_key("key").with_fingerprint("another call");
    assert!(is_conflict(&other.offer(store).await));
    // An id and a key are in different namespaces.
    single().named("key").submit(store).await;
}

async fn a_call_repeated_at_the_same_time_is_accepted_once(store: &TestStore) {
    let other = store.another_process().await;
    for round in 0..5 {
        let key = format!("key {round}");
        let name = format!("name-{round}");
        let ask = || single().named(&name).with_key(&key);
        let (one, two, three) =
            tokio::join!(ask().offer(store), ask().offer(&other), ask().offer(store));
        let all = [one, two, three];
        let new = all
            .iter()
            .filter(|one| **one == SubmissionOutcome::New)
            .count();
        let identity = SubmissionIdentity::Single(name.parse().unwrap());
        let repeated = SubmissionOutcome::Repeated { identity };
        let repeats = all.iter().filter(|one| **one == repeated).count();
        assert_eq!((new, repeats), (1, 2), "{all:?}");
    }
}

async fn a_name_in_use_by_an_unnamed_submission_is_a_conflict(store: &TestStore) {
    let job = single().submit(store).await;
    let batch = bulk(&[1], 1).submit(store).await;
    for taken in [job.identity.as_str(), batch.identity.as_str()] {
        assert!(is_conflict(&single().named(taken).offer(store).await));
        assert!(is_conflict(&bulk(&[1], 1).named(taken).offer(store).await));
    }
}

async fn a_job_may_not_read_as_a_match_of_a_batch(store: &TestStore) {
    bulk(&[1, 2], 1).named("monday").submit(store).await;
    assert!(is_conflict(&single().named("monday-1").offer(store).await));
    assert!(is_conflict(&single().named("monday-99").offer(store).await));
    single().named("monday-x").submit(store).await;
    single().named("monday-01").submit(store).await;
    single().named("mondays-1").submit(store).await;
}

async fn a_batch_may_not_make_a_job_ambiguous(store: &TestStore) {
    single().named("tuesday-3").submit(store).await;
    assert!(is_conflict(
        &bulk(&[1], 1).named("tuesday").offer(store).await
    ));
    bulk(&[1], 1).named("tues").submit(store).await;
    // This job reads as a match of `friday-x`, not of `friday`.
    single().named("friday-x-3").submit(store).await;
    bulk(&[1], 1).named("friday").submit(store).await;
}

async fn a_job_and_a_batch_of_ambiguous_ids_are_not_both_accepted(store: &TestStore) {
    let other = store.another_process().await;
    for round in 0..20 {
        let batch = format!("batch{round}");
        let (of_job, of_batch) = tokio::join!(
            single().named(&format!("{batch}-1")).offer(store),
            bulk(&[1, 2], 1).named(&batch).offer(&other)
        );
        let both = [of_job, of_batch];
        let refused = both.iter().filter(|accepted| is_conflict(accepted)).count();
        assert_eq!(refused, 1, "{both:?}");
    }
}

async fn an_earlier_submission_is_found_by_its_identity(store: &TestStore) {
    let call = || single().named("mine").with_key("key");
    assert_eq!(call().earlier_submission(store).await, None);
    assert_eq!(single().earlier_submission(store).await, None);
    let identity = call().submit(store).await.identity;
    let repeated = Some(SubmissionOutcome::Repeated { identity });
    assert_eq!(call().earlier_submission(store).await, repeated);
    let by_key = single().with_key("key").earlier_submission(store).await;
    assert_eq!(by_key, repeated);
    let other = call().with_fingerprint("another call");
    assert!(is_conflict(&other.earlier_submission(store).await.unwrap()));
}

async fn a_refused_call_leaves_nothing_behind(store: &TestStore) {
    single().with_key("taken").submit(store).await;
    let refused = single()
        .named("fresh")
        .with_key("taken")
        .with_fingerprint("another call");
    assert!(is_conflict(&refused.offer(store).await));
    assert!(
        store
            .job(&"fresh".parse::<JobId>().unwrap())
            .await
            .unwrap()
            .is_none()
    );
    single().named("fresh").submit(store).await;
}

async fn the_largest_task_is_accepted_and_completed(store: &TestStore) {
    let postings: Vec<i64> = (1..=1200).collect();
    let asked = bulk(&postings, 500).submit(store).await;
    assert_eq!(asked.tasks.len(), 3);
    let claimed = claim(store, &asked).await;
    assert_eq!(claimed.task.matches.len(), 500);
    complete(store, &claimed).await;
    assert_eq!(state(store, &job(&asked, 500)).await, TaskState::Completed);
    assert_eq!(state(store, &job(&asked, 501)).await, TaskState::Queued);
    let last = store.job(&job(&asked, 1200)).await.unwrap().unwrap();
    assert_eq!(last.pair.job_posting_id, id_of(1200));
}
