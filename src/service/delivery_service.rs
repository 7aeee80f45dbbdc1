//! Lists, shows and resends webhooks for operators, lists endpoints and ends their pauses.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{
    ServiceError,
    operator_actions::{STEP, in_steps, new_action},
};
use crate::{
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DeliveryState},
        endpoint::{Endpoint, EndpointPage, PausedEndpoints},
        identifiers::{DeliveryId, EndpointId},
        operator_action::OperatorActionKind,
        paging::Listing,
    },
    store::Deliveries,
};

/// The number of endpoints whose pauses one transaction ends; each may have postponed a few hundred
/// deliveries.
const ENDPOINT_STEP: u32 = 50;

/// Shows and resends webhooks, and ends pauses of endpoints.
pub struct DeliveryService {
    deliveries: Arc<dyn Deliveries>,
    /// Notified when deliveries are pending again; in a process without a webhook pool nothing
    /// listens, and the pools of others find them when they look next.
    recorded: Arc<Notify>,
}

impl DeliveryService {
    /// Creates the service of this ledger.
    pub fn new(deliveries: Arc<dyn Deliveries>, recorded: Arc<Notify>) -> Self {
        Self {
            deliveries,
            recorded,
        }
    }

    /// Returns a page of deliveries; those of the jobs that were submitted last come first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
    ) -> Result<Listing<Delivery, DeliveryId>, ServiceError> {
        let deliveries = self.deliveries.deliveries(filter, page).await?;
        Ok(Listing::of(deliveries, page.limit, |last| last.id.clone()))
    }

    /// Returns a delivery with its content.
    ///
    /// # Errors
    /// If there is no such delivery, or the database fails.
    pub async fn show(&self, id: &DeliveryId) -> Result<DeliveryDetails, ServiceError> {
        let found = self.deliveries.delivery(id).await?;
        found.ok_or_else(no_such_delivery)
    }

    /// Counts the deliveries that [`resend`](Self::resend) would send again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_resendable(&self, filter: &DeliveryFilter) -> Result<u64, ServiceError> {
        let filter = filter.clone().for_resending();
        Ok(self.deliveries.count_deliveries(&filter).await?)
    }

    /// Sends an ended delivery again, under the same id and with its attempts reset. Returns it as
    /// it was.
    ///
    /// # Errors
    /// If there is no such delivery, it has not ended, or the database fails.
    pub async fn resend_one(&self, id: &DeliveryId, actor: &str) -> Result<Delivery, ServiceError> {
        let delivery = self.show(id).await?.delivery;
        let filter = DeliveryFilter {
            state: Some(delivery.state),
            ..DeliveryFilter::of_ids([id.clone()])
        };
        let is_pending = delivery.state == DeliveryState::Pending;
        if is_pending || self.resend(&filter, actor).await? == 0 {
            return Err(ServiceError::DeliveryPending);
        }
        Ok(delivery)
    }

    /// Sends the ended deliveries that match a filter again: those that were given up, unless the
    /// filter selects delivered ones. Returns their number.
    ///
    /// # Errors
    /// If the database fails; the steps before stay committed, and the call can be repeated.
    pub async fn resend(&self, filter: &DeliveryFilter, actor: &str) -> Result<u64, ServiceError> {
        let filter = &filter.clone().for_resending();
        let action = &new_action(OperatorActionKind::Resend, actor, filter.to_json());
        let step = |after| async move {
            let page = DeliveryPage { limit: STEP, after };
            let resent = self.deliveries.resend_deliveries(filter, &page, action);
            let resent = resent.await?;
            self.recorded.notify_one();
            Ok(resent)
        };
        Ok(in_steps(action, step).await?)
    }

    /// Returns a page of the endpoints that webhooks wait for, or that have accepted none since
    /// their pause, in the order of their ids.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn endpoints(
        &self,
        page: &EndpointPage,
    ) -> Result<Listing<Endpoint, EndpointId>, ServiceError> {
        let endpoints = self.deliveries.endpoints(page).await?;
        Ok(Listing::of(endpoints, page.limit, |last| last.id.clone()))
    }

    /// Counts the endpoints whose pauses [`end_pauses`](Self::end_pauses) would end.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_paused(&self, selected: &PausedEndpoints) -> Result<u64, ServiceError> {
        Ok(self.deliveries.count_paused_endpoints(selected).await?)
    }

    /// Ends the pauses of the selected endpoints in all processes. Each gets one webhook at a time
    /// until it accepts one. Returns their number.
    ///
    /// # Errors
    /// If the database fails; the steps before stay committed, and the call can be repeated.
    pub async fn end_pauses(
        &self,
        selected: &PausedEndpoints,
        actor: &str,
    ) -> Result<u64, ServiceError> {
        let action = &new_action(OperatorActionKind::Resume, actor, selected.to_json());
        let step = |after: Option<EndpointId>| async move {
            let ending =
                self.deliveries
                    .end_pauses(selected, ENDPOINT_STEP, after.as_ref(), action);
            let ended = ending.await?;
            self.recorded.notify_one();
            Ok(ended)
        };
        Ok(in_steps(action, step).await?)
    }
}

fn no_such_delivery() -> ServiceError {
    ServiceError::NotFound("there is no webhook with this id; send its webhook-id".into())
}
