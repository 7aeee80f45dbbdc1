//! The words of texts: how rare they are, and which ones texts about an occupation use.

use super::{
    occupations::OccupationId,
    tables::{U16s, U32s, table},
};

const ROOTS: U32s = U32s(table!("rarity.roots"));
static STEPS: &[u8] = table!("rarity.steps");
const ENGLISH: Terms = Terms {
    ends: U32s(table!("terms.english.ends")),
    roots: U32s(table!("terms.english.items")),
    weights: U16s(table!("terms.english.weights")),
};
const FRENCH: Terms = Terms {
    ends: U32s(table!("terms.french.ends")),
    roots: U32s(table!("terms.french.items")),
    weights: U16s(table!("terms.french.weights")),
};

struct Terms {
    ends: U32s,
    roots: U32s,
    weights: U16s,
}

/// How rare a hashed root is, 0.2 (in most texts) to 9: -ln(30·p) of its probability p. None of a
/// root that the texts behind the table don't have.
pub fn term_rarity(root: u32) -> Option<f64> {
    let steps = ROOTS.find(root).and_then(|at| STEPS.get(at))?;
    Some(f64::from(*steps) / 25.0)
}

/// What texts about an occupation say, in English and in French: hashed roots, sorted, with weights
/// of unit length; empty where the taxonomy has no text in that language.
pub fn occupation_terms(occupation: OccupationId) -> [Vec<(u32, f64)>; 2] {
    [ENGLISH, FRENCH].map(|terms| {
        let span = terms.ends.span(usize::from(occupation));
        let weights = terms.weights.range(span.clone());
        terms
            .roots
            .range(span)
            .zip(weights.map(|weight| f64::from(weight) / 65_535.0))
            .collect()
    })
}
