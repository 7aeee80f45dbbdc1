//! Years of experience.
//!
//! Below the minimum the score is the fraction of it that the candidate has (2 of 4 years: 0.5).
//! From minimum to maximum it is 1. Above the maximum it falls by 0.02 a year, to 0.8 at least:
//! over-qualification is a mild mismatch, which recruiters often overlook.
//!
//! Years known to have been spent on other work than the posting's count for less. A year counts in
//! full if the similarity of the held title to the posting's is at least 0.6, apart from seniority,
//! and counts [`OTHER_SHARE`] if it is at most 0.2; in between, linearly. Of several positions at
//! one time the most similar one counts. Years of unknown work (stated beyond the dated ones, or
//! spent under no title that names an occupation) count as stated, because a part of a history must
//! not stand for the whole. If fewer years are stated than the positions cover, the most similar
//! years are taken as the stated ones.
//!
//! The share and both limits are chosen, not fitted: no labelled data set distinguishes years of
//! one kind of work from those of another.

use std::{collections::BTreeMap, sync::Arc};

use super::{Number, Outcome, Scored, Unscored, stated, title::Title};
use crate::profiles::{
    candidate::Candidate,
    job_posting::ExperienceRange,
    position::{Position, WorkedTime, to_tenths, years_of_days},
};

const LOSS_PER_YEAR_ABOVE: f64 = 0.02;
const LEAST_ABOVE: f64 = 0.8;
/// Weight of a year of other work.
pub const OTHER_SHARE: f64 = 0.4;
/// Titles of this similarity or more stand for the same kind of work.
const ALIKE_FROM: f64 = 0.6;
/// Titles of this similarity or less stand for other work.
const OTHER_UNTIL: f64 = 0.2;
/// Maximum number of positions whose work is compared; the years of earlier ones count as years of
/// unknown work.
pub const MOST_POSITIONS: usize = 64;
/// Tolerance, in years: smaller differences may come from rounding to tenths.
const HALF_A_TENTH: f64 = 0.05;
/// Tolerance, in years, for sums of days: calendar years differ in length.
const UNEVENNESS: f64 = 0.005;

/// The required years; at least one end is present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RequestedYears {
    /// Minimum years.
    pub min: Option<f64>,
    /// Maximum years, at least `min`.
    pub max: Option<f64>,
}

impl RequestedYears {
    /// Reads a posting's requirement.
    pub fn of(range: Option<ExperienceRange>) -> Option<Self> {
        let range = range?;
        let min = stated(range.min);
        let max = stated(range.max).filter(|max| min.is_none_or(|min| min <= *max));
        (min.is_some() || max.is_some()).then_some(Self { min, max })
    }
}

/// The candidate's years, and the known work of some of them.
#[derive(Debug, Default)]
pub struct CandidateExperience {
    /// Years as stated, else the time that the history covers, to one decimal.
    pub years: Option<f64>,
    /// True if the document has a work history but the years can't be derived from it.
    pub is_unreadable: bool,
    /// Distinct titles of the positions of known duration, sorted by their text.
    titles: Box<[Arc<Title>]>,
    /// Disjoint times, each with the titles held then.
    spans: Box<[Span]>,
    /// The sum of the spans' years.
    dated: f64,
}

#[derive(Debug)]
struct Span {
    years: f64,
    /// Indexes into the titles.
    titles: Box<[usize]>,
}

impl CandidateExperience {
    /// Reads a candidate's years and history.
    pub fn of(candidate: &Candidate) -> Self {
        let years = stated(candidate.experience_years);
        let is_unreadable = candidate.experience_unreadable;
        if years.is_none() || candidate.work_history.is_empty() {
            return Self {
                years,
                is_unreadable,
                ..Self::default()
            };
        }
        let (titles, spans) = spans_of(&candidate.work_history);
        Self {
            years,
            is_unreadable,
            dated: spans.iter().map(|span| span.years).sum(),
            titles: titles.into(),
            spans: spans.into(),
        }
    }

    /// Returns the titles whose similarity to the posting's title decides how the years count.
    pub fn titles(&self) -> &[Arc<Title>] {
        &self.titles
    }

