//! What both languages do with names and numbers.

use std::borrow::Cow;

/// Names in one enumeration; the others are counted.
const MOST_NAMES: usize = 6;
/// Characters of a name, a title or an industry that a sentence quotes.
const LONGEST_QUOTE: usize = 80;

/// The beginning of a text, on one line, without a gap.
pub fn quote(text: &str) -> Cow<'_, str> {
    let is_gap = |letter: char| letter.is_whitespace() || letter.is_control();
    let is_plain = |byte: u8| byte > b' ' && byte < 0x7f;
    // Nearly all names are words of plain letters with single spaces between them.
    let is_quotable = !text.is_empty() && text.len() <= LONGEST_QUOTE;
    if is_quotable
        && text
            .split(' ')
            .all(|word| !word.is_empty() && word.bytes().all(is_plain))
    {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::new();
    let mut length = 0;
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if !quoted.is_empty() {
            quoted.push(' ');
            length += 1;
        }
        for letter in word.chars() {
            if length == LONGEST_QUOTE {
                let kept = quoted.trim_end().len();
                quoted.truncate(kept);
                quoted.push('…');
                return Cow::Owned(quoted);
            }
            quoted.push(letter);
            length += 1;
        }
    }
    if quoted.is_empty() {
        // A name of nothing but signs that nobody sees.
        quoted.push('…');
    }
    Cow::Owned(quoted)
}

/// "Rust, Python and Docker", and "… and 3 more" beyond six.
pub fn enumerate<'a>(
    names: impl ExactSizeIterator<Item = &'a str>,
    and: &str,
    more: impl FnOnce(usize) -> String,
) -> String {
    let count = names.len();
    let mut shown: Vec<Cow<'_, str>> = names.take(MOST_NAMES).map(quote).collect();
    let last = if count > MOST_NAMES {
        Some(Cow::Owned(more(count - MOST_NAMES)))
    } else if count > 1 {
        shown.pop()
    } else {
        None
    };
    let mut enumeration = shown.join(", ");
    if let Some(last) = last {
        enumeration.push_str(and);
        enumeration.push_str(&last);
    }
    enumeration
}

/// A number with at most one decimal, in digits grouped by threes where it has five or more.
pub fn number(value: f64, decimal: char, group: &str) -> String {
    let digits = ((value * 10.0).round() / 10.0).to_string();
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits.as_str(), None),
    };
    let mut written = String::with_capacity(digits.len() + 4);
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && whole.len() > 4 {
            written.push_str(group);
        }
        written.push(digit);
    }
    if let Some(fraction) = fraction {
        written.push(decimal);
        written.push_str(fraction);
    }
    written
}

/// A text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_line_without_gaps_and_never_empty() {
        assert_eq!(quote(" Chef \n de\u{0}projet  "), "Chef de projet");
        assert_eq!(quote("\u{0}"), "…");
        assert_eq!(quote(&"x".repeat(99)), format!("{}…", "x".repeat(80)));
    }

    #[test]
    fn names_are_joined_and_counted() {
        let joined = |names: &[&str]| {
            enumerate(names.iter().copied(), " and ", |more| {
                format!("{more} more")
            })
        };
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b", "c"]), "a, b and c");
        assert_eq!(
            joined(&["a", "b", "c", "d", "e", "f", "g", "h"]),
            "a, b, c, d, e, f and 2 more"
        );
    }

    #[test]
    fn numbers_are_written_as_the_language_does() {
        assert_eq!(number(1_234_567.0, '.', ","), "1,234,567");
        assert_eq!(number(1234.56, ',', "\u{a0}"), "1234,6");
        assert_eq!(number(0.04, '.', ","), "0");
    }
}
