//! Imports NDJSON, in which each line is a profile document: checks lines on all cores, and writes
//! a part of them while the next is checked.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    mem,
};

use chrono::NaiveDate;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    ServiceError,
    encode_profiles::{self, ProfileDocuments, WarningsByIndex},
    parallel,
    profile_service::ProfileService,
    profiles::{self, DocumentFormat},
};
use crate::{
    domain::identifiers::ProfileId,
    store::{ProfilePart, PutProfiles},
};
use matching_engine::profiles::{
    profile_fault::ProfileFault, profile_kind::ProfileKind, profile_warning::ProfileWarning,
};

/// The minimum number of lines for a thread of their own.
const LEAST_SHARED: usize = 200;
/// The number of lines that are checked, and then written, together. Small, since nothing is
/// written while the first part is checked.
const PART: usize = 500;
/// The number of parts that are checked ahead of writing.
const PARTS_AHEAD: usize = 2;

/// The contents of checked lines.
#[derive(Debug, Default)]
pub struct CheckedLines {
    /// Ids and documents to store, in the order of their lines.
    pub documents: Vec<(ProfileId, String)>,
    /// The line number of each document.
    pub numbers: Vec<usize>,
    /// Lines with values that were left out.
    pub warned: Vec<WarnedLine>,
    /// Lines that can't be stored.
    pub bad: Vec<BadLine>,
}

/// The number of a line, and warnings about the values that were left out of it.
pub type WarnedLine = (usize, Vec<ProfileWarning>);

/// The ids of an import with their lines. Two lines with the same id are an error: one of the two
/// profiles would be lost.
#[derive(Debug)]
pub struct SeenIds {
    lines: HashMap<ProfileId, usize>,
    most: usize,
}

impl SeenIds {
    /// Remembers the first `most` ids.
    #[must_use]
    pub fn remembering(most: usize) -> Self {
        Self {
            lines: HashMap::new(),
            most,
        }
    }

    /// Refuses lines whose id an earlier line has.
    pub fn refuse_repeated(&mut self, checked: &mut CheckedLines) {
        let numbers = mem::take(&mut checked.numbers);
        let documents = mem::take(&mut checked.documents);
        let before = checked.bad.len();
        for (number, (id, document)) in numbers.into_iter().zip(documents) {
            let has_room = self.lines.len() < self.most;
            match self.lines.entry(id) {
                Entry::Vacant(entry) => {
                    if has_room {
                        entry.insert(number);
                    }
                    checked.numbers.push(number);
                    checked.documents.push((id, document));
                }
                Entry::Occupied(first) => {
                    let first = first.get();
                    let fault = ProfileFault {
                        pointer: "/id".to_owned(),
                        code: "duplicate_id",
                        detail: format!("line {first} has the same id; send each profile once"),
                    };
                    checked.bad.push((number, vec![fault]));
                }
            }
        }
        if checked.bad.len() > before {
            checked.bad.sort_by_key(|(number, _)| *number);
            let bad = &checked.bad;
            checked
                .warned
                .retain(|(number, _)| bad.binary_search_by_key(number, |(bad, _)| *bad).is_err());
        }
    }
}

