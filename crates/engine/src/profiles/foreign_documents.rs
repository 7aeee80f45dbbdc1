//! Maps profiles in foreign formats, JSON Resume and schema.org `JobPosting`, to the native format.
//!
//! A foreign document is recognised by its structure and mapped to a document in the native format,
//! which then goes through the same reader as any other. The mapping is pure and never refuses a
//! document because of one value: a value that has another type than its schema says, or that the
//! reader would refuse, is left out with a [`ProfileWarning`] that names the field in the sender's
//! document. The warnings are kept in the mapped document under `warnings`. The native fields in
//! each format's `NATIVE_FIELDS` may stand beside the foreign ones and take precedence. Everything
//! else is dropped; names, contact data, address lines, pictures and links are never copied.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    candidate::Candidate,
    html_text::readable,
    job_posting::JobPosting,
    json_resume,
    licence_names::names_in_list,
    profile_document::ProfileDocument,
    profile_fault::ProfileFault,
    profile_kind::ProfileKind,
    profile_reader::{ENTRY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, counted_list},
    profile_warning::{ProfileWarning, ProfileWarnings, as_value},
    schema_org_posting,
    work_history::{POSITION_LISTS, dated_positions},
    written_date::WrittenDate,
};

/// A document in the native format, with warnings about the values that were left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalised {
    /// The document, with its warnings under `warnings` if there are any.
    pub document: Value,
    /// Warnings about values that were left out.
    pub warnings: Vec<ProfileWarning>,
}

/// Maps a JSON Resume document to a candidate document and a schema.org `JobPosting` to a posting
/// document. Any other document is returned unchanged, except for the reference date of its open
/// positions.
///
/// `received_on` is the day on which the document was received: a job without an end is counted up
/// to it. The document keeps the date as `reference_date`, so that its years do not change when it
/// is read again. Without that date, a resume is counted up to the date that it states itself
/// ([`stated_date`]).
///
/// ```
/// use matching_engine::profiles::{foreign_documents::normalise, profile_kind::ProfileKind};
/// use serde_json::json;
///
/// let resume = json!({"id": 7, "basics": {"name": "A. Person", "label": "Welder"}});
/// let document = normalise(ProfileKind::Candidate, resume, None);
/// assert_eq!(document, json!({"id": 7, "title": "Welder"}));
/// ```
#[must_use]
pub fn normalise(kind: ProfileKind, document: Value, received_on: Option<NaiveDate>) -> Value {
    match mapped_value(kind, &document, received_on) {
        Some(normalised) => normalised.document,
        None => document,
    }
}

/// Maps a foreign document, or adds the reference date that open positions of a native document
/// need. Returns `None`, without copying, if the document needs no change.
#[must_use]
pub fn mapped(
    kind: ProfileKind,
    document: &ProfileDocument<'_>,
    received_on: Option<NaiveDate>,
) -> Option<Normalised> {
    let may_be_foreign = match kind {
        ProfileKind::Candidate => json_resume::may_be_resume(document),
        ProfileKind::JobPosting => schema_org_posting::may_hold_posting(document),
    };
    let may_need_date = || kind == ProfileKind::Candidate && may_hold_dated_positions(document);
    if !may_be_foreign && !may_need_date() {
        return None;
    }
    mapped_value(kind, &document.to_value(), received_on)
}

/// Returns true if the document is a JSON Resume with a candidate, or a schema.org `JobPosting`.
#[must_use]
pub fn is_foreign(kind: ProfileKind, document: &ProfileDocument<'_>) -> bool {
    match kind {
        ProfileKind::Candidate => {
            json_resume::may_be_resume(document)
                && json_resume::candidate_document(&document.to_value(), None).is_some()
        }
        ProfileKind::JobPosting => {
            schema_org_posting::may_hold_posting(document)
                && schema_org_posting::job_posting_document(&document.to_value()).is_some()
        }
    }
}

/// Returns the date for which a JSON Resume states that it is valid: `meta.lastModified`. Returns
/// `None` if its history continues after that date, which then stems from a template.
#[must_use]
pub fn stated_date(document: &Value) -> Option<NaiveDate> {
    json_resume::stated_date(document)
}

