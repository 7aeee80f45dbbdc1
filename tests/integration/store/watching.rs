//! The states of jobs and batches that callers wait for.

use matching::domain::{identifiers::JobId, progress::JobState, task::TaskState};

use super::builders::{batch, bulk, claim, complete, fail, single};
use crate::support::databases::TestStore;

on_every_store! {
    a_state_whose_version_is_held_is_left_out,
    every_process_gives_the_same_version,
    a_match_of_a_batch_is_watched_by_its_own_id,
    unknown_work_has_no_state,
    the_version_of_a_batch_changes_with_its_counts,
}

fn job(id: &str) -> JobId {
    id.parse().unwrap()
}

async fn state(store: &TestStore, id: &JobId, held: Option<&str>) -> Option<JobState> {
    let wanted = [(id.clone(), held.map(str::to_owned))];
    let mut states = store.job_states(&wanted).await.unwrap();
    assert!(states.len() <= 1);
    states.pop()
}

async fn a_state_whose_version_is_held_is_left_out(store: &TestStore) {
    let asked = single().submit(store).await;
    let id = job(asked.identity.as_str());
    let mut versions = Vec::new();
    let queued = state(store, &id, None).await.unwrap();
    assert_eq!(queued.view.state, TaskState::Queued);
    assert!(state(store, &id, Some(&queued.version)).await.is_none());
    versions.push(queued.version);
    let claimed = claim(store, &asked).await;
    let processing = state(store, &id, versions.last().map(String::as_str));
    let processing = processing.await.unwrap();
    assert_eq!(processing.view.state, TaskState::Processing);
    versions.push(processing.version);
    complete(store, &claimed).await;
    let completed = state(store, &id, versions.last().map(String::as_str));
    let completed = completed.await.unwrap();
    assert_eq!(completed.view.state, TaskState::Completed);
    assert!(state(store, &id, Some(&completed.version)).await.is_none());
    versions.push(completed.version);
    versions.dedup();
    assert_eq!(versions.len(), 3);
}

async fn every_process_gives_the_same_version(store: &TestStore) {
    let other = store.another_process().await;
    let asked = bulk(&[1, 2], 1).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let id = job(&format!("{}-1", asked.identity.as_str()));
    let [here, there] = [store, &other].map(|store| state(store, &id, None));
    assert_eq!(here.await.unwrap().version, there.await.unwrap().version);
    let ids = [batch(&asked)];
    let here = store.batch_states(&ids).await.unwrap();
    let there = other.batch_states(&ids).await.unwrap();
    assert_eq!(here[0].version, there[0].version);
}

async fn a_match_of_a_batch_is_watched_by_its_own_id(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 2).submit(store).await;
    complete(store, &claim(store, &asked).await).await;
    let ids = [1, 2, 3].map(|n| (job(&format!("{}-{n}", asked.identity.as_str())), None));
    let mut states = store.job_states(&ids).await.unwrap();
    states.sort_by(|a, b| a.view.job_id.cmp(&b.view.job_id));
    let seen = states
        .iter()
        .map(|one| (one.view.state, one.view.pair.job_posting_id.number()));
    let expected = [
        (TaskState::Completed, 5),
        (TaskState::Completed, 6),
        (TaskState::Queued, 7),
    ];
    assert_eq!(seen.collect::<Vec<_>>(), expected);
}

async fn unknown_work_has_no_state(store: &TestStore) {
    let asked = bulk(&[5], 1).submit(store).await;
    for id in [
        "nowhere",
        "nowhere-1",
        "-1",
        "x-0",
        &format!("{}-2", asked.identity.as_str()),
    ] {
        assert!(state(store, &job(id), None).await.is_none(), "{id}");
    }
    let unknown = ["nowhere".parse().unwrap()];
    assert!(store.batch_states(&unknown).await.unwrap().is_empty());
    assert!(store.job_states(&[]).await.unwrap().is_empty());
}

async fn the_version_of_a_batch_changes_with_its_counts(store: &TestStore) {
    let asked = bulk(&[5, 6], 1).submit(store).await;
    let ids = [batch(&asked)];
    let mut versions = Vec::new();
    for step in 0..3 {
        let mut states = store.batch_states(&ids).await.unwrap();
        let state = states.pop().unwrap();
        assert_eq!(state.view.counts.completed, step.min(1));
        versions.push(state.version);
        if step == 0 {
            complete(store, &claim(store, &asked).await).await;
        } else if step == 1 {
            let second = &asked.tasks[1].id;
            super::builders::claim_for(store, second, super::builders::LONG).await;
        }
    }
    versions.dedup();
    assert_eq!(versions.len(), 3);
}
