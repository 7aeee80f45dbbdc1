//! Results: the newest of each pair, rankings, and their pages.

use matching::{
    domain::{
        identifiers::BatchId,
        paging::{Page, PageCursor},
        ranking::RankedResult,
        task::{ClaimedTask, Pair},
    },
    store::{DocumentLocation, NewResult},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::{batch, bulk, claim, complete, failure, id_of, job, result, single};
use crate::support::databases::TestStore;

on_every_store! {
    a_document_comes_back_byte_for_byte,
    the_newest_result_of_a_pair_is_kept,
    a_pair_asked_twice_in_one_task_has_one_result,
    scores_come_back_to_the_last_digit,
    a_profile_ranks_its_results_best_first,
    equal_scores_are_paged_without_loss,
    a_batch_ranks_its_completed_matches,
    a_batch_ranks_the_newest_result_of_its_pairs,
}

fn pair(candidate: i64, job_posting: i64) -> Pair {
    Pair {
        candidate_id: id_of(candidate),
        job_posting_id: id_of(job_posting),
    }
}

/// Records these scores, one for each match in order.
async fn record(store: &TestStore, claimed: &ClaimedTask, scores: &[f64]) {
    let matches = claimed.task.matches.iter().zip(scores);
    let results: Vec<NewResult> = matches.map(|(one, score)| result(*one, *score)).collect();
    let recorded = store.record_outcome(claimed, &results, &[]).await;
    recorded.unwrap();
}

fn page(limit: u32, last: Option<&RankedResult>) -> Page {
    Page {
        min_score: 0.0,
        limit,
        after: last.map(|last| PageCursor {
            score: last.score,
            candidate_id: last.pair.candidate_id,
            job_posting_id: last.pair.job_posting_id,
        }),
    }
}

async fn a_document_comes_back_byte_for_byte(store: &TestStore) {
    let text = "{\"recommendation\":\"d\u{e9}j\u{e0} vu \\\"ok\\\" \\\\ \\u0000 \u{1f980}\",\n \"score\":0.70}";
    for (posting, place) in [
        (10, DocumentLocation::Inline(text.to_owned())),
        (10, DocumentLocation::Key("results/1/10/x.json".to_owned())),
        (10, DocumentLocation::Inline("{}".to_owned())),
    ] {
        let claimed = claim(store, &single().submit(store).await).await;
        let new = NewResult {
            document: place.clone(),
            ..result(claimed.task.matches[0], 0.7)
        };
        let recorded = store.record_outcome(&claimed, &[new], &[]).await;
        recorded.unwrap();
        let stored = store.result(pair(1, posting)).await.unwrap().unwrap();
        assert_eq!(stored.document, place);
        assert_eq!(stored.category, "good");
    }
    assert!(store.result(pair(2, 10)).await.unwrap().is_none());
}

async fn the_newest_result_of_a_pair_is_kept(store: &TestStore) {
    let first = single().submit(store).await;
    let second = single().submit(store).await;
    record(store, &claim(store, &first).await, &[0.2]).await;
    let before = store.result(pair(1, 10)).await.unwrap().unwrap();
    assert_eq!(before.job_id, job(&first, 1));
    record(store, &claim(store, &second).await, &[0.9]).await;
    let after = store.result(pair(1, 10)).await.unwrap().unwrap();
    assert_eq!((after.job_id, after.score), (job(&second, 1), 0.9));
    assert!(after.computed_at >= before.computed_at);
    let all = store
        .ranked_results(ProfileKind::Candidate, id_of(1), &page(10, None))
        .await;
    assert_eq!(all.unwrap().len(), 1);
}

async fn ranked_batch(store: &TestStore, id: &BatchId) -> Vec<RankedResult> {
    let mut ranked = Vec::new();
    let mut take = |result| ranked.push(result);
    store.rank_batch(id, &mut take).await.unwrap();
    ranked
}

async fn a_pair_asked_twice_in_one_task_has_one_result(store: &TestStore) {
    let asked = bulk(&[10, 20, 10], 3).submit(store).await;
    record(store, &claim(store, &asked).await, &[0.1, 0.2, 0.3]).await;
    let stored = store.result(pair(1, 10)).await.unwrap().unwrap();
    assert_eq!((stored.job_id, stored.score), (job(&asked, 3), 0.3));
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!(view.counts.completed, 3);
    assert_eq!(ranked_batch(store, &batch(&asked)).await.len(), 2);
}

async fn scores_come_back_to_the_last_digit(store: &TestStore) {
    let postings: Vec<i64> = (1..=500).collect();
    // 500 different scores of four digits, including 0 and 1.
    let scores: Vec<f64> = (0..500)
        .map(|n| f64::from((n * 20 + n / 25) % 10_001) / 10_000.0)
        .collect();
    let asked = bulk(&postings, 500).submit(store).await;
    record(store, &claim(store, &asked).await, &scores).await;
    let top = single().of_candidate(2).submit(store).await;
    record(store, &claim(store, &top).await, &[1.0]).await;
    for (posting, score) in postings.iter().zip(&scores) {
        let stored = store.result(pair(1, *posting)).await.unwrap().unwrap();
        assert_eq!(stored.score.to_bits(), score.to_bits(), "{score}");
    }
    let stored = store.result(pair(2, 10)).await.unwrap().unwrap();
    assert_eq!(stored.score.to_bits(), 1.0_f64.to_bits());
}

async fn a_profile_ranks_its_results_best_first(store: &TestStore) {
    let of_candidate = bulk(&[10, 20, 30], 3).submit(store).await;
    record(store, &claim(store, &of_candidate).await, &[0.1, 0.9, 0.5]).await;
    let of_posting = bulk(&[2, 3], 2).of_job_posting(20).submit(store).await;
    record(store, &claim(store, &of_posting).await, &[1.0, 0.95]).await;

    let ranked = |kind, profile| async move {
        let results = store
            .ranked_results(kind, id_of(profile), &page(10, None))
            .await;
        results
            .unwrap()
            .into_iter()
            .map(|one| {
                let Pair {
                    candidate_id,
                    job_posting_id,
                } = one.pair;
                (candidate_id.number(), job_posting_id.number(), one.score)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ranked(ProfileKind::Candidate, 1).await,
        [(1, 20, 0.9), (1, 30, 0.5), (1, 10, 0.1)]
    );
    assert_eq!(
        ranked(ProfileKind::JobPosting, 20).await,
        [(2, 20, 1.0), (3, 20, 0.95), (1, 20, 0.9)]
    );
    assert!(ranked(ProfileKind::Candidate, 99).await.is_empty());
}

async fn equal_scores_are_paged_without_loss(store: &TestStore) {
    let scores = [0.5, 0.7, 0.5, 0.5, 1.0, 0.0, 0.5, 0.7];
    let postings = [8, 7, 6, 5, 4, 3, 2, 1];
    let of_candidate = bulk(&postings, 8).submit(store).await;
    record(store, &claim(store, &of_candidate).await, &scores).await;
    let of_posting = bulk(&postings, 8).of_job_posting(1).submit(store).await;
    record(store, &claim(store, &of_posting).await, &scores).await;

    let in_order = [4, 1, 7, 2, 5, 6, 8, 3];
    for limit in [1, 2, 3, 8, 100] {
        for ranking in ["candidate", "job posting"] {
            let mut all: Vec<RankedResult> = Vec::new();
            loop {
                let page = page(limit, all.last());
                let next = match ranking {
                    "candidate" => {
                        let page = store.ranked_results(ProfileKind::Candidate, id_of(1), &page);
                        page.await
                    }
                    _ => {
                        store
                            .ranked_results(ProfileKind::JobPosting, id_of(1), &page)
                            .await
                    }
                };
                let next = next.unwrap();
                if next.is_empty() {
                    break;
                }
                assert!(next.len() <= limit as usize);
                all.extend(next);
                assert!(all.len() <= scores.len(), "a page repeats rows: {ranking}");
            }
            let ids: Vec<i64> = all
                .iter()
                .map(|one| match ranking {
                    "candidate" => one.pair.job_posting_id.number(),
                    _ => one.pair.candidate_id.number(),
                })
                .collect();
            // The pair of candidate 1 and posting 1 is in both; its newest result is the same.
            assert_eq!(ids, in_order, "{ranking}, pages of {limit}");
        }
    }
    let of_batch = ranked_batch(store, &batch(&of_posting)).await;
    let ids = of_batch.iter().map(|one| one.pair.candidate_id.number());
    let ids: Vec<i64> = ids.collect();
    assert_eq!(ids, in_order);
}

async fn a_batch_ranks_its_completed_matches(store: &TestStore) {
    // An earlier result of a pair whose match fails now does not belong to the batch.
    complete(store, &claim(store, &single().submit(store).await).await).await;
    let asked = bulk(&[10, 20, 30, 40], 3).submit(store).await;
    let claimed = claim(store, &asked).await;
    let matches = &claimed.task.matches;
    let results = [result(matches[1], 0.4), result(matches[2], 0.8)];
    let failures = [failure(&matches[..1], "job_posting_unreadable")];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    let ranked: Vec<(i64, String)> = ranked_batch(store, &batch(&asked))
        .await
        .into_iter()
        .map(|one| (one.pair.job_posting_id.number(), one.job_id.to_string()))
        .collect();
    let expected = [(30, 3), (20, 2)];
    let expected = expected.map(|(posting, position)| (posting, job(&asked, position).to_string()));
    assert_eq!(ranked, expected);
}

async fn a_batch_ranks_the_newest_result_of_its_pairs(store: &TestStore) {
    let asked = bulk(&[10, 20], 2).submit(store).await;
    record(store, &claim(store, &asked).await, &[0.4, 0.6]).await;
    let newer = single().submit(store).await;
    record(store, &claim(store, &newer).await, &[0.9]).await;
    let ranked = ranked_batch(store, &batch(&asked)).await;
    assert_eq!(ranked[0].job_id, job(&newer, 1));
    assert_eq!((ranked[0].score, ranked[1].score), (0.9, 0.6));
}
