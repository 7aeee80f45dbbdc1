//! Fields of requests. Each type defines its valid values once: deserr reads by this definition and
//! reports the fault of any other value, and utoipa documents it.

mod filters;
mod numbers;
mod profiles;
mod texts;
mod weights;

use std::sync::Arc;

use deserr::ValuePointerRef;
use tokio::task_local;

pub(super) use self::{
    numbers::{Count, Fraction},
    profiles::{CandidateIds, GivenProfile, JobPostingIds, profile_source},
    texts::{
        AnswerLanguage, CallerText, DeliveryCursor, FailureName, Flag, FormatName, Host,
        JobStateName, ReceiverUrl, Time, WITHOUT_CONTROLS,
    },
};
use super::{
    faults::{Faults, Part, json_pointer},
    problem::FieldProblem,
    state::ApiState,
};
use crate::service::webhook_transport::ReceiverPolicy;
use matching_engine::{
    profiles::{profile_fault::ProfileFault, profile_kind::ProfileKind},
    scoring::Weights,
};

/// Settings that the values of a body are checked against. deserr passes no context to fields, so
/// these are task-local while a body is read.
#[derive(Clone)]
pub(super) struct Limits {
    /// The maximum number of ids in a list.
    bulk: usize,
    /// Decides which receivers a request may name.
    receivers: Arc<dyn ReceiverPolicy>,
    /// The weights of criteria that the body omits.
    weights: Weights,
    /// The kind of profile that filters apply to.
    filtered: ProfileKind,
}

task_local! {
    static LIMITS: Limits;
}

impl Limits {
    /// Returns the limits of this service.
    pub(super) fn of(state: &ApiState) -> Self {
        Self {
            bulk: state.settings.bulk_limit,
            receivers: Arc::clone(&state.receivers),
            weights: state.settings.weights,
            filtered: ProfileKind::Candidate,
        }
    }

    /// Returns these limits for filters of this kind of profile.
    pub(super) fn filtering(self, filtered: ProfileKind) -> Self {
        Self { filtered, ..self }
    }

    /// Returns the kind of profile that filters apply to.
    pub(super) fn filtered(&self) -> ProfileKind {
        self.filtered
    }

    /// Runs a function that reads fields; they are checked against these limits.
    pub(super) fn scope<T>(self, read: impl FnOnce() -> T) -> T {
        LIMITS.sync_scope(self, read)
    }

    /// Accesses the limits of the body that is being read.
    ///
    /// # Panics
    /// Outside of [`scope`](Self::scope): only bodies have such fields.
    pub(super) fn with<T>(look: impl FnOnce(&Self) -> T) -> T {
        LIMITS.with(look)
    }
}

/// A kind of value, with an instruction for callers.
pub(super) trait Field: Sized {
    /// Returns the instruction, which says what to send.
    fn rule() -> String;

    /// Returns the fault of a required field that is absent.
    fn missing<P: Part>(name: &str, object: ValuePointerRef<'_>) -> Faults<P> {
        Faults::at(object.push_key(name), "missing", Self::rule())
    }
}

/// Returns faults that the engine found in the value at a location.
pub(super) fn within<P: Part>(location: ValuePointerRef<'_>, faults: &[ProfileFault]) -> Faults<P> {
    let prefix = json_pointer(location);
    let faults = faults.iter();
    let faults: Vec<_> = faults
        .map(|fault| FieldProblem::of_profile(&prefix, fault))
        .collect();
    faults.into()
}
