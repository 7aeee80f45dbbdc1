//! The ports of the store: one trait for each concept, with the types of its arguments and answers.
//!
//! A service takes only the ports that it calls. Both adapters implement each port in the file of
//! the same name, and the contract suite in `tests/integration/store` verifies that they behave
//! alike. The clock of the database decides leases and due times, since the clocks of workers may
//! differ: callers pass durations, never instants.

mod api_keys;
mod batch_reports;
mod cancellation;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod invariants;
mod job_lists;
mod jobs;
mod kept_documents;
mod leases;
mod operator_actions;
mod outcomes;
mod processes;
mod profiles;
mod progress;
mod queues;
mod rematching;
mod result_lists;
mod results;
mod retention;
mod reweighing;
mod schema;
mod submissions;
mod watching;

pub use self::{
    api_keys::ApiKeys,
    batch_reports::BatchReports,
    cancellation::{Cancellation, Cancelled},
    dead_letters::DeadLetters,
    deliveries::{Deliveries, DeliveryClaim, DeliveryOutcome},
    dependencies::{Dependencies, DependencyReport, ResolvedDependencies},
    dispatch::{Dispatch, DispatchRound},
    invariants::{Finding, Invariant, InvariantFindings, InvariantLimits, Invariants},
    job_lists::{EXAMINED_TASKS, JobLists},
    jobs::{Jobs, LedgerCounts},
    kept_documents::{DocumentAnnouncements, DocumentLocation, KeptDocument, KeptDocuments},
    leases::{ExpiredLeases, Guarded, Leases},
    operator_actions::{ActionStep, OperatorActions},
    outcomes::{FailedMatches, NewResult, Outcomes, PairVersions, Recorded},
    processes::Processes,
    profiles::{
        ProfileChanges, ProfilePart, ProfileReader, ProfileVersion, Profiles, PutProfile,
        PutProfiles, ReadProfile, Revision, StoredProfile,
    },
    progress::{
        COUNTED_DELIVERIES, EXAMINED_ENDPOINTS, NAMED_PROCESSES, NEWEST_ENDS, PausedEndpoint,
        Progress, ProgressLimits, QueueProgress, WorkProgress,
    },
    queues::Queues,
    rematching::{ChangeMark, ChangedDocument, Rematching},
    result_lists::ResultLists,
    results::{CriterionScores, Results, StoredResult},
    retention::{Forgotten, Retention},
    reweighing::{NewWeights, Reweighing},
    schema::{DatabaseServer, Schema},
    submissions::{SubmissionOutcome, Submissions},
    watching::Watching,
};

/// All ports, for the wiring and for tests; implemented by every type that implements each of them.
pub trait Store:
    ApiKeys
    + BatchReports
    + Cancellation
    + DeadLetters
    + Deliveries
    + Dependencies
    + Dispatch
    + DocumentAnnouncements
    + Invariants
    + JobLists
    + Jobs
    + KeptDocuments
    + Leases
    + OperatorActions
    + Outcomes
    + Processes
    + Profiles
    + Progress
    + Queues
    + Rematching
    + ResultLists
    + Results
    + Retention
    + Reweighing
    + Schema
    + Submissions
    + Watching
{
}

impl<T> Store for T where
    T: ApiKeys
        + BatchReports
        + Cancellation
        + DeadLetters
        + Deliveries
        + Dependencies
        + Dispatch
        + DocumentAnnouncements
        + Invariants
        + JobLists
        + Jobs
        + KeptDocuments
        + Leases
        + OperatorActions
        + Outcomes
        + Processes
        + Profiles
        + Progress
        + Queues
        + Rematching
        + ResultLists
        + Results
        + Retention
        + Reweighing
        + Schema
        + Submissions
        + Watching
{
}
