//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up;
//! listed and resent by operators, who also list endpoints and end their pauses.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use matching::{
    domain::{
        delivery::{
            Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DeliveryState, DueDelivery,
        },
        endpoint::{Endpoint, EndpointPage, EndpointState, PausedEndpoints},
        identifiers::{DeliveryId, EndpointId},
        operator_action::OperatorAction,
    },
    store::{ActionStep, Deliveries, DeliveryClaim, DeliveryOutcome, StoreError},
};

use super::{
    Ledger, ModelStore,
    ledger::{DeliveryRow, PauseRow},
};

/// The number of deliveries that one claim makes due.
const MADE_DUE_AT_ONCE: usize = 1_000;
/// The number of deliveries that one pause gives up.
const GIVEN_UP_AT_ONCE: usize = 10_000;
/// The number of due deliveries that one pause postpones to its end.
const POSTPONED_AT_ONCE: usize = 100;
/// The time for which the last pause of an endpoint is kept.
const PAUSES_KEPT: Duration = Duration::from_hours(7 * 24);

#[async_trait]
impl Deliveries for ModelStore {
    async fn claim_deliveries(
        &self,
        claim: &DeliveryClaim,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        ledger.make_due();
        let turns = ledger.turns(claim);
        let endpoints = u32::try_from(turns.len()).unwrap().max(1);
        let part = claim.limit.div_ceil(endpoints);
        let part = part.clamp(1, claim.endpoint_limit.max(1)) as usize;
        let mut due = Vec::new();
        for (endpoint, is_probe) in turns {
            let mut chosen = ledger.due_to(&endpoint);
            chosen.truncate(if is_probe { 1 } else { part });
            for index in chosen {
                if due.len() == claim.limit as usize {
                    return Ok(due);
                }
                let row = &mut ledger.deliveries[index];
                row.attempts += 1;
                row.is_due = false;
                row.next_attempt_at = now + claim.lease;
                due.push(row.due(is_probe, now));
            }
        }
        Ok(due)
    }

