//! `POST /api/v1/candidates:import` and `/api/v1/job-postings:import`: stores many profiles, all
//! lines or none; with `partial=true` the good lines, in constant memory.

use std::{mem, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use tokio::{sync::mpsc, time::Instant};
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    bodies::IncomingBody,
    faults::{Faults, InQuery},
    fields::{Flag, FormatName},
    problem::{FieldProblem, Problem},
    reading::{Fields, read_query},
};
use crate::service::{
    import::ImportError,
    import_steps::{LineReading, ReportedLine, Step, StoredLines},
    profiles::DocumentFormat,
};
use matching_engine::profiles::{profile_kind::ProfileKind, profile_warning::ProfileWarning};

/// The maximum number of faults, and of warnings, that an answer lists.
const LISTED: usize = 100;
/// The same for a partial import, whose sender mends only what is listed.
const LISTED_OF_PARTIAL: usize = 1_000;

/// The maximum number of lines, and about the maximum of their bytes, that a partial import stores
/// in one transaction.
const STEP: usize = 1_000;
const STEP_BYTES: usize = 1 << 20;
/// The number of steps that are received ahead of checking.
const STEPS_AHEAD: usize = 1;
/// The number of steps of an import that are in memory at the same time: received, waiting, checked
/// and written.
const STEPS_HELD: usize = 3 + STEPS_AHEAD;
/// The number of ids that a partial import remembers, about 30 bytes each.
const REMEMBERED_IDS: usize = 1_000_000;

/// How an import is read.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The format of all documents: `json_resume` for candidates, `schema_org` for job postings,
    /// `native` for either. Without it, each is read in the format that it shows.
    #[deserr(default)]
    #[param(inline)]
    format: Option<FormatName>,
    /// `true` stores the good lines while the body is received, whatever its size, and lists the
    /// bad ones in the answer. Otherwise one bad line refuses the import.
    #[deserr(default)]
    #[param(inline)]
    partial: Option<Flag>,
}

impl Fields<InQuery> for ImportQuery {}

/// The outcome of an import.
#[derive(Serialize, ToSchema)]
pub struct ImportAnswer {
    /// The number of stored profiles.
    imported: u64,
    /// The number of profiles that were not stored before.
    created: u64,
    /// The number of profiles that replaced an older one.
    replaced: u64,
    /// The number of lines that were not stored; 0 unless the import is partial.
    bad_lines: usize,
    /// The faults of lines that were not stored: at most 1,000.
    errors: Vec<FieldProblem>,
    /// The number of lines with values that were left out or without an encoding by the encoder.
    warned_lines: usize,
    /// The values that were left out, with their lines: at most 100, of a partial import 1,000. The
    /// stored documents contain all warnings.
    warnings: Vec<FieldProblem>,
}

/// Stores many candidates, one JSON document per line: all lines or, if any is invalid, none. With
/// `partial=true` the valid lines.
#[utoipa::path(operation_id = "import_candidates", tag = "profiles", params(ImportQuery),
    request_body(content = String, content_type = "application/x-ndjson",
        example = "{\"id\": 123, \"title\": \"Welder\"}\n{\"id\": 124, \"title\": \"Pastry chef\"}\n"),
    responses((status = 200, body = ImportAnswer, description = "all lines are stored; of a partial import, those that `errors` doesn't list")))]
#[post("/api/v1/candidates:import")]
pub(super) async fn import_candidates(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    import(&state, ProfileKind::Candidate, &request, payload).await
}

/// Stores many job postings, one JSON document per line: all lines or, if any is invalid, none.
/// With `partial=true` the valid lines.
#[utoipa::path(operation_id = "import_job_postings", tag = "profiles", params(ImportQuery),
    request_body(content = String, content_type = "application/x-ndjson",
        example = "{\"id\": 456, \"title\": \"Welder\"}\n{\"id\": 457, \"title\": \"Pastry chef\"}\n"),
    responses((status = 200, body = ImportAnswer, description = "all lines are stored; of a partial import, those that `errors` doesn't list")))]
#[post("/api/v1/job-postings:import")]
pub(super) async fn import_job_postings(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    import(&state, ProfileKind::JobPosting, &request, payload).await
}

async fn import(
    state: &Data<ApiState>,
    kind: ProfileKind,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let query = read_query::<ImportQuery>(request).map_err(Problem::invalid)?;
    let format = match &query.format {
        Some(name) => DocumentFormat::named(name.0, kind).map_err(|rule| {
            Problem::invalid(vec![FieldProblem::new(
                "query",
                "/format",
                "inconsistent",
                rule,
            )])
        })?,
        None => DocumentFormat::Any,
    };
    let reading = LineReading {
        kind,
        format,
        received_on: crate::clock::today(),
        remembered_ids: REMEMBERED_IDS,
    };
    let answer = if query.partial.is_some_and(|Flag(partial)| partial) {
        import_good_lines(state, reading, request, payload).await?
    } else {
        import_all_or_none(state, reading, request, payload).await?
    };
    Ok(HttpResponse::Ok().json(answer))
}

