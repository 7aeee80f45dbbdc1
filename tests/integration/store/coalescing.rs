//! Coalescing: concurrent calls may share a statement, and each gets its own answer.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use matching::{
    domain::{
        identifiers::ProfileId,
        submission::{Submission, WebhookEvents},
        task::TaskState,
    },
    store::{ProfileReader, ReadProfile, Recorded, Revision},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::{
    builders::{LONG, claim, complete, id_of, job, result, single, state, webhooks_of},
    lock_order::UNTIL_SOMEBODY_WAITS,
};
use crate::support::databases::TestStore;

on_every_store! {
    each_task_is_claimed_once_among_concurrent_claims,
    a_repeated_claim_finds_its_task_among_others,
    matches_recorded_together_each_have_their_own_outcome,
    concurrent_results_of_one_pair_leave_one_result,
    among_coalesced_outcomes_only_lease_holders_record,
    concurrent_attempts_each_read_only_the_profiles_they_lack,
}

on_postgres! {
    locked_rows_do_not_delay_other_callers,
    kept_connections_are_returned_to_the_pool,
}

/// Enough calls that several wait while the first run is under way.
const MANY: i64 = 40;

async fn submit_many(store: &TestStore) -> Vec<Submission> {
    let many = (1..=MANY).map(|id| single().of_candidate(id).submit(store));
    join_all(many).await
}

