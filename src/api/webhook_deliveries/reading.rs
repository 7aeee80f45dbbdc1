//! Filters and pages of webhooks in the form that calls send. Unknown names are refused, since a
//! misspelt filter would select more than intended. utoipa documents that by serde's attribute.

use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        faults::{Faults, InBody, InQuery, Part},
        fields::{DeliveryCursor, Host, Time},
        matches::PageLimit,
        problem::FieldProblem,
        reading::{Fields, Given},
    },
    domain::{
        delivery::{DeliveryFilter, DeliveryPage, DeliveryState},
        event::EventType,
        identifiers::{EndpointId, WorkId},
    },
};

/// The conditions of a filter.
const CONDITIONS: [&str; 7] = [
    "state",
    "endpoint",
    "host",
    "job_id",
    "event_type",
    "from",
    "to",
];

/// A filter of webhooks; all given conditions must hold.
#[derive(Deserr, ToSchema, IntoParams)]
#[deserr(error = Faults<P>, generic_param = P, where_predicate = P: Part, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"host": "platform.example", "dry_run": true}))]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilterBody {
    /// Only webhooks in this state.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    state: Option<DeliveryState>,
    /// Only webhooks to this endpoint: its id, or a receiver's URL, whose query is ignored.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    endpoint: Option<EndpointId>,
    /// Only webhooks to this host, such as `one.example` (all ports) or `one.example:8443`.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    host: Option<Host>,
    /// Only webhooks about this job or batch.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    job_id: Option<WorkId>,
    /// Only webhooks with events of this type.
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    event_type: Option<EventType>,
    /// Only webhooks recorded at this time or later (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    from: Option<Time>,
    /// Only webhooks recorded before this time (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    #[schema(inline)]
    to: Option<Time>,
    /// True selects all webhooks that were given up; required if there is no other condition.
    #[deserr(default)]
    #[param(ignore)]
    #[expect(dead_code, reason = "without a filter all of them are meant")]
    all: Option<bool>,
    /// True changes nothing and counts what would be resent.
    #[deserr(default)]
    #[param(ignore)]
    dry_run: Option<bool>,
}

impl DeliveryFilterBody {
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }
}

impl Fields<InBody> for DeliveryFilterBody {
    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let (code, detail) = match (given.is_true("all"), given.has_any(&CONDITIONS)) {
            (true, true) => ("inconsistent", "send either all or a filter, not both"),
            (false, false) => (
                "missing",
                "send a filter, or \"all\": true for every webhook that was given up",
            ),
            _ => return vec![],
        };
        vec![FieldProblem::new("body", "/all", code, detail)]
    }
}

impl Fields<InQuery> for DeliveryFilterBody {}

impl From<DeliveryFilterBody> for DeliveryFilter {
    fn from(body: DeliveryFilterBody) -> Self {
        Self {
            ids: None,
            state: body.state,
            endpoint: body.endpoint,
            host: body.host.map(|host| host.0),
            job_id: body.job_id,
            event_type: body.event_type,
            from: body.from.map(|time| time.0),
            to: body.to.map(|time| time.0),
        }
    }
}

/// A page of webhooks.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct DeliveryPageQuery {
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<DeliveryCursor>,
}

impl Fields<InQuery> for DeliveryPageQuery {}

impl From<DeliveryPageQuery> for DeliveryPage {
    fn from(query: DeliveryPageQuery) -> Self {
        Self {
            limit: query.limit.unwrap_or_default().0,
            after: query.cursor.map(|cursor| cursor.0),
        }
    }
}
