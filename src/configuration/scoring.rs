//! `[scoring.weights]`.

use super::reader::SettingsReader;
use matching_engine::scoring::Weights;

pub(super) fn read_weights(reader: &mut SettingsReader<'_>) -> Weights {
    let weights = Weights::of_each(|criterion| {
        reader.weight(&format!("scoring.weights.{}", criterion.as_str()))
    });
    // An invalid weight was already reported and read as 0.
    for fault in weights.validate().err().into_iter().flatten() {
        reader.fault("scoring.weights", fault.to_string());
    }
    weights
}
