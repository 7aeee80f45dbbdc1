//! `[scoring.weights]`.

use super::reader::SettingsReader;
use matching_engine::scoring::Weights;

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
    // An invalid weight was already reported and read as 0.
    for fault in weights.validate().err().into_iter().flatten() {
        reader.fault("scoring.weights", fault.to_string());
    }
    weights
}
