//! Skills that mean nearly what an unknown name means.
//!
//! A name is compared with every label of a skill, word by word: each word is worth the root of its
//! likeness to the closest word of the other side, weighted by how rare it is among the labels of
//! skills, and both directions count the same (a soft form of the overlap of sets). Words are alike
//! by their vectors, or by a common beginning. The best label counts; the labels of the skill's
//! broader terms, and the titles of the occupations that need it, add a fifth of it each:
//! « piloter un avion » is near "perform flight manoeuvres" since pilots need that.

use super::{
    memo::Memo,
    skills::skill_name,
    tables::{U16s, U32s, table},
    words::{self, DIMENSIONS, cosine, name_vector, word_likeness},
};

const LABEL_ENDS: U32s = U32s(table!("skills.labels.ends"));
const LABELS: U16s = U16s(table!("skills.labels.items"));
const PARENT_ENDS: U32s = U32s(table!("skills.parents.ends"));
const PARENTS: U16s = U16s(table!("skills.parents.items"));
const OCCUPATION_ENDS: U32s = U32s(table!("skills.occupations.ends"));
const OCCUPATIONS: U16s = U16s(table!("skills.occupations.items"));
static SKILL_VECTORS: &[u8] = table!("skills.vectors");
static OCCUPATION_VECTORS: &[u8] = table!("occupations.vectors");

/// Stands between the labels in a list of words.
const SEPARATOR: u16 = u16::MAX;
/// Skills that are looked at closely, the nearest by their vectors.
const CANDIDATES: usize = 3000;
/// Near skills kept of a name.
const MOST: usize = 320;
/// Words of a name that are compared.
const MOST_WORDS: usize = 12;
/// Share of the label's side in the comparison with a skill's own labels, and with broader ones.
const OWN_SHARE: f32 = 0.5;
const BROADER_SHARE: f32 = 0.3;
const COMMON_COSINE: f64 = 0.3;
const CONTEXT: f32 = 0.2;
/// Nearness is divided by what a perfect match could reach.
const SCALE: f32 = 1.0 + 2.0 * CONTEXT;
/// What a name is less near to than this, it is not near to.
const LEAST: f32 = 0.25;

/// The known skills that a name is near to, the nearest first, with a nearness in (0, 1].
pub fn near_skills(name: &str) -> Vec<(u32, f32)> {
    NEAR.answer(name, || find_near(name)).to_vec()
}

static NEAR: Memo<Vec<(u32, f32)>> = Memo::new();

fn find_near(name: &str) -> Vec<(u32, f32)> {
    let mut rows = words::rows(name);
    rows.truncate(MOST_WORDS);
    let Some(vector) = name_vector(&rows) else {
        return Vec::new();
    };
    let mut likeness = Likeness::of(&rows);
    let occupations: Vec<f32> = OCCUPATION_VECTORS
        .as_chunks::<DIMENSIONS>()
        .0
        .iter()
        .map(|occupation| cosine(&vector, occupation).max(0.0))
        .collect();
    let mut candidates: Vec<(f32, u32)> = (0..)
        .zip(SKILL_VECTORS.as_chunks::<DIMENSIONS>().0)
        .map(|(at, skill)| (cosine(&vector, skill), at))
        .collect();
    if candidates.len() > CANDIDATES {
        candidates.select_nth_unstable_by(CANDIDATES, |one, other| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
        });
        candidates.truncate(CANDIDATES);
    }
    let mut near: Vec<(u32, f32)> = candidates
        .into_iter()
        .map(|(_, at)| {
            let skill = at as usize;
            let own = likeness.best(LABELS.range(LABEL_ENDS.span(skill)), OWN_SHARE);
            let broader = likeness.best(PARENTS.range(PARENT_ENDS.span(skill)), BROADER_SHARE);
            let needed = OCCUPATIONS
                .range(OCCUPATION_ENDS.span(skill))
                .filter_map(|occupation| occupations.get(usize::from(occupation)))
                .fold(0.0_f32, |best, likeness| best.max(*likeness));
            (at, (own + CONTEXT * broader + CONTEXT * needed) / SCALE)
        })
        .filter(|(_, nearness)| *nearness >= LEAST)
        .collect();
    near.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    near.truncate(MOST);
    near
}

