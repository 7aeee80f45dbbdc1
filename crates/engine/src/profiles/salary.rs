//! Ranges of pay.

use super::{
    folded_text::{fold, fold_letters},
    numerals::{amounts, joins_range},
    phrases::Phrases,
};

/// The period that an amount of pay covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalaryPeriod {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
    /// Two weeks.
    Fortnight,
}

/// A range of pay. At least one end is known, and `min` never exceeds `max`.
#[derive(Debug, Clone, PartialEq)]
pub struct SalaryRange {
    /// Lowest amount, at least 0.
    pub min: Option<f64>,
    /// Highest amount.
    pub max: Option<f64>,
    /// ISO 4217 code in upper case; `None` if unknown.
    pub currency: Option<String>,
    /// The period; if `None`, scoring infers it from the size of the amounts.
    pub period: Option<SalaryPeriod>,
    /// True if the pay is stated as net. Net and gross amounts are compared without conversion, and
    /// explanations say so.
    pub is_net: bool,
}

impl SalaryPeriod {
    /// Returns the wire name, as profile documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::Fortnight => "fortnight",
        }
    }

    /// Reads a period: "year", « mensuel », « TJM », "per hour".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        PERIODS.first_in(&fold(text))
    }
}

/// Returns the ISO 4217 code of a currency. Any three letters are accepted as a code; `€`, `$` and
/// `£` are EUR, USD and GBP, and common names are known.
///
/// ```
/// use matching_engine::profiles::salary::currency_code;
/// assert_eq!(currency_code("eur").as_deref(), Some("EUR"));
/// assert_eq!(currency_code("francs suisses").as_deref(), Some("CHF"));
/// assert_eq!(currency_code("shells"), None);
/// ```
#[must_use]
pub fn currency_code(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Some(text.to_ascii_uppercase());
    }
    currency_in(text, &fold(text)).map(str::to_owned)
}

fn currency_in(text: &str, folded: &str) -> Option<&'static str> {
    let symbol = text.chars().find_map(|character| match character {
        '€' => Some("EUR"),
        '$' => Some("USD"),
        '£' => Some("GBP"),
        _ => None,
    });
    // `45kEUR` is one word.
    let suffixed = || {
        folded.split(' ').find_map(|word| {
            let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            CURRENCIES.meaning_of(unit.strip_prefix('k').unwrap_or(unit))
        })
    };
    symbol
        .or_else(|| CURRENCIES.first_in(folded))
        .or_else(suffixed)
}

impl SalaryRange {
    /// Reads pay as written: `45k€`, « 45 000 - 55 000 € / an », `45-55k`, « 500 €/jour », « TJM
    /// 500 », « à partir de 40k€ », "up to $120,000". A single amount is both ends, unless the
    /// words make it a minimum or maximum. Returns `None` for a text without an amount (« selon
    /// profil »). Amounts after the first amount or range (a bonus) are ignored. `min` may exceed
    /// `max` here; the document reader refuses that.
    ///
    /// ```
    /// use matching_engine::profiles::salary::{SalaryPeriod, SalaryRange};
    /// let pay = SalaryRange::parse("45 000 - 55 000 € / an").unwrap();
    /// assert_eq!((pay.min, pay.max), (Some(45_000.0), Some(55_000.0)));
    /// assert_eq!(pay.currency.as_deref(), Some("EUR"));
    /// assert_eq!(pay.period, Some(SalaryPeriod::Year));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (text, months) = without_other_numbers(text);
        let text = text.as_str();
        let mut found = amounts(text);
        let mut first = found.next()?;
        let second = found
            .next()
            .filter(|second| joins_range(&text[first.end..second.start]));
        let folded = fold(text);
        let (min, max) = match second {
            Some(second) => {
                // `45-55k`: the thousands apply to both amounts.
                if second.in_thousands && !first.in_thousands && first.value < 1_000.0 {
                    first.value *= 1_000.0;
                }
                (Some(first.value), Some(second.value))
            }
            None => match BOUNDS.first_in(&folded) {
                Some(Bound::Upper) => (None, Some(first.value)),
                Some(Bound::Lower) => (Some(first.value), None),
                None if is_open_ended(&text[first.end..]) => (Some(first.value), None),
                None => (Some(first.value), Some(first.value)),
            },
        };
        let mut pay = Self {
            min,
            max,
            currency: currency_in(text, &folded).map(str::to_owned),
            period: PERIODS.first_in(&folded),
            is_net: is_net(&folded),
        };
        if let Some(months) = months {
            pay.pay_in_months(months);
        }
        Some(pay)
    }

    /// Applies « sur 13 mois »: monthly pay times the number of months becomes yearly pay. A yearly
    /// amount already includes all of them.
    fn pay_in_months(&mut self, months: f64) {
        let largest = self.max.or(self.min).unwrap_or_default();
        let is_monthly = match self.period {
            Some(period) => period == SalaryPeriod::Month,
            None => largest < LEAST_YEARLY,
        };
        if is_monthly {
            self.min = self.min.map(|amount| amount * months);
            self.max = self.max.map(|amount| amount * months);
        }
        if is_monthly || self.period.is_none() {
            self.period = Some(SalaryPeriod::Year);
        }
    }
}

