//! Finds occupations with titles similar to a title that no occupation has exactly.
//!
//! Titles are compared by the cosine of their 4-grams within words, each weighted by its inverse
//! document frequency (ln((1 + N)/(1 + n)) + 1, over all titles of the taxonomy). Half of an
//! occupation's similarity is that of its most similar title. The other half is lent by the most
//! similar ROME code or O*NET occupation, to the ESCO occupations that share other titles with it
//! (`taxonomy/occupation_links.tsv`), times the share of the link.

use super::{
    occupations::{OccupationId, is_shared_by_languages},
    tables::{F32s, U16s, U32s, table},
};
use crate::scoring::{name_cache::NameCache, names};

const HASHES: U32s = U32s(table!("grams.hashes"));
const RARITY: F32s = F32s(table!("grams.rarity"));
const LABEL_ENDS: U32s = U32s(table!("grams.labels.ends"));
const LABELS: U32s = U32s(table!("grams.labels.items"));
const OWNERS: U16s = U16s(table!("labels.owners"));
const LENGTHS: F32s = F32s(table!("labels.lengths"));
const LINK_ENDS: U32s = U32s(table!("occupations.links.ends"));
const LINKS: U16s = U16s(table!("occupations.links.items"));

/// Maximum number of similar occupations returned for a title.
const MOST: usize = 32;
/// Minimum similarity of a returned occupation.
const LEAST: f32 = 0.1;
/// Number of titles from which on a gram is frequent, such as an ending.
const FREQUENT: usize = 2_000;
/// Number of a title's rarest grams that are looked up even if they are frequent.
const ALWAYS_LOOKED_UP: usize = 3;
/// An upper bound of the number of occupations in the taxonomy.
const OCCUPATIONS: usize = 8_192;
/// The rarity of a gram that occurs in no title.
const UNKNOWN: f32 = 12.6;

/// Similar ESCO occupations and ISCO groups with a similarity in (0, 1], sorted by occupation.
pub type NearOccupations = Vec<(OccupationId, f32)>;

fn rarity(gram: u32) -> f32 {
    HASHES.find(gram).map_or(UNKNOWN, |at| RARITY.get(at))
}

/// The grams of a title, compiled.
#[derive(Debug)]
pub struct Grams {
    /// Grams with the squares of their rarities, sorted and without repetition.
    squares: Box<[(u32, f32)]>,
    /// The sum of the squares.
    length: f32,
}

impl Grams {
    /// Compiles the grams of a title's stems.
    pub fn of(stems: &[String]) -> Self {
        let grams = names::grams(stems).into_iter();
        let squares: Box<[(u32, f32)]> = grams
            .map(|gram| (gram, rarity(gram) * rarity(gram)))
            .collect();
        Self {
            length: squares.iter().map(|gram| gram.1).sum(),
            squares,
        }
    }

    /// Returns the similarity of two titles by their grams, in [0, 1].
    pub fn similarity(&self, other: &Self) -> f32 {
        let mut shared = 0.0_f32;
        let mut others = other.squares.iter().peekable();
        for (gram, square) in &self.squares {
            while others.next_if(|other| other.0 < *gram).is_some() {}
            if others.next_if(|other| other.0 == *gram).is_some() {
                shared += square;
            }
        }
        let lengths = (self.length * other.length).sqrt();
        if lengths > 0.0 {
            (shared / lengths).min(1.0)
        } else {
            0.0
        }
    }
}

/// Returns the ESCO occupations and ISCO groups similar to a title, given by its stems.
pub fn near_occupations(stems: &[String]) -> NearOccupations {
    let near = NEAR.get_or_insert_with(&stems.join(" "), || find_near(&names::grams(stems)));
    near.to_vec()
}

static NEAR: NameCache<NearOccupations> = NameCache::new();

fn find_near(grams: &[u32]) -> NearOccupations {
    let mut square = 0.0_f32;
    let mut known: Vec<(usize, f32)> = Vec::new();
    for gram in grams {
        if let Some(at) = HASHES.find(*gram) {
            let weight = RARITY.get(at) * RARITY.get(at);
            square += weight;
            known.push((at, weight));
        } else {
            square += UNKNOWN * UNKNOWN;
        }
    }
    let length = square.sqrt();
    // Rare grams come first: titles that share only endings with this one are never touched.
    known.sort_by_key(|(at, _)| LABEL_ENDS.span(*at).len());
    let mut sums = vec![0.0_f32; LENGTHS.len()];
    let mut touched: Vec<u32> = Vec::new();
    for (place, (at, weight)) in known.iter().enumerate() {
        let span = LABEL_ENDS.span(*at);
        let may_begin = place < ALWAYS_LOOKED_UP || span.len() <= FREQUENT;
        for label in LABELS.range(span) {
            if let Some(sum) = sums.get_mut(label as usize) {
                if *sum > 0.0 {
                    *sum += weight;
                } else if may_begin {
                    *sum = *weight;
                    touched.push(label);
                }
            }
        }
    }
    let mut nearest = vec![0.0_f32; OCCUPATIONS];
    for label in touched {
        let label = label as usize;
        let cosine = sums[label] / (length * LENGTHS.get(label));
        if let Some(best) = nearest.get_mut(usize::from(OWNERS.get(label))) {
            *best = best.max(cosine);
        }
    }
    with_links(&nearest)
}

/// Adds the similarity that the most similar ROME code or O*NET occupation lends through its links,
/// and keeps the most similar occupations.
fn with_links(nearest: &[f32]) -> NearOccupations {
    let mut near: NearOccupations = Vec::new();
    let mut nearest_code: Option<(OccupationId, f32)> = None;
    for (owner, cosine) in (0..).zip(nearest.iter().copied()).filter(|(_, c)| *c > 0.0) {
        if is_shared_by_languages(owner) {
            near.push((owner, cosine));
        } else if nearest_code.is_none_or(|(_, best)| cosine > best) {
            nearest_code = Some((owner, cosine));
        }
    }
    if let Some((code, cosine)) = nearest_code {
        let mut links = LINKS.range(LINK_ENDS.span(usize::from(code)));
        while let (Some(to), Some(percent)) = (links.next(), links.next()) {
            let lent = cosine * f32::from(percent) / 100.0;
            match near.binary_search_by_key(&to, |entry| entry.0) {
                Ok(at) => near[at].1 += lent,
                Err(at) => near.insert(at, (to, lent)),
            }
        }
    }
    for entry in &mut near {
        entry.1 = (entry.1 / 2.0).min(1.0);
    }
    near.retain(|entry| entry.1 >= LEAST);
    near.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    near.truncate(MOST);
    near.sort_unstable_by_key(|entry| entry.0);
    near
}
