//! Webhook deliveries: claimed by a sender, then recorded as received, to be retried, or given up;
//! listed and resent by operators, who also list endpoints and end their pauses.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DueDelivery},
        endpoint::{Endpoint, EndpointPage, PausedEndpoints},
        identifiers::{DeliveryId, EndpointId},
        operator_action::OperatorAction,
    },
    store::{ActionStep, StoreError},
};

/// The outbox of webhooks.
#[async_trait]
pub trait Deliveries: Send + Sync + 'static {
    /// Claims due deliveries for one attempt each, fairly: endpoints take turns, and each gives its
    /// oldest ones. A delivery is due again if the lease passes without an outcome. The cost grows
    /// with the endpoints that are looked at, not with their backlogs.
    async fn claim_deliveries(&self, claim: &DeliveryClaim)
    -> Result<Vec<DueDelivery>, StoreError>;

    /// Pauses an endpoint for all processes: no delivery to it is claimed meanwhile, and then one
    /// at a time until it is resumed. A longer pause that it has already stays. Gives up deliveries
    /// that have waited for `give_up_after`, the 10,000 oldest; the next pause takes the rest.
    /// Returns the number of deliveries that were given up.
    async fn pause_endpoint(
        &self,
        endpoint: &EndpointId,
        pause: Duration,
        reason: &str,
        give_up_after: Duration,
    ) -> Result<u64, StoreError>;

    /// Forgets the last pause of an endpoint that has accepted a webhook since.
    async fn resume_endpoint(&self, endpoint: &EndpointId) -> Result<(), StoreError>;

    /// Returns a page of the endpoints that deliveries wait for, or that have accepted none since
    /// their pause. Counts their pending deliveries, so it is for operators only.
    async fn endpoints(&self, page: &EndpointPage) -> Result<Vec<Endpoint>, StoreError>;

    /// Counts the selected endpoints that are paused now.
    async fn count_paused_endpoints(&self, selected: &PausedEndpoints) -> Result<u64, StoreError>;

    /// Ends the pauses of at most `limit` selected endpoints, in the order of their ids after
    /// `after`. Deliveries that would wait until the end of the pause or longer become due. Each
    /// endpoint then gives one delivery at a time until it accepts one, as after any pause.
    async fn end_pauses(
        &self,
        selected: &PausedEndpoints,
        limit: u32,
        after: Option<&EndpointId>,
        action: &OperatorAction,
    ) -> Result<ActionStep<EndpointId>, StoreError>;

    /// Records the end of an attempt.
    async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError>;

    /// Returns a page of deliveries.
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Returns one delivery with its content.
    async fn delivery(&self, id: &DeliveryId) -> Result<Option<DeliveryDetails>, StoreError>;

    /// Counts deliveries.
    async fn count_deliveries(&self, filter: &DeliveryFilter) -> Result<u64, StoreError>;

    /// Makes one page of ended deliveries pending again, with their attempts reset. They keep their
    /// ids. A delivery that ends again meanwhile is on no later page.
    async fn resend_deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &DeliveryPage,
        action: &OperatorAction,
    ) -> Result<ActionStep<DeliveryId>, StoreError>;
}

/// The limits of one claim.
#[derive(Debug, Clone)]
pub struct DeliveryClaim {
    /// The maximum number of deliveries.
    pub limit: u32,
    /// The maximum number of deliveries to one endpoint.
    pub endpoint_limit: u32,
    /// The time after which a delivery without an outcome is due again.
    pub lease: Duration,
    /// The endpoint after which turns begin; `None` begins with the first.
    pub last_served: Option<EndpointId>,
    /// Endpoints that are skipped, because they are busy or paused in this process.
    pub except: Vec<EndpointId>,
}

/// The outcome of one attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver accepted the delivery.
    Delivered {
        /// The receiver's HTTP status.
        status: u16,
    },
    /// The delivery is to be retried.
    Retry {
        /// The pause before the next attempt.
        after: Duration,
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// The error.
        error: String,
        /// True if this counted as an attempt (a paused endpoint does not).
        consumed: bool,
    },
    /// The delivery was given up.
    Failed {
        /// The receiver's HTTP status, if it answered.
        status: Option<u16>,
        /// The error.
        error: String,
        /// True if this counted as an attempt.
        consumed: bool,
    },
}