/// True if a folded text says that its pay is net and not also gross.
pub(super) fn is_net(folded: &str) -> bool {
    let mut words = folded.split(' ');
    let is_gross = |word| matches!(word, "brut" | "bruts" | "brute" | "gross");
    words
        .clone()
        .any(|word| matches!(word, "net" | "nets" | "nette"))
        && !words.any(is_gross)
}

/// Threshold between monthly and yearly amounts for pay in 12 to 18 months. It holds for every
/// currency in which French postings state a number of months.
const LEAST_YEARLY: f64 = 10_000.0;

/// Replaces numbers that are not pay with spaces, byte for byte: the months of « sur 13 mois »,
/// which are also returned, « 13e mois », the hours of « 35h/semaine », and percentages.
fn without_other_numbers(text: &str) -> (String, Option<f64>) {
    let mut rest = text.to_owned();
    let mut months = None;
    let found: Vec<_> = amounts(text).collect();
    for amount in &found {
        let after = fold_letters(text.get(amount.end..).unwrap_or_default());
        let after = after.trim_start();
        let before = fold_letters(text.get(..amount.start).unwrap_or_default());
        let before = before.trim_end();
        let starts = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
        let counts_months = (12.0..=18.0).contains(&amount.value)
            && starts(&["mois", "month"])
            && ["sur", "x", "\u{d7}", "*", "over", "in"]
                .iter()
                .any(|joint| before.ends_with(joint));
        if counts_months {
            months = months.or(Some(amount.value));
        }
        let is_ordinal = starts(&["e mois", "eme mois", "th month"]);
        let is_hours = found.len() > 1
            && (10.0..=48.0).contains(&amount.value)
            && !before.ends_with(['\u{20ac}', '$', '\u{a3}'])
            && (starts(&[
                "h/s",
                "h / s",
                "h par s",
                "h hebdo",
                "heures par s",
                "heures hebdo",
            ]) || starts(&[
                "heures/s",
                "hours per w",
                "hours a w",
                "hours/w",
                "h per w",
                "h/w",
            ]) || after == "h"
                || starts(&["h,", "h ", "h)", "h;", "h-"]) && !before.ends_with('a'));
        if counts_months || is_ordinal || is_hours || after.starts_with('%') {
            let words = if counts_months || is_ordinal || is_hours {
                let tail = text.get(amount.end..).unwrap_or_default();
                let end =
                    |sign: char| !(sign.is_alphanumeric() || matches!(sign, ' ' | '/' | '\u{a0}'));
                let all = tail.find(end).unwrap_or(tail.len());
                let whole = tail.get(..all).unwrap_or_default();
                // The number's unit: its word and, for hours, the period that they refer to.
                let count = if is_hours { 2 } else { 1 };
                let mut length = 0;
                for _ in 0..count {
                    let part = whole.get(length..).unwrap_or_default();
                    let blank = part.len() - part.trim_start_matches([' ', '/', '\u{a0}']).len();
                    let word = part.get(blank..).unwrap_or_default();
                    if word.starts_with(|sign: char| sign.is_ascii_digit()) {
                        break;
                    }
                    length += blank + word.find([' ', '/', '\u{a0}']).unwrap_or(word.len());
                }
                length
            } else {
                0
            };
            let range = amount.start..amount.end + words;
            let blank = " ".repeat(range.len());
            rest.replace_range(range, &blank);
        }
    }
    (rest, months)
}

