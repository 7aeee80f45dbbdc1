//! The contract of document stores: each behaviour is written once and is a test of every adapter.
//!
//! `contract_of!(Adapter)` makes all behaviours tests of an adapter, and `contract_of_remote!` in
//! addition those of a store that can be unavailable.

use futures::future::{join_all, try_join_all};
use matching_test_servers::polling::eventually;

use super::{DocumentError, DocumentStore};
use crate::breaker::{Breaker, BreakerState};

/// An adapter with a store of its own.
pub(super) trait Adapter: Sized {
    /// Prepares a store that is empty and whose folder or bucket doesn't exist yet.
    async fn start() -> Self;

    fn store(&self) -> &dyn DocumentStore;

    /// Returns a store that can't work until an operator changes something.
    fn misconfigured(&self) -> Box<dyn DocumentStore>;
}

/// An adapter whose store can be unavailable. The pauses of its breaker are short.
pub(super) trait RemoteAdapter: Adapter {
    async fn disconnect(&mut self);

    async fn reconnect(&mut self);
}

macro_rules! contract_of {
    ($adapter:ty) => {
        contract_of! { $adapter, keeps_contract:
            absent_documents_are_none_and_can_be_deleted,
            checks_succeed_repeatedly,
            concurrent_puts_under_many_keys_are_all_stored,
            concurrent_puts_under_one_key_leave_one_whole_document,
            deleting_a_document_leaves_its_neighbours,
            documents_are_read_back_byte_for_byte,
            invalid_keys_are_refused_by_every_call,
            misconfiguration_is_not_retryable,
            puts_replace_earlier_documents,
            readers_see_only_whole_documents,
            valid_keys_of_every_form_are_kept_apart,
        }
    };
    ($adapter:ty, $module:ident: $($behaviour:ident),* $(,)?) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test]
                async fn $behaviour() {
                    let adapter = <$adapter as contract::Adapter>::start().await;
                    contract::$behaviour(adapter).await;
                }
            )*
        }
    };
}
pub(super) use contract_of;

macro_rules! contract_of_remote {
    ($adapter:ty) => {
        contract_of! { $adapter, keeps_remote_contract:
            answers_of_every_kind_keep_the_breaker_closed,
            outages_are_retryable_and_open_the_breaker,
            calls_succeed_again_after_an_outage,
        }
    };
}
pub(super) use contract_of_remote;

const KEY: &str = "results/12/345.json";

async fn put(store: &dyn DocumentStore, key: &str, document: &[u8]) {
    let put = store.put(key, "application/json", document.to_vec());
    put.await.unwrap();
}

/// Asserts without printing the document.
async fn assert_stored(store: &dyn DocumentStore, key: &str, document: &[u8]) {
    let stored = store.get(key).await.unwrap();
    assert!(stored.as_deref() == Some(document), "{key} differs");
}

pub(super) async fn checks_succeed_repeatedly(adapter: impl Adapter) {
    let store = adapter.store();
    store.check().await.unwrap();
    put(store, KEY, b"{}").await;
    store.check().await.unwrap();
    assert_stored(store, KEY, b"{}").await;
}

pub(super) async fn absent_documents_are_none_and_can_be_deleted(adapter: impl Adapter) {
    let store = adapter.store();
    let is_absent = async || {
        assert_eq!(store.get(KEY).await.unwrap(), None);
        store.delete(KEY).await.unwrap();
    };
    // Without a folder or bucket, in an empty one, and beside another document.
    is_absent().await;
    store.check().await.unwrap();
    is_absent().await;
    put(store, "results/12/346.json", b"{}").await;
    is_absent().await;
}

pub(super) async fn documents_are_read_back_byte_for_byte(adapter: impl Adapter) {
    let store = adapter.store();
    for length in [0, 1, 300_000, 2_097_153] {
        let document: Vec<u8> = (0..=255).cycle().take(length).collect();
        let key = format!("results/{length}");
        // The first put creates the folder or the bucket.
        put(store, &key, &document).await;
        assert_stored(store, &key, &document).await;
    }
    // The later puts left it as it was.
    assert_stored(store, "results/0", b"").await;
}

pub(super) async fn puts_replace_earlier_documents(adapter: impl Adapter) {
    let store = adapter.store();
    for document in [&b"{\"replaced\":true}"[..], b"{}", b"", b"{\"again\":true}"] {
        put(store, KEY, document).await;
        assert_stored(store, KEY, document).await;
    }
    let of_another_type = store.put(KEY, "text/plain; charset=utf-8", b"text".to_vec());
    of_another_type.await.unwrap();
    assert_stored(store, KEY, b"text").await;
}

pub(super) async fn deleting_a_document_leaves_its_neighbours(adapter: impl Adapter) {
    let store = adapter.store();
    let neighbours = [
        "results/12/345",
        "results/12/345.json.txt",
        "results/1/345.json",
    ];
    for key in [&[KEY][..], &neighbours].concat() {
        put(store, key, key.as_bytes()).await;
    }
    store.delete(KEY).await.unwrap();
    assert_eq!(store.get(KEY).await.unwrap(), None);
    store.delete(KEY).await.unwrap();
    for key in neighbours {
        assert_stored(store, key, key.as_bytes()).await;
    }
    put(store, KEY, b"again").await;
    assert_stored(store, KEY, b"again").await;
}

