//! Pay.
//!
//! Amounts are converted to a year of full-time work by French usage: 1,820 hours (35 hours in 52
//! weeks, which a monthly wage of 151.67 hours pays; Code du travail, L. 3121-27 and L. 3242-1),
//! 218 days (the ceiling of a contract in days, L. 3121-64), 52 weeks, 12 months. Currencies whose
//! parity to the euro is fixed by treaty or decree are converted (CFA francs 655.957, CFP franc
//! 1,000 = 8.38 EUR, Comorian franc 491.96775). No other rate is assumed, so two other currencies
//! give no score. A side without a currency is assumed to use the other side's.
//!
//! The candidate's minimum is compared with the posting's maximum. An offer that reaches it scores
//! 1; a lower one falls (see [`falling`]) linearly towards 0 at 30 % less.

use std::borrow::Cow;

use super::{
    FieldCriterion, Number, Outcome, Scored, Unscored, falling, location::PostingPlace, stated,
};
use crate::{
    profiles::{
        candidate::Candidate,
        job_posting::JobPosting,
        salary::{SalaryPeriod, SalaryRange},
    },
    scoring::{document::document, wire_name::wire_names},
};

const HOURS_PER_YEAR: f64 = 1_820.0;
const DAYS_PER_YEAR: f64 = 218.0;
const WEEKS_PER_YEAR: f64 = 52.0;
const MONTHS_PER_YEAR: f64 = 12.0;
const FORTNIGHTS_PER_YEAR: f64 = 26.0;
/// The relative shortfall of an offer at which the linear score would reach 0.
const WIDEST_GAP: f64 = 0.3;

/// Units of a currency for one euro, for fixed parities.
const FIXED_TO_EURO: &[(&str, f64)] = &[
    ("XOF", 655.957),
    ("XAF", 655.957),
    ("XPF", 1_000.0 / 8.38),
    ("KMF", 491.967_75),
];

/// A range of pay for a year.
#[derive(Debug, Clone, PartialEq)]
pub struct YearlyPay {
    /// Lowest amount, or the only one.
    lowest: f64,
    /// Highest amount, or the only one.
    highest: f64,
    /// Currency, if stated; EUR for converted amounts.
    pub currency: Option<String>,
    /// The pay as stated.
    pub stated: StatedPay,
}

/// A range as stated.
#[derive(Debug, Clone, PartialEq)]
pub struct StatedPay {
    /// Lowest amount, or the only one.
    pub lowest: f64,
    /// Highest amount, or the only one.
    pub highest: f64,
    /// The period that the amounts cover.
    pub period: SalaryPeriod,
    /// Currency, if it differs from the yearly pay's.
    pub currency: Option<String>,
    /// True if the amounts are stated as net.
    pub is_net: bool,
    /// Kind of bound that a single amount is; `None` for a range with two ends.
    pub bound: Option<PayBound>,
}

wire_names! {
    /// Kind of bound that an amount of pay is.
    pub enum PayBound {
        /// The amount is a minimum.
        AtLeast = "at_least",
        /// The amount is exact.
        Exactly = "exactly",
        /// The amount is a maximum.
        AtMost = "at_most",
    }
}

impl PayBound {
    /// The bound of an offer in documents that name none.
    pub fn at_most() -> Self {
        Self::AtMost
    }

    /// The bound of a wish in documents that name none.
    pub fn at_least() -> Self {
        Self::AtLeast
    }

    fn of(min: Option<f64>, max: Option<f64>) -> Option<Self> {
        match (min, max) {
            (Some(_), None) => Some(Self::AtLeast),
            (None, Some(_)) => Some(Self::AtMost),
            (Some(min), Some(max)) => (min >= max).then_some(Self::Exactly),
            (None, None) => None,
        }
    }
}

impl YearlyPay {
    /// Converts a range to a year; returns `None` if it states no amount.
    pub fn of(range: Option<&SalaryRange>) -> Option<Self> {
        let range = range?;
        let (min, max) = (
            stated(range.min),
            stated(range.max).filter(|max| *max > 0.0),
        );
        let (lowest, highest) = (min.or(max)?, max.or(min)?);
        // Pay of 0 is a form left empty.
        if highest <= 0.0 {
            return None;
        }
        let period = match range.period {
            Some(period) => period,
            None => period_by_size(highest, range.currency.as_deref())?,
        };
        let per_year = match period {
            SalaryPeriod::Fortnight => FORTNIGHTS_PER_YEAR,
            SalaryPeriod::Hour => HOURS_PER_YEAR,
            SalaryPeriod::Day => DAYS_PER_YEAR,
            SalaryPeriod::Week => WEEKS_PER_YEAR,
            SalaryPeriod::Month => MONTHS_PER_YEAR,
            SalaryPeriod::Year => 1.0,
        };
        let currency = range
            .currency
            .as_deref()
            .map(|currency| currency.trim().to_uppercase());
        let fixed = FIXED_TO_EURO
            .iter()
            .find(|(code, _)| currency.as_deref() == Some(code));
        let factor = per_year / fixed.map_or(1.0, |(_, per_euro)| *per_euro);
        Some(Self {
            lowest: (lowest * factor).min(f64::MAX),
            highest: (highest * factor).min(f64::MAX),
            stated: StatedPay {
                lowest,
                highest,
                period,
                currency: currency.clone().filter(|_| fixed.is_some()),
                is_net: range.is_net,
                bound: PayBound::of(min, max),
            },
            currency: if fixed.is_some() {
                Some("EUR".to_owned())
            } else {
                currency
            },
        })
    }
}

