//! The ledger's invariants, each checked over all rows.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use matching::{
    domain::{
        delivery::DeliveryState, event::EventType, submission::WebhookEvents, task::TaskState,
    },
    store::{Finding, Invariant, InvariantFindings, InvariantLimits, Invariants, StoreError},
};

use super::{Ledger, ModelStore, TaskRow, ledger::BatchRow};

/// The number of ids that a finding lists.
const EXAMPLES: usize = 5;

#[async_trait]
impl Invariants for ModelStore {
    async fn check_invariants(
        &self,
        limits: &InvariantLimits,
    ) -> Result<InvariantFindings, StoreError> {
        let ledger = self.ledger();
        let ended = limits.ended_within;
        let found = [
            (Invariant::BatchPositions, ledger.batch_positions(ended)),
            (Invariant::BatchRemaining, ledger.batch_remaining(ended)),
            (Invariant::BatchEnd, ledger.batch_end(ended)),
            (Invariant::CompletedResults, ledger.completed_results(ended)),
            (Invariant::Leases, ledger.leases(limits.sweep_patience)),
            (
                Invariant::DispatchedTasks,
                ledger.dispatched(limits.claim_patience),
            ),
            (
                Invariant::Dependencies,
                ledger.dependencies(limits.sweep_patience),
            ),
            (
                Invariant::MatchWebhooks,
                ledger.match_webhooks(limits.announced_within),
            ),
            (
                Invariant::BatchWebhooks,
                ledger.batch_webhooks(limits.announced_within),
            ),
            (
                Invariant::DeliveriesOnTime,
                ledger.deliveries_on_time(limits.delivery_patience),
            ),
            (Invariant::ResultDocuments, ledger.result_documents()),
        ];
        let findings = found.map(|(invariant, mut ids)| {
            ids.sort();
            let count = ids.len() as u64;
            ids.truncate(EXAMPLES);
            Finding {
                invariant,
                count,
                examples: ids,
            }
        });
        let dead = ledger.tasks.iter();
        let dead = dead.filter(|row| row.state == TaskState::Failed);
        let given_up = ledger.deliveries.iter();
        let given_up = given_up.filter(|row| row.state == DeliveryState::Failed);
        Ok(InvariantFindings {
            findings: findings.into(),
            dead_letters: dead.count() as u64,
            given_up_deliveries: given_up.count() as u64,
        })
    }
}

impl Ledger {
    fn ended_in(&self, at: Option<DateTime<Utc>>, period: Duration) -> bool {
        at.is_some_and(|at| at > self.now - period)
    }

    /// Batches that have not ended, or ended within the period.
    fn batches_in_scope(&self, period: Duration) -> impl Iterator<Item = &BatchRow> {
        let batches = self.batches.iter();
        batches.filter(move |batch| {
            batch.finished_at.is_none() || self.ended_in(batch.finished_at, period)
        })
    }

    /// Tasks that completed or failed within the period.
    fn ended_tasks(&self, period: Duration) -> impl Iterator<Item = &TaskRow> {
        self.tasks.iter().filter(move |row| {
            matches!(row.state, TaskState::Completed | TaskState::Failed)
                && self.ended_in(row.finished_at, period)
        })
    }

