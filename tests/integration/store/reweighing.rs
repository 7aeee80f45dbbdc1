//! Scores of criteria, and reweighing: the databases compute bit for bit what the engine computes.

use std::{collections::HashMap, time::Duration};

use matching::{
    domain::{ranking::ResultScope, task::Pair},
    service::reweigh_results::new_weights,
    store::{CriterionScores, DocumentLocation, NewResult},
};
use matching_engine::scoring::{Category, Criterion, Total, Weights, weight_shares};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::builders::{batch, bulk, claim_all, complete, id_of, result, run, save_report, single};
use crate::support::databases::TestStore;

on_every_store! {
    scores_of_criteria_come_back_to_the_last_bit,
    a_database_weighs_as_the_engine_does,
    steps_take_each_result_of_their_scope_once,
    a_newer_computation_takes_the_later_weights_back,
    results_without_scores_of_criteria_are_passed_over,
    reports_of_batches_in_the_scope_are_dropped,
}

const ALL: ResultScope = ResultScope {
    candidate_id: None,
    job_posting_id: None,
};

fn of_candidate(candidate: i64) -> ResultScope {
    ResultScope {
        candidate_id: Some(id_of(candidate)),
        ..ALL
    }
}

fn of_job_posting(job_posting: i64) -> ResultScope {
    ResultScope {
        job_posting_id: Some(id_of(job_posting)),
        ..ALL
    }
}

fn pair(candidate: i64, job_posting: i64) -> Pair {
    Pair {
        candidate_id: id_of(candidate),
        job_posting_id: id_of(job_posting),
    }
}

/// Runs all steps; returns the pairs in the order of the steps.
async fn reweigh(store: &TestStore, scope: ResultScope, weights: &Weights, step: u32) -> Vec<Pair> {
    let mut all: Vec<Pair> = Vec::new();
    loop {
        let after = all.last().copied();
        let weights = new_weights(weights);
        let pairs = store.reweigh_results(scope, &weights, after, step).await;
        let pairs = pairs.unwrap();
        assert!(pairs.len() <= step as usize);
        if pairs.is_empty() {
            return all;
        }
        all.extend(pairs);
    }
}

/// Records results with these scores of criteria and caps, for candidate 1 and postings from 1.
async fn record(store: &TestStore, measured: &[(CriterionScores, Option<f64>)]) {
    let postings: Vec<i64> = (1..).take(measured.len()).collect();
    let asked = bulk(&postings, 500).submit(store).await;
    for claimed in claim_all(store, &asked).await {
        let results: Vec<NewResult> = claimed
            .task
            .matches
            .iter()
            .map(|one| {
                let at = usize::try_from(one.counterpart_id.number() - 1).unwrap();
                let (criterion_scores, score_cap) = measured[at];
                NewResult {
                    criterion_scores,
                    score_cap,
                    ..result(*one, 0.5)
                }
            })
            .collect();
        store.record_outcome(&claimed, &results, &[]).await.unwrap();
    }
}

async fn scores_of_criteria_come_back_to_the_last_bit(store: &TestStore) {
    // All numbers of four digits.
    let numbers: Vec<Option<f64>> = (0..=10_000).map(|n| Some(f64::from(n) / 1e4)).collect();
    let measured: Vec<(CriterionScores, Option<f64>)> = numbers
        .chunks(10)
        .map(|chunk| {
            let mut scores = [None; Criterion::ALL.len()];
            scores[..chunk.len()].copy_from_slice(chunk);
            (scores, chunk[0].filter(|cap| *cap < 0.5))
        })
        .collect();
    record(store, &measured).await;
    for (posting, (scores, cap)) in (1..).zip(&measured) {
        let stored = store.result(pair(1, posting)).await.unwrap().unwrap();
        assert_eq!(stored.criterion_scores.unwrap(), scores);
        assert_eq!(stored.score_cap, *cap);
        assert_eq!(stored.weights, None);
    }
}

