//! The contract of document stores, as a test that runs against each of them.

use super::{DocumentError, DocumentStore};

/// Panics at the first violation of the contract. The store must be empty, and need not exist yet.
pub async fn holds(store: &dyn DocumentStore) {
    store.check().await.unwrap();
    store.check().await.unwrap();

    let key = "results/12/345.json";
    assert_eq!(store.get(key).await.unwrap(), None);
    store.delete(key).await.unwrap();

    let first: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    store
        .put(key, "application/json", first.clone())
        .await
        .unwrap();
    assert_eq!(store.get(key).await.unwrap(), Some(first));

    let second = b"{\"replaced\":true}".to_vec();
    store
        .put(key, "application/json", second.clone())
        .await
        .unwrap();
    assert_eq!(store.get(key).await.unwrap(), Some(second));

    let neighbour = "results/12/345.json.txt";
    store
        .put(neighbour, "text/plain; charset=utf-8", Vec::new())
        .await
        .unwrap();
    assert_eq!(store.get(neighbour).await.unwrap(), Some(Vec::new()));

    let (old, new) = (vec![b'o'; 100_000], vec![b'n'; 50_000]);
    store.put(key, "text/plain", old.clone()).await.unwrap();
    let writes = async {
        for _ in 0..10 {
            store.put(key, "text/plain", new.clone()).await.unwrap();
            store.put(key, "text/plain", old.clone()).await.unwrap();
        }
    };
    let reads = async {
        for _ in 0..20 {
            let document = store.get(key).await.unwrap().unwrap();
            assert!(document == old || document == new, "half a document");
        }
    };
    tokio::join!(writes, reads);

    store.delete(key).await.unwrap();
    assert_eq!(store.get(key).await.unwrap(), None);
    store.delete(key).await.unwrap();
    assert_eq!(store.get(neighbour).await.unwrap(), Some(Vec::new()));

    for key in ["", "/etc/passwd", "../outside", "a/../../outside", "a b"] {
        let is_refused = |error| matches!(error, DocumentError::InvalidKey { .. });
        assert!(is_refused(
            store.put(key, "text/plain", Vec::new()).await.unwrap_err()
        ));
        assert!(is_refused(store.get(key).await.unwrap_err()));
        assert!(is_refused(store.delete(key).await.unwrap_err()));
    }
}