pub(super) async fn valid_keys_of_every_form_are_kept_apart(adapter: impl Adapter) {
    let store = adapter.store();
    let long = "b".repeat(100);
    let keys = [
        "a",
        "A_b-c.d/0",
        "A_b-c.d/0-",
        "A_b-c.d/00",
        "A_b-c./0",
        "a.",
        "a..b",
        &long,
    ];
    for key in keys {
        put(store, key, key.as_bytes()).await;
    }
    for key in keys {
        assert_stored(store, key, key.as_bytes()).await;
    }
}

pub(super) async fn invalid_keys_are_refused_by_every_call(adapter: impl Adapter) {
    let store = adapter.store();
    let too_long = "a".repeat(256);
    for key in [
        "",
        "/etc/passwd",
        "../outside",
        "a/../../outside",
        "a b",
        &too_long,
    ] {
        for outcome in [
            store.put(key, "text/plain", Vec::new()).await,
            store.get(key).await.map(drop),
            store.delete(key).await,
        ] {
            let error = outcome.unwrap_err();
            assert!(
                matches!(error, DocumentError::InvalidKey { .. }),
                "{error:?}"
            );
            assert!(!error.is_retryable());
        }
    }
}

pub(super) async fn concurrent_puts_under_many_keys_are_all_stored(adapter: impl Adapter) {
    let store = adapter.store();
    let keys: Vec<String> = (0..20)
        .map(|at| format!("results/{}/{at}", at % 3))
        .collect();
    // No check before: all of them find the folder or the bucket missing.
    join_all(keys.iter().map(|key| put(store, key, key.as_bytes()))).await;
    for key in &keys {
        assert_stored(store, key, key.as_bytes()).await;
    }
}

pub(super) async fn concurrent_puts_under_one_key_leave_one_whole_document(adapter: impl Adapter) {
    let store = adapter.store();
    let documents: Vec<Vec<u8>> = (1..=8).map(|byte| vec![byte; 50_000]).collect();
    let puts = documents
        .iter()
        .map(|document| store.put(KEY, "text/plain", document.clone()));
    try_join_all(puts).await.unwrap();
    let stored = store.get(KEY).await.unwrap().unwrap();
    assert!(documents.contains(&stored), "a mixture of documents");
}

pub(super) async fn readers_see_only_whole_documents(adapter: impl Adapter) {
    let store = adapter.store();
    let (old, new) = (vec![b'o'; 100_000], vec![b'n'; 50_000]);
    put(store, KEY, &old).await;
    let writes = async {
        for _ in 0..10 {
            put(store, KEY, &new).await;
            put(store, KEY, &old).await;
        }
    };
    let reads = async {
        for _ in 0..20 {
            let document = store.get(KEY).await.unwrap().unwrap();
            assert!(document == old || document == new, "a part of a document");
        }
    };
    tokio::join!(writes, reads);
}

pub(super) async fn misconfiguration_is_not_retryable(adapter: impl Adapter) {
    let store = adapter.misconfigured();
    for outcome in [
        store.check().await,
        store.put(KEY, "text/plain", Vec::new()).await,
    ] {
        let error = outcome.unwrap_err();
        assert!(!error.is_retryable(), "{error:?}");
        assert_eq!(error.retry_after(), None);
    }
    for outcome in [store.get(KEY).await.map(drop), store.delete(KEY).await] {
        // A store that finds nothing may answer so.
        assert!(
            outcome
                .as_ref()
                .err()
                .is_none_or(|error| !error.is_retryable()),
            "{outcome:?}"
        );
    }
    let state = store.breaker().map(Breaker::state);
    assert!(matches!(state, None | Some(BreakerState::Closed)));
}

pub(super) async fn answers_of_every_kind_keep_the_breaker_closed(adapter: impl RemoteAdapter) {
    let store = adapter.store();
    for _ in 0..5 {
        assert_eq!(store.get(KEY).await.unwrap(), None);
        store.delete(KEY).await.unwrap();
    }
    assert_eq!(store.breaker().unwrap().state(), BreakerState::Closed);
}

pub(super) async fn outages_are_retryable_and_open_the_breaker(mut adapter: impl RemoteAdapter) {
    adapter.disconnect().await;
    let store = adapter.store();
    let calls = async || {
        [
            store.check().await,
            store.put(KEY, "text/plain", Vec::new()).await,
            store.get(KEY).await.map(drop),
            store.delete(KEY).await,
        ]
    };
    let mut was_paused = false;
    while !was_paused {
        for outcome in calls().await {
            let error = outcome.unwrap_err();
            assert!(error.is_retryable(), "{error:?}");
            let is_paused = matches!(error, DocumentError::Paused(_));
            assert_eq!(error.retry_after().is_some(), is_paused);
            was_paused |= is_paused;
        }
    }
}

pub(super) async fn calls_succeed_again_after_an_outage(mut adapter: impl RemoteAdapter) {
    put(adapter.store(), KEY, b"before").await;
    adapter.disconnect().await;
    let is_refused = async || adapter.store().get(KEY).await;
    while !matches!(is_refused().await, Err(DocumentError::Paused(_))) {}
    adapter.reconnect().await;
    let store = adapter.store();
    // The breaker lets one call through after its pause.
    eventually(async || store.check().await.is_ok()).await;
    assert_stored(store, KEY, b"before").await;
    put(store, KEY, b"after").await;
    assert_stored(store, KEY, b"after").await;
}