    async fn pause_endpoint(
        &self,
        endpoint: &EndpointId,
        pause: Duration,
        reason: &str,
        give_up_after: Duration,
    ) -> Result<u64, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let known = ledger.paused_endpoints.get(endpoint);
        if known.is_none_or(|known| known.until < now + pause) {
            let pause = PauseRow {
                until: now + pause,
                reason: reason.to_owned(),
            };
            ledger.paused_endpoints.insert(endpoint.clone(), pause);
        }
        let is_kept = |_: &EndpointId, pause: &mut PauseRow| pause.until > now - PAUSES_KEPT;
        ledger.paused_endpoints.retain(is_kept);
        let mut given_up = ledger.due_to(endpoint);
        given_up.retain(|index| ledger.deliveries[*index].pending_since <= now - give_up_after);
        given_up.truncate(GIVEN_UP_AT_ONCE);
        for index in &given_up {
            let row = &mut ledger.deliveries[*index];
            row.state = DeliveryState::Failed;
            row.is_due = false;
            row.last_error = Some(reason.to_owned());
            row.finished_at = Some(now);
        }
        for index in ledger.due_to(endpoint).into_iter().take(POSTPONED_AT_ONCE) {
            let row = &mut ledger.deliveries[index];
            row.is_due = false;
            row.next_attempt_at = now + pause;
        }
        Ok(given_up.len() as u64)
    }

    async fn resume_endpoint(&self, endpoint: &EndpointId) -> Result<(), StoreError> {
        self.ledger().paused_endpoints.remove(endpoint);
        Ok(())
    }

    async fn endpoints(&self, page: &EndpointPage) -> Result<Vec<Endpoint>, StoreError> {
        let ledger = self.ledger();
        let state_of = |endpoint: &EndpointId| match ledger.paused_endpoints.get(endpoint) {
            Some(pause) if pause.until > ledger.now => EndpointState::Paused,
            Some(_) => EndpointState::Unanswering,
            None => EndpointState::Available,
        };
        let rows = ledger.deliveries.iter();
        let pending = rows.filter(|row| row.state == DeliveryState::Pending);
        let known: BTreeSet<&EndpointId> = pending
            .map(|row| &row.endpoint)
            .chain(ledger.paused_endpoints.keys())
            .collect();
        let wanted = known.into_iter().filter(|endpoint| {
            Some(*endpoint) > page.after.as_ref()
                && page.state.is_none_or(|state| state == state_of(endpoint))
        });
        let listed = wanted.take(page.limit as usize).map(|endpoint| {
            let rows = ledger
                .deliveries
                .iter()
                .filter(|row| row.endpoint == *endpoint);
            let pending: Vec<&DeliveryRow> = rows
                .filter(|row| row.state == DeliveryState::Pending)
                .collect();
            let postponed = pending.iter().filter(|row| !row.is_due);
            let last = postponed.max_by_key(|row| row.next_attempt_at);
            let pause = ledger.paused_endpoints.get(endpoint);
            Endpoint {
                id: endpoint.clone(),
                state: state_of(endpoint),
                paused_until: pause.map(|pause| pause.until),
                reason: pause
                    .map(|pause| pause.reason.clone())
                    .or_else(|| last?.last_error.clone()),
                pending: i64::try_from(pending.len()).unwrap(),
            }
        });
        Ok(listed.collect())
    }

    async fn count_paused_endpoints(&self, selected: &PausedEndpoints) -> Result<u64, StoreError> {
        Ok(self.ledger().paused_among(selected).len() as u64)
    }

    async fn end_pauses(
        &self,
        selected: &PausedEndpoints,
        limit: u32,
        after: Option<&EndpointId>,
        action: &OperatorAction,
    ) -> Result<ActionStep<EndpointId>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut chosen = ledger.paused_among(selected);
        chosen.retain(|endpoint| Some(endpoint) > after);
        chosen.truncate(limit as usize);
        for endpoint in &chosen {
            let Some(pause) = ledger.paused_endpoints.get_mut(endpoint) else {
                continue;
            };
            let end = std::mem::replace(&mut pause.until, now);
            let rows = ledger.deliveries.iter_mut();
            for row in rows.filter(|row| {
                row.state == DeliveryState::Pending
                    && !row.is_due
                    && row.endpoint == *endpoint
                    && row.next_attempt_at >= end
            }) {
                row.is_due = true;
                row.next_attempt_at = now;
            }
        }
        ledger.record_action(action, chosen.len());
        Ok(ActionStep::of(&chosen, limit, EndpointId::clone))
    }

    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut rows = ledger.deliveries.iter_mut();
        let pending = rows
            .find(|row| row.delivery.id == *id)
            .filter(|row| row.state == DeliveryState::Pending);
        let Some(row) = pending else { return Ok(()) };
        row.is_due = false;
        row.next_attempt_at = now;
        let (state, status, error) = match outcome {
            DeliveryOutcome::Delivered { status } => {
                (DeliveryState::Delivered, Some(*status), None)
            }
            DeliveryOutcome::Retry {
                after,
                status,
                error,
                consumed,
            } => {
                row.next_attempt_at = now + *after;
                row.attempts -= i32::from(!consumed);
                (DeliveryState::Pending, *status, Some(error.clone()))
            }
            DeliveryOutcome::Failed {
                status,
                error,
                consumed,
            } => {
                row.attempts -= i32::from(!consumed);
                (DeliveryState::Failed, *status, Some(error.clone()))
            }
        };
        row.state = state;
        row.last_status = status.map(i32::from);
        row.last_error = error;
        row.finished_at = (state != DeliveryState::Pending).then_some(now);
        Ok(())
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError> {
        let ledger = self.ledger();
        let rows = ledger.page_of_deliveries(filter, page, |_| true);
        let views = rows.into_iter().map(|index| ledger.view(index));
        Ok(views.collect())
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryDetails>, StoreError> {
        let ledger = self.ledger();
        let mut rows = ledger.deliveries.iter();
        let Some(index) = rows.position(|row| row.delivery.id == *id) else {
            return Ok(None);
        };
        let row = &ledger.deliveries[index];
        let mut actions = ledger.actions.iter();
        Ok(Some(DeliveryDetails {
            delivery: ledger.view(index),
            body: row.delivery.body.clone(),
            last_action: actions
                .find(|action| Some(&action.id) == row.operator_action.as_ref())
                .cloned(),
        }))
    }

    async fn count_deliveries(&self, filter: &DeliveryFilter) -> Result<u64, StoreError> {
        let ledger = self.ledger();
        let rows = ledger.deliveries.iter();
        Ok(rows.filter(|row| row.meets(filter)).count() as u64)
    }

    async fn resend_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
        action: &OperatorAction,
    ) -> Result<ActionStep<DeliveryId>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let has_ended = |row: &DeliveryRow| row.state != DeliveryState::Pending;
        let chosen = ledger.page_of_deliveries(filter, page, has_ended);
        for index in &chosen {
            let row = &mut ledger.deliveries[*index];
            row.state = DeliveryState::Pending;
            row.is_due = true;
            row.attempts = 0;
            row.next_attempt_at = now;
            row.pending_since = now;
            row.finished_at = None;
            row.operator_action = Some(action.id.clone());
        }
        ledger.record_action(action, chosen.len());
        Ok(ActionStep::of(&chosen, page.limit, |index| {
            ledger.deliveries[*index].delivery.id.clone()
        }))
    }
}

impl DeliveryRow {
    fn due(&self, is_probe: bool, now: DateTime<Utc>) -> DueDelivery {
        DueDelivery {
            id: self.delivery.id.clone(),
            event_type: self.delivery.event_type.as_str().to_owned(),
            job_id: self.delivery.job_id.clone(),
            endpoint: self.endpoint.clone(),
            url: self.delivery.url.clone(),
            body: self.delivery.body.clone(),
            trace: self.delivery.trace,
            attempt: self.attempts,
            waiting: (now - self.pending_since).to_std().unwrap_or_default(),
            is_probe,
        }
    }

