//! The vector that an external encoder computed for a profile's text.
//!
//! Components are quantised to 8 bits when the document is read. All later arithmetic on them is
//! integer multiplication and addition, so that a cosine has the same bits on every machine.

use std::ops::{Range, RangeInclusive};

/// Allowed numbers of components. A single component would have no direction.
pub(super) const DIMENSIONS: RangeInclusive<usize> = 2..=4_096;
/// Allowed values of [`Encoding::unrelated_cosine`].
pub(super) const UNRELATED_COSINES: Range<f64> = 0.0..1.0;

/// The largest absolute value of a quantised component.
const LARGEST: f64 = 127.0;

/// A vector with the name of its model. Vectors of different models or lengths are not compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// The model's name, 1 to 200 characters.
    pub model: String,
    /// Components as multiples of 1/127 of the component with the largest absolute value, which is
    /// stored as 127 or −127.
    components: Box<[i8]>,
    /// The cosine of two unrelated texts under this model, in [0, 1). Many models never return
    /// values near 0.
    pub unrelated_cosine: f64,
}

impl Encoding {
    /// Quantises a vector. Returns `None` if it has fewer than 2 or more than 4,096 components, if
    /// all are 0 or one isn't finite, or if `unrelated_cosine` is outside [0, 1). Doesn't check the
    /// name of the model, whose length the readers limit.
    #[must_use]
    pub fn of(model: &str, vector: &[f64], unrelated_cosine: f64) -> Option<Self> {
        let largest = vector
            .iter()
            .fold(0.0, |largest: f64, component| largest.max(component.abs()));
        let is_valid = DIMENSIONS.contains(&vector.len())
            && UNRELATED_COSINES.contains(&unrelated_cosine)
            && vector.iter().all(|component| component.is_finite())
            && largest > 0.0;
        #[expect(clippy::cast_possible_truncation, reason = "from -127 to 127")]
        let quantised = |component: &f64| (component / largest * LARGEST).round() as i8;
        is_valid.then(|| Self {
            model: model.to_owned(),
            components: vector.iter().map(quantised).collect(),
            unrelated_cosine,
        })
    }

    /// Returns the quantised components. Quantising them again changes nothing.
    #[must_use]
    pub fn components(&self) -> &[i8] {
        &self.components
    }

    /// Returns the similarity of two texts in [0, 1]: their cosine, rescaled so that the cosine of
    /// unrelated texts becomes 0. If the two encodings state different unrelated cosines, the
    /// larger one is used. Returns `None` for vectors that can't be compared.
    #[must_use]
    pub fn nearness(&self, other: &Self) -> Option<f64> {
        if self.model != other.model || self.components.len() != other.components.len() {
            return None;
        }
        let dot = |one: &Self, other: &Self| -> i32 {
            let products = one.components.iter().zip(&other.components);
            products
                .map(|(one, other)| i32::from(*one) * i32::from(*other))
                .sum()
        };
        // Each factor is at most 4,096 · 127², so that the product is exact in 53 bits.
        let lengths = f64::from(dot(self, self)) * f64::from(dot(other, other));
        let cosine = f64::from(dot(self, other)) / lengths.sqrt();
        let unrelated = self.unrelated_cosine.max(other.unrelated_cosine);
        Some(((cosine - unrelated) / (1.0 - unrelated)).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vector: &[f64]) -> Encoding {
        Encoding::of("m", vector, 0.0).unwrap()
    }

    #[test]
    fn a_vector_is_quantised_by_its_largest_component() {
        assert_eq!(of(&[0.5, -1.0, 0.25, 0.0]).components(), [64, -127, 32, 0]);
        assert_eq!(of(&[1e-300, 1e-300]).components(), [127, 127]);
        assert_eq!(of(&[1e300, -1e300]).components(), [127, -127]);
    }

    #[test]
    fn quantising_is_idempotent() {
        let vector: Vec<f64> = (0..500)
            .map(|at| f64::from(at * at % 613) - 300.0)
            .collect();
        let once = of(&vector);
        let again: Vec<f64> = once.components().iter().copied().map(f64::from).collect();
        assert_eq!(of(&again), once);
    }

    #[test]
    fn nearness_is_the_cosine_above_that_of_unrelated_texts() {
        let (one, other) = (of(&[1.0, 0.0]), of(&[1.0, 1.0]));
        let nearness = one.nearness(&other).unwrap();
        assert!((nearness - 0.5_f64.sqrt()).abs() < 1e-12, "{nearness}");
        assert_eq!(one.nearness(&other), other.nearness(&one));
        let above = Encoding::of("m", &[1.0, 0.0], 0.5).unwrap();
        let expected = (0.5_f64.sqrt() - 0.5) / 0.5;
        for found in [above.nearness(&other), other.nearness(&above)] {
            assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?}");
        }
        assert_eq!(above.nearness(&of(&[0.0, 1.0])), Some(0.0));
        assert_eq!(one.nearness(&of(&[-1.0, 0.0])), Some(0.0));
        assert_eq!(other.nearness(&other), Some(1.0));
    }

    #[test]
    fn the_nearness_of_the_longest_vectors_is_exact() {
        let longest = of(&vec![1.0; 4_096]);
        assert_eq!(longest.nearness(&longest), Some(1.0));
    }

    #[test]
    fn vectors_of_other_models_or_lengths_are_not_compared() {
        let other_model = Encoding::of("n", &[1.0, 0.0], 0.0).unwrap();
        assert_eq!(of(&[1.0, 0.0]).nearness(&other_model), None);
        assert_eq!(of(&[1.0, 0.0]).nearness(&of(&[1.0, 0.0, 0.0])), None);
    }

    #[test]
    fn vectors_without_a_direction_are_rejected() {
        for vector in [
            &[][..],
            &[0.0, 0.0],
            &[f64::NAN, 1.0],
            &[f64::INFINITY, 1.0],
            &[1.0],
            &vec![1.0; 4_097],
        ] {
            assert_eq!(Encoding::of("m", vector, 0.0), None);
        }
        for unrelated in [-0.1, 1.0, f64::NAN] {
            assert_eq!(Encoding::of("m", &[1.0, 0.0], unrelated), None);
        }
    }
}
