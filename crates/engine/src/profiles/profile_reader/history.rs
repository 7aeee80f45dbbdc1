//! A candidate's work history: titles, and the time of each position.

use chrono::NaiveDate;
use serde_json_borrow::Value;

use super::{ProfileReader, TITLE_LIMIT};
use crate::profiles::{
    numerals::decimal,
    position::{Position, WorkedTime, to_tenths, years_covered},
    profile_document::ProfileDocument,
    profile_field::ProfileField as Field,
    work_history::{END, MOST_YEARS, POSITION_LISTS, START, TITLE, interval, names_no_job},
    written_date::WrittenDate,
};

const DURATION: [&str; 4] = ["duration", "years", "duration_years", "experience_years"];
const MONTHS: [&str; 2] = ["months", "duration_months"];

/// The positions that a document states.
#[derive(Default)]
pub(super) struct WorkHistory {
    /// All titles, in the document's order.
    pub(super) titles: Vec<String>,
    /// Positions of known duration, in the document's order.
    pub(super) positions: Vec<Position>,
    /// True if any position states when it was held or for how long.
    is_dated: bool,
    /// True if the time of any position is unknown.
    has_unknown: bool,
}

/// Returns the name of the list whose positions count, if any does.
pub(in crate::profiles) fn counted_list(document: &ProfileDocument<'_>) -> Option<&'static str> {
    let mut reader = ProfileReader { faults: Vec::new() };
    let mut lists = reader
        .histories(Field::document(document.root()))
        .into_iter();
    let counted = lists.find(|(_, history)| !history.is_empty());
    counted.map(|(name, _)| name)
}

impl WorkHistory {
    /// Returns the years that the positions cover, to one decimal. Returns `None` if the time of
    /// any position is unknown, because a part would pass for the whole.
    pub(super) fn years(&self) -> Option<f64> {
        if self.has_unknown || self.positions.is_empty() {
            return None;
        }
        let years = to_tenths(self.covered());
        (years > 0.0 && years <= MOST_YEARS).then_some(years)
    }

    /// True if times were sent from which the years can't be derived.
    pub(super) fn is_unreadable(&self) -> bool {
        self.is_dated && (self.has_unknown || self.covered() > MOST_YEARS)
    }

    fn covered(&self) -> f64 {
        years_covered(self.positions.iter().map(|position| position.time))
    }

    fn is_empty(&self) -> bool {
        self.titles.is_empty() && self.positions.is_empty() && !self.is_dated
    }
}

impl ProfileReader {
    /// Reads the positions of the first list that has any, since all lists describe the same
    /// history. An unreadable date leaves the position without a time and is no fault.
    pub(super) fn work_history(&mut self, document: Field<'_>) -> WorkHistory {
        let histories = self.histories(document).into_iter();
        let mut histories = histories.map(|(_, history)| history);
        histories
            .find(|history| !history.is_empty())
            .unwrap_or_default()
    }

    /// Reads all lists of positions. Some platforms put a number or a text in fields other than
    /// `positions`; those count only if they are lists.
    fn histories(&mut self, document: Field<'_>) -> [(&'static str, WorkHistory); 5] {
        let reference = document
            .member(&["reference_date"])
            .and_then(|date| WrittenDate::of_value(&date.value.into()))
            .map(|date| date.first_day);
        POSITION_LISTS.map(|name| {
            let field = document.member(&[name]);
            let field = field.filter(|field| name == "positions" || field.value.is_array());
            let mut history = WorkHistory::default();
            self.list::<()>(field, |reader, entry| {
                // Plain text in `companies` is the name of a company.
                let is_title = name != "companies" || !entry.value.is_string();
                if is_title {
                    reader.position(entry, reference, &mut history);
                }
                None
            });
            (name, history)
        })
    }

    fn position(
        &mut self,
        field: Field<'_>,
        reference: Option<NaiveDate>,
        history: &mut WorkHistory,
    ) {
        if !field.value.is_object() {
            let title = self.text(field, TITLE_LIMIT);
            let title = title.filter(|title| !names_no_job(title));
            history.has_unknown |= title.is_some();
            history.titles.extend(title);
            return;
        }
        let title = field.member(&TITLE);
        let title = title.and_then(|title| self.text(title, TITLE_LIMIT));
        if title.as_deref().is_some_and(names_no_job) {
            return;
        }
        history.titles.extend(title.clone());
        let (start, end) = (field.member(&START), field.member(&END));
        let time = if start.is_some() || end.is_some() {
            history.is_dated = true;
            let value = |field: Option<Field<'_>>| -> Option<serde_json::Value> {
                field.map(|field| field.value.into())
            };
            let (start, end) = (value(start), value(end));
            match interval(start.as_ref(), end.as_ref(), reference) {
                Ok(Some(interval)) => Some(interval.time()),
                // The position has not begun yet.
                Ok(None) => return,
                Err(_) => None,
            }
        } else {
            let years = duration(field);
            history.is_dated |= years.is_some();
            years.map(WorkedTime::Years)
        };
        match time {
            Some(time) => history.positions.push(Position { title, time }),
            None => history.has_unknown |= title.is_some() || start.is_some() || end.is_some(),
        }
    }
}

/// Reads the years of a position that states its duration but no dates.
fn duration(position: Field<'_>) -> Option<f64> {
    let number = |field: Field<'_>, words: fn(&str) -> Option<f64>| match field.value {
        Value::Number(number) => number.as_f64(),
        Value::Str(text) => words(text),
        _ => None,
    };
    let years = position
        .member(&DURATION)
        .and_then(|field| number(field, super::fields::years_in));
    let months = || {
        let months = number(position.member(&MONTHS)?, decimal)?;
        Some(months / 12.0)
    };
    years
        .or_else(months)
        .filter(|years| super::fields::YEARS.contains(years) && *years > 0.0)
}