/// Returns why a file can't be imported, and what to send instead, if its first two lines that are
/// not blank show another format than NDJSON: JSON over several lines, one list of profiles, or
/// CSV. Called before any line is checked; the advice then refuses the whole import. Returns `None`
/// if the first line is a whole document, which may be a JSON-LD list, or if no format is
/// recognised.
#[must_use]
pub fn refusal_of_other_formats(first: &[u8], second: Option<&[u8]>) -> Option<&'static str> {
    let first = first.trim_ascii();
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    let is_whole_object = |line: &[u8]| {
        line.trim_ascii().starts_with(b"{") && serde_json::from_slice::<Value>(line).is_ok()
    };
    if matches!(first.first(), Some(b'{' | b'[')) {
        return match serde_json::from_slice::<Value>(first) {
            // Before a whole object, the first line is NDJSON that was cut off.
            Err(error) if error.is_eof() && !second.is_some_and(is_whole_object) => Some(
                "the file is JSON over several lines; send one document a line, for example with \
                 `jq -c '.[]? // .' FILE`",
            ),
            Ok(Value::Array(documents)) if second.is_none() && is_list_of_documents(&documents) => {
                Some(
                    "the file is one list; send one document a line, for example with `jq -c '.[]' FILE`",
                )
            }
            _ => None,
        };
    }
    let first = std::str::from_utf8(first).ok()?;
    let separator = [';', '\t', ',']
        .into_iter()
        .find(|separator| first.contains(*separator))?;
    let begins_as_csv = first.starts_with(|c: char| c.is_alphabetic() || c == '"');
    let goes_on = second.is_none_or(|second| {
        std::str::from_utf8(second).is_ok_and(|second| second.contains(separator))
    });
    (begins_as_csv && goes_on && serde_json::from_str::<Value>(first).is_err()).then_some(
        "the file looks like CSV; send JSON, one document a line, with the names of the fields in each",
    )
}

/// Returns false for a list of JSON-LD nodes, which is one document.
fn is_list_of_documents(documents: &[Value]) -> bool {
    let is_linked = |document: &Value| {
        ["@type", "@graph", "@context"]
            .iter()
            .any(|name| document.get(name).is_some())
    };
    !documents.is_empty()
        && documents
            .iter()
            .all(|document| document.is_object() && !is_linked(document))
}

/// The number of a line, and all of its faults.
pub type BadLine = (usize, Vec<ProfileFault>);

/// The reasons why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// These lines, and possibly more, can't be stored.
    #[error("{} lines can't be stored", .0.len())]
    BadLines(Vec<BadLine>),
    /// The body isn't NDJSON; the text says what to send instead.
    #[error("{0}")]
    NoLines(&'static str),
    /// A part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The check of a line panicked, which is a bug.
    #[error("checking a line panicked")]
    BrokeOff,
}

/// The outcome of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// The numbers of created and replaced profiles.
    pub put: PutProfiles,
    /// Lines with values that were left out, up to the requested number.
    pub warned: Vec<WarnedLine>,
    /// The number of all lines with values that were left out.
    pub warned_lines: usize,
}

impl ProfileService {
    /// Stores all lines that are not blank, or none if any is bad. After `most` bad lines the rest
    /// is not checked. `most` also limits the bad lines and the warned lines that are returned.
    ///
    /// With an encoder, all lines are checked and encoded before the first is written: the database
    /// must not keep a transaction open meanwhile.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub async fn import(
        &self,
        kind: ProfileKind,
        format: DocumentFormat,
        text: Vec<u8>,
        received_on: NaiveDate,
        most: usize,
    ) -> Result<Imported, ImportError> {
        let store = &*self.profiles;
        let mut lines = text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty());
        if let Some(advice) = lines
            .next()
            .and_then(|first| refusal_of_other_formats(first, lines.next()))
        {
            return Err(ImportError::NoLines(advice));
        }
        let (parts, checked) = mpsc::channel(PARTS_AHEAD);
        let checking = tokio::task::spawn_blocking(move || {
            check_in_parts(kind, format, &text, received_on, most, parts)
        });
        let Some(encoder) = &self.encoder else {
            let (checked, put) = tokio::join!(checking, store.put_profile_parts(kind, checked));
            let mut imported = checked
                .map_err(|_| ImportError::BrokeOff)?
                .all_good()?
                .imported;
            imported.put = put?.ok_or(ImportError::BrokeOff)?;
            return Ok(imported);
        };
        let (checked, profiles) = tokio::join!(checking, collect(checked));
        let checked = checked.map_err(|_| ImportError::BrokeOff)?.all_good()?;
        let (profiles, warnings) = encode_profiles::encode(store, encoder, kind, profiles).await;
        let mut imported = checked.with_warnings(warnings, most);
        let (parts, handed) = mpsc::channel(PARTS_AHEAD);
        let (put, ()) = tokio::join!(
            store.put_profile_parts(kind, handed),
            hand_on(profiles, parts)
        );
        imported.put = put?.ok_or(ImportError::BrokeOff)?;
        Ok(imported)
    }
}

