//! Imports a stream of lines in constant memory: checks them in steps, stores the good lines of
//! each step in one transaction while the next step is checked, and reports the others.

use std::sync::Arc;

use chrono::NaiveDate;
use tokio::sync::mpsc;

use super::{
    encoder::TextEncoder,
    import::{self, CheckedLines, ImportError, SeenIds},
    profile_service::ProfileService,
    profiles::{self, DocumentFormat},
};
use crate::store::Profiles;
use matching_engine::profiles::{
    profile_fault::ProfileFault, profile_kind::ProfileKind, profile_warning::ProfileWarning,
};

/// Lines that are not blank, with their numbers from 1. Checked and stored together.
pub type Step = Vec<(usize, Vec<u8>)>;

/// How the lines of an import are read.
#[derive(Debug, Clone, Copy)]
pub struct LineReading {
    /// The kind of all profiles.
    pub kind: ProfileKind,
    /// The format of all documents.
    pub format: DocumentFormat,
    /// The reference date of profiles that state none.
    pub received_on: NaiveDate,
    /// The maximum number of ids that are remembered, so that a later line with one of them is
    /// refused. A line with an id that isn't remembered replaces the earlier profile.
    pub remembered_ids: usize,
}

/// One line that is reported.
#[derive(Debug)]
pub enum ReportedLine {
    /// The line was not stored, for these reasons.
    Bad(usize, Vec<ProfileFault>),
    /// The line was stored without some values.
    Warned(usize, Vec<ProfileWarning>),
    /// The line was stored without an encoding. Reported after the line's other warnings.
    NotEncoded {
        /// The number of the line.
        number: usize,
        /// The reason.
        warning: ProfileWarning,
        /// True if the line had other warnings.
        is_warned: bool,
    },
}

/// The lines that were stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredLines {
    /// The number of profiles that were not stored before.
    pub created: u64,
    /// The number of profiles that replaced an older one.
    pub replaced: u64,
    /// The number of the last line that was stored or reported as bad; an import that failed can
    /// go on behind it.
    pub through: usize,
}

impl ProfileService {
    /// Stores the good lines of each step: see [`store_steps`].
    pub async fn import_steps(
        &self,
        reading: LineReading,
        steps: mpsc::Receiver<Step>,
        report: impl FnMut(ReportedLine),
    ) -> (StoredLines, Result<(), ImportError>) {
        store_steps(
            &*self.profiles,
            self.encoder.as_ref(),
            reading,
            steps,
            report,
        )
        .await
    }
}

/// Stores the good lines of each step, in the order of the steps, until `steps` is closed. Returns
/// what was stored, also if the import failed: the steps that were stored before stay stored.
/// Stops receiving when it fails.
pub async fn store_steps(
    store: &(impl Profiles + ?Sized),
    encoder: Option<&Arc<dyn TextEncoder>>,
    reading: LineReading,
    mut steps: mpsc::Receiver<Step>,
    mut report: impl FnMut(ReportedLine),
) -> (StoredLines, Result<(), ImportError>) {
    let mut stored = StoredLines::default();
    let mut seen = SeenIds::remembering(reading.remembered_ids);
    let mut is_first = true;
    let mut checked: Option<CheckedStep> = None;
    loop {
        let checking = async {
            let Some(step) = steps.recv().await else {
                return Ok((seen, None));
            };
            check(reading, step, seen, is_first).await
        };
        let writing = async {
            match checked.take() {
                Some(step) => write(store, encoder, reading.kind, step).await.map(Some),
                None => Ok(None),
            }
        };
        // The first failure ends both: a stream that stalls must not delay the report of a write
        // that failed. A write that is dropped stores nothing.
        let (next, written) = match tokio::try_join!(checking, writing) {
            Ok(both) => both,
            Err(error) => return (stored, Err(error)),
        };
        if let Some((put, not_encoded)) = written {
            stored.created += put.created;
            stored.replaced += put.replaced;
            stored.through = put.through;
            not_encoded.into_iter().for_each(&mut report);
        }
        is_first = false;
        let (remembered, Some(mut next)) = next else {
            return (stored, Ok(()));
        };
        seen = remembered;
        for (number, faults) in next.lines.bad.drain(..) {
            report(ReportedLine::Bad(number, faults));
        }
        for (number, warnings) in next.lines.warned.drain(..) {
            next.warned.push(number);
            report(ReportedLine::Warned(number, warnings));
        }
        checked = Some(next);
    }
}

/// A step whose lines were checked.
struct CheckedStep {
    lines: CheckedLines,
    /// The numbers of lines whose warnings were reported.
    warned: Vec<usize>,
    /// The number of its last line.
    last: usize,
}

