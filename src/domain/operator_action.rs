//! Operator actions: what was done to queues, queued work or dead letters, when and by which
//! operator, as the ledger records it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::paging::TimeCursor;

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorActionKind {
    /// Dead letters were queued again.
    Retry,
    /// A dead letter was changed and queued again.
    Edit,
    /// Dead letters were deleted.
    Purge,
    /// Jobs were cancelled.
    Cancel,
    /// Ended webhooks became pending again.
    Resend,
    /// A queue was paused.
    Pause,
    /// A queue was resumed, or pauses of endpoints were ended.
    Resume,
    /// An API key was created.
    CreateKey,
    /// An API key was replaced by a new one.
    RotateKey,
    /// An API key was revoked.
    RevokeKey,
}

impl OperatorActionKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Retry,
        Self::Edit,
        Self::Purge,
        Self::Cancel,
        Self::Resend,
        Self::Pause,
        Self::Resume,
        Self::CreateKey,
        Self::RotateKey,
        Self::RevokeKey,
    ];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Edit => "edit",
            Self::Purge => "purge",
            Self::Cancel => "cancel",
            Self::Resend => "resend",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::CreateKey => "create_key",
            Self::RotateKey => "rotate_key",
            Self::RevokeKey => "revoke_key",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One action, before the ledger carries it out.
#[derive(Debug, Clone)]
pub struct OperatorAction {
    /// A ULID. Steps of one action share it, and their tasks are counted together.
    pub id: String,
    /// The operator: `key:` and a key's id, the first digits of a configured key's digest,
    /// `anonymous`, or `cli:` and a user's name.
    pub actor: String,
    /// The kind of action.
    pub kind: OperatorActionKind,
    /// Its target, a JSON object.
    pub target: Value,
}

/// An operator's action as it is shown.
#[derive(Debug, Clone)]
pub struct RecordedAction {
    /// Its id.
    pub id: String,
    /// The time at which it began.
    pub at: DateTime<Utc>,
    /// The operator's name.
    pub actor: String,
    /// The kind of action.
    pub kind: OperatorActionKind,
    /// Its target, a JSON object.
    pub target: Value,
    /// The number of tasks that it changed, of webhooks that it resent, or of endpoints whose
    /// pauses it ended.
    pub tasks: i64,
}

impl RecordedAction {
    /// Returns the cursor of a page that ends with this row.
    pub fn cursor(&self) -> TimeCursor {
        TimeCursor {
            at: self.at,
            id: self.id.clone(),
        }
    }
}