/// Collects all parts.
async fn collect(mut parts: mpsc::Receiver<ProfilePart>) -> ProfileDocuments {
    let mut profiles = Vec::new();
    while let Some(ProfilePart::Documents(documents)) = parts.recv().await {
        profiles.extend(documents);
    }
    profiles
}

/// Sends profiles in parts, and marks the end.
async fn hand_on(profiles: ProfileDocuments, parts: mpsc::Sender<ProfilePart>) {
    let mut profiles = profiles.into_iter();
    loop {
        let part: ProfileDocuments = profiles.by_ref().take(PART).collect();
        let is_end = part.is_empty();
        let part = if is_end {
            ProfilePart::End
        } else {
            ProfilePart::Documents(part)
        };
        // If the receiver is closed, the database has failed and reports that itself.
        if parts.send(part).await.is_err() || is_end {
            return;
        }
    }
}

/// The combined outcome of all parts of an import.
#[derive(Default)]
struct CheckedParts {
    bad: Vec<BadLine>,
    imported: Imported,
    /// The line number of each document.
    numbers: Vec<usize>,
    /// The numbers of lines with warnings.
    warned: Vec<usize>,
}

impl CheckedParts {
    fn all_good(self) -> Result<Self, ImportError> {
        if self.bad.is_empty() {
            Ok(self)
        } else {
            Err(ImportError::BadLines(self.bad))
        }
    }

    /// Adds warnings about documents to those about their lines.
    fn with_warnings(self, warnings: WarningsByIndex, most: usize) -> Imported {
        let mut imported = self.imported;
        let mut warned: BTreeMap<usize, Vec<ProfileWarning>> =
            mem::take(&mut imported.warned).into_iter().collect();
        for (at, (place, warning)) in warnings.into_iter().enumerate() {
            let Some(number) = self.numbers.get(place) else {
                continue;
            };
            if self.warned.binary_search(number).is_err() {
                imported.warned_lines += 1;
            }
            // The first lines overall are among the first lines of either list.
            if at < most {
                warned.entry(*number).or_default().push(warning);
            }
        }
        imported.warned = warned.into_iter().take(most).collect();
        imported
    }
}

