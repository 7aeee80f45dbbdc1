//! Numbers inside text, as people write them in French and English.

/// The decimal number a text starts with (`3`, `3.5`, `3,5`), and what follows it.
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

/// The number a text is: `5`, `-2`, `3,5`, ` 48.8566 `. A point or a comma always stands before
/// decimals here, never between thousands.
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

/// An amount of money, where it was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    pub(super) value: f64,
    /// Whether it was written in thousands, `45k`.
    pub(super) in_thousands: bool,
    /// Byte offset of its first digit.
    pub(super) start: usize,
    /// Byte offset after it.
    pub(super) end: usize,
}

/// The amounts in a text: `45k€`, `45 000`, `45.000`, `45,000.50`, `12,5`. A point or a comma
/// before exactly three digits stands between thousands, since nobody writes pay with three
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
    // A run of digits with at most one point is always a number; one beyond f64 is infinite.
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

/// Whether a `k` before this text means thousands (`k`, `k€`, `kEUR`) and starts no word.
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

/// Whether the text between two numbers makes them a range: « 3 à 5 », "3-5", "€40k to €50k".
pub(super) fn joins_range(between: &str) -> bool {
    let joint = between.trim_matches(|c: char| c.is_whitespace() || "€$£kK+~".contains(c));
    let joint = ["EUR", "eur", "euros", "CHF", "USD", "GBP"]
        .iter()
        .find_map(|currency| joint.strip_prefix(currency))
        .unwrap_or(joint)
        .trim();
    matches!(
        joint,
        "-" | "–" | "—" | "/" | "à" | "a" | "to" | "et" | "and" | ".." | "..."
    )
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
    fn decimals_take_a_point_or_a_comma() {
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
    fn amounts_take_thousands_as_people_write_them() {
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
    fn a_joint_makes_a_range() {
        for joint in [" - ", "–", " à ", "€ to €", " € et ", " EUR - ", "k€ - "] {
            assert!(joins_range(joint), "{joint:?}");
        }
        for other in ["", " ", " plus ", ", "] {
            assert!(!joins_range(other), "{other:?}");
        }
    }
}
