//! Lists, retries, edits and purges dead letters for operators.

use std::sync::Arc;

use super::{
    ServiceError,
    dispatcher::Dispatcher,
    operator_actions::{STEP, in_steps, new_action, report},
};
use crate::{
    domain::{
        dead_letter::{
            DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
            Edited,
        },
        identifiers::DeadLetterId,
        operator_action::{OperatorActionKind, RecordedAction},
        paging::{Listing, NewestFirst, TimeCursor},
    },
    store::{DeadLetters, OperatorActions},
};

/// Shows and changes dead letters.
pub struct DeadLetterService {
    letters: Arc<dyn DeadLetters>,
    actions: Arc<dyn OperatorActions>,
    /// Notified when tasks are queued again; `None` in a process that does not dispatch, whose
    /// tasks wait for the next round of others.
    dispatcher: Option<Arc<Dispatcher>>,
}

impl DeadLetterService {
    /// Creates the service of this ledger.
    pub fn new(
        letters: Arc<dyn DeadLetters>,
        actions: Arc<dyn OperatorActions>,
        dispatcher: Option<Arc<Dispatcher>>,
    ) -> Self {
        Self {
            letters,
            actions,
            dispatcher,
        }
    }

    /// Returns a page of dead letters, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Listing<DeadLetter, TimeCursor>, ServiceError> {
        let letters = self.letters.dead_letters(filter, page).await?;
        Ok(Listing::of(letters, page.limit, DeadLetter::cursor))
    }

    /// Groups dead letters by error fingerprint, the largest groups first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, ServiceError> {
        Ok(self.letters.dead_letter_groups(filter, limit).await?)
    }

    /// Counts the tasks of dead letters.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count(&self, filter: &DeadLetterFilter) -> Result<u64, ServiceError> {
        let groups = self.letters.dead_letter_groups(filter, u32::MAX).await?;
        let tasks: i64 = groups.iter().map(|group| group.tasks).sum();
        Ok(u64::try_from(tasks).unwrap_or(0))
    }

    /// Returns a page of operator actions, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn actions(
        &self,
        page: &NewestFirst,
    ) -> Result<Listing<RecordedAction, TimeCursor>, ServiceError> {
        let actions = self.actions.operator_actions(page).await?;
        Ok(Listing::of(actions, page.limit, RecordedAction::cursor))
    }

    /// Returns a dead letter with its attempts, by the id of its task or of one of its jobs.
    ///
    /// # Errors
    /// If there is no such dead letter, or the database fails.
    pub async fn show(&self, id: &DeadLetterId) -> Result<DeadLetterHistory, ServiceError> {
        let found = self.letters.dead_letter(id).await?;
        found.ok_or_else(no_such_dead_letter)
    }

    /// Changes a dead letter, unless the edits are empty, and queues it again under the same ids.
    /// Returns it as it was.
    ///
    /// # Errors
    /// If there is no such dead letter, it can't be changed like this, or the database fails;
    /// nothing is changed.
    pub async fn retry_one(
        &self,
        id: &DeadLetterId,
        edits: &DeadLetterEdits,
        actor: &str,
    ) -> Result<DeadLetter, ServiceError> {
        let letter = self.show(id).await?.letter;
        if edits.is_empty() {
            let filter = DeadLetterFilter::of_tasks([letter.task_id.clone()]);
            if self.retry(&filter, actor).await? == 0 {
                return Err(no_such_dead_letter());
            }
            return Ok(letter);
        }
        let target =
            serde_json::json!({"task_ids": [letter.task_id.as_str()], "edits": edits.to_json()});
        let action = new_action(OperatorActionKind::Edit, actor, target);
        let edited = self
            .letters
            .edit_dead_letter(&letter.task_id, edits, &action)
            .await?;
        match edited {
            Edited::Retried => {}
            Edited::NotFound => return Err(no_such_dead_letter()),
            Edited::SeveralMatches => return Err(ServiceError::SeveralMatches),
            Edited::ReceiverOfBatch => return Err(ServiceError::ReceiverOfBatch),
        }
        report(&action, 1);
        self.nudge_dispatcher();
        Ok(letter)
    }

    /// Deletes a dead letter.
    ///
    /// # Errors
    /// If there is no such dead letter, or the database fails.
    pub async fn purge_one(&self, id: &DeadLetterId, actor: &str) -> Result<(), ServiceError> {
        let letter = self.show(id).await?.letter;
        let filter = DeadLetterFilter::of_tasks([letter.task_id]);
        if self.purge(&filter, actor).await? == 0 {
            return Err(no_such_dead_letter());
        }
        Ok(())
    }

    /// Queues dead letters again, with their attempts reset; returns the number of tasks. A task
    /// that fails again meanwhile stays a dead letter.
    ///
    /// # Errors
    /// If the database fails; the steps before stay committed, and the call can be repeated.
    pub async fn retry(&self, filter: &DeadLetterFilter, actor: &str) -> Result<u64, ServiceError> {
        let retried = self
            .in_steps(OperatorActionKind::Retry, filter, actor)
            .await?;
        self.nudge_dispatcher();
        Ok(retried)
    }

    /// Deletes dead letters; returns the number of tasks.
    ///
    /// # Errors
    /// If the database fails; the steps before stay committed, and the call can be repeated.
    pub async fn purge(&self, filter: &DeadLetterFilter, actor: &str) -> Result<u64, ServiceError> {
        self.in_steps(OperatorActionKind::Purge, filter, actor)
            .await
    }

    /// Purges or retries dead letters, according to `kind`.
    async fn in_steps(
        &self,
        kind: OperatorActionKind,
        filter: &DeadLetterFilter,
        actor: &str,
    ) -> Result<u64, ServiceError> {
        let action = &new_action(kind, actor, filter.to_json());
        let letters = &*self.letters;
        let step = |after| async move {
            let page = NewestFirst { limit: STEP, after };
            if kind == OperatorActionKind::Purge {
                letters.purge_dead_letters(filter, &page, action).await
            } else {
                letters.retry_dead_letters(filter, &page, action).await
            }
        };
        Ok(in_steps(action, step).await?)
    }

    fn nudge_dispatcher(&self) {
        if let Some(dispatcher) = &self.dispatcher {
            dispatcher.nudge();
        }
    }
}

fn no_such_dead_letter() -> ServiceError {
    let missing =
        "there is no dead letter with this id; send the id of a task or of a job that failed";
    ServiceError::NotFound(missing.into())
}
