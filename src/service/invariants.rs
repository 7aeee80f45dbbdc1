//! Checks the ledger's invariants in a running system: sets the limits for the check, and searches
//! for missing documents. A document counts as missing only if a row still points to it after the
//! search.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::{progress::DELIVERY_PATIENCE, result_documents::ReportError};
use crate::{
    documents::DocumentStore,
    store::{Finding, Invariant, InvariantLimits, Invariants, KeptDocument, KeptDocuments},
};

/// The number of keys read at a time, and of concurrent reads of documents.
const PAGE: u32 = 1_000;
const AT_ONCE: usize = 8;
/// The maximum number of owners that a finding names, as in the findings of the ledger.
const EXAMPLES: usize = 5;
/// The number of consecutive sweeps that may fail or be late before the check reports it.
const SWEEPS: u32 = 30;
/// The longest time for which a pointer may wait in a queue with a backlog.
const CLAIM_PATIENCE: Duration = Duration::from_hours(1);

/// The result of a check.
#[derive(Debug)]
pub struct Report {
    /// Each invariant that was checked.
    pub invariants: Vec<Verdict>,
    /// The number of dead letters in the ledger, which break no invariant.
    pub dead_letters: u64,
    /// The number of webhooks that were given up, which break no invariant.
    pub given_up_deliveries: u64,
}

/// The result for one invariant.
#[derive(Debug)]
pub struct Verdict {
    /// Its wire name.
    pub name: &'static str,
    /// The invariant as a sentence.
    pub promise: &'static str,
    /// Advice for the case that it is broken.
    pub advice: &'static str,
    /// True if no row breaks it.
    pub holds: bool,
    /// The number of rows that break it.
    pub count: u64,
    /// Ids of some of these rows.
    pub examples: Vec<String>,
}

impl Verdict {
    fn of(finding: Finding) -> Self {
        Self {
            name: finding.invariant.name(),
            promise: finding.invariant.promise(),
            advice: finding.invariant.advice(),
            holds: finding.holds(),
            count: finding.count,
            examples: finding.examples,
        }
    }
}

/// Checks the ledger's invariants. With a document store, also reads all documents that rows point
/// to.
///
/// # Errors
/// If the database or the document store fails.
pub async fn check_invariants(
    store: &(impl Invariants + KeptDocuments + ?Sized),
    documents: Option<&dyn DocumentStore>,
    limits: &InvariantLimits,
) -> Result<Report, ReportError> {
    let mut found = store.check_invariants(limits).await?;
    if let Some(documents) = documents {
        let missing = find_missing_documents(store, documents).await?;
        found.findings.push(missing);
    }
    Ok(Report {
        invariants: found.findings.into_iter().map(Verdict::of).collect(),
        dead_letters: found.dead_letters,
        given_up_deliveries: found.given_up_deliveries,
    })
}

/// Returns the limits that a healthy running system meets, for work that ended within this period.
pub fn limits_of_running_system(
    ended_within: Duration,
    job_ttl: Option<Duration>,
    lease: Duration,
    sweep_interval: Duration,
) -> InvariantLimits {
    InvariantLimits {
        ended_within,
        announced_within: job_ttl.map_or(ended_within, |ttl| ttl.min(ended_within)),
        // After an outage of the database, expired leases are ignored for the length of a lease.
        sweep_patience: 2 * lease + SWEEPS * sweep_interval,
        claim_patience: CLAIM_PATIENCE,
        delivery_patience: DELIVERY_PATIENCE,
    }
}

/// Reads every document that a row points to from the document store, and returns those that are
/// missing.
///
/// # Errors
/// If the database or the document store fails.
async fn find_missing_documents(
    store: &(impl KeptDocuments + ?Sized),
    documents: &dyn DocumentStore,
) -> Result<Finding, ReportError> {
    let mut finding = Finding {
        invariant: Invariant::KeptDocuments,
        count: 0,
        examples: vec![],
    };
    let mut after = String::new();
    loop {
        let page = store.kept_documents(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(finding);
        };
        after.clone_from(&last.key);
        let missing: Vec<Option<String>> = futures::stream::iter(page)
            .map(|kept| owner_if_missing(store, documents, kept))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for owner in missing.into_iter().flatten() {
            finding.count += 1;
            if finding.examples.len() < EXAMPLES {
                finding.examples.push(owner);
            }
        }
    }
}

async fn owner_if_missing(
    store: &(impl KeptDocuments + ?Sized),
    documents: &dyn DocumentStore,
    kept: KeptDocument,
) -> Result<Option<String>, ReportError> {
    if documents.get(&kept.key).await?.is_some() {
        return Ok(None);
    }
    // A newer result may have replaced the document meanwhile, or retention may have deleted its
    // row.
    Ok(store.keeps_document(&kept.key).await?.then_some(kept.owner))
}
