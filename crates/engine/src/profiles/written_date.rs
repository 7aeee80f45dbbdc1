//! Parser of dates as profile documents write them.

use chrono::{Days, Months, NaiveDate};
use serde_json::Value;

use super::{folded_text::fold, phrases::Phrases};

/// A date that may be known only to the month or year.
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
    /// Reads a date in digits, or with the name of a month in French or English (« 1er mars 2026 »,
    /// "Sept 2014", "March 12, 2022", « depuis janvier 2012 »). A season, a quarter and « début »,
    /// "mid" or "late" are read as the month in their middle.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::in_digits(text).or_else(|| Self::in_words(text))
    }

    /// Reads a date in a JSON value: text, a year as a number, or `{year, month, day}`.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        let number = |value: &Value| match value {
            Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(_) => Self::of_parts(number(value)?, None, None),
            Value::Object(parts) => {
                let part = |name| match parts.get(name).filter(|part| !part.is_null()) {
                    Some(part) => number(part).map(Some),
                    None => Some(None),
                };
                Self::of_parts(part("year")??, part("month")?, part("day")?)
            }
            _ => None,
        }
    }

    fn of_parts(year: u32, month: Option<u32>, day: Option<u32>) -> Option<Self> {
        let precision = match (month, day) {
            (Some(_), Some(_)) => Precision::Day,
            (Some(_), None) => Precision::Month,
            (None, None) => Precision::Year,
            (None, Some(_)) => return None,
        };
        let year = i32::try_from(year)
            .ok()
            .filter(|year| (1000..=9999).contains(year))?;
        let first_day = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
        Some(Self {
            first_day,
            precision,
        })
    }

    fn in_words(text: &str) -> Option<Self> {
        // Limits the work on long texts; dates in words are shorter.
        if text.len() > 60 {
            return None;
        }
        let folded = fold(text);
        let (mut year, mut month, mut day, mut part) = (None, None, None, None);
        for word in folded
            .split([' ', '\'', '.'])
            .filter(|word| !word.is_empty())
        {
            let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, suffix) = word.split_at(digits);
            let slot = if digits == 4 && suffix.is_empty() {
                &mut year
            } else if matches!(digits, 1 | 2)
                && matches!(suffix, "" | "er" | "st" | "nd" | "rd" | "th")
            {
                &mut day
            } else if let Some(meaning) = WORDS_OF_DATES.meaning_of(word) {
                let (slot, meaning) = match meaning {
                    DateWord::Month(number) => (&mut month, number),
                    DateWord::PartOfYear(number) => (&mut part, number),
                    DateWord::Filler => continue,
                };
                if slot.replace(meaning).is_some() {
                    return None;
                }
                continue;
            } else {
                return None;
            };
            if slot.replace(number.parse().ok()?).is_some() {
                return None;
            }
        }
        if month.is_none() && part.is_none() && day.is_some() {
            return None;
        }
        Self::of_parts(year?, month.or(part), day.filter(|_| month.is_some()))
    }

    /// Reads `2026-03-31`, also with a time after it as in RFC 3339 (the date is taken as written,
    /// in its own time zone), `2026-03`, `2026`, and in European order `31/03/2026`, `31.03.2026`,
    /// `31-03-2026`, `03/2026`. American order is not supported: 3 April could not be told from 4
    /// March.
    fn in_digits(text: &str) -> Option<Self> {
        let text = text.trim().replace(['–', '—', '‐', '‑', '−'], "-");
        let text = text.replace(" - ", "-").replace(" / ", "/");
        let text = text.as_str();
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

    /// Returns the day after the date, as the end of an activity. A day and a month count in full.
    /// A year counts only to its first day: « 2015 – 2018 » means between two and four years, and
    /// reading both ends alike gives the middle, three.
    pub(super) fn end(self) -> NaiveDate {
        match self.precision {
            Precision::Day => self.first_day.checked_add_days(Days::new(1)),
            Precision::Month => self.first_day.checked_add_months(Months::new(1)),
            Precision::Year => Some(self.first_day),
        }
        .unwrap_or(self.first_day)
    }
}

/// True if the text starts with a time, `09:30…`.
fn is_time(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [h1, h2, b':', m1, m2, ..] if [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
    )
}

/// The meaning of a word in a date.
#[derive(Debug, Clone, Copy)]
enum DateWord {
    Month(u32),
    /// A season, a quarter or a part of the year, as the number of the month in its middle.
    PartOfYear(u32),
    Filler,
}

