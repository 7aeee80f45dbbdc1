//! Finds known skills similar in meaning to an unknown name.
//!
//! A name is compared with every label of a skill, word by word. Each word counts the square root
//! of its similarity to the closest word of the other side, weighted by its rarity among the labels
//! of skills, and both directions count equally (a soft form of set overlap). Words are similar by
//! their vectors or by a common prefix. The best label counts; the labels of the skill's broader
//! terms, and the titles of the occupations that need it, each add a fifth of their similarity:
//! « piloter un avion » is similar to "perform flight manoeuvres" because pilots need that skill.
//!
//! Most skills are unrelated to a name. So labels are first compared by the closest words alone
//! (see [`words::similar_words`]), over an inverted index from words to labels, and then in full
//! for the skills that share most.

use std::{cell::RefCell, collections::HashMap, ops::Range};

use crate::embedding::Vector;

use super::{
    skills::skill_name,
    tables::{F32s, U16s, U32s, table},
    words::{self, DIMENSIONS, cosine, name_vector, similar_words, word_similarity},
};

/// End of each skill's list of labels. Labels of broader terms follow those of all skills.
const LABEL_ENDS: U32s = U32s(table!("skills.labels.ends"));
const LABEL_OWNERS: U16s = U16s(table!("skills.labels.owners"));
const LABEL_WEIGHTS: F32s = F32s(table!("skills.labels.weights"));
const LABEL_WORD_ENDS: U32s = U32s(table!("skills.labels.words.ends"));
const LABEL_WORDS: U16s = U16s(table!("skills.labels.words.items"));
const OF_WORD_ENDS: U32s = U32s(table!("skills.labels.of_word.ends"));
const OF_WORD: U32s = U32s(table!("skills.labels.of_word.items"));
const BROADER_ENDS: U32s = U32s(table!("skills.broader.ends"));
const BROADER: U32s = U32s(table!("skills.broader.items"));
const OCCUPATION_ENDS: U32s = U32s(table!("skills.occupations.ends"));
const OCCUPATIONS: U16s = U16s(table!("skills.occupations.items"));
static OCCUPATION_VECTORS: &[u8] = table!("occupations.vectors");

/// Number of skills compared in full: those with the labels that share most with the name.
const CANDIDATES: usize = 500;
/// Maximum number of similar skills returned for a name.
const MOST: usize = 320;
/// Maximum number of compared words of a name.
const MOST_WORDS: usize = 12;
/// Weight of the label's side in the comparison with a skill's own labels, and with broader ones.
const OWN_SHARE: f32 = 0.5;
const BROADER_SHARE: f32 = 0.3;
const COMMON_COSINE: f64 = 0.2;
const CONTEXT: f32 = 0.2;
/// Normalises the similarity by that of a perfect match.
const SCALE: f32 = 1.0 + 2.0 * CONTEXT;
/// Minimum similarity of a returned skill.
const LEAST: f32 = 0.25;

thread_local! {
    static SHARED_WORDS: RefCell<SharedWords> = RefCell::new(SharedWords::new());
}

/// Returns the known skills similar to a name, the most similar first, with a similarity in (0, 1].
pub fn near_skills(name: &str) -> Vec<(u32, f32)> {
    let mut rows = words::rows(name);
    rows.truncate(MOST_WORDS);
    let Some(vector) = name_vector(&rows) else {
        return Vec::new();
    };
    let occupations: Vec<f32> = OCCUPATION_VECTORS
        .as_chunks::<DIMENSIONS>()
        .0
        .iter()
        .map(|occupation| cosine(&vector, occupation).max(0.0))
        .collect();
    let candidates = SHARED_WORDS.with_borrow_mut(|shared| shared.most_alike(&rows));
    let mut similarity = LabelSimilarity::of(&rows);
    let mut near: Vec<(u32, f32)> = candidates
        .into_iter()
        .map(|skill| {
            let at = skill as usize;
            let own = similarity.best_own(LABEL_ENDS.span(at));
            let broader = similarity.best_broader(BROADER.range(BROADER_ENDS.span(at)));
            let needed = OCCUPATIONS
                .range(OCCUPATION_ENDS.span(at))
                .filter_map(|occupation| occupations.get(usize::from(occupation)))
                .fold(0.0_f32, |best, similarity| best.max(*similarity));
            (skill, (own + CONTEXT * broader + CONTEXT * needed) / SCALE)
        })
        .filter(|(_, nearness)| *nearness >= LEAST)
        .collect();
    near.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    near.truncate(MOST);
    near
}