async fn each_task_is_claimed_once_among_concurrent_claims(store: &TestStore) {
    let asked = submit_many(store).await;
    let workers = ["one", "two", "three"];
    let claims = asked.iter().flat_map(|asked| {
        workers.map(|worker| async move {
            let worker = format!("{worker} for {}", asked.tasks[0].id);
            let claimed = store.claim(&asked.tasks[0].id, &worker, LONG).await;
            claimed.unwrap()
        })
    });
    let claimed: Vec<_> = join_all(claims).await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), asked.len());
    let taken: BTreeSet<_> = claimed.iter().map(|one| &one.task.id).collect();
    assert_eq!(taken.len(), asked.len());
    assert!(claimed.iter().all(|one| one.attempt == 1));
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn a_repeated_claim_finds_its_task_among_others(store: &TestStore) {
    let asked = submit_many(store).await;
    let claim_all = || {
        let claims = asked.iter().map(|asked| async move {
            let id = &asked.tasks[0].id;
            let claimed = store.claim(id, &format!("for {id}"), LONG).await.unwrap();
            claimed.expect("it is this worker's").lease_token
        });
        join_all(claims)
    };
    let first = claim_all().await;
    assert_eq!(claim_all().await, first);
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn matches_recorded_together_each_have_their_own_outcome(store: &TestStore) {
    let asked: Vec<Submission> = join_all((1..=MANY).map(|id| {
        let asking = single().of_candidate(id);
        let asking = if id % 2 == 0 {
            asking.announcing(WebhookEvents::Each)
        } else {
            asking
        };
        asking.submit(store)
    }))
    .await;
    let parent = job(&asked[4], 1);
    single().after(parent.as_str()).submit(store).await;
    let points = |candidate: i64| f64::from(u16::try_from(candidate).unwrap()) / 100.0;
    let ending = asked.iter().map(|asked| async move {
        let claimed = claim(store, asked).await;
        let results = [result(
            claimed.task.matches[0],
            points(asked.subject_id.number()),
        )];
        store.record_outcome(&claimed, &results, &[]).await.unwrap()
    });
    let recorded = join_all(ending).await;
    for (asked, recorded) in asked.iter().zip(recorded) {
        let id = job(asked, 1);
        let expected = Recorded::Written {
            has_dependents: id == parent,
            ended_batch: None,
        };
        assert_eq!(recorded, expected, "candidate {}", asked.subject_id);
        let view = store.job(&id).await.unwrap().unwrap();
        assert_eq!(view.state, TaskState::Completed);
        assert!(view.finished_at.is_some());
        let stored = store.result(view.pair).await.unwrap().unwrap();
        let expected = (points(asked.subject_id.number()), id.clone());
        assert_eq!((stored.score, stored.job_id), expected);
        let announced = webhooks_of(store, id.as_str()).await.len();
        let asked_for = usize::from(asked.options.webhook_url.is_some());
        assert_eq!(announced, asked_for, "candidate {}", asked.subject_id);
    }
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn concurrent_results_of_one_pair_leave_one_result(store: &TestStore) {
    let asked = join_all((0..MANY).map(|_| single().submit(store))).await;
    let ending = asked
        .iter()
        .map(|asked| async move { complete(store, &claim(store, asked).await).await });
    let written = Recorded::Written {
        has_dependents: false,
        ended_batch: None,
    };
    assert!(join_all(ending).await.iter().all(|one| *one == written));
    for asked in &asked {
        assert_eq!(state(store, &job(asked, 1)).await, TaskState::Completed);
    }
    let pair = store.job(&job(&asked[0], 1)).await.unwrap().unwrap().pair;
    let kept = store.result(pair).await.unwrap().unwrap();
    assert!(asked.iter().any(|asked| job(asked, 1) == kept.job_id));
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn among_coalesced_outcomes_only_lease_holders_record(store: &TestStore) {
    let asked = submit_many(store).await;
    let ending = asked.iter().map(|asked| async move {
        let mut claimed = claim(store, asked).await;
        // Every third task has lost its lease to a later claim.
        let is_held = asked.subject_id.number() % 3 > 0;
        claimed.lease_token -= i64::from(!is_held);
        let recorded = complete(store, &claimed).await;
        assert_eq!(recorded != Recorded::Fenced, is_held);
        let view = store.job(&job(asked, 1)).await.unwrap().unwrap();
        assert_eq!(view.state == TaskState::Completed, is_held);
        let result = store.result(view.pair).await.unwrap();
        assert_eq!(result.is_some(), is_held, "candidate {}", asked.subject_id);
    });
    join_all(ending).await;
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn concurrent_attempts_each_read_only_the_profiles_they_lack(store: &TestStore) {
    let documents = (1..=5).map(|number| (id_of(number), format!("{{\"id\":{number}}}")));
    let documents: Vec<(ProfileId, String)> = documents.collect();
    let kind = ProfileKind::Candidate;
    store.put_profiles(kind, &documents).await.unwrap();
    let read = async |wanted: Vec<(ProfileId, Option<Revision>)>| {
        let read = store.profiles(ProfileReader::Attempt, kind, &wanted).await;
        let read = read.unwrap().into_iter();
        let read: BTreeMap<i64, ReadProfile> = read.map(|one| (one.id.number(), one)).collect();
        read
    };
    let first = read((1..=5).map(|number| (id_of(number), None)).collect()).await;
    let revision = |number: i64| Some(first[&number].revision.clone());
    // Each caller reads profiles 1 to 5 and one that doesn't exist; some callers have the revisions
    // of some.
    let callers = (0..MANY).map(|caller| {
        let wanted: Vec<(ProfileId, Option<Revision>)> = (1..=6)
            .map(|number| {
                let held = match (number + caller) % 3 {
                    0 if number < 6 => revision(number),
                    1 => Some("another".into()),
                    _ => None,
                };
                (id_of(number), held)
            })
            .collect();
        async {
            let read = read(wanted.clone()).await;
            (wanted, read)
        }
    });
    for (wanted, read) in join_all(callers).await {
        assert_eq!(read.len(), 5);
        let wanted = wanted.into_iter().map(|(id, held)| (id.number(), held));
        for (id, held) in wanted.filter(|(id, _)| *id < 6) {
            let one = &read[&id];
            assert_eq!(Some(&one.revision), revision(id).as_ref());
            match &one.document {
                Some(document) => {
                    assert_eq!(*document, documents[usize::try_from(id).unwrap() - 1].1);
                }
                None => assert_eq!(held, revision(id), "{id} was not held"),
            }
        }
    }
    assert_eq!(store.calls_tried_alone(), 0);
}

/// Two rows: as many as concurrent runs of shared calls, so that waiting for them would block all.
async fn locked_rows_do_not_delay_other_callers(store: &TestStore) {
    let held = [
        single().of_candidate(1).named("held 1").submit(store).await,
        single().of_candidate(2).named("held 2").submit(store).await,
    ];
    let others = submit_many(store).await;
    let lock = || store.uncommitted("SELECT 1 FROM tasks WHERE job_id LIKE 'held %' FOR UPDATE");
    let all_others = async |locked: sqlx::PgTransaction<'static>, end: bool| {
        store.execute(UNTIL_SOMEBODY_WAITS).await;
        let ending = others.iter().map(|asked| async move {
            let claimed = claim(store, asked).await;
            if end {
                complete(store, &claimed).await;
            }
        });
        join_all(ending).await;
        locked.rollback().await.unwrap();
    };
    let locked = lock().await;
    let claiming = join_all(held.iter().map(|held| claim(store, held)));
    let (claimed, ()) = tokio::join!(claiming, all_others(locked, false));
    let locked = lock().await;
    let recording = join_all(claimed.iter().map(|claimed| complete(store, claimed)));
    let (recorded, ()) = tokio::join!(recording, all_others(locked, true));
    let written = |one: &Recorded| matches!(one, Recorded::Written { .. });
    assert!(recorded.iter().all(written));
    assert_eq!(store.calls_tried_alone(), 0);
}

async fn kept_connections_are_returned_to_the_pool(store: &TestStore) {
    let asked = single().submit(store).await;
    let id = job(&asked, 1);
    for _ in 0..2 {
        let looks = (0..MANY).map(|_| store.job(&id));
        let views = join_all(looks).await;
        assert!(views.iter().all(|view| matches!(view, Ok(Some(_)))));
        for mut connection in store.all_connections().await {
            let plans = sqlx::query_scalar::<_, String>("SHOW plan_cache_mode");
            assert_eq!(plans.fetch_one(&mut *connection).await.unwrap(), "auto");
        }
    }
    assert_eq!(store.calls_tried_alone(), 0);
}
