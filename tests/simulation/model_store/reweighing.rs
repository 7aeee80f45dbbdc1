//! Reweighing: the engine's arithmetic, step by step as the SQL of the databases has it.

use async_trait::async_trait;
use matching::{
    domain::{ranking::ResultScope, task::Pair},
    store::{CriterionScores, NewWeights, Reweighing, StoreError},
};

use super::{ModelStore, results::is_in};

#[async_trait]
impl Reweighing for ModelStore {
    async fn reweigh_results(
        &self,
        scope: ResultScope,
        weights: &NewWeights,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        let mut ledger = self.ledger();
        let step = ledger.results.iter_mut().filter(|(pair, row)| {
            row.criterion_scores.is_some() && is_in(scope, **pair) && Some(**pair) > after
        });
        let mut pairs = Vec::new();
        for (pair, row) in step.take(limit as usize) {
            let Some(scores) = &row.criterion_scores else {
                continue;
            };
            let cap = row.score_cap.unwrap_or(1.0);
            let weighed = (rounded(total(scores, weights) * 1e4) / 1e4)
                .min(1.0)
                .min(cap);
            let mut categories = weights.categories.iter();
            let category = categories.find(|(lowest, _)| weighed >= *lowest);
            row.score = weighed;
            category
                .map_or("", |(_, name)| name)
                .clone_into(&mut row.category);
            row.weights = Some(weights.document.clone());
            pairs.push(*pair);
        }
        Ok(pairs)
    }
}

fn total(scores: &CriterionScores, weights: &NewWeights) -> f64 {
    let each = || scores.iter().zip(weights.shares);
    let compared = each().filter(|(score, _)| score.is_some());
    let compared = compared.fold(0.0, |sum, (_, share)| sum + share);
    each().fold(0.0, |sum, (score, share)| {
        let part = if compared > 0.0 {
            share / compared * 1e6
        } else {
            0.0
        };
        sum + score.map_or(0.0, |score| score * (rounded(part) / 1e6))
    })
}

/// Rounds to the nearest integer, halves up.
fn rounded(number: f64) -> f64 {
    let whole = number.trunc();
    whole + if number - whole >= 0.5 { 1.0 } else { 0.0 }
}
