//! Kept documents: which stored documents rows point to, and which are orphaned.

use std::time::Duration;

use async_trait::async_trait;
use matching::store::{
    DocumentAnnouncements, DocumentLocation, KeptDocument, KeptDocuments, StoreError,
};

use super::{Ledger, ModelStore};

#[async_trait]
impl DocumentAnnouncements for ModelStore {
    async fn announce_documents(
        &self,
        keys: &[String],
        within: Duration,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let since = ledger.now + within;
        for key in keys {
            if ledger.orphans.iter().all(|(known, _)| known != key) {
                ledger.orphans.push((key.clone(), since));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl KeptDocuments for ModelStore {
    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let ledger = self.ledger();
        let until = ledger.now - since;
        let orphans = ledger.orphans.iter().filter(|(_, since)| *since <= until);
        let mut orphans: Vec<_> = orphans.collect();
        orphans.sort_by_key(|(_, since)| *since);
        let keys = orphans.into_iter().map(|(key, _)| key.clone());
        Ok(keys.take(limit as usize).collect())
    }

    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        ledger.orphans.retain(|(key, _)| !keys.contains(key));
        Ok(())
    }

    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError> {
        let mut kept = self.ledger().kept();
        kept.retain(|document| document.key.as_str() > after);
        kept.sort_by(|one, other| one.key.cmp(&other.key));
        kept.truncate(limit as usize);
        Ok(kept)
    }

    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.ledger().kept().iter().any(|kept| kept.key == key))
    }
}

impl Ledger {
    fn kept(&self) -> Vec<KeptDocument> {
        let results = self.results.values();
        let results = results.map(|row| (&row.document, row.job_id.to_string()));
        let batches = self.batches.iter();
        let batches = batches.map(|batch| (&batch.report, batch.id.to_string()));
        let kept = results.chain(batches).filter_map(|(document, owner)| {
            let Some(DocumentLocation::Key(key)) = document else {
                return None;
            };
            Some(KeptDocument {
                key: key.clone(),
                owner,
            })
        });
        kept.collect()
    }
}
