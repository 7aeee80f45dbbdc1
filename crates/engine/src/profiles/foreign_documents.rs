//! Profiles in other people's formats: JSON Resume and schema.org `JobPosting`.
//!
//! A foreign document is recognised by its structure and becomes a document of ours, which then
//! goes through the reader as any other. The mapping is pure and never fails: a field with another
//! type than its schema says is left out, and what the reader would refuse in a document of ours
//! (an impossible amount, too many skills) it refuses here as well, with a pointer into the mapped
//! document. A document's own fields (`id`, `salary`, `remote`, …) may stand beside the foreign ones
//! and go before them. Everything else is dropped; names, contact data, address lines, pictures and
//! links never come along.

use serde_json::{Map, Value};

use super::{
    json_resume, profile_document::ProfileDocument, profile_kind::ProfileKind, schema_org_posting,
};

/// Turns a JSON Resume document into a candidate document and a schema.org `JobPosting` into a
/// posting document; anything else comes back as it is.
///
/// ```
/// use matching::profiles::{foreign_documents::normalise, profile_kind::ProfileKind};
/// use serde_json::json;
///
/// let resume = json!({"id": 7, "basics": {"name": "A. Person", "label": "Welder"}});
/// let document = normalise(ProfileKind::Candidate, resume);
/// assert_eq!(document, json!({"id": 7, "title": "Welder"}));
/// ```
#[must_use]
pub fn normalise(kind: ProfileKind, document: Value) -> Value {
    mapped_value(kind, &document).unwrap_or(document)
}

/// What a foreign document becomes; `None` for one of ours, which costs no copy of it.
#[must_use]
pub fn mapped(kind: ProfileKind, document: &ProfileDocument<'_>) -> Option<Value> {
    let may_be_foreign = match kind {
        ProfileKind::Candidate => json_resume::may_be_resume(document),
        ProfileKind::JobPosting => schema_org_posting::may_hold_posting(document),
    };
    may_be_foreign
        .then(|| document.to_value())
        .and_then(|document| mapped_value(kind, &document))
}

fn mapped_value(kind: ProfileKind, document: &Value) -> Option<Value> {
    let mapped = match kind {
        ProfileKind::Candidate => json_resume::candidate_document(document),
        ProfileKind::JobPosting => schema_org_posting::job_posting_document(document),
    };
    mapped.map(Value::Object)
}

/// Copies fields of ours that stand beside the foreign ones.
pub(super) fn copy_own_fields(from: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), from.get(*name)?.clone())))
        .collect()
}

/// Sets a field that the document does not have as a field of ours.
pub(super) fn set(document: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value
        && !document.contains_key(name)
    {
        document.insert(name.to_owned(), value.into());
    }
}

/// A text that isn't blank, trimmed.
pub(super) fn text(value: Option<&Value>) -> Option<&str> {
    let text = value?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::normalise;
    use crate::profiles::profile_kind::ProfileKind::{Candidate, JobPosting};

    #[test]
    fn other_documents_pass_through() {
        for document in [
            json!({"id": 1, "title": "Welder", "skills": ["MIG"], "work": "full time"}),
            json!({"@type": "Person", "name": "A"}),
            json!({"basics": "none"}),
            json!([1, 2]),
            json!("text"),
            Value::Null,
        ] {
            for kind in [Candidate, JobPosting] {
                assert_eq!(normalise(kind, document.clone()), document);
            }
        }
    }

    #[test]
    fn a_format_of_the_other_kind_passes_through() {
        let resume = json!({"basics": {"label": "Welder"}});
        assert_eq!(normalise(JobPosting, resume.clone()), resume);
        let posting = json!({"@type": "JobPosting", "title": "Welder"});
        assert_eq!(normalise(Candidate, posting.clone()), posting);
    }
}
