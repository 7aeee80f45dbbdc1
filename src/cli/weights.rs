//! The option `--weights`: weights of some criteria, as a JSON object or a file with one.

use std::path::Path;

use anyhow::{Context, anyhow};
use serde_json::Value;

use super::{lines, score};
use matching_engine::scoring::Weights;

/// Reads the argument of `--weights`. Criteria that it doesn't name keep their configured weights.
pub(super) fn read(given: Option<&str>, configured: &Weights) -> anyhow::Result<Weights> {
    let Some(given) = given else {
        return Ok(*configured);
    };
    let stated: Value = if given.trim_start().starts_with('{') {
        serde_json::from_str(given).context("--weights is not a JSON document")?
    } else {
        lines::read_document(Path::new(given))?
    };
    Weights::from_json(&stated, configured)
        .map_err(|faults| anyhow!("--weights: {}", score::describe(&faults)))
}