/// True if the text after an amount makes it a minimum, `40k€+`; « 40 k€ + prime » doesn't.
fn is_open_ended(after: &str) -> bool {
    after.trim_start_matches(['€', '$', '£']).starts_with('+')
}

#[derive(Debug, Clone, Copy)]
enum Bound {
    Lower,
    Upper,
}

const BOUNDS: Phrases<Bound> = Phrases::sorted(&[
    ("a partir de", Bound::Lower),
    ("at least", Bound::Lower),
    ("au moins", Bound::Lower),
    ("from", Bound::Lower),
    ("jusqu'a", Bound::Upper),
    ("max", Bound::Upper),
    ("maximum", Bound::Upper),
    ("min", Bound::Lower),
    ("minimum", Bound::Lower),
    ("plus de", Bound::Lower),
    ("starting", Bound::Lower),
    ("up to", Bound::Upper),
]);

/// Words for periods.
const PERIODS: Phrases<SalaryPeriod> = Phrases::sorted(&[
    ("an", SalaryPeriod::Year),
    ("annee", SalaryPeriod::Year),
    ("annees", SalaryPeriod::Year),
    ("annual", SalaryPeriod::Year),
    ("annualise", SalaryPeriod::Year),
    ("annually", SalaryPeriod::Year),
    ("annuel", SalaryPeriod::Year),
    ("annuelle", SalaryPeriod::Year),
    ("annuellement", SalaryPeriod::Year),
    ("annuels", SalaryPeriod::Year),
    ("annum", SalaryPeriod::Year),
    ("ans", SalaryPeriod::Year),
    ("bi weekly", SalaryPeriod::Fortnight),
    ("biweekly", SalaryPeriod::Fortnight),
    ("daily", SalaryPeriod::Day),
    ("day", SalaryPeriod::Day),
    ("day rate", SalaryPeriod::Day),
    ("days", SalaryPeriod::Day),
    ("de l'heure", SalaryPeriod::Hour),
    ("every two weeks", SalaryPeriod::Fortnight),
    ("fortnight", SalaryPeriod::Fortnight),
    ("fortnightly", SalaryPeriod::Fortnight),
    ("h", SalaryPeriod::Hour),
    ("hebdo", SalaryPeriod::Week),
    ("hebdomadaire", SalaryPeriod::Week),
    ("hebdomadairement", SalaryPeriod::Week),
    ("heure", SalaryPeriod::Hour),
    ("heures", SalaryPeriod::Hour),
    ("horaire", SalaryPeriod::Hour),
    ("hour", SalaryPeriod::Hour),
    ("hourly", SalaryPeriod::Hour),
    ("hourly rate", SalaryPeriod::Hour),
    ("hours", SalaryPeriod::Hour),
    ("hr", SalaryPeriod::Hour),
    ("j", SalaryPeriod::Day),
    ("jour", SalaryPeriod::Day),
    ("journalier", SalaryPeriod::Day),
    ("journaliere", SalaryPeriod::Day),
    ("jours", SalaryPeriod::Day),
    ("mensuel", SalaryPeriod::Month),
    ("mensuelle", SalaryPeriod::Month),
    ("mensuellement", SalaryPeriod::Month),
    ("mensuels", SalaryPeriod::Month),
    ("mo", SalaryPeriod::Month),
    ("mois", SalaryPeriod::Month),
    ("month", SalaryPeriod::Month),
    ("monthly", SalaryPeriod::Month),
    ("months", SalaryPeriod::Month),
    ("p.a", SalaryPeriod::Year),
    ("p.d", SalaryPeriod::Day),
    ("p.h", SalaryPeriod::Hour),
    ("p.m", SalaryPeriod::Month),
    ("pa", SalaryPeriod::Year),
    ("par heure", SalaryPeriod::Hour),
    ("pcm", SalaryPeriod::Month),
    ("per annum", SalaryPeriod::Year),
    ("per day", SalaryPeriod::Day),
    ("per hour", SalaryPeriod::Hour),
    ("per week", SalaryPeriod::Week),
    ("ph", SalaryPeriod::Hour),
    ("quinzaine", SalaryPeriod::Fortnight),
    ("semaine", SalaryPeriod::Week),
    ("taux horaire", SalaryPeriod::Hour),
    ("taux journalier", SalaryPeriod::Day),
    ("tj", SalaryPeriod::Day),
    ("tjm", SalaryPeriod::Day),
    ("week", SalaryPeriod::Week),
    ("weekly", SalaryPeriod::Week),
    ("year", SalaryPeriod::Year),
    ("yearly", SalaryPeriod::Year),
    ("years", SalaryPeriod::Year),
    ("yr", SalaryPeriod::Year),
]);