async fn import_all_or_none(
    state: &Data<ApiState>,
    reading: LineReading,
    request: &HttpRequest,
    payload: Payload,
) -> Result<ImportAnswer, Problem> {
    let body = state
        .bodies
        .read(request, payload, state.settings.import_limit)
        .await?;
    if body.trim_ascii().is_empty() {
        return Err(no_lines());
    }
    let profiles = Arc::clone(&state.profiles);
    let imported = state
        .run(async move {
            let LineReading {
                kind,
                format,
                received_on,
                ..
            } = reading;
            Ok(profiles
                .import(kind, format, body, received_on, LISTED)
                .await?)
        })
        .await?;
    let warnings = imported.warned.iter().flat_map(|(number, warnings)| {
        warnings
            .iter()
            .map(|warning| FieldProblem::of_warning(warning).of_line(*number))
    });
    Ok(ImportAnswer {
        imported: imported.put.created + imported.put.replaced,
        created: imported.put.created,
        replaced: imported.put.replaced,
        bad_lines: 0,
        errors: vec![],
        warned_lines: imported.warned_lines,
        warnings: warnings.take(LISTED).collect(),
    })
}

/// Stores lines while they are received. If that fails, the problem states the line up to which the
/// good lines are stored, so that the sender can go on behind it.
async fn import_good_lines(
    state: &Data<ApiState>,
    reading: LineReading,
    request: &HttpRequest,
    payload: Payload,
) -> Result<ImportAnswer, Problem> {
    let line_limit = state.settings.body_limit;
    // Less than the limit of an import, which the memory for all bodies has room for.
    let step_bytes = STEP_BYTES.min(line_limit);
    let held = STEPS_HELD * (step_bytes + line_limit);
    let mut incoming = state.bodies.stream(request, payload, held)?;
    let (sender, steps) = mpsc::channel(STEPS_AHEAD);
    let mut splitter = LineSplitter::new(line_limit, step_bytes);
    let receiving = receive(&mut incoming, &mut splitter, sender);
    let profiles = Arc::clone(&state.profiles);
    let storing = state.run(async move {
        let mut report = Report::default();
        let stored = profiles
            .import_steps(reading, steps, |line| report.line(line))
            .await;
        Ok((stored, report))
    });
    let (received, stored) = tokio::join!(receiving, storing);
    let ((stored, outcome), mut report) = stored?;
    // If storing failed, receiving stopped because of that.
    if let Err(problem) = outcome.map_err(Problem::from).and(received) {
        return Err(problem.with_stored_lines(stored.through));
    }
    if splitter.lines == 0 {
        return Err(no_lines());
    }
    report.add_too_long(splitter.too_long, line_limit);
    Ok(report.answer(stored))
}

/// Passes lines on in steps until the body or the storing ends.
async fn receive(
    incoming: &mut IncomingBody<'_>,
    splitter: &mut LineSplitter,
    steps: mpsc::Sender<Step>,
) -> Result<(), Problem> {
    loop {
        let chunk = tokio::select! {
            // Storing failed: its answer must not wait for a sender that stalls.
            () = steps.closed() => return Ok(()),
            chunk = incoming.next() => chunk?,
        };
        let Some(chunk) = chunk else { break };
        splitter.add(&chunk);
        if let Some(step) = splitter.full_step() {
            let began = Instant::now();
            if steps.send(step).await.is_err() {
                return Ok(());
            }
            incoming.extend_deadline(began.elapsed());
        }
    }
    let last = splitter.last_step();
    if !last.is_empty() {
        // If nobody receives it, storing has failed and reports that itself.
        let _ = steps.send(last).await;
    }
    Ok(())
}

fn no_lines() -> Problem {
    let detail = "send one JSON document a line";
    Problem::invalid(vec![FieldProblem::new("body", "", "missing", detail)])
}

/// Splits a stream of bytes into numbered lines. Blank lines, and lines that are longer than the
/// limit, are left out.
struct LineSplitter {
    limit: usize,
    /// The number of bytes that make a step.
    step_limit: usize,
    /// The beginning of the line whose end was not received yet.
    line: Vec<u8>,
    /// The number of that line.
    number: usize,
    is_too_long: bool,
    step: Step,
    step_bytes: usize,
    /// The number of lines that are not blank.
    lines: usize,
    /// The number of lines that are too long, and the numbers of the first ones.
    too_long: (usize, Vec<usize>),
}

impl LineSplitter {
    fn new(limit: usize, step_limit: usize) -> Self {
        Self {
            limit,
            step_limit,
            line: Vec::new(),
            number: 1,
            is_too_long: false,
            step: Step::new(),
            step_bytes: 0,
            lines: 0,
            too_long: (0, Vec::new()),
        }
    }