    /// Weights the years for a posting's title, given the similarity of each of the
    /// [`titles`](Self::titles) to it. Returns `None` if no work is known.
    pub fn counted(&self, similarities: &[f64]) -> Option<Counted> {
        let total = self.years.filter(|_| !self.spans.is_empty())?;
        let spans = self.spans.iter().map(|span| {
            let similarity = span.titles.iter().map(|at| similarities[*at]);
            (share(similarity.fold(0.0, f64::max)), span.years)
        });
        let is_part = self.dated > total + HALF_A_TENTH;
        let sums = if is_part {
            // The most similar years are taken as the stated ones.
            let mut spans: Vec<(f64, f64)> = spans.collect();
            spans.sort_by(|one, other| {
                (other.0.total_cmp(&one.0)).then_with(|| other.1.total_cmp(&one.1))
            });
            let mut left = total + HALF_A_TENTH;
            Sums::of(spans.into_iter().map(|(share, years)| {
                let years = years.min(left);
                left -= years;
                (share, years)
            }))
        } else {
            Sums::of(spans)
        };
        let relevant = to_tenths(sums.relevant).min(total);
        let (other, years) = if sums.other <= 0.0 {
            (0.0, total)
        } else {
            // The shown years never add up to more than the total, and other work is never shown as
            // 0.
            let other = to_tenths(sums.other).min(to_tenths(total - relevant));
            let years = if is_part || total - self.dated <= HALF_A_TENTH - UNEVENNESS {
                to_tenths(sums.counted).min(total)
            } else {
                down_to_tenths(total - sums.loss)
            };
            (other.max(0.1), years)
        };
        Some(Counted {
            relevant,
            other,
            years,
            loss: sums.loss,
            is_part,
        })
    }
}

/// Sums over spans of known work, in years. `loss` is kept beside `counted` because stated years
/// outside the spans count in full: the stated years minus `loss` count.
#[derive(Default)]
struct Sums {
    /// Years that count in full.
    relevant: f64,
    /// Years that count in part.
    other: f64,
    /// Years that all spans count for together.
    counted: f64,
    /// Years that they lose by counting in part.
    loss: f64,
}

impl Sums {
    /// Sums spans, each given as the share that a year counts and its years.
    fn of(spans: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut sums = Self::default();
        for (share, years) in spans {
            if share < 1.0 {
                sums.other += years;
            } else {
                sums.relevant += years;
            }
            sums.counted += share * years;
            sums.loss += (1.0 - share) * years;
        }
        sums
    }
}

/// Returns the weight of a year under a title of this similarity.
fn share(similarity: f64) -> f64 {
    if similarity >= ALIKE_FROM {
        return 1.0;
    }
    let part = (similarity - OTHER_UNTIL).max(0.0) / (ALIKE_FROM - OTHER_UNTIL);
    OTHER_SHARE + (1.0 - OTHER_SHARE) * part
}

/// Rounds down to a tenth of a year. Where the dated years reach the stated ones, the count is
/// rounded to the nearest tenth instead; rounding down before that point keeps a longer position
/// from counting less.
fn down_to_tenths(years: f64) -> f64 {
    ((years + UNEVENNESS) * 10.0 + 1e-6).floor() / 10.0
}

