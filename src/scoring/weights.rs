//! How much each criterion counts.

/// Weights of the criteria, each 0 or more; only their proportions matter. A weight of 0 turns a
/// criterion off.
#[derive(Debug, Clone, Copy, PartialEq)]
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