    fn meets(&self, filter: &DeliveryFilter) -> bool {
        let DeliveryFilter {
            ids,
            state,
            endpoint,
            host,
            job_id,
            event_type,
            from,
            to,
        } = filter;
        let is_host = |wanted: &String| {
            let host = self.endpoint.host();
            host == wanted || host.split_once(':').is_some_and(|(name, _)| name == wanted)
        };
        ids.as_ref()
            .is_none_or(|ids| ids.contains(&self.delivery.id))
            && state.is_none_or(|state| state == self.state)
            && endpoint.as_ref().is_none_or(|one| *one == self.endpoint)
            && host.as_ref().is_none_or(is_host)
            && job_id
                .as_ref()
                .is_none_or(|job| *job == self.delivery.job_id)
            && event_type.is_none_or(|event| event == self.delivery.event_type)
            && from.is_none_or(|from| self.created_at >= from)
            && to.is_none_or(|to| self.created_at < to)
    }
}

impl Ledger {
    /// Makes deliveries due whose time has come.
    fn make_due(&mut self) {
        let now = self.now;
        let rows = self.deliveries.iter_mut();
        let mut come: Vec<&mut DeliveryRow> = rows
            .filter(|row| {
                row.state == DeliveryState::Pending && !row.is_due && row.next_attempt_at <= now
            })
            .collect();
        come.sort_by_key(|row| row.next_attempt_at);
        come.truncate(MADE_DUE_AT_ONCE);
        for row in come {
            row.is_due = true;
        }
    }

    /// The next endpoints with due deliveries that are not paused, and whether each has yet to
    /// show that it is back.
    fn turns(&self, claim: &DeliveryClaim) -> Vec<(EndpointId, bool)> {
        let rows = self.deliveries.iter();
        let due = rows.filter(|row| row.state == DeliveryState::Pending && row.is_due);
        let turns: BTreeMap<(bool, &EndpointId), Option<&PauseRow>> = due
            .map(|row| {
                let is_later_turn = Some(&row.endpoint) <= claim.last_served.as_ref();
                let pause = self.paused_endpoints.get(&row.endpoint);
                ((is_later_turn, &row.endpoint), pause)
            })
            .collect();
        let turns = turns.into_iter().filter(|((_, endpoint), pause)| {
            !claim.except.contains(endpoint) && pause.is_none_or(|pause| pause.until <= self.now)
        });
        let turns = turns.map(|((_, endpoint), pause)| (endpoint.clone(), pause.is_some()));
        turns.take(claim.limit as usize).collect()
    }

    /// The selected endpoints that are paused, in the order of their ids.
    fn paused_among(&self, selected: &PausedEndpoints) -> Vec<EndpointId> {
        let paused = self.paused_endpoints.iter();
        let paused = paused.filter(|(endpoint, pause)| {
            pause.until > self.now && selected.named().is_none_or(|named| named == *endpoint)
        });
        paused.map(|(endpoint, _)| endpoint.clone()).collect()
    }

    /// The due deliveries to this endpoint, the oldest first.
    fn due_to(&self, endpoint: &EndpointId) -> Vec<usize> {
        let is_due = |index: &usize| {
            let row = &self.deliveries[*index];
            row.state == DeliveryState::Pending && row.is_due && row.endpoint == *endpoint
        };
        let mut due: Vec<usize> = (0..self.deliveries.len()).filter(is_due).collect();
        due.sort_by_key(|index| self.deliveries[*index].pending_since);
        due
    }

    fn page_of_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
        condition: impl Fn(&DeliveryRow) -> bool,
    ) -> Vec<usize> {
        let rows = self.deliveries.iter().enumerate();
        let rows = rows.filter(|(_, row)| {
            let is_on_page = page
                .after
                .as_ref()
                .is_none_or(|after| row.delivery.id < *after);
            is_on_page && row.meets(filter) && condition(row)
        });
        let mut rows: Vec<usize> = rows.map(|(index, _)| index).collect();
        rows.sort_by_key(|index| Reverse(&self.deliveries[*index].delivery.id));
        rows.truncate(page.limit as usize);
        rows
    }

    /// A delivery as it is shown. One that waits for its paused endpoint may never have been sent.
    fn view(&self, index: usize) -> Delivery {
        let row = &self.deliveries[index];
        let is_pending = row.state == DeliveryState::Pending;
        let pause = self.paused_endpoints.get(&row.endpoint);
        let pause = pause.filter(|pause| is_pending && pause.until > self.now);
        let end = pause.map_or(row.next_attempt_at, |pause| pause.until);
        Delivery {
            id: row.delivery.id.clone(),
            event_type: row.delivery.event_type.as_str().to_owned(),
            job_id: row.delivery.job_id.clone(),
            endpoint: row.endpoint.clone(),
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: is_pending.then_some(end.max(row.next_attempt_at)),
            last_status: row.last_status,
            last_error: pause
                .map(|pause| pause.reason.clone())
                .or_else(|| row.last_error.clone()),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}