fn any_scores(random: &mut StdRng) -> CriterionScores {
    let silent = random.random_range(0.0..1.0);
    std::array::from_fn(|_| {
        let number = match random.random_range(0..8) {
            0 => 0,
            1 => 10_000,
            _ => random.random_range(0..=10_000),
        };
        (!random.random_bool(silent)).then_some(f64::from(number) / 1e4)
    })
}

fn any_weights(random: &mut StdRng) -> Weights {
    let off = random.random_range(0.0..0.9);
    let mut weight = || {
        if random.random_bool(off) {
            return 0.0;
        }
        match random.random_range(0..4) {
            0 => f64::from(random.random_range(1..=100)) / 100.0,
            1 => f64::from(random.random_range(1..=9)),
            2 => random.random_range(0.0..1e-6),
            _ => random.random_range(0.0..1.0),
        }
    };
    Weights {
        text: 0.05,
        ..Weights::of_each(|_| weight())
    }
}

async fn a_database_weighs_as_the_engine_does(store: &TestStore) {
    let mut random = StdRng::seed_from_u64(7);
    let mut measured: Vec<(CriterionScores, Option<f64>)> = (0..1_500)
        .map(|_| {
            let cap = random.random_bool(0.2);
            let cap = cap.then(|| f64::from(random.random_range(0..=10_000)) / 1e4);
            (any_scores(&mut random), cap)
        })
        .collect();
    // No score at all, and all scores at the ends of their range.
    measured[0] = ([None; Criterion::ALL.len()], None);
    measured[1] = ([Some(1.0); Criterion::ALL.len()], None);
    measured[2] = ([Some(0.0); Criterion::ALL.len()], Some(0.0));
    measured[3] = ([Some(1.0); Criterion::ALL.len()], Some(0.49));
    record(store, &measured).await;
    let only_text = Weights {
        text: 3.0,
        ..Weights::NONE
    };
    let huge = Weights {
        skills: f64::MAX,
        title: f64::MAX,
        salary: f64::MIN_POSITIVE,
        ..Weights::NONE
    };
    let mut cases = vec![Weights::default(), only_text, huge];
    cases.extend((0..12).map(|_| any_weights(&mut random)));
    for weights in cases {
        let taken = reweigh(store, ALL, &weights, 700).await;
        assert_eq!(taken.len(), measured.len());
        let shares = weight_shares(&weights);
        let stored = store.best_results(ALL, 5_000).await.unwrap();
        let stored: HashMap<i64, (f64, String)> = stored
            .into_iter()
            .map(|one| (one.pair.job_posting_id.number(), (one.score, one.category)))
            .collect();
        for (posting, (scores, cap)) in (1..).zip(&measured) {
            let total = Total::of(scores, &shares, *cap).score;
            let (kept, category) = &stored[&posting];
            assert_eq!(
                kept.to_bits(),
                total.to_bits(),
                "{kept} is not {total}: {scores:?} up to {cap:?} by {weights:?}"
            );
            assert_eq!(category, Category::of(total).as_str(), "{total}");
        }
    }
}