const CURRENCIES: Phrases<&str> = Phrases::sorted(&[
    ("cad", "CAD"),
    ("canadian dollar", "CAD"),
    ("cfa", "XOF"),
    ("chf", "CHF"),
    ("dirham", "MAD"),
    ("dirhams", "MAD"),
    ("dollar", "USD"),
    ("dollar canadien", "CAD"),
    ("dollars", "USD"),
    ("dollars canadiens", "CAD"),
    ("dzd", "DZD"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("f.cfa", "XOF"),
    ("fcfa", "XOF"),
    ("franc suisse", "CHF"),
    ("francs suisses", "CHF"),
    ("gbp", "GBP"),
    ("jpy", "JPY"),
    ("keur", "EUR"),
    ("livre sterling", "GBP"),
    ("livres sterling", "GBP"),
    ("mad", "MAD"),
    ("pln", "PLN"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("sek", "SEK"),
    ("sterling", "GBP"),
    ("swiss franc", "CHF"),
    ("swiss francs", "CHF"),
    ("tnd", "TND"),
    ("us dollar", "USD"),
    ("us dollars", "USD"),
    ("usd", "USD"),
    ("xof", "XOF"),
    ("yen", "JPY"),
    ("yens", "JPY"),
]);

#[cfg(test)]
mod tests {
    use super::{
        BOUNDS, CURRENCIES, PERIODS, SalaryPeriod,
        SalaryPeriod::{Day, Hour, Month, Week, Year},
        SalaryRange,
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn pay_is_parsed_from_common_spellings() {
        let both = |min, max| (Some(min), Some(max));
        for (text, ends, currency, period) in [
            ("45k€", both(45e3, 45e3), Some("EUR"), None),
            ("45-55k€", both(45e3, 55e3), Some("EUR"), None),
            (
                "45 000 - 55 000 € / an",
                both(45e3, 55e3),
                Some("EUR"),
                Some(Year),
            ),
            (
                "entre 45 et 55 k€ brut annuel",
                both(45e3, 55e3),
                Some("EUR"),
                Some(Year),
            ),
            (
                "€45,000 to €55,000 per year",
                both(45e3, 55e3),
                Some("EUR"),
                Some(Year),
            ),
            ("500 €/jour", both(500.0, 500.0), Some("EUR"), Some(Day)),
            ("TJM 500€", both(500.0, 500.0), Some("EUR"), Some(Day)),
            ("12,50 €/h", both(12.5, 12.5), Some("EUR"), Some(Hour)),
            (
                "2 500 € brut mensuel",
                both(2_500.0, 2_500.0),
                Some("EUR"),
                Some(Month),
            ),
            ("$120K", both(120e3, 120e3), Some("USD"), None),
            ("45kEUR", both(45e3, 45e3), Some("EUR"), None),
            (
                "35k€ sur 13 mois",
                both(35e3, 35e3),
                Some("EUR"),
                Some(Year),
            ),
            (
                "45 000 € + 10 % variable",
                both(45e3, 45e3),
                Some("EUR"),
                None,
            ),
            ("à partir de 40k€", (Some(40e3), None), Some("EUR"), None),
            ("40k€+", (Some(40e3), None), Some("EUR"), None),
            ("jusqu’à 55k€", (None, Some(55e3)), Some("EUR"), None),
            (
                "CHF 1'200 per week",
                both(1_200.0, 1_200.0),
                Some("CHF"),
                Some(Week),
            ),
            (
                "3000 € x 13 mois",
                both(39e3, 39e3),
                Some("EUR"),
                Some(Year),
            ),
            ("38/45 k€", both(38e3, 45e3), Some("EUR"), None),
            ("45000", both(45e3, 45e3), None, None),
        ] {
            let pay = SalaryRange::parse(text).unwrap();
            assert_eq!((pay.min, pay.max), ends, "{text:?}");
            assert_eq!(pay.currency.as_deref(), currency, "{text:?}");
            assert_eq!(pay.period, period, "{text:?}");
        }
        assert_eq!(SalaryRange::parse("selon profil"), None);
        for (text, is_net) in [
            ("2 000 € net par mois", true),
            ("2000 € nets mensuels", true),
            ("2 500 € brut, soit 1 950 € net", false),
            ("2 000 € par mois", false),
        ] {
            assert_eq!(SalaryRange::parse(text).unwrap().is_net, is_net, "{text:?}");
        }
    }

    #[test]
    fn numbers_near_the_pay_are_not_parsed_as_pay() {
        for (text, min, max, period) in [
            (
                "Mensuel de 2000.0 Euros à 2500.0 Euros sur 12.0 mois",
                24e3,
                30e3,
                Some(Year),
            ),
            (
                "Annuel de 35000.0 Euros à 42000.0 Euros sur 13.0 mois",
                35e3,
                42e3,
                Some(Year),
            ),
            (
                "Horaire de 12.5 Euros sur 12.0 mois",
                12.5,
                12.5,
                Some(Hour),
            ),
            ("2300€ brut sur 13 mois", 29_900.0, 29_900.0, Some(Year)),
            ("2 000 € × 12 mois", 24e3, 24e3, Some(Year)),
            (
                "13e mois, 2300 € brut par mois",
                2_300.0,
                2_300.0,
                Some(Month),
            ),
            ("35h/semaine, 2000 € brut mensuel", 2e3, 2e3, Some(Month)),
            ("10 % de prime, 40k€ fixe", 40e3, 40e3, None),
            (
                "2000 EUR brut - 2400 EUR brut par mois",
                2e3,
                2_400.0,
                Some(Month),
            ),
            ("£30k - £35k", 30e3, 35e3, None),
            ("35-40 k€", 35e3, 40e3, None),
        ] {
            let pay = SalaryRange::parse(text).unwrap();
            assert_eq!((pay.min, pay.max), (Some(min), Some(max)), "{text:?}");
            assert_eq!(pay.period, period, "{text:?}");
        }
        for text in ["SMIC + 10 %", "\u{fffd}\u{1f680}", "sur 13 mois"] {
            assert_eq!(SalaryRange::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_period_round_trips() {
        for period in [Hour, Day, Week, Month, Year, SalaryPeriod::Fortnight] {
            assert_eq!(SalaryPeriod::parse(period.as_str()), Some(period));
        }
        assert_eq!(SalaryPeriod::parse("lunar cycle"), None);
        assert_findable(&PERIODS);
        assert_findable(&CURRENCIES);
        assert_findable(&BOUNDS);
    }
}