/// Returns the distinct titles, sorted by their text, and disjoint times with the titles held then.
/// A time at which a position of unknown work was held is left out.
fn spans_of(history: &[Position]) -> (Vec<Arc<Title>>, Vec<Span>) {
    let mut positions: Vec<&Position> = history.iter().collect();
    let latest_first = |position: &Position| match position.time {
        WorkedTime::Dates {
            first_day,
            day_after,
        } => (Some(day_after), Some(first_day), 0),
        WorkedTime::Years(years) => (None, None, years.to_bits()),
    };
    positions.sort_by(|one, other| {
        let order = latest_first(other).cmp(&latest_first(one));
        order.then_with(|| one.title.cmp(&other.title))
    });
    positions.truncate(MOST_POSITIONS);
    let named: Vec<(WorkedTime, Option<Arc<Title>>)> = (positions.iter())
        .map(|position| (position.time, position.title.as_deref().and_then(Title::of)))
        .collect();
    let mut titles: Vec<Arc<Title>> = named.iter().filter_map(|one| one.1.clone()).collect();
    titles.sort_by(|one, other| one.written.cmp(&other.written));
    titles.dedup_by(|again, kept| again.written == kept.written);
    let place = |title: &Option<Arc<Title>>| {
        let written = &title.as_ref()?.written;
        titles
            .binary_search_by(|known| known.written.cmp(written))
            .ok()
    };
    let mut dated = Vec::new();
    let mut spans = Vec::new();
    for (time, title) in &named {
        match time {
            WorkedTime::Dates {
                first_day,
                day_after,
            } => dated.push((*first_day, *day_after, place(title))),
            WorkedTime::Years(years) => spans.extend(place(title).map(|title| Span {
                years: *years,
                titles: [title].into(),
            })),
        }
    }
    let mut bounds: Vec<_> = dated.iter().flat_map(|one| [one.0, one.1]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut days: BTreeMap<Vec<usize>, i64> = BTreeMap::new();
    for (from, until) in bounds.iter().zip(bounds.iter().skip(1)) {
        let held = dated
            .iter()
            .filter(|(start, end, _)| start <= from && until <= end)
            .map(|(_, _, title)| *title);
        let Some(mut held) = held.collect::<Option<Vec<usize>>>() else {
            continue;
        };
        held.sort_unstable();
        held.dedup();
        if !held.is_empty() {
            *days.entry(held).or_default() += (*until - *from).num_days();
        }
    }
    spans.extend(days.into_iter().map(|(titles, days)| Span {
        years: years_of_days(days),
        titles: titles.into(),
    }));
    (titles, spans)
}

/// Weighted years, some of which may have been spent on other work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// Years of similar work, to one decimal.
    pub relevant: f64,
    /// Years of other work, to one decimal.
    pub other: f64,
    /// Weighted sum of all years; those of unknown work count in full.
    pub years: f64,
    /// The years that don't count because they were spent on other work, before rounding.
    loss: f64,
    /// True if fewer years are stated than the positions cover.
    is_part: bool,
}

impl Counted {
    /// Returns the fewest years that the candidate would have to state for `wanted` years to count,
    /// and the years that would then count. Returns `None` if fewer years are stated than the
    /// history has, because stating more would count other positions.
    pub fn stated_for(&self, wanted: f64) -> Option<(f64, f64)> {
        if self.is_part {
            return None;
        }
        let up_to_tenths = |years: f64| (years * 10.0 - 1e-6).ceil() / 10.0;
        let stated = up_to_tenths(up_to_tenths(wanted) + self.loss - UNEVENNESS);
        Some((stated, down_to_tenths(stated - self.loss)))
    }
}

/// The years of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Minimum years required.
    pub min: Option<Number>,
    /// Maximum years required.
    pub max: Option<Number>,
    /// The candidate's years.
    pub actual: Option<Number>,
    /// The weighted years, if the work is known and the posting has a title.
    pub counted: Option<Counted>,
}

/// Collects the years of both sides, whether they can be scored or not.
pub fn finding(
    candidate: Option<f64>,
    counted: Option<Counted>,
    posting: Option<RequestedYears>,
) -> Finding {
    Finding {
        min: posting.and_then(|requested| requested.min).map(Number),
        max: posting.and_then(|requested| requested.max).map(Number),
        actual: candidate.map(Number),
        counted,
    }
}

/// Scores experience by the rules of the module documentation.
pub fn measure(
    candidate: Option<f64>,
    counted: Option<Counted>,
    posting: Option<RequestedYears>,
) -> Outcome<Finding> {
    let (Some(total), Some(requested)) = (candidate, posting) else {
        return Err(Unscored::silent(candidate.is_some(), posting.is_some()));
    };
    let years = counted.map_or(total, |counted| counted.years);
    Ok(Scored {
        score: score_of(years, requested),
        finding: finding(candidate, counted, posting),
    })
}

