//! Enumerations of answers, as schemas: by the names that the rest of the service gives their
//! values.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

use crate::{
    domain::{
        api_key::{KeyState, Scope},
        dead_letter::AttemptOutcome,
        operator_action::OperatorActionKind,
        process::ProcessRole,
        queue_name::QueueName,
        task::TaskState,
    },
    service::{health::ReadinessGrade, verify_result::Outcome},
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Category};

/// Implements schemas of enumerations.
macro_rules! names {
    ($($kind:ty, $schema:literal, $names:expr;)+) => { $(
        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                let schema = ObjectBuilder::new().schema_type(Type::String);
                schema.enum_values(Some($names)).into()
            }
        }

        impl ToSchema for $kind {
            fn name() -> Cow<'static, str> {
                $schema.into()
            }
        }
    )+ };
}

/// The category of a score.
pub(super) struct CategoryName;

/// The kind of a profile.
pub(super) struct ProfileKindName;

/// The full name of a queue.
pub(super) struct FullQueueName;

/// The status of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchStatus {
    /// All matches wait for a dependency.
    Waiting,
    /// No match has begun.
    Queued,
    /// A match has begun.
    Processing,
    /// Every match has ended.
    Completed,
}

impl BatchStatus {
    const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Queued,
        Self::Processing,
        Self::Completed,
    ];

    /// Returns the wire name, which is that of a match in this state.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => TaskState::Waiting.as_str(),
            Self::Queued => TaskState::Queued.as_str(),
            Self::Processing => TaskState::Processing.as_str(),
            Self::Completed => TaskState::Completed.as_str(),
        }
    }
}

names! {
    TaskState, "JobState", Self::ALL.map(Self::as_str);
    BatchStatus, "BatchState", Self::ALL.map(Self::as_str);
    FullQueueName, "Queue", QueueName::ALL.map(QueueName::as_str);
    CategoryName, "Category", Category::ALL.map(Category::as_str);
    ProfileKindName, "ProfileKind",
        [ProfileKind::Candidate, ProfileKind::JobPosting].map(ProfileKind::as_str);
    AttemptOutcome, "AttemptOutcome", Self::ALL.map(Self::as_str);
    OperatorActionKind, "OperatorActionKind", Self::ALL.map(Self::as_str);
    ProcessRole, "ProcessRole", Self::ALL.map(Self::as_str);
    Scope, "Scope", Self::ALL.map(Self::as_str);
    KeyState, "ApiKeyState", Self::ALL.map(Self::as_str);
    ReadinessGrade, "Readiness", Self::ALL.map(Self::as_str);
    Outcome, "VerificationOutcome", Self::ALL.map(Self::as_str);
}
