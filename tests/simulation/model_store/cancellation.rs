//! Cancellation of work that has not ended. Every cancelled row gets a newer token, so that a run
//! in progress can't record anything.

use async_trait::async_trait;
use matching::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        operator_action::OperatorAction,
        task::{TaskMatch, TaskState, Withdrawal},
    },
    store::{Cancellation, Cancelled, StoreError},
};

use super::{Ledger, ModelStore, TaskRow};

#[async_trait]
impl Cancellation for ModelStore {
    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let Some((index, position)) = ledger.find_job(id) else {
            return Ok(Cancelled::Unknown);
        };
        let row = &mut ledger.tasks[index];
        match row.state {
            TaskState::Cancelled => return Ok(Cancelled::Before),
            TaskState::Completed | TaskState::Failed => return Ok(Cancelled::TooLate),
            TaskState::Waiting | TaskState::Queued | TaskState::Processing => {}
        }
        let withdrawn = withdrawal(row);
        let (mut task, run) = (row.task.clone(), row.lease_token + 1);
        let (own, others): (Vec<TaskMatch>, Vec<TaskMatch>) = task
            .matches
            .iter()
            .partition(|one| one.position == position);
        if others.is_empty() {
            ledger.cancel_row(index, action);
        } else {
            task.id = split_task_id.clone();
            let part = row.split_off(split_task_id.clone(), own);
            row.task.matches = others;
            if row.state == TaskState::Processing {
                row.queue_again(now);
                row.lease_token += 1;
                row.attempts -= 1;
            }
            ledger.tasks.push(part);
            let part = ledger.tasks.len() - 1;
            ledger.cancel_row(part, action);
        }
        let ended_batch = ledger.count_down(&task, run, 1);
        ledger.record_action(action, 1);
        Ok(Cancelled::Now {
            tasks: 1,
            withdrawn: withdrawn.into_iter().collect(),
            ended_batch,
        })
    }

    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        let mut ledger = self.ledger();
        let is_open = |row: &TaskRow| row.is_of(id) && !row.state.is_final();
        let open = ledger.first(u32::MAX, is_open, |_| ());
        let Some(last) = open.last() else {
            return Ok(match ledger.batch_row(id) {
                None => Cancelled::Unknown,
                Some(_) if ledger.matches_in(id, TaskState::Cancelled) > 0 => Cancelled::Before,
                Some(_) => Cancelled::TooLate,
            });
        };
        let rows = open.iter().map(|index| &ledger.tasks[*index]);
        let withdrawn = rows.clone().filter_map(withdrawal).collect();
        let matches = rows.map(|row| row.task.matches.len()).sum();
        for index in &open {
            ledger.cancel_row(*index, action);
        }
        let (task, run) = {
            let row = &ledger.tasks[*last];
            (row.task.clone(), row.lease_token)
        };
        let ended_batch = ledger.count_down(&task, run, matches);
        ledger.record_action(action, open.len());
        Ok(Cancelled::Now {
            tasks: open.len() as u64,
            withdrawn,
            ended_batch,
        })
    }
}

impl Ledger {
    fn cancel_row(&mut self, index: usize, action: &OperatorAction) {
        let now = self.now;
        let row = &mut self.tasks[index];
        let error = row.error.take();
        row.end(TaskState::Cancelled, None, now);
        row.error = error;
        row.lease_token += 1;
        row.operator_action = Some(action.id.clone());
    }
}

/// The run to interrupt, if the task runs.
fn withdrawal(row: &TaskRow) -> Option<Withdrawal> {
    (row.state == TaskState::Processing).then(|| Withdrawal {
        task_id: row.task.id.clone(),
        lease_token: row.lease_token,
    })
}