impl YearlyPay {
    /// Sets the currency of a country if none is stated.
    pub fn in_country(mut self, country: Option<&str>) -> Self {
        if self.currency.is_none() {
            let of_country = country.and_then(|country| {
                let at = CURRENCIES
                    .iter()
                    .find(|(_, countries)| countries.contains(&country));
                at.map(|(currency, _)| *currency)
            });
            if let Some(currency) = of_country {
                let fixed = FIXED_TO_EURO.iter().find(|(code, _)| *code == currency);
                let per_euro = fixed.map_or(1.0, |(_, per_euro)| *per_euro);
                self.lowest /= per_euro;
                self.highest /= per_euro;
                self.stated.currency = fixed.map(|(code, _)| (*code).to_owned());
                self.currency = Some(if fixed.is_some() { "EUR" } else { currency }.to_owned());
            }
        }
        self
    }
}

/// Currencies in which monthly pay is between 1,000 and 10,000 and yearly pay above.
const SIZED_CURRENCIES: [&str; 6] = ["EUR", "USD", "GBP", "CHF", "CAD", "AUD"];

/// Infers a missing period from the highest amount: up to 100 per hour, from 1,000 per month, from
/// 10,000 per year. Amounts in between may be daily, weekly or monthly pay and give `None`. In
/// currencies of another magnitude the period is a year.
fn period_by_size(highest: f64, currency: Option<&str>) -> Option<SalaryPeriod> {
    let is_sized = currency.is_none_or(|currency| {
        SIZED_CURRENCIES
            .iter()
            .any(|sized| sized.eq_ignore_ascii_case(currency.trim()))
    });
    match highest {
        _ if !is_sized => Some(SalaryPeriod::Year),
        amount if amount >= 10_000.0 => Some(SalaryPeriod::Year),
        amount if amount >= 1_000.0 => Some(SalaryPeriod::Month),
        amount if amount <= 100.0 => Some(SalaryPeriod::Hour),
        _ => None,
    }
}

/// Currencies with the countries that use them; ISO 4217, and ISO 3166-1 alpha-2 in lower case.
const CURRENCIES: &[(&str, &[&str])] = &[
    (
        "EUR",
        &[
            "fr", "be", "lu", "mc", "de", "at", "nl", "es", "pt", "it", "ie", "fi", "gr", "hr",
            "si", "sk", "ee", "lv", "lt", "mt", "cy", "re", "gp", "mq", "gf", "yt", "ad", "sm",
        ],
    ),
    ("CHF", &["ch", "li"]),
    ("GBP", &["gb"]),
    ("USD", &["us"]),
    ("CAD", &["ca"]),
    ("AUD", &["au"]),
    ("MAD", &["ma"]),
    ("TND", &["tn"]),
    ("DZD", &["dz"]),
    ("XOF", &["sn", "ci", "ml", "bf", "bj", "tg", "ne", "gw"]),
    ("XAF", &["cm", "ga", "cg", "td", "cf", "gq"]),
    ("XPF", &["nc", "pf", "wf"]),
    ("SEK", &["se"]),
    ("NOK", &["no"]),
    ("DKK", &["dk"]),
    ("PLN", &["pl"]),
    ("CZK", &["cz"]),
    ("HUF", &["hu"]),
    ("RON", &["ro"]),
    ("JPY", &["jp"]),
    ("INR", &["in"]),
];

/// The two compared amounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The posting's maximum for a year.
    pub offered_per_year: Number,
    /// The candidate's minimum for a year.
    pub asked_per_year: Number,
}

document! {
    /// The facts about pay.
    pub struct SalaryFacts<'a> {
        /// The posting's maximum pay per year.
        always offered_per_year: Number,
        /// The candidate's minimum pay per year.
        always asked_per_year: Number,
        /// The ISO 4217 code of both amounts.
        optional currency: Option<Cow<'a, str>>,
        /// The offer as stated, if that is not gross pay per year.
        optional offered: Option<StatedPayFact<'a>>,
        /// The requested pay as stated, if that is not gross pay per year.
        optional requested as "asked": Option<StatedPayFact<'a>>,
        /// The meaning of the posting's amount; absent for `at_most`.
        unless(PayBound::AtMost, "PayBound::at_most") offered_bound: PayBound,
        /// The meaning of the candidate's amount; absent for `at_least`.
        unless(PayBound::AtLeast, "PayBound::at_least") asked_bound: PayBound,
    }
}