/// Removes words that the reader does not know from a native document, with a warning for each, so
/// that one value does not cost an import its line. Returns `None` if the document has no faults or
/// any other kind of fault.
#[must_use]
pub fn without_unknown_words(
    kind: ProfileKind,
    document: &Value,
    faults: &[ProfileFault],
) -> Option<Normalised> {
    let is_unknown_word = |fault: &ProfileFault| {
        matches!(fault.code, "unknown_value" | "wrong_type")
            && !matches!(&*fault.pointer, "" | "/id" | "/@type")
            && document
                .pointer(&fault.pointer)
                .is_some_and(Value::is_string)
    };
    if faults.is_empty() || !faults.iter().all(is_unknown_word) {
        return None;
    }
    let mapping = Mapping {
        document: document.as_object()?.clone(),
        ..Mapping::default()
    };
    Some(mapping.finish(kind, document))
}

fn mapped_value(
    kind: ProfileKind,
    document: &Value,
    received_on: Option<NaiveDate>,
) -> Option<Normalised> {
    let mapping = match kind {
        ProfileKind::Candidate => json_resume::candidate_document(document, received_on),
        ProfileKind::JobPosting => schema_org_posting::job_posting_document(document),
    };
    match (mapping, kind) {
        (Some(mapping), _) => Some(mapping.finish(kind, document)),
        (None, ProfileKind::Candidate) => with_reference_date(document, received_on?),
        (None, ProfileKind::JobPosting) => None,
    }
}

/// True if a list of positions contains an object.
fn may_hold_dated_positions(document: &ProfileDocument<'_>) -> bool {
    POSITION_LISTS.iter().any(|name| {
        let entries = document.member(name).and_then(|list| list.as_array());
        entries.is_some_and(|entries| entries.iter().any(serde_json_borrow::Value::is_object))
    })
}

/// Returns a native candidate document with the date up to which its open positions are counted,
/// and with warnings about unreadable dates. Returns `None` if it needs neither.
fn with_reference_date(document: &Value, received_on: NaiveDate) -> Option<Normalised> {
    let candidate = Node::new(document, "");
    let stated = candidate.member("reference_date");
    let reference = stated
        .as_ref()
        .and_then(|date| WrittenDate::of_value(date.value))
        .map_or(received_on, |date| date.first_day);
    let counted = counted_list(&ProfileDocument::of(document))?;
    let positions = candidate.entries(counted).into_iter();
    let positions: Vec<Node<'_>> = positions.filter(|entry| entry.value.is_object()).collect();
    let (is_to_reference, warnings) = dated_positions(&positions, reference);
    let needs_date = is_to_reference && stated.is_none();
    if warnings.is_empty() && !needs_date {
        return None;
    }
    let mut document = document.clone();
    let fields = document.as_object_mut()?;
    if needs_date {
        fields.insert("reference_date".to_owned(), reference.to_string().into());
    }
    let mut kept = ProfileWarnings::default();
    for warning in warnings {
        kept.push(warning);
    }
    let warnings = kept.finish();
    if !warnings.is_empty() {
        let mut all = match fields.remove("warnings") {
            Some(Value::Array(earlier)) => earlier,
            _ => Vec::new(),
        };
        if let Value::Array(further) = as_value(&warnings) {
            let further = further.into_iter().filter(|one| !all.contains(one));
            let further: Vec<Value> = further.collect();
            all.extend(further);
        }
        fields.insert("warnings".to_owned(), Value::Array(all));
    }
    Some(Normalised { document, warnings })
}

/// Returns the faults that the reader finds in a document.
fn faults_in(kind: ProfileKind, document: &Value) -> Vec<ProfileFault> {
    let document = ProfileDocument::of(document);
    let read = match kind {
        ProfileKind::Candidate => Candidate::check(&document).err(),
        ProfileKind::JobPosting => JobPosting::read(&document).err(),
    };
    read.unwrap_or_default()
}

