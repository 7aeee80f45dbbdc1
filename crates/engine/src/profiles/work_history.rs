//! Durations of the jobs in a work history, and the years of experience that they add up to.

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use super::{
    folded_text::fold,
    foreign_documents::{Mapping, Node, text},
    phrases::Phrases,
    position::{WorkedTime, to_tenths, years_covered},
    profile_warning::ProfileWarning,
    written_date::{WrittenDate, means_ongoing},
};

/// Earlier years are typing errors.
const FIRST_YEAR: i32 = 1900;
/// Maximum years of a working life.
pub(super) const MOST_YEARS: f64 = 80.0;

/// Native fields for lists of positions. The first list with positions counts.
pub(super) const POSITION_LISTS: [&str; 5] = [
    "positions",
    "work_history",
    "experience",
    "experiences",
    "companies",
];
/// Names of the members for the start of a position; the first one with a value counts.
pub(super) const START: [&str; 6] = [
    "start_date",
    "startDate",
    "start",
    "from",
    "since",
    "started",
];
/// Names of the members for the end of a position; the first one with a value counts.
pub(super) const END: [&str; 6] = ["end_date", "endDate", "end", "to", "until", "ended"];
/// Names of the members for the title of a position; the first one with a value counts.
pub(super) const TITLE: [&str; 3] = ["title", "position", "role"];

/// The start and end of a job as the sender wrote them.
pub(super) struct Job<'a> {
    entry: &'a Node<'a>,
    start: Option<Node<'a>>,
    end: Option<Node<'a>>,
    /// The members of the sender's format for the start and the end.
    members: [&'static str; 2],
}

impl<'a> Job<'a> {
    /// Reads an entry of a JSON Resume's `work`.
    pub(super) fn of_json_resume(entry: &'a Node<'a>) -> Self {
        Self {
            entry,
            start: entry.member("startDate"),
            end: entry.member("endDate"),
            members: ["startDate", "endDate"],
        }
    }

    /// Reads a position in the native format.
    fn of_own_format(entry: &'a Node<'a>) -> Self {
        let first = |names: [&str; 6]| names.iter().find_map(|name| entry.member(name));
        Self {
            entry,
            start: first(START),
            end: first(END),
            members: [START[0], END[0]],
        }
    }

    fn interval(&self, reference: Option<NaiveDate>) -> Result<Option<Interval>, TimeFault> {
        let value = |node: &Option<Node<'a>>| node.as_ref().map(|node| node.value);
        interval(value(&self.start), value(&self.end), reference)
    }

    /// Describes a fault as a warning: the pointer of the field as sent (of a missing field, the
    /// pointer at which to add it), the code, and the sentence.
    fn warning(&self, fault: TimeFault) -> (String, &'static str, &'static str) {
        let field = |node: &Option<Node<'a>>, name: &str| {
            let entry = &self.entry.pointer;
            let stated = node.as_ref().map(|node| node.pointer.clone());
            stated.unwrap_or_else(|| format!("{entry}/{name}"))
        };
        let [start_name, end_name] = self.members;
        let start = || field(&self.start, start_name);
        let end = || field(&self.end, end_name);
        let unreadable = "this date can't be read; send it as YYYY-MM-DD, YYYY-MM or YYYY";
        match fault {
            TimeFault::NoStart => {
                let detail = "this job has no start; send its date as YYYY-MM";
                (start(), "required", detail)
            }
            TimeFault::UnreadableStart => (start(), "unreadable_date", unreadable),
            TimeFault::UnreadableEnd => (end(), "unreadable_date", unreadable),
            TimeFault::TooEarly => (start(), "out_of_range", "this date lies before 1900"),
            TimeFault::EndsBeforeStart => {
                (end(), "min_above_max", "this job ends before it starts")
            }
            TimeFault::NoReference => {
                let detail = "this job has no end, and there is no date to count it to; send \
                              meta.lastModified or reference_date";
                (end(), "no_reference_date", detail)
            }
        }
    }
}

