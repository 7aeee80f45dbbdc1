//! Dead letters: tasks that failed permanently, as operators and the housekeeping work with them.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{
        dead_letter::{
            DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
            Edited,
        },
        identifiers::{DeadLetterId, TaskId},
        operator_action::OperatorAction,
        paging::{NewestFirst, TimeCursor},
    },
    store::{ActionStep, StoreError},
};

/// Access to tasks that failed permanently.
#[async_trait]
pub trait DeadLetters: Send + Sync + 'static {
    /// Returns a page of dead letters, newest first.
    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError>;

    /// Groups dead letters by their failure, the largest groups first.
    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError>;

    /// Returns one dead letter with its attempts, by its own id or by the id of one of its jobs.
    async fn dead_letter(&self, id: &DeadLetterId)
    -> Result<Option<DeadLetterHistory>, StoreError>;

    /// Queues one page of dead letters again, with their attempts reset. Their jobs keep their ids,
    /// and their batches are open again. A task that fails again meanwhile is on no later page.
    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError>;

    /// Changes a dead letter of one match and queues it again.
    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError>;

    /// Deletes one page of dead letters. A batch keeps counting its purged matches as failed.
    /// The keys of a single match are deleted too, so that the same call submitted again is a new
    /// one; its webhooks stay until they expire.
    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError>;

    /// Returns the tasks among these that are dead letters, in no particular order. The
    /// housekeeping removes pointers from a queue's dead set whose tasks are no longer dead
    /// letters.
    async fn dead_letters_among(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError>;

    /// Deletes at most `limit` dead letters that failed at least this long ago, as a purge does.
    /// Returns the number of deleted dead letters.
    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;
}
