//! Numbers in French and English text.

use std::borrow::Cow;

use super::{folded_text::fold, phrases::Phrases};

/// Splits off the decimal number at the start of a text (`3`, `3.5`, `3,5`); returns it with the
/// rest.
pub(super) fn leading_decimal(text: &str) -> Option<(f64, &str)> {
    let whole = digits_of(text);
    if whole.is_empty() {
        return None;
    }
    let rest = &text[whole.len()..];
    let fraction = rest.strip_prefix(['.', ',']).map_or("", digits_of);
    if fraction.is_empty() {
        return Some((whole.parse().ok()?, rest));
    }
    let number = format!("{whole}.{fraction}").parse().ok()?;
    Some((number, &rest[1 + fraction.len()..]))
}

/// Reads a text that is one number: `5`, `-2`, `3,5`, ` 48.8566 `. A point or comma is always a
/// decimal separator here, never a thousands separator.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-', '−']).unwrap_or(text);
    let (number, rest) = leading_decimal(unsigned)?;
    rest.is_empty().then_some(if text.starts_with(['-', '−']) {
        -number
    } else {
        number
    })
}

/// Replaces number words before a unit of time with digits: « trois ans », "five years", « deux à
/// cinq ans ». Byte offsets change.
pub(super) fn with_digits(text: &str) -> Cow<'_, str> {
    const AHEAD: usize = 6;
    // Only short texts state years in words, and a text that already has digits is left unchanged.
    if text.len() > 500 || text.contains(|c: char| c.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let folded = fold(text);
    let words: Vec<&str> = folded.split([' ', '\'']).collect();
    let tells_time = |word: &&str| UNITS_OF_TIME.contains(word);
    let mut any = false;
    let written: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(at, word)| {
            let number = NUMBERS.meaning_of(word);
            let is_counted = words.iter().skip(at + 1).take(AHEAD).any(&tells_time);
            // « un » and "a" are numbers only directly before the unit.
            let is_article = matches!(*word, "un" | "une" | "a" | "an");
            let is_next = words.get(at + 1).is_some_and(tells_time);
            match number {
                Some(number) if is_counted && (!is_article || is_next) => {
                    any = true;
                    number.to_string()
                }
                _ => (*word).to_owned(),
            }
        })
        .collect();
    if any {
        // « une dizaine d'années ».
        Cow::Owned(written.join(" ").replace(" d annees", " annees"))
    } else {
        Cow::Borrowed(text)
    }
}

const UNITS_OF_TIME: [&str; 9] = [
    "an", "ans", "annee", "annees", "mois", "year", "years", "month", "months",
];

const NUMBERS: Phrases<u8> = Phrases::sorted(&[
    ("cinq", 5),
    ("deux", 2),
    ("dix", 10),
    ("dizaine", 10),
    ("douze", 12),
    ("eight", 8),
    ("eighteen", 18),
    ("eleven", 11),
    ("fifteen", 15),
    ("five", 5),
    ("four", 4),
    ("fourteen", 14),
    ("huit", 8),
    ("neuf", 9),
    ("nine", 9),
    ("one", 1),
    ("onze", 11),
    ("quarante", 40),
    ("quatorze", 14),
    ("quatre", 4),
    ("quinzaine", 15),
    ("quinze", 15),
    ("seize", 16),
    ("sept", 7),
    ("seven", 7),
    ("six", 6),
    ("sixteen", 16),
    ("ten", 10),
    ("thirteen", 13),
    ("thirty", 30),
    ("three", 3),
    ("treize", 13),
    ("trente", 30),
    ("trois", 3),
    ("twelve", 12),
    ("twenty", 20),
    ("two", 2),
    ("un", 1),
    ("une", 1),
    ("vingt", 20),
    ("vingtaine", 20),
]);

/// An amount of money and its position in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    pub(super) value: f64,
    /// True if it was written in thousands, `45k`.
    pub(super) in_thousands: bool,
    /// Byte offset of its first digit.
    pub(super) start: usize,
    /// Byte offset of its end.
    pub(super) end: usize,
}

/// Returns the amounts in a text: `45k€`, `45 000`, `45.000`, `45,000.50`, `12,5`. A point or comma
/// before exactly three digits is a thousands separator, since pay is never written with three
/// decimals.
pub(super) fn amounts(text: &str) -> impl Iterator<Item = Amount> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        let start = position + text[position..].find(|c: char| c.is_ascii_digit())?;
        let amount = amount_at(text, start);
        position = amount.end;
        Some(amount)
    })
}