/// The experience derived from a work history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Experience {
    /// Years to one decimal; `None` if no job covers any time, or any job's time is unknown.
    pub(super) years: Option<f64>,
    /// True if the years depend on the reference date.
    pub(super) is_to_reference: bool,
    /// True if the time of any job is unknown.
    pub(super) is_unreadable: bool,
}

/// Returns the years covered by the jobs: the length of the union of their intervals, so that
/// overlaps count once and gaps do not count.
///
/// A job without an end lasts until the reference date, and no time after that date counts. One
/// missing or unreadable date makes the years unknown, with a warning that names it, because the
/// rest of the history would pass for the whole.
pub(super) fn experience_years(
    jobs: &[Job<'_>],
    reference: Option<NaiveDate>,
    mapping: &mut Mapping,
) -> Experience {
    let mut times = Vec::with_capacity(jobs.len());
    let (mut is_unknown, mut is_to_reference) = (false, false);
    for job in jobs {
        match job.interval(reference) {
            Ok(Some(interval)) => {
                is_to_reference |= interval.is_to_reference;
                times.push(interval.time());
            }
            Ok(None) => {}
            Err(TimeFault::NoStart) if is_blank(job.entry.value) => {}
            Err(fault) => {
                let (pointer, code, detail) = job.warning(fault);
                is_unknown = true;
                let detail = format!("the years of experience are left out: {detail}");
                mapping.warn(pointer, code, detail);
            }
        }
    }
    let none = Experience {
        years: None,
        is_to_reference: false,
        is_unreadable: is_unknown,
    };
    if is_unknown {
        return none;
    }
    let years = to_tenths(years_covered(times));
    if years > MOST_YEARS {
        let detail = "the years of experience are left out: the jobs cover more than 80 years";
        mapping.warn("/work", "out_of_range", detail);
        return Experience {
            is_unreadable: true,
            ..none
        };
    }
    if years <= 0.0 {
        return none;
    }
    Experience {
        years: Some(years),
        is_to_reference,
        is_unreadable: false,
    }
}

/// True if all fields of an entry are empty, as in a template's unused entry.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(entries) => entries.iter().all(is_blank),
        Value::Object(fields) => fields.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Checks the dated positions of a native document. Returns whether any of them is counted up to
/// the reference date, and warnings about unreadable dates.
pub(super) fn dated_positions(
    positions: &[Node<'_>],
    reference: NaiveDate,
) -> (bool, Vec<ProfileWarning>) {
    let (mut is_to_reference, mut warnings) = (false, Vec::new());
    for entry in positions {
        let title = TITLE.iter().find_map(|name| entry.member(name)?.text());
        let job = Job::of_own_format(entry);
        let is_undated = job.start.is_none() && job.end.is_none();
        if is_undated || title.is_some_and(|title| names_no_job(&title)) {
            continue;
        }
        match job.interval(Some(reference)) {
            Ok(interval) => {
                is_to_reference |= interval.is_some_and(|interval| interval.is_to_reference);
            }
            Err(fault) => {
                let (pointer, code, detail) = job.warning(fault);
                warnings.push(ProfileWarning {
                    pointer,
                    code,
                    detail: format!("the time of this position is unknown: {detail}"),
                });
            }
        }
    }
    (is_to_reference, warnings)
}

/// The time during which a job was held: from `start` up to, and excluding, `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    start: NaiveDate,
    end: NaiveDate,
    is_to_reference: bool,
}

impl Interval {
    pub(super) fn time(self) -> WorkedTime {
        WorkedTime::Dates {
            first_day: self.start,
            day_after: self.end,
        }
    }
}

/// The reason why the time of a job is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeFault {
    NoStart,
    UnreadableStart,
    UnreadableEnd,
    TooEarly,
    EndsBeforeStart,
    NoReference,
}

