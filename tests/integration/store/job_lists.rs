//! Lists of jobs: filters, order and pages.

use chrono::TimeDelta;
use matching::domain::{
    identifiers::JobId,
    job_filter::{JobFilter, JobPage},
    queue_name::QueueName,
    task::TaskState,
};

use super::builders::{batch, bulk, claim, complete, fail, id_of, single};
use crate::support::databases::TestStore;

on_every_store! {
    jobs_are_listed_newest_first_and_those_of_a_task_by_position,
    pages_meet_without_gaps_or_repetitions,
    each_condition_selects_its_jobs,
    a_match_of_a_batch_is_found_by_both_profiles,
    all_conditions_must_hold,
    a_page_that_examined_its_limit_has_a_next_one,
}

/// Lists all jobs of a filter, in pages of this size.
async fn list(store: &TestStore, filter: &JobFilter, limit: u32) -> Vec<String> {
    let mut page = JobPage { limit, after: None };
    let mut jobs = Vec::new();
    loop {
        let listing = store.jobs(filter, &page).await.unwrap();
        assert!(listing.rows.len() <= limit as usize);
        jobs.extend(listing.rows.into_iter().map(|job| job.job_id.to_string()));
        page.after = listing.next;
        if page.after.is_none() {
            return jobs;
        }
    }
}

async fn jobs_are_listed_newest_first_and_those_of_a_task_by_position(store: &TestStore) {
    let first = single().submit(store).await;
    let many = bulk(&[5, 6, 7], 3).submit(store).await;
    let last = single().submit(store).await;
    let all = list(store, &JobFilter::default(), 100).await;
    let of_batch = |n: i32| JobId::of_batch(&batch(&many), n).to_string();
    // Rows of the same millisecond are sorted by the ids of their tasks, which grow as well.
    let expected = [
        last.identity.as_str().to_owned(),
        of_batch(1),
        of_batch(2),
        of_batch(3),
        first.identity.as_str().to_owned(),
    ];
    assert_eq!(all, expected);
}

async fn pages_meet_without_gaps_or_repetitions(store: &TestStore) {
    for _ in 0..3 {
        single().submit(store).await;
        bulk(&[5, 6, 7, 8, 9], 2).submit(store).await;
    }
    let all = list(store, &JobFilter::default(), 1_000).await;
    assert_eq!(all.len(), 18);
    for limit in [1, 2, 3, 5, 18] {
        assert_eq!(list(store, &JobFilter::default(), limit).await, all);
    }
}

async fn each_condition_selects_its_jobs(store: &TestStore) {
    let failed = single()
        .of_candidate(2)
        .in_queue(QueueName::High)
        .submit(store)
        .await;
    fail(store, &claim(store, &failed).await).await;
    let many = bulk(&[5, 6], 2).submit(store).await;
    complete(store, &claim(store, &many).await).await;
    let named =
        |asked: &matching::domain::submission::Submission| asked.identity.as_str().to_owned();
    let of_batch: Vec<String> = (1..=2)
        .map(|n| JobId::of_batch(&batch(&many), n).to_string())
        .collect();
    let none: Vec<String> = vec![];
    let page = JobPage {
        limit: 10,
        after: None,
    };
    let all = store.jobs(&JobFilter::default(), &page).await.unwrap().rows;
    let now = all[0].created_at;
    let code = all.last().unwrap().error.clone().unwrap().code;
    let failed = vec![named(&failed)];
    let filter = |set: &dyn Fn(&mut JobFilter)| {
        let mut filter = JobFilter::default();
        set(&mut filter);
        filter
    };
    let cases = [
        (filter(&|f| f.queue = Some(QueueName::High)), failed.clone()),
        (
            filter(&|f| f.state = Some(TaskState::Failed)),
            failed.clone(),
        ),
        (
            filter(&|f| f.state = Some(TaskState::Completed)),
            of_batch.clone(),
        ),
        (
            filter(&|f| f.state = Some(TaskState::Waiting)),
            none.clone(),
        ),
        (filter(&|f| f.candidate_id = Some(id_of(2))), failed.clone()),
        (
            filter(&|f| f.job_posting_id = Some(id_of(10))),
            failed.clone(),
        ),
        (
            filter(&|f| f.batch_id = Some(batch(&many))),
            of_batch.clone(),
        ),
        (
            filter(&|f| f.error_code = Some(code.clone())),
            failed.clone(),
        ),
        (
            filter(&|f| f.error_code = Some("other".to_owned())),
            none.clone(),
        ),
        (
            filter(&|f| f.user_id = Some("nobody".to_owned())),
            none.clone(),
        ),
        (
            filter(&|f| f.from = Some(now + TimeDelta::hours(1))),
            none.clone(),
        ),
        (filter(&|f| f.to = Some(now - TimeDelta::hours(1))), none),
    ];
    for (filter, expected) in cases {
        assert_eq!(list(store, &filter, 1).await, expected, "{filter:?}");
    }
}

async fn a_match_of_a_batch_is_found_by_both_profiles(store: &TestStore) {
    let by_candidate = bulk(&[5, 6, 7], 2).of_candidate(3).submit(store).await;
    let by_posting = bulk(&[3, 4], 2).of_job_posting(6).submit(store).await;
    let candidate = JobFilter {
        candidate_id: Some(id_of(3)),
        ..JobFilter::default()
    };
    assert_eq!(list(store, &candidate, 100).await.len(), 4);
    let posting = JobFilter {
        job_posting_id: Some(id_of(6)),
        ..JobFilter::default()
    };
    assert_eq!(list(store, &posting, 1).await.len(), 3);
    let pair = JobFilter {
        candidate_id: Some(id_of(3)),
        ..posting
    };
    let expected = [
        JobId::of_batch(&batch(&by_posting), 1).to_string(),
        JobId::of_batch(&batch(&by_candidate), 2).to_string(),
    ];
    assert_eq!(list(store, &pair, 100).await, expected);
}

async fn all_conditions_must_hold(store: &TestStore) {
    let failed = single().of_candidate(2).submit(store).await;
    fail(store, &claim(store, &failed).await).await;
    single().of_candidate(2).submit(store).await;
    let filter = JobFilter {
        candidate_id: Some(id_of(2)),
        state: Some(TaskState::Failed),
        queue: Some(QueueName::Standard),
        ..JobFilter::default()
    };
    assert_eq!(list(store, &filter, 10).await, [failed.identity.as_str()]);
    let other = JobFilter {
        queue: Some(QueueName::Bulk),
        ..filter
    };
    assert!(list(store, &other, 10).await.is_empty());
}

async fn a_page_that_examined_its_limit_has_a_next_one(store: &TestStore) {
    let oldest = single().in_queue(QueueName::High).submit(store).await;
    let examined = usize::try_from(matching::store::EXAMINED_TASKS).unwrap();
    let many: Vec<i64> = (1..=i64::try_from(examined).unwrap() + 5).collect();
    bulk(&many, 1).submit(store).await;
    let filter = JobFilter {
        queue: Some(QueueName::High),
        ..JobFilter::default()
    };
    let page = JobPage {
        limit: 10,
        after: None,
    };
    // The model examines everything at once.
    let mut found = Vec::new();
    let mut pages = 0;
    let mut page = page;
    while let Ok(listing) = store.jobs(&filter, &page).await {
        found.extend(listing.rows);
        pages += 1;
        page.after = listing.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].job_id.as_str(), oldest.identity.as_str());
    assert_eq!(pages, if store.is_model() { 1 } else { 2 });
}
