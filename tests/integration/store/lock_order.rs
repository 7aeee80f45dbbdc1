//! Transactions lock rows in one order, so that they can't deadlock.

use std::time::Duration;

use matching::store::ExpiredLeases;

use super::builders::{LONG, claim, claim_for, single};
use crate::support::databases::TestStore;

on_postgres! {
    leases_are_given_back_in_the_order_of_their_tasks,
    a_locked_task_delays_the_renewal_of_no_other_lease,
}

/// Returns once some connection to this database waits for a lock.
pub const UNTIL_SOMEBODY_WAITS: &str = "DO $$ BEGIN
         FOR look IN 1..3000 LOOP
             EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock');
             PERFORM pg_sleep(0.01);
             PERFORM pg_stat_clear_snapshot();
             ASSERT look < 3000, 'nobody waits';
         END LOOP;
     END $$";

async fn leases_are_given_back_in_the_order_of_their_tasks(store: &TestStore) {
    let [first, second, third] = [
        single().named("first").submit(store).await,
        single().named("second").submit(store).await,
        single().named("third").submit(store).await,
    ];
    // Reverse order in the call and in the table: without sorting, rows would be locked in this
    // order.
    let mut leases = Vec::new();
    for asked in [&third, &second, &first] {
        let claimed = claim(store, asked).await;
        leases.push((claimed.task.id, claimed.lease_token));
    }
    let second_is_locked = async || {
        let sql = "SELECT 1 FROM tasks WHERE job_id = 'second' FOR UPDATE";
        store.uncommitted(sql).await
    };
    let third_is_free = async |locked: sqlx::PgTransaction<'static>| {
        store.execute(UNTIL_SOMEBODY_WAITS).await;
        store
            .execute("SELECT 1 FROM tasks WHERE job_id = 'third' FOR UPDATE NOWAIT")
            .await;
        locked.rollback().await.unwrap();
    };
    let locked = second_is_locked().await;
    let releasing = store.release_all(&leases);
    let (released, ()) = tokio::join!(releasing, third_is_free(locked));
    assert_eq!(released.unwrap(), 3);
}

/// The transaction that records an outcome has locked its task, and may wait for another table.
async fn a_locked_task_delays_the_renewal_of_no_other_lease(store: &TestStore) {
    let mut leases = Vec::new();
    for name in ["locked", "free"] {
        let asked = single().named(name).submit(store).await;
        let claimed = claim_for(store, &asked.tasks[0].id, Duration::ZERO).await;
        leases.push((claimed.task.id, claimed.lease_token));
    }
    let sql = "SELECT 1 FROM tasks WHERE job_id = 'locked' FOR UPDATE";
    let locked = store.uncommitted(sql).await;
    assert!(store.renew_leases(&leases, LONG).await.unwrap().is_empty());
    let swept = store.expire_leases(10, LONG).await.unwrap();
    assert_eq!(swept, ExpiredLeases::default());
    locked.rollback().await.unwrap();
    let swept = store.expire_leases(10, LONG).await.unwrap();
    assert_eq!(swept.requeued, 1, "only the locked one was not renewed");
}