/// Returns the time of a job; `Ok(None)` if it has not begun yet.
///
/// # Errors
/// Returns the reason why the time is unknown.
pub(super) fn interval(
    start: Option<&Value>,
    end: Option<&Value>,
    reference: Option<NaiveDate>,
) -> Result<Option<Interval>, TimeFault> {
    let start = start.ok_or(TimeFault::NoStart)?;
    let start = WrittenDate::of_value(start)
        .ok_or(TimeFault::UnreadableStart)?
        .first_day;
    if start.year() < FIRST_YEAR {
        return Err(TimeFault::TooEarly);
    }
    if reference.is_some_and(|reference| start > reference) {
        return Ok(None);
    }
    let end = match end {
        None => None,
        Some(end) => match WrittenDate::of_value(end) {
            Some(date) => Some(date.end()),
            None if text(Some(end)).is_some_and(|text| means_ongoing(&text)) => None,
            None => return Err(TimeFault::UnreadableEnd),
        },
    };
    let (end, is_to_reference) = match (end, reference) {
        (Some(end), Some(reference)) if end > reference => {
            // The last day counts in full.
            let end = end.min(reference.succ_opt().unwrap_or(reference));
            (end, true)
        }
        (Some(end), _) => (end, false),
        (None, Some(reference)) => (reference.succ_opt().unwrap_or(reference), true),
        (None, None) => return Err(TimeFault::NoReference),
    };
    if end < start {
        return Err(TimeFault::EndsBeforeStart);
    }
    Ok(Some(Interval {
        start,
        end,
        is_to_reference,
    }))
}

/// True if the title of an entry names no job but leave, studies or unemployment. « Maternity leave
/// cover » and "student advisor" are jobs.
pub(super) fn names_no_job(title: &str) -> bool {
    if title.len() > 300 {
        return false;
    }
    let folded = fold(title);
    let found = NO_JOBS.find_all(&folded).next();
    let Some((range, words)) = found.filter(|(range, _)| range.start == 0) else {
        return false;
    };
    let rest = folded[range.end..].trim_start_matches([' ', '\'']);
    let next = rest.split([' ', '\'']).next().unwrap_or("");
    match words {
        _ if next.is_empty() || next.starts_with(|c: char| c.is_ascii_digit()) => true,
        Order::NounFirst => !JOBS_ABOUT.contains(&next),
        Order::NounLast => CONNECTORS.contains(&next),
    }
}

/// Position of the main word in a phrase. An English phrase, with the main word last, may also be
/// the beginning of a job's title.
#[derive(Debug, Clone, Copy)]
enum Order {
    NounFirst,
    NounLast,
}

/// Words after which a French phrase is part of a job's title.
const JOBS_ABOUT: [&str; 6] = [
    "remplacement",
    "remplacant",
    "remplacante",
    "conseiller",
    "conseillere",
    "gestionnaire",
];

/// Words that may follow an English phrase which does not begin a job's title.
const CONNECTORS: [&str; 24] = [
    "after",
    "and",
    "at",
    "between",
    "during",
    "due",
    "following",
    "for",
    "from",
    "in",
    "leave",
    "of",
    "on",
    "since",
    "then",
    "to",
    "until",
    "while",
    "with",
    "year",
    "years",
    "period",
    "full",
    "abroad",
];

