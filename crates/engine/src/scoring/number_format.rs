//! Writes numbers as decimal digits without the formatting machinery of the standard library. A
//! result document contains about eighty numbers.

use std::fmt::Write as _;

/// Below this bound, integers are exactly representable as `f64`.
const EXACT_BELOW: f64 = 1e15;

/// The numbers from 00 to 99.
const TWO_DIGITS: &str = "\
    00010203040506070809101112131415161718192021222324252627282930313233343536373839\
    40414243444546474849505152535455565758596061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Appends an integer.
pub fn push_whole(text: &mut String, number: u64) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// Appends the shortest decimal that parses to the same number, as `serde_json` writes it.
pub fn push_shortest(text: &mut String, number: f64) {
    // Most scores, weights and credits are 0 or 1.
    for (frequent, written) in [(0.0_f64, "0.0"), (1.0, "1.0")] {
        if number.to_bits() == frequent.to_bits() {
            return text.push_str(written);
        }
    }
    // An integer number of millionths divided by a million is the float nearest to a decimal of at
    // most six digits, and no shorter decimal is as near. Smaller numbers have an exponent.
    if (1e-5..1.0).contains(&number)
        && let Some(millionths) = in_parts(number, 1e6)
    {
        push_fraction(text, millionths);
    } else if number.is_finite() {
        text.push_str(zmij::Buffer::new().format_finite(number));
    } else {
        text.push_str("null");
    }
}

/// Appends a number of millionths, above 0 and below a million, as a decimal without zeros at its
/// end. Two digits at a time up to the last one that isn't 0: most numbers have four.
fn push_fraction(text: &mut String, millionths: u64) {
    text.push_str("0.");
    let mut rest = millionths;
    while rest > 0 {
        let at = 2 * (rest / 10_000) as usize;
        text.push_str(&TWO_DIGITS[at..at + 2]);
        rest = rest % 10_000 * 100;
    }
    if text.ends_with('0') {
        text.pop();
    }
}

/// Appends a number with two decimals and the given decimal separator.
pub fn push_hundredths(text: &mut String, number: f64, point: &str) {
    match in_parts(number, 1e4) {
        // A decimal tie is not a tie in binary: the exact value decides.
        Some(parts) if parts % 100 != 50 => {
            let hundredths = (parts + 50) / 100;
            push_whole(text, hundredths / 100);
            text.push_str(point);
            for place in [hundredths / 10, hundredths] {
                text.push(char::from(digit(place % 10)));
            }
        }
        _ => {
            let start = text.len();
            // Writing to a `String` never fails.
            let _ = write!(text, "{number:.2}");
            if let Some(at) = text[start..].find('.') {
                text.replace_range(start + at..=start + at, point);
            }
        }
    }
}

/// Returns the number as an integer multiple of 1/`scale`; `None` if it isn't exactly one.
pub fn in_parts(number: f64, scale: f64) -> Option<u64> {
    let parts = number * scale + 0.5;
    if !(0.5..EXACT_BELOW).contains(&parts) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and below 2^53"
    )]
    let parts = parts as u64;
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let back = parts as f64 / scale;
    (back.to_bits() == number.to_bits()).then_some(parts)
}

/// Returns the character of a number's last digit.
fn digit(number: u64) -> u8 {
    b'0' + (number % 10) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shortest(number: f64) -> String {
        let mut text = String::new();
        push_shortest(&mut text, number);
        text
    }

    fn hundredths(number: f64) -> String {
        let mut text = String::new();
        push_hundredths(&mut text, number, ".");
        text
    }

    #[test]
    fn integers_are_written_in_decimal() {
        for number in [0, 7, 10, 1_234, u64::MAX] {
            let mut text = String::new();
            push_whole(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    fn numbers_with_more_than_six_digits_match_serde_json() {
        for number in [
            -0.0,
            -0.5,
            0.0,
            1.0,
            1e-5,
            9e-6,
            1e-6,
            1e-7,
            0.1 + 0.2,
            1e9,
            123_456_789.123_456,
            1e15,
            1e16,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::NAN,
            f64::INFINITY,
        ] {
            assert_eq!(shortest(number), serde_json::to_string(&number).unwrap());
        }
    }

    #[test]
    fn every_score_matches_serde_json() {
        for parts in 0..=10_000 {
            let score = f64::from(parts) / 1e4;
            assert_eq!(shortest(score), serde_json::to_string(&score).unwrap());
            assert_eq!(hundredths(score), format!("{score:.2}"));
        }
    }

    proptest! {
        #[test]
        fn any_number_matches_serde_json_and_the_standard_library(
            number in any::<f64>(), parts in 0_u32.., scale in prop::sample::select(vec![1e2, 1e4, 1e6, 1e9])
        ) {
            for number in [number, f64::from(parts) / scale] {
                prop_assert_eq!(shortest(number), serde_json::to_string(&number).unwrap());
                prop_assert_eq!(hundredths(number), format!("{number:.2}"));
            }
        }
    }
}