    fn ids<'a>(batches: impl Iterator<Item = &'a BatchRow>) -> Vec<String> {
        batches.map(|batch| batch.id.to_string()).collect()
    }

    fn task_ids<'a>(tasks: impl Iterator<Item = &'a TaskRow>) -> Vec<String> {
        tasks.map(|row| row.task.id.to_string()).collect()
    }

    fn open_matches(&self, batch: &BatchRow) -> usize {
        [TaskState::Waiting, TaskState::Queued, TaskState::Processing]
            .into_iter()
            .map(|state| self.matches_in(&batch.id, state))
            .sum()
    }

    fn batch_positions(&self, period: Duration) -> Vec<String> {
        Self::ids(self.batches_in_scope(period).filter(|batch| {
            let rows = self.tasks.iter().filter(|row| row.is_of(&batch.id));
            let matches = rows.flat_map(|row| &row.task.matches);
            let places: Vec<i32> = matches.map(|one| one.position).collect();
            let different: BTreeSet<&i32> = places.iter().collect();
            let purged = usize::try_from(batch.purged).unwrap();
            places.len() + purged != usize::try_from(batch.total).unwrap()
                || different.len() != places.len()
                || places
                    .iter()
                    .any(|place| !(1..=batch.total).contains(place))
        }))
    }

    fn batch_remaining(&self, period: Duration) -> Vec<String> {
        Self::ids(self.batches_in_scope(period).filter(|batch| {
            usize::try_from(batch.remaining).ok() != Some(self.open_matches(batch))
        }))
    }

    fn batch_end(&self, period: Duration) -> Vec<String> {
        Self::ids(
            self.batches_in_scope(period)
                .filter(|batch| batch.finished_at.is_none() != (self.open_matches(batch) > 0)),
        )
    }

    fn completed_results(&self, period: Duration) -> Vec<String> {
        let completed = self.ended_tasks(period);
        let completed = completed.filter(|row| row.state == TaskState::Completed);
        let missing = completed.flat_map(|row| {
            let matches = row.task.matches.iter();
            let missing = matches.filter(|one| {
                let pair = row.task.pair(one.counterpart_id);
                !self.results.contains_key(&pair)
            });
            missing.map(|one| row.task.job_id_of(one.position).to_string())
        });
        missing.collect()
    }

    fn leases(&self, patience: Duration) -> Vec<String> {
        Self::task_ids(self.tasks.iter().filter(|row| {
            row.state == TaskState::Processing
                && row
                    .lease_until
                    .is_none_or(|until| until <= self.now - patience)
        }))
    }

    fn dispatched(&self, patience: Duration) -> Vec<String> {
        Self::task_ids(self.tasks.iter().filter(|row| {
            row.state == TaskState::Queued
                && row
                    .dispatched_at
                    .is_some_and(|at| at <= self.now - patience)
        }))
    }

    fn dependencies(&self, patience: Duration) -> Vec<String> {
        let overdue = |row: &&TaskRow| {
            let parent_ended = self.parent_ended_at(row);
            let ended = parent_ended.map(|at| at.max(row.created_at));
            let due = ended.into_iter().chain(row.waits_until).min();
            row.state == TaskState::Waiting && due.is_some_and(|due| due <= self.now - patience)
        };
        Self::task_ids(self.tasks.iter().filter(overdue))
    }

    fn parent_ended_at(&self, row: &TaskRow) -> Option<DateTime<Utc>> {
        let parent = row.depends_on.as_ref()?;
        if let Some((index, _)) = self.find_job(&parent.id.as_job()) {
            let parent = &self.tasks[index];
            return parent.finished_at.filter(|_| parent.state.is_final());
        }
        let mut batches = self.batches.iter();
        if let Some(batch) = batches.find(|batch| batch.id.as_str() == parent.id.as_str()) {
            return batch.finished_at;
        }
        let mut reports = self.reports.iter();
        let report = reports.find(|report| report.id == parent.id);
        report.map(|report| report.reported_at)
    }

    fn match_webhooks(&self, period: Duration) -> Vec<String> {
        let announced = self.ended_tasks(period).filter(|row| {
            row.task.webhook_url.is_some()
                && (row.task.webhook_events == WebhookEvents::Each || row.task.batch_id.is_none())
        });
        let wrong = announced.flat_map(|row| {
            row.task.matches.iter().filter_map(|one| {
                let job = row.task.job_id_of(one.position).to_string();
                let run = format!("_{}_{}", row.lease_token, one.position);
                let event_type = format!("match.{}", row.state.as_str());
                let deliveries = self.deliveries.iter().filter(|known| {
                    known.delivery.job_id.as_str() == job
                        && known.delivery.event_type.as_str() == event_type
                        && known.delivery.id.as_str().ends_with(&run)
                        && known.created_at >= row.created_at
                });
                (deliveries.count() != 1).then_some(job)
            })
        });
        wrong.collect()
    }

    fn batch_webhooks(&self, period: Duration) -> Vec<String> {
        let batches = self.batches.iter();
        let ended = batches.filter(|batch| self.ended_in(batch.finished_at, period));
        Self::ids(ended.filter(|batch| {
            let deliveries = self.deliveries.iter().filter(|known| {
                known.delivery.job_id.as_str() == batch.id.as_str()
                    && known.delivery.event_type == EventType::BatchCompleted
                    && Some(known.created_at) >= batch.finished_at
            });
            let announced = deliveries.count();
            let has_receiver = self.tasks.iter().any(|row| {
                row.is_of(&batch.id)
                    && row.task.webhook_url.is_some()
                    && row.task.webhook_events == WebhookEvents::Batch
            });
            announced > 1 || (announced == 0 && has_receiver)
        }))
    }

    fn deliveries_on_time(&self, patience: Duration) -> Vec<String> {
        let latest = self.now - patience;
        let overdue = self.deliveries.iter().filter(|row| {
            // Deliveries to a paused endpoint wait for its answer.
            let pause = self.paused_endpoints.get(&row.endpoint);
            row.state == DeliveryState::Pending
                && row.next_attempt_at <= latest
                && pause.is_none_or(|pause| pause.until <= latest)
        });
        overdue.map(|row| row.delivery.id.to_string()).collect()
    }

    fn result_documents(&self) -> Vec<String> {
        let without = self.results.values().filter(|row| row.document.is_none());
        without.map(|row| row.job_id.to_string()).collect()
    }
}
