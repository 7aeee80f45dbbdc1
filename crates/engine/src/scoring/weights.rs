//! Weights of the criteria.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    criteria::{Criterion, all_criteria},
    document::{
        Json,
        value::{self, Context, Schemas},
    },
};
use crate::profiles::profile_fault::ProfileFault;

macro_rules! weights {
    ($(
        $(#[$description:meta])+
        $variant:ident: $name:ident { $($rest:tt)+ }
    )+) => {
        /// Weights of the criteria, each at least 0; only their proportions matter. A criterion of
        /// weight 0 is measured and shown, but does not count.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[expect(
            missing_docs,
            reason = "each field is the weight of the criterion it is named after"
        )]
        pub struct Weights {
            $(
                // Weights stored before a criterion existed have none for it.
                #[serde(default)]
                pub $name: f64,
            )+
        }

        impl Weights {
            /// Creates weights from the weight of each criterion, in the order of result documents.
            pub fn of_each(mut weight: impl FnMut(Criterion) -> f64) -> Self {
                Self {
                    $($name: weight(Criterion::$variant),)+
                }
            }

            /// Returns the weight of one criterion.
            #[must_use]
            pub fn of(&self, criterion: Criterion) -> f64 {
                match criterion {
                    $(Criterion::$variant => self.$name,)+
                }
            }

            fn of_mut(&mut self, criterion: Criterion) -> &mut f64 {
                match criterion {
                    $(Criterion::$variant => &mut self.$name,)+
                }
            }

            /// All weights 0: the base for a complete set of custom weights.
            pub const NONE: Self = Self { $($name: 0.0,)+ };
        }
    };
}
all_criteria!(weights);

impl value::Value for Weights {
    fn write(&self, json: &mut Json, _: &Context<'_, '_>) {
        /// The default weights as JSON, which every document contains.
        static DEFAULT: LazyLock<String> = LazyLock::new(|| {
            let mut json = Json::with_capacity(0);
            json.by_criterion(Weights::default().iter());
            json.into_text()
        });
        if *self == Self::default() {
            json.raw(&DEFAULT);
        } else {
            json.by_criterion(self.iter());
        }
    }

    fn schema(schemas: &mut Schemas) -> Value {
        let description = "Weights of the criteria; only their proportions matter.";
        schemas.object("Weights", &[description], |object| {
            for criterion in Criterion::ALL {
                object.member::<f64>(criterion.as_str(), &[criterion.description()]);
            }
        })
    }
}

/// A fault in a set of weights.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// A weight is negative, infinite or not a number.
    #[error("the weight of {criterion} is {weight}; it must be a number of 0 or more")]
    NotAWeight {
        /// The criterion.
        criterion: &'static str,
        /// The weight.
        weight: f64,
    },
    /// All weights are 0.
    #[error("every weight is 0; at least one must be above 0")]
    AllZero,
}

impl Default for Weights {
    fn default() -> Self {
        Self::of_each(Criterion::default_weight)
    }
}

