//! Vectors of occupations.

use std::sync::{LazyLock, OnceLock};

use super::{
    near_skills::meaning_of_skill,
    occupations::{self, OccupationId, essential_skills, occupation_name},
};
use crate::embedding::Vector;

/// Returns the vector of an occupation: its names in English and in French and, with equal weight,
/// the names of the skills that ESCO calls essential for it. Returns `None` if no name has a word.
pub fn meaning_of_occupation(occupation: OccupationId) -> Option<&'static Vector> {
    static MEANINGS: LazyLock<Vec<OnceLock<Option<Vector>>>> =
        LazyLock::new(|| (0..occupations::count()).map(|_| OnceLock::new()).collect());
    let meaning = MEANINGS.get(usize::from(occupation))?;
    meaning.get_or_init(|| find_meaning(occupation)).as_ref()
}

fn find_meaning(occupation: OccupationId) -> Option<Vector> {
    let sum = |vectors: &[Vector]| Vector::of_sum(vectors.iter().map(|vector| (1, vector)));
    let names = [false, true].map(|in_french| occupation_name(occupation, in_french));
    let names: Vec<Vector> = names.into_iter().filter_map(Vector::of).collect();
    let skills = essential_skills(occupation);
    let skills: Vec<Vector> = skills
        .filter_map(|skill| meaning_of_skill("", Some(skill)))
        .collect();
    let both: Vec<Vector> = [sum(&names), sum(&skills)].into_iter().flatten().collect();
    sum(&both)
}
