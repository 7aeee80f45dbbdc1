//! Reads `Retry-After`, in all forms that receivers send: seconds, also with a fraction, the three
//! date formats of HTTP, and that of RFC 2822.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The longest pause that a receiver can ask for; a longer one is cut.
const MAXIMUM_RETRY_AFTER: Duration = Duration::from_hours(24);

/// Returns the pause that an answer asks for; zero if its time has passed. A date is compared with
/// the receiver's own clock if the answer states it, so that a difference of the clocks changes
/// nothing.
pub(super) fn retry_after(headers: &HeaderMap, now_seconds: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    // `f64` also reads exponents, `inf` and `NaN`, which no receiver means.
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    let seconds = if is_number {
        text.parse::<f64>().ok()?
    } else {
        let at = date(text)?;
        let now = header_date(headers, DATE).unwrap_or(now_seconds);
        at.saturating_sub(now) as f64
    };
    Some(Duration::from_secs_f64(
        seconds.clamp(0.0, MAXIMUM_RETRY_AFTER.as_secs_f64()),
    ))
}

fn header_date(headers: &HeaderMap, name: HeaderName) -> Option<i64> {
    date(headers.get(name)?.to_str().ok()?.trim())
}

/// Reads a date of HTTP (IMF-fixdate, RFC 850, asctime), or of RFC 2822, whose zones some receivers
/// send; returns seconds since the epoch.
fn date(text: &str) -> Option<i64> {
    httpdate::parse_http_date(text)
        .map(|time| DateTime::<Utc>::from(time).timestamp())
        .or_else(|_| DateTime::parse_from_rfc2822(text).map(|time| time.timestamp()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_445_412_480 - 30;

    fn read(retry_after_header: &str, date: Option<&str>) -> Option<f64> {
        let mut headers =
            HeaderMap::from_iter([(RETRY_AFTER, retry_after_header.parse().unwrap())]);
        headers.extend(date.map(|date| (DATE, date.parse().unwrap())));
        retry_after(&headers, NOW).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_are_read_with_fractions_and_signs() {
        for (text, expected) in [
            ("7", Some(7.0)),
            ("3.5", Some(3.5)),
            ("+2", Some(2.0)),
            (" 0 ", Some(0.0)),
            ("-1", Some(0.0)),
            ("-0.5", Some(0.0)),
            ("86400", Some(86_400.0)),
            ("86401", Some(86_400.0)),
            ("999999999999999999999999", Some(86_400.0)),
        ] {
            assert_eq!(read(text, None), expected, "{text}");
        }
    }

    #[test]
    fn all_date_forms_of_http_are_read() {
        for text in [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2015",
            "Wed, 21 Oct 2015 09:28:00 +0200",
            // RFC 2822 allows a date without its weekday.
            "21 Oct 2015 07:28:00 GMT",
        ] {
            assert_eq!(read(text, None), Some(30.0), "{text}");
        }
        assert_eq!(read("20 Sep 2015 07:28:00 GMT", None), Some(0.0));
        assert_eq!(read("Tue, 20 Oct 2015 07:28:00 GMT", None), Some(0.0));
        assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT", None), Some(86_400.0));
    }

    #[test]
    fn a_date_is_compared_with_the_receivers_clock() {
        let at = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(
            read(at, Some("Wed, 21 Oct 2015 06:28:00 GMT")),
            Some(3_600.0)
        );
        assert_eq!(read(at, Some("yesterday")), Some(30.0));
    }

    #[test]
    fn anything_else_is_ignored() {
        for text in ["soon", "", "-", "1e9", "NaN", "inf", "1:30", "7 s"] {
            assert_eq!(read(text, None), None, "{text}");
        }
    }
}