const WORDS_OF_DATES: Phrases<DateWord> = Phrases::sorted(&[
    ("a", DateWord::Filler),
    ("annee", DateWord::Filler),
    ("aout", DateWord::Month(8)),
    ("apr", DateWord::Month(4)),
    ("april", DateWord::Month(4)),
    ("au", DateWord::Filler),
    ("aug", DateWord::Month(8)),
    ("august", DateWord::Month(8)),
    ("automne", DateWord::PartOfYear(10)),
    ("autumn", DateWord::PartOfYear(10)),
    ("avr", DateWord::Month(4)),
    ("avril", DateWord::Month(4)),
    ("courant", DateWord::Filler),
    ("d", DateWord::Filler),
    ("de", DateWord::Filler),
    ("debut", DateWord::PartOfYear(2)),
    ("dec", DateWord::Month(12)),
    ("december", DateWord::Month(12)),
    ("decembre", DateWord::Month(12)),
    ("depuis", DateWord::Filler),
    ("des", DateWord::Filler),
    ("du", DateWord::Filler),
    ("early", DateWord::PartOfYear(2)),
    ("en", DateWord::Filler),
    ("end", DateWord::PartOfYear(11)),
    ("ete", DateWord::PartOfYear(7)),
    ("fall", DateWord::PartOfYear(10)),
    ("feb", DateWord::Month(2)),
    ("february", DateWord::Month(2)),
    ("fev", DateWord::Month(2)),
    ("fevr", DateWord::Month(2)),
    ("fevrier", DateWord::Month(2)),
    ("fin", DateWord::PartOfYear(11)),
    ("friday", DateWord::Filler),
    ("from", DateWord::Filler),
    ("hiver", DateWord::PartOfYear(1)),
    ("in", DateWord::Filler),
    ("jan", DateWord::Month(1)),
    ("january", DateWord::Month(1)),
    ("janv", DateWord::Month(1)),
    ("janvier", DateWord::Month(1)),
    ("jeudi", DateWord::Filler),
    ("juil", DateWord::Month(7)),
    ("juill", DateWord::Month(7)),
    ("juillet", DateWord::Month(7)),
    ("juin", DateWord::Month(6)),
    ("jul", DateWord::Month(7)),
    ("july", DateWord::Month(7)),
    ("jun", DateWord::Month(6)),
    ("june", DateWord::Month(6)),
    ("l", DateWord::Filler),
    ("la", DateWord::Filler),
    ("late", DateWord::PartOfYear(11)),
    ("le", DateWord::Filler),
    ("lundi", DateWord::Filler),
    ("mai", DateWord::Month(5)),
    ("mar", DateWord::Month(3)),
    ("march", DateWord::Month(3)),
    ("mardi", DateWord::Filler),
    ("mars", DateWord::Month(3)),
    ("may", DateWord::Month(5)),
    ("mercredi", DateWord::Filler),
    ("mi", DateWord::PartOfYear(6)),
    ("mid", DateWord::PartOfYear(6)),
    ("middle", DateWord::PartOfYear(6)),
    ("milieu", DateWord::PartOfYear(6)),
    ("mois", DateWord::Filler),
    ("monday", DateWord::Filler),
    ("month", DateWord::Filler),
    ("nov", DateWord::Month(11)),
    ("november", DateWord::Month(11)),
    ("novembre", DateWord::Month(11)),
    ("oct", DateWord::Month(10)),
    ("october", DateWord::Month(10)),
    ("octobre", DateWord::Month(10)),
    ("of", DateWord::Filler),
    ("on", DateWord::Filler),
    ("partir", DateWord::Filler),
    ("printemps", DateWord::PartOfYear(4)),
    ("q1", DateWord::PartOfYear(2)),
    ("q2", DateWord::PartOfYear(5)),
    ("q3", DateWord::PartOfYear(8)),
    ("q4", DateWord::PartOfYear(11)),
    ("sep", DateWord::Month(9)),
    ("sept", DateWord::Month(9)),
    ("september", DateWord::Month(9)),
    ("septembre", DateWord::Month(9)),
    ("since", DateWord::Filler),
    ("spring", DateWord::PartOfYear(4)),
    ("summer", DateWord::PartOfYear(7)),
    ("t1", DateWord::PartOfYear(2)),
    ("t2", DateWord::PartOfYear(5)),
    ("t3", DateWord::PartOfYear(8)),
    ("t4", DateWord::PartOfYear(11)),
    ("the", DateWord::Filler),
    ("thursday", DateWord::Filler),
    ("tuesday", DateWord::Filler),
    ("vendredi", DateWord::Filler),
    ("wednesday", DateWord::Filler),
    ("winter", DateWord::PartOfYear(1)),
    ("year", DateWord::Filler),
]);

/// True if the text means that an activity continues: "present", « à ce jour », « en cours ».
pub(super) fn means_ongoing(text: &str) -> bool {
    if text.len() > 60 {
        return false;
    }
    let folded = fold(text);
    // « - » or "..." means ongoing, but a question mark doesn't.
    if folded.is_empty() {
        return !text.contains('?');
    }
    let mut end = &*folded;
    while let Some(rest) = TO.iter().find_map(|word| end.strip_prefix(word)) {
        end = rest;
    }
    means_now(end) || ONGOING.meaning_of(end).is_some()
}

/// Words before the end of a period.
const TO: [&str; 9] = [
    "jusqu'a ", "jusqu'", "jusque ", "until ", "till ", "til ", "up to ", "to ", "the ",
];

