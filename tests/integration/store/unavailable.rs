//! A PostgreSQL that is away, or whose packets are lost: detected soon, called rarely, and used
//! again once it is back.

use std::time::Duration;

use matching::{
    breaker::{BreakerSettings, BreakerState},
    domain::identifiers::JobId,
    outage::with_causes,
    store::{
        Jobs, Leases, ProfileReader, Profiles, Schema, StoreError,
        postgres::{PostgresSettings, PostgresStore},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;
use matching_test_servers::{commands::free_port, postgres::postgres_url};

use super::builders::{LONG, id_of, single};
use crate::support::{
    databases::TestStore,
    proxy::{Proxy, Wire},
};

/// A timeout and pause that is short enough for tests to wait for.
const SHORT: Duration = Duration::from_millis(300);

fn impatient(failure_threshold: u32) -> PostgresSettings {
    PostgresSettings {
        schema: "matching".to_owned(),
        max_connections: 2,
        acquire_timeout: SHORT,
        statement_timeout: SHORT,
        breaker: BreakerSettings {
            failure_threshold,
            first_pause: SHORT,
            longest_pause: SHORT,
        },
    }
}

/// Returns a store behind a proxy, and the proxy.
async fn behind_a_wire(store: &TestStore, failure_threshold: u32) -> (PostgresStore, Proxy) {
    let mut url = store.postgres_url();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let proxy = Proxy::to(&server).await;
    let address: std::net::SocketAddr = proxy.address().parse().unwrap();
    url.set_ip_host(address.ip()).unwrap();
    url.set_port(Some(address.port())).unwrap();
    let behind = PostgresStore::connect_lazy(url.as_str(), &impatient(failure_threshold));
    (behind.unwrap(), proxy)
}

async fn shown(behaviour: impl AsyncFnOnce(&TestStore)) {
    let store = TestStore::empty_postgres().await;
    store.migrate().await.unwrap();
    store.show(behaviour).await;
}

/// Repeats a call until its answer is the wanted one.
async fn until<T>(mut ask: impl AsyncFnMut() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asking)
        .await
        .expect("it never came")
}

#[tokio::test]
async fn a_connection_whose_packets_vanish_is_given_up_and_replaced() {
    shown(async |store| {
        let (behind, proxy) = behind_a_wire(store, 100).await;
        behind.check().await.unwrap();
        let held = [];
        behind.renew_leases(&held, LONG).await.unwrap();
        proxy.set(Wire::Silent);
        for _ in 0..3 {
            let (request, renewal) = tokio::join!(behind.check(), behind.renew_leases(&held, LONG));
            assert!(request.unwrap_err().is_retryable());
            assert!(renewal.unwrap_err().is_retryable());
        }
        proxy.set(Wire::Open);
        // A call that was given up does not permanently lose one of the few connections.
        let answers = async || {
            behind.check().await?;
            behind.renew_leases(&held, LONG).await
        };
        until(answers, Result::is_ok).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_and_is_no_outage() {
    shown(async |store| {
        let (behind, _proxy) = behind_a_wire(store, 1).await;
        behind.check().await.unwrap();
        store
            .execute(
                "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql
                     AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
                 CREATE TRIGGER slow BEFORE INSERT ON candidates
                     FOR EACH ROW EXECUTE FUNCTION sleep()",
            )
            .await;
        let documents = [(id_of(1), "{}".to_owned())];
        let refused = behind
            .put_profiles(ProfileKind::Candidate, &documents)
            .await;
        assert!(
            matches!(refused, Err(StoreError::Unexpected(_))),
            "{refused:?}"
        );
        assert!(
            behind
                .profile(ProfileKind::Candidate, id_of(1))
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_waits_for_a_lock_may_succeed_later_and_is_no_outage() {
    shown(async |store| {
        let (behind, _proxy) = behind_a_wire(store, 1).await;
        behind.check().await.unwrap();
        let locked = store
            .uncommitted("LOCK TABLE candidates IN ACCESS EXCLUSIVE MODE")
            .await;
        let refused = behind.profile(ProfileKind::Candidate, id_of(1)).await;
        assert!(refused.unwrap_err().is_retryable());
        locked.rollback().await.unwrap();
        // One failure would open the breaker.
        let profile = behind.profile(ProfileKind::Candidate, id_of(1)).await;
        assert!(profile.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_unreachable_server_is_probed_rarely_and_found_again() {
    shown(async |store| {
        let (behind, mut proxy) = behind_a_wire(store, 2).await;
        let job = "any".parse::<JobId>().unwrap();
        behind.job(&job).await.unwrap();
        proxy.cut().await;
        let paused = until(
            async || behind.job(&job).await,
            |answer| matches!(answer, Err(StoreError::Paused(_))),
        )
        .await;
        let error = paused.unwrap_err();
        assert!(error.is_retryable() && error.retry_after().unwrap() <= SHORT);
        assert_ne!(behind.breaker().unwrap().state(), BreakerState::Closed);
        proxy.restore().await;
        let found = until(async || behind.job(&job).await, Result::is_ok).await;
        assert!(found.unwrap().is_none());
        assert_eq!(behind.breaker().unwrap().state(), BreakerState::Closed);
    })
    .await;
}

#[tokio::test]
async fn lease_renewals_have_connections_while_requests_exhaust_theirs() {
    shown(async |store| {
        let asked = single().submit(store).await;
        let (behind, _proxy) = behind_a_wire(store, 100).await;
        let pool = behind.pool();
        let mut taken = Vec::new();
        while let Ok(connection) = pool.acquire().await {
            taken.push(connection);
        }
        assert!(behind.check().await.unwrap_err().is_retryable());
        let claimed = behind.claim(&asked.tasks[0].id, "worker", LONG).await;
        let claimed = claimed.unwrap().unwrap();
        let held = [(claimed.task.id, claimed.lease_token)];
        assert!(behind.renew_leases(&held, LONG).await.unwrap().is_empty());
        let (kind, wanted) = (ProfileKind::Candidate, [(id_of(1), None)]);
        let of_request = behind.profiles(ProfileReader::Request, kind, &wanted);
        assert!(of_request.await.unwrap_err().is_retryable());
        let of_attempt = behind.profiles(ProfileReader::Attempt, kind, &wanted);
        assert!(of_attempt.await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_refuses_connections_is_named_with_the_reason() {
    let server = format!("127.0.0.1:{}", free_port());
    let behind = PostgresStore::connect_lazy(&postgres_url(&server), &impatient(100)).unwrap();
    let job = "any".parse::<JobId>().unwrap();
    let reason = with_causes(&behind.job(&job).await.unwrap_err());
    assert!(reason.contains(&server), "{reason}");
    assert!(reason.contains("Connection refused"), "{reason}");
}

#[tokio::test]
async fn a_server_without_free_connections_is_quoted() {
    shown(async |store| {
        store
            .execute("CREATE ROLE without_connections LOGIN CONNECTION LIMIT 0")
            .await;
        let mut url = store.postgres_url();
        url.set_username("without_connections").unwrap();
        let behind = PostgresStore::connect_lazy(url.as_str(), &impatient(100)).unwrap();
        let job = "any".parse::<JobId>().unwrap();
        let reason = with_causes(&behind.job(&job).await.unwrap_err());
        store.execute("DROP ROLE without_connections").await;
        assert!(reason.contains("too many connections for role"), "{reason}");
    })
    .await;
}