document! {
    /// An amount of pay as stated.
    pub struct StatedPayFact<'a> as "StatedPay" {
        /// The amount.
        always amount: Number,
        /// The period that the amount covers.
        always period: SalaryPeriod,
        /// The ISO 4217 code, if it differs from that of the comparison.
        optional currency: Option<Cow<'a, str>>,
        /// True if the amount is net.
        optional net: bool,
    }
}

impl<'a> StatedPayFact<'a> {
    /// Returns `None` for gross yearly pay that was not converted, because the yearly amounts show
    /// it.
    fn of(pay: &'a StatedPay, amount: f64) -> Option<Self> {
        let is_yearly = pay.period == SalaryPeriod::Year && !pay.is_net && pay.currency.is_none();
        (!is_yearly).then(|| Self {
            amount: Number((amount * 100.0).round().min(f64::MAX) / 100.0),
            period: pay.period,
            currency: pay.currency.as_deref().map(Cow::Borrowed),
            net: pay.is_net,
        })
    }
}

impl<'a> SalaryFacts<'a> {
    fn of(wanted: Option<&'a YearlyPay>, offer: Option<&'a YearlyPay>, finding: &Finding) -> Self {
        let mut currencies = [wanted, offer]
            .into_iter()
            .flatten()
            .filter_map(|pay| pay.currency.as_deref());
        Self {
            offered_per_year: finding.offered_per_year,
            asked_per_year: finding.asked_per_year,
            currency: currencies.next().map(Cow::Borrowed),
            offered: offer.and_then(|pay| StatedPayFact::of(&pay.stated, pay.stated.highest)),
            requested: wanted.and_then(|pay| StatedPayFact::of(&pay.stated, pay.stated.lowest)),
            offered_bound: offer.map_or(PayBound::AtMost, |pay| {
                // The upper end of a range is shown.
                pay.stated.bound.unwrap_or(PayBound::AtMost)
            }),
            asked_bound: wanted.map_or(PayBound::AtLeast, |pay| {
                pay.stated.bound.unwrap_or(PayBound::AtLeast)
            }),
        }
    }
}

/// The rules of this criterion.
pub struct Rules;

impl FieldCriterion for Rules {
    type Held = Option<YearlyPay>;
    type Requested = Option<YearlyPay>;
    type Finding = Finding;
    type Facts<'a> = SalaryFacts<'a>;

    fn held(candidate: &Candidate) -> Option<YearlyPay> {
        YearlyPay::of(candidate.salary.as_ref())
    }

    fn requested(posting: &JobPosting) -> Option<YearlyPay> {
        let pay = YearlyPay::of(posting.salary.as_ref())?;
        Some(if pay.currency.is_none() {
            pay.in_country(PostingPlace::of_posting(posting).country())
        } else {
            pay
        })
    }

    fn measure(held: &Option<YearlyPay>, requested: &Option<YearlyPay>) -> Outcome<Finding> {
        measure(held.as_ref(), requested.as_ref())
    }

    fn facts<'a>(
        found: &Scored<Finding>,
        held: &'a Option<YearlyPay>,
        requested: &'a Option<YearlyPay>,
    ) -> Option<SalaryFacts<'a>> {
        Some(SalaryFacts::of(
            held.as_ref(),
            requested.as_ref(),
            &found.finding,
        ))
    }

    fn falls_short(facts: &SalaryFacts<'_>) -> bool {
        facts.asked_per_year.0 > facts.offered_per_year.0
    }
}

