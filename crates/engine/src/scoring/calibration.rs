//! Calibration: what a score that was read from free text alone is worth beside one from stated values.
//!
//! The categories have to mean the same whether a candidate states titles and skills or only sends a
//! text. Cosines of texts live on a scale of their own, so the score of the text criterion passes
//! through a piecewise-linear map before it is weighed.
//!
//! The map is applied to the criterion, not to the total, for three reasons. The total stays what a
//! reader can compute by hand from the document. A stored document can be weighed anew without knowing
//! how it came about. And dominance holds: a map on the totals of text-only candidates would be left
//! by whoever adds one skill, and adding it could lower the score; here the same map applies to every
//! candidate, and a map that never falls keeps any order.
//!
//! The knots are fitted by `scripts/calibrate` on development sets. Today they are the identity.

use super::criteria::{Outcome, Scored};

/// Where a straight line of the map ends and the next begins: raw score, calibrated score. Both rise
/// from 0 to 1.
type Knots = &'static [(f64, f64)];

/// For the summary against the posting's work.
const OF_TEXT: Knots = &[(0.0, 0.0), (1.0, 1.0)];

/// The text criterion, calibrated.
pub fn of_text<F>(outcome: Outcome<F>) -> Outcome<F> {
    mapped(outcome, OF_TEXT)
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
        for knots in [OF_TEXT, &[(0.0, 0.0), (0.3, 0.6), (1.0, 1.0)]] {
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
