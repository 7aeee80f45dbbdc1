//! Dates as profile documents write them.

use chrono::{Days, Months, NaiveDate};

use super::{folded_text::fold, phrases::Phrases};

/// A date that may be known to the month or the year only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenDate {
    /// The day, or the first day of the month or year.
    pub(super) first_day: NaiveDate,
    precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Day,
    Month,
    Year,
}

impl WrittenDate {
    /// Reads `2026-03-31` (and with a time after it, as RFC 3339 has it: the date counts as
    /// written, in its own time zone), `2026-03`, `2026`, and in the European order `31/03/2026`,
    /// `31.03.2026`, `31-03-2026`, `03/2026`. The American order is not taken: nothing tells 3 April
    /// from 4 March.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text
            .find(['T', 't', ' '])
            .map_or((text, ""), |end| (&text[..end], &text[end + 1..]));
        if !time.is_empty() && !is_time(time) {
            return None;
        }
        let mut parts = date.split(['-', '/', '.']);
        let numbers = [parts.next(), parts.next(), parts.next()];
        if parts.next().is_some() {
            return None;
        }
        let (year, month, day, precision) = match numbers {
            [Some(year), None, None] => (year, "1", "1", Precision::Year),
            [Some(year), Some(month), None] if year.len() == 4 => {
                (year, month, "1", Precision::Month)
            }
            [Some(month), Some(year), None] => (year, month, "1", Precision::Month),
            [Some(year), Some(month), Some(day)] if year.len() == 4 => {
                (year, month, day, Precision::Day)
            }
            [Some(day), Some(month), Some(year)] => (year, month, day, Precision::Day),
            _ => return None,
        };
        if year.len() != 4 || month.len() > 2 || day.len() > 2 {
            return None;
        }
        let number = |part: &str| -> Option<u32> {
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(())?;
            part.parse().ok()
        };
        let first_day =
            NaiveDate::from_ymd_opt(number(year)?.try_into().ok()?, number(month)?, number(day)?)?;
        Some(Self {
            first_day,
            precision,
        })
    }

    /// The first day after it, as the end of an activity. A day and a month count in full. A year
    /// counts to its first day: « 2015 – 2018 » lies anywhere between two and four years, and both
    /// ends read alike give the middle, three.
    pub(super) fn end(self) -> NaiveDate {
        match self.precision {
            Precision::Day => self.first_day.checked_add_days(Days::new(1)),
            Precision::Month => self.first_day.checked_add_months(Months::new(1)),
            Precision::Year => Some(self.first_day),
        }
        .unwrap_or(self.first_day)
    }
}

/// Whether the text starts like a time, `09:30…`.
fn is_time(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [h1, h2, b':', m1, m2, ..] if [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
    )
}

/// Whether the text says "now" instead of a date: « immédiatement », "asap", "present".
pub(super) fn means_now(text: &str) -> bool {
    let folded = fold(text);
    // A longer sentence (« disponible en juin ») says something else.
    let when = ["disponible ", "available "]
        .iter()
        .find_map(|prefix| folded.strip_prefix(prefix))
        .unwrap_or(&folded);
    NOW.meaning_of(when).is_some()
}

const NOW: Phrases<()> = Phrases::sorted(&[
    ("a ce jour", ()),
    ("actuel", ()),
    ("actuellement", ()),
    ("asap", ()),
    ("aujourd'hui", ()),
    ("available", ()),
    ("current", ()),
    ("currently", ()),
    ("des maintenant", ()),
    ("des que possible", ()),
    ("disponible", ()),
    ("immediat", ()),
    ("immediate", ()),
    ("immediately", ()),
    ("immediatement", ()),
    ("maintenant", ()),
    ("now", ()),
    ("ongoing", ()),
    ("present", ()),
    ("to date", ()),
    ("today", ()),
    ("tout de suite", ()),
]);

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{NOW, WrittenDate, means_now};
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn dates_are_read_in_the_forms_that_name_one_day() {
        for (text, expected) in [
            ("2026-03-31", "2026-03-31"),
            ("2026-03-31T23:30:00-05:00", "2026-03-31"),
            ("2026-03-31T00:00:00Z", "2026-03-31"),
            ("2026-03-31 08:00", "2026-03-31"),
            ("2026-03", "2026-03-01"),
            ("03/2026", "2026-03-01"),
            ("2026", "2026-01-01"),
            ("31/03/2026", "2026-03-31"),
            ("1.4.2026", "2026-04-01"),
            ("2026/03/31", "2026-03-31"),
        ] {
            let expected: NaiveDate = expected.parse().unwrap();
            let date = WrittenDate::parse(text).unwrap();
            assert_eq!(date.first_day, expected, "{text:?}");
        }
        for text in [
            "",
            "2026-02-30",
            "12/31/2026",
            "31/03/26",
            "next month",
            "2026-03-31Tmorning",
            "2026-3-1-1",
            "+026-03-01",
            "1-2-3",
            "20260331",
            "-",
            "é",
        ] {
            assert_eq!(WrittenDate::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_end_counts_its_day_and_month_in_full_and_its_year_not() {
        for (text, end) in [
            ("2020-02-28", "2020-02-29"),
            ("2019-12", "2020-01-01"),
            ("2020", "2020-01-01"),
        ] {
            let end: NaiveDate = end.parse().unwrap();
            assert_eq!(WrittenDate::parse(text).unwrap().end(), end, "{text:?}");
        }
    }

    #[test]
    fn words_can_mean_now() {
        for text in [
            "ASAP",
            "Immédiatement",
            "dès que possible",
            "Disponible immédiatement",
        ] {
            assert!(means_now(text), "{text:?}");
        }
        for text in ["someday", "available from June", "disponible en juin", ""] {
            assert!(!means_now(text), "{text:?}");
        }
        assert_findable(&NOW);
    }
}