/// A value of a foreign document with its JSON pointer.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    pub(super) fn new(value: &'a Value, pointer: impl Into<String>) -> Self {
        Self {
            value,
            pointer: pointer.into(),
        }
    }

    /// Returns a member unless it is absent, null or blank text.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !is_absent(value))?;
        Some(Self::new(value, format!("{}/{name}", self.pointer)))
    }

    /// Returns the entries of a list, or the value itself: JSON-LD allows both for a single value.
    /// Reads at most as many entries as a list of a profile may have.
    pub(super) fn all(&self) -> Vec<Self> {
        match self.value {
            Value::Array(values) => values
                .iter()
                .enumerate()
                .take(ENTRY_LIMIT)
                .filter(|(_, value)| !is_absent(value))
                .map(|(index, value)| Self::new(value, format!("{}/{index}", self.pointer)))
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// Returns the entries of a member; empty if the member is absent.
    pub(super) fn entries(&self, name: &str) -> Vec<Self> {
        self.member(name).map_or(vec![], |member| member.all())
    }

    /// Returns a text trimmed and without HTML; `None` if it is blank.
    pub(super) fn text(&self) -> Option<String> {
        text(Some(self.value))
    }
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// A document in the native format under construction.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    pub(super) document: Map<String, Value>,
    /// Pairs of pointers: a field of this document, and the sender's field it was read from.
    origins: Vec<(String, String)>,
    warnings: ProfileWarnings,
}

impl Mapping {
    /// Starts with those of the named native fields that the document has. They take precedence
    /// even if [`finish`](Self::finish) later removes them as faulty.
    pub(super) fn with_native_fields(from: &Node<'_>, native_fields: &[&str]) -> Self {
        let mut mapping = Self::default();
        for name in native_fields {
            if let Some(own) = from.member(name) {
                mapping.set(name, &own.pointer, Some(own.value.clone()));
            }
        }
        mapping
    }

    /// Sets a field unless a native field already provides it.
    pub(super) fn set(&mut self, name: &str, origin: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value
            && !self.document.contains_key(name)
        {
            self.document.insert(name.to_owned(), value.into());
            self.came_from(format!("/{name}"), origin);
        }
    }

    /// Sets a list, with the origin of each entry, unless a native field already provides it.
    pub(super) fn set_list(&mut self, name: &str, entries: Vec<(Value, String)>) {
        if entries.is_empty() || self.document.contains_key(name) {
            return;
        }
        let mut list = Vec::with_capacity(entries.len());
        for (index, (entry, origin)) in entries.into_iter().enumerate() {
            if index == ENTRY_LIMIT {
                let detail = format!("left out from here on; send at most {ENTRY_LIMIT} entries");
                self.warn(origin, "too_many", detail);
                break;
            }
            self.came_from(format!("/{name}/{index}"), &origin);
            list.push(entry);
        }
        self.document.insert(name.to_owned(), Value::Array(list));
    }

    /// Sets a single entry as the field's value, several as a list, unless a native field already
    /// provides them.
    pub(super) fn set_one_or_list(&mut self, name: &str, mut entries: Vec<(Value, String)>) {
        if entries.len() > 1 {
            self.set_list(name, entries);
        } else if let Some((value, origin)) = entries.pop() {
            self.set(name, &origin, Some(value));
        }
    }

    /// Adds entries to a list of names, also to one that a native field provides as a list or as
    /// text.
    pub(super) fn add_to_names(&mut self, name: &str, further: Vec<(Value, String)>) {
        if further.is_empty() {
            return;
        }
        let pointer = format!("/{name}");
        let mut entries: Vec<(Value, String)> = match self.document.remove(name) {
            None => Vec::new(),
            Some(Value::Array(own)) => {
                let own = own.into_iter().enumerate();
                own.map(|(index, entry)| (entry, format!("{pointer}/{index}")))
                    .collect()
            }
            Some(Value::String(text)) => {
                let own = names_in_list(&readable(&text)).into_iter();
                own.map(|entry| (entry.into(), pointer.clone())).collect()
            }
            Some(faulty) => vec![(faulty, pointer)],
        };
        entries.extend(further);
        self.set_list(name, entries);
    }

    fn came_from(&mut self, pointer: String, origin: &str) {
        if pointer != origin {
            self.origins.push((pointer, origin.to_owned()));
        }
    }

    pub(super) fn warn(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        self.warnings.push(ProfileWarning {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        });
    }

    /// Returns the text of a field; warns if it has another type.
    pub(super) fn text(&mut self, field: Option<Node<'_>>) -> Option<String> {
        let field = field?;
        if field.value.is_string() {
            return field.text();
        }
        self.wrong_type(&field, "text");
        None
    }

    pub(super) fn wrong_type(&mut self, field: &Node<'_>, expected: &str) {
        let detail = format!("left out; send {expected}");
        self.warn(field.pointer.clone(), "wrong_type", detail);
    }

    /// Removes all values that the reader would refuse, and completes the mapping of the sender's
    /// document.
    fn finish(self, kind: ProfileKind, sent: &Value) -> Normalised {
        let Self {
            document,
            origins,
            mut warnings,
        } = self;
        let mut document = Value::Object(document);
        for round in 0.. {
            let faults = faults_in(kind, &document);
            if faults.is_empty() {
                break;
            }
            for fault in &faults {
                warnings.push(ProfileWarning {
                    pointer: origin_of(&origins, &fault.pointer),
                    ..ProfileWarning::of_fault(fault)
                });
                // After three rounds the whole field is removed, so that the loop terminates.
                leave_out(&mut document, fault, round >= 3);
            }
        }
        drop_nulls(&mut document);
        let mut warnings = warnings.finish();
        for warning in &mut warnings {
            warning.pointer = schema_org_posting::as_written(sent, &warning.pointer);
        }
        if let Value::Object(fields) = &mut document
            && !warnings.is_empty()
        {
            fields.insert("warnings".to_owned(), as_value(&warnings));
        }
        Normalised { document, warnings }
    }
}

/// Translates a pointer of the native document into the sender's pointer: that of the field itself
/// or of the nearest enclosing field.
fn origin_of(origins: &[(String, String)], pointer: &str) -> String {
    let mut known = pointer;
    loop {
        if let Some((_, origin)) = origins.iter().find(|(ours, _)| ours == known) {
            // The rest of the pointer is valid in the sender's document only for a copied native
            // field.
            let rest = &pointer[known.len()..];
            return if origin.ends_with(known) {
                format!("{origin}{rest}")
            } else {
                origin.clone()
            };
        }
        match known.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => known = parent,
            _ => return pointer.to_owned(),
        }
    }
}