const ONGOING: Phrases<()> = Phrases::sorted(&[
    ("a aujourd'hui", ()),
    ("a present", ()),
    ("ce jour", ()),
    ("contrat en cours", ()),
    ("current job", ()),
    ("current position", ()),
    ("date", ()),
    ("emploi actuel", ()),
    ("en cours", ()),
    ("en cours actuellement", ()),
    ("en poste", ()),
    ("en poste actuellement", ()),
    ("in progress", ()),
    ("moment", ()),
    ("nos jours", ()),
    ("poste actuel", ()),
    ("poste en cours", ()),
    ("present day", ()),
    ("present time", ()),
    ("still", ()),
    ("still employed", ()),
    ("this day", ()),
    ("toujours", ()),
    ("toujours en cours", ()),
    ("toujours en poste", ()),
]);

/// True if the text means "now" instead of a date: « immédiatement », "asap", "present".
pub(super) fn means_now(text: &str) -> bool {
    let folded = fold(text);
    // A longer sentence (« disponible en juin ») means something else.
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

    use super::{NOW, ONGOING, WORDS_OF_DATES, WrittenDate, means_now, means_ongoing};
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn unambiguous_dates_are_parsed() {
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
    fn month_names_are_parsed_in_both_languages() {
        for (text, expected, end) in [
            ("Janvier 2012", "2012-01-01", "2012-02-01"),
            ("Sept 2014", "2014-09-01", "2014-10-01"),
            ("sept. 2014", "2014-09-01", "2014-10-01"),
            ("Jun 2020", "2020-06-01", "2020-07-01"),
            ("1er mars 2022", "2022-03-01", "2022-03-02"),
            ("March 12th, 2022", "2022-03-12", "2022-03-13"),
            ("12 DÉC. 2019", "2019-12-12", "2019-12-13"),
            ("AOÛT 2019", "2019-08-01", "2019-09-01"),
            ("2019 févr.", "2019-02-01", "2019-03-01"),
            ("depuis le 3 juin 2018", "2018-06-03", "2018-06-04"),
            ("Since 2018", "2018-01-01", "2018-01-01"),
            ("en 2018", "2018-01-01", "2018-01-01"),
            ("Feb-2016", "2016-02-01", "2016-03-01"),
            ("été 2015", "2015-07-01", "2015-08-01"),
            ("Q3 2015", "2015-08-01", "2015-09-01"),
            ("fin 2015", "2015-11-01", "2015-12-01"),
            ("début mars 2015", "2015-03-01", "2015-04-01"),
            ("2015 – 03", "2015-03-01", "2015-04-01"),
        ] {
            let date = WrittenDate::parse(text).unwrap_or_else(|| panic!("{text:?}"));
            let (expected, end): (NaiveDate, NaiveDate) =
                (expected.parse().unwrap(), end.parse().unwrap());
            assert_eq!((date.first_day, date.end()), (expected, end), "{text:?}");
        }
        for text in [
            "31 février 2014",
            "janvier",
            "12 2014",
            "mars avril 2014",
            "mars 2014 2015",
            "mars 14",
            "vers 2014 ou après",
            "3e mars 2014",
            "mars 2014 🦀 x",
        ] {
            assert_eq!(WrittenDate::parse(text), None, "{text:?}");
        }
        assert_findable(&WORDS_OF_DATES);
    }

    #[test]
    fn dates_are_parsed_from_numbers_and_parts() {
        use serde_json::json;
        for (value, expected) in [
            (json!(2015), Some("2015-01-01")),
            (json!({"year": 2015, "month": 3}), Some("2015-03-01")),
            (
                json!({"year": "2015", "month": null, "day": null}),
                Some("2015-01-01"),
            ),
            (json!({"year": 2015, "month": 13}), None),
            (json!({"month": 3}), None),
            (json!(20_150_301), None),
            (json!(-2015), None),
            (json!([2015]), None),
        ] {
            let expected: Option<NaiveDate> = expected.map(|date| date.parse().unwrap());
            let date = WrittenDate::of_value(&value).map(|date| date.first_day);
            assert_eq!(date, expected, "{value}");
        }
    }

    #[test]
    fn words_for_an_open_end_are_parsed() {
        for text in [
            "Present",
            "present day",
            "aujourd'hui",
            "Aujourd’hui",
            "À ce jour",
            "en cours",
            "En poste",
            "jusqu'à aujourd'hui",
            "jusqu'à présent",
            "to date",
            "till date",
            "until now",
            "current",
            "Poste actuel",
            "-",
            "...",
            "to the present",
        ] {
            assert!(means_ongoing(text), "{text:?}");
        }
        for text in [
            "?",
            "en cours de route",
            "presently unknown",
            "2015",
            "mars",
            "date unknown",
        ] {
            assert!(!means_ongoing(text), "{text:?}");
        }
        assert_findable(&ONGOING);
    }

    #[test]
    fn end_dates_include_their_day_and_month_but_not_their_year() {
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
    fn words_for_now_are_parsed() {
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
