//! Combines the scores of the criteria into the score of a pair.
//!
//! The arithmetic can be repeated by hand from a result document: each criterion's score has four
//! digits, the weights of the scored criteria are renormalised to a sum of 1 and rounded to six,
//! and the total is the sum of their products, rounded to four. An unmet must-have caps the total.

use super::{criteria::Criterion, weights::Weights};

/// One value for each criterion, in the order of [`Criterion::ALL`].
pub type ByCriterion<T> = [T; Criterion::ALL.len()];

/// A pair's score and its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Renormalised weights, rounded to six digits; 0 without a score.
    pub weights: ByCriterion<f64>,
    /// The share of the configured weight that had data on both sides, in [0, 1], rounded to four
    /// digits.
    pub coverage: f64,
    /// The score without the cap, in [0, 1], rounded to four digits; 0 if nothing could be
    /// compared.
    pub uncapped: f64,
    /// The score in [0, 1], rounded to four digits.
    pub score: f64,
}

impl Total {
    /// Weights the scores of the criteria by their [`shares`].
    pub fn of(
        scores: &ByCriterion<Option<f64>>,
        shares: &ByCriterion<f64>,
        cap: Option<f64>,
    ) -> Self {
        let mut weights = [0.0; Criterion::ALL.len()];
        let pairs = scores.iter().zip(shares);
        let compared: f64 = pairs
            .clone()
            .map(|(score, share)| if score.is_some() { *share } else { 0.0 })
            .sum();
        if compared > 0.0 {
            for ((score, share), weight) in pairs.zip(&mut weights) {
                if score.is_some() {
                    *weight = round(share / compared, 1e6);
                }
            }
        }
        let uncapped = weighed(scores, &weights);
        Self {
            weights,
            coverage: round(compared.min(1.0), 1e4),
            uncapped,
            score: capped(uncapped, cap),
        }
    }

    /// Returns the total for other scores of the same criteria, which have the same weights.
    pub fn score_of(&self, scores: &ByCriterion<Option<f64>>, cap: Option<f64>) -> f64 {
        capped(weighed(scores, &self.weights), cap)
    }

    /// True if any criterion with a positive weight has a score.
    pub fn is_comparable(&self) -> bool {
        self.coverage > 0.0
    }
}

/// Returns the sum of the products in the order of the criteria, rounded to four digits.
fn weighed(scores: &ByCriterion<Option<f64>>, weights: &ByCriterion<f64>) -> f64 {
    let mut total = 0.0;
    for (score, weight) in scores.iter().zip(weights) {
        if let Some(score) = score {
            total += score * weight;
        }
    }
    round(total.clamp(0.0, 1.0), 1e4)
}

fn capped(score: f64, cap: Option<f64>) -> f64 {
    cap.map_or(score, |cap| score.min(cap))
}

/// Returns each weight's share in the sum of all, in the order of [`Criterion::ALL`], rounded to
/// nine digits, so that equal proportions give equal shares. Expects finite weights of at least 0;
/// if all are 0, so are the shares.
pub fn shares(weights: &Weights) -> ByCriterion<f64> {
    let weights = Criterion::ALL.map(|criterion| weights.of(criterion));
    // Scaled by the largest first, because the sum of finite weights may be infinite.
    let largest = weights.into_iter().fold(0.0, f64::max);
    if largest <= 0.0 {
        return weights;
    }
    let sum: f64 = weights.iter().map(|weight| weight / largest).sum();
    weights.map(|weight| round(weight / largest / sum, 1e9))
}

/// Rounds a value to a multiple of 1/`precision`, which is a power of ten. Adding 0 turns −0 into
/// 0.
pub fn round(value: f64, precision: f64) -> f64 {
    nearest_whole(value * precision) / precision + 0.0
}

/// Rounds as [`f64::round`] does, which compiles to a function call where the processor's own
/// instruction can't be assumed. Below 2⁵² the fractional part is exact.
fn nearest_whole(value: f64) -> f64 {
    const EXACT_BELOW: f64 = (1_u64 << 52) as f64;
    if value.abs() < EXACT_BELOW {
        #[expect(clippy::cast_possible_truncation, reason = "below 2^52")]
        let whole = value as i64;
        #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
        let rest = value - whole as f64;
        let up = i64::from(rest >= 0.5) - i64::from(rest <= -0.5);
        #[expect(clippy::cast_precision_loss, reason = "at most 2^52")]
        return (whole + up) as f64;
    }
    value.round()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rounding_equals_that_of_the_standard_library(
            value in prop_oneof![any::<f64>(), -1e6..1e6, (-20_000_i32..20_000).prop_map(|half| f64::from(half) / 2.0)],
        ) {
            for near in [value, value.next_up(), value.next_down()] {
                // Adding 0 turns −0 into 0.
                let [ours, theirs] = [nearest_whole(near), near.round()].map(|whole| whole + 0.0);
                prop_assert!(ours.to_bits() == theirs.to_bits() || near.is_nan(), "{near}: {ours}");
            }
        }
    }

    #[test]
    fn shares_sum_to_one_at_any_scale() {
        let huge = Weights {
            skills: f64::MAX,
            text: f64::MAX,
            ..Weights::NONE
        };
        let shares = shares(&huge);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        assert!((shares[0] - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_weight_of_an_unscored_criterion_goes_to_the_others() {
        let mut scores = [None; Criterion::ALL.len()];
        (scores[0], scores[1]) = (Some(0.5), Some(1.0));
        let total = Total::of(&scores, &shares(&Weights::default()), None);
        assert_eq!(total.weights[..3], [0.727_273, 0.272_727, 0.0]);
        assert!((total.score - 0.6364).abs() < 1e-9);
        assert!((total.coverage - 0.44).abs() < 1e-9);
    }

    #[test]
    fn other_scores_of_the_same_criteria_keep_the_weights() {
        let shares = shares(&Weights::default());
        let mut scores = [None; Criterion::ALL.len()];
        (scores[0], scores[3], scores[10]) = (Some(0.5), Some(0.1234), Some(1.0));
        let before = Total::of(&scores, &shares, None);
        scores[3] = Some(0.9);
        let after = Total::of(&scores, &shares, Some(0.6));
        assert!(after.uncapped > before.score);
        assert_eq!(
            before.score_of(&scores, None).to_bits(),
            after.uncapped.to_bits()
        );
        assert_eq!(
            before.score_of(&scores, Some(0.6)).to_bits(),
            after.score.to_bits()
        );
    }

    #[test]
    fn scores_of_weight_zero_are_not_comparable() {
        let mut scores = [None; Criterion::ALL.len()];
        scores[0] = Some(1.0);
        let total = Total::of(
            &scores,
            &shares(&Weights {
                title: 1.0,
                ..Weights::NONE
            }),
            None,
        );
        assert!(!total.is_comparable());
        assert!(total.score.abs() < 1e-12 && total.weights[0].abs() < 1e-12);
    }

    #[test]
    fn a_cap_lowers_higher_scores_only() {
        let shares = shares(&Weights::default());
        let high = Total::of(&[Some(0.9); Criterion::ALL.len()], &shares, Some(0.49));
        assert!((high.score - 0.49).abs() < 1e-9 && (high.uncapped - 0.9).abs() < 1e-9);
        let low = Total::of(&[Some(0.2); Criterion::ALL.len()], &shares, Some(0.49));
        assert!((low.score - 0.2).abs() < 1e-9);
    }
}
