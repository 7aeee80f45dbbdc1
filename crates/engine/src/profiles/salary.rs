//! Pay, as a range.

use super::{
    folded_text::fold,
    numerals::{amounts, joins_range},
    phrases::Phrases,
};

/// What the amounts of a range are paid for.
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
}

/// A range of gross pay; at least one end is known, and `min` is not above `max`.
#[derive(Debug, Clone, PartialEq)]
pub struct SalaryRange {
    /// Lowest amount, not negative.
    pub min: Option<f64>,
    /// Highest amount.
    pub max: Option<f64>,
    /// ISO 4217 code in upper case; missing means unknown.
    pub currency: Option<String>,
    /// What the amounts are paid for; missing means a year.
    pub period: Option<SalaryPeriod>,
}

impl SalaryPeriod {
    /// The stable name, as a profile document writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads a period: "year", « mensuel », « TJM », "per hour".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        PERIODS.first_in(&fold(text))
    }
}

/// The ISO 4217 code of a currency: three letters are taken as one, `€`, `$` and `£` stand for EUR,
/// USD and GBP, and the common names are known.
///
/// ```
/// use matching::profiles::salary::currency_code;
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
    /// 500 », « à partir de 40k€ », "up to $120,000". A single amount is both ends, unless the words
    /// say that it is one of them. `None` where the text has no amount (« selon profil »). What
    /// comes after the first amount or range (a bonus) doesn't count. `min` may be above `max`
    /// here; the reader of documents refuses that.
    ///
    /// ```
    /// use matching::profiles::salary::{SalaryPeriod, SalaryRange};
    /// let pay = SalaryRange::parse("45 000 - 55 000 € / an").unwrap();
    /// assert_eq!((pay.min, pay.max), (Some(45_000.0), Some(55_000.0)));
    /// assert_eq!(pay.currency.as_deref(), Some("EUR"));
    /// assert_eq!(pay.period, Some(SalaryPeriod::Year));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = amounts(text);
        let mut first = found.next()?;
        let second = found
            .next()
            .filter(|second| joins_range(&text[first.end..second.start]));
        let folded = fold(text);
        let (min, max) = match second {
            Some(second) => {
                // `45-55k`: the thousands count for both.
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
        Some(Self {
            min,
            max,
            currency: currency_in(text, &folded).map(str::to_owned),
            period: PERIODS.first_in(&folded),
        })
    }
}

/// Whether what follows an amount leaves it open, `40k€+`; « 40 k€ + prime » doesn't.
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

/// Words for periods. « sur 13 mois » says how a year's pay is split.
const PERIODS: Phrases<SalaryPeriod> = Phrases::sorted(&[
    ("an", SalaryPeriod::Year),
    ("annee", SalaryPeriod::Year),
    ("annual", SalaryPeriod::Year),
    ("annually", SalaryPeriod::Year),
    ("annuel", SalaryPeriod::Year),
    ("annuelle", SalaryPeriod::Year),
    ("annuels", SalaryPeriod::Year),
    ("annum", SalaryPeriod::Year),
    ("ans", SalaryPeriod::Year),
    ("daily", SalaryPeriod::Day),
    ("day", SalaryPeriod::Day),
    ("days", SalaryPeriod::Day),
    ("h", SalaryPeriod::Hour),
    ("hebdo", SalaryPeriod::Week),
    ("hebdomadaire", SalaryPeriod::Week),
    ("heure", SalaryPeriod::Hour),
    ("heures", SalaryPeriod::Hour),
    ("horaire", SalaryPeriod::Hour),
    ("hour", SalaryPeriod::Hour),
    ("hourly", SalaryPeriod::Hour),
    ("hours", SalaryPeriod::Hour),
    ("hr", SalaryPeriod::Hour),
    ("j", SalaryPeriod::Day),
    ("jour", SalaryPeriod::Day),
    ("journalier", SalaryPeriod::Day),
    ("journaliere", SalaryPeriod::Day),
    ("jours", SalaryPeriod::Day),
    ("mensuel", SalaryPeriod::Month),
    ("mensuelle", SalaryPeriod::Month),
    ("mensuels", SalaryPeriod::Month),
    ("mo", SalaryPeriod::Month),
    ("mois", SalaryPeriod::Month),
    ("month", SalaryPeriod::Month),
    ("monthly", SalaryPeriod::Month),
    ("months", SalaryPeriod::Month),
    ("p.a", SalaryPeriod::Year),
    ("pa", SalaryPeriod::Year),
    ("pcm", SalaryPeriod::Month),
    ("per annum", SalaryPeriod::Year),
    ("semaine", SalaryPeriod::Week),
    ("sur 12 mois", SalaryPeriod::Year),
    ("sur 13 mois", SalaryPeriod::Year),
    ("sur 14 mois", SalaryPeriod::Year),
    ("taux horaire", SalaryPeriod::Hour),
    ("taux journalier", SalaryPeriod::Day),
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
    fn pay_is_read_as_people_write_it() {
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
            ("3000 € x 13 mois", both(3e3, 3e3), Some("EUR"), Some(Month)),
            ("38/45 k€", both(38e3, 45e3), Some("EUR"), None),
            ("45000", both(45e3, 45e3), None, None),
        ] {
            let pay = SalaryRange::parse(text).unwrap();
            assert_eq!((pay.min, pay.max), ends, "{text:?}");
            assert_eq!(pay.currency.as_deref(), currency, "{text:?}");
            assert_eq!(pay.period, period, "{text:?}");
        }
        assert_eq!(SalaryRange::parse("selon profil"), None);
    }

    #[test]
    fn every_period_reads_back() {
        for period in [Hour, Day, Week, Month, Year] {
            assert_eq!(SalaryPeriod::parse(period.as_str()), Some(period));
        }
        assert_eq!(SalaryPeriod::parse("fortnight"), None);
        assert_findable(&PERIODS);
        assert_findable(&CURRENCIES);
        assert_findable(&BOUNDS);
    }
}