const NO_JOBS: Phrases<Order> = Phrases::sorted(&[
    ("adoption leave", Order::NounLast),
    ("annee de cesure", Order::NounFirst),
    ("annee sabbatique", Order::NounFirst),
    ("arret de travail", Order::NounFirst),
    ("arret longue maladie", Order::NounFirst),
    ("arret maladie", Order::NounFirst),
    ("between jobs", Order::NounLast),
    ("career break", Order::NounLast),
    ("carer's leave", Order::NounLast),
    ("cesure", Order::NounFirst),
    ("chomage", Order::NounFirst),
    ("conge adoption", Order::NounFirst),
    ("conge de formation", Order::NounFirst),
    ("conge de maternite", Order::NounFirst),
    ("conge de paternite", Order::NounFirst),
    ("conge formation", Order::NounFirst),
    ("conge individuel de formation", Order::NounFirst),
    ("conge maladie", Order::NounFirst),
    ("conge maternite", Order::NounFirst),
    ("conge parental", Order::NounFirst),
    ("conge parental d'education", Order::NounFirst),
    ("conge paternite", Order::NounFirst),
    ("conge sabbatique", Order::NounFirst),
    ("conge sans solde", Order::NounFirst),
    ("demandeur d'emploi", Order::NounFirst),
    ("demandeuse d'emploi", Order::NounFirst),
    ("disponibilite pour elever", Order::NounFirst),
    ("en formation", Order::NounFirst),
    ("en recherche d'emploi", Order::NounFirst),
    ("etudes", Order::NounFirst),
    ("etudiant", Order::NounFirst),
    ("etudiante", Order::NounFirst),
    ("family break", Order::NounLast),
    ("family leave", Order::NounLast),
    ("femme au foyer", Order::NounFirst),
    ("full time parent", Order::NounLast),
    ("full time student", Order::NounLast),
    ("gap year", Order::NounLast),
    ("homemaker", Order::NounLast),
    ("homme au foyer", Order::NounFirst),
    ("housewife", Order::NounLast),
    ("interruption de carriere", Order::NounFirst),
    ("job search", Order::NounLast),
    ("job seeker", Order::NounLast),
    ("jobseeker", Order::NounLast),
    ("looking for work", Order::NounLast),
    ("lyceen", Order::NounFirst),
    ("lyceenne", Order::NounFirst),
    ("master's student", Order::NounLast),
    ("maternity break", Order::NounLast),
    ("maternity leave", Order::NounLast),
    ("medical leave", Order::NounLast),
    ("mere au foyer", Order::NounFirst),
    ("parent au foyer", Order::NounFirst),
    ("parental leave", Order::NounLast),
    ("parenting", Order::NounLast),
    ("paternity leave", Order::NounLast),
    ("pere au foyer", Order::NounFirst),
    ("periode de chomage", Order::NounFirst),
    ("periode sans emploi", Order::NounFirst),
    ("proche aidant", Order::NounFirst),
    ("proche aidante", Order::NounFirst),
    ("recherche d'emploi", Order::NounFirst),
    ("reprise d'etudes", Order::NounFirst),
    ("sabbatical", Order::NounLast),
    ("sabbatical leave", Order::NounLast),
    ("sabbatical year", Order::NounLast),
    ("sans emploi", Order::NounFirst),
    ("sick leave", Order::NounLast),
    ("stay at home dad", Order::NounLast),
    ("stay at home father", Order::NounLast),
    ("stay at home mom", Order::NounLast),
    ("stay at home mother", Order::NounLast),
    ("stay at home mum", Order::NounLast),
    ("stay at home parent", Order::NounLast),
    ("student", Order::NounLast),
    ("time off", Order::NounLast),
    ("unemployed", Order::NounLast),
    ("unemployment", Order::NounLast),
    ("university student", Order::NounLast),
    ("unpaid leave", Order::NounLast),
]);

#[cfg(test)]
mod tests {
    use super::{NO_JOBS, names_no_job};
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn leave_studies_and_unemployment_do_not_count_as_jobs() {
        for title in [
            "Congé parental",
            "Congé maternité (2e enfant)",
            "Maternity leave",
            "Parental leave - full time",
            "Career break for family reasons",
            "En recherche d'emploi",
            "Unemployed",
            "Étudiante en droit",
            "Student at a university",
            "Année sabbatique",
            "Mère au foyer",
            "Sick leave",
            "Arrêt maladie",
        ] {
            assert!(names_no_job(title), "{title:?}");
        }
        for title in [
            "Maternity leave cover",
            "Remplacement congé maternité",
            "Student advisor",
            "Job étudiant",
            "Comptable",
            "Conseillère en recherche d'emploi",
            "Leave administrator",
            "Career break coach",
            "",
        ] {
            assert!(!names_no_job(title), "{title:?}");
        }
        assert_findable(&NO_JOBS);
    }
}
