//! Readers of kinds of values, independent of the field: texts, words of a known set, numbers,
//! flags and lists; and the faults of wrong values.

use std::ops::RangeInclusive;

use serde_json_borrow::Value;

use super::{NAME_LIMIT, ProfileReader, TITLE_LIMIT};
use crate::profiles::{
    html_text::readable,
    licence_names::{names_in_entry, names_in_list},
    profile_fault::ProfileFault,
    profile_field::ProfileField as Field,
    visible_text::visible,
};

/// Maximum number of entries in one list.
pub(in crate::profiles) const ENTRY_LIMIT: usize = 1_000;

/// Readers of kinds of values.
impl ProfileReader {
    /// Reads a text, trimmed and without HTML; `None` if it has only invisible characters.
    pub(super) fn text(&mut self, field: Field<'_>, limit: usize) -> Option<String> {
        let Value::Str(text) = field.value else {
            return self.wrong_type(field, "text");
        };
        self.check_length(field, text, limit)?;
        let text = readable(text);
        let text = visible(&text);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Reads a list of licences, certificates and titles. A name that lists categories, such as
    /// « Permis C et CE », gives one for each.
    pub(super) fn licences(&mut self, field: Option<Field<'_>>) -> Vec<String> {
        let written = match field.map(|field| field.value) {
            Some(Value::Str(_)) => {
                return self.listed(field, |reader, name| reader.text(name, NAME_LIMIT));
            }
            _ => self.names(field),
        };
        written
            .iter()
            .flat_map(|name| names_in_entry(name))
            .collect()
    }

    /// Reads a list as [`list`](Self::list) does, except that categories and numbers in a text
    /// belong to the name before them.
    pub(super) fn listed<T>(
        &mut self,
        field: Option<Field<'_>>,
        read_entry: impl FnMut(&mut Self, Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.list_cut(field, names_in_list, read_entry)
    }

    /// Reads a list of names.
    pub(super) fn names(&mut self, field: Option<Field<'_>>) -> Vec<String> {
        self.list(field, |reader, name| reader.text(name, NAME_LIMIT))
    }

    pub(super) fn check_length(
        &mut self,
        field: Field<'_>,
        text: &str,
        limit: usize,
    ) -> Option<()> {
        // Compares bytes first: a text never has more characters than bytes.
        if text.len() <= limit || text.trim().chars().count() <= limit {
            return Some(());
        }
        self.fault(
            field,
            "too_long",
            format!("send at most {limit} characters"),
        )
    }

    /// Reads a word of a known set.
    pub(super) fn word<T>(
        &mut self,
        field: Field<'_>,
        accepted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let Value::Str(text) = field.value else {
            return self.wrong_type(field, accepted);
        };
        self.check_length(field, text, NAME_LIMIT)?;
        match parse(&readable(text)) {
            Some(word) => Some(word),
            None => self.unknown_value(field, accepted),
        }
    }

    /// Reads a number in a range, or a text that `parse` converts to one.
    pub(super) fn number(
        &mut self,
        field: Field<'_>,
        range: RangeInclusive<f64>,
        unit: &str,
        parse: impl FnOnce(&str) -> Option<f64>,
    ) -> Option<f64> {
        let expected = || {
            let (from, to) = (range.start(), range.end());
            format!("a number from {from} to {to}, in {unit}")
        };
        let number = match field.value {
            Value::Number(number) => number.as_f64(),
            Value::Str(text) => {
                self.check_length(field, text, TITLE_LIMIT)?;
                parse(text)
            }
            _ => None,
        };
        match number {
            // Adding 0 turns −0 into 0.
            Some(number) if range.contains(&number) => Some(number + 0.0),
            Some(_) => self.out_of_range(field, &expected()),
            None => self.wrong_type(field, &expected()),
        }
    }

    /// Reads a flag: `true` or `false`, 1 or 0, or words.
    pub(super) fn flag(&mut self, field: Field<'_>) -> Option<bool> {
        let expected = "true or false";
        match field.value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_u64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => self.wrong_type(field, expected),
            },
            _ => self.word(field, expected, |text| {
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "oui" | "1" => Some(true),
                    "false" | "no" | "non" | "0" => Some(false),
                    _ => None,
                }
            }),
        }
    }

    /// Reads the entries of a list, or of a text separated by commas, semicolons or line breaks.
    /// Absent entries are skipped.
    pub(super) fn list<T>(
        &mut self,
        field: Option<Field<'_>>,
        read_entry: impl FnMut(&mut Self, Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        let cut = |text: &str| {
            let entries = entries_of(text).take(ENTRY_LIMIT + 1);
            entries.map(str::to_owned).collect()
        };
        self.list_cut(field, cut, read_entry)
    }

    fn list_cut<T>(
        &mut self,
        field: Option<Field<'_>>,
        cut: impl FnOnce(&str) -> Vec<String>,
        mut read_entry: impl FnMut(&mut Self, Field<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(field) = field else {
            return Vec::new();
        };
        let too_many = format!("send at most {ENTRY_LIMIT} entries");
        match field.value {
            Value::Array(items) if items.len() > ENTRY_LIMIT => {
                self.fault::<()>(field, "too_many", too_many);
                Vec::new()
            }
            Value::Array(items) => field
                .items(items)
                .filter_map(|item| read_entry(self, item))
                .collect(),
            Value::Str(text) => {
                let text = readable(text);
                let entries = cut(&text);
                if entries.len() > ENTRY_LIMIT {
                    self.fault::<()>(field, "too_many", too_many);
                    return Vec::new();
                }
                entries
                    .into_iter()
                    .filter_map(|entry| read_entry(self, field.part(&entry.as_str().into())))
                    .collect()
            }
            _ => {
                self.wrong_type::<()>(field, "a list");
                Vec::new()
            }
        }
    }

    pub(super) fn check_order(
        &mut self,
        range: Field<'_>,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Option<()> {
        match (min, max) {
            (Some(min), Some(max)) if min > max => {
                let detail = "send a min that is not above the max".to_owned();
                let field = range.member(&["min"]).unwrap_or(range);
                self.fault(field, "min_above_max", detail)
            }
            _ => Some(()),
        }
    }
}

/// Recorders of faults. Each returns `None`, so that a caller can return the result directly.
impl ProfileReader {
    pub(super) fn wrong_type<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "wrong_type", format!("send {expected}"))
    }

    pub(super) fn out_of_range<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "out_of_range", format!("send {expected}"))
    }

    pub(super) fn unknown_value<T>(&mut self, field: Field<'_>, accepted: &str) -> Option<T> {
        let detail = format!("this value is not known; accepted: {accepted}");
        self.fault(field, "unknown_value", detail)
    }

    pub(super) fn required<T>(&mut self, field: Field<'_>, expected: &str) -> Option<T> {
        self.fault(field, "required", format!("send {expected}"))
    }

    pub(super) fn fault<T>(
        &mut self,
        field: Field<'_>,
        code: &'static str,
        detail: String,
    ) -> Option<T> {
        self.faults.push(ProfileFault {
            pointer: field.pointer(),
            code,
            detail,
        });
        None
    }
}

/// Splits a list written as text. A separator in parentheses belongs to its entry: « AWS (EC2, S3),
/// Docker » has two.
pub(in crate::profiles) fn entries_of(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' | ';' => return depth == 0,
            // A line break also closes unbalanced parentheses.
            '\n' => {
                depth = 0;
                return true;
            }
            _ => {}
        }
        false
    })
    .map(str::trim)
    .filter(|entry| !entry.is_empty())
}

pub(super) fn whole_number(number: f64, range: RangeInclusive<u8>) -> Option<u8> {
    range
        .into_iter()
        .find(|whole| f64::from(*whole).total_cmp(&number).is_eq())
}
