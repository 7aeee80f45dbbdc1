//! Calibrates scores that come from free text, so that a category means the same for a candidate
//! with only a text as for one with stated titles and skills.
//!
//! Cosines of texts have a scale of their own. The score of the text criterion, and the similarity
//! of titles that only the summary names, pass through a piecewise-linear map before they are
//! weighted. There are three maps, one for each kind of raw score.
//!
//! A map is applied to the criterion, not to the total, for three reasons. The total remains
//! reproducible by hand from the document. A stored document can be reweighted without knowing its
//! origin. And dominance holds: a map of the totals of text-only candidates would stop applying to
//! a candidate that adds one skill, and adding it could lower the score; a map of the criterion
//! applies to every candidate, and a monotonic map keeps any order.
//!
//! `scripts/calibrate` fits the knots of the text criterion on labelled pairs. The median raw score
//! of the pairs that don't belong together maps to 0.1, and their 95th percentile to 0.47; the
//! median of the pairs that do belong together maps to 0.75, and their 90th percentile to 0.92.

use super::criteria::{Outcome, Scored, text};

/// Knots of a piecewise-linear map: (raw score, calibrated score). Both ascend from 0 to 1, so
/// that the map never reverses an order.
type Knots = &'static [(f64, f64)];

/// Knots for a summary, compared with the posting's work.
const OF_SUMMARY: Knots = &[
    (0.0, 0.0),
    (0.05, 0.1),
    (0.22, 0.47),
    (0.32, 0.75),
    (0.58, 0.92),
    (1.0, 1.0),
];
/// Knots for a title that is compared in place of a missing summary.
const OF_TITLE: Knots = &[
    (0.0, 0.0),
    (0.03, 0.1),
    (0.32, 0.47),
    (0.48, 0.75),
    (0.82, 0.92),
    (1.0, 1.0),
];

/// Knots for titles that only the summary names. Chosen to match [`OF_SUMMARY`], not fitted: of the
/// pairs that belong together, too few have such a title.
const OF_TITLE_IN_TEXT: Knots = &[
    (0.0, 0.0),
    (0.04, 0.1),
    (0.14, 0.45),
    (0.25, 0.75),
    (0.68, 0.92),
    (1.0, 1.0),
];

/// Calibrates the score of a title that only the summary names.
pub fn of_title_in_text(score: f64) -> f64 {
    map(score, OF_TITLE_IN_TEXT)
}

/// Calibrates the text criterion, depending on whether a summary or a title was compared.
pub fn of_text(outcome: Outcome<text::Finding>) -> Outcome<text::Finding> {
    let knots = match &outcome {
        Ok(found) if found.finding.title.is_some() => OF_TITLE,
        _ => OF_SUMMARY,
    };
    mapped(outcome, knots)
}

fn mapped<F>(outcome: Outcome<F>, knots: Knots) -> Outcome<F> {
    outcome.map(|found| Scored {
        score: map(found.score, knots),
        finding: found.finding,
    })
}

/// Interpolates linearly between neighbouring knots.
fn map(score: f64, knots: Knots) -> f64 {
    let lines = knots.iter().zip(knots.iter().skip(1));
    for ((from, low), (to, high)) in lines {
        if score <= *to {
            let part = ((score - from) / (to - from)).clamp(0.0, 1.0);
            // An identity segment returns the score itself, so that no bit changes.
            return if from.to_bits() == low.to_bits() && to.to_bits() == high.to_bits() {
                score
            } else {
                low + part * (high - low)
            };
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maps_are_monotonic_and_keep_0_and_1() {
        for knots in [OF_SUMMARY, OF_TITLE, OF_TITLE_IN_TEXT] {
            assert_eq!((knots[0], knots[knots.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
            assert!(knots.is_sorted_by(|one, other| one.0 < other.0 && one.1 <= other.1));
            let mapped: Vec<f64> = (0..=1000)
                .map(|at| map(f64::from(at) / 1e3, knots))
                .collect();
            assert!(mapped.is_sorted());
            assert!(mapped[0].abs() < 1e-12 && (mapped[1000] - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn scores_between_two_knots_are_interpolated() {
        let knots: Knots = &[(0.0, 0.0), (0.5, 0.8), (1.0, 1.0)];
        assert!((map(0.25, knots) - 0.4).abs() < 1e-12);
        assert!((map(0.75, knots) - 0.9).abs() < 1e-12);
        let identity: Knots = &[(0.0, 0.0), (1.0, 1.0)];
        assert_eq!(
            map(0.123_456_7, identity).to_bits(),
            0.123_456_7_f64.to_bits()
        );
    }
}