fn amount_at(text: &str, start: usize) -> Amount {
    let head = digits_of(&text[start..]);
    let mut number = head.to_owned();
    let mut end = start + head.len();
    let may_be_grouped = head.len() <= 3;
    loop {
        let rest = &text[end..];
        let Some(separator) = rest.chars().next() else {
            break;
        };
        let run = digits_of(&rest[separator.len_utf8()..]);
        match separator {
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}' | '.' | ','
                if may_be_grouped && run.len() == 3 =>
            {
                number.push_str(run);
                end += separator.len_utf8() + run.len();
            }
            '.' | ',' if !run.is_empty() => {
                number.push('.');
                number.push_str(run);
                end += 1 + run.len();
                break;
            }
            _ => break,
        }
    }
    // Digits with at most one point always parse; a value beyond the range of `f64` is infinite.
    let value: f64 = number.parse().unwrap_or(f64::INFINITY);
    let rest = &text[end..];
    let unit = rest.trim_start();
    match unit.strip_prefix(['k', 'K']) {
        Some(after) if is_end_of_thousands(after) => Amount {
            value: value * 1_000.0,
            in_thousands: true,
            start,
            end: end + (rest.len() - unit.len()) + 1,
        },
        _ => Amount {
            value,
            in_thousands: false,
            start,
            end,
        },
    }
}

/// True if a `k` before this text means thousands (`k`, `k€`, `kEUR`) and does not start a word.
fn is_end_of_thousands(after: &str) -> bool {
    let letters = after
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(after.len());
    let word = &after[..letters];
    word.is_empty()
        || ["e", "eur", "euro", "euros", "usd", "gbp", "chf", "cad"]
            .iter()
            .any(|unit| word.eq_ignore_ascii_case(unit))
}

/// The longest text between the two ends of a range, in bytes.
const LONGEST_JOINT: usize = 60;

const JOINTS: [&str; 14] = [
    "-", "–", "—", "/", "à", "a", "to", "et", "and", "..", "...", "jusqu'à", "au", "until",
];

/// Words that may stand beside either end of a pay range.
const AROUND_AMOUNTS: [&str; 22] = [
    "eur", "euro", "euros", "chf", "usd", "gbp", "cad", "fcfa", "xof", "brut", "bruts", "brute",
    "net", "nets", "gross", "mensuel", "/mois", "/an", "/h", "/jour", "dollars", "pounds",
];

/// True if the text between two numbers makes them a range: « 3 à 5 », "3-5", "€40k to €50k".
pub(super) fn joins_range(between: &str) -> bool {
    // A longer text is more than a range separator.
    if between.len() > LONGEST_JOINT {
        return false;
    }
    let lower = between.to_lowercase();
    let mut words = lower
        .split(|c: char| c.is_whitespace() || "€$£+~".contains(c))
        .map(|word| word.strip_prefix('k').unwrap_or(word))
        .filter(|word| !word.is_empty() && !AROUND_AMOUNTS.contains(word));
    let joint = words.next();
    joint.is_some_and(|joint| JOINTS.contains(&joint)) && words.next().is_none()
}

fn digits_of(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::{amounts, decimal, joins_range};

    #[test]
    fn decimals_are_parsed_with_a_point_or_a_comma() {
        for (text, number) in [
            ("5", Some(5.0)),
            (" 3,5 ", Some(3.5)),
            ("-2", Some(-2.0)),
            ("48.856", Some(48.856)),
            ("+7", Some(7.0)),
            ("1e5", None),
            ("nan", None),
            ("inf", None),
            ("5 ans", None),
            ("", None),
            (".", None),
            ("-", None),
        ] {
            assert_eq!(decimal(text), number, "{text:?}");
        }
    }

    #[test]
    fn amounts_are_parsed_with_common_thousands_separators() {
        for (text, expected) in [
            ("45k€", vec![45_000.0]),
            ("45 K€ brut", vec![45_000.0]),
            ("45 000 - 55\u{202f}000 € / an", vec![45_000.0, 55_000.0]),
            ("45.000,50 €", vec![45_000.5]),
            ("$120,000.00", vec![120_000.0]),
            ("12,5 €/h", vec![12.5]),
            ("2.1k", vec![2_100.0]),
            ("1500.5", vec![1_500.5]),
            ("500 km", vec![500.0]),
            ("1'200 CHF", vec![1_200.0]),
            ("38 kEUR", vec![38_000.0]),
            ("none", vec![]),
        ] {
            let found: Vec<f64> = amounts(text).map(|amount| amount.value).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn words_and_signs_between_two_numbers_join_a_range() {
        for joint in [" - ", "–", " à ", "€ to €", " € et ", " EUR - ", "k€ - "] {
            assert!(joins_range(joint), "{joint:?}");
        }
        for other in ["", " ", " plus ", ", "] {
            assert!(!joins_range(other), "{other:?}");
        }
    }
}
