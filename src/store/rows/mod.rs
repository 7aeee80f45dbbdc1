//! Code that both adapters share: rows as the databases return them, their conversion to domain
//! types, and the decisions based on them. Only the SQL of the adapters differs.

mod api_keys;
mod cancellation;
mod column_types;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod identifiers;
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
mod results;
mod submissions;
mod tasks;
mod watching;

use self::tasks::{task_matches, trace_of};
pub(super) use self::{
    api_keys::ApiKeyRow,
    cancellation::{OpenTaskRow, TaskToCancel},
    column_types::{StoredList, StoredTime, read},
    dead_letters::{
        ChosenRow, DeadLetterGroupRow, DeadLetterHistoryRow, DeadLetterRow, match_counts_by_batch,
    },
    deliveries::{
        DeliveryColumns, DeliveryDetailsRow, DeliveryRow, DueDeliveryRow, EndpointRow,
        GIVEN_UP_AT_ONCE, MADE_DUE_AT_ONCE, PAUSES_KEPT, POSTPONED_AT_ONCE, TurnRow,
        ranges_of_host, shares,
    },
    dependencies::{ParentRow, Parents, SWEEP_SLICE, SweepPosition, Verdicts, WaitingRow},
    dispatch::{DispatchedRow, dispatch_round, nothing_dispatched},
    invariants::EXAMPLES,
    job_lists::{FloorRow, Indexed, ListedJobRow, Part, job_listing, parts},
    jobs::{BatchRow, IdentifiedBatchRow, JobRow, ledger_counts},
    leases::{LEASE_EXPIRED, lost, worker_lost},
    operator_actions::RecordedActionRow,
    outcomes::{FAILED_IN_A_STEP, MatchColumns, Outcome, ResultColumns, matches_by_batch},
    processes::{ProcessRow, queue_names},
    profiles::{
        ProfileChangeRow, ProfileRow, ReadProfileRow, changes_of, put_profile, read_profile,
        stored_profile,
    },
    progress::{DeliveryProgressRow, QueueProgressRow},
    queues::{PauseColumns, QueueDepthRow},
    rematching::{ChangedDocumentRow, changed_documents},
    results::{RankedRow, ResultRow},
    submissions::{CHAIN_LOOK, refuse_chain},
    tasks::{TaskRow, task_columns},
    watching::{JobStateRow, WantedMatches, job_states},
};