    fn add(&mut self, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.add_to_line(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.add_to_line(bytes);
    }

    fn add_to_line(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > self.limit {
            self.is_too_long = true;
            self.line.clear();
        }
        if !self.is_too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        if mem::take(&mut self.is_too_long) {
            self.lines += 1;
            self.too_long.0 += 1;
            if self.too_long.1.len() < LISTED_OF_PARTIAL {
                self.too_long.1.push(self.number);
            }
        } else if !line.trim_ascii().is_empty() {
            self.lines += 1;
            self.step_bytes += line.len();
            self.step.push((self.number, line));
        }
        self.number += 1;
    }

    /// Takes the lines since the last step, if they make one.
    fn full_step(&mut self) -> Option<Step> {
        (self.step.len() >= STEP || self.step_bytes >= self.step_limit).then(|| self.take_step())
    }

    /// Takes the lines since the last step, with the last line of the stream, which may lack its
    /// end.
    fn last_step(&mut self) -> Step {
        self.end_line();
        self.take_step()
    }

    fn take_step(&mut self) -> Step {
        self.step_bytes = 0;
        mem::take(&mut self.step)
    }
}

/// What the answer to a partial import lists and counts.
#[derive(Default)]
struct Report {
    bad_lines: usize,
    errors: Vec<FieldProblem>,
    warned_lines: usize,
    warnings: Vec<FieldProblem>,
}

impl Report {
    fn line(&mut self, line: ReportedLine) {
        match line {
            ReportedLine::Bad(number, faults) => {
                self.bad_lines += 1;
                let room = LISTED_OF_PARTIAL.saturating_sub(self.errors.len());
                self.errors.extend(
                    faults
                        .iter()
                        .take(room)
                        .map(|fault| FieldProblem::of_profile("", fault).of_line(number)),
                );
            }
            ReportedLine::Warned(number, warnings) => {
                self.warned_lines += 1;
                self.warn(number, &warnings);
            }
            ReportedLine::NotEncoded {
                number,
                warning,
                is_warned,
            } => {
                self.warned_lines += usize::from(!is_warned);
                self.warn(number, &[warning]);
            }
        }
    }

    fn warn(&mut self, number: usize, warnings: &[ProfileWarning]) {
        let room = LISTED_OF_PARTIAL.saturating_sub(self.warnings.len());
        self.warnings.extend(
            warnings
                .iter()
                .take(room)
                .map(|warning| FieldProblem::of_warning(warning).of_line(number)),
        );
    }

    /// Adds lines that are longer than `limit`.
    fn add_too_long(&mut self, (count, numbers): (usize, Vec<usize>), limit: usize) {
        self.bad_lines += count;
        self.errors.extend(numbers.into_iter().map(|number| {
            let detail = format!("a line may have {limit} bytes at most");
            FieldProblem::new("body", "", "line_too_long", detail).of_line(number)
        }));
        self.errors.sort_by_key(|error| error.line);
        self.errors.truncate(LISTED_OF_PARTIAL);
    }

    fn answer(self, stored: StoredLines) -> ImportAnswer {
        let mut warnings = self.warnings;
        warnings.sort_by_key(|warning| warning.line);
        ImportAnswer {
            imported: stored.created + stored.replaced,
            created: stored.created,
            replaced: stored.replaced,
            bad_lines: self.bad_lines,
            errors: self.errors,
            warned_lines: self.warned_lines,
            warnings,
        }
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let bad_lines = match error {
            ImportError::BadLines(bad_lines) => bad_lines,
            ImportError::NoLines(hint) => {
                let fault = FieldProblem::new("body", "", "malformed_json", hint);
                return Self::invalid(vec![fault]);
            }
            ImportError::Service(error) => return error.into(),
            ImportError::BrokeOff => return Self::internal(),
        };
        let faults = bad_lines.iter().flat_map(|(number, faults)| {
            faults
                .iter()
                .map(|fault| FieldProblem::of_profile("", fault).of_line(*number))
        });
        Self::invalid(faults.take(LISTED).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Splits a stream that arrives in chunks of these sizes.
    fn split(text: &[u8], limit: usize, chunks: &[usize]) -> (Step, LineSplitter) {
        let mut splitter = LineSplitter::new(limit, 50);
        let mut step = Step::new();
        let mut rest = text;
        for size in chunks.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, later) = rest.split_at((*size).min(rest.len()));
            splitter.add(chunk);
            step.extend(splitter.full_step().unwrap_or_default());
            rest = later;
        }
        step.extend(splitter.last_step());
        (step, splitter)
    }

    #[test]
    fn lines_that_are_too_long_are_counted_and_left_out() {
        let (step, splitter) = split(b"one\n\ntoolong\r\nfour\n", 4, &[3]);
        assert_eq!(step, [(1, b"one".to_vec()), (4, b"four".to_vec())]);
        assert_eq!((splitter.lines, splitter.too_long), (3, (1, vec![3])));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_stream_is_cut(
            text in "[ab\n ]{0,200}",
            chunks in prop::collection::vec(1..20_usize, 1..10),
        ) {
            let (step, splitter) = split(text.as_bytes(), 1_000, &chunks);
            let whole: Step = (1..)
                .zip(text.split('\n'))
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(number, line)| (number, line.as_bytes().to_vec()))
                .collect();
            prop_assert_eq!(splitter.lines, whole.len());
            prop_assert_eq!(step, whole);
        }
    }
}