async fn steps_take_each_result_of_their_scope_once(store: &TestStore) {
    run(store, &bulk(&[1, 2, 3, 4, 5], 5).submit(store).await).await;
    run(
        store,
        &bulk(&[1, 2, 3], 3).of_job_posting(4).submit(store).await,
    )
    .await;
    let weights = Weights::default();
    let pairs = |pairs: &[(i64, i64)]| -> Vec<Pair> {
        pairs
            .iter()
            .map(|(one, other)| pair(*one, *other))
            .collect()
    };
    let every = pairs(&[(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 4), (3, 4)]);
    for step in [1, 2, 3, 7, 100] {
        assert_eq!(reweigh(store, ALL, &weights, step).await, every);
    }
    let of_posting = pairs(&[(1, 4), (2, 4), (3, 4)]);
    assert_eq!(
        reweigh(store, of_job_posting(4), &weights, 2).await,
        of_posting
    );
    assert_eq!(
        reweigh(store, of_candidate(2), &weights, 2).await,
        pairs(&[(2, 4)])
    );
    let of_pair = ResultScope {
        candidate_id: Some(id_of(1)),
        job_posting_id: Some(id_of(5)),
    };
    assert_eq!(reweigh(store, of_pair, &weights, 2).await, pairs(&[(1, 5)]));
    assert!(
        reweigh(store, of_candidate(9), &weights, 2)
            .await
            .is_empty()
    );

    // Results outside the scope are unchanged, including their weights.
    let other = Weights {
        text: 1.0,
        ..Weights::NONE
    };
    reweigh(store, of_candidate(3), &other, 10).await;
    let weights_of = |pair| async move {
        let stored = store.result(pair).await.unwrap().unwrap();
        let weights = serde_json::from_str::<Weights>(&stored.weights.unwrap());
        weights.unwrap()
    };
    assert_eq!(weights_of(pair(3, 4)).await, other);
    assert_eq!(weights_of(pair(2, 4)).await, weights);
    let best = store.best_results(of_job_posting(4), 2).await.unwrap();
    assert_eq!(best.len(), 2);
    assert_eq!(store.best_results(of_pair, 5).await.unwrap().len(), 1);
}

async fn a_newer_computation_takes_the_later_weights_back(store: &TestStore) {
    run(store, &single().submit(store).await).await;
    reweigh(store, ALL, &Weights::default(), 10).await;
    let later = store.result(pair(1, 10)).await.unwrap().unwrap();
    assert!(later.weights.is_some());
    assert_eq!(
        later.document,
        DocumentLocation::Inline("{\"score\":0.7}".to_owned())
    );
    run(store, &single().submit(store).await).await;
    let newer = store.result(pair(1, 10)).await.unwrap().unwrap();
    assert_eq!(newer.weights, None);
}

async fn results_without_scores_of_criteria_are_passed_over(store: &TestStore) {
    run(store, &bulk(&[1, 2, 3], 3).submit(store).await).await;
    store
        .execute("UPDATE results SET criterion_scores = NULL WHERE job_posting_id = 2")
        .await;
    let taken = reweigh(store, ALL, &Weights::default(), 1).await;
    assert_eq!(taken, [pair(1, 1), pair(1, 3)]);
    let kept = store.result(pair(1, 2)).await.unwrap().unwrap();
    assert_eq!((kept.weights, kept.criterion_scores), (None, None));
}

async fn reports_of_batches_in_the_scope_are_dropped(store: &TestStore) {
    let of_one = bulk(&[1, 2], 2).submit(store).await;
    let of_two = bulk(&[2, 3], 1).of_candidate(2).submit(store).await;
    let of_posting = bulk(&[1, 5], 2).of_job_posting(3).submit(store).await;
    let running = bulk(&[1, 2], 1).submit(store).await;
    for submission in [&of_one, &of_two, &of_posting] {
        run(store, submission).await;
    }
    complete(store, &claim_all(store, &running).await[0]).await;
    let save = || async {
        for (submission, name) in [(&of_one, "one"), (&of_two, "two"), (&of_posting, "posting")] {
            let key = DocumentLocation::Key(name.to_owned());
            save_report(store, &batch(submission), &key).await;
        }
    };
    for (scope, expected) in [
        (of_candidate(1), vec!["one", "posting"]),
        (of_candidate(2), vec!["two"]),
        (of_candidate(5), vec!["posting"]),
        (of_job_posting(2), vec!["one", "two"]),
        (of_job_posting(3), vec!["posting", "two"]),
        (of_job_posting(9), vec![]),
        (ALL, vec!["one", "posting", "two"]),
    ] {
        save().await;
        store.drop_batch_reports(scope).await.unwrap();
        let mut dropped = store.orphaned_documents(Duration::ZERO, 10).await.unwrap();
        dropped.sort();
        assert_eq!(dropped, expected, "{scope:?}");
        store.forget_orphaned_documents(&dropped).await.unwrap();
        let missing = store.batches_without_report(10).await.unwrap();
        assert_eq!(missing.len(), expected.len());
    }
}