/// Sends parts as long as all lines are good, and marks the end if all were. Stops sending at the
/// first bad line, so that the database keeps no transaction open.
fn check_in_parts(
    kind: ProfileKind,
    format: DocumentFormat,
    text: &[u8],
    received_on: NaiveDate,
    most: usize,
    parts: mpsc::Sender<ProfilePart>,
) -> CheckedParts {
    let lines: Vec<(usize, &[u8])> = (1..)
        .zip(text.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    let mut all = CheckedParts::default();
    let mut seen = SeenIds::remembering(usize::MAX);
    let mut parts = Some(parts);
    for lines in lines.chunks(PART) {
        let mut checked = check(kind, format, lines, received_on, most);
        seen.refuse_repeated(&mut checked);
        all.imported.warned_lines += checked.warned.len();
        all.numbers.append(&mut checked.numbers);
        all.warned
            .extend(checked.warned.iter().map(|(number, _)| *number));
        let room = most.saturating_sub(all.imported.warned.len());
        all.imported
            .warned
            .extend(checked.warned.into_iter().take(room));
        all.bad.extend(checked.bad);
        if !all.bad.is_empty() {
            parts = None;
        }
        let documents = ProfilePart::Documents(checked.documents);
        let goes_on = match &parts {
            // If the receiver is closed, the database has failed and reports that itself.
            Some(parts) => parts.blocking_send(documents).is_ok(),
            None => all.bad.len() < most,
        };
        if !goes_on {
            return all;
        }
    }
    if let Some(parts) = parts {
        let _ = parts.blocking_send(ProfilePart::End);
    }
    all
}

/// Checks numbered lines. Each thread stops after `most` bad lines. CPU work that blocks the
/// calling thread.
///
/// # Panics
/// If checking a line panics.
pub fn check(
    kind: ProfileKind,
    format: DocumentFormat,
    lines: &[(usize, impl AsRef<[u8]> + Sync)],
    received_on: NaiveDate,
    most_bad: usize,
) -> CheckedLines {
    if lines.len() < LEAST_SHARED {
        return check_part(kind, format, lines, received_on, most_bad);
    }
    let parts = parallel::for_each_part(lines, |part| {
        check_part(kind, format, part, received_on, most_bad)
    });
    let mut all = CheckedLines::default();
    for part in parts {
        all.documents.extend(part.documents);
        all.numbers.extend(part.numbers);
        all.warned.extend(part.warned);
        all.bad.extend(part.bad);
    }
    all
}

fn check_part(
    kind: ProfileKind,
    format: DocumentFormat,
    lines: &[(usize, impl AsRef<[u8]>)],
    received_on: NaiveDate,
    most_bad: usize,
) -> CheckedLines {
    let mut checked = CheckedLines {
        documents: Vec::with_capacity(lines.len()),
        numbers: Vec::with_capacity(lines.len()),
        ..CheckedLines::default()
    };
    for (number, line) in lines {
        match profiles::read_line(kind, format, line.as_ref(), received_on) {
            Ok(line) => {
                checked.documents.push((line.id, line.document));
                checked.numbers.push(*number);
                if !line.warnings.is_empty() {
                    checked.warned.push((*number, line.warnings));
                }
            }
            Err(faults) => checked.bad.push((*number, faults)),
        }
        if checked.bad.len() >= most_bad {
            break;
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(lines: &[&str]) -> CheckedLines {
        let lines: Vec<(usize, &str)> = (1..).zip(lines.iter().copied()).collect();
        let received_on = NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        check(
            ProfileKind::Candidate,
            DocumentFormat::Any,
            &lines,
            received_on,
            100,
        )
    }

    #[test]
    fn lines_with_one_id_are_a_fault_of_the_later_line() {
        let mut seen = SeenIds::remembering(usize::MAX);
        let mut one = checked(&[r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":"1"}"#]);
        seen.refuse_repeated(&mut one);
        assert_eq!(one.documents.len(), 2);
        assert_eq!(one.bad.len(), 1);
        assert_eq!((one.bad[0].0, one.bad[0].1[0].code), (3, "duplicate_id"));
        let mut other = checked(&[r#"{"id":3}"#, r#"{"id":2}"#]);
        seen.refuse_repeated(&mut other);
        assert_eq!((other.documents.len(), other.bad[0].0), (1, 2));
    }

    #[test]
    fn a_file_without_lines_of_json_is_refused_with_one_advice() {
        for (first, second, told) in [
            ("{", Some("  \"id\": 1,"), "several lines"),
            ("[", Some("  {\"id\": 1},"), "several lines"),
            ("{\"id\": 1,", None, "several lines"),
            ("\u{feff}[{\"id\": 1}, {\"id\": 2}]", None, "one list"),
            ("id;title", Some("1;Welder"), "CSV"),
            ("\"id\",\"title\"", Some("1,Welder"), "CSV"),
            ("id\ttitle", None, "CSV"),
        ] {
            let advice = refusal_of_other_formats(first.as_bytes(), second.map(str::as_bytes));
            assert!(
                advice.is_some_and(|advice| advice.contains(told)),
                "{first:?}: {advice:?}"
            );
        }
        for (first, second) in [
            (r#"{"id": 1}"#, Some(r#"{"id": 2}"#)),
            // A truncated line among complete ones.
            (r#"{"id": 1, "title": "x"#, Some(r#"{"id": 2}"#)),
            (r#"[{"@type": "JobPosting"}]"#, None),
            ("[]", None),
            ("nonsense", Some("more")),
            ("\"text\"", None),
            ("{,", Some("x")),
        ] {
            assert_eq!(
                refusal_of_other_formats(first.as_bytes(), second.map(str::as_bytes)),
                None,
                "{first:?}"
            );
        }
    }
}