/// Returns the score of weighted years.
pub fn score_of(years: f64, requested: RequestedYears) -> f64 {
    match (requested.min, requested.max) {
        (Some(min), _) if years < min => years / min,
        (_, Some(max)) if years > max => {
            (1.0 - LOSS_PER_YEAR_ABOVE * (years - max)).max(LEAST_ABOVE)
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::profiles::position::years_covered;

    fn score(years: f64, min: Option<f64>, max: Option<f64>) -> f64 {
        let requested = RequestedYears::of(Some(ExperienceRange { min, max }));
        measure(Some(years), None, requested).unwrap().score
    }

    fn assert_close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1e-9,
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn below_the_minimum_the_score_is_proportional() {
        assert_close(score(2.0, Some(4.0), None), 0.5);
        assert_close(score(0.0, Some(3.0), Some(5.0)), 0.0);
    }

    #[test]
    fn within_the_range_is_a_full_score() {
        for years in [3.0, 4.5, 6.0] {
            assert_close(score(years, Some(3.0), Some(6.0)), 1.0);
        }
        assert_close(score(0.0, Some(0.0), None), 1.0);
        assert_close(score(40.0, Some(3.0), None), 1.0);
    }

    #[test]
    fn above_the_maximum_the_score_falls_by_at_most_a_fifth() {
        assert_close(score(8.0, Some(3.0), Some(6.0)), 0.96);
        assert_close(score(60.0, None, Some(1.0)), 0.8);
    }

    /// Returns a position from 1 January of one year to 1 January of another.
    fn held_as(title: &str, from: i32, until: i32) -> Position {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        Position {
            title: Some(title.to_owned()),
            time: WorkedTime::Dates {
                first_day: day(from),
                day_after: day(until),
            },
        }
    }

    fn held(stated: Option<f64>, work_history: Vec<Position>) -> CandidateExperience {
        let covered = years_covered(work_history.iter().map(|position| position.time));
        CandidateExperience::of(&Candidate {
            experience_years: stated.or(Some(to_tenths(covered))),
            work_history,
            ..Candidate::default()
        })
    }

    /// Returns the years of similar work, of other work, and the weighted sum.
    fn counted(held: &CandidateExperience, requested: &str) -> Option<(f64, f64, f64)> {
        let requested = Title::of(requested).unwrap();
        let titles = held.titles().iter();
        let similarities: Vec<f64> = titles
            .map(|held| held.work_similarity(&requested))
            .collect();
        let counted = held.counted(&similarities)?;
        Some((counted.relevant, counted.other, counted.years))
    }

    #[test]
    fn years_of_other_work_count_less() {
        let history = vec![
            held_as("Comptable", 2012, 2015),
            held_as("Serveur", 2015, 2020),
        ];
        let years = held(None, history.clone());
        assert_eq!(counted(&years, "Comptable"), Some((3.0, 5.0, 5.0)));
        assert_eq!(counted(&years, "Serveur"), Some((5.0, 3.0, 6.2)));
        assert_eq!(counted(&years, "Soudeur"), Some((0.0, 8.0, 3.2)));
        // Years stated beyond the history are of unknown work, and count as stated.
        let more = held(Some(10.0), history.clone());
        assert_eq!(counted(&more, "Comptable"), Some((3.0, 5.0, 7.0)));
        // If fewer years are stated, they are the most similar ones.
        let fewer = held(Some(4.0), history);
        assert_eq!(counted(&fewer, "Comptable"), Some((3.0, 1.0, 3.4)));
    }

    #[test]
    fn the_fewest_stated_years_that_count_as_enough_are_found() {
        let requested = Title::of("Comptable").unwrap();
        // Each position has 731 days, slightly more than two years of 365.25.
        let history = vec![
            held_as("Comptable", 2020, 2022),
            held_as("Serveur", 2022, 2024),
        ];
        for wanted in [3.0, 4.5, 6.0] {
            let count = |stated: Option<f64>| {
                let held = held(stated, history.clone());
                let titles = held.titles().iter();
                let similarities: Vec<f64> = titles
                    .map(|held| held.work_similarity(&requested))
                    .collect();
                held.counted(&similarities).unwrap()
            };
            let now = count(None);
            assert_close(now.years, 2.8);
            let (stated, counts) = now.stated_for(wanted).unwrap();
            assert_close(stated, wanted + 1.2);
            assert_close(counts, wanted);
            assert_close(count(Some(stated)).years, wanted);
            assert!(count(Some(stated - 0.1)).years < wanted - 0.05);
        }
    }

    #[test]
    fn concurrent_positions_count_once_by_the_most_similar() {
        let years = held(
            None,
            vec![
                held_as("Serveur", 2010, 2018),
                held_as("Comptable", 2015, 2020),
            ],
        );
        assert_eq!(counted(&years, "Comptable"), Some((5.0, 5.0, 7.0)));
    }

    #[test]
    fn years_of_unknown_work_count_as_stated() {
        assert_eq!(counted(&held(Some(8.0), vec![]), "Comptable"), None);
        let untitled = Position {
            title: None,
            ..held_as("", 2010, 2014)
        };
        assert_eq!(
            counted(&held(None, vec![untitled.clone()]), "Comptable"),
            None
        );
        let years = held(None, vec![untitled, held_as("Serveur", 2014, 2016)]);
        assert_eq!(counted(&years, "Comptable"), Some((0.0, 2.0, 4.8)));
    }

    #[test]
    fn seniority_does_not_make_work_unrelated() {
        let years = held(None, vec![held_as("Comptable junior", 2010, 2015)]);
        assert_eq!(counted(&years, "Comptable senior"), Some((5.0, 0.0, 5.0)));
    }

    const TITLES: [&str; 4] = ["Comptable", "Serveur", "Gestionnaire de paie", "Soudeur"];

    fn positions() -> impl Strategy<Value = Vec<Position>> {
        let position =
            (0..TITLES.len(), 0..5_000_u64, 1..3_000_u64).prop_map(|(title, from, days)| {
                let first_day = NaiveDate::default() + Days::new(from);
                Position {
                    title: Some(TITLES[title].to_owned()),
                    time: WorkedTime::Dates {
                        first_day,
                        day_after: first_day + Days::new(days),
                    },
                }
            });
        vec(position, 2..5)
    }

    proptest! {
        #[test]
        fn an_additional_position_never_counts_for_less(history in positions()) {
            let years = |history: &[Position]| {
                counted(&held(None, history.to_vec()), "Comptable").unwrap().2
            };
            prop_assert!(years(&history) >= years(&history[1..]));
        }

        #[test]
        fn a_longer_relevant_position_never_counts_for_less(
            history in positions(), stated in 0.0..30.0, days in 1..900_u64
        ) {
            let (mut was, mut is) = (history.clone(), history);
            was[0].title = Some("Comptable".to_owned());
            is[0].title.clone_from(&was[0].title);
            if let WorkedTime::Dates { day_after, .. } = &mut is[0].time {
                *day_after = *day_after + Days::new(days);
            }
            let years = |history: Vec<Position>| {
                counted(&held(Some(stated), history), "Comptable").unwrap().2
            };
            prop_assert!(years(is) >= years(was));
        }

        #[test]
        fn more_stated_years_never_count_for_less(
            history in positions(), stated in 0.0..30.0, more in 0.0..5.0
        ) {
            let years = |stated| {
                let held = held(Some(stated), history.clone());
                counted(&held, "Comptable").unwrap().2
            };
            prop_assert!(years(stated + more) >= years(stated));
        }
    }

    #[test]
    fn missing_data_gives_no_score() {
        let requested = RequestedYears::of(Some(ExperienceRange {
            min: Some(3.0),
            max: None,
        }));
        assert_eq!(
            measure(None, None, requested).unwrap_err(),
            Unscored::CandidateSilent
        );
        assert_eq!(
            measure(Some(3.0), None, None).unwrap_err(),
            Unscored::PostingSilent
        );
        assert_eq!(RequestedYears::of(Some(ExperienceRange::default())), None);
    }
}