/// How near two names are by their vectors alone, in [0, 1]: coarser than [`near_skills`], and cheap.
/// Cosines up to 0.3 are common among names that have nothing to do with each other.
pub fn nearness_of_vectors(one: &NameVector, other: &NameVector) -> f64 {
    let cosine = f64::from(cosine(one, other));
    ((cosine - COMMON_COSINE) / (1.0 - COMMON_COSINE)).clamp(0.0, 1.0)
}

/// The vector of a name, or of a known skill by both its names.
pub fn skill_vector(name: &str, known: Option<u32>) -> Option<NameVector> {
    let Some(skill) = known else {
        return name_vector(&words::rows(name));
    };
    let of_esco = SKILL_VECTORS.get(skill as usize * DIMENSIONS..);
    if let Some(vector) = of_esco.and_then(|rest| rest.first_chunk()) {
        return Some(*vector);
    }
    let mut rows = words::rows(skill_name(skill, false));
    rows.extend(words::rows(skill_name(skill, true)));
    name_vector(&rows)
}

/// A quantised vector.
pub type NameVector = [u8; DIMENSIONS];

/// How alike the words of one name are to any others, remembered.
struct Likeness<'a> {
    rows: &'a [u16],
    weights: Vec<f32>,
    /// The sum of the weights.
    weight: f32,
    /// For each row of the table of words: its place in `known`, from 1.
    places: Vec<u16>,
    /// The roots of a word's likeness to each word of the name, and how rare it is.
    known: Vec<([f32; MOST_WORDS], f32)>,
}

impl<'a> Likeness<'a> {
    fn of(rows: &'a [u16]) -> Self {
        let weights: Vec<f32> = rows.iter().map(|row| words::rarity(*row)).collect();
        Self {
            rows,
            weight: weights.iter().sum(),
            weights,
            places: vec![0; words::count()],
            known: Vec::new(),
        }
    }

    fn to(&mut self, word: u16) -> ([f32; MOST_WORDS], f32) {
        let Some(place) = self.places.get_mut(usize::from(word)) else {
            return ([0.0; MOST_WORDS], 0.0);
        };
        if *place == 0 {
            let mut likeness = [0.0; MOST_WORDS];
            for (likeness, row) in likeness.iter_mut().zip(self.rows) {
                *likeness = if *row == word {
                    1.0
                } else {
                    word_likeness(*row, word).max(0.0).sqrt()
                };
            }
            self.known.push((likeness, words::rarity(word)));
            *place = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        }
        self.known[usize::from(*place) - 1]
    }

    /// The likeness of the label that is closest to the name, in [0, 1].
    fn best(&mut self, labels: impl Iterator<Item = u16>, share: f32) -> f32 {
        let mut best = 0.0_f32;
        let words = self.rows.len();
        let mut name_side = [0.0_f32; MOST_WORDS];
        let (mut label_sum, mut label_weight) = (0.0, 0.0);
        for word in labels {
            if word != SEPARATOR {
                let (likeness, weight) = self.to(word);
                let mut closest = 0.0_f32;
                for (best, one) in name_side[..words].iter_mut().zip(likeness) {
                    *best = best.max(one);
                    closest = closest.max(one);
                }
                label_sum += weight * closest;
                label_weight += weight;
                continue;
            }
            let sides = name_side.iter().zip(&self.weights);
            let sum: f32 = sides.map(|(one, weight)| one * weight).sum();
            if self.weight > 0.0 && label_weight > 0.0 {
                let likeness = (1.0 - share) * sum / self.weight + share * label_sum / label_weight;
                best = best.max(likeness);
            }
            name_side = [0.0; MOST_WORDS];
            (label_sum, label_weight) = (0.0, 0.0);
        }
        best.min(1.0)
    }
}
