//! `[scoring.weights]`.

use super::reader::SettingsReader;
use crate::scoring::Weights;

pub(super) fn read_weights(reader: &mut SettingsReader<'_>) -> Weights {
    let mut weight = |criterion: &str| reader.weight(&format!("scoring.weights.{criterion}"));
    let weights = Weights {
        skills: weight("skills"),
        experience: weight("experience"),
        title: weight("title"),
        education: weight("education"),
        languages: weight("languages"),
        location: weight("location"),
        contract: weight("contract"),
        salary: weight("salary"),
        availability: weight("availability"),
        industry: weight("industry"),
        text: weight("text"),
    };
    let sum = weights.skills
        + weights.experience
        + weights.title
        + weights.education
        + weights.languages
        + weights.location
        + weights.contract
        + weights.salary
        + weights.availability
        + weights.industry
        + weights.text;
    if sum <= 0.0 {
        reader.fault("scoring.weights", "at least one weight must be above 0");
    }
    weights
}
