//! What people do to queued work and to dead letters, as the ledger remembers it: who, when, to what.

use serde_json::Value;

/// The kinds of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorActionKind {
    /// Dead letters were queued again.
    Retry,
    /// A dead letter was changed and queued again.
    Edit,
    /// Dead letters were deleted.
    Purge,
    /// Jobs were withdrawn.
    Cancel,
}

impl OperatorActionKind {
    /// The stable name, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Edit => "edit",
            Self::Purge => "purge",
            Self::Cancel => "cancel",
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Retry, Self::Edit, Self::Purge, Self::Cancel]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// One action, before the ledger carries it out.
#[derive(Debug, Clone)]
pub struct OperatorAction {
    /// A ULID. Steps of one action share it, and their tasks are counted together.
    pub id: String,
    /// Who acts: the beginning of an API key's digest, `anonymous`, or `cli:` and a user's name.
    pub actor: String,
    /// What is done.
    pub kind: OperatorActionKind,
    /// What it is done to, a JSON object.
    pub target: Value,
}
