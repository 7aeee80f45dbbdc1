//! Formatting of names and numbers for both languages, and assembly of sentences.
//!
//! A sentence is appended to an existing text part by part, without intermediate strings: see
//! [`say`].

use std::borrow::Cow;

use crate::scoring::{
    criteria::Number,
    number_format,
    swar::{self, below, eight, zeros},
};

/// Maximum number of names in one enumeration; the others are counted.
const MOST_NAMES: usize = 6;
/// Maximum number of skills in one list. Every requested skill is told, but for absurd postings.
pub const MOST_SKILLS: usize = 30;
/// Maximum length of a quote, in characters: more than nearly all clauses, which are quoted whole.
const LONGEST_QUOTE: usize = 200;
/// Extra bytes for non-ASCII letters that suffice for nearly all quotes.
const ROOM_FOR_ACCENTS: usize = 16;
/// Capacity in bytes that suffices for nearly all parts of a sentence.
const USUAL_PART: usize = 96;

/// A part of a sentence.
pub trait Part {
    /// Appends the part.
    fn append_to(self, text: &mut String);
}

/// Appends parts in order.
macro_rules! say {
    ($text:expr, $($part:expr),+ $(,)?) => {{
        $($crate::scoring::explanation::words::Part::append_to($part, $text);)+
    }};
}
pub(super) use say;

impl Part for &str {
    fn append_to(self, text: &mut String) {
        text.push_str(self);
    }
}

impl Part for Cow<'_, str> {
    fn append_to(self, text: &mut String) {
        text.push_str(&self);
    }
}

impl Part for usize {
    fn append_to(self, text: &mut String) {
        number_format::push_whole(text, self as u64);
    }
}

impl Part for i64 {
    fn append_to(self, text: &mut String) {
        if self < 0 {
            text.push('-');
        }
        number_format::push_whole(text, self.unsigned_abs());
    }
}

impl<P: Part> Part for Option<P> {
    fn append_to(self, text: &mut String) {
        if let Some(part) = self {
            part.append_to(text);
        }
    }
}

impl<F: FnOnce(&mut String)> Part for F {
    fn append_to(self, text: &mut String) {
        self(text);
    }
}

/// Returns a part of a sentence as a text.
pub fn phrase(write: impl FnOnce(&mut String)) -> Cow<'static, str> {
    let mut text = String::with_capacity(USUAL_PART);
    write(&mut text);
    Cow::Owned(text)
}

/// Returns the beginning of a text on one line, with single spaces and at most [`LONGEST_QUOTE`]
/// characters; a longer text ends with a whole word.
pub fn quote(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.len() <= LONGEST_QUOTE
        && bytes.first().is_some_and(|first| *first != b' ')
        && bytes.last() != Some(&b' ')
        && !swar::have_any_pair(bytes, may_have_gap)
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(without_gaps(text))
    }
}

/// Works as [`quote`] does for any text, without its fast path.
fn without_gaps(text: &str) -> String {
    let is_gap = |letter: char| letter.is_whitespace() || letter.is_control();
    let mut quoted = String::with_capacity(text.len().min(LONGEST_QUOTE) + ROOM_FOR_ACCENTS);
    let mut length = 0;
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if !quoted.is_empty() {
            quoted.push(' ');
            length += 1;
        }
        for letter in word.chars() {
            if length == LONGEST_QUOTE {
                let kept = quoted.rfind(' ').unwrap_or(quoted.len());
                quoted.truncate(kept);
                quoted.push('…');
                return quoted;
            }
            quoted.push(letter);
            length += 1;
        }
    }
    if quoted.is_empty() {
        // The name consists of invisible characters only.
        quoted.push('…');
    }
    quoted
}

/// Finds bytes that may belong to a gap to be normalised. Nearly all names are words with single
/// spaces between them. Gaps beyond ASCII begin with 0xc2 or with 0xe1 to 0xe3.
fn may_have_gap(bytes: u64) -> u64 {
    let spaces = zeros(bytes ^ eight(b' '));
    let beyond_ascii = zeros(bytes ^ eight(0xc2)) | zeros((bytes & eight(0xfc)) ^ eight(0xe0));
    (spaces & spaces >> 8) | below(bytes, b' ') | zeros(bytes ^ eight(0x7f)) | beyond_ascii
}