/// Checks a step on a blocking thread. Of the first step it checks the format of the whole file.
async fn check(
    reading: LineReading,
    step: Step,
    mut seen: SeenIds,
    is_first: bool,
) -> Result<(SeenIds, Option<CheckedStep>), ImportError> {
    let first_lines = |step: &Step| {
        let (_, first) = step.first()?;
        let second = step.get(1).map(|(_, line)| &**line);
        import::refusal_of_other_formats(first, second)
    };
    if is_first && let Some(advice) = first_lines(&step) {
        return Err(ImportError::NoLines(advice));
    }
    let checking = tokio::task::spawn_blocking(move || {
        let LineReading {
            kind,
            format,
            received_on,
            ..
        } = reading;
        let mut lines = import::check(kind, format, &step, received_on, usize::MAX);
        seen.refuse_repeated(&mut lines);
        let last = step.last().map_or(0, |(number, _)| *number);
        let warned = Vec::new();
        (
            seen,
            Some(CheckedStep {
                lines,
                warned,
                last,
            }),
        )
    });
    checking.await.map_err(|_| ImportError::BrokeOff)
}

/// Stores the documents of a step. Returns what was stored, and reports about documents that could
/// not be encoded.
async fn write(
    store: &(impl Profiles + ?Sized),
    encoder: Option<&Arc<dyn TextEncoder>>,
    kind: ProfileKind,
    step: CheckedStep,
) -> Result<(StoredLines, Vec<ReportedLine>), ImportError> {
    let CheckedStep {
        lines,
        warned,
        last,
    } = step;
    let mut stored = StoredLines {
        through: last,
        ..StoredLines::default()
    };
    if lines.documents.is_empty() {
        return Ok((stored, Vec::new()));
    }
    let put = profiles::put_all(store, encoder, kind, lines.documents).await;
    let put = put.map_err(|error| ImportError::Service(error.into()))?;
    stored.created = put.created;
    stored.replaced = put.replaced;
    let not_encoded = put.warnings.into_iter().filter_map(|(index, warning)| {
        let number = *lines.numbers.get(index)?;
        Some(ReportedLine::NotEncoded {
            number,
            warning,
            is_warned: warned.binary_search(&number).is_ok(),
        })
    });
    Ok((stored, not_encoded.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fakes::{ProfilesInMemory, id_of};

    /// Imports steps of lines into a store that refuses the profile of this id.
    async fn imported(
        steps: &[&[&str]],
        refused: i64,
        remembered_ids: usize,
    ) -> (StoredLines, Result<(), ImportError>, Vec<usize>) {
        let mut store = ProfilesInMemory::default();
        store.refused = Some(id_of(refused));
        let (sender, receiver) = mpsc::channel(steps.len());
        let mut numbered = (1..).zip(steps.iter().copied().flatten());
        for step in steps {
            let step = numbered.by_ref().take(step.len());
            let step: Step = step
                .map(|(number, line)| (number, line.as_bytes().to_vec()))
                .collect();
            sender.try_send(step).unwrap();
        }
        drop(sender);
        let reading = LineReading {
            kind: ProfileKind::Candidate,
            format: DocumentFormat::Any,
            received_on: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(),
            remembered_ids,
        };
        let mut bad = Vec::new();
        let (stored, outcome) = store_steps(&store, None, reading, receiver, |line| {
            if let ReportedLine::Bad(number, _) = line {
                bad.push(number);
            }
        })
        .await;
        (stored, outcome, bad)
    }

    #[tokio::test]
    async fn bad_lines_of_all_steps_are_reported_and_the_last_line_is_counted() {
        let steps = [
            &[r#"{"id": 1}"#, "nonsense"][..],
            &[r#"{"id": 1}"#, r#"{"id": 2}"#],
        ];
        let (stored, outcome, bad) = imported(&steps, 9, 10).await;
        assert!(outcome.is_ok());
        assert_eq!((stored.through, bad), (4, vec![2, 3]));
        // The second id is not remembered, so its second line replaces the first.
        let steps = [&[r#"{"id": 1}"#, r#"{"id": 2}"#][..], &[r#"{"id": 2}"#]];
        let (stored, outcome, bad) = imported(&steps, 9, 1).await;
        assert!(outcome.is_ok());
        assert_eq!((stored.through, bad), (3, vec![]));
    }

    #[tokio::test]
    async fn an_import_that_fails_states_the_last_line_of_the_step_before() {
        let steps = [
            &[r#"{"id": 1}"#, r#"{"id": 2}"#][..],
            &[r#"{"id": 3}"#, "nonsense"],
            &[r#"{"id": 4}"#],
        ];
        for (refused, through) in [(1, 0), (3, 2), (4, 4)] {
            let (stored, outcome, _) = imported(&steps, refused, 10).await;
            assert!(matches!(outcome, Err(ImportError::Service(_))), "{refused}");
            assert_eq!(stored.through, through, "{refused}");
        }
    }
}