/// Scores pay by the rules of the module documentation.
pub fn measure(candidate: Option<&YearlyPay>, posting: Option<&YearlyPay>) -> Outcome<Finding> {
    let (Some(wanted), Some(offer)) = (candidate, posting) else {
        return Err(Unscored::silent(candidate.is_some(), posting.is_some()));
    };
    if let (Some(one), Some(other)) = (&wanted.currency, &offer.currency)
        && one != other
    {
        return Err(Unscored::CurrenciesDiffer);
    }
    let (offered, requested) = (offer.highest, wanted.lowest);
    let score = if offered >= requested {
        1.0
    } else {
        falling((1.0 - offered / requested) / WIDEST_GAP)
    };
    let cents = |amount: f64| Number((amount * 100.0).round().min(f64::MAX) / 100.0);
    Ok(Scored {
        score,
        finding: Finding {
            offered_per_year: cents(offered),
            asked_per_year: cents(requested),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(
        min: Option<f64>,
        max: Option<f64>,
        currency: Option<&str>,
        period: SalaryPeriod,
    ) -> Option<YearlyPay> {
        YearlyPay::of(Some(&SalaryRange {
            min,
            max,
            currency: currency.map(str::to_owned),
            period: Some(period),
            is_net: false,
        }))
    }

    fn score(wanted: Option<&YearlyPay>, offered: Option<&YearlyPay>) -> f64 {
        measure(wanted, offered).unwrap().score
    }

    #[test]
    fn an_offer_that_reaches_the_wish_scores_fully() {
        let wish = || {
            pay(
                Some(40_000.0),
                Some(48_000.0),
                Some("EUR"),
                SalaryPeriod::Year,
            )
        };
        let offer = |max| pay(Some(30_000.0), Some(max), Some("EUR"), SalaryPeriod::Year);
        assert!((score(wish().as_ref(), offer(40_000.0).as_ref()) - 1.0).abs() < 1e-9);
        assert!((score(wish().as_ref(), offer(34_000.0).as_ref()) - 0.5).abs() < 1e-9);
        assert!((score(wish().as_ref(), offer(28_000.0).as_ref()) - 0.09).abs() < 1e-9);
    }

    #[test]
    fn pay_of_zero_is_ignored() {
        let nothing = |min, max| pay(min, max, Some("EUR"), SalaryPeriod::Month);
        assert_eq!(nothing(Some(0.0), Some(0.0)), None);
        assert_eq!(nothing(None, Some(0.0)), None);
        assert_eq!(nothing(Some(0.0), None), None);
        assert!(nothing(Some(2_000.0), Some(0.0)).is_some());
        assert!(nothing(Some(0.0), Some(2_000.0)).is_some());
    }

    #[test]
    fn a_missing_period_is_inferred_from_the_amount() {
        let yearly = |amount, currency: Option<&str>| {
            YearlyPay::of(Some(&SalaryRange {
                min: Some(amount),
                max: Some(amount),
                currency: currency.map(str::to_owned),
                period: None,
                is_net: false,
            }))
            .map(|pay| pay.highest)
        };
        assert_eq!(yearly(45_000.0, Some("EUR")), Some(45_000.0));
        assert_eq!(yearly(2_500.0, None), Some(30_000.0));
        assert_eq!(yearly(12.0, Some("GBP")), Some(21_840.0));
        assert_eq!(yearly(500.0, Some("EUR")), None);
        assert_eq!(yearly(5_000.0, Some("PLN")), Some(5_000.0));
    }

    #[test]
    fn pay_without_a_currency_is_in_that_of_the_country() {
        let offer = || pay(Some(90_000.0), None, None, SalaryPeriod::Year).unwrap();
        assert_eq!(
            offer().in_country(Some("ch")).currency.as_deref(),
            Some("CHF")
        );
        assert_eq!(
            offer().in_country(Some("fr")).currency.as_deref(),
            Some("EUR")
        );
        assert_eq!(offer().in_country(Some("atlantis")).currency, None);
        assert_eq!(offer().in_country(None).currency, None);
    }

    #[test]
    fn periods_are_compared_per_year() {
        let wish = pay(Some(36_400.0), None, Some("EUR"), SalaryPeriod::Year);
        let offer = pay(Some(20.0), None, Some("EUR"), SalaryPeriod::Hour);
        assert!((score(wish.as_ref(), offer.as_ref()) - 1.0).abs() < 1e-9);
        let wish = pay(Some(3_000.0), None, None, SalaryPeriod::Month);
        let offer = pay(None, Some(36_000.0), Some("EUR"), SalaryPeriod::Year);
        assert!((score(wish.as_ref(), offer.as_ref()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn only_currencies_with_fixed_rates_are_converted() {
        let euros = || pay(Some(12_000.0), None, Some("EUR"), SalaryPeriod::Year);
        let dollars = pay(Some(99_000.0), None, Some("USD"), SalaryPeriod::Year);
        assert_eq!(
            measure(euros().as_ref(), dollars.as_ref()).unwrap_err(),
            Unscored::CurrenciesDiffer
        );
        let francs = pay(Some(655_957.0), None, Some("XOF"), SalaryPeriod::Month);
        assert!((score(euros().as_ref(), francs.as_ref()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn pay_without_a_finite_amount_is_ignored() {
        assert_eq!(pay(None, None, Some("EUR"), SalaryPeriod::Year), None);
        assert_eq!(pay(Some(f64::NAN), None, None, SalaryPeriod::Year), None);
        let huge = pay(Some(f64::MAX), None, None, SalaryPeriod::Hour);
        assert!((score(huge.as_ref(), huge.as_ref()) - 1.0).abs() < 1e-9);
    }
}
