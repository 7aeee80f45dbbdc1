//! The lines of an import, each a profile document: checked on all processors, and written while the next
//! are checked.

use tokio::sync::mpsc;

use super::{parallel, profiles};
use crate::store::{ProfilePart, PutProfiles, Store, StoreError};
use matching_engine::profiles::{profile_fault::ProfileFault, profile_kind::ProfileKind};

/// Fewer lines are not worth a thread.
const LEAST_SHARED: usize = 200;
/// Lines that are checked, and then written, together: few against those of a large body, since the first
/// are checked while nothing is written.
const PART: usize = 500;
/// Parts that are checked before their turn.
const PARTS_AHEAD: usize = 2;

/// What some lines hold.
#[derive(Debug, Default)]
pub struct CheckedLines {
    /// Ids and documents to store, in the order of their lines.
    pub documents: Vec<(i64, String)>,
    /// Lines that can't be stored.
    pub bad: Vec<BadLine>,
}

/// The number of a line and every fault of it.
pub type BadLine = (usize, Vec<ProfileFault>);

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// These lines, and perhaps more, can't be stored.
    #[error("{} lines can't be stored", .0.len())]
    BadLines(Vec<BadLine>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line broke the check; a bug.
    #[error("checking broke off")]
    BrokeOff,
}

/// Stores all lines that are not blank, or, if any is bad, none. After many bad ones the rest is not looked
/// at.
///
/// # Errors
/// See [`ImportError`].
pub async fn import(
    store: &dyn Store,
    kind: ProfileKind,
    text: Vec<u8>,
    most_bad: usize,
) -> Result<PutProfiles, ImportError> {
    let (parts, checked) = mpsc::channel(PARTS_AHEAD);
    let checking =
        tokio::task::spawn_blocking(move || check_in_parts(kind, &text, most_bad, parts));
    let (bad, put) = tokio::join!(checking, store.put_profile_parts(kind, checked));
    match bad {
        Ok(bad) if bad.is_empty() => put?.ok_or(ImportError::BrokeOff),
        Ok(bad) => Err(ImportError::BadLines(bad)),
        Err(_) => Err(ImportError::BrokeOff),
    }
}

/// Hands parts on as long as all lines are good, and says that they ended if all were. With the first bad
/// line they break off, so that the database keeps nothing open for them.
fn check_in_parts(
    kind: ProfileKind,
    text: &[u8],
    most_bad: usize,
    parts: mpsc::Sender<ProfilePart>,
) -> Vec<BadLine> {
    let lines: Vec<(usize, &[u8])> = (1..)
        .zip(text.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    let mut bad = Vec::new();
    let mut parts = Some(parts);
    for lines in lines.chunks(PART) {
        let checked = check(kind, lines, most_bad);
        bad.extend(checked.bad);
        if !bad.is_empty() {
            parts = None;
        }
        let documents = ProfilePart::Documents(checked.documents);
        let goes_on = match &parts {
            // Where nobody takes a part any more, the database has failed and says so.
            Some(parts) => parts.blocking_send(documents).is_ok(),
            None => bad.len() < most_bad,
        };
        if !goes_on {
            return bad;
        }
    }
    if let Some(parts) = parts {
        let _ = parts.blocking_send(ProfilePart::End);
    }
    bad
}

/// Checks numbered lines. Each processor looks at no more after so many bad ones. CPU work, to be called
/// where blocking is fine.
///
/// # Panics
/// When checking a line does.
pub fn check(
    kind: ProfileKind,
    lines: &[(usize, impl AsRef<[u8]> + Sync)],
    most_bad: usize,
) -> CheckedLines {
    if lines.len() < LEAST_SHARED {
        return check_part(kind, lines, most_bad);
    }
    let parts = parallel::for_each_part(lines, |part| check_part(kind, part, most_bad));
    let mut all = CheckedLines::default();
    for part in parts {
        all.documents.extend(part.documents);
        all.bad.extend(part.bad);
    }
    all
}

fn check_part(
    kind: ProfileKind,
    lines: &[(usize, impl AsRef<[u8]>)],
    most_bad: usize,
) -> CheckedLines {
    let mut checked = CheckedLines {
        documents: Vec::with_capacity(lines.len()),
        bad: vec![],
    };
    for (number, line) in lines {
        match profiles::read_line(kind, line.as_ref()) {
            Ok(document) => checked.documents.push(document),
            Err(faults) => checked.bad.push((*number, faults)),
        }
        if checked.bad.len() >= most_bad {
            break;
        }
    }
    checked
}
