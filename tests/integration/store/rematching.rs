//! Stale results: those whose profiles were changed after they were read, and the pairs to compute
//! again.

use matching::{
    domain::{
        identifiers::ProfileId,
        paging::Page,
        task::{ClaimedTask, Pair},
    },
    store::{ChangeMark, ChangedDocument, PairVersions, ProfileReader},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::{batch, bulk, claim, id_of, result, single};
use crate::support::databases::TestStore;

on_every_store! {
    a_result_is_stale_from_the_change_of_a_profile_until_it_is_computed_again,
    an_equal_document_that_is_stored_again_makes_no_result_stale,
    a_deleted_profile_makes_no_result_stale_but_another_one_in_its_place_does,
    rankings_show_which_results_are_stale,
    counterparts_are_those_of_the_stored_results_best_first,
    changed_documents_are_listed_in_order_with_their_stale_pairs,
}

const CANDIDATE: ProfileKind = ProfileKind::Candidate;
const POSTING: ProfileKind = ProfileKind::JobPosting;

async fn put(store: &TestStore, kind: ProfileKind, id: i64, document: &str) {
    let profiles = [(id_of(id), document.to_owned())];
    store.put_profiles(kind, &profiles).await.unwrap();
}

async fn version(store: &TestStore, kind: ProfileKind, id: ProfileId) -> i64 {
    let wanted = [(id, None)];
    let read = store.profiles(ProfileReader::Attempt, kind, &wanted);
    read.await
        .unwrap()
        .first()
        .map_or(0, |one| one.document_version)
}

/// Records results that were computed from the stored profiles.
async fn record(store: &TestStore, claimed: &ClaimedTask) {
    let mut results = Vec::new();
    let kind = claimed.task.subject_kind;
    let subject = version(store, kind, claimed.task.subject_id).await;
    for (one, score) in claimed.task.matches.iter().zip([0.5, 0.9, 0.7]) {
        let counterpart = version(store, kind.counterpart(), one.counterpart_id).await;
        let mut new = result(*one, score);
        new.versions = PairVersions::of(kind, subject, counterpart);
        results.push(new);
    }
    store.record_outcome(claimed, &results, &[]).await.unwrap();
}

async fn match_one(store: &TestStore) {
    record(store, &claim(store, &single().submit(store).await).await).await;
}

async fn is_stale(store: &TestStore) -> bool {
    let pair = Pair {
        candidate_id: id_of(1),
        job_posting_id: id_of(10),
    };
    store.result(pair).await.unwrap().unwrap().is_stale
}

async fn a_result_is_stale_from_the_change_of_a_profile_until_it_is_computed_again(
    store: &TestStore,
) {
    put(store, CANDIDATE, 1, "{}").await;
    put(store, POSTING, 10, "{}").await;
    match_one(store).await;
    assert!(!is_stale(store).await);
    for (kind, id) in [(CANDIDATE, 1), (POSTING, 10)] {
        put(store, kind, id, "{\"title\":\"x\"}").await;
        assert!(is_stale(store).await);
        match_one(store).await;
        assert!(!is_stale(store).await);
    }
}

async fn an_equal_document_that_is_stored_again_makes_no_result_stale(store: &TestStore) {
    put(store, CANDIDATE, 1, "{}").await;
    put(store, POSTING, 10, "{}").await;
    match_one(store).await;
    put(store, CANDIDATE, 1, "{}").await;
    put(store, POSTING, 10, "{}").await;
    assert!(!is_stale(store).await);
    put(store, CANDIDATE, 1, "{ }").await;
    put(store, CANDIDATE, 1, "{}").await;
    assert!(is_stale(store).await);
}

async fn a_deleted_profile_makes_no_result_stale_but_another_one_in_its_place_does(
    store: &TestStore,
) {
    put(store, CANDIDATE, 1, "{}").await;
    put(store, POSTING, 10, "{}").await;
    match_one(store).await;
    store.delete_profile(CANDIDATE, id_of(1)).await.unwrap();
    assert!(!is_stale(store).await);
    put(store, CANDIDATE, 1, "{}").await;
    assert!(is_stale(store).await);
}

async fn rankings_show_which_results_are_stale(store: &TestStore) {
    put(store, CANDIDATE, 1, "{}").await;
    for posting in [5, 6, 7] {
        put(store, POSTING, posting, "{}").await;
    }
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    record(store, &claim(store, &asked).await).await;
    put(store, POSTING, 7, "{\"title\":\"x\"}").await;
    let page = Page {
        min_score: 0.0,
        limit: 10,
        after: None,
    };
    let ranked = store
        .ranked_results(CANDIDATE, id_of(1), &page)
        .await
        .unwrap();
    let mut of_batch = Vec::new();
    let mut take = |one| of_batch.push(one);
    store.rank_batch(&batch(&asked), &mut take).await.unwrap();
    for listed in [ranked, of_batch] {
        let shown = listed
            .iter()
            .map(|one| (one.pair.job_posting_id.number(), one.is_stale));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [(6, false), (7, true), (5, false)]
        );
    }
}

async fn counterparts_are_those_of_the_stored_results_best_first(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    record(store, &claim(store, &asked).await).await;
    let found = store.matched_counterparts(CANDIDATE, id_of(1), 2).await;
    assert_eq!(found.unwrap(), [id_of(6), id_of(7)]);
    let found = store.matched_counterparts(POSTING, id_of(5), 10).await;
    assert_eq!(found.unwrap(), [id_of(1)]);
    let found = store.matched_counterparts(POSTING, id_of(1), 10).await;
    assert!(found.unwrap().is_empty());
}

async fn changed_documents_are_listed_in_order_with_their_stale_pairs(store: &TestStore) {
    put(store, CANDIDATE, 1, "{}").await;
    for posting in [5, 6, 7] {
        put(store, POSTING, posting, "{}").await;
    }
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    record(store, &claim(store, &asked).await).await;
    let start = ChangeMark::default();
    let first = changed(store, POSTING, start, 10, 10, 3).await;
    assert!(first.iter().all(|one| one.stale.is_empty()));
    let mark = first.last().unwrap().mark;
    put(store, POSTING, 6, "{\"title\":\"x\"}").await;
    put(store, CANDIDATE, 1, "{\"title\":\"x\"}").await;
    let later = changed(store, POSTING, mark, 10, 10, 1).await;
    let shown = later.iter().map(|one| (one.id, one.stale.clone()));
    assert_eq!(shown.collect::<Vec<_>>(), [(id_of(6), vec![id_of(1)])]);
    let candidates = changed(store, CANDIDATE, start, 10, 2, 1).await;
    assert_eq!(candidates[0].stale.len(), 2);
    let all = changed(store, POSTING, start, 2, 10, 2).await;
    assert_eq!(
        all.iter().map(|one| one.id.number()).collect::<Vec<_>>(),
        [5, 7]
    );
}

/// Lists changed documents, at least `count` of them. PostgreSQL lists a change once no older
/// transaction of the server is open, also none of another test.
async fn changed(
    store: &TestStore,
    kind: ProfileKind,
    after: ChangeMark,
    limit: u32,
    stale_limit: u32,
    count: usize,
) -> Vec<ChangedDocument> {
    loop {
        let changed = store.changed_documents(kind, after, limit, stale_limit);
        let changed = changed.await.unwrap();
        if changed.len() >= count {
            return changed;
        }
        tokio::task::yield_now().await;
    }
}