/// Words in a name that make the end of an enumeration unclear.
const CONJUNCTIONS: [&str; 4] = [" and ", " et ", " or ", " ou "];

/// Head of a list for an enumeration: its first few entries, and the number of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed<T, const MOST: usize = MOST_NAMES> {
    first: [Option<T>; MOST],
    /// Number of all entries.
    pub count: usize,
}

impl<T, const MOST: usize> FromIterator<T> for Listed<T, MOST> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut listed = Self {
            first: [const { None }; MOST],
            count: 0,
        };
        for item in items {
            if let Some(place) = listed.first.get_mut(listed.count) {
                *place = Some(item);
            }
            listed.count += 1;
        }
        listed
    }
}

/// Enumerates entries: "Rust, Python and Docker", with "… and 3 more" for the rest.
pub fn enumerate<T: Copy, P: Part, M: Part, const MOST: usize>(
    listed: &Listed<T, MOST>,
    and: &str,
    part: impl Fn(T) -> P,
    more: impl FnOnce(usize) -> M,
) -> impl Part {
    move |text: &mut String| {
        let (start, hidden) = (text.len(), listed.count.saturating_sub(MOST));
        for (at, item) in listed.first.iter().flatten().enumerate() {
            if at > 0 {
                let is_last = at + 1 == listed.count;
                let before = text.len();
                say!(text, if is_last { and } else { ", " }, part(*item));
                // A name that contains a conjunction gets a comma: "Health and safety, and first
                // aid".
                let is_joint = |names: &str| CONJUNCTIONS.iter().any(|one| names.contains(one));
                let behind = &text[before..].strip_prefix(and).unwrap_or_default();
                if is_last && (is_joint(&text[start..before]) || is_joint(behind)) {
                    text.insert(before, ',');
                }
            } else {
                say!(text, part(*item));
            }
        }
        if hidden > 0 {
            say!(text, and, more(hidden));
        }
    }
}

/// Joins all parts with a separator, also around parts that write nothing; see [`Separator`] for
/// missing parts.
pub fn joined<T, P: Part>(
    items: impl IntoIterator<Item = T>,
    between: &str,
    part: impl Fn(T) -> P,
) -> impl Part {
    move |text: &mut String| {
        for (at, item) in items.into_iter().enumerate() {
            say!(text, (at > 0).then_some(between), part(item));
        }
    }
}

/// Returns the cents of an amount with the decimal point, if it has any.
pub fn cents(amount: Number, point: &'static str) -> impl Part {
    move |text: &mut String| {
        let cents = ((amount.0 - amount.0.floor()) * 100.0).round().min(99.0);
        if cents > 0.0 {
            say!(
                text,
                point,
                (cents < 10.0).then_some("0"),
                number(cents, point, "")
            );
        }
    }
}

/// Lists alternatives: "permanent, fixed term or freelance".
pub fn alternatives<T, P: Part>(items: &[T], or: &str, part: impl Fn(&T) -> P) -> impl Part {
    move |text: &mut String| {
        for (at, item) in items.iter().enumerate() {
            let is_last = at + 1 == items.len();
            let joint = if is_last { or } else { ", " };
            say!(text, (at > 0).then_some(joint), part(item));
        }
    }
}

/// Separator between parts of which some may be missing: empty before the first part.
pub struct Separator {
    between: &'static str,
    is_due: bool,
}

impl Separator {
    /// Creates a separator.
    pub fn of(between: &'static str) -> Self {
        Self {
            between,
            is_due: false,
        }
    }

    /// Returns the text to append before the next part.
    pub fn part(&mut self) -> Option<&'static str> {
        let is_due = std::mem::replace(&mut self.is_due, true);
        is_due.then_some(self.between)
    }
}