impl Weights {
    /// Reads weights from a request or a file: an object with the names of some criteria. The
    /// others keep their weight in `base`.
    ///
    /// ```
    /// use matching_engine::scoring::Weights;
    /// let base = Weights::default();
    /// let weights = Weights::from_json(&serde_json::json!({"salary": 0.2}), &base).unwrap();
    /// assert_eq!((weights.salary, weights.skills), (0.2, base.skills));
    /// ```
    ///
    /// # Errors
    /// Returns every fault with its JSON pointer: unknown names, values that are no number of at
    /// least 0, and a set of weights that are all 0.
    pub fn from_json(stated: &Value, base: &Self) -> Result<Self, Vec<ProfileFault>> {
        let fault = |pointer: String, code, detail: &str| ProfileFault {
            pointer,
            code,
            detail: detail.to_owned(),
        };
        let Some(members) = stated.as_object() else {
            let expected = "send an object of weights, such as {\"skills\": 0.5, \"salary\": 0}";
            return Err(vec![fault(String::new(), "wrong_type", expected)]);
        };
        let mut weights = *base;
        let mut faults = Vec::new();
        for (name, value) in members {
            // RFC 6901 escaping; names of criteria need none.
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let Some(criterion) = Criterion::ALL.into_iter().find(|one| one.as_str() == name)
            else {
                let known = Criterion::ALL.map(Criterion::as_str).join(", ");
                let detail = format!("no criterion has this name; the criteria are {known}");
                faults.push(fault(pointer, "unknown_value", &detail));
                continue;
            };
            match value.as_f64() {
                Some(weight) if is_weight(weight) => *weights.of_mut(criterion) = weight,
                stated => {
                    let code = stated.map_or("wrong_type", |_| "out_of_range");
                    faults.push(fault(pointer, code, "send a number of 0 or more"));
                }
            }
        }
        if faults.is_empty() && weights.iter().all(|(_, weight)| weight <= 0.0) {
            let detail = "every weight is 0; send at least one above 0";
            faults.push(fault(String::new(), "out_of_range", detail));
        }
        if faults.is_empty() {
            Ok(weights)
        } else {
            Err(faults)
        }
    }

    /// Replaces invalid weights with 0.
    pub(super) fn without_faults(mut self) -> Self {
        for criterion in Criterion::ALL {
            let weight = self.of_mut(criterion);
            if !is_weight(*weight) {
                *weight = 0.0;
            }
        }
        self
    }

    /// Returns each criterion with its weight, in the order of result documents.
    pub fn iter(&self) -> impl Iterator<Item = (Criterion, f64)> {
        Criterion::ALL
            .map(|criterion| (criterion, self.of(criterion)))
            .into_iter()
    }

    /// Checks the weights.
    ///
    /// # Errors
    /// Returns every invalid weight, or [`WeightsError::AllZero`].
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
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_default_weights_sum_to_one() {
        let sum: f64 = Weights::default().iter().map(|(_, weight)| weight).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert_eq!(Weights::default().validate(), Ok(()));
    }

    #[test]
    fn weights_stored_before_a_criterion_existed_count_without_it() {
        let mut stored = serde_json::to_value(Weights::default()).unwrap();
        stored.as_object_mut().unwrap().remove("industry");
        let expected = Weights {
            industry: 0.0,
            ..Weights::default()
        };
        assert_eq!(serde_json::from_value::<Weights>(stored).unwrap(), expected);
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
        assert_eq!(Weights::NONE.validate(), Err(vec![WeightsError::AllZero]));
    }

    #[test]
    fn stated_weights_replace_only_their_own() {
        let base = Weights::default();
        let stated = json!({"skills": 0, "text": 1.5});
        let expected = Weights {
            skills: 0.0,
            text: 1.5,
            ..base
        };
        assert_eq!(Weights::from_json(&stated, &base), Ok(expected));
        assert_eq!(Weights::from_json(&json!({}), &base), Ok(base));
    }

    #[test]
    fn every_fault_of_stated_weights_has_its_pointer() {
        let faults = |stated: Value| {
            let faults = Weights::from_json(&stated, &Weights::NONE).unwrap_err();
            faults
                .into_iter()
                .map(|fault| (fault.pointer, fault.code))
                .collect::<Vec<_>>()
        };
        let fault = |pointer: &str, code| (pointer.to_owned(), code);
        assert_eq!(
            faults(json!({"skills": -1, "charm": 1, "a/b": 1, "text": "much", "title": null})),
            [
                fault("/skills", "out_of_range"),
                fault("/charm", "unknown_value"),
                fault("/a~1b", "unknown_value"),
                fault("/text", "wrong_type"),
                fault("/title", "wrong_type"),
            ]
        );
        assert_eq!(faults(json!([])), [fault("", "wrong_type")]);
        assert_eq!(faults(json!({"text": 0})), [fault("", "out_of_range")]);
    }
}
