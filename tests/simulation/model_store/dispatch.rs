//! Dispatch: the marks of tasks whose pointers are in a queue.

use std::time::Duration;

use async_trait::async_trait;
use matching::{
    domain::{identifiers::TaskId, queue_name::QueueName, task::TaskState},
    store::{Dispatch, DispatchRound, StoreError},
};

use super::{ModelStore, TaskRow};

#[async_trait]
impl Dispatch for ModelStore {
    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError> {
        let mut ledger = self.ledger();
        if ledger.paused.contains_key(&queue) {
            return Ok(DispatchRound::default());
        }
        let now = ledger.now;
        let queued = |row: &TaskRow| row.task.queue == queue && row.state == TaskState::Queued;
        let marked = ledger.tasks.iter();
        let marked = marked.filter(|row| queued(row) && row.dispatched_at.is_some());
        let room = window.saturating_sub(u32::try_from(marked.count()).unwrap());
        let is_due = |row: &TaskRow| {
            queued(row) && row.dispatched_at.is_none() && row.next_attempt_at <= now
        };
        let due = ledger.first(room, is_due, |row| row.next_attempt_at);
        for index in &due {
            ledger.tasks[*index].dispatched_at = Some(now);
        }
        let tasks = due.iter().map(|index| ledger.tasks[*index].task.id.clone());
        Ok(DispatchRound {
            tasks: tasks.collect(),
            backlog: ledger.tasks.iter().any(is_due),
            room: room - u32::try_from(due.len()).unwrap(),
        })
    }

    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        for row in &mut self.ledger().tasks {
            if row.state == TaskState::Queued && ids.contains(&row.task.id) {
                row.dispatched_at = None;
            }
        }
        Ok(())
    }

    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now - older_than;
        let is_stale = |row: &TaskRow| {
            row.task.queue == queue
                && row.state == TaskState::Queued
                && row.dispatched_at.is_some_and(|at| at <= until)
        };
        let stale = ledger.first(limit, is_stale, |row| row.dispatched_at);
        for index in &stale {
            ledger.tasks[*index].dispatched_at = None;
        }
        Ok(stale.len() as u64)
    }
}
