//! How much each criterion counts.

use serde::Serialize;

use super::criteria::Criterion;

/// Weights of the criteria, each 0 or more; only their proportions matter. A weight of 0 turns a
/// criterion off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[expect(
    missing_docs,
    reason = "each field is the weight of the criterion it is named after"
)]
pub struct Weights {
    pub skills: f64,
    pub experience: f64,
    pub title: f64,
    pub education: f64,
    pub languages: f64,
    pub location: f64,
    pub contract: f64,
    pub salary: f64,
    pub availability: f64,
    pub industry: f64,
    pub text: f64,
}

/// What is wrong with a set of weights.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// A weight is negative, infinite or not a number.
    #[error("the weight of {criterion} is {weight}; it must be a number of 0 or more")]
    NotAWeight {
        /// Whose weight.
        criterion: &'static str,
        /// The weight.
        weight: f64,
    },
    /// Every criterion is turned off.
    #[error("every weight is 0; at least one must be above 0")]
    AllZero,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            skills: 0.40,
            experience: 0.15,
            title: 0.10,
            education: 0.08,
            languages: 0.06,
            location: 0.08,
            contract: 0.03,
            salary: 0.03,
            availability: 0.01,
            industry: 0.01,
            text: 0.05,
        }
    }
}

impl Weights {
    /// The weight of one criterion.
    #[must_use]
    pub fn of(&self, criterion: Criterion) -> f64 {
        match criterion {
            Criterion::Skills => self.skills,
            Criterion::Experience => self.experience,
            Criterion::Title => self.title,
            Criterion::Education => self.education,
            Criterion::Languages => self.languages,
            Criterion::Location => self.location,
            Criterion::Contract => self.contract,
            Criterion::Salary => self.salary,
            Criterion::Availability => self.availability,
            Criterion::Industry => self.industry,
            Criterion::Text => self.text,
        }
    }

    /// Each criterion with its weight, in the order of result documents.
    pub fn iter(&self) -> impl Iterator<Item = (Criterion, f64)> {
        Criterion::ALL
            .map(|criterion| (criterion, self.of(criterion)))
            .into_iter()
    }

    /// Whether an engine can be built on these weights.
    ///
    /// # Errors
    /// Every weight that is none, or [`WeightsError::AllZero`].
    pub fn validate(&self) -> Result<(), Vec<WeightsError>> {
        let mut faults: Vec<WeightsError> = self
            .iter()
            .filter(|(_, weight)| !is_weight(*weight))
            .map(|(criterion, weight)| WeightsError::NotAWeight {
                criterion: criterion.as_str(),
                weight,
            })
            .collect();
        if faults.is_empty() && self.iter().all(|(_, weight)| weight <= 0.0) {
            faults.push(WeightsError::AllZero);
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    /// The share of each criterion in the sum of all weights, in the order of [`Criterion::ALL`],
    /// to nine digits, so that the same proportions give the same shares. What is no weight counts
    /// as 0.
    pub(super) fn shares(&self) -> [f64; Criterion::ALL.len()] {
        let weights = Criterion::ALL.map(|criterion| {
            let weight = self.of(criterion);
            if is_weight(weight) { weight } else { 0.0 }
        });
        // Scaled by the largest first: the sum of finite weights may be infinite.
        let largest = weights.into_iter().fold(0.0, f64::max);
        if largest <= 0.0 {
            return weights;
        }
        let sum: f64 = weights.iter().map(|weight| weight / largest).sum();
        weights.map(|weight| (weight / largest / sum * 1e9).round() / 1e9)
    }
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Weights {
        let mut none = Weights::default();
        for weight in [
            &mut none.skills,
            &mut none.experience,
            &mut none.title,
            &mut none.education,
            &mut none.languages,
            &mut none.location,
            &mut none.contract,
            &mut none.salary,
            &mut none.availability,
            &mut none.industry,
            &mut none.text,
        ] {
            *weight = 0.0;
        }
        none
    }

    #[test]
    fn the_default_weights_sum_to_one() {
        let sum: f64 = Weights::default().iter().map(|(_, weight)| weight).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert_eq!(Weights::default().validate(), Ok(()));
    }

    #[test]
    fn every_wrong_weight_is_reported() {
        let weights = Weights {
            skills: -1.0,
            title: f64::NAN,
            ..Weights::default()
        };
        let faults = weights.validate().unwrap_err();
        assert_eq!(faults.len(), 2);
        assert_eq!(
            faults[0].to_string(),
            "the weight of skills is -1; it must be a number of 0 or more"
        );
    }

    #[test]
    fn at_least_one_criterion_has_to_count() {
        assert_eq!(nothing().validate(), Err(vec![WeightsError::AllZero]));
    }

    #[test]
    fn shares_sum_to_one_whatever_the_scale() {
        let huge = Weights {
            skills: f64::MAX,
            text: f64::MAX,
            ..nothing()
        };
        let shares = huge.shares();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        assert!((shares[0] - 0.5).abs() < 1e-9);
    }
}
