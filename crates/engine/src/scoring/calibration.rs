//! Calibrates scores that come from free text, so that a category means the same for a candidate
//! who only sends a text as for one who states titles and skills.
//!
//! Cosines of texts live on a scale of their own. The score of the text criterion, and that of a
//! title which only the summary names, pass through a piecewise-linear map before they are weighed.
//!
//! The map is applied to the criterion, not to the total, for three reasons. The total stays what a
//! reader can compute by hand from the document. A stored document can be weighed anew without
//! knowing how it came about. And dominance holds: a map on the totals of text-only candidates
//! would be left by whoever adds one skill, and adding it could lower the score; here the same map
//! applies to every candidate, and a map that never falls keeps any order.
//!
//! `scripts/calibrate` fits the knots of the text criterion on labelled pairs: the raw score that
//! half of the pairs which don't belong together stay below becomes 0.1, that of 95% of them 0.47,
//! that of half of those which do belong together 0.75, that of 90% of them 0.92.

use super::criteria::{Outcome, Scored, text};

/// Where a straight line of the map ends and the next begins: raw score, calibrated score. Both
/// rise from 0 to 1.
type Knots = &'static [(f64, f64)];

/// For a summary, against the posting's work.
const OF_SUMMARY: Knots = &[
    (0.0, 0.0),
    (0.05, 0.1),
    (0.22, 0.47),
    (0.32, 0.75),
    (0.58, 0.92),
    (1.0, 1.0),
];
/// For a title that stands for one.
const OF_TITLE: Knots = &[
    (0.0, 0.0),
    (0.03, 0.1),
    (0.32, 0.47),
    (0.48, 0.75),
    (0.82, 0.92),
    (1.0, 1.0),
];

/// For titles that only the summary names. Chosen with those of [`OF_SUMMARY`], not fitted: few
/// pairs that belong together have one.
const OF_TOLD_TITLE: Knots = &[
    (0.0, 0.0),
    (0.04, 0.1),
    (0.14, 0.45),
    (0.25, 0.75),
    (0.68, 0.92),
    (1.0, 1.0),
];

/// The score of a title that only the summary names, calibrated.
pub fn of_told_title(score: f64) -> f64 {
    map(score, OF_TOLD_TITLE)
}

/// The text criterion, calibrated by what was compared.
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

/// The map between two neighbouring knots is a straight line.
fn map(score: f64, knots: Knots) -> f64 {
    let lines = knots.iter().zip(knots.iter().skip(1));
    for ((from, low), (to, high)) in lines {
        if score <= *to {
            let part = ((score - from) / (to - from)).clamp(0.0, 1.0);
            // Exact where both ends are the same, so that the identity changes no bit.
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
    fn the_maps_never_fall_and_keep_0_and_1() {
        for knots in [OF_SUMMARY, OF_TITLE, OF_TOLD_TITLE] {
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
    fn a_score_between_two_knots_lies_on_the_line() {
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