/// Counts the words that a name shares with the labels of skills. Only labels with a similar word
/// are touched.
struct SharedWords {
    labels: Vec<Shared>,
    /// The sum of the rarities of the name's words.
    weight: f32,
}

/// The words that one label shares with the name.
#[derive(Clone, Copy, Default)]
struct Shared {
    /// Sum over the name's words: rarity times the similarity of the closest word of the label.
    name_side: f32,
    /// Sum over the label's words, likewise.
    label_side: f32,
    /// The number, from 1, of the word of the name that was counted last.
    counted: u8,
}

impl SharedWords {
    fn new() -> Self {
        Self {
            labels: vec![Shared::default(); LABEL_WEIGHTS.len()],
            weight: 0.0,
        }
    }

    fn count(&mut self, rows: &[u16]) {
        self.weight = rows.iter().map(|row| words::rarity(*row)).sum();
        let mut alike: Vec<(u16, f32)> = Vec::new();
        for (place, row) in (1..).zip(rows) {
            let rarity = words::rarity(*row);
            // Similar words come closest first, so the first one within a label is the label's
            // closest.
            for &(word, similarity) in similar_words(*row) {
                alike.push((word, similarity));
                for label in OF_WORD.range(OF_WORD_ENDS.span(usize::from(word))) {
                    let Some(shared) = self.labels.get_mut(label as usize) else {
                        continue;
                    };
                    if shared.counted < place {
                        shared.counted = place;
                        shared.name_side += rarity * similarity;
                    }
                }
            }
        }
        alike.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)));
        alike.dedup_by_key(|entry| entry.0);
        for (word, similarity) in alike {
            let counts = words::rarity(word) * similarity;
            for label in OF_WORD.range(OF_WORD_ENDS.span(usize::from(word))) {
                if let Some(shared) = self.labels.get_mut(label as usize) {
                    shared.label_side += counts;
                }
            }
        }
    }

    /// Returns the skills with the labels that share most with a name.
    fn most_alike(&mut self, rows: &[u16]) -> Vec<u32> {
        self.count(rows);
        let mut alike: Vec<(f32, u16)> = Vec::new();
        // Labels of one skill are adjacent, so that its best one is found in one pass. A name
        // shares something with so many labels that scanning all of them is cheaper than sorting
        // those.
        for (label, shared) in self.labels.iter_mut().enumerate() {
            if shared.counted == 0 {
                continue;
            }
            let shared = std::mem::take(shared);
            if label >= LABEL_OWNERS.len() {
                continue;
            }
            let sides =
                shared.name_side / self.weight + shared.label_side / LABEL_WEIGHTS.get(label);
            let owner = LABEL_OWNERS.get(label);
            match alike.last_mut() {
                Some(last) if last.1 == owner => last.0 = last.0.max(sides),
                _ => alike.push((sides, owner)),
            }
        }
        if alike.len() > CANDIDATES {
            alike.select_nth_unstable_by(CANDIDATES, |one, other| {
                other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
            });
            alike.truncate(CANDIDATES);
        }
        alike.into_iter().map(|entry| u32::from(entry.1)).collect()
    }
}

/// Cached similarities of the words of one name to the words of labels.
struct LabelSimilarity<'a> {
    rows: &'a [u16],
    rarity: Vec<f32>,
    /// The sum of `rarity`.
    weight: f32,
    /// For each row of the table of words: its index in `known` plus 1, or 0.
    places: Vec<u16>,
    known: Vec<Known>,
    /// The similarity of each broader term's label, once measured: many skills share broader terms.
    broader: HashMap<u32, f32>,
}