/// Formats a number with at most one decimal and groups of three digits.
pub fn number(value: f64, point: &str, group: &str) -> impl Part {
    move |text: &mut String| {
        let start = text.len();
        let rounded = (value * 10.0).round() / 10.0;
        if let Some(tenths) = number_format::in_parts(rounded, 10.0) {
            number_format::push_whole(text, tenths / 10);
            group_digits(text, start, group);
            if tenths % 10 > 0 {
                say!(text, point);
                number_format::push_whole(text, tenths % 10);
            }
        } else {
            // Negative, or more than fifteen digits.
            let digits = rounded.to_string();
            let (whole, fraction) = match digits.split_once('.') {
                Some((whole, fraction)) => (whole, Some(fraction)),
                None => (digits.as_str(), None),
            };
            say!(text, whole);
            group_digits(text, start, group);
            say!(text, fraction.map(|_| point), fraction);
        }
    }
}

/// Groups the trailing digits of a text, from an index on.
fn group_digits(text: &mut String, start: usize, group: &str) {
    let digits = text.len() - start;
    if digits > 3 {
        // From the back, so that earlier indices stay valid.
        for groups in 1..=(digits - 1) / 3 {
            text.insert_str(start + digits - 3 * groups, group);
        }
    }
}

/// Converts the letter at an index to upper case; only ASCII letters are converted.
pub fn capitalise(text: &mut str, start: usize) {
    if let Some(first) = text.get_mut(start..=start) {
        first.make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_without_gaps_are_quoted_unchanged(
            text in prop_oneof![
                "[a-zé !\u{7f}\u{85}\u{a0}\u{2003}\u{3000}à]{0,12}", "[a-zà ]{190,210}", any::<String>()
            ]
        ) {
            prop_assert_eq!(quote(&text), without_gaps(&text));
        }
    }

    fn written(part: impl Part) -> String {
        let mut text = String::new();
        part.append_to(&mut text);
        text
    }

    #[test]
    fn a_quote_is_one_line_without_gaps_and_never_empty() {
        assert_eq!(quote(" Chef \n de\u{0}projet  "), "Chef de projet");
        for gap in [' ', '\u{7f}', '\u{85}', '\u{a0}', '\u{2003}', '\u{3000}'] {
            assert_eq!(quote(&format!("Île{gap}d'Yeu{gap}")), "Île d'Yeu");
        }
        assert_eq!(quote("\u{0}"), "…");
        assert_eq!(quote(&"x".repeat(220)), format!("{}…", "x".repeat(200)));
        let words = "entier ".repeat(28);
        assert_eq!(quote(&words.repeat(2)), format!("{}…", words.trim_end()));
    }

    #[test]
    fn all_parts_are_joined_even_empty_ones() {
        let parts = |names: &[&'static str]| written(joined(names.to_vec(), "; ", |name| name));
        assert_eq!(parts(&[]), "");
        assert_eq!(parts(&["a"]), "a");
        assert_eq!(parts(&["a", "", "c"]), "a; ; c");
    }

    #[test]
    fn names_are_enumerated_and_counted() {
        let enumerated = |names: &[&str]| {
            let listed: Listed<&str> = names.iter().copied().collect();
            written(enumerate(&listed, " and ", quote, |more| {
                move |text: &mut String| say!(text, more, " more")
            }))
        };
        assert_eq!(enumerated(&["a"]), "a");
        assert_eq!(enumerated(&["a", "b", "c"]), "a, b and c");
        assert_eq!(enumerated(&["a", "b or c"]), "a, and b or c");
        assert_eq!(enumerated(&["a and b", "c"]), "a and b, and c");
        assert_eq!(
            enumerated(&["a", "b", "c", "d", "e", "f", "g", "h"]),
            "a, b, c, d, e, f and 2 more"
        );
    }

    #[test]
    fn numbers_follow_the_conventions_of_the_language() {
        for (value, expected) in [
            (1_234_567.0, "1,234,567"),
            (100_000.25, "100,000.3"),
            (1234.56, "1,234.6"),
            (0.04, "0"),
            (-0.04, "-0"),
            (-12_345.0, "-12,345"),
            (1e15, "1,000,000,000,000,000"),
        ] {
            assert_eq!(written(number(value, ".", ",")), expected);
        }
    }
}
