//! Top-k selection with a bounded heap whose root is the worst of the kept profiles.

use std::{cmp::Ordering, collections::BinaryHeap, sync::Arc};

use super::index::IndexedProfile;

/// The top profiles so far.
#[derive(Default)]
pub(super) struct Ranking(BinaryHeap<Ranked>);

/// A profile in a ranking; the worst is the greatest.
struct Ranked {
    score: f64,
    profile: Arc<IndexedProfile>,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = other.score.total_cmp(&self.score);
        by_score.then_with(|| self.profile.id.cmp(&other.profile.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

impl Ranking {
    /// Adds a profile if it is among the top `top`.
    pub(super) fn offer(&mut self, score: f64, profile: &Arc<IndexedProfile>, top: usize) {
        if self.0.len() >= top {
            let is_better = self.0.peek().is_some_and(|worst| {
                score > worst.score
                    || score.total_cmp(&worst.score).is_eq() && profile.id < worst.profile.id
            });
            if !is_better {
                return;
            }
            self.0.pop();
        }
        self.0.push(Ranked {
            score,
            profile: Arc::clone(profile),
        });
    }

    /// Returns the top `top` of both rankings.
    pub(super) fn with(mut self, other: Self, top: usize) -> Self {
        for Ranked { score, profile } in other.0 {
            self.offer(score, &profile, top);
        }
        self
    }

    /// Returns the profiles, best first; equal scores by increasing id.
    pub(super) fn into_best_first(self) -> impl Iterator<Item = Arc<IndexedProfile>> {
        self.0
            .into_sorted_vec()
            .into_iter()
            .map(|ranked| ranked.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifiers::ProfileId;

    fn best(offered: &[(f64, i64)], top: usize) -> Vec<i64> {
        let mut halves = [Ranking::default(), Ranking::default()];
        for (at, (score, id)) in offered.iter().enumerate() {
            let profile = Arc::new(IndexedProfile {
                id: ProfileId::try_from(*id).unwrap(),
                content: None,
            });
            halves[at % 2].offer(*score, &profile, top);
        }
        let [one, other] = halves;
        let best = one.with(other, top).into_best_first();
        best.map(|profile| profile.id.number()).collect()
    }

    #[test]
    fn the_best_are_kept_and_equal_scores_stand_by_id() {
        let offered = [(0.5, 9), (0.7, 4), (0.5, 1), (0.9, 7), (0.5, 3), (0.7, 2)];
        assert_eq!(best(&offered, 10), [7, 2, 4, 1, 3, 9]);
        assert_eq!(best(&offered, 4), [7, 2, 4, 1]);
        assert_eq!(best(&offered, 1), [7]);
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let offered: Vec<(f64, i64)> = (0..200)
            .map(|n| (f64::from(n * 37 % 20) / 20.0, i64::from(n * 61 % 200 + 1)))
            .collect();
        let backwards: Vec<(f64, i64)> = offered.iter().rev().copied().collect();
        let mut sorted = offered.clone();
        sorted.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let ids: Vec<i64> = sorted.iter().map(|(_, id)| *id).take(50).collect();
        assert_eq!(best(&offered, 50), ids);
        assert_eq!(best(&backwards, 50), ids);
    }
}