/// Shortens or nulls the value that a fault names; nulls count as absent.
fn leave_out(document: &mut Value, fault: &ProfileFault, whole_field: bool) {
    let pointer = &*fault.pointer;
    let field_end = pointer.get(1..).and_then(|rest| rest.find('/'));
    let field = field_end.map_or(pointer, |end| &pointer[..=end]);
    if whole_field {
        if let Some(value) = document.pointer_mut(field) {
            *value = Value::Null;
        }
        return;
    }
    if shorten(document, fault) {
        return;
    }
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_coordinate = ["lat", "latitude", "lon", "lng", "longitude"]
        .iter()
        .any(|name| pointer.ends_with(&format!("/location/{name}")));
    if is_coordinate && let Some(Value::Object(location)) = document.pointer_mut(parent) {
        // A single coordinate is useless, so both are removed.
        location
            .retain(|name, _| !matches!(&**name, "lat" | "latitude" | "lon" | "lng" | "longitude"));
        return;
    }
    let names_value = document.pointer(pointer).is_some() && fault.code != "min_above_max";
    let pointer = if names_value || parent.is_empty() {
        pointer
    } else {
        parent
    };
    if let Some(value) = document.pointer_mut(pointer) {
        *value = Value::Null;
    }
}

/// Truncates a list, text or title that is too long; the remainder is still useful. Returns false
/// if the fault is of another kind.
fn shorten(document: &mut Value, fault: &ProfileFault) -> bool {
    let is_title = fault.pointer == "/title" || fault.pointer.starts_with("/positions");
    let limit = match &*fault.pointer {
        "/summary" | "/description" => TEXT_LIMIT,
        _ if is_title => TITLE_LIMIT,
        _ => 0,
    };
    match (fault.code, document.pointer_mut(&fault.pointer)) {
        ("too_many", Some(Value::Array(entries))) => entries.truncate(ENTRY_LIMIT),
        ("too_long", Some(Value::String(text))) if limit > 0 => {
            *text = text.trim().chars().take(limit).collect();
        }
        _ => return false,
    }
    true
}

/// Drops nulls from the lists and objects of a document, at every depth.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.iter_mut().for_each(drop_nulls);
            entries.retain(|entry| !entry.is_null());
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(drop_nulls);
            fields.retain(|_, field| !field.is_null());
        }
        _ => {}
    }
}