/// A word of a label.
struct Known {
    /// Square roots of its similarities to the words of the name; 0 beyond the last.
    similarity: [f32; MOST_WORDS],
    /// Its rarity.
    rarity: f32,
    /// Its rarity times the largest root.
    counts: f32,
}

impl<'a> LabelSimilarity<'a> {
    fn of(rows: &'a [u16]) -> Self {
        let rarity: Vec<f32> = rows.iter().map(|row| words::rarity(*row)).collect();
        Self {
            rows,
            weight: rarity.iter().sum(),
            rarity,
            places: vec![0; words::count()],
            known: Vec::new(),
            broader: HashMap::new(),
        }
    }

    fn to(&mut self, word: u16) -> &Known {
        let place = &mut self.places[usize::from(word)];
        if *place == 0 {
            let mut similarity = [0.0; MOST_WORDS];
            for (similarity, row) in similarity.iter_mut().zip(self.rows) {
                *similarity = if *row == word {
                    1.0
                } else {
                    word_similarity(*row, word).max(0.0).sqrt()
                };
            }
            let rarity = words::rarity(word);
            self.known.push(Known {
                counts: rarity * similarity.iter().copied().fold(0.0, f32::max),
                similarity,
                rarity,
            });
            *place = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        }
        &self.known[usize::from(*place) - 1]
    }

    /// Returns the similarity of a skill's own label that is closest to the name, in [0, 1].
    fn best_own(&mut self, labels: Range<usize>) -> f32 {
        labels.fold(0.0, |best: f32, label| {
            best.max(self.label_similarity(label, OWN_SHARE))
        })
    }

    /// Returns the similarity of the broader terms' label that is closest to the name, in [0, 1].
    fn best_broader(&mut self, labels: impl Iterator<Item = u32>) -> f32 {
        labels.fold(0.0, |best: f32, label| {
            let known = self.broader.get(&label).copied();
            let similarity = known.unwrap_or_else(|| {
                let similarity = self.label_similarity(label as usize, BROADER_SHARE);
                self.broader.insert(label, similarity);
                similarity
            });
            best.max(similarity)
        })
    }

    fn label_similarity(&mut self, label: usize, share: f32) -> f32 {
        let mut name_side = [0.0_f32; MOST_WORDS];
        let (mut label_side, mut label_weight) = (0.0, 0.0);
        for word in LABEL_WORDS.range(LABEL_WORD_ENDS.span(label)) {
            let word = self.to(word);
            // Without early exit, so that the compiler can vectorise the loop.
            for (best, one) in name_side.iter_mut().zip(&word.similarity) {
                *best = best.max(*one);
            }
            label_side += word.counts;
            label_weight += word.rarity;
        }
        if self.weight <= 0.0 || label_weight <= 0.0 {
            return 0.0;
        }
        let sides = name_side.iter().zip(&self.rarity);
        let sum: f32 = sides.map(|(one, rarity)| one * rarity).sum();
        ((1.0 - share) * sum / self.weight + share * label_side / label_weight).min(1.0)
    }
}

/// Returns the similarity of two names by their vectors, in [0, 1]. Coarser than [`near_skills`],
/// and cheap.
pub fn nearness_of_meanings(one: &Vector, other: &Vector) -> f64 {
    let cosine = f64::from(one.cosine(other));
    ((cosine - COMMON_COSINE) / (1.0 - COMMON_COSINE)).clamp(0.0, 1.0)
}

/// Returns the vector of a name, or of a known skill by its names in both languages. Returns `None`
/// for single letters: "R" and "R&D" share one by chance.
pub fn meaning_of_skill(name: &str, known: Option<u32>) -> Option<Vector> {
    let names = match known {
        Some(skill) => format!("{} {}", skill_name(skill, false), skill_name(skill, true)),
        None => name.to_owned(),
    };
    let has_word = names
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| word.chars().nth(1).is_some());
    has_word.then(|| Vector::of(&names)).flatten()
}