/// Returns a text trimmed and without HTML; `None` if it is blank.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    let text = readable(value?.as_str()?.trim());
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{faults_in, normalise, without_unknown_words};
    use crate::profiles::profile_kind::ProfileKind::{Candidate, JobPosting};

    #[test]
    fn native_documents_are_left_unchanged() {
        for document in [
            json!({"id": 1, "title": "Welder", "skills": ["MIG"], "work": "full time"}),
            json!({"@type": "Person", "name": "A"}),
            json!({"basics": "none"}),
            json!([1, 2]),
            json!("text"),
            Value::Null,
        ] {
            for kind in [Candidate, JobPosting] {
                assert_eq!(normalise(kind, document.clone(), None), document);
            }
        }
    }

    #[test]
    fn a_format_of_the_other_kind_is_left_unchanged() {
        let resume = json!({"basics": {"label": "Welder"}});
        assert_eq!(normalise(JobPosting, resume.clone(), None), resume);
        let posting = json!({"@type": "JobPosting", "title": "Welder"});
        assert_eq!(normalise(Candidate, posting.clone(), None), posting);
    }

    #[test]
    fn the_end_date_assumed_for_an_open_position_is_kept() {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 28);
        let open = json!({"title": "x", "positions": [{"title": "x", "start_date": "2016"}]});
        let read = normalise(Candidate, open.clone(), date);
        assert_eq!(read["reference_date"], "2026-11-28");
        assert_eq!(read["positions"], open["positions"]);
        // A later read of the same document gives the same result.
        let later = chrono::NaiveDate::from_ymd_opt(2030, 1, 1);
        assert_eq!(normalise(Candidate, read.clone(), later), read);
        let ended =
            json!({"title": "x", "positions": [{"title": "x", "start": "2016", "end": "2017"}]});
        assert_eq!(normalise(Candidate, ended.clone(), date), ended);
    }

    #[test]
    fn an_unreadable_date_of_a_position_gives_a_warning() {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 28);
        let document = json!({"positions": [{"title": "x", "start_date": "long ago"}]});
        let read = normalise(Candidate, document, date);
        assert_eq!(read["warnings"][0]["pointer"], "/positions/0/start_date");
        assert_eq!(read["warnings"][0]["code"], "unreadable_date");
        assert_eq!(normalise(Candidate, read.clone(), date), read);
    }

    #[test]
    fn only_the_list_of_positions_that_counts_gives_warnings_and_a_date() {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 28);
        let closed = json!([{"title": "a", "start": "2016", "end": "2017"}]);
        let unreadable = json!([{"title": "b", "start": "long ago"}]);
        let open = json!([{"title": "b", "start": "2016"}]);
        for other in [&unreadable, &open] {
            let document = json!({"positions": closed, "experience": other});
            assert_eq!(normalise(Candidate, document.clone(), date), document);
            // Text and an empty list are no history, so that the next list counts.
            let document = json!({"positions": [], "work_history": "a job", "experience": other});
            let read = normalise(Candidate, document.clone(), date);
            assert_ne!(read, document);
        }
    }

    #[test]
    fn a_position_without_a_title_whose_date_is_unreadable_makes_the_years_unknown() {
        let document = json!({"positions": [{"start": "long ago"}]});
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 28);
        let read = normalise(Candidate, document, date);
        assert_eq!(read["warnings"][0]["pointer"], "/positions/0/start");
        let candidate = super::Candidate::from_document(&read).unwrap();
        assert!(candidate.experience_unreadable);
    }

    #[test]
    fn a_missing_date_is_named_in_the_spelling_of_the_format() {
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 28);
        let own = json!({"positions": [{"title": "a", "end_date": "2017"}]});
        let read = normalise(Candidate, own, date);
        assert_eq!(read["warnings"][0]["pointer"], "/positions/0/start_date");
        let resume = json!({"work": [{"position": "a", "endDate": "2017"}]});
        let read = normalise(Candidate, resume, date);
        assert_eq!(read["warnings"][0]["pointer"], "/work/0/startDate");
    }

    #[test]
    fn unknown_words_of_the_native_format_can_be_dropped() {
        let document = json!({"id": 7, "title": "x", "experience_years": "beaucoup", "remote": "on Mars",
            "skills": [{"name": "Rust", "level": "ninja"}, "SQL"]});
        let read =
            without_unknown_words(Candidate, &document, &faults_in(Candidate, &document)).unwrap();
        let pointers: Vec<&str> = read
            .warnings
            .iter()
            .map(|warning| &*warning.pointer)
            .collect();
        assert_eq!(
            pointers,
            ["/skills/0/level", "/experience_years", "/remote"]
        );
        assert_eq!(read.document["skills"], json!([{"name": "Rust"}, "SQL"]));
        for refused in [
            json!({"id": "x", "remote": "on Mars"}),
            json!({"title": 5}),
            json!({"experience_years": -1, "remote": "on Mars"}),
            json!({"title": "Welder"}),
        ] {
            let faults = faults_in(Candidate, &refused);
            assert_eq!(
                without_unknown_words(Candidate, &refused, &faults),
                None,
                "{refused}"
            );
        }
    }
}
